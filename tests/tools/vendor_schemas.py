"""Makes ``migrator/conversion/data/schemas.json.xz`` out of two releases of kubernetes-validate.

    pip download --no-deps kubernetes-validate==1.37.0                        # 1.25 to 1.37
    pip download --no-deps --no-binary :all: kubernetes-validate==1.24.0      # 1.10 to 1.24
    python -m tests.tools.vendor_schemas kubernetes_validate-1.37.0-py3-none-any.whl kubernetes-validate-1.24.0.tar.gz

What Kubernetes publishes (Apache-2.0) as OpenAPI, of each minor the definitions of its kinds. Kept are the keywords
that decide whether an object is valid; definitions that several minors share stand once. The same input gives the
same bytes.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[2] / "migrator" / "conversion" / "data" / "schemas.json.xz"
_FILE = re.compile(r".*/v(1\.\d+)\.0-local-strict/_definitions\.json")
_REF = re.compile(r".*/(?:definitions|\$defs)/(.+)")


def main(archives: list[str]) -> None:
    definitions: list[Any] = []
    places: dict[str, int] = {}
    minors: dict[str, dict[str, dict[str, Any]]] = {}
    for archive in archives:
        for minor, document in _documents(Path(archive)):
            raw = document.get("$defs") or document["definitions"]
            numbers, kinds = {}, {}
            for name, definition in sorted(raw.items()):
                text = json.dumps(_kept(definition), sort_keys=True, separators=(",", ":"))
                if text not in places:
                    places[text] = len(definitions)
                    definitions.append(json.loads(text))
                numbers[name] = places[text]
                for gvk in _kinds_of(definition):
                    kinds[gvk] = name
            minors[minor] = {"definitions": numbers, "kinds": kinds}
    ordered = {m: minors[m] for m in sorted(minors, key=lambda m: int(m.split(".")[1]))}
    text = json.dumps({"definitions": definitions, "minors": ordered}, sort_keys=True, separators=(",", ":"))
    TARGET.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(ordered)} minors, {len(definitions)} definitions, {len(text)} -> {TARGET.stat().st_size} bytes")


def _documents(archive: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in sorted(wheel.namelist()):
                if found := _FILE.fullmatch(name):
                    yield found[1], json.loads(wheel.read(name))
        return
    with tarfile.open(archive) as source:
        for name in sorted(source.getnames()):
            if (found := _FILE.fullmatch(name)) and (file := source.extractfile(name)):
                yield found[1], json.load(file)


def _kinds_of(definition: dict[str, Any]) -> Iterator[str]:
    """``apps/v1/Deployment``; kinds that every group has, such as DeleteOptions, are no objects."""
    known = definition.get("x-kubernetes-group-version-kind", [])
    if len(known) == 1 and "metadata" in definition.get("properties", {}):
        gvk = known[0]
        yield "/".join(filter(None, (gvk["group"], gvk["version"], gvk["kind"])))


def _kept(schema: Any) -> Any:
    """Without prose, and without null, which an API server takes for "not set"; enums only name type and kind."""
    if "oneOf" in schema:  # a quantity, or a number or text
        types = {t for s in schema["oneOf"] for t in _types(s["type"]) if t != "null"}
        return {"type": sorted(types)}
    kept: dict[str, Any] = {}
    if "$ref" in schema:
        found = _REF.fullmatch(schema["$ref"])
        kept["$ref"] = f"#/$defs/{found[1]}" if found else schema["$ref"]
        return kept
    if "type" in schema:
        types = [t for t in _types(schema["type"]) if t != "null"]
        kept["type"] = types[0] if len(types) == 1 else types
    for key in ("properties",):
        if key in schema:
            kept[key] = {k: _kept(v) for k, v in schema[key].items()}
    if "items" in schema:
        kept["items"] = _kept(schema["items"])
    if "additionalProperties" in schema:
        more = schema["additionalProperties"]
        kept["additionalProperties"] = more if isinstance(more, bool) else _kept(more)
    if schema.get("required"):
        kept["required"] = sorted(schema["required"])
    return kept


def _types(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    main(sys.argv[1:])

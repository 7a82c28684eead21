"""The published schemas of Kubernetes: whether an API server of a minor takes an object, and what it would drop.

``data/schemas.json.xz`` holds the definitions of 1.10 to 1.37, taken from what Kubernetes publishes (Apache-2.0) by
``tests/tools/vendor_schemas.py``. Unknown fields are refused everywhere but where a field may hold anything.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

from migrator.locale import Msg, msg

Schema = dict[str, Any]
_NEAREST = 10  # the oldest minor that is known
# A server takes numbers too (``cpu: 0.5``) and always gives texts, which is all that some published schemas take.
_QUANTITY = ".resource.Quantity"


class Judgement(NamedTuple):
    """What an API server says of an object: fields that it would drop, and why it would refuse the rest."""

    dropped: tuple[str, ...]  # "spec.template.spec.containers[0].foo"
    refused: tuple[Msg, ...]


@cache
def _document() -> dict[str, Any]:
    packed = files(__package__).joinpath("data/schemas.json.xz").read_bytes()
    document: dict[str, Any] = orjson.loads(lzma.decompress(packed))
    return document


@cache
def groups() -> frozenset[str]:
    """Every API group that any known release has by itself."""
    versions = {k.rpartition("/")[0] for minor in _document()["minors"].values() for k in minor["kinds"]}
    return frozenset(version.rpartition("/")[0] for version in versions)


@cache
def kinds(minor: int) -> Mapping[str, str]:
    """``apps/v1/Deployment`` -> definition, of Kubernetes 1.``minor`` or the nearest that is known."""
    found: dict[str, str] = _document()["minors"][_known(minor)]["kinds"]
    return found


def _known(minor: int) -> str:
    newest = max(int(m.split(".")[1]) for m in _document()["minors"])
    return f"1.{min(max(minor, _NEAREST), newest)}"


@cache
def definitions(minor: int) -> Mapping[str, Schema]:
    """All definitions of a minor by name; references are ``#/$defs/NAME``."""
    document = _document()
    found = {name: document["definitions"][n] for name, n in document["minors"][_known(minor)]["definitions"].items()}
    return found | {name: {"type": "string"} for name in found if name.endswith(_QUANTITY)}


class Schemas:
    """The schemas of one minor, each compiled when it is first asked for."""

    def __init__(self, minor: int) -> None:
        self._kinds, self._definitions = kinds(minor), definitions(minor)
        self._compiled: dict[str, jsonschema_rs.Draft7Validator] = {}

    def is_valid(self, manifest: dict[str, Any]) -> bool | None:
        """None for a kind that the minor does not know."""
        key = f"{manifest['apiVersion']}/{manifest['kind']}"
        validator = self._compiled.get(key)
        if validator is None:
            name = self._kinds.get(key)
            if name is None:
                return None
            schema = {"$ref": f"#/$defs/{name}", "$defs": _reached(name, self._definitions)}
            validator = self._compiled[key] = jsonschema_rs.Draft7Validator(schema)
        return validator.is_valid(manifest)

    def judge(self, manifest: dict[str, Any]) -> Judgement:
        """Take out what the server would drop, and say what else is wrong; ``manifest`` is changed."""
        name = self._kinds[f"{manifest['apiVersion']}/{manifest['kind']}"]
        dropped: list[str] = []
        refused: list[Msg] = []
        self._walk(manifest, {"$ref": f"#/$defs/{name}"}, "", dropped, refused)
        if not refused and not self.is_valid(manifest):
            refused.append(msg("conversion.invalid.other"))
        return Judgement(tuple(dropped), tuple(refused))

    def _walk(self, value: Any, schema: Schema, path: str, dropped: list[str], refused: list[Msg]) -> None:
        while "$ref" in schema:
            schema = self._definitions[schema["$ref"].rpartition("/")[2]]
        wanted = schema.get("type")
        if wanted and not any(_is(value, t) for t in ([wanted] if isinstance(wanted, str) else wanted)):
            refused.append(msg("conversion.invalid.type", field=path or "/", wanted=wanted, found=_type_of(value)))
            return
        if isinstance(value, dict):
            self._fields(value, schema, path, dropped, refused)
        elif isinstance(value, list) and "items" in schema:
            for place, item in enumerate(value):
                self._walk(item, schema["items"], f"{path}[{place}]", dropped, refused)

    def _fields(self, value: dict[str, Any], schema: Schema, path: str, dropped: list[str], refused: list[Msg]) -> None:
        known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        for key in list(value):
            below = f"{path}.{key}" if path else key
            if type(value[key]) in (int, float) and _is_quantity(known.get(key, more)):
                value[key] = str(value[key])
            if key in known:
                self._walk(value[key], known[key], below, dropped, refused)
            elif more is False:
                del value[key]
                dropped.append(below)
            elif isinstance(more, dict):
                self._walk(value[key], more, below, dropped, refused)
        for key in schema.get("required", ()):
            if key not in value:
                refused.append(msg("conversion.invalid.missing", field=f"{path}.{key}" if path else key))


def _reached(name: str, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """The definition and those that it refers to: a compiler that is handed all of a release takes most of its time
    for what it does not need."""
    found: dict[str, Schema] = {}
    waiting = [name]
    while waiting:
        if (next_one := waiting.pop()) not in found:
            found[next_one] = definitions[next_one]
            waiting += _references(definitions[next_one])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for below in schema.values():
            yield from _references(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from _references(below)


def _is_quantity(schema: Any) -> bool:
    return isinstance(schema, dict) and str(schema.get("$ref", "")).endswith(_QUANTITY)


def _is(value: Any, wanted: str) -> bool:
    if wanted == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if wanted == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return _type_of(value) == wanted


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", dict: "object", list: "array", int: "integer", float: "number"}
    return names.get(type(value), "null")

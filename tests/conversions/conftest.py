"""Objects of an old cluster converted as a whole dump, through the reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from migrator.catalog.loader import shipped_catalog
from migrator.conversion.bundle import convert_all
from migrator.conversion.model import Bundle, Options
from migrator.snapshot.read import read_paths
from migrator.versions import Version

Converted = tuple[dict[str, Any] | None, Bundle]


@pytest.fixture
def converted(tmp_path: Path) -> Callable[..., Converted]:
    """Convert an object with ``others`` beside it: its manifest, None where there is none, and the bundle."""

    def convert(body: dict[str, Any], target: str, *others: dict[str, Any], **options: Any) -> Converted:
        items = [body, *others]
        (tmp_path / "dump.json").write_bytes(orjson.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        old, new = Version.parse("1.13"), Version.parse(target)
        bundle = convert_all(read_paths([tmp_path]), old, new, shipped_catalog(), Options(**options))
        wanted = (body["kind"], body["metadata"]["name"])
        texts = [f.text for f in bundle.files for r in f.refs if (r.kind, r.name) == wanted]
        return (yaml.safe_load(texts[0]) if texts else None), bundle

    return convert

"""Where credentials were taken out of an object, so that a person puts them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.snapshot.redaction.texts import MASK

MARK = MASK.encode()


def masked_fields(value: Any, path: str = "") -> Iterator[str]:
    """``spec.template.spec.containers[0].env[DB_PASSWORD].value`` of every text that holds the mask."""
    if isinstance(value, str):
        if MASK in value:
            yield path
    elif isinstance(value, dict):
        for key, below in sorted(value.items()):
            yield from masked_fields(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            name = item.get("name") if isinstance(item, dict) else None
            yield from masked_fields(item, f"{path}[{name if isinstance(name, str) else place}]")

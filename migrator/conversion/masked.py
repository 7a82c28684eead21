"""Where in an object a text stands that a person must see to: a credential that was taken out, or odd characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from migrator.snapshot.redaction.texts import MASK

MARK = MASK.encode()
# What the YAML library of kustomize writes as it is and then refuses to read.
_UNREADABLE = re.compile("[\x7f-\x84\x86-\x9f\ufffe\uffff]")
_ESCAPED = re.compile(r"\\u(?:00(?:7f|8[0-46-9a-f]|9[0-9a-f])|fff[ef])")


def masked_fields(value: Any) -> Iterator[str]:
    """``spec.template.spec.containers[0].env[DB_PASSWORD].value`` of every text that holds the mask."""
    return _fields(value, "", lambda text: MASK in text)


def unreadable_fields(value: Any, written: str) -> list[str]:
    """The fields with characters that kustomize cannot carry; ``written`` is the object as YAML."""
    if "\\u" not in written or not _ESCAPED.search(written):
        return []
    return list(_fields(value, "", lambda text: _UNREADABLE.search(text) is not None))


def _fields(value: Any, path: str, is_meant: Callable[[str], bool]) -> Iterator[str]:
    if isinstance(value, str):
        if is_meant(value):
            yield path
    elif isinstance(value, dict):
        for key, below in sorted(value.items()):
            yield from _fields(below, f"{path}.{key}" if path else key, is_meant)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            name = item.get("name") if isinstance(item, dict) else None
            yield from _fields(item, f"{path}[{name if isinstance(name, str) else place}]", is_meant)

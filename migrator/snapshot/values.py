"""Safe access to parsed JSON and YAML: a value of the wrong shape reads as absent, never as an exception."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Body = dict[str, Any]

_DIGITS = 18
_LARGEST = 10**_DIGITS


def mapping(value: Any) -> Body:
    """``value`` where it is a mapping, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """``value`` where it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[Body]:
    """The mappings of a list, other entries left out; without any it is ``value`` itself, so it must not be changed."""
    if not isinstance(value, list):
        return []
    for v in value:
        if not isinstance(v, dict):
            return [v for v in value if isinstance(v, dict)]
    return value


def text(value: Any) -> str:
    """A scalar as text the way JSON writes it; empty for null, lists and mappings."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def texts(value: Any) -> tuple[str, ...]:
    """The scalars of a list as text, empty ones left out, in their order."""
    return tuple(filter(None, map(text, value))) if isinstance(value, list) else ()


def number(value: Any) -> int | None:
    """A whole number, also where it is written as text; None otherwise, and for one that no field can hold."""
    if type(value) is int:  # as nearly always
        return value if -_LARGEST <= value <= _LARGEST else None
    if isinstance(value, str):
        return int(value) if len(value) <= _DIGITS and value.isascii() and value.isdigit() else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -_LARGEST <= value <= _LARGEST else None


def truth(value: Any) -> bool | None:
    """A boolean, also where it is written as text; None otherwise."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def text_map(value: Any) -> dict[str, str]:
    """A mapping of scalars as text to text; ``value`` itself where it is one already, so it must not be changed."""
    if not isinstance(value, dict):
        return {}
    for k, v in value.items():
        if type(k) is not str or type(v) is not str:
            return {text(k): text(v) for k, v in value.items()}
    return value


def environment(container: Body) -> list[tuple[str, str]]:
    """Name and value of a container's environment variables that are written out, not referred to."""
    variables = container.get("env")
    if not isinstance(variables, list):
        return []
    return [
        (
            name if isinstance(name := v.get("name"), str) else text(name),
            value if isinstance(value, str) else text(value),
        )
        for v in variables
        if isinstance(v, dict) and (value := v.get("value"))
    ]


def dig(value: Any, *path: str) -> Any:
    """The value at ``path``, None where a step is missing or not a mapping."""
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def metadata(body: Body) -> Body:
    meta = body.get("metadata")
    return meta if isinstance(meta, dict) else {}


def annotations_of(body: Body) -> dict[str, str]:
    return text_map(metadata(body).get("annotations"))


def labels_of(body: Body) -> dict[str, str]:
    return text_map(metadata(body).get("labels"))


def first_of(given: dict[str, str], names: Iterable[str]) -> str:
    """Of several names that something has had, the value of the first that is there and not empty."""
    for name in names:
        if value := given.get(name):
            return value
    return ""


def first(*values: str) -> str:
    """The first that is not empty."""
    for value in values:
        if value:
            return value
    return ""

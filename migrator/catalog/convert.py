"""From text to typed records, field by field, by the types the records declare."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from migrator.catalog.model import Record
from migrator.catalog.reading import Place, Plain, Problems
from migrator.versions import Minor

R = TypeVar("R", bound=Record)

_MINOR = re.compile(r"(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})", re.ASCII)
_NUMBER = re.compile(r"0|[1-9]\d{0,6}", re.ASCII)


class Refused(Exception):
    """A value could not be converted; the reason stands in the problems."""


def record(raw: Plain, type_: type[R], place: Place, problems: Problems) -> R | None:
    """One record of ``type_`` from a mapping; None, with every problem recorded, where a field is wrong."""
    if not isinstance(raw, dict):
        problems.add("not_a_mapping", place)
        return None
    fields = _fields(type_)
    complete = not refuse_unknown(raw, set(fields), place, problems)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in raw:
            if field.required:
                problems.add("missing_field", place.key(name))
                complete = False
            continue
        try:
            values[name] = convert(raw[name], field.type, place.key(name), problems)
        except Refused:
            complete = False
    return type_(**values) if complete else None


@cache
def _fields(type_: type[Record]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a record type by name; finding them out costs more than all else in the loader."""
    return {f.name: f for f in msgspec.structs.fields(type_)}


def records(raw: Plain, type_: type[R], place: Place, problems: Problems) -> list[tuple[Place, R]]:
    """The sound records of a list, each with its place."""
    if not isinstance(raw, list):
        problems.add("not_a_list", place)
        return []
    made = [
        (place.index(number), record(item, type_, place.index(number), problems)) for number, item in enumerate(raw)
    ]
    return [(where, item) for where, item in made if item is not None]


def refuse_unknown(raw: dict[str, Plain], known: set[str], place: Place, problems: Problems) -> bool:
    """Record every key that is not known; whether there was one."""
    unknown = sorted(raw.keys() - known)
    for key in unknown:
        problems.add("unknown_key", place.key(key), known=sorted(known))
    return bool(unknown)


def convert(raw: Plain, type_: Any, place: Place, problems: Problems) -> Any:
    """``raw`` as ``type_``: text, Minor, an enum, tuples and text mappings of them.

    Raises:
        Refused: the value does not fit; the problem is recorded.
    """
    origin = get_origin(type_)
    if origin in (Union, types.UnionType):  # "X | None": the absent key stands for None
        return convert(raw, next(a for a in get_args(type_) if a is not type(None)), place, problems)
    if origin is tuple:
        return _tuple(raw, get_args(type_), place, problems)
    if origin is dict:
        return _text_mapping(raw, place, problems)
    if not isinstance(raw, str):
        problems.add("not_text", place)
        raise Refused
    if isinstance(type_, type) and issubclass(type_, StrEnum):
        return _enum(raw, type_, place, problems)
    return _SCALARS[type_](raw, place, problems)


def _tuple(raw: Plain, arguments: tuple[Any, ...], place: Place, problems: Problems) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        problems.add("not_a_list", place)
        raise Refused
    if arguments[-1] is not Ellipsis and len(raw) != len(arguments):
        problems.add("wrong_length", place, wanted=len(arguments), given=len(raw))
        raise Refused
    made, sound = [], True
    for number, item in enumerate(raw):
        try:
            made.append(convert(item, arguments[0], place.index(number), problems))
        except Refused:
            sound = False
    if not sound:
        raise Refused
    return tuple(made)


def _text_mapping(raw: Plain, place: Place, problems: Problems) -> dict[str, str]:
    if not isinstance(raw, dict):
        problems.add("not_a_mapping", place)
        raise Refused
    for key, value in raw.items():
        if not isinstance(value, str):
            problems.add("not_text", place.key(key))
            raise Refused
    return {key: value for key, value in raw.items() if isinstance(value, str)}


def _enum(raw: str, type_: type[StrEnum], place: Place, problems: Problems) -> StrEnum:
    try:
        return type_(raw)
    except ValueError:
        problems.add("not_one_of", place, value=raw, known=[member.value for member in type_])
        raise Refused from None


def _text(raw: str, _place: Place, _problems: Problems) -> str:
    return raw


def _minor(raw: str, place: Place, problems: Problems) -> Minor:
    found = _MINOR.fullmatch(raw)
    if found is None:
        problems.add("not_a_minor", place, value=raw)
        raise Refused
    return Minor(int(found[1]), int(found[2]))


def _number(raw: str, place: Place, problems: Problems) -> int:
    if not _NUMBER.fullmatch(raw):
        problems.add("not_a_number", place, value=raw)
        raise Refused
    return int(raw)


_SCALARS: dict[Any, Callable[[str, Place, Problems], Any]] = {str: _text, Minor: _minor, int: _number}

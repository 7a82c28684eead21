"""One valid value of JSON: a list of 200 MB is cut into its items without building it, each item is parsed alone.

Parsers take the last of two equal keys and say nothing. Here they are told: a value that is written again has one colon
for each of its keys, and fewer of them than its text where a key was given twice. This costs a twentieth of the time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import orjson

from migrator.snapshot.readers import Problem


class Value(NamedTuple):
    """A parsed value of the file; ``items`` are parsed one by one while they are taken, None for no list."""

    number: int
    line: int
    head: Any  # the value; without its items where ``items`` is given
    items: Iterator[Any] | None = None
    length: int = 0  # how many items, where that is known before they are parsed


class _Envelope(msgspec.Struct):
    """What tells a list from an object, without building either."""

    items: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    kind: Any = None
    apiVersion: Any = None
    apiversion: Any = None


# What ``whole`` raises where there is no valid value, or something behind it.
REFUSED = (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError, RecursionError)

_ENVELOPE = msgspec.json.Decoder(_Envelope)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_IS_ARRAY = re.compile(rb"\s*\[")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]:]')
_KEY_SHOWN = 60
# etcd takes 1.5 MiB for one object; printed with indentation and managed fields that is a few times as much.
MAX_OBJECT = 8 << 20


def whole(data: bytes, number: int = 1, line: int = 1) -> list[Value | Problem]:
    """The value that ``data`` is, and what is to be said of it; its first line is ``line`` of the file.

    Raises:
        one of ``REFUSED``: ``data`` is not exactly one valid value. Items of a list are not looked into.
    """
    if _IS_ARRAY.match(data):
        raws = _ARRAY.decode(data)
        return [Value(number, line, {}, _items(data, raws, number, line), len(raws))]
    try:
        envelope = _ENVELOPE.decode(data)
    except msgspec.ValidationError:
        return _single(data, number, line)  # "items" is there, but no list
    if envelope.items is msgspec.UNSET:
        return _single(data, number, line)
    head = {"kind": envelope.kind, "apiVersion": envelope.apiVersion, "apiversion": envelope.apiversion}
    told = {k: v for k, v in head.items() if v is not None}
    value = Value(number, line, told, _items(data, envelope.items, number, line), len(envelope.items))
    return [*_repeated(*_around(data, envelope.items), number, line), value]


def _single(data: bytes, number: int, line: int) -> list[Value | Problem]:
    value = orjson.loads(data)
    if is_too_large(data, value):
        return [too_large(number, line)]
    return [*_repeated(data, value, number, line), Value(number, line, value)]


def _around(data: bytes, raws: list[msgspec.Raw]) -> tuple[bytes, Any]:
    """What stands around the items of a list, as text and as a value."""
    rest = data
    if raws:
        first, last = bytes(raws[0]), bytes(raws[-1])
        rest = data[: data.find(first)] + data[data.rfind(last) + len(last) :]
    try:
        return rest, orjson.loads(rest)
    except orjson.JSONDecodeError:  # the items stand there twice
        return data, orjson.loads(data)


def _items(data: bytes, raws: list[msgspec.Raw], number: int, line: int) -> Iterator[Any]:
    """The items; before one of which something is to be said, or instead of it, a ``Problem``."""
    position = 0
    for raw in raws:
        content = bytes(raw)
        try:
            value = orjson.loads(content)
            is_plain = orjson.dumps(value).count(b":") == content.count(b":") and len(content) <= MAX_OBJECT
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            is_plain = False
        if is_plain:
            yield value
        else:
            found = data.find(content, position)
            line += data.count(b"\n", position, found)
            position = found
            yield from parsed(content, number, line, "input_json_item")


def parsed(content: bytes, number: int, line: int, broken: str) -> Iterator[Any]:
    """The value of ``content`` and what is to be said of it, or only the ``Problem`` that it cannot be had.

    NaN and Infinity, which are no JSON, are read as null.

    Args:
        broken: the code where ``content`` is no JSON at all.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        yield from _parsed_with_care(content, number, line, broken)
        return
    if is_too_large(content, value):
        yield too_large(number, line)
        return
    try:
        yield from _repeated(content, value, number, line)
    except orjson.JSONEncodeError:
        yield Problem("input_too_deep", {"document": number, "line": line})
    else:
        yield value


def _parsed_with_care(content: bytes, number: int, line: int, broken: str) -> Iterator[Any]:
    constants: list[str] = []
    code = "input_too_deep"
    try:
        value = json.loads(content.decode(), parse_constant=constants.append)
        if not is_unicode(value):
            code = broken
        elif constants:
            yield Problem("input_not_a_number", {"document": number, "line": line, "constant": constants[0]})
            yield value
            return
    except UnicodeDecodeError as error:
        code, line = "input_encoding", line + content.count(b"\n", 0, error.start)
    except json.JSONDecodeError:
        code = broken
    except ValueError:
        code = "input_number"
    except RecursionError:
        pass
    yield Problem(code, {"document": number, "line": line})


def is_too_large(content: bytes, value: Any) -> bool:
    """Whether ``value`` is one object and larger than Kubernetes can hold: reading its facts would take minutes."""
    return len(content) > MAX_OBJECT and isinstance(value, dict) and not value.keys() & {"items", "Items"}


def too_large(number: int, line: int) -> Problem:
    return Problem("input_object_too_large", {"document": number, "line": line, "limit": MAX_OBJECT >> 20})


def is_unicode(value: Any) -> bool:
    """Whether no text in ``value`` holds half a character, which the lenient parser lets pass and nobody can write."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _repeated(content: bytes, value: Any, number: int, line: int) -> Iterator[Problem]:
    """A word on the first key that ``content``, whose value is given, has twice in one object."""
    if orjson.dumps(value).count(b":") != content.count(b":") and (found := _repeated_key(content)) is not None:
        key, position = found
        line += content.count(b"\n", 0, position)
        yield Problem("input_duplicate_key", {"document": number, "line": line, "key": key[:_KEY_SHOWN]})


def _repeated_key(content: bytes) -> tuple[str, int] | None:
    """The first key that stands twice in one object, and where; None where an escaped colon made one suspect it."""
    keys: list[set[str]] = []
    text, position = b"", 0
    for token in _TOKEN.finditer(content):
        mark = token[0]
        if mark == b":":
            key = orjson.loads(text)
            if key in keys[-1]:
                return key, position
            keys[-1].add(key)
        elif mark in (b"{", b"["):
            keys.append(set())
        elif mark in (b"}", b"]"):
            keys.pop()
        else:
            text, position = mark, token.start()
    return None

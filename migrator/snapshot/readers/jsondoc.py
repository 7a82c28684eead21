"""JSON dumps: a list of 200 MB is cut into its items without building it, each item is parsed alone.

The fast way takes a file that is one valid value. Everything else (several values in a row, a text between them, a
damaged or cut-off file, comments) goes the slow way, which saves what can be saved and names the line of the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import msgspec
import orjson

from migrator.snapshot.readers import Problem, yamldoc


class Value(NamedTuple):
    """A parsed value of the file; ``items`` are parsed one by one while they are taken, None for no list."""

    number: int
    line: int
    head: Any  # the value; without its items where ``items`` is given
    items: Iterator[Any] | None = None


class _Envelope(msgspec.Struct):
    """What tells a list from an object, without building either."""

    items: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    kind: Any = None
    apiVersion: Any = None
    apiversion: Any = None


BEGINNING = re.compile(rb"\s*([{\[])")
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_LOGS = re.compile(r"^==== START logs for container .*?^==== END logs for container [^\n]*$", re.MULTILINE | re.DOTALL)
_NEXT = re.compile(r"^[ \t]*(?=[{\[])", re.MULTILINE)
_TOP = re.compile(r"^[{\[]", re.MULTILINE)
_ITEMS = re.compile(r'"items"\s*:\s*\[')
_HEAD_FIELD = re.compile(r'^\s{0,8}"(kind|apiVersion)"\s*:\s*"([^"\\]*)"', re.MULTILINE)
_YAML_LIMIT = 8_000_000


def values(data: bytes) -> Iterator[Value | Problem]:
    """The values of a JSON file in their order, numbered from 1."""
    try:
        yield _whole(data)
    except (msgspec.DecodeError, orjson.JSONDecodeError, RecursionError):
        yield from _piecewise(data)


def _whole(data: bytes) -> Value:
    begin = BEGINNING.match(data)
    if begin is not None and begin[1] == b"[":
        return Value(1, 1, {}, map(partial(_item, data), _ARRAY.decode(data)))
    try:
        envelope = _ENVELOPE.decode(data)
    except msgspec.ValidationError:
        return Value(1, 1, orjson.loads(data))  # "items" is there, but no list
    if envelope.items is msgspec.UNSET:
        return Value(1, 1, orjson.loads(data))
    head = {"kind": envelope.kind, "apiVersion": envelope.apiVersion, "apiversion": envelope.apiversion}
    return Value(1, 1, {k: v for k, v in head.items() if v is not None}, map(partial(_item, data), envelope.items))


def _item(data: bytes, raw: msgspec.Raw) -> Any:
    """The item, or a ``Problem`` where its text is no valid UTF-8, no valid Unicode or too deep."""
    try:
        return orjson.loads(memoryview(raw))
    except orjson.JSONDecodeError:
        return _diagnose(data, bytes(raw))


def _diagnose(data: bytes, raw: bytes) -> Problem:
    line = data.count(b"\n", 0, data.find(raw)) + 1
    try:
        json.loads(raw)
        code = "input_json_broken"  # a lone surrogate, which only the strict parser refuses
    except UnicodeDecodeError as error:
        code, line = "input_encoding", line + raw.count(b"\n", 0, error.start)
    except json.JSONDecodeError:
        code = "input_json_broken"
    except RecursionError:
        code = "input_too_deep"
    return Problem(code, {"document": 1, "line": line})


def _piecewise(data: bytes) -> Iterator[Value | Problem]:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        yield Problem("input_encoding", {"document": 1, "line": data.count(b"\n", 0, error.start) + 1})
        return
    text = _LOGS.sub(lambda m: "\n" * m[0].count("\n"), text)
    decoder = json.JSONDecoder()
    number, position = 0, 0
    while (begin := _NEXT.search(text, position)) is not None:
        number += 1
        start = begin.end()
        line = text.count("\n", 0, start) + 1
        try:
            value, position = decoder.raw_decode(text, start)
            yield Value(number, line, value) if _is_unicode(value) else _without_halves(value, number, line)
        except json.JSONDecodeError as error:
            following = _TOP.search(text, start + 1)
            position = following.start() if following else len(text)
            yield from _repair(text[start:position], number, line, error.pos - start)
        except RecursionError:
            yield Problem("input_too_deep", {"document": number, "line": line})
            return


def _repair(text: str, number: int, line: int, position: int) -> Iterator[Value | Problem]:
    """A damaged value: as YAML where only comments or commas disturb, otherwise the list items before the damage."""
    if len(text) <= _YAML_LIMIT:
        try:
            value = yamldoc.parse(text.encode()).value
        except yamldoc.YamlError:
            pass
        else:
            yield Value(number, line, value)
            return
    items = list(_items_before(text))
    if items:
        yield Value(
            number, line, dict(_HEAD_FIELD.findall(text[: text.index('"items"')])) | {"kind": "List"}, iter(items)
        )
    yield _broken(number, line + text.count("\n", 0, position))


def _broken(number: int, line: int) -> Problem:
    return Problem("input_json_broken", {"document": number, "line": line})


def _without_halves(value: Any, number: int, line: int) -> Value | Problem:
    """A list whose items with half a character are replaced by a problem; the problem alone for anything else."""
    items = value.get("items") if isinstance(value, dict) else None
    head = {k: v for k, v in value.items() if k != "items"} if isinstance(items, list) else None
    if head is None or not isinstance(items, list) or not _is_unicode(head):
        return _broken(number, line)
    return Value(number, line, head, iter([i if _is_unicode(i) else _broken(number, line) for i in items]))


def _is_unicode(value: Any) -> bool:
    """Whether no text in ``value`` holds half a character, which the lenient parser lets pass and nobody can write."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _items_before(text: str) -> Iterator[Any]:
    start = _ITEMS.search(text)
    if start is None:
        return
    decoder, position = json.JSONDecoder(), start.end()
    skip = re.compile(r"[\s,]*")
    while True:
        gap = skip.match(text, position)
        try:
            item, position = decoder.raw_decode(text, gap.end() if gap else position)
        except (json.JSONDecodeError, RecursionError):
            return
        if _is_unicode(item):
            yield item

"""JSON dumps: a list of 200 MB is cut into its items without building it, each item is parsed alone.

The fast way takes a file that is one valid value. Everything else (several values in a row, a text between them, a
damaged or cut-off file, comments) goes the slow way, which saves what can be saved and names the line of the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import orjson

from migrator.snapshot.readers import Problem
from migrator.snapshot.readers.jsonrepair import (
    DECODER,
    TOP,
    HalfCharacterError,
    Lines,
    end_of,
    is_unicode,
    items_of,
    mended,
    problem_of,
)


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


BEGINNING = re.compile(rb"\s*([{\[])")
_FIRST = re.compile(rb"^[ \t]*[{\[][ \t]*(?:\r?\n|[\"{}\]])", re.MULTILINE)
_NO_PREFACE = re.compile(
    rb"^(?:---|```|[ \t]*-[ \t]|[ \t]*[\w\"']+:[ \t]*\r?$|(?:apiVersion|kind)[ \t]*:)", re.MULTILINE
)
_PREFACE = 1 << 16
_PREFACE_LINES = 50
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_LOGS = re.compile(r"^==== START logs for container .*?^==== END logs for container [^\n]*$", re.MULTILINE | re.DOTALL)
# Between two values: white space, commas, and whole lines that are comments, separators or kubectl's warnings.
_BETWEEN = re.compile(r"(?:[\s,]+|#[^\n]*|//[^\n]*|^(?:---|Warning:)[^\n]*)*", re.MULTILINE)
_NEXT = re.compile(r"^[ \t]*(?=[{\[])", re.MULTILINE)


def values(data: bytes) -> Iterator[Value | Problem]:
    """The values of a JSON file in their order, numbered from 1."""
    try:
        yield _whole(data)
    except (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError, RecursionError):
        yield from _piecewise(data)


def without_preface(data: bytes) -> bytes:
    """``data`` with comments and lines of text before its JSON emptied (``// exported``, a warning of kubectl).

    Anything else is given back as it is, so that no YAML and no page of text with an example in it is taken for JSON.
    """
    begin = _FIRST.search(data, 0, _PREFACE)
    if begin is None:
        return data
    preface = data[: begin.start()]
    if _NO_PREFACE.search(preface) or preface.count(b"\n") > _PREFACE_LINES:
        return data
    return b"\n" * preface.count(b"\n") + data[begin.start() :]


def _whole(data: bytes) -> Value:
    begin = BEGINNING.match(data)
    if begin is not None and begin[1] == b"[":
        raws = _ARRAY.decode(data)
        return Value(1, 1, {}, _items(data, raws), len(raws))
    try:
        envelope = _ENVELOPE.decode(data)
    except msgspec.ValidationError:
        return Value(1, 1, orjson.loads(data))  # "items" is there, but no list
    if envelope.items is msgspec.UNSET:
        return Value(1, 1, orjson.loads(data))
    head = {"kind": envelope.kind, "apiVersion": envelope.apiVersion, "apiversion": envelope.apiversion}
    told = {k: v for k, v in head.items() if v is not None}
    return Value(1, 1, told, _items(data, envelope.items), len(envelope.items))


def _items(data: bytes, raws: list[msgspec.Raw]) -> Iterator[Any]:
    """The items, one of them a ``Problem`` where it is no valid UTF-8 or Unicode, too deep or has too long a number."""
    position, line = 0, 1
    for raw in raws:
        try:
            yield orjson.loads(memoryview(raw))
        except orjson.JSONDecodeError:
            content = bytes(raw)
            found = data.find(content, position)
            line += data.count(b"\n", position, found)
            position = found
            yield _diagnose(content, line)


def _diagnose(raw: bytes, line: int) -> Problem:
    try:
        json.loads(raw)
        code = "input_json_item"  # a lone surrogate, which only the strict parser refuses
    except UnicodeDecodeError as error:
        code, line = "input_encoding", line + raw.count(b"\n", 0, error.start)
    except json.JSONDecodeError:
        code = "input_json_item"
    except ValueError:
        code = "input_number"
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
    lines = Lines(text)
    number, position = 0, 0
    while (start := end_of(_BETWEEN, text, position)) < len(text):
        if text[start] not in "{[":
            yield Problem("input_json_text", {"document": max(number, 1), "line": lines.at(start)})
            following = _NEXT.search(text, start)
            position = following.end() if following else len(text)
            continue
        number += 1
        line = lines.at(start)
        try:
            value, position = DECODER.raw_decode(text, start)
            if not is_unicode(value):
                raise HalfCharacterError
            yield Value(number, line, value)
        except RecursionError:
            yield Problem("input_too_deep", {"document": number, "line": line})
            return
        except ValueError as error:
            parts = items_of(text, start, error, number, lines)
            if parts is not None:
                yield Value(number, line, parts.head, iter(parts))
                position = parts.end()
                continue
            following = TOP.search(text, start + 1)
            position = following.start() if following else len(text)
            value = mended(text[start:position])
            yield problem_of(error, number, lines) if value is None else Value(number, line, value)

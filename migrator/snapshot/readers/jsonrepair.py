"""JSON that is not one valid value: several in a row, or damaged; what can be saved without guessing is saved.

Values are found one after the other by a scanner that builds nothing; a list that is damaged is read item by item.
Comments and commas too many are taken out. Behind a damaged item reading goes on at the next line that begins as the
items do, or at the next object that looks like one. Every step looks at the text a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import orjson

from migrator.snapshot.readers import Problem, pod_logs, yamldoc
from migrator.snapshot.readers.jsonvalue import REFUSED, Value, is_unicode, parsed, whole

# Between two values: white space, commas, and whole lines that are comments, separators or words of kubectl.
_BETWEEN = re.compile(rb"(?:[\s,]+|#[^\n]*|//[^\n]*|^(?:---|Warning:|Cluster info dumped to )[^\n]*)*", re.MULTILINE)
_COMMENT = re.compile(rb"(?<![^\s,{}\[\]])(?:#|//)")
_NEXT = re.compile(rb"^[ \t]*(?=[{\[])", re.MULTILINE)
_TOP = re.compile(rb"^[{\[]", re.MULTILINE)  # where a value of the file can begin
_ITEMS = re.compile(rb'"items"\s*:\s*\[')
_HEAD_LIMIT = 1 << 16  # what stands before the items of a list: its type and metadata
_BETWEEN_ITEMS = re.compile(rb"(?:[\s,]+|#[^\n]*|//[^\n]*)*")
_NEXT_IN_LINE = re.compile(rb"\}\s*,\s*(?=\{)")
# The fields that may follow the items of a list, and its end.
_TAIL = rb'\s*+(?:,\s*+"(?:kind|apiVersion|metadata)"\s*+:\s*+(?:"[^"\n]*+"|\{[^{}]*+\})\s*+)*+,?+\s*+\}'
_BEHIND = re.compile(_TAIL)
_SUPERFLUOUS = re.compile(rb",\s*[\]}]")
_END_IN_LINE = re.compile(rb"\]" + _TAIL + rb"\s*\Z")
# Possessive, like the tail above: a string without an end would otherwise be tried in every way of cutting it.
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|#[^\n]*|//[^\n]*')
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|,(?=\s*[}\]])')
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_BYTE = re.compile(r"\(byte (\d+)\)")
_YAML_LIMIT = 8_000_000  # bytes of one file that the slow parser of flow mappings may be given
_SEARCHES = 4  # how often the bytes of a file may be looked at in search of the next item


class _Item(msgspec.Struct):
    """What tells an object of Kubernetes from any other mapping."""

    metadata: dict[str, Any]
    kind: str = ""
    apiVersion: str = ""


_ITEM = msgspec.json.Decoder(_Item)


class _Scan(NamedTuple):
    """Where a value ends, or where its fault is."""

    end: int
    fault: int | None = None
    deep: bool = False


class _Beginning(NamedTuple):
    """The fields of a list before its items, where the items begin, and whether nothing had to be taken out."""

    head: dict[str, Any]
    items: int
    tidy: bool = True


def _scan(data: bytes, start: int) -> _Scan:
    try:
        msgspec.json.decode(memoryview(data)[start:], type=msgspec.Raw)
    except RecursionError:
        return _Scan(start, start, deep=True)
    except msgspec.DecodeError as error:
        if found := _TRAILING.search(str(error)):
            return _Scan(start + int(found[1]) - 1)
        place = _BYTE.search(str(error))
        return _Scan(start, min(start + int(place[1]), len(data)) if place else len(data))
    return _Scan(len(data))


class _Lines:
    """The 1-based line of positions that are asked for in rising order, each newline counted once."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.line = 1

    def at(self, position: int) -> int:
        if position < self.position:
            return self.line - self.data.count(b"\n", position, self.position)
        self.line += self.data.count(b"\n", self.position, position)
        self.position = position
        return self.line


def pieces(data: bytes) -> Iterator[Value | Problem]:
    """The values of ``data`` in their order, numbered from 1, and what is wrong with it."""
    yield from _Pieces(data).read()


class _Pieces:
    """One walk through a file; ``position`` is where it goes on."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.number = 0
        self.lines = _Lines(data)
        self.commented = False
        self.yaml_left = _YAML_LIMIT
        self.search_left = _SEARCHES * len(data)

    def read(self) -> Iterator[Value | Problem]:
        while True:
            yield from self._pass_over()
            if self.position >= len(self.data):
                return
            start = self.position
            if self.data[start] not in b"{[":
                yield Problem("input_json_text", {"document": max(self.number, 1), "line": self.lines.at(start)})
                self.position = _end_of(_NEXT, self.data, start)
                continue
            self.number += 1
            scan = _scan(self.data, start)
            if scan.fault is None:
                yield from self._value(start, scan.end)
            elif scan.deep:
                yield self._problem("input_too_deep", start)
                self.position = self._next_top(start)
            else:
                yield from self._damaged(start, scan.fault)

    def _pass_over(self) -> Iterator[Problem]:
        while True:
            start = self.position
            self.position = _end_of_match(_BETWEEN, self.data, start)
            yield from self._comment(start)
            if not self.data.startswith(pod_logs.BEGINNING, self.position):
                return
            self.position = _end_of(pod_logs.END, self.data, self.position)
            yield pod_logs.REMARK

    def _comment(self, start: int) -> Iterator[Problem]:
        """A word on the first comment between values, or between items, that ``position`` has passed over."""
        if not self.commented and (comment := _COMMENT.search(self.data, start, self.position)):
            self.commented = True
            yield self._problem("input_json_mended", comment.start())

    def _problem(self, code: str, position: int) -> Problem:
        return Problem(code, {"document": max(self.number, 1), "line": self.lines.at(position)})

    def _next_top(self, start: int) -> int:
        found = _TOP.search(self.data, start + 1)
        return found.start() if found else len(self.data)

    def _value(self, start: int, end: int) -> Iterator[Value | Problem]:
        content, line = self.data[start:end], self.lines.at(start)
        self.position = end
        try:
            yield from whole(content, self.number, line)
        except REFUSED:
            yield from self._values(parsed(content, self.number, line, "input_json_broken"), line)

    def _values(self, found: Iterable[Any], line: int) -> Iterator[Value | Problem]:
        for value in found:
            yield value if isinstance(value, Problem) else Value(self.number, line, value)

    def _damaged(self, start: int, fault: int) -> Iterator[Value | Problem]:
        end = self._next_top(start)
        line = self.lines.at(start)
        if (begin := self._items_of(start, min(end, start + _HEAD_LIMIT))) is not None:
            if not begin.tidy:
                yield self._problem("input_json_mended", start)
            self.position = begin.items
            yield Value(self.number, line, {"kind": "List"} | begin.head, self._items())
            return
        self.position = end
        saved = self._mended(self.data[start:end], fault)
        if saved is None:
            yield self._problem("input_json_broken", fault)
        else:
            yield from self._values(saved, line)

    def _items_of(self, start: int, limit: int) -> _Beginning | None:
        """The beginning of the list at ``start``; None for no list.

        "items" is a field of the value itself only where what stands before it is an object but for its end.
        """
        if self.data[start] == ord("["):
            return _Beginning({}, start + 1)
        found = _ITEMS.search(self.data, start, limit)
        if found is None:
            return None
        text = self.data[start : found.start()].decode("utf-8", "replace")
        tidy = _tidied(text)
        try:
            head = orjson.loads(tidy.rstrip().removesuffix(",") + "}")
        except orjson.JSONDecodeError:
            return None
        return _Beginning(head, found.end(), tidy == text)

    def _items(self) -> Iterator[Any]:
        """The items from ``position`` on and the problems between them; leaves it behind the list."""
        first = _end_of_match(_BETWEEN_ITEMS, self.data, self.position)
        again = _beginning_like(self.data, first)
        while True:
            before = self.position
            start = self.position = _end_of_match(_BETWEEN_ITEMS, self.data, before)
            yield from self._comment(before)
            if self.data[start : start + 1] == b"]":
                self.position = _end_of_match(_BEHIND, self.data, start + 1)
                if _SUPERFLUOUS.search(self.data, before, self.position):
                    yield self._problem("input_json_mended", start)
                return
            scan = _scan(self.data, start) if start < len(self.data) else _Scan(start, start)
            if scan.fault is None:
                self.position = scan.end
                yield from parsed(self.data[start : scan.end], self.number, self.lines.at(start), "input_json_item")
                continue
            following = self._following(again, scan.fault)
            if following is None:
                yield self._problem("input_too_deep" if scan.deep else "input_json_broken", scan.fault)
                self.position = self._next_top(start)
                return
            end, self.position = following
            yield from self._broken_item(start, end, scan)

    def _following(self, again: re.Pattern[bytes] | None, fault: int) -> tuple[int, int] | None:
        """Where the broken item ends and where reading goes on: at the next item, or the end of the list."""
        if again is not None:
            found = again.search(self.data, fault)
            return (found.start(), found.end()) if found else None
        for found in _NEXT_IN_LINE.finditer(self.data, fault):
            if self.search_left <= 0:
                return None
            scan = _scan(self.data, found.end())
            self.search_left -= max(scan.end, scan.fault or 0) - found.end()
            if scan.fault is None and _is_object(self.data[found.end() : scan.end]):
                return found.start() + 1, found.end()
        ending = _END_IN_LINE.search(self.data, fault, self._next_top(fault))
        return (ending.start(), ending.start()) if ending else None

    def _broken_item(self, start: int, end: int, scan: _Scan) -> Iterator[Any]:
        """The item between ``start`` and ``end``, or several of which none could be told from the next, if they can be
        mended."""
        fault = min(scan.fault or start, end - 1)
        if scan.deep:
            yield self._problem("input_too_deep", fault)
            return
        content = self.data[start:end].rstrip(b" \t\r\n,")
        saved = self._mended(content, fault) or self._mended(b"[" + content + b"]", fault)
        if saved is None:
            yield self._problem("input_json_item", fault)
        elif isinstance(saved[-1], list):
            yield from (*saved[:-1], *saved[-1])
        else:
            yield from saved

    def _mended(self, content: bytes, fault: int) -> list[Any] | None:
        """The value of a text that is JSON but for constants, comments and commas, or a flow mapping of YAML, and what
        is to be said of it; None for anything else."""
        line = self.lines.at(fault)
        found = list(parsed(content, self.number, line, ""))
        if not isinstance(found[-1], Problem):
            return found
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return None
        found = list(parsed(_tidied(text).encode(), self.number, line, ""))
        if isinstance(found[-1], Problem):
            value = self._as_yaml(text)
            if value is None:
                return None
            found = [value]
        return [self._problem("input_json_mended", fault), *found]

    def _as_yaml(self, text: str) -> Any:
        """A quote inside an unquoted word shows that a string was torn apart: YAML would read such a word, wrongly."""
        self.yaml_left -= len(text)
        if self.yaml_left < 0:
            return None
        try:
            value = yamldoc.parse(text.encode()).value
            return None if yamldoc.has_torn_words(text) or not is_unicode(value) else value
        except yamldoc.YamlError:
            return None


def _is_object(content: bytes) -> bool:
    """Whether it is an item of a list of Kubernetes, not a container or a template for claims inside a broken one."""
    try:
        item = _ITEM.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    is_template = item.kind == "PersistentVolumeClaim" and not (item.metadata.keys() & {"namespace", "uid"})
    return bool((item.kind and item.apiVersion) or "uid" in item.metadata) and not is_template


def _tidied(text: str) -> str:
    """``text`` without comments and without commas before a closing bracket."""
    plain = _STRING_OR_COMMENT.sub(lambda m: m[0] if m[0][0] == '"' else "", text)
    return _STRING_OR_COMMA.sub(lambda m: m[0] if m[0][0] == '"' else "", plain)


def _beginning_like(data: bytes, first: int) -> re.Pattern[bytes] | None:
    """What begins the line of an item or ends the list, after the first item; None where it does not begin its line."""
    line = data.rfind(b"\n", 0, first) + 1
    indent = data[line:first]
    if indent.strip() or data[first : first + 1] != b"{":
        return None
    ending = rb"|[ \t]{0,%d}(?=[\]{])" % (len(indent) - 1) if indent else rb"|(?=\])"
    return re.compile(rb"^(?:" + re.escape(indent) + rb"(?={)" + ending + rb")", re.MULTILINE)


def _end_of(pattern: re.Pattern[bytes], data: bytes, position: int) -> int:
    """Where the next match ends; the end of ``data`` where there is none."""
    found = pattern.search(data, position)
    return found.end() if found else len(data)


def _end_of_match(pattern: re.Pattern[bytes], data: bytes, position: int) -> int:
    """Where a match of ``pattern`` at ``position`` ends; ``position`` itself where there is none."""
    found = pattern.match(data, position)
    return found.end() if found else position

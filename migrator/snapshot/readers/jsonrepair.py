"""Damaged JSON: what can be saved of it without guessing, and the line of what cannot.

Comments and commas too many are taken out; a list is read item by item, and behind a broken item reading goes on at
the next line that begins as the items do. Every step looks at the text once: a dump of 50 MB takes seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from migrator.snapshot.readers import Problem, yamldoc

DECODER = json.JSONDecoder()

TOP = re.compile(r"^[{\[]", re.MULTILINE)  # where a value of the file can begin
_ITEMS = re.compile(r'"items"\s*:\s*\[')
_BETWEEN_ITEMS = re.compile(r"(?:[\s,]+|#[^\n]*|//[^\n]*)*")
_HEAD_LIMIT = 1 << 16  # what stands before the items of a list: its type and metadata
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|//[^\n]*')
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])')
_YAML_LIMIT = 8_000_000


class HalfCharacterError(ValueError):
    """A text of a value holds half a character; see ``is_unicode``."""


class Lines:
    """The 1-based line of positions that are asked for in rising order, each newline counted once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.line = 1

    def at(self, position: int) -> int:
        if position < self.position:
            return self.line - self.text.count("\n", position, self.position)
        self.line += self.text.count("\n", self.position, position)
        self.position = position
        return self.line


def end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Where a match of ``pattern`` at ``position`` ends; ``position`` itself where there is none."""
    found = pattern.match(text, position)
    return found.end() if found else position


def problem_of(error: Exception, number: int, lines: Lines, start: int = 0, end: int | None = None) -> Problem:
    """The problem of one value or item that stands between ``start`` and ``end``, with the line of the fault."""
    code, position = "input_number", start or lines.position
    if isinstance(error, RecursionError):
        code = "input_too_deep"
    elif isinstance(error, HalfCharacterError):
        code = "input_json_broken"
    elif isinstance(error, json.JSONDecodeError):
        code = "input_json_broken" if end is None else "input_json_item"
        position = error.pos if end is None else min(error.pos, end - 1)
    return Problem(code, {"document": number, "line": lines.at(position)})


def is_unicode(value: Any) -> bool:
    """Whether no text in ``value`` holds half a character, which the lenient parser lets pass and nobody can write."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def mended(text: str) -> Any:
    """The value of a text that is JSON but for comments and commas, or a flow mapping of YAML; None for anything else.

    A quote inside an unquoted word shows that a string was torn apart: YAML would read such a word, wrongly.
    """
    plain = _STRING_OR_COMMENT.sub(lambda m: m[0] if m[0][0] == '"' else "", text)
    try:
        value = json.loads(_STRING_OR_COMMA.sub(lambda m: m[0] if m[0][0] == '"' else "", plain))
    except (ValueError, RecursionError):
        value = _as_yaml(text)
    return value if is_unicode(value) else None


def _as_yaml(text: str) -> Any:
    if len(text) > _YAML_LIMIT:
        return None
    try:
        parsed = yamldoc.parse(text.encode())
        return None if yamldoc.has_torn_words(text) else parsed.value
    except (yamldoc.YamlError, UnicodeEncodeError):
        return None


class Items:
    """The items of a damaged list and the problems between them, in their order; to be taken once."""

    def __init__(self, text: str, position: int, head: dict[str, Any], number: int, lines: Lines) -> None:
        self.head = {"kind": "List"} | head
        self._text = text
        self._position = position
        self._number = number
        self._lines = lines
        self._taken = self._read()

    def __iter__(self) -> Iterator[Any]:
        return self._taken

    def end(self) -> int:
        """Where the text goes on behind the list; items that nobody took are passed over."""
        for _ in self._taken:
            pass
        return self._position

    def _read(self) -> Iterator[Any]:
        first = end_of(_BETWEEN_ITEMS, self._text, self._position)
        again = _beginning_like(self._text, first)
        while True:
            start = end_of(_BETWEEN_ITEMS, self._text, self._position)
            self._position = start
            if self._text[start : start + 1] == "]":
                self._position = _behind(self._text, start + 1)
                return
            try:
                item, self._position = DECODER.raw_decode(self._text, start)
            except (ValueError, RecursionError) as error:
                following = again.search(self._text, start + 1) if again else None
                yield self._broken(error, start, following)
                if following is None:
                    top = TOP.search(self._text, start + 1)
                    self._position = top.start() if top else len(self._text)
                    return
                self._position = following.end()
            else:
                half = Problem("input_json_item", {"document": self._number, "line": self._lines.at(start)})
                yield item if is_unicode(item) else half

    def _broken(self, error: Exception, start: int, following: re.Match[str] | None) -> Any:
        if following is None:
            return problem_of(error, self._number, self._lines)
        end = following.start()
        value = mended(self._text[start:end].rstrip(" \t\r\n,")) if not isinstance(error, RecursionError) else None
        return problem_of(error, self._number, self._lines, start, end) if value is None else value


def items_of(text: str, start: int, error: ValueError, number: int, lines: Lines) -> Items | None:
    """The items of the value at ``start``, where it is a list and ``error`` came behind the beginning of its items."""
    limit = start + _HEAD_LIMIT
    if isinstance(error, json.JSONDecodeError):
        limit = min(limit, error.pos)
    if text[start] == "[":
        return Items(text, start + 1, {}, number, lines)
    found = _ITEMS.search(text, start, limit)
    if found is None:
        return None
    try:  # only where "items" is a field of the value itself is what stands before it an object but for its end
        head = json.loads(text[start : found.start()].rstrip().removesuffix(",") + "}")
    except (ValueError, RecursionError):
        return None
    return Items(text, found.end(), head, number, lines) if is_unicode(head) else None


def _beginning_like(text: str, first: int) -> re.Pattern[str] | None:
    """What begins the line of an item or ends the list, after the first item; None where it does not begin its line."""
    line = text.rfind("\n", 0, first) + 1
    indent = text[line:first]
    if indent.strip() or text[first : first + 1] != "{":
        return None
    ending = rf"|[ \t]{{0,{len(indent) - 1}}}(?=[\]{{])" if indent else r"|(?=\])"
    return re.compile(rf"^(?:{re.escape(indent)}(?={{){ending})", re.MULTILINE)


def _behind(text: str, position: int) -> int:
    """Behind the fields that may follow the items of a list, and its end."""
    found = re.compile(r'\s*(?:,\s*"(?:kind|apiVersion|metadata)"\s*:\s*(?:"[^"\n]*"|\{[^{}]*\})\s*)*,?\s*\}').match(
        text, position
    )
    return found.end() if found else position

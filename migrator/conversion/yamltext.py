"""Objects as YAML text that readers of YAML 1.1 and of 1.2 take for the same, in the order in which people read them.

An emitter of its own, for the closed world of JSON: a general one takes twenty times as long, and a large cluster has
tens of thousands of manifests. Texts are written plain only where no reader can take them for anything else.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._/@=+-]*(?::[A-Za-z0-9._/@=+-]+)*|\d+(?:Ki|Mi|Gi|Ti|Pi|m)")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))
_LONGEST_WORD = len("false")
# Not printable for YAML, a line break for YAML 1.1 alone, or invisible to whoever reviews: escaped, which JSON does not
# do.
_ODD = "\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff"
_ESCAPED = re.compile(f"[{_ODD}]")
_UNFIT_FOR_BLOCK = re.compile(f"[\x00-\x08\x0b-\x1f{_ODD}]|[ \t](?:\n|$)")
_LONGEST_KEY = 120  # in characters; libyaml reads a longer one only where it is marked as a key
_FIRST = ("name",)
_FIRST_OF_ALL = ("apiVersion", "kind", "metadata", "name")

_MOST_TEXTS, _MOST_FORMS = 200_000, 2_000  # remembered at a time

Shape = tuple[str, ...]


def scalar(text: str) -> str:
    """``text`` on one line: plain where that is safe, in double quotes otherwise."""
    if _PLAIN.fullmatch(text) and (len(text) > _LONGEST_WORD or text.lower() not in _WORDS):
        return text
    quoted = orjson.dumps(text).decode()
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted) if _ESCAPED.search(quoted) else quoted


class _Ends(dict[str, str]):
    """What follows a key or a dash, made once: names, images and labels come again and again. "": several lines."""

    def __missing__(self, text: str) -> str:
        written = self[text] = "" if "\n" in text and _fits_a_block(text) else f" {scalar(text)}\n"
        return written


class _Forms(dict[tuple[str, ...], list[tuple[str, str]]]):
    """The keys of a mapping in the order in which they are written, each with the beginning of its line."""

    def __init__(self, lead: str, pad: str, first: tuple[str, ...] = _FIRST) -> None:
        self._lead, self._pad, self._first = lead, pad, first

    def __missing__(self, given: tuple[str, ...]) -> list[tuple[str, str]]:
        first, pad = self._first, self._pad
        keys = [*(key for key in first if key in given), *sorted(key for key in given if key not in first)]
        marks = (f"? {scalar(k)}\n{pad}:" if len(k) > _LONGEST_KEY else f"{scalar(k)}:" for k in keys)
        leads = (pad if place else self._lead for place in range(len(keys)))
        made = [(key, lead + mark) for key, lead, mark in zip(keys, leads, marks, strict=True)]
        if len(self) < _MOST_FORMS:
            self[given] = made
        return made


class _Level:
    """What stands at one depth of indentation: mappings, and lists, whose entries may be mappings."""

    def __init__(self, depth: int, first: tuple[str, ...] = _FIRST) -> None:
        pad = "  " * depth
        self.depth = depth
        self.dash = f"{pad}-"
        self.mappings, self.entries = _Forms(pad, pad, first), _Forms(f"{pad}- ", f"{pad}  ")
        self.below: _Level | None = None  # until it is needed

    def deepen(self) -> _Level:
        self.below = _Level(self.depth + 1)
        return self.below


class Writer:
    """Writes many manifests and remembers the texts and the sets of keys that they share."""

    def __init__(self) -> None:
        self._ends = _Ends()
        self._top = _Level(0, _FIRST_OF_ALL)

    def text(self, manifest: dict[str, Any]) -> str:
        """The manifest as one YAML document, keys sorted; type and name of an object and of an entry come first.

        Raises:
            RecursionError: it is nested deeper than Python goes.
        """
        return self.text_and_shape(manifest)[0]

    def text_and_shape(self, manifest: dict[str, Any]) -> tuple[str, Shape]:
        """The text, and what is left of it without the texts inside: of equal shape are all manifests that differ in
        texts only. Raises as ``text``."""
        if len(self._ends) > _MOST_TEXTS:
            self._ends.clear()
        parts: list[str] = []
        self._mapping(self._top.mappings[tuple(manifest)], manifest, self._top, parts)
        return "".join(parts) or "{}\n", tuple(parts[::2])

    # Every line is put as two parts: its beginning, with whatever is no text, and a text or what else ends the line.

    def _mapping(self, form: list[tuple[str, str]], value: dict[str, Any], level: _Level, parts: list[str]) -> None:
        ends = self._ends
        for key, head in form:
            item = value[key]
            kind = type(item)
            if kind is str:
                parts.append(head)
                parts.append(ends[item] or _block(item, level.depth + 1))
            elif kind is dict and item:
                parts.append(head)
                parts.append("\n")
                below = level.below or level.deepen()
                self._mapping(below.mappings[tuple(item)], item, below, parts)
            elif kind is list and item:
                parts.append(head)
                parts.append("\n")
                self._list(item, level, parts)
            else:
                parts.append(f"{head} {_plain(item)}")
                parts.append("\n")

    def _list(self, value: list[Any], level: _Level, parts: list[str]) -> None:
        dash, entries, below = level.dash, level.entries, level.below or level.deepen()
        for item in value:
            kind = type(item)
            if kind is dict and item:
                self._mapping(entries[tuple(item)], item, below, parts)
            elif kind is str:
                parts.append(dash)
                parts.append(self._ends[item] or _block(item, below.depth))
            elif kind is list and item:
                parts.append(dash)
                parts.append("\n")
                self._list(item, below, parts)
            else:
                parts.append(f"{dash} {_plain(item)}")
                parts.append("\n")


def _block(text: str, depth: int) -> str:
    """Text of several lines as they are."""
    pad = "  " * depth
    body = text.rstrip("\n")
    chomping = {0: "-", 1: ""}.get(len(text) - len(body), "+")
    written = "\n".join(f"{pad}{line}" if line else "" for line in text.split("\n"))
    return f" |{chomping}\n{written}" + ("\n" if chomping == "-" else "")


def yaml_text(manifest: dict[str, Any]) -> str:
    """One manifest as ``Writer.text`` writes it."""
    return Writer().text(manifest)


def _fits_a_block(text: str) -> bool:
    """A block neither begins with white space nor holds what must be escaped; blanks before a break are easily lost."""
    return text[0] not in " \t\n" and not _UNFIT_FOR_BLOCK.search(text)


def _plain(value: Any) -> str:
    """Numbers, switches, nothing, and what is empty."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    text = repr(value)
    if isinstance(value, float) and "e" in text and "." not in text:
        return text.replace("e", ".0e")  # without the point YAML 1.1 reads a text
    return text

"""Objects as YAML text that readers of YAML 1.1 and of 1.2 take for the same, in the order in which people read them.

An emitter of its own, for the closed world of JSON: a general one takes twenty times as long, and a large cluster has
tens of thousands of manifests. Texts are written plain only where no reader can take them for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._/@=+-]*(?::[A-Za-z0-9._/@=+-]+)*|\d+(?:Ki|Mi|Gi|Ti|Pi|m)")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))
# Not printable for YAML, a line break for YAML 1.1 alone, or invisible to whoever reviews: escaped, which JSON does not
# do.
_ODD = "\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff"
_ESCAPED = re.compile(f"[{_ODD}]")
_UNFIT_FOR_BLOCK = re.compile(f"[\x00-\x08\x0b-\x1f{_ODD}]|[ \t](?:\n|$)")
_LONGEST_KEY = 120  # in characters; libyaml reads a longer one only where it is marked as a key
_FIRST = dict.fromkeys(("apiVersion", "kind", "metadata"))

_MOST_TEXTS, _MOST_FORMS = 200_000, 2_000  # remembered at a time

_Put = Callable[[str], None]


def scalar(text: str) -> str:
    """``text`` on one line: plain where that is safe, in double quotes otherwise."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
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

    def __init__(self, lead: str, pad: str) -> None:
        self._lead, self._pad = lead, pad

    def __missing__(self, given: tuple[str, ...]) -> list[tuple[str, str]]:
        keys = sorted(given, key=lambda key: (key != "name", key))
        pad = self._pad
        marks = (f"? {scalar(k)}\n{pad}:" if len(k) > _LONGEST_KEY else f"{scalar(k)}:" for k in keys)
        leads = (pad if place else self._lead for place in range(len(keys)))
        made = [(key, lead + mark) for key, lead, mark in zip(keys, leads, marks, strict=True)]
        if len(self) < _MOST_FORMS:
            self[given] = made
        return made


class Writer:
    """Writes many manifests and remembers the texts and the sets of keys that they share."""

    def __init__(self) -> None:
        self._ends = _Ends()
        # By depth: of mappings below a key, and of those that are an entry of a list.
        self._forms: list[_Forms] = []
        self._entries: list[_Forms] = []

    def text(self, manifest: dict[str, Any]) -> str:
        """The manifest as one YAML document, keys sorted; type and name of an object and of an entry come first.

        Raises:
            RecursionError: it is nested deeper than Python goes.
        """
        if len(self._ends) > _MOST_TEXTS:
            self._ends.clear()
        lines: list[str] = []
        self._reach(1)
        first = [key for key in _FIRST if key in manifest]
        heads = dict(self._forms[0][tuple(manifest)])
        form = [(key, heads[key]) for key in (*first, *(key for key in heads if key not in _FIRST))]
        self._mapping(form, manifest, 0, lines.append)
        return "".join(lines) or "{}\n"

    def _reach(self, depth: int) -> None:
        while len(self._forms) <= depth:
            pad = "  " * len(self._forms)
            self._forms.append(_Forms(pad, pad))
            self._entries.append(_Forms(f"{pad}- ", f"{pad}  "))

    def _mapping(self, form: list[tuple[str, str]], value: dict[str, Any], depth: int, put: _Put) -> None:
        ends = self._ends
        for key, head in form:
            item = value[key]
            kind = type(item)
            if kind is str:
                put(head + (ends[item] or self._block(item, depth + 1)))
            elif kind is dict and item:
                put(f"{head}\n")
                if depth + 1 >= len(self._forms):
                    self._reach(depth + 1)
                self._mapping(self._forms[depth + 1][tuple(item)], item, depth + 1, put)
            elif kind is list and item:
                put(f"{head}\n")
                self._list(item, depth, put)
            else:
                put(f"{head} {_plain(item)}\n")

    def _list(self, value: list[Any], depth: int, put: _Put) -> None:
        self._reach(depth + 1)
        dash, entries = f"{'  ' * depth}-", self._entries[depth]
        for item in value:
            kind = type(item)
            if kind is dict and item:
                self._mapping(entries[tuple(item)], item, depth + 1, put)
            elif kind is str:
                put(dash + (self._ends[item] or self._block(item, depth + 1)))
            elif kind is list and item:
                put(f"{dash}\n")
                self._list(item, depth + 1, put)
            else:
                put(f"{dash} {_plain(item)}\n")

    def _block(self, text: str, depth: int) -> str:
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

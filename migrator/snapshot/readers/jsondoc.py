"""JSON dumps: one valid value goes the fast way. Everything else (several values in a row, text between them, a damaged
or cut-off file, comments) goes the slow one, which saves what can be saved and names the line of the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrator.snapshot.readers import Problem
from migrator.snapshot.readers.jsonrepair import pieces
from migrator.snapshot.readers.jsonvalue import REFUSED, Value, whole

# Two braces in a row begin no JSON; they are how a template of Helm begins.
BEGINNING = re.compile(rb"\s*(?:\[|\{(?!\{))")
_FIRST = re.compile(rb"^[ \t]*(?:\[[ \t]*(?:\r?\n|[\"{}\]])|\{[ \t]*(?:\r?\n|[\"}]))", re.MULTILINE)
_NO_PREFACE = re.compile(
    rb"^(?:---|```|[ \t]*-[ \t]|[ \t]*[\w\"']+:[ \t]*\r?$|(?:apiVersion|kind)[ \t]*:)", re.MULTILINE
)
_COMMENT = re.compile(rb"^[ \t]*(?:#|//)", re.MULTILINE)
_PREFACE = 1 << 16
_PREFACE_LINES = 50


class Text(NamedTuple):
    """The content of a file without what stands before its JSON; ``commented`` where some of that was a comment."""

    data: bytes
    commented: bool = False


def values(data: bytes) -> Iterator[Value | Problem]:
    """The values of a JSON file in their order, numbered from 1."""
    try:
        found = whole(data)
    except REFUSED:
        yield from pieces(data)
    else:
        yield from found


def without_preface(data: bytes) -> Text:
    """``data`` with comments and lines of text before its JSON emptied (``// exported``, a warning of kubectl).

    Anything else is given back as it is, so that no YAML and no page of text with an example in it is taken for JSON.
    """
    begin = None if BEGINNING.match(data) else _FIRST.search(data, 0, _PREFACE)
    if begin is None:
        return Text(data)
    preface = data[: begin.start()]
    if _NO_PREFACE.search(preface) or preface.count(b"\n") > _PREFACE_LINES:
        return Text(data)
    commented = _COMMENT.search(preface) is not None
    newlines = b"\n" * preface.count(b"\n")
    return Text(b"".join((newlines, memoryview(data)[begin.start() :])), commented)

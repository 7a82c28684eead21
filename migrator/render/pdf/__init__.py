"""A document as PDF, set by typst from data and from our own fonts: no system font, no network, no clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from migrator.locale import text
from migrator.render import fonts
from migrator.render.document import (
    Block,
    Code,
    Document,
    Grid,
    Heading,
    Line,
    Paragraph,
    Span,
    said,
    text_width,
)
from migrator.render.typesetting import typeset

_TEMPLATE = Path(__file__).with_name("layout.typ")
_COLUMNS = 112  # of code in one line of a page
_LONG_WORD = re.compile(r"[!-~\u00a1-\u024f]{12,}")  # nothing in it lets a line break
_PIECES = re.compile(r"[^/._:,=@|;&?-]{1,12}[/._:,=@|;&?-]?|[/._:,=@|;&?-]")
_BREAKS = re.compile(r"(?<=[\s/,;=:|&-])")  # places in a long line of code where the eye accepts a break


def render_pdf(document: Document) -> bytes:
    """The document as PDF with bookmarks. The same document gives the same bytes."""
    return _set(_encoded(document))


@lru_cache(maxsize=1)
def _set(encoded: str) -> bytes:
    """The last document is kept: whoever asks for the PDF often asks for the zip with the same PDF next."""
    return typeset(_TEMPLATE, {"document": encoded})


def _encoded(document: Document) -> str:
    """What the template reads. A character that no font of ours draws is written as its number."""
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    plain = {
        "lang": document.lang,
        "region": "CN" if document.lang == "zh" else "US",
        "title": document.title,
        "subtitle": document.subtitle,
        "running": document.running,
        "dense": document.dense,
        "fonts": fonts.PROSE,
        "mono": fonts.CODE,
        "words": {"page": text("document.page", document.lang, page="{n}", pages="{m}")},
        "anchors": [block.anchor for block in headings if block.anchor],
        "cover": [_plain(block) for block in document.cover],
        "body": [_plain(block) for block in document.body],
    }
    return fonts.legible(msgspec.json.encode(plain).decode())


def _plain(block: Block) -> Any:
    """A block for the template: every field there, lines ready to be broken."""
    made = _PREPARED.get(type(block))
    return made(block) if made else msgspec.to_builtins(block)


def _heading(block: Heading) -> dict[str, Any]:
    return {
        "type": "Heading",
        "level": block.level,
        "text": block.text,
        "number": block.number,
        "anchor": block.anchor,
        "marks": [msgspec.to_builtins(mark) for mark in block.marks],
        "struck": block.struck,
    }


def _paragraph(block: Paragraph) -> dict[str, Any]:
    leads = all(part.strong for part in block.line) or said(block.line).endswith((":", "："))  # to what follows it
    return {"type": "Paragraph", "line": _line(block.line), "leads": leads}


def _grid(block: Grid) -> dict[str, Any]:
    return {
        "type": "Grid",
        "columns": block.columns,
        "weights": block.weights,
        "right": block.right,
        "whole_rows": bool(block.elsewhere),  # their cells are short, so that no row is longer than a page
        "rows": [[_cell(cell) for cell in row] for row in (block.rows if len(block.rows) > 1 else _unlinked(block))],
    }


def _unlinked(block: Grid) -> tuple[tuple[Line, ...], ...]:
    """The rows without links: those of every step's small table took as long to set as all the rest together."""
    return tuple(tuple(tuple(_no_link(part) for part in cell) for cell in row) for row in block.rows)


def _no_link(part: Span) -> Span:
    return msgspec.structs.replace(part, anchor="") if part.anchor else part


def _code(block: Code) -> dict[str, Any]:
    lines: list[str] = []
    continued: list[int] = []
    for given in block.text.expandtabs(8).split("\n"):
        for number, piece in enumerate(wrapped(given, _COLUMNS)):
            lines.append(piece)
            if number:
                continued.append(len(lines))
    return {"type": "Code", "text": "\n".join(lines), "continued": continued}


def wrapped(given: str, columns: int) -> Iterator[str]:
    """A line of code in pieces of at most ``columns``, broken where the eye accepts it if there is such a place."""
    while text_width(given) > columns:
        room = _fitting(given, columns)
        places = [place.start() for place in _BREAKS.finditer(given, 0, room + 1) if room // 2 < place.start() <= room]
        cut = places[-1] if places else room
        yield given[:cut]
        given = given[cut:]
    yield given


def _fitting(given: str, columns: int) -> int:
    """How many characters fit into ``columns``, at least one."""
    used = 0
    for number, char in enumerate(given):
        used += text_width(char)
        if used > columns:
            return max(number, 1)
    return len(given)


def _line(line: Line) -> list[Any]:
    return [_span(part, part.text.replace("\n", " ")) for part in line]


def _cell(cell: Line) -> Any:
    """Bare text as it is, since most cells are that; otherwise the lines of the cell."""
    rows: list[list[Any]] = [[]]
    for part in cell:
        first, *more = part.text.split("\n")
        rows[-1].append(_span(part, first))
        rows += [[_span(part, text_)] for text_ in more]
    only = rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else None
    return only if isinstance(only, str) else rows


def _span(part: Span, shown: str) -> str | dict[str, Any]:
    """Bare text, or text with its style and the places where it may be broken."""
    made: dict[str, Any] = msgspec.to_builtins(part)
    breaks = _LONG_WORD.search(shown) is not None
    if len(made) == 1 and not breaks:
        return shown
    made["text"] = shown
    if breaks:
        made["pieces"] = list(_pieces(shown))
    return made


def _pieces(shown: str) -> Iterator[str]:
    """The text in parts between which a line may break: long words after their marks, and every 12 characters."""
    place = 0
    for word in _LONG_WORD.finditer(shown):
        before = shown[place : word.start()]
        parts = _PIECES.findall(word[0])
        yield before + parts[0]
        yield from parts[1:-1]
        place = word.end()
        if len(parts) > 1:
            place -= len(parts[-1])
    yield shown[place:]


_PREPARED: dict[type[Block], Callable[[Any], dict[str, Any]]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Grid: _grid,
    Code: _code,
}

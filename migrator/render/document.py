"""A document as blocks, before any layout: what Markdown, HTML, PDF and Word have in common.

Text in blocks is plain: nothing is escaped for a layout, and every invisible character is written out already
(``escape.visible``; the functions below see to it). A line feed inside a cell of a table is a line break, elsewhere it
is a space. Blocks hold no clock and no language of their own: they are built in the language of the document.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from migrator.locale import Lang
from migrator.locale import text as sentence
from migrator.render.escape import visible

Tone = Literal["note", "warning", "danger", "outage", "good"]
Badge = Literal["gate", "outage", "destructive", "no_return", "edited", "own", "excluded"]

_WIDE = frozenset("WF")  # East Asian characters that take two columns
_WEIGHED = 200  # rows that the widths of columns are worked out from
_ELLIPSIS = " …"  # where a text is cut
_MOST, _LEAST = 56, 5  # columns of text that one column of a table is thought to need


class Span(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run of text in one style. ``anchor`` leads to a heading of the document, ``address`` out of it."""

    text: str
    strong: bool = False
    code: bool = False
    struck: bool = False
    anchor: str = ""
    address: str = ""


Line = tuple[Span, ...]


class Mark(msgspec.Struct, frozen=True):
    """A short word in a box beside a heading: what is particular about the step."""

    badge: Badge
    text: str


class Heading(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """``level`` 1 are chapters and phases, 2 steps, appendices and parts of chapters, 3 parts of those.

    ``anchor`` is where links lead, empty where none does.
    """

    level: int
    text: str
    number: str = ""
    anchor: str = ""
    marks: tuple[Mark, ...] = ()
    struck: bool = False


class Paragraph(msgspec.Struct, frozen=True, tag=True):
    line: Line


class Listing(msgspec.Struct, frozen=True, tag=True):
    """A list with bullets."""

    items: tuple[Line, ...]


class Grid(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """A table with a head; an empty cell is room to write in.

    ``weights`` are the widths of the columns beside each other, ``right`` the columns of figures. ``elsewhere`` tells
    where all rows stand, for layouts that show only the first of a long table.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    weights: tuple[int, ...]
    right: tuple[int, ...] = ()
    elsewhere: str = ""


class Facts(msgspec.Struct, frozen=True, tag=True):
    """Names and what they stand for, such as on the cover; ``columns`` name both for layouts that need a head."""

    columns: tuple[str, str]
    rows: tuple[tuple[str, Line], ...]


class Code(msgspec.Struct, frozen=True, tag=True):
    """Commands or a file, line by line. ``language`` is "bash", "yaml", "dockerfile" or empty."""

    text: str
    language: str = ""


class Callout(msgspec.Struct, frozen=True, tag=True):
    """A boxed remark: the label, then one line, or several as a list."""

    tone: Tone
    label: str
    lines: tuple[Line, ...]


class Picture(msgspec.Struct, frozen=True, tag=True):
    """A drawing of ours as SVG. ``told`` are blocks that say the same, for layouts that show no pictures."""

    name: str
    svg: str
    width: int
    height: int
    caption: str
    told: tuple[Grid | Listing | Paragraph | Code, ...] = ()


class SignOff(msgspec.Struct, frozen=True, tag=True):
    """A table to sign in; an empty cell is a line to write on."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Field(msgspec.Struct, frozen=True):
    """A box to tick (its word follows it) or a line to write on (its word stands before it)."""

    kind: Literal["box", "blank"]
    text: str


class Form(msgspec.Struct, frozen=True, tag=True):
    """One line to fill in by hand: who has done a step, and when."""

    fields: tuple[Field, ...]


class Contents(msgspec.Struct, frozen=True, tag=True):
    """The place of the table of contents: headings down to level ``depth`` (see ``outline``)."""

    title: str
    depth: int = 1


class Rule(msgspec.Struct, frozen=True, tag=True):
    """The end of a step."""


class PageBreak(msgspec.Struct, frozen=True, tag=True):
    """What follows begins on a new page where there are pages."""


Block = (
    Heading
    | Paragraph
    | Listing
    | Grid
    | Facts
    | Code
    | Callout
    | Picture
    | SignOff
    | Form
    | Contents
    | Rule
    | PageBreak
)


class Document(msgspec.Struct, frozen=True):
    """A whole document. ``running`` stands at the head of every page; ``cover`` fills the first page.

    A ``dense`` one is so long that its pages are set in smaller type.
    """

    lang: Lang
    title: str
    subtitle: str
    running: str
    cover: tuple[Block, ...]
    body: tuple[Block, ...]
    dense: bool = False

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.cover + self.body


def plain(text: str) -> Span:
    return Span(visible(text))


def strong(text: str) -> Span:
    return Span(visible(text), strong=True)


def code(text: str) -> Span:
    """Digests, names of files and such, in type of even width."""
    return Span(visible(text), code=True)


def struck(text: str) -> Span:
    return Span(visible(text), struck=True)


def link(text: str, anchor: str) -> Span:
    """A link to the heading with that anchor."""
    return Span(visible(text), anchor=anchor)


def address(url: str) -> Span:
    """A link out of the document; the address is its text. Only for addresses that the product itself knows."""
    return Span(visible(url), address=visible(url))


def line(*parts: Span | str) -> Line:
    """Spans one after the other; text as it is."""
    return tuple(part if isinstance(part, Span) else plain(part) for part in parts)


def paragraph(*parts: Span | str) -> Paragraph:
    return Paragraph(line(*parts))


def listing(items: Iterable[Line]) -> tuple[Listing, ...]:
    """The list as the only block, or no block for no items."""
    given = tuple(items)
    return (Listing(given),) if given else ()


def heading(level: int, text: str, number: str = "", anchor: str = "", *, marks: Iterable[Mark] = ()) -> Heading:
    return Heading(level, visible(text), number, anchor, tuple(marks))


def code_block(text: str, language: str = "") -> Code:
    return Code(visible(text).rstrip("\n"), language)


def grid(
    columns: Sequence[str], rows: Iterable[Sequence[Line]], *, right: Sequence[int] = (), elsewhere: str = ""
) -> Grid:
    """A table; the widths of its columns follow from what stands in them."""
    heads = tuple(visible(name) for name in columns)
    given = tuple(tuple(row) for row in rows)
    return Grid(heads, given, _weights(heads, given), tuple(right), elsewhere)


def said(parts: Iterable[Span]) -> str:
    """The bare text of a line."""
    return "".join(part.text for part in parts)


def text_width(text: str) -> int:
    """Columns that ``text`` takes in type of even width: Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in _WIDE else 1 for char in text)


def _weights(heads: tuple[str, ...], rows: tuple[tuple[Line, ...], ...]) -> tuple[int, ...]:
    """What a column needs: its longest cell if that is short, its usual cell if some are long."""
    weights = []
    for number, head in enumerate(heads):
        widths = sorted(_cell_width(row[number]) for row in rows[:_WEIGHED]) or [0]
        usual = widths[len(widths) * 9 // 10]
        weights.append(max(_LEAST, text_width(head) * 8 // 7, min(usual, _MOST)))  # heads are bold
    return tuple(weights)


def _cell_width(cell: Line) -> int:
    return max(text_width(part) for part in said(cell).split("\n"))


def outline(document: Document, depth: int = 1) -> list[Heading]:
    """The headings down to ``depth`` in their order."""
    return [block for block in document.body if isinstance(block, Heading) and block.level <= depth]


class Cuts(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what is long stays: rows of a table, items of a list, lines of code that stay whole and of longer
    code, lines of a boxed remark, characters of a sentence."""

    rows: int
    items: int
    code: int
    code_shown: int
    remarks: int
    text: int
    names: int  # characters of an item or a cell, which are lists of names where they are long


def cut(document: Document, cuts: Cuts, in_steps: Cuts | None = None) -> Document:
    """The document for layouts that a person turns page by page; a sentence follows each thing that is cut.

    Tables, lists, boxed remarks and code keep their beginning, cells and sentences as many names as anybody reads.
    Tables that stand nowhere else stay whole.
    """
    body = tuple(_cut(document.body, cuts, in_steps or cuts, document.lang))
    return msgspec.structs.replace(document, body=body)


def _cut(blocks: Iterable[Block], elsewhere: Cuts, in_steps: Cuts, lang: Lang) -> Iterator[Block]:
    cuts = elsewhere
    note, noted = sentence("document.cut_text", lang), False
    for block in blocks:
        if isinstance(block, Heading):
            noted = False
            cuts = in_steps if block.level > 1 and block.number[:1].isdigit() else elsewhere
        shown, told = _shown(block, cuts, lang)
        yield shown
        if told and not (told == note and noted):  # once below each heading
            yield paragraph(told)
            noted = noted or told == note


def _shown(block: Block, cuts: Cuts, lang: Lang) -> tuple[Block, str]:
    """What is left of a block, and the sentence that tells so; empty where all of it is left."""
    note = sentence("document.cut_text", lang)
    if isinstance(block, Grid) and block.elsewhere:
        rows = tuple(tuple(_shortened(cell, cuts.names) for cell in row) for row in block.rows[: cuts.rows])
        if len(block.rows) > cuts.rows:
            return msgspec.structs.replace(block, rows=rows), block.elsewhere
        return (block, "") if rows == block.rows else (msgspec.structs.replace(block, rows=rows), note)
    if isinstance(block, Paragraph):
        kept = _shortened(block.line, cuts.text)
        return (block, "") if kept == block.line else (Paragraph(kept), note)
    if isinstance(block, Listing):
        items = _first(block.items, cuts.items, cuts.names)
        return (block, "") if items == block.items else (Listing(items), note)
    if isinstance(block, Callout):
        lines = _first(block.lines, cuts.remarks, cuts.text)
        return (block, "") if lines == block.lines else (msgspec.structs.replace(block, lines=lines), note)
    if isinstance(block, Code) and (count := block.text.count("\n") + 1) > cuts.code:
        beginning = "\n".join(block.text.split("\n", cuts.code_shown)[: cuts.code_shown])
        told = sentence("document.cut_code", lang, count=count, shown=cuts.code_shown)
        return msgspec.structs.replace(block, text=beginning), told
    return block, ""


def _first(items: tuple[Line, ...], most: int, letters: int) -> tuple[Line, ...]:
    kept = tuple(_shortened(item, letters) for item in items[:most])
    return kept if len(items) <= most else (*kept, line(_ELLIPSIS.strip()))


def _shortened(given: Line, letters: int) -> Line:
    """A line whose last span is long, cut."""
    if not given or len(given[-1].text) <= letters:
        return given
    last = msgspec.structs.replace(given[-1], text=given[-1].text[:letters].rstrip() + _ELLIPSIS)
    return (*given[:-1], last)

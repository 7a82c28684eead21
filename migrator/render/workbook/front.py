"""The first sheet: what the runbook is, who signs it, its figures, and what the other sheets are for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from migrator.render.document import Block, Callout, Facts, Grid, Heading, Listing, Paragraph, SignOff, said
from migrator.render.parts.front import at_a_glance, cover, summary, title
from migrator.render.parts.refs import Refs
from migrator.render.workbook.sheet import Book, Column, Row, Sheet
from migrator.runbook.model import Edition, Runbook

_WIDTHS = (30, 30, 26, 26, 34)
_REST = sum(_WIDTHS[1:])


def add_cover(book: Book, refs: Refs) -> Sheet:
    """The sheet, still empty: it comes first, and names sheets that come after it."""
    sheet = Sheet(book, refs.sheets["cover"])
    sheet.page.hide_gridlines(2)
    for position, width in enumerate(_WIDTHS):
        sheet.page.set_column(position, position, width)
    sheet.page.fit_to_pages(1, 0)
    return sheet


def fill_cover(
    sheet: Sheet, runbook: Runbook, edition: Edition, refs: Refs, *, others: Sequence[tuple[str, str]]
) -> None:
    """Write the cover.

    Args:
        others: names of the other sheets, and what each is for; one without a name was not made.
    """
    writer = _Writer(sheet)
    writer.line(title(runbook, refs), sheet.book.title)
    writer.line("", sheet.book.text)
    for block in (*cover(runbook, edition, refs), *summary(runbook, refs), *at_a_glance(runbook, refs)):
        writer.block(block)
    writer.part(refs.word("workbook.sheets"))
    for name, about in others:
        writer.other(name, about)


class _Writer:
    """Writes one line after the other."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet, self._book, self._row = sheet, sheet.book, 0

    def line(self, text: str, look: Any) -> None:
        self._sheet.write(self._row, 0, text, look)
        self._row += 1

    def pair(self, name: str, content: str) -> None:
        self._sheet.fit(self._row, [(name, _WIDTHS[0]), (content, _REST)])
        self._sheet.write(self._row, 0, name, self._book.name)
        self._across(content)

    def other(self, name: str, about: str) -> None:
        """A sheet with a link to it; the name is one that ``Book`` has made safe."""
        self._sheet.fit(self._row, [(name, _WIDTHS[0]), (about, _REST)])
        if name:
            self._sheet.page.write_url(self._row, 0, f"internal:'{name}'!A1", self._book.link, name)
        self._across(about)

    def part(self, text: str) -> None:
        """A bar with the name of what follows."""
        for position in range(1, len(_WIDTHS)):
            self._sheet.page.write_blank(self._row, position, None, self._book.part)
        self.line(text, self._book.part)

    def _across(self, text: str) -> None:
        """Text beside the first column, over all others."""
        self._sheet.page.merge_range(self._row, 1, self._row, len(_WIDTHS) - 1, "", self._book.text)
        self._sheet.write(self._row, 1, text, self._book.text)  # merging alone would interpret it
        self._row += 1

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, fill: bool = False) -> None:
        heads = [Column(name, _WIDTHS[i], fill=fill and i > 0) for i, name in enumerate(columns)]
        for position, head in enumerate(heads):
            self._sheet.write(self._row, position, head.heading, self._book.heading)
        for row in rows:
            self._row += 1
            self._sheet.row(self._row, heads, Row(row))
        self._row += 2

    def block(self, block: Block) -> None:
        match block:
            case Heading(text=text):
                self.part(text)
            case Paragraph(line=parts):
                self.line(said(parts), self._book.plain)
            case Listing(items=items):
                for item in items:
                    self.line(f"· {said(item)}", self._book.plain)
                self._row += 1
            case Facts(rows=facts):
                for name, content in facts:
                    self.pair(name, said(content))
                self._row += 1
            case Callout(label=label, lines=lines):
                self.pair(label, "\n".join(map(said, lines)))
                self._row += 1
            case Grid(columns=columns, rows=cells):
                self.table(columns, ([said(cell) for cell in row] for row in cells))
            case SignOff(columns=columns, rows=signed):
                self.table(columns, signed, fill=True)

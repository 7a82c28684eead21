"""Sheets of a workbook: a table with a head that stays in sight and repeats in print, or tables below each other.

Rows are written as they come and forgotten: a workbook of any length takes the memory of one row. Text of a dump is
text: it never becomes a formula or a link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from migrator.locale import Lang, text
from migrator.render.document import text_width
from migrator.render.escape import visible
from migrator.render.workbook.rows import Look, Rows
from migrator.snapshot.sheets.cells import LONGEST, tidy

Tint = Literal["", "gate", "outage", "danger", "excluded"]
Cell = str | int | None
_Styles = dict[Tint, list[Look]]  # of the columns of a table

_TINTS: dict[Tint, dict[str, Any]] = {
    "": {},
    "gate": {"bg_color": "#dbeafe"},
    "outage": {"bg_color": "#fee2e2"},
    "danger": {"bg_color": "#fecaca", "bold": True},
    "excluded": {"bg_color": "#f1f5f9", "font_color": "#64748b", "font_strikeout": True},
}
_BASE = {"valign": "top", "text_wrap": True, "font_size": 10, "border": 1, "border_color": "#cbd5e1"}
_HEAD = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "font_color": "white"}
_WIDEST_PAGE = 240  # characters of all columns that one page across can still show in print
_HEAD_HIGH = 30  # points
_LINE, _HIGHEST = 13, 409  # points: of a line of text, and of the highest row that the format knows
_LOOKED_AT = 4_000  # characters, by far enough for the highest row


class Column(msgspec.Struct, frozen=True):
    """``fill``: people write into it; ``choices`` are offered as a list; ``code`` is in type of even width."""

    heading: str
    width: int
    fill: bool = False
    choices: tuple[str, ...] = ()
    code: bool = False
    day: bool = False


class Row(msgspec.Struct, frozen=True):
    """The cells of one row and how the whole of it is coloured."""

    cells: Sequence[Cell]
    tint: Tint = ""


class Book:
    """A workbook in the making: the formats that its sheets share, and their names."""

    def __init__(self, book: Any, lang: Lang, running: str) -> None:
        self.book = book
        self.lang = lang
        self.running = running  # at the foot of every printed page
        self.rows: dict[int, Rows] = {}  # by position of the sheet
        self._formats: dict[tuple[Any, ...], Any] = {}
        self.heading = book.add_format({**_HEAD, "bg_color": "#475569"})
        self.heading_to_fill = book.add_format({**_HEAD, "bg_color": "#1d4ed8"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.part = book.add_format({"bold": True, "font_size": 11, "bg_color": "#e2e8f0"})
        self.note = book.add_format({"italic": True, "font_color": "#475569"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.plain = book.add_format({"valign": "top"})
        self.name = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
        self.link = book.add_format({"font_color": "#1d4ed8", "underline": 1, "valign": "top"})
        self.chosen = {
            "done": book.add_format({"bg_color": "#bbf7d0"}),
            "running": book.add_format({"bg_color": "#fef08a"}),
            "failed": book.add_format({"bg_color": "#fca5a5"}),
        }

    def cell(self, column: Column, tint: Tint, *, number: bool = False) -> Any:
        """The format of a cell; one is made for each look, however many cells have it."""
        key = (column.fill, column.code, column.day, tint, number)
        if key not in self._formats:
            look: dict[str, Any] = {**_BASE, **({"bg_color": "#fffbeb"} if column.fill else {}), **_TINTS[tint]}
            if column.code:
                look |= {"font_name": "Consolas", "font_size": 9}
            if not number:
                look["num_format"] = "yyyy-mm-dd hh:mm" if column.day else "@"
            self._formats[key] = self.book.add_format(look)
        return self._formats[key]

    @staticmethod
    def index(look: Any) -> int:
        """The number by which cells refer to a format; the library gives it when it is first asked."""
        return int(look._get_xf_index())

    def add(self, name: str) -> Any:
        """A new sheet, set up for A4 across. The name is one of ``sheet_names``."""
        page = self.book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.set_footer(f"&L&8{_field(self.running)}&C&8{_field(page.name)}&R&8&P / &N")
        return page


def shown(value: str, lang: Lang) -> str:
    """Text as a cell can hold it: what is invisible written out, and cut, with a remark, where it is too long."""
    if not value.isprintable():  # whatever is invisible, forbidden or a line break is not printable
        value = tidy(visible(value)).strip("\n")
    if len(value) <= LONGEST:
        return value
    remark = "\n" + text("workbook.cut", lang)
    return value[: LONGEST - len(remark)] + remark


class Part(msgspec.Struct, frozen=True):
    """One of several tables on a sheet. ``label`` stands in the first column of each of its rows."""

    label: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]


class Sheet:
    """One sheet, written from top to bottom."""

    def __init__(self, book: Book, name: str) -> None:
        self.book = book
        self.page = book.add(name)
        self.name = str(self.page.name)
        self._rows: Rows | None = None

    def table(self, columns: Sequence[Column], rows: Iterable[Row], *, note: str = "", keep: int = 1) -> str:
        """One table; returns the name of the sheet.

        Args:
            note: a sentence above the head.
            keep: columns at the left that stay in sight, and repeat where the table is wider than a page.
        """
        top = 1 if note else 0
        self._widths([column.width for column in columns])
        if note:
            self.write(0, 0, note, self.book.note)
        self._head(top, columns)
        last = top
        styles: _Styles = {}
        for last, row in enumerate(rows, start=top + 1):
            self._quick(last, columns, row, styles)
        last = max(last, top + 1)
        self.page.freeze_panes(top + 1, keep)
        self.page.autofilter(top, 0, last, len(columns) - 1)
        self.page.repeat_rows(top)
        wide = sum(column.width for column in columns) > _WIDEST_PAGE
        self.page.fit_to_pages(2 if wide else 1, 0)
        if wide:
            self.page.repeat_columns(0, keep - 1)
        for position, column in enumerate(columns):
            if column.choices:
                self._offer(column, (top + 1, position, last, position))
        return self.name

    def parts(self, label: Column, parts: Iterable[Part], *, widths: Sequence[int], note: str) -> str:
        """Tables of different columns below each other; returns the name of the sheet.

        The first column says to what each row belongs: filtering by it shows one table whole.
        """
        self._widths([label.width, *widths])
        self.write(0, 0, note, self.book.note)
        self._head(1, [label])
        line = 1
        for part in parts:
            line += 1
            self._written([part.label, part.title], line, [self.book.part] * 2)
            line += 1
            looks = [self.book.heading_to_fill if column.fill else self.book.heading for column in part.columns]
            heads = [part.label, *(column.heading for column in part.columns)]
            self._written(heads, line, [self.book.heading, *looks], _HEAD_HIGH)
            columns = (label, *part.columns)
            styles: _Styles = {}
            for row in part.rows:
                line += 1
                self._quick(line, columns, Row((part.label, *row.cells), row.tint), styles)
        self.page.freeze_panes(2, 1)
        self.page.autofilter(1, 0, max(line, 2), 0)
        self.page.repeat_rows(1)
        self.page.fit_to_pages(1, 0)
        return self.name

    def _quick(self, number: int, columns: Sequence[Column], row: Row, styles: _Styles) -> None:
        """One row of many; as ``row``. ``styles`` are kept from one row of a table to the next."""
        if row.tint not in styles:
            styles[row.tint] = [self._style(column, row.tint) for column in columns]
        cells: list[Cell] = []
        lines = 1
        for column, given in zip(columns, row.cells, strict=True):
            if isinstance(given, str) and given:
                value = shown(given, self.book.lang)
                if len(value) * 2 > column.width or "\n" in value:  # others take one line whatever they hold
                    lines = max(lines, _lines(value, column.width))
                cells.append(value)
            else:
                cells.append(given)
        self.behind.add(number, cells, styles[row.tint], min(lines * _LINE + 3, _HIGHEST) if lines > 1 else 0)

    def _style(self, column: Column, tint: Tint) -> Look:
        text_look, number_look = self.book.cell(column, tint), self.book.cell(column, tint, number=True)
        return self.book.index(text_look), self.book.index(number_look)

    def _written(self, texts: Sequence[str], number: int, looks: Sequence[Any], height: float = 0) -> None:
        cells = [shown(value, self.book.lang) for value in texts]
        self.behind.add(number, cells, [(self.book.index(look), 0) for look in looks], height)

    @property
    def behind(self) -> Rows:
        """The rows behind those that the library writes; from the first on it must write no more."""
        if self._rows is None:
            self._rows = self.book.rows[self.page.index] = Rows()
        return self._rows

    def row(self, number: int, columns: Sequence[Column], row: Row) -> None:
        """One row of cells, high enough for what they hold.

        Raises:
            OverflowError: the sheet has no room for it.
        """
        self.fit(number, [(value, column.width) for column, value in zip(columns, row.cells, strict=True)])
        for position, (column, value) in enumerate(zip(columns, row.cells, strict=True)):
            if isinstance(value, int):
                state = self.page.write_number(number, position, value, self.book.cell(column, row.tint, number=True))
            elif value:
                state = self.write(number, position, value, self.book.cell(column, row.tint))
            else:
                state = self.page.write_blank(number, position, None, self.book.cell(column, row.tint))
            if state:
                raise OverflowError(f"row {number} of {self.name}")

    def fit(self, number: int, cells: Iterable[tuple[Cell, int]]) -> None:
        """Set the height of a row that is still to be written: not every program does so when it opens the file."""
        lines = max((_lines(value, width) for value, width in cells if isinstance(value, str)), default=1)
        if lines > 1:
            self.page.set_row(number, min(lines * _LINE + 3, _HIGHEST))

    def write(self, number: int, position: int, value: str, look: Any) -> int:
        """Text, whatever it looks like; 0 where it has been written."""
        return int(self.page.write_string(number, position, shown(value, self.book.lang), look))

    def _widths(self, widths: Sequence[int]) -> None:
        for position, width in enumerate(widths):
            self.page.set_column(position, position, width)

    def _head(self, top: int, columns: Sequence[Column], left: int = 0) -> None:
        self.page.set_row(top, _HEAD_HIGH)
        for position, column in enumerate(columns, start=left):
            self.write(top, position, column.heading, self.book.heading_to_fill if column.fill else self.book.heading)

    def _offer(self, column: Column, place: tuple[int, int, int, int]) -> None:
        """A list to choose from, for the whole column at once, and colours that tell the choices apart."""
        self.page.data_validation(*place, {"validate": "list", "source": list(column.choices)})
        for state, look in self.book.chosen.items():
            word = text(f"workbook.status.{state}", self.book.lang)
            if word in column.choices:
                rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
                self.page.conditional_format(*place, rule)


def _lines(value: str, width: int) -> int:
    """Lines that a text takes in a column of that many characters."""
    room = max(width * 1.15 - 1, 1)  # the type is smaller than the one that widths are told in
    return sum(max(1, math.ceil(text_width(line) / room)) for line in value[:_LOOKED_AT].split("\n"))


def _field(value: str) -> str:
    """Text for the foot of a page, where ``&`` begins a field and 255 characters are all there is room for."""
    return " ".join(tidy(visible(value)).split())[:80].replace("&", "&&")

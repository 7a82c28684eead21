"""Tables as files: one workbook, or one CSV file for each. The same tables give the same bytes.

Line 1 holds the headings in both languages, line 2 explains them, and where a table is not complete line 3 says so; all
further lines are rows. Texts are written as text: no cell of ours is ever a formula or a link.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from migrator.locale import Lang, text
from migrator.snapshot.sheets.cells import LONGEST, REMARK, offered, write_cell
from migrator.snapshot.sheets.headings import about, both, explanation, not_complete, read_me, sheet_name
from migrator.snapshot.sheets.rows import Sheet
from migrator.snapshot.sheets.tables import TABLES, Column, Table, Type

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_GUIDE = ("rows", "none", "remarks", "lists", "apostrophe", "secrets", "together", "wrong")
_SPARE = 5_000  # empty rows that have drop-down lists
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  the format knows no time zone; the same in every workbook
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_BOM = "\ufeff"  # tells Excel that it is UTF-8

Cells = list[list[str | int]]


def template() -> list[Sheet]:
    """Every table without a row."""
    return [Sheet(table, []) for table in TABLES]


def workbook(sheets: Sequence[Sheet], lang: Lang) -> bytes:
    """The tables as XLSX; explanations, drop-down lists and choices are in ``lang``."""
    import xlsxwriter  # a tenth of the time that the command takes to start

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, _OPTIONS)
    book.set_properties({"created": _CREATED, "title": text("sheets.guide.title", lang)})
    look = _Look(book)
    _write_guide(book, look, lang)
    for sheet in sheets:
        _write_sheet(book, look, sheet, lang)
    book.close()
    return buffer.getvalue()


def csv_files(sheets: Sequence[Sheet], lang: Lang) -> dict[str, bytes]:
    """The tables as CSV by the names of their files."""
    return {f"{sheet.table.key}.csv": _csv(sheet, lang) for sheet in sheets}


def csv_archive(sheets: Sequence[Sheet], lang: Lang) -> bytes:
    """The same in one zip, which can be imported as it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in csv_files(sheets, lang).items():
            member = zipfile.ZipInfo(name, _CREATED.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return buffer.getvalue()


class _Look:
    """The formats of a workbook."""

    def __init__(self, book: Any) -> None:
        plain = {"num_format": "@", "valign": "top", "text_wrap": True, "font_size": 10}
        head = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "font_color": "white"}
        self.cell = book.add_format(plain)
        self.number = book.add_format({"valign": "top", "font_size": 10})
        self.heading = book.add_format({**head, "bg_color": "#475569"})
        self.required = book.add_format({**head, "bg_color": "#1d4ed8"})
        self.help = book.add_format(
            {"italic": True, "text_wrap": True, "valign": "top", "font_size": 9, "font_color": "#475569"}
        )
        self.remark = book.add_format({"bold": True, "font_color": "#b45309"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.name = book.add_format({"bold": True, "valign": "top"})


def _write_guide(book: Any, look: _Look, lang: Lang) -> None:
    page = book.add_worksheet(read_me())
    page.hide_gridlines(2)
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 100)
    page.write_string(0, 0, text("sheets.guide.title", lang), look.title)
    for row, part in enumerate(_GUIDE, start=2):
        page.write_number(row, 0, row - 1, look.name)
        page.write_string(row, 1, text(f"sheets.guide.{part}", lang), look.text)
    for row, table in enumerate(TABLES, start=len(_GUIDE) + 3):
        page.write_string(row, 0, sheet_name(table), look.name)
        page.write_string(row, 1, about(table, lang), look.text)


def _write_sheet(book: Any, look: _Look, sheet: Sheet, lang: Lang) -> None:
    table = sheet.table
    page = book.add_worksheet(sheet_name(table))
    for position, column in enumerate(table.columns):
        page.set_column(position, position, column.width, look.number if column.type is Type.NUMBER else look.cell)
    page.set_row(0, 34)
    page.set_row(1, 62)
    page.freeze_panes(2, _frozen(table))
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for position, column in enumerate(table.columns):
        _validate(page, position, column, 2 + len(sheet.rows) + _SPARE, lang)
    for number, cells in enumerate(_cells(sheet, lang, "\n")):
        for position, cell in enumerate(cells):
            if isinstance(cell, int):
                page.write_number(number, position, cell, look.number)
            elif cell:
                fitting = cell if len(cell) <= LONGEST else text("sheets.too_long", lang)
                page.write_string(number, position, fitting, _format(look, table, number, position, cell))


def _format(look: _Look, table: Table, number: int, position: int, cell: str) -> Any:
    if number == 0:
        return look.required if table.columns[position].required else look.heading
    if number == 1:
        return look.help
    return look.remark if cell.startswith(REMARK) else look.cell


def _frozen(table: Table) -> int:
    """How many columns stay in sight: those up to the last that is part of the name."""
    named = [i for i, c in enumerate(table.columns) if c.key in table.identity]
    return min(max(named, default=0) + 1, 3)


def _validate(page: Any, position: int, column: Column, last: int, lang: Lang) -> None:
    rule: dict[str, Any] | None = None
    if words := offered(column, lang):
        rule = {"validate": "list", "source": words, "show_error": column.type is not Type.SUGGESTION}
    elif column.type is Type.NUMBER:
        rule = {"validate": "integer", "criteria": ">=", "value": 0}
    if rule is not None:
        page.data_validation(2, position, last, position, rule)


def _cells(sheet: Sheet, lang: Lang, between: str) -> Cells:
    """All lines of a table; ``between`` stands between the two languages of a heading."""
    table = sheet.table
    lines: Cells = [[both(table, c, between) + " *" * c.required for c in table.columns]]
    first, *others = (explanation(table, column, lang) for column in table.columns)
    lines.append([f"{REMARK} {first}", *others])
    if not sheet.complete:
        lines.append([not_complete(lang)])
    lines.extend([write_cell(c, row.get(c.key), lang) for c in table.columns] for row in sheet.rows)
    return lines


def _csv(sheet: Sheet, lang: Lang) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(_cells(sheet, lang, " / "))
    return (_BOM + out.getvalue()).encode("utf-8")

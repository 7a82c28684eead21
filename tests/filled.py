"""A checklist as a person fills it in: the exported workbook with some cells written over."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import xlsxwriter

from migrator.checks.answersheet import COLUMNS
from migrator.snapshot.readers.workbook import grids

KEYS = [column.key for column in COLUMNS]


def rows_of(workbook: bytes) -> dict[str, dict[str, Any]]:
    """The rows of an exported checklist by code, their cells by the key of the column."""
    sheet = next(grids(workbook))
    rows = [dict(zip(KEYS, row, strict=True)) for row in sheet.rows[1:]]
    return {row["code"]: row for row in rows}


def filled_in(workbook: bytes, **changes: dict[str, Any]) -> bytes:
    """``workbook`` with cells written over, by code and key; a code that it lacks gets a row at the end."""
    rows = rows_of(workbook)
    for code, cells in changes.items():
        rows[code] = {"code": code, **rows.get(code, {}), **cells}
    others = {sheet.name: sheet.rows for sheet in list(grids(workbook))[1:]}
    return written([KEYS, *([row.get(key, "") for key in KEYS] for row in rows.values())], **others)


def written(rows: list[list[Any]], name: str = "检查清单", **others: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet(name)
    for number, row in enumerate(rows):
        for position, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(number, position, cell, day)
            elif isinstance(cell, str) and cell.startswith("#"):
                page.write_formula(number, position, "=NA()", None, cell)
            elif cell != "":
                page.write(number, position, cell)
    for other, cells in others.items():
        page = book.add_worksheet(other)
        for number, row in enumerate(cells):
            page.write_row(number, 0, [cell for cell in row if cell is not None])
    book.close()
    return buffer.getvalue()

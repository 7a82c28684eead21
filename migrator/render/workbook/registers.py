"""The registers: each appendix of the runbook whole on a sheet of its own, with cells to fill in while moving."""

from __future__ import annotations

import re

from migrator.locale import Msg
from migrator.render.document import text_width
from migrator.render.parts.refs import GAP, Refs
from migrator.render.sheetnames import appendix_key
from migrator.render.workbook.sheet import Book, Cell, Column, Part, Row, Sheet
from migrator.render.workbook.worklist import columns_of
from migrator.runbook.model import Appendix, Runbook, Table

# What people fill in beside the rows of a register, by its key.
_DONE = (("status", 11, "status"), ("by", 12, "fill"), ("remarks", 28, "fill"))
_SWITCHED = (("new_address", 20, "fill"), ("switched", 15, "day"), ("by", 12, "fill"), ("remarks", 28, "fill"))
_FILLED: dict[str, tuple[tuple[str, int, str], ...]] = {
    "workloads": _DONE,
    "volumes": _DONE,
    "claims": _DONE,
    "services": _SWITCHED,
    "ingresses": _SWITCHED,
    "addresses": (
        ("told", 14, "fill"),
        ("entered", 15, "day"),
        ("removed", 15, "day"),
        ("remarks", 28, "fill"),
    ),
    "settings": _DONE,
    "nodes": (("new_node", 22, "fill"), ("remarks", 28, "fill")),
    "manifests": _DONE,
    "conversion": _DONE,
}
_LEAST, _MOST = 10, 60  # characters that a column is wide
_WEIGHED = 200  # rows that the widths of columns are worked out from
_FIGURE = re.compile(r"0|[1-9][0-9]{0,8}")


def add_registers(book: Book, runbook: Runbook, refs: Refs) -> list[tuple[str, str]]:
    """A sheet for each appendix; names of the sheets and what they hold. One without a table has no sheet."""
    return [
        _register(book, appendix, refs.sheets.get(appendix_key(position), ""), refs)
        for position, appendix in enumerate(runbook.appendices)
    ]


def _register(book: Book, appendix: Appendix, sheet: str, refs: Refs) -> tuple[str, str]:
    title = refs.say(appendix.title)
    notes = " ".join(refs.say(note) for note in appendix.notes)
    tables = [table for table in appendix.tables if table.rows]
    if not tables:
        return "", f"{title}: {notes}" if notes else title
    if len(tables) > 1:
        return _several(book, sheet, notes, tables, refs), notes
    (table,) = tables
    extra = columns_of(refs, *_FILLED.get(appendix.key, ()))
    rows = (Row((*_cells(row, refs), *[""] * len(extra))) for row in table.rows)
    return Sheet(book, sheet).table([*_columns(table, refs), *extra], rows, note=notes), notes


def _several(book: Book, sheet: str, notes: str, tables: list[Table], refs: Refs) -> str:
    label = columns_of(refs, ("part", 8))[0]
    parts = [
        Part(str(number), "", tuple(_columns(table, refs)), (Row(_cells(row, refs)) for row in table.rows))
        for number, table in enumerate(tables, start=1)
    ]
    widths = [max(sizes) for sizes in _across([[c.width for c in part.columns] for part in parts])]
    return Sheet(book, sheet).parts(label, parts, widths=widths, note=notes)


def _across(rows: list[list[int]]) -> list[list[int]]:
    """The widths of the first column of every table, of the second, and so on."""
    return [[row[i] for row in rows if i < len(row)] for i in range(max(map(len, rows)))]


def _columns(table: Table, refs: Refs) -> list[Column]:
    """The columns, as wide as most of their cells; one that is empty throughout is there to be filled in."""
    return [
        Column(refs.word(key), _width(table, position, refs), fill=not any(row[position] for row in table.rows))
        for position, key in enumerate(table.columns)
    ]


def _width(table: Table, position: int, refs: Refs) -> int:
    widths = sorted(_longest(refs.say(row[position])) for row in table.rows[:_WEIGHED])
    usual = widths[len(widths) * 9 // 10]
    return min(_MOST, max(_LEAST, text_width(refs.word(table.columns[position])) + 3, usual + 2))


def _longest(value: str) -> int:
    return max(map(text_width, value.split("\n")))


def _cells(row: tuple[str | Msg, ...], refs: Refs) -> list[Cell]:
    return [_cell(refs.say(value).strip()) for value in row]


def _cell(value: str) -> Cell:
    """A figure as a number, so that the column can be sorted; a gap as an empty cell."""
    if value == GAP:
        return None
    return int(value) if _FIGURE.fullmatch(value) else value

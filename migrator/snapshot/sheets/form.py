"""A cluster that is filled in by form: its tables as JSON carries them become a snapshot like any other.

Rows are those of ``rows``: by the keys of the columns text, numbers, true or false, lists and maps, or for any of them
the text that a person would write into the cell of a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from migrator.locale import Lang, text
from migrator.snapshot.build import Builder
from migrator.snapshot.model import InputReport, Snapshot
from migrator.snapshot.redaction import mask_text
from migrator.snapshot.sheets.cells import write_field
from migrator.snapshot.sheets.masking import Row
from migrator.snapshot.sheets.rows import FilledTable, RowFault, read_rows, sheets_of
from migrator.snapshot.sheets.tables import TABLES, Table
from migrator.snapshot.sheets.telling import Part, tell

FORM = "form"  # the name of the input, and its form

_LONGEST_KEY = 60

Tables = Mapping[str, Sequence[Mapping[str, object]]]


class Form(NamedTuple):
    """The snapshot of a form, or what is wrong with its cells; rows are numbered from 1.

    ``rows``: how many were filled in. Without one there is no cluster to speak of.
    """

    snapshot: Snapshot | None
    faults: list[RowFault]
    rows: int = 0


class Answers(NamedTuple):
    """The tables that a form begins with, and the keys of those that are not complete."""

    tables: dict[str, list[Row]]
    not_complete: list[str]


def read_form(tables: Tables, not_complete: Container[str] = ()) -> Form:
    """The snapshot of the tables, or all that is wrong with them.

    Args:
        tables: rows by the key of their table; a missing one was not looked at, one without rows says "none there".
        not_complete: keys of the tables beside whose rows there may be more.
    """
    parts = [Part(_filled(t, tables[t.key]), t.key not in not_complete) for t in TABLES if t.key in tables]
    faults = [fault for part in parts for fault in part.filled.faults]
    rows = sum(len(part.filled.rows) for part in parts)
    if faults:
        return Form(None, faults, rows)
    builder = Builder()
    for event in tell(parts, FORM):
        builder.take(event)
    return Form(builder.snapshot([InputReport(file=FORM, objects=rows, format=FORM)]), [], rows)


def _filled(table: Table, rows: Sequence[Mapping[str, object]]) -> FilledTable:
    filled = read_rows(table, enumerate(rows, start=1))
    known = {column.key for column in table.columns}
    strange = [(i, _shown(key)) for i, row in enumerate(rows, start=1) for key in row if key not in known]
    filled.faults.extend(RowFault(table, i, key, "unknown_key", {"key": key}) for i, key in strange)
    return filled


def _shown(key: str) -> str:
    return mask_text(key)[:_LONGEST_KEY]


def answers_of(snapshot: Snapshot) -> Answers:
    """What a form shows of a snapshot to be edited: given back to ``read_form`` it makes the same facts."""
    sheets = sheets_of(snapshot)
    return Answers(
        {sheet.table.key: [_fields(sheet.table, row) for row in sheet.rows] for sheet in sheets},
        [sheet.table.key for sheet in sheets if not sheet.complete],
    )


def _fields(table: Table, row: Row) -> Row:
    return {c.key: write_field(c, row[c.key]) for c in table.columns if c.key in row}


def fault_text(fault: RowFault, lang: Lang) -> str:
    """What is wrong with the cell, and what to do."""
    return text(f"sheets.problem.{fault.code}", lang, **fault.values)

"""What tables and columns are called, and which table a line of headings belongs to.

A heading is accepted by the column's key, by its Chinese or its English name, or by both as the template writes them;
a star for "required", white space, width and case take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from migrator.locale import LANGS, Lang, text
from migrator.snapshot.sheets.cells import REMARK, normal
from migrator.snapshot.sheets.tables import TABLES, Column, Table

_LEAST_OF_SINGLE = 4  # "name, type, version" are headings of many lists that are no cluster


def title(table: Table, lang: Lang) -> str:
    return text(f"sheets.table.{table.key}", lang)


def sheet_name(table: Table) -> str:
    """``节点 Nodes``: the same in every workbook, at most 31 characters."""
    return " ".join(title(table, lang) for lang in LANGS)


def read_me() -> str:
    """The name of the sheet with the instructions."""
    return " ".join(text("sheets.read_me", lang) for lang in LANGS)


def about(table: Table, lang: Lang) -> str:
    return text(f"sheets.about.{table.key}", lang)


def heading(table: Table, column: Column, lang: Lang) -> str:
    return text(f"sheets.column.{table.key}.{column.key}", lang)


def both(table: Table, column: Column, between: str = " / ") -> str:
    """The heading in both languages."""
    return between.join(heading(table, column, lang) for lang in LANGS)


def explanation(table: Table, column: Column, lang: Lang) -> str:
    return text(f"sheets.help.{table.key}.{column.key}", lang)


def not_complete(lang: Lang) -> str:
    """The line under the headings that says: there may be more than these rows."""
    return f"{REMARK} {text('sheets.not_complete', lang)}"


def says_not_complete(value: str) -> bool:
    return normal(value) in {normal(not_complete(lang)) for lang in LANGS}


class Headed(NamedTuple):
    """A line of headings: its table, the column of each cell (None where it is none), the positions with any heading,
    and the headings that are no column of the table; one that begins as a remark is left out."""

    table: Table
    columns: list[Column | None]
    named: frozenset[int]
    unknown: list[str]

    @property
    def twice(self) -> list[Column]:
        keys = [c.key if c else "" for c in self.columns]
        return [c for i, c in enumerate(self.columns) if c is not None and c.key in keys[:i]]

    @property
    def missing(self) -> list[Column]:
        here = {c.key for c in self.columns if c}
        return [c for c in self.table.columns if c.required and c.key not in here]


def recognised(cells: Sequence[str], name: str = "") -> Headed | None:
    """The table that a line of cells heads; ``name`` of the sheet or file decides where the headings fit several.

    None where it is no line of headings, or fits several tables.
    """
    filled = sum(bool(cell.strip()) for cell in cells)
    named = _named(name)
    scores = {table.key: _score(table, cells, filled, table is named) for table in TABLES}
    best = max(scores.values())
    tables = [t for t in TABLES if scores[t.key] == best]
    if not best or (len(tables) > 1 and named not in tables):
        return None
    return _headed(named if named is not None and named in tables else tables[0], cells)


def _named(name: str) -> Table | None:
    wanted = normal(name)
    return next((t for t in TABLES if wanted in _names(t)), None)


@cache
def _names(table: Table) -> frozenset[str]:
    return frozenset(normal(n) for n in (table.key, sheet_name(table), *(title(table, lang) for lang in LANGS)))


@cache
def _headings(table_key: str) -> dict[str, Column]:
    table = next(t for t in TABLES if t.key == table_key)
    return {
        normal(written): column
        for column in table.columns
        for written in (
            column.key,
            both(table, column),
            both(table, column, ""),
            *(heading(table, column, lang) for lang in LANGS),
        )
    }


def _column(table: Table, cell: str) -> Column | None:
    return _headings(table.key).get(normal(cell).strip("*"))


def _score(table: Table, cells: Sequence[str], filled: int, named: bool) -> int:
    """How many headings are columns of the table; 0 where it is not this table."""
    found = [column for cell in cells if (column := _column(table, cell)) is not None]
    if named and found:
        return len(found)
    enough = len(found) >= (_LEAST_OF_SINGLE if table.single else 2)
    required = {c.key for c in table.columns if c.required} <= {c.key for c in found}
    return len(found) if enough and (required or len(found) > 2) and 2 * len(found) >= filled else 0


def _headed(table: Table, cells: Sequence[str]) -> Headed:
    columns = [_column(table, cell) for cell in cells]
    written = {i: cell.strip() for i, cell in enumerate(cells) if cell.strip()}
    unknown = [cell for i, cell in written.items() if columns[i] is None and not cell.startswith(REMARK)]
    return Headed(table, columns, frozenset(written), unknown)

"""Tables that people filled in: workbooks and CSV files.

Which table a sheet or file is, its headings tell; columns may stand in any order and be named in Chinese or English.
All or nothing: with one wrong cell no fact of the file is taken, and every wrong cell is named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import msgspec

from migrator.errors import InputError
from migrator.locale import msg
from migrator.snapshot.readers import Event, Format, Problem
from migrator.snapshot.readers.workbook import MAX_COLUMNS, MAX_ROWS, Grid, grids, is_workbook
from migrator.snapshot.redaction import mask_text
from migrator.snapshot.sheets.cells import REMARK, normal
from migrator.snapshot.sheets.headings import Headed, both, read_me, recognised, says_not_complete, sheet_name
from migrator.snapshot.sheets.rows import RowFault, read_rows
from migrator.snapshot.sheets.telling import Part, tell

_HEAD = 1 << 16  # bytes in which the headings of a CSV file must stand
_SEARCHED = 20  # rows in which the headings must stand
_DELIMITERS = ",;\t"
_LONGEST_HEADING = 60


class _Sheet(NamedTuple):
    """One table with its headings found: ``rows`` are those below, ``first`` the number of the first of them."""

    name: str
    headed: Headed
    rows: list[list[Any]]
    first: int
    failed: frozenset[tuple[int, int]] = frozenset()


# --- workbooks --------------------------------------------------------------------------------------------------


def read_workbook(content: bytes, name: str) -> Iterator[Event]:
    """All that the known sheets of a workbook say, or all that is wrong with it."""
    try:
        found = list(grids(content))
    except InputError as error:
        yield Problem(error.code, error.values, foreign=error.code == "sheet_old_form")
        return
    sheets: list[_Sheet] = []
    remarks: list[Problem] = []
    for grid in found:
        sheet = _headed(grid)
        if sheet is not None:
            sheets.append(sheet)
        elif not grid.hidden and _holds_anything(grid) and normal(grid.name) != normal(read_me()):
            remarks.append(Problem("sheet_passed_over", {"sheet": grid.name}))
    if not sheets:
        yield Problem("input_document", {}, foreign=True)
        return
    yield from _events(sheets, name, remarks)


def _headed(grid: Grid) -> _Sheet | None:
    for position, row in enumerate(islice(grid.rows, _SEARCHED)):
        if (headed := recognised(_texts(row), grid.name)) is not None:
            return _Sheet(grid.name, headed, grid.rows[position + 1 :], position + 2, grid.failed)
    return None


def _texts(row: Sequence[Any]) -> list[str]:
    return [cell if isinstance(cell, str) else "" for cell in row]


def _holds_anything(grid: Grid) -> bool:
    return any(cell not in ("", None) for row in grid.rows for cell in row)


# --- CSV --------------------------------------------------------------------------------------------------------


def recognises_csv(content: bytes, name: str) -> bool:
    """Whether a line of known headings stands near the beginning of a text in UTF-8."""
    if content.lstrip()[:1] in (b"{", b"["):
        return False
    # Damage further on, or half a character at the end of the piece, takes nothing from the headings.
    return _csv_headed(content[:_HEAD].decode("utf-8", "replace"), name) is not None


def read_csv(content: bytes, name: str) -> Iterator[Event]:
    """All that a CSV file in UTF-8 says, or all that is wrong with it."""
    try:
        decoded = content.decode("utf-8")
        if (found := _csv_headed(decoded, name)) is None:
            raise InputError("input_not_a_dump")
        delimiter, headed, position = found
        rows = list(islice(_csv_rows(decoded, delimiter), position + 1, None))
    except UnicodeDecodeError as error:
        yield Problem("sheet_encoding", {"line": content.count(b"\n", 0, error.start) + 1})
    except InputError as error:
        yield Problem(error.code, error.values)
    else:
        yield from _events([_Sheet(sheet_name(headed.table), headed, rows, position + 2)], name, [])


def _csv_headed(decoded: str, name: str) -> tuple[str, Headed, int] | None:
    """The delimiter, the headings and their position; of several ways to read them the one that knows most."""
    found: list[tuple[int, str, Headed, int]] = []
    for delimiter in _DELIMITERS:
        try:
            for position, row in enumerate(islice(_csv_rows(decoded, delimiter), _SEARCHED)):
                if (headed := recognised(row, PurePosixPath(name).stem)) is not None:
                    found.append((sum(c is not None for c in headed.columns), delimiter, headed, position))
                    break
        except InputError:
            continue
    return max(found, key=lambda f: f[0])[1:] if found else None


def _csv_rows(decoded: str, delimiter: str) -> Iterator[list[str]]:
    """Raises ``InputError``: ``sheet_csv`` for a cell without an end, ``sheet_too_large``."""
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if number > MAX_ROWS or len(row) > MAX_COLUMNS:
                raise InputError("sheet_too_large", rows=MAX_ROWS, columns=MAX_COLUMNS)
            yield row
    except csv.Error:
        raise InputError("sheet_csv", row=number + 1) from None


# --- both -------------------------------------------------------------------------------------------------------


def _events(sheets: list[_Sheet], name: str, remarks: list[Problem]) -> Iterator[Event]:
    parts: list[Part] = []
    problems: list[Problem] = []
    for sheet in sheets:
        earlier = next(s for s in sheets if s.headed.table is sheet.headed.table)
        if earlier is not sheet:
            problems.append(Problem("sheet_twice", {"sheet": sheet.name, "other": earlier.name}))
            continue
        part, wrong = _part(sheet)
        parts.append(part)
        problems.extend(wrong)
    if problems:
        yield from problems
        return
    yield from remarks
    yield from tell(parts, name)


def _part(sheet: _Sheet) -> tuple[Part, list[Problem]]:
    problems = _of_headings(sheet)
    given: list[tuple[int, dict[str, Any]]] = []
    complete = True
    for number, row in enumerate(sheet.rows, start=sheet.first):
        remarks = [cell for cell in row if isinstance(cell, str) and cell.startswith(REMARK)]
        if remarks:
            complete = complete and not any(map(says_not_complete, remarks))
            continue
        problems.extend(_failed(sheet, number, row))
        given.append((number, _cells(sheet, number, row, problems)))
    filled = read_rows(sheet.headed.table, given)
    problems.extend(_of_cell(sheet, fault) for fault in filled.faults)
    return Part(filled, complete), sorted(problems, key=lambda p: p.values.get("row", 0))


def _cells(sheet: _Sheet, number: int, row: list[Any], problems: list[Problem]) -> dict[str, Any]:
    """The cells of a row by their columns; one under no heading at all is a problem."""
    columns = sheet.headed.columns
    cells = {}
    for position, cell in enumerate(row):
        if cell in ("", None):
            continue
        column = columns[position] if position < len(columns) else None
        if column is not None:
            cells[column.key] = cell
        elif position not in sheet.headed.named:
            problems.append(_cell_problem(sheet, number, _letters(position), "outside", {}))
    return cells


def _failed(sheet: _Sheet, number: int, row: list[Any]) -> Iterator[Problem]:
    """Cells whose formula gave an error: they read as empty, which nobody meant."""
    for position in range(len(row)):
        if (number - 1, position) in sheet.failed:
            yield _cell_problem(sheet, number, _letters(position), "formula_error", {})


def _of_headings(sheet: _Sheet) -> list[Problem]:
    table = sheet.headed.table
    found = [
        _heading_problem(sheet, mask_text(written)[:_LONGEST_HEADING], "unknown_column")
        for written in sheet.headed.unknown
    ]
    found += [_heading_problem(sheet, both(table, column), "column_twice") for column in sheet.headed.twice]
    found += [_heading_problem(sheet, both(table, column), "no_column") for column in sheet.headed.missing]
    return found


def _heading_problem(sheet: _Sheet, column: str, code: str) -> Problem:
    return Problem("sheet_heading", {"sheet": sheet.name, "column": column, "problem": _problem(code, {})})


def _of_cell(sheet: _Sheet, fault: RowFault) -> Problem:
    column = both(fault.table, fault.table.column(fault.column))
    return _cell_problem(sheet, fault.row, column, fault.code, fault.values)


def _cell_problem(sheet: _Sheet, row: int, column: str, code: str, values: dict[str, Any]) -> Problem:
    return Problem("sheet_cell", {"sheet": sheet.name, "row": row, "column": column, "problem": _problem(code, values)})


def _problem(code: str, values: dict[str, Any]) -> Any:
    """The sentence as its key and values: it is stored with the report."""
    return msgspec.to_builtins(msg(f"sheets.problem.{code}", **values))


def _letters(position: int) -> str:
    """``AB``: a column as spreadsheet programs call it."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name


WORKBOOK = Format("spreadsheet", lambda content, name: is_workbook(content), read_workbook, binary=True)
CSV = Format("csv", recognises_csv, read_csv)

"""The checklist as a sheet: its columns, and people's answers read back from a workbook that they filled in.

All or nothing: with one wrong cell no answer is taken, and every wrong cell is named by sheet, row and column. What a
person may fill in are the columns of ``FILLED``; all others tell what was found and are not read again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from migrator.checks.registry import code_of
from migrator.checks.spec import Attestation, Outcome
from migrator.errors import InputError
from migrator.locale import LANGS, Lang, Msg, msg, text
from migrator.snapshot.readers.workbook import Grid, grids
from migrator.snapshot.redaction import mask_text
from migrator.snapshot.sheets.cells import REMARK, CellFault, normal, read_cell
from migrator.snapshot.sheets.tables import Column, Type

CODE = Column(key="code", required=True, width=9)
ANSWER = Column(
    key="answer",
    type=Type.CHOICE,
    choices=(Outcome.PASS.value, Outcome.FAIL.value),
    labels="answer",
    required=True,
    width=11,
)
EVIDENCE = Column(key="evidence", required=True, width=36)
VALID_UNTIL = Column(key="valid_until", width=13)
ON = Column(key="on", width=13)
BY = Column(key="by", width=12)
# What the filled-in cells held when the sheet was written: tells a row that nobody has touched since.
EXPORTED = Column(key="exported", width=18, detail=True)
FILLED = (ANSWER, EVIDENCE, VALID_UNTIL, ON, BY)
COLUMNS = (
    Column(key="category", width=11),
    CODE,
    Column(key="check", width=34),
    Column(key="outcome", width=10),
    Column(key="reason", width=40),
    Column(key="findings", type=Type.NUMBER, width=9),
    Column(key="question", width=48),
    *FILLED,
    EXPORTED,
)
DAYS = (VALID_UNTIL, ON)
# What a workbook tells of itself, each in a row with its name, on the sheet that says how to fill it in.
ABOUT = ("cluster_name", "cluster_id", "plan_name", "snapshot")
MOST_BYTES = 20_000_000
_SEARCHED = 20  # rows in which the headings must stand
_FAULTS_TOLD = 20


class SheetFault(NamedTuple):
    """What is wrong with a cell, or with a heading (``row`` of the headings); ``row`` counts from 1."""

    sheet: str
    row: int
    column: str  # key of a column, or the heading that was met
    code: str
    values: dict[str, Any]

    @property
    def told(self) -> Msg:
        heading = self.column
        if any(c.key == heading for c in COLUMNS):
            heading = " / ".join(text(f"checklist.column.{self.column}", lang) for lang in LANGS)
        problem = msg(f"sheets.problem.{self.code}", **self.values)
        return msg("checklist.fault", sheet=self.sheet, row=self.row, column=heading, problem=problem)


_Wrong = tuple[str, str, dict[str, Any]]  # key of the column, code and values of the problem


class FilledRow(NamedTuple):
    """One answer. ``touched``: its cells are not those that were exported."""

    sheet: str
    row: int
    answer: Attestation
    touched: bool


class FilledSheets(NamedTuple):
    """``about``: whose the workbook is, by the keys of ``ABOUT``, as far as it still tells."""

    rows: tuple[FilledRow, ...]
    faults: tuple[SheetFault, ...]
    about: dict[str, str] = {}


class _Headed(NamedTuple):
    """A sheet whose headings stand in row ``row``; a position without a heading has None."""

    grid: Grid
    row: int
    columns: list[str | None]


def fingerprint(code: str, filled: Mapping[str, str]) -> str:
    """Of the values of one row's ``FILLED`` cells as reading gives them."""
    cells = [code, *(filled.get(c.key, "") for c in FILLED)]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def heading(column: Column, lang: Lang) -> str:
    return text(f"checklist.column.{column.key}", lang)


def day_of(day: str) -> date | None:
    """The day of an answer; None where it has none."""
    return date.fromisoformat(day) if day else None


def wrong(faults: Sequence[SheetFault], name: str) -> InputError:
    """The faults of one workbook as one error: how many there are, and the first of them."""
    told = [fault.told for fault in faults[:_FAULTS_TOLD]]
    return InputError("checklist_wrong", file=name, cells=len(faults), faults=told)


def parse_answer_sheet(content: bytes, name: str) -> FilledSheets:
    """The answers of a workbook and what is wrong with it; ``name`` is the file that errors speak of.

    Raises:
        InputError: no sound workbook (``sheet_damaged``, ``sheet_old_form``, ``input_document_encrypted``), too large
            (``sheet_too_large``, ``checklist_too_large``), or ``checklist_missing``: no sheet has the headings.
    """
    if len(content) > MOST_BYTES:
        raise InputError("checklist_too_large", file=name, most=MOST_BYTES)
    try:
        sheets = list(grids(content))
    except InputError as error:
        raise InputError(error.code, **{"file": name, **error.values}) from error
    headed = [sheet for grid in sheets if (sheet := _headed(grid)) is not None]
    if not headed:
        raise InputError("checklist_missing", file=name)
    rows: list[FilledRow] = []
    faults: list[SheetFault] = []
    for sheet in headed:
        if headings := list(_of_headings(sheet)):
            faults.extend(headings)
            continue  # which cell is which is not known
        for number, cells in enumerate(sheet.grid.rows[sheet.row :], start=sheet.row + 1):
            row, wrong_cells = _row(sheet, number, cells)
            faults.extend(wrong_cells)
            if row is not None:
                rows.append(row)
    return FilledSheets(tuple(rows), (*faults, *_twice(rows)), _about(sheets))


def _headed(grid: Grid) -> _Headed | None:
    for number, row in enumerate(islice(grid.rows, _SEARCHED), start=1):
        columns = [_column(cell) if isinstance(cell, str) else None for cell in row]
        if {CODE.key, ANSWER.key} <= set(columns):
            return _Headed(grid, number, columns)
    return None


def _about(sheets: Sequence[Grid]) -> dict[str, str]:
    names = {normal(text(f"checklist.fact.{key}", lang)): key for key in ABOUT for lang in LANGS}
    found: dict[str, str] = {}
    for grid in sheets:
        for row in islice(grid.rows, _SEARCHED) if _headed(grid) is None else ():
            key = names.get(normal(str(row[0]))) if len(row) > 1 else None
            if key and row[1] is not None:
                found.setdefault(key, str(row[1]))
    return found


def _column(written: str) -> str | None:
    """The key of a column named in either language, or in both; any other heading as it stands."""
    if not written.strip() or written.startswith(REMARK):
        return None
    wanted = normal(written)
    for column in COLUMNS:
        words = [heading(column, lang) for lang in LANGS]
        if wanted in {normal(w) for w in (column.key, *words, "".join(words), " / ".join(words))}:
            return column.key
    return written


def _of_headings(sheet: _Headed) -> Iterator[SheetFault]:
    known = {c.key for c in COLUMNS}
    for position, key in enumerate(sheet.columns):
        if key is not None and key not in known:
            yield SheetFault(sheet.grid.name, sheet.row, mask_text(key)[:60], "unknown_column", {})
        elif key is not None and key in sheet.columns[:position]:
            yield SheetFault(sheet.grid.name, sheet.row, key, "column_twice", {})
    if EVIDENCE.key not in sheet.columns:
        yield SheetFault(sheet.grid.name, sheet.row, EVIDENCE.key, "no_column", {})


def _row(sheet: _Headed, number: int, cells: list[Any]) -> tuple[FilledRow | None, list[SheetFault]]:
    """The answer of one row; None where it has none."""
    read, wrong_cells = _read(sheet, number, cells)
    if not wrong_cells and not any(read[c.key] for c in FILLED):
        return None, []
    code = None if wrong_cells else code_of(read[CODE.key])
    problems = wrong_cells or _unfit(read, code)
    if problems or code is None:
        return None, [SheetFault(sheet.grid.name, number, *problem) for problem in problems]
    return FilledRow(sheet.grid.name, number, _answer(code, read), _touched(code, read)), []


def _read(sheet: _Headed, number: int, cells: list[Any]) -> tuple[dict[str, str], list[_Wrong]]:
    """The values of the cells that are read, empty where there is none, and the cells that cannot be."""
    given = {key: cell for key, cell in zip(sheet.columns, cells, strict=False) if key}
    read: dict[str, str] = {}
    problems: list[_Wrong] = []
    for column in (CODE, *FILLED, EXPORTED):
        position = sheet.columns.index(column.key) if column.key in sheet.columns else -1
        try:
            if (number - 1, position) in sheet.grid.failed:
                raise CellFault("formula_error")
            raw = given.get(column.key)
            read[column.key] = _day(raw) if column in DAYS else _text(column, raw)
        except CellFault as error:
            problems.append((column.key, error.code, error.values))
    return read, problems


def _unfit(read: Mapping[str, str], code: str | None) -> list[_Wrong]:
    """Why a row in which something was filled in is no answer."""
    if not read[CODE.key]:
        return [(CODE.key, "required", {})]
    if code is None:
        return [(CODE.key, "no_check", {})]
    return [] if read[ANSWER.key] else [(ANSWER.key, "no_answer", {})]


def _touched(code: str, read: Mapping[str, str]) -> bool:
    return read[EXPORTED.key] != fingerprint(code, read)


def _answer(code: str, read: Mapping[str, str]) -> Attestation:
    return Attestation(
        check=code,
        answer=Outcome(read[ANSWER.key]),
        evidence=mask_text(read[EVIDENCE.key]),
        by=mask_text(read[BY.key]),
        on=read[ON.key],
        valid_until=read[VALID_UNTIL.key],
    )


def _text(column: Column, raw: object) -> str:
    if isinstance(raw, datetime | date):
        raw = raw.isoformat()[:10]  # a day that stands in a text is as good as its writing
    return str(read_cell(column, raw) or "")


def _day(raw: object) -> str:
    """``YYYY-MM-DD`` of a cell with a date, or with a text such as 2026-03-01 or 2026/3/1; raises ``CellFault``."""
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    written = "" if raw is None else str(raw).strip().removeprefix("'")
    if not written:
        return ""
    parts = written.replace("/", "-").replace(".", "-").split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day).isoformat()
    except ValueError:
        raise CellFault("no_day") from None


def _twice(rows: Sequence[FilledRow]) -> Iterator[SheetFault]:
    """Rows that answer a check which an earlier row answers too."""
    first: dict[str, FilledRow] = {}
    for row in rows:
        if (earlier := first.setdefault(row.answer.check, row)) is not row:
            yield SheetFault(row.sheet, row.row, CODE.key, "row_twice", {"first": earlier.row})

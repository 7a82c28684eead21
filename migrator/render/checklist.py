"""The checklist of an assessment as a workbook that people fill in offline: one row for each check, in the order and
words of the five categories. ``migrator.checks.answersheet`` reads it back. The same assessment gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from migrator.checks.answersheet import (
    ANSWER,
    BY,
    CODE,
    COLUMNS,
    DAYS,
    EVIDENCE,
    EXPORTED,
    FILLED,
    ON,
    VALID_UNTIL,
    fingerprint,
    heading,
)
from migrator.checks.assessment import Assessment
from migrator.checks.spec import Attestation, Category, CheckResult, Outcome
from migrator.locale import LANGS, Lang, say, text
from migrator.render.escape import visible
from migrator.render.words import check_title, decided_sentence, question
from migrator.snapshot.sheets.cells import LONGEST, offered, read_cell, write_cell
from migrator.snapshot.sheets.headings import read_me
from migrator.snapshot.sheets.tables import Column

_GUIDE = ("fill", "answer", "evidence", "days", "untouched", "rows", "together", "secrets")
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  the format knows no time zone; the same in every workbook
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_OUTCOME_COLOURS = {
    Outcome.PASS: "#dcfce7",
    Outcome.FAIL: "#fee2e2",
    Outcome.UNKNOWN: "#fef3c7",
    Outcome.NOT_APPLICABLE: "#f1f5f9",
}
_DAY = "yyyy-mm-dd"

_Answers = Mapping[str, Attestation]  # by code


def checklist_workbook(
    assessment: Assessment,
    lang: Lang,
    answers: Mapping[str, Attestation] | None = None,
    about: Mapping[str, str] | None = None,
) -> bytes:
    """XLSX: the checklist, and a sheet that says how to fill it in.

    Args:
        answers: by code, what people have answered by now; those that took part in the assessment unless given.
        about: whose it is, by keys of ``answersheet.ABOUT``; reading gives them back.
    """
    import xlsxwriter  # a tenth of the time that the command takes to start

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, _OPTIONS)
    book.set_properties({"created": _CREATED, "title": text("checklist.title", lang)})
    add_checklist(book, assessment.results, lang, answers)
    _write_guide(book.add_worksheet(read_me()), _Look(book), assessment, about or {}, lang)
    book.close()
    return buffer.getvalue()


def add_checklist(
    book: Any, results: tuple[CheckResult, ...], lang: Lang, answers: Mapping[str, Attestation] | None = None
) -> str:
    """Add the sheet with the checklist to a workbook of xlsxwriter; returns its name. ``answers`` as above."""
    used = {r.check: r.attestation for r in results if r.attestation is not None}
    page = book.add_worksheet(" ".join(text("checklist.sheet", name) for name in LANGS))
    _write_checklist(page, _Look(book), in_order(results), used if answers is None else answers, lang)
    return str(page.name)


def in_order(results: tuple[CheckResult, ...]) -> list[CheckResult]:
    """The results by category in the order of the course's checklist, and within one as they were checked."""
    order = list(Category)
    return sorted(results, key=lambda result: order.index(result.category))


class _Look:
    """The formats of the workbook."""

    def __init__(self, book: Any) -> None:
        plain = {"valign": "top", "text_wrap": True, "font_size": 10, "border": 1, "border_color": "#cbd5e1"}
        head = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "font_color": "white"}
        to_fill = {**plain, "bg_color": "#fffbeb"}
        self.cell = book.add_format({**plain, "num_format": "@"})
        self.number = book.add_format(plain)
        self.fill = book.add_format({**to_fill, "num_format": "@"})
        self.fill_day = book.add_format({**to_fill, "num_format": _DAY})
        self.closed = book.add_format({**plain, "bg_color": "#f1f5f9", "num_format": "@"})
        self.outcomes = {o: book.add_format({**plain, "bg_color": c}) for o, c in _OUTCOME_COLOURS.items()}
        self.heading = book.add_format({**head, "bg_color": "#475569"})
        self.heading_to_fill = book.add_format({**head, "bg_color": "#1d4ed8"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.name = book.add_format({"bold": True, "valign": "top"})


def _write_checklist(page: Any, look: _Look, results: list[CheckResult], answers: _Answers, lang: Lang) -> None:
    page.set_row(0, 32)
    for position, column in enumerate(COLUMNS):
        page.set_column(position, position, column.width, None, {"hidden": column is EXPORTED})
        words = "\n".join(heading(column, name) for name in LANGS)
        page.write_string(0, position, words, look.heading_to_fill if column in FILLED else look.heading)
    page.freeze_panes(1, 3)
    page.autofilter(0, 0, max(len(results), 1), len(COLUMNS) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    for number, result in enumerate(results, start=1):
        _write_row(page, look, number, result, lang)
        if result.may_be_answered:
            _write_filled(page, look, number, _filled(result.check, answers), lang)
        else:
            for column in FILLED:
                page.write_blank(number, COLUMNS.index(column), None, look.closed)


def _write_row(page: Any, look: _Look, number: int, result: CheckResult, lang: Lang) -> None:
    told = dict(_told(result, lang))
    for position, column in enumerate(COLUMNS):
        value = told.get(column.key)
        if isinstance(value, int):
            page.write_number(number, position, value, look.number)
        elif value is not None:
            style = look.outcomes[result.outcome] if column.key == "outcome" else look.cell
            page.write_string(number, position, _cell(column, visible(value), lang), style)


def _write_filled(page: Any, look: _Look, number: int, filled: dict[str, str], lang: Lang) -> None:
    """The cells that a person fills in, and the mark of what they hold now."""
    for column in FILLED:
        place = (number, COLUMNS.index(column))
        value = filled.get(column.key, "")
        style = look.fill_day if column in DAYS else look.fill
        if column in DAYS and value:
            page.write_datetime(*place, date.fromisoformat(value), style)
        elif value:
            page.write_string(*place, _cell(column, value, lang), style)
        else:
            page.write_blank(*place, None, style)
        if column is ANSWER:
            page.data_validation(*place, *place, {"validate": "list", "source": offered(column, lang)})
    read = {c.key: _as_read(c, filled.get(c.key, ""), lang) for c in FILLED}
    page.write_string(number, COLUMNS.index(EXPORTED), fingerprint(filled[CODE.key], read))


def _told(result: CheckResult, lang: Lang) -> Iterator[tuple[str, str | int]]:
    yield "category", text(f"category.{result.category.value}", lang)
    yield "code", result.check
    yield "check", check_title(result.slug, lang)
    yield "outcome", text(f"outcome.{result.outcome.value}", lang)
    yield "reason", say(result.reason, lang)
    yield "findings", len(result.findings)
    yield "question", question(result, lang) if result.may_be_answered else ""


def _filled(code: str, answers: _Answers) -> dict[str, str]:
    """The check's code, and its answer where it has one, by column."""
    given = answers.get(code)
    if given is None:
        return {CODE.key: code}
    return {
        CODE.key: code,
        ANSWER.key: given.answer.value,
        EVIDENCE.key: given.evidence,
        VALID_UNTIL.key: given.valid_until,
        ON.key: given.on,
        BY.key: given.by,
    }


def _cell(column: Column, value: str, lang: Lang) -> str:
    cell = str(write_cell(column, value, lang))
    return cell if len(cell) <= LONGEST else text("sheets.too_long", lang)


def _as_read(column: Column, value: str, lang: Lang) -> str:
    """What reading gives of the cell: what did not fit into it, for one, is gone."""
    return value if column in DAYS else str(read_cell(column, _cell(column, value, lang)) or "")


def _write_guide(page: Any, look: _Look, assessment: Assessment, about: Mapping[str, str], lang: Lang) -> None:
    page.hide_gridlines(2)
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 100)
    page.write_string(0, 0, text("checklist.title", lang), look.title)
    facts = (
        *about.items(),
        ("versions", text("render.arrow", lang, source=str(assessment.source), target=str(assessment.target))),
        ("readiness", text(f"readiness.{assessment.readiness.value}", lang)),
        ("decided", decided_sentence(assessment.results, lang)),
        ("snapshot", assessment.snapshot_digest),
    )
    for row, (key, value) in enumerate(facts, start=2):
        page.write_string(row, 0, text(f"checklist.fact.{key}", lang), look.name)
        page.write_string(row, 1, value, look.text)
    for row, part in enumerate(_GUIDE, start=len(facts) + 3):
        page.write_number(row, 0, row - len(facts) - 2, look.name)
        page.write_string(row, 1, text(f"checklist.guide.{part}", lang), look.text)

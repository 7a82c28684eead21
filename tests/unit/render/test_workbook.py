"""The runbook as a workbook: read back by two other libraries, and worth working with."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from migrator.checks.answersheet import parse_answer_sheet
from migrator.engine import Request, assess, compile_runbook
from migrator.locale import LANGS, Lang, text
from migrator.render import workbook
from migrator.render.scripts import measure_of, units
from migrator.render.sheetnames import safe_name, sheet_names
from migrator.render.workbook import runbook_workbook, sheet
from migrator.render.workbook.sheet import Book
from migrator.runbook.model import (
    Appendix,
    Edition,
    Outage,
    Role,
    Runbook,
    Signature,
    Slot,
    StepKind,
    Table,
)
from migrator.snapshot.model import ObjectRef
from migrator.snapshot.read import read_paths
from tests import hostile
from tests.unit.render.samples import HOSTILE, runbook, step

EDITION = Edition(
    revision=3,
    digest="sha256:" + "d" * 64,
    signatures=(Signature(act="approved", name="=Li", at="2026-03-01T08:00:00Z", comment="+1"),),
)


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def rows(content: bytes, name: str, head: int = 1) -> list[dict[str, Any]]:
    """The rows of a sheet below its head, by heading, as calamine reads them."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    lines = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    heads = lines[head - 1]
    return [dict(zip(heads, line, strict=True)) for line in lines[head:]]


def texts(content: bytes) -> list[str]:
    """Every text in the workbook but what people fill in at the checklist, which must come back as it was."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = []
    for name in book.sheet_names:
        most = 7 if "Checklist" in name else None
        found += [cell for row in book.get_sheet_by_name(name).to_python() for cell in row[:most] if cell]
    return [cell for cell in found if isinstance(cell, str)]


def compiled(folder: Path, target: str = "1.31", **request: str) -> Runbook:
    snapshot = read_paths([folder])
    return compile_runbook(snapshot, assess(snapshot, Request(target=target, **request)))


@pytest.fixture(scope="module")
def sample() -> Runbook:
    return compiled(Path(__file__).parents[3] / "docs/sample/yunhe-mall")


@pytest.fixture(scope="module")
def made(sample: Runbook) -> bytes:
    return runbook_workbook(sample, "en", EDITION)


def all_steps(book: Runbook) -> list[Any]:
    return [step for phase in book.phases for step in phase.steps]


def test_every_step_has_a_row_in_order(sample: Runbook, made: bytes) -> None:
    found = rows(made, "Steps")
    assert [row["No."] for row in found] == [s.number for s in all_steps(sample)]
    assert {row["State"] for row in found} == {"Not begun"}
    for given, row in zip(all_steps(sample), found, strict=True):
        assert (row["Least (min)"], row["Most (min)"]) == given.minutes
        for unit in units(given, "do", measure_of(sample)):
            whole = [action.command.rstrip("\n") for action in unit.actions]
            assert all(command in row["Do"] for command in ([unit.script.call] if unit.script else whole))
        assert row["Roll back, or why there is no way back"]


@pytest.mark.parametrize("lang", LANGS)
def test_every_appendix_stands_whole(sample: Runbook, lang: Lang) -> None:
    content = runbook_workbook(sample, lang)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for appendix in sample.appendices:
        name = text(appendix.title.key, lang, **appendix.title.values)
        for table in appendix.tables:
            assert len(rows(content, name[:31].strip(), head=2)) == len(table.rows)
        assert (name[:31].strip() in book.sheet_names) is bool(appendix.tables)


def test_rows_of_a_large_register_all_stand_there() -> None:
    big = Table(columns=("render.check.object",), rows=tuple((f"n{i}",) for i in range(70_000)))
    title = runbook().appendices[0].title
    content = runbook_workbook(runbook(appendices=(Appendix(key="x", title=title, tables=(big,)),)), "en")
    found = rows(content, opened(content).sheetnames[-1])
    assert [row["Object"] for row in found] == [f"n{i}" for i in range(70_000)]


def test_tables_of_steps_stand_whole_below_their_step(sample: Runbook, made: bytes) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    numbers = [row[0] for row in book.get_sheet_by_name("Tables of steps").to_python()[2:]]
    wanted = [s.number for s in all_steps(sample) for t in s.tables if t.rows for _ in range(len(t.rows) + 2)]
    assert numbers == wanted


def test_findings_name_the_steps_that_answer_them(sample: Runbook, made: bytes) -> None:
    found = rows(made, "Findings")
    assert len(found) == sum(len(r.findings) for r in sample.results)
    answered = {key for s in all_steps(sample) for key in s.answers}
    keys = [f.key for r in sample.results for f in r.findings]
    assert [bool(row["Answered by"]) for row in found] == [key in answered for key in keys]


def test_a_gate_has_a_row_for_each_who_signs() -> None:
    gate = step("g", "1.1", "p", kind=StepKind.GATE, signs=(Role.REVIEWER, Role.BUSINESS_OWNER))
    later = step("later", "1.2", "p", after=("g",))
    phase = msgspec.structs.replace(runbook().phases[0], steps=(gate, later))
    found = rows(runbook_workbook(runbook(phases=(phase,)), "en"), "Gates")
    assert [(row["No."], row["Opens steps"]) for row in found] == [("1.1", "1.2")] * 2
    assert [row["Role that signs"] for row in found] == [text(f"role.{r.value}", "en") for r in gate.signs]


def test_outages_and_times_stand_in_it() -> None:
    outage = Outage(
        business="shop/orders",
        subjects=(ObjectRef(api_version="apps/v1", kind="Deployment", namespace="shop", name="orders"),),
        steps=("stop",),
        minutes=(30, 200),
    )
    slot = Slot(key="stop", start=(5, 10), end=(35, 210))
    content = runbook_workbook(runbook(outages=(outage,), schedule=(slot,)), "en")
    (row,) = rows(content, "Outages")
    assert (row["Business"], row["Steps"], row["Least (min)"], row["Most (min)"]) == ("shop/orders", "2.1", 30, 200)
    assert "shop/orders" in row["What stops"]
    timed = {r["No."]: r["Latest end (minute)"] for r in rows(content, "Steps")}
    assert timed["2.1"] == 210
    assert timed["1.1"] == ""


def test_a_step_that_was_taken_out_tells_why_and_nothing_to_type() -> None:
    out = step("out", "1.1", "p", excluded="done last week")
    phase = msgspec.structs.replace(runbook().phases[0], steps=(out,))
    (row,) = rows(runbook_workbook(runbook(phases=(phase,)), "en"), "Steps")
    assert (row["State"], row["Do"], row["Remarks"]) == ("Not carried out", "", "done last week")


def test_signatures_stand_on_the_cover(made: bytes) -> None:
    cover = [cell.value for row in opened(made)["Cover"].iter_rows() for cell in row]
    assert {"=Li", EDITION.digest} <= set(cover)


def test_the_checklist_can_be_given_back(sample: Runbook, made: bytes) -> None:
    found = parse_answer_sheet(made, "runbook.xlsx")
    assert found.faults == ()
    assert [r.answer for r in found.rows] == [r.attestation for r in sample.results if r.attestation]


def test_sheets_are_made_to_work_and_to_print(made: bytes) -> None:
    book = opened(made)
    steps = book["Steps"]
    assert steps.freeze_panes == "D2"
    assert steps.auto_filter.ref == f"A1:Y{steps.max_row}"
    assert steps.print_title_rows == "$1:$1"
    assert steps.print_title_cols == "$A:$C"
    lists = {str(v.sqref): v.formula1 for v in steps.data_validations.dataValidation}
    assert lists == {f"B2:B{steps.max_row}": '"Not begun,Going on,Done,Failed,Not carried out"'}
    for page in book.worksheets:
        assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
        assert page.page_setup.fitToHeight == 0
    services = book["Services and load balancers"]
    assert [c.value for c in services[2]][-4:] == ["New address", "Switched", "By", "Remarks"]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_no_text_becomes_a_formula_a_link_or_a_break(name: str) -> None:
    formula = f"=1+1{name}"
    content = runbook_workbook(runbook(formula), "zh")
    for page in opened(content).worksheets:
        for row in page.iter_rows():
            assert [c.coordinate for c in row if c.data_type == "f"] == []
            linked = [c.hyperlink for c in row if c.hyperlink is not None]
            assert all(link.target is None and link.location for link in linked)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert not any("externalLink" in n for n in packed.namelist())
    found = "\n".join(texts(content))
    assert not any(raw in found for raw in hostile.RAW)
    assert sheet.shown(formula, "zh") in texts(content)


def test_hostile_dump_gives_a_sound_workbook(tmp_path: Path) -> None:
    (tmp_path / "dump.json").write_bytes(hostile.dump())
    content = runbook_workbook(compiled(tmp_path, source="v1.15.11-r1"), "zh")
    assert not any(raw in "\n".join(texts(content)) for raw in hostile.RAW)
    assert opened(content).sheetnames


def test_a_text_longer_than_a_cell_is_cut_and_says_so() -> None:
    long = "x" * 40_000
    shown = sheet.shown(long, "en")
    assert len(shown) == 32_767
    assert shown.endswith(text("workbook.cut", "en"))
    assert shown in texts(runbook_workbook(runbook(long), "en"))


@pytest.mark.parametrize("lang", LANGS)
def test_same_runbook_same_bytes(sample: Runbook, lang: Lang) -> None:
    assert runbook_workbook(sample, lang, EDITION) == runbook_workbook(sample, lang, EDITION)


def test_nothing_of_the_machine_or_the_day_stands_in_it(made: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert {(i.date_time, i.external_attr, i.create_system) for i in packed.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644 << 16, 3)
        }
    properties = opened(made).properties
    assert properties.created == properties.modified == datetime(2000, 1, 1)  # noqa: DTZ001
    assert properties.creator in (None, "")


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("a/b[c]:*?'d", "x"), ["a b c     d", "x"]),
        (("x" * 40, "X" * 40, "x" * 40), ["x" * 31, "X" * 27 + " 2", "x" * 27 + " 3"]),
    ],
)
def test_names_of_sheets_are_safe_and_unlike(names: tuple[str, ...], wanted: list[str]) -> None:
    given: list[str] = []
    for name in names:
        given.append(safe_name(name, given))
    assert given == wanted


@pytest.mark.parametrize("lang", LANGS)
def test_the_sheets_have_the_names_by_which_other_documents_refer_to_them(sample: Runbook, lang: Lang) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(runbook_workbook(sample, lang)))
    named = sheet_names(sample, lang)
    assert set(book.sheet_names) == set(named.values())
    assert named.keys() >= {"cover", "checklist", "steps", "gates", "outages", "findings", "tables", "appendix.0"}


def test_a_sheet_that_is_full_is_no_silent_loss() -> None:
    import xlsxwriter

    made = xlsxwriter.Workbook(io.BytesIO(), workbook._OPTIONS)
    page = sheet.Sheet(Book(made, "en", "r"), "s")
    with pytest.raises(OverflowError):
        page.row(1_048_576, [sheet.Column("a", 5)], sheet.Row(["x"]))
    made.close()

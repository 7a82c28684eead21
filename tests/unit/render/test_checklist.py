"""The checklist as a workbook, and what is read back from it."""

from __future__ import annotations

import zipfile
from datetime import date
from io import BytesIO

import pytest

from migrator.checks.answers import read_answers
from migrator.checks.answersheet import parse_answer_sheet
from migrator.checks.registry import all_checks
from migrator.checks.spec import Attestation, Category, Outcome
from migrator.cli import BAD_INPUT, main
from migrator.engine import Request, assess
from migrator.errors import InputError
from migrator.locale import LANGS, say, text
from migrator.render.checklist import checklist_workbook
from migrator.snapshot.read import read_paths
from tests.filled import KEYS, filled_in, rows_of, written
from tests.shop import SHOP
from tests.shop import written as dumped

ANSWERED = Attestation(
    check="CLU001",
    answer=Outcome.PASS,
    evidence='=HYPERLINK("http://x")\n第二行 ',
    by="@张工",
    on="2026-03-01",
    valid_until="2026-06-30",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return dumped(SHOP, tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def assessment(shop):
    return assess(read_paths([shop]), Request(target="1.25", answers=(ANSWERED,)))


@pytest.fixture(scope="module")
def exported(assessment) -> bytes:
    return checklist_workbook(assessment, "zh")


def test_every_check_has_a_row_in_the_categories_of_the_course(assessment, exported):
    rows = rows_of(exported)
    assert rows.keys() == {r.check for r in assessment.results} == {c.spec.code for c in all_checks()}
    shown = list(dict.fromkeys(row["category"] for row in rows.values()))
    assert shown == ["集群", "工作负载", "存储", "网络", "运维"]
    assert len(shown) == len(Category)
    for result in assessment.results:
        row = rows[result.check]
        assert row["outcome"] == text(f"outcome.{result.outcome.value}", "zh")
        assert row["findings"] == len(result.findings)
        assert bool(row["question"]) == result.may_be_answered
    waits = {r.check for r in assessment.results if r.outcome is Outcome.UNKNOWN}
    silent = {c.spec.code for c in all_checks() if not c.spec.may_ask}
    assert waits & silent, "what is unknown can be answered, whether or not the check asks"


def test_same_assessment_same_bytes_and_another_language_other_words(assessment, exported):
    assert checklist_workbook(assessment, "zh") == exported
    assert rows_of(checklist_workbook(assessment, "en"))["CLU001"]["category"] == "Cluster"


def test_answers_come_back_as_they_were_and_untouched(exported):
    found = parse_answer_sheet(exported, "f.xlsx")
    assert found.faults == ()
    (row,) = found.rows
    assert (row.answer, row.touched) == (ANSWERED, False)


def test_a_workbook_knows_whose_it_is_in_either_language(assessment, exported):
    about = {"cluster_id": "7f3c", "cluster_name": "=old", "plan_name": "云和商城"}
    for lang in LANGS:
        found = parse_answer_sheet(checklist_workbook(assessment, lang, about=about), "f.xlsx")
        assert found.about == {**about, "snapshot": assessment.snapshot_digest}
    assert parse_answer_sheet(exported, "f.xlsx").about == {"snapshot": assessment.snapshot_digest}


def test_no_cell_is_a_formula_or_a_link(exported):
    with zipfile.ZipFile(BytesIO(exported)) as book:
        sheets = [book.read(n) for n in book.namelist() if n.startswith("xl/worksheets/")]
    assert sheets
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
    assert rows_of(exported)["CLU001"]["evidence"].startswith("'=HYPERLINK")
    assert rows_of(exported)["CLU001"]["by"] == "'@张工"


def test_what_a_person_fills_in(exported):
    asking = next(c.spec.code for c in all_checks() if c.spec.asks and c.spec.code != "CLU001")
    cells = {"answer": "Fail", "evidence": "ticket 7", "valid_until": date(2026, 9, 1), "on": "2026/3/2"}
    found = parse_answer_sheet(filled_in(exported, **{asking: cells}), "f.xlsx")
    assert found.faults == ()
    expected = Attestation(
        check=asking, answer=Outcome.FAIL, evidence="ticket 7", on="2026-03-02", valid_until="2026-09-01"
    )
    assert [r.answer for r in found.rows if r.touched] == [expected]
    assert [r.answer for r in found.rows if not r.touched] == [ANSWERED]


@pytest.mark.parametrize(
    ("code", "cells", "column", "problem"),
    [
        ("CLU001", {"answer": "maybe"}, "answer", "choice"),
        ("CLU001", {"answer": ""}, "answer", "no_answer"),
        ("CLU001", {"answer": "#N/A"}, "answer", "formula_error"),
        ("CLU001", {"valid_until": "next week"}, "valid_until", "no_day"),
        ("CLU001", {"on": "2026-02-30"}, "on", "no_day"),
        ("ZZZ999", {"answer": "pass", "evidence": "x"}, "code", "no_check"),
    ],
)
def test_a_wrong_cell_is_named(exported, code, cells, column, problem):
    workbook = filled_in(exported, **{code: cells})
    (fault,) = parse_answer_sheet(workbook, "f.xlsx").faults
    row = [*rows_of(exported), "ZZZ999"].index(code) + 2
    assert (fault.sheet, fault.row, fault.column, fault.code) == ("检查清单", row, column, problem)
    assert f"第 {row} 行" in say(fault.told, "zh")
    assert f"row {row}" in say(fault.told, "en")


def test_wrong_headings_and_a_check_answered_twice(exported):
    row = ["CLU001", "通过", "x"]
    found = parse_answer_sheet(written([["编号", "答复", "依据"], row, row]), "f.xlsx")
    assert [(f.row, f.column, f.code, f.values) for f in found.faults] == [(3, "code", "row_twice", {"first": 2})]
    found = parse_answer_sheet(written([["code", "answer", "answer", "proof", "※ mine"], row]), "f.xlsx")
    assert [(f.column, f.code) for f in found.faults] == [
        ("answer", "column_twice"),
        ("proof", "unknown_column"),
        ("evidence", "no_column"),
    ]


def test_credentials_are_masked(exported):
    cells = {"answer": "pass", "evidence": "password=plain-marker-7f3a", "by": "x"}
    (row,) = parse_answer_sheet(filled_in(exported, CLU001=cells), "f.xlsx").rows
    assert "plain-marker" not in row.answer.evidence
    assert row.touched


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (written([KEYS[:3]]), "checklist_missing"),
        (b"PK\x03\x04 no workbook", "sheet_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sheet_old_form"),
        (bytes(20_000_001), "checklist_too_large"),
    ],
)
def test_what_is_no_checklist(content, code):
    with pytest.raises(InputError) as refused:
        parse_answer_sheet(content, "f.xlsx")
    assert refused.value.code == code
    assert "f.xlsx" in refused.value.message("en")


def test_the_command_writes_a_checklist_and_takes_it_back(shop, tmp_path, capsysbinary):
    given = [str(shop), "--target", "1.25", "--format", "json"]
    answers, first, second = tmp_path / "answers.yaml", tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    answers.write_text("- {check: CLU001, answer: yes, evidence: '=1+1', by: 张工, on: 2026-03-01}\n", "utf-8")
    code = main(["assess", *given, "--answers", str(answers), "--checklist", str(first)])
    told = capsysbinary.readouterr().out
    assert main(["assess", *given, "--answers", str(first), "--checklist", str(second)]) == code
    assert capsysbinary.readouterr().out == told
    assert first.read_bytes() == second.read_bytes()


def test_the_command_takes_nothing_of_a_wrong_checklist(shop, exported, tmp_path, capsys):
    filled = tmp_path / "f.xlsx"
    filled.write_bytes(filled_in(exported, CLU001={"answer": "maybe"}))
    assert main(["assess", str(shop), "--target", "1.25", "--answers", str(filled)]) == BAD_INPUT
    assert "row 2" in capsys.readouterr().err.replace("第 2 行", "row 2")
    with pytest.raises(InputError):
        read_answers(filled)
    assert main(["assess", str(shop), "--target", "1.25", "--checklist", str(tmp_path / "a.pdf")]) == BAD_INPUT

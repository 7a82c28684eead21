"""Clusters filled in by form: the same tables as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.locale import LANGS, catalogue
from migrator.snapshot.codec import encode
from migrator.snapshot.model import CoverageState, Section
from migrator.snapshot.read import read_paths, read_sources
from migrator.snapshot.sheets.files import workbook
from migrator.snapshot.sheets.form import answers_of, fault_text, read_form
from migrator.snapshot.sheets.rows import sheets_of
from tests.unit.snapshot.helpers import source

SAMPLE = Path(__file__).parents[4] / "docs" / "sample" / "yunhe-mall"


def test_a_cluster_is_made_from_nothing() -> None:
    form = read_form(
        {
            "cluster": [{"name": "old", "version": "v1.13.10-r0"}],
            "nodes": [
                {"name": "n1", "private_ips": ["10.0.0.1"], "labels": {"a": "b"}, "ready": True, "max_pods": 110},
                {"name": "n2", "private_ips": "10.0.0.2; 10.0.0.3", "labels": "a=b", "ready": "no", "max_pods": "58"},
                {"name": "", "zone": None, "private_ips": []},
            ],
            "services": [],
        }
    )
    assert form.faults == []
    assert form.rows == 3
    snapshot = form.snapshot
    assert snapshot is not None
    assert [(n.private_ips, n.labels, n.ready, n.max_pods) for n in snapshot.nodes] == [
        (("10.0.0.1",), {"a": "b"}, True, 110),
        (("10.0.0.2", "10.0.0.3"), {"a": "b"}, False, 58),
    ]
    states = {c.section: c.state for c in snapshot.coverage}
    assert states[Section.NODES] is states[Section.SERVICES] is states[Section.CLUSTER] is CoverageState.READ
    assert states[Section.WORKLOADS] is CoverageState.ABSENT
    assert [(r.file, r.format, r.objects, r.status) for r in snapshot.inputs] == [("form", "form", 3, "read")]


def test_a_table_beside_whose_rows_there_may_be_more_covers_nothing() -> None:
    form = read_form({"nodes": [{"name": "n1"}]}, not_complete=["nodes"])
    assert form.snapshot is not None
    assert len(form.snapshot.nodes) == 1
    assert not form.snapshot.covers(Section.NODES)


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("ready", "perhaps", "yes_no"),
        ("max_pods", -1, "number"),
        ("max_pods", 1.5, "number"),
        ("max_pods", [1], "not_scalar"),
        ("zone", {"a": 1}, "not_scalar"),
        ("private_ips", {"a": 1}, "not_list"),
        ("private_ips", [{"a": 1}], "not_list"),
        ("labels", ["a"], "map"),
        ("labels", {"a": {"b": 1}}, "not_scalar"),
        ("kind", "container", "choice"),
        ("taints", ["a", 'b"'], "quotes"),
        ("colour", "blue", "unknown_key"),
    ],
)
def test_a_wrong_value_is_named_by_table_row_and_column(cell: str, value: Any, code: str) -> None:
    form = read_form({"nodes": [{"name": "n0"}, {"name": "n1", cell: value}]})
    assert form.snapshot is None
    assert [(f.table.key, f.row, f.column, f.code) for f in form.faults] == [("nodes", 2, cell, code)]
    assert all(fault_text(f, lang) for f in form.faults for lang in LANGS)


def test_rows_that_say_the_same_are_told_by_their_numbers_for_people() -> None:
    form = read_form({"nodes": [{"name": "n"}, {}, {"name": "n"}]})
    assert [(f.row, f.code) for f in form.faults] == [(3, "row_twice")]
    assert "row 1" in fault_text(form.faults[0], "en")


def test_credentials_never_reach_the_snapshot_or_a_sentence() -> None:
    form = read_form({"nodes": [{"name": "n", "pool": "password=MARK", "labels": {"token": "MARK1"}}]})
    assert form.snapshot is not None
    assert b"MARK" not in encode(form.snapshot)
    assert [s.field for s in form.snapshot.secrets] == ["row 1, labels", "row 1, pool"]
    wrong = read_form({"nodes": [{"name": "n", "ready": "password=MARK", "password=MARK": 1}]})
    assert "MARK" not in "".join(fault_text(f, lang) for f in wrong.faults for lang in LANGS)


def test_what_a_form_shows_of_a_snapshot_makes_the_same_facts() -> None:
    snapshot = read_paths([SAMPLE])
    answers = answers_of(snapshot)
    assert answers.not_complete == ["node_settings"]
    again = read_form(answers.tables, answers.not_complete)
    assert again.faults == []
    assert again.snapshot is not None
    assert answers_of(again.snapshot) == answers
    from_workbook = read_sources([source("t.xlsx", workbook(sheets_of(snapshot), "zh"))])
    assert again.snapshot.workloads == from_workbook.workloads
    assert again.snapshot.coverage == from_workbook.coverage


def test_every_fault_has_its_sentence() -> None:
    words = {key.rpartition(".")[2] for key in catalogue() if key.startswith("sheets.problem.")}
    assert {"required", "row_twice", "one_row", "unknown_key", "unknown_column", "outside", "formula_error"} <= words

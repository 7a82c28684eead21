"""What is exported and read again is the same; beside the dump it changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator.locale import LANGS, Lang
from migrator.snapshot.codec import digest
from migrator.snapshot.model import AddressUse, Coverage, Fact, NodeSetting, Section, Snapshot
from migrator.snapshot.read import read_paths, read_sources
from migrator.snapshot.sheets.cells import read_cell, write_cell
from migrator.snapshot.sheets.files import csv_files, workbook
from migrator.snapshot.sheets.rows import Row, fact_of, identity_of, read_rows, row_of, sheets_of
from migrator.snapshot.sheets.tables import TABLES
from tests.unit.snapshot.helpers import source
from tests.unit.snapshot.sheets import facts
from tests.unit.snapshot.sheets.facts import table_of

SAMPLE = Path(__file__).parents[4] / "docs" / "sample" / "yunhe-mall"


@pytest.fixture(scope="module")
def sample() -> Snapshot:
    return read_paths([SAMPLE])


def read_workbook(content: bytes) -> Snapshot:
    return read_sources([source("tables.xlsx", content)])


def read_csv_files(files: dict[str, bytes]) -> Snapshot:
    return read_sources([source(name, content) for name, content in files.items()])


@given(facts.ANY, st.sampled_from(LANGS))
@settings(max_examples=80, deadline=None)
def test_a_fact_comes_back_from_its_cells(fact: Fact, lang: Lang) -> None:
    table = table_of(fact)
    row = row_of(table, fact)
    if not row:  # without its required parts it cannot be planned by name
        return
    cells = {column.key: write_cell(column, row.get(column.key), lang) for column in table.columns}
    assert {c.key: v for c in table.columns if (v := read_cell(c, cells[c.key])) is not None} == row
    filled = read_rows(table, [(3, cells)])
    assert filled.faults == []
    assert [f for _, f in filled.facts] == [fact_of(table, row)]
    assert row_of(table, fact_of(table, row)) == row


@given(facts.ANY)
@settings(max_examples=60, deadline=None)
def test_no_cell_is_a_formula(fact: Fact) -> None:
    table = table_of(fact)
    row = row_of(table, fact)
    for column in table.columns:
        cell = write_cell(column, row.get(column.key), "zh")
        assert not str(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


def _snapshot(given: list[Fact]) -> Snapshot:
    """A snapshot with these facts, in which every table was looked at."""
    rows: dict[str, dict[tuple[str, ...], Fact]] = {table.key: {} for table in TABLES}
    for fact in given:
        table = table_of(fact)
        if row := row_of(table, fact):
            rows[table.key][identity_of(table, fact)] = fact_of(table, row)
    cluster = next(iter(rows.pop("cluster").values()), None)
    fields = {key: tuple(found.values()) for key, found in rows.items()}
    if cluster is not None:
        fields["cluster"] = cluster  # type: ignore[assignment]
    coverage = tuple(Coverage(section=section, read=True) for section in Section)
    return Snapshot(coverage=coverage, **fields)  # type: ignore[arg-type]


@given(st.lists(facts.ANY, min_size=1, max_size=8), st.sampled_from(LANGS))
@settings(max_examples=8, deadline=None)
def test_an_export_of_what_was_exported_is_the_same(made: list[Fact], lang: Lang) -> None:
    snapshot = _snapshot(made)
    once = read_workbook(workbook(sheets_of(snapshot), lang))
    assert [r.status for r in once.inputs] == ["read"], once.inputs
    exported = workbook(sheets_of(once), lang)
    assert workbook(sheets_of(read_workbook(exported)), lang) == exported
    assert _sorted(sheets_rows(once)) == _sorted(sheets_rows(snapshot))


def sheets_rows(snapshot: Snapshot) -> dict[str, list[Row]]:
    return {sheet.table.key: sheet.rows for sheet in sheets_of(snapshot)}


def _sorted(rows: dict[str, list[Row]]) -> dict[str, list[str]]:
    """Rows in one order: a snapshot sorts its facts, one that was put together by hand does not."""
    return {key: sorted(json.dumps(r, sort_keys=True) for r in found) for key, found in rows.items() if found}


@pytest.mark.parametrize("lang", LANGS)
def test_the_sample_comes_back_from_a_workbook(sample: Snapshot, lang: Lang) -> None:
    exported = workbook(sheets_of(sample), lang)
    again = read_workbook(exported)
    assert sheets_rows(again) == sheets_rows(sample)
    assert workbook(sheets_of(again), lang) == exported
    assert [(r.status, r.problems) for r in again.inputs] == [("read", ())]


@pytest.mark.parametrize("lang", LANGS)
def test_the_sample_comes_back_from_csv(sample: Snapshot, lang: Lang) -> None:
    exported = csv_files(sheets_of(sample), lang)
    again = read_csv_files(exported)
    assert sheets_rows(again) == sheets_rows(sample)
    assert csv_files(sheets_of(again), lang) == exported


def test_beside_its_dump_an_export_changes_nothing(sample: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "tables.xlsx").write_bytes(workbook(sheets_of(sample), "zh"))
    together = read_paths([SAMPLE, tmp_path / "tables.xlsx"])
    assert digest(together) == digest(sample)
    placeless = [replace(o, file="") for o in together.objects]
    assert placeless == [replace(o, file="") for o in sample.objects]
    assert together.coverage == sample.coverage


def test_beside_its_dump_the_csv_files_change_nothing(sample: Snapshot, tmp_path: Path) -> None:
    for name, content in csv_files(sheets_of(sample), "en").items():
        (tmp_path / name).write_bytes(content)
    assert digest(read_paths([SAMPLE, tmp_path])) == digest(sample)


def test_what_the_dump_did_not_look_for_stays_so_and_its_rows_come_along(sample: Snapshot) -> None:
    """Kernel parameters that a workload sets are known, although nobody looked at the nodes."""
    assert sample.node_settings
    assert not sample.covers(Section.NODE_SETTINGS)
    again = read_workbook(workbook(sheets_of(sample), "en"))
    assert not again.covers(Section.NODE_SETTINGS)
    assert [replace(s, origin="dump") for s in again.node_settings] == list(sample.node_settings)


def test_what_people_wrote_is_told_from_what_a_dump_holds() -> None:
    written = [AddressUse(address="10.0.0.1", location="DNS"), NodeSetting(node="*", category="sysctl", key="k")]
    for fact in written:
        assert fact_of(table_of(fact), row_of(table_of(fact), fact)) == replace(fact, origin="form")

"""The files that are written, read back with libraries that take no part in reading them."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from migrator.locale import LANGS, Lang
from migrator.snapshot.model import NodeSetting, Service
from migrator.snapshot.read import read_sources
from migrator.snapshot.sheets.cells import LONGEST, offered
from migrator.snapshot.sheets.files import csv_archive, csv_files, template, workbook
from migrator.snapshot.sheets.headings import explanation, heading, recognised, sheet_name
from migrator.snapshot.sheets.rows import Sheet, row_of
from migrator.snapshot.sheets.tables import NODE_SETTINGS, NODES, SERVICES, TABLES, VOLUMES, Table, Type
from tests.unit.snapshot.helpers import source


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def lists_of(page: Worksheet) -> dict[str, list[str]]:
    """Column letter -> what its drop-down list offers from the first row of data on."""
    found = {}
    for rule in page.data_validations.dataValidation:
        if rule.type == "list":
            (place,) = rule.sqref.ranges
            assert place.min_row == 3
            assert place.max_row >= 1000
            found[openpyxl.utils.get_column_letter(place.min_col)] = rule.formula1.strip('"').split(",")
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_the_template_has_headings_explanations_and_lists(lang: Lang) -> None:
    made = opened(workbook(template(), lang))
    assert made.sheetnames == ["填写说明 Read me", *(sheet_name(table) for table in TABLES)]
    for table in TABLES:
        page = made[sheet_name(table)]
        headings = [cell.value for cell in page[1]]
        assert [h.removesuffix(" *").split("\n") for h in headings] == [
            [heading(table, c, "zh"), heading(table, c, "en")] for c in table.columns
        ]
        assert [h.endswith(" *") for h in headings] == [c.required for c in table.columns]
        assert [str(c.value).removeprefix("※ ") for c in page[2]] == [
            explanation(table, c, lang) for c in table.columns
        ]
        assert page.max_row == 2
        assert page.freeze_panes.endswith("3")
        assert list(lists_of(page).values()) == [words for c in table.columns if (words := offered(c, lang))]


def test_the_instructions_name_every_table() -> None:
    page = opened(workbook(template(), "zh"))["填写说明 Read me"]
    words = [str(cell.value) for row in page.iter_rows() for cell in row if cell.value]
    assert {sheet_name(table) for table in TABLES} <= set(words)
    assert any("整张删除" in w for w in words)


def test_a_list_takes_only_its_words_and_a_suggestion_any() -> None:
    page = opened(workbook(template(), "en"))[sheet_name(VOLUMES)]
    strict = {
        openpyxl.utils.get_column_letter(next(iter(rule.sqref.ranges)).min_col): rule.showErrorMessage
        for rule in page.data_validations.dataValidation
        if rule.type == "list"
    }
    letters = {c.key: openpyxl.utils.get_column_letter(i) for i, c in enumerate(VOLUMES.columns, start=1)}
    assert strict[letters["storage"]]
    assert not strict[letters["reclaim_policy"]]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.key)
def test_headings_lead_back_to_their_columns(table: Table) -> None:
    for cells in (
        [c.key for c in table.columns],
        *([heading(table, c, lang) for c in table.columns] for lang in LANGS),
    ):
        found = recognised(cells)
        assert found is not None
        assert (found.table, found.columns, found.unknown) == (table, list(table.columns), [])


def test_the_same_tables_give_the_same_bytes() -> None:
    assert workbook(template(), "zh") == workbook(template(), "zh")
    assert workbook(template(), "zh") != workbook(template(), "en")


def test_numbers_are_numbers_and_texts_are_no_formulas() -> None:
    rows = [{"name": "=HYPERLINK(1)", "max_pods": 110, "cpu": "4", "pool": "-1", "zone": "http://x/", "flavor": "'q"}]
    page = opened(workbook([Sheet(NODES, rows)], "zh"))[sheet_name(NODES)]
    cells = {c.key: page.cell(3, i) for i, c in enumerate(NODES.columns, start=1)}
    assert {k: cells[k].value for k in rows[0]} == {
        "name": "'=HYPERLINK(1)",
        "max_pods": 110,
        "cpu": "4",
        "pool": "'-1",
        "zone": "http://x/",
        "flavor": "''q",
    }
    assert {cells[k].data_type for k in rows[0]} == {"s", "n"}
    assert cells["zone"].hyperlink is None


@pytest.mark.parametrize("lang", LANGS)
def test_choices_are_written_in_the_language_of_the_reader(lang: Lang) -> None:
    service = Service(namespace="a", name="b", type="LoadBalancer", load_balancer_auto_created=False)
    content = csv_files([Sheet(SERVICES, [row_of(SERVICES, service)])], lang)["services.csv"]
    cells = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[2]
    assert ("否" if lang == "zh" else "no") in cells
    setting = row_of(NODE_SETTINGS, NodeSetting(node="*", category="sysctl", key="k", value="1"))
    content = csv_files([Sheet(NODE_SETTINGS, [setting])], lang)["node_settings.csv"]
    assert ("内核参数" if lang == "zh" else "kernel parameter") in content.decode()


def test_csv_begins_with_a_mark_for_excel_and_ends_its_lines_as_excel_does() -> None:
    files = csv_files(template(), "zh")
    assert sorted(files) == sorted(f"{t.key}.csv" for t in TABLES)
    assert files["nodes.csv"].startswith("\ufeff节点名称 / Node name *,私有 IP / Private IPs".encode())
    assert files["nodes.csv"].count(b"\r\n") == 2


def test_the_zip_of_csv_files_is_the_same_every_time_and_reads_as_tables() -> None:
    packed = csv_archive(template(), "zh")
    assert packed == csv_archive(template(), "zh")
    names = [i.file for i in read_sources([source("tables.zip", packed)]).inputs]
    assert names == sorted(f"{t.key}.csv" for t in TABLES)


def test_what_no_cell_holds_is_said_in_its_place() -> None:
    rows = [{"node": "*", "category": "sysctl", "key": "k", "value": "x" * (LONGEST + 1)}]
    page = opened(workbook([Sheet(NODE_SETTINGS, rows)], "en"))[sheet_name(NODE_SETTINGS)]
    assert page.cell(3, 4).value == "(too long for a cell, not exported)"


def test_every_list_fits_into_a_workbook() -> None:
    """The format allows 255 characters for the words of a list."""
    lists = [offered(c, lang) for t in TABLES for c in t.columns for lang in LANGS]
    assert max(len(",".join(words)) for words in lists) <= 255
    assert not any("," in word for words in lists for word in words)
    assert all(c.type in (Type.CHOICE, Type.SUGGESTION) for t in TABLES for c in t.columns if c.choices)


# What no person fills in: it follows from where and how a fact was told.
_NOT_ASKED = {
    "cluster": {"version_source"},
    "workloads": {"ref", "system"},
    "claims": {"system"},
    "services": {"system"},
    "address_uses": {"origin"},
    "node_settings": {"origin"},
}


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.key)
def test_every_field_of_a_fact_has_its_column(table: Table) -> None:
    """A new field of a fact needs a column in ``sheets.tables`` and its sentences: an export would lose it."""
    fields = set(table.fact.__struct_fields__) - _NOT_ASKED.get(table.key, set())
    assert fields <= {c.key for c in table.columns}

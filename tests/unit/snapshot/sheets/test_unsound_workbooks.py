"""Files that are no sound workbook, and the limits of those that are."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from migrator.errors import InputError
from migrator.snapshot.read import read_paths, read_sources
from migrator.snapshot.readers import workbook as limits
from tests.unit.snapshot.helpers import kube, source
from tests.unit.snapshot.sheets.books import NODES, book, changed, member, read, report_of


def test_a_workbook_with_a_password_is_told_from_an_old_one() -> None:
    magic = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    assert report_of(magic + "EncryptedPackage".encode("utf-16-le")).reason == "input_document_encrypted"
    assert report_of(magic + "Workbook".encode("utf-16-le"), "old.xls").reason == "sheet_old_form"
    assert report_of(_zip({"[Content_Types].xml": b"", "xl/workbook.bin": b"x"}), "a.xlsb").reason == "sheet_old_form"


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_damaged_workbook_is_refused_by_name() -> None:
    content = book({"nodes": NODES})
    broken = changed(content, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row r='1'><c r='A1'"})
    assert report_of(broken).reason == "sheet_damaged"
    assert report_of(_zip({"[Content_Types].xml": b"", "xl/workbook.xml": b"<x/>"})).reason == "sheet_damaged"
    typed = member(content, "xl/workbook.xml").replace(b"<workbook", b"<!DOCTYPE x [<!ENTITY a 'b'>]><workbook", 1)
    assert report_of(changed(content, {"xl/workbook.xml": typed})).reason == "sheet_damaged"


_FAR = b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>%s</sheetData></worksheet>"


@pytest.mark.parametrize(
    "cells",
    [
        b"<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        b"<row r='1048576'><c><v>1</v></c></row>",
        b"<row r='1'><c r='XFD1'><v>1</v></c></row>",
        b"<row r='100000'><c r='SR100000'><v>1</v></c></row>",
    ],
)
def test_a_sheet_that_spans_more_than_memory_is_refused_before_it_is_read(cells: bytes) -> None:
    content = changed(book({"nodes": NODES}), {"xl/worksheets/sheet1.xml": _FAR % cells})
    assert report_of(content).reason == "sheet_too_large"


def test_formats_of_whole_columns_are_no_cells() -> None:
    """What a spreadsheet program writes when somebody colours a whole sheet."""
    sheet = member(book({"nodes": NODES}), "xl/worksheets/sheet1.xml")
    wide = sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    assert len(read(changed(book({"nodes": NODES}), {"xl/worksheets/sheet1.xml": wide})).nodes) == 1


def test_one_long_text_in_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TEXT", 10_000)
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer)  # keeps each text once and refers to it, as Excel does
    page = made.add_worksheet("nodes")
    for row in range(100):
        page.write_row(row, 0, ["name", "zone"] if row == 0 else [f"n{row}", "z" * 500])
    made.close()
    assert "xl/sharedStrings.xml" in zipfile.ZipFile(buffer).namelist()
    assert report_of(buffer.getvalue()).reason == "sheet_too_large"


@pytest.mark.parametrize(("limit", "value"), [("MAX_UNPACKED", 1000), ("MAX_MEMBERS", 3)])
def test_a_zip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(limits, limit, value)
    assert report_of(book({"nodes": NODES})).reason == "sheet_too_large"


def test_an_open_document_is_read_and_its_repetitions_are_counted() -> None:
    cell = "<table:table-cell office:value-type='string'{}><text:p>{}</text:p></table:table-cell>"
    zone = cell.replace("{}", "", 1)
    row = "<table:table-row{0}>" + cell.replace("{}", "{1}", 1).replace("{}", "{2}") + "{3}</table:table-row>"
    head = row.format("", "", "name", zone.format("zone"))
    tail = (
        "<table:table-row table:number-rows-repeated='1048000'>"
        "<table:table-cell table:number-columns-repeated='16384'/></table:table-row>"
    )
    good = _ods(head + row.format("", "", "n1", zone.format("az1")) + tail)
    assert [(n.name, n.zone) for n in read(good, "tables.ods").nodes] == [("n1", "az1")]
    many = " table:number-{}-repeated='{}'"
    for rows, columns in ((1_048_576, 1), (1, 16_384), (90_000, 500)):
        bomb = _ods(head + row.format(many.format("rows", rows), many.format("columns", columns), "x", ""))
        assert report_of(bomb, "tables.ods").reason == "sheet_too_large"


def _ods(rows: str) -> bytes:
    names = "".join(
        f" xmlns:{short}='urn:oasis:names:tc:opendocument:xmlns:{short}:1.0'" for short in ("office", "table", "text")
    )
    content = (
        f"<office:document-content{names}><office:body><office:spreadsheet><table:table table:name='nodes'>{rows}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = b"<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>"
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return _zip({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content.encode()})


def test_a_workbook_without_our_tables_is_strange_in_a_folder_and_refused_by_name(tmp_path: Path) -> None:
    content = book({"contacts": [["who", "phone"], ["a", "b"]]})
    (tmp_path / "contacts.xlsx").write_bytes(content)
    (tmp_path / "dump.json").write_text(json.dumps(kube("Namespace", "shop")))
    assert {r.file: r.status for r in read_paths([tmp_path]).inputs}["contacts.xlsx"] == "not_recognised"
    with pytest.raises(InputError) as caught:
        read_paths([tmp_path / "contacts.xlsx"])
    assert caught.value.code == "input_document"


def test_a_workbook_in_an_archive_is_one_file() -> None:
    packed = _zip({"a/tables.xlsx": book({"nodes": NODES}), "a/dump.json": json.dumps(kube("Namespace", "s")).encode()})
    snapshot = read_sources([source("all.zip", packed)])
    assert [(r.file, r.status, r.format, r.objects) for r in snapshot.inputs] == [
        ("dump.json", "read", "kubernetes", 1),
        ("tables.xlsx", "read", "spreadsheet", 1),
    ]

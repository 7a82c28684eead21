"""Workbooks as people send them: any heading, any order, any damage."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from migrator.errors import InputError
from migrator.locale import LANGS, text
from migrator.snapshot.codec import encode
from migrator.snapshot.model import (
    InputReport,
    LoadBalancerKind,
    NodeKind,
    OutageClass,
    Provisioning,
    Section,
    Snapshot,
    StorageKind,
)
from migrator.snapshot.read import read_paths, read_sources, require_objects
from migrator.snapshot.readers import workbook as limits
from migrator.versions import Version
from tests.unit.snapshot.helpers import deployment, kube, source
from tests.unit.snapshot.sheets.books import book, changed, member, saved

NODES = [["节点名称", "私有 IP"], ["n1", "10.0.0.1"]]


def read(content: bytes, name: str = "tables.xlsx", *more: Any) -> Snapshot:
    return read_sources([source(name, content)._replace(explicit=True), *more])


def report_of(content: bytes, name: str = "tables.xlsx") -> InputReport:
    """What became of the file, beside a dump that can be read."""
    snapshot = read(content, name, source("dump.json", kube("Namespace", "shop")))
    return next(r for r in snapshot.inputs if r.file == name)


def problems(content: bytes) -> list[str]:
    report = report_of(content)
    assert report.status == "unreadable"
    return [text(f"error.{p.code}", "en", **p.values) for p in report.problems]


# --- what is read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headings",
    [
        ["name", "private_ips", "kind", "labels"],
        ["节点名称", "私有 IP", "节点类型", "节点标签"],
        ["Node name", "Private IPs", "Node kind", "Node labels"],
        ["节点名称\nNode name *", "私有 IP / Private IPs", " 节点 类型", "NODE LABELS"],
    ],
)
def test_headings_are_taken_in_either_language(headings: list[str]) -> None:
    snapshot = read(book({"x": [headings, ["n1", "10.0.0.1；10.0.0.2", "裸金属", "a=b, c=d"]]}))
    (node,) = snapshot.nodes
    assert (node.name, node.private_ips, node.kind) == ("n1", ("10.0.0.1", "10.0.0.2"), NodeKind.BARE_METAL)
    assert node.labels == {"a": "b", "c": "d"}


def test_columns_stand_in_any_order_under_any_title() -> None:
    snapshot = read(book({"资产": [["某客户 2024 年盘点"], [], ["kubelet 版本", "节点名称"], ["v1.13.10-r0", "n1"]]}))
    assert [(n.name, n.kubelet_version) for n in snapshot.nodes] == [("n1", "v1.13.10-r0")]
    assert snapshot.cluster.version == Version.parse("v1.13.10-r0")


def test_numbers_dates_and_truth_come_as_they_were_meant() -> None:
    snapshot = read(
        book(
            {
                "nodes": [
                    ["name", "cpu", "max_pods", "ready", "pool"],
                    [7, 4, 110, True, 1.25],
                    ["n2", "4", "58", "否", ""],
                ]
            }
        )
    )
    first, second = snapshot.nodes
    assert (first.name, first.cpu, first.max_pods, first.ready, first.pool) == ("7", "4", 110, True, "1.25")
    assert (second.name, second.max_pods, second.ready) == ("n2", 58, False)


def test_remarks_empty_rows_and_other_sheets_are_passed_over() -> None:
    snapshot = read(
        book(
            {
                "填写说明 Read me": [["天翼云"]],
                "节点": [["节点名称", "可用区"], ["※ 必填", "例如 az1"], [], ["n1", "az1"], [None, None], ["n2", ""]],
                "草稿": [["todo", 1]],
                "空": [],
            }
        )
    )
    assert [n.name for n in snapshot.nodes] == ["n1", "n2"]
    (report,) = snapshot.inputs
    assert report.status == "read"
    assert [(p.code, p.values["sheet"]) for p in report.problems] == [("sheet_passed_over", "草稿")]


def test_merged_and_hidden_cells_are_read() -> None:
    made = openpyxl.Workbook()
    page = made.active
    page.title = "工作负载"
    for row in (["命名空间", "工作负载类型", "工作负载名称"], ["shop", "Deployment", "web"], ["", "Job", "tidy"]):
        page.append(row)
    page.merge_cells("A2:A3")
    hidden = made.create_sheet("Services")
    hidden.append(["namespace", "name", "type"])
    hidden.append(["shop", "web", "NodePort"])
    hidden.sheet_state = "hidden"
    made.create_sheet("cache").append(["any", "thing"])
    made["cache"].sheet_state = "veryHidden"
    snapshot = read(saved(made))
    assert [w.key for w in snapshot.workloads] == ["shop/Deployment/web", "shop/Job/tidy"]
    assert [s.type for s in snapshot.services] == ["NodePort"]
    assert snapshot.inputs[0].problems == ()


def test_a_sheet_without_rows_says_there_are_none_and_a_missing_one_says_nothing() -> None:
    snapshot = read(book({"nodes": [["name", "zone"], ["n1", ""]], "services": [["name", "namespace", "type"]]}))
    assert snapshot.covers(Section.NODES)
    assert snapshot.covers(Section.SERVICES)
    assert not snapshot.covers(Section.WORKLOADS)
    assert [c.kinds for c in snapshot.coverage if c.section is Section.SERVICES] == [("Sheet",)]


def test_a_table_that_is_not_complete_covers_nothing() -> None:
    for lang in LANGS:
        line = f"※ {text('sheets.not_complete', lang)}"
        snapshot = read(book({"nodes": [["name", "zone"], [line], ["n1", ""]]}))
        assert len(snapshot.nodes) == 1
        assert not snapshot.covers(Section.NODES)


def test_a_cluster_of_tables_alone_holds_what_follows_from_them() -> None:
    tables = {
        "cluster": [
            ["集群名称", "集群版本", "集群类型", "集群规格"],
            ["old", "v1.11.7-r2", "虚拟机集群", "s1"],
        ],
        "workloads": [
            ["namespace", "kind", "name", "api_version", "mounts"],
            ["shop", "deployment", "web", "extensions/v1beta1", "web-data"],
            ["kube-system", "DaemonSet", "agent", "apps/v1", ""],
        ],
        "volumes": [
            ["name", "storage", "claim_namespace", "claim_name", "capacity", "access_modes"],
            ["pv-1", "云硬盘（EVS）", "shop", "web-data", "10Gi", "ReadWriteOnce"],
        ],
        "services": [["namespace", "name", "type", "ports"], ["shop", "web", "LoadBalancer", "80; https=443:30443"]],
        "node_settings": [["setting", "category", "value"], ["vm.max_map_count", "内核参数", 262144]],
        "address_uses": [["地址", "引用位置"], ["10.0.0.1", "数据库白名单"]],
    }
    snapshot = read(book(tables))
    assert (snapshot.cluster.name, snapshot.cluster.type) == ("old", "VirtualMachine")
    assert (str(snapshot.cluster.version), snapshot.cluster.version_source) == ("v1.11.7-r2", "given")
    assert [(w.key, w.system) for w in snapshot.workloads] == [
        ("kube-system/DaemonSet/agent", True),
        ("shop/Deployment/web", False),
    ]
    (volume,) = snapshot.volumes
    assert (volume.storage, volume.provisioning, volume.outage) == (
        StorageKind.EVS,
        Provisioning.CLOUD,
        OutageClass.OUTAGE,
    )
    assert volume.shared is False
    (claim,) = snapshot.claims
    assert (claim.name, claim.volume, claim.request) == ("web-data", "pv-1", "10Gi")
    assert claim.mounted_by == ("shop/Deployment/web",)
    (service,) = snapshot.services
    assert [(p.name, p.port, p.node_port, p.protocol) for p in service.ports] == [
        ("", 80, None, "TCP"),
        ("https", 443, 30443, "TCP"),
    ]
    assert service.load_balancer is LoadBalancerKind.UNKNOWN
    assert [(s.node, s.category, s.value, s.origin) for s in snapshot.node_settings] == [
        ("*", "sysctl", "262144", "form")
    ]
    assert [(u.address, u.origin) for u in snapshot.address_uses] == [("10.0.0.1", "form")]
    assert [(o.ref.api_version, o.ref.kind, o.file, o.document) for o in snapshot.objects] == [
        ("apps/v1", "DaemonSet", "tables.xlsx", 3),
        ("extensions/v1beta1", "Deployment", "tables.xlsx", 2),
    ]
    assert snapshot.covers(Section.OBJECTS)
    assert require_objects(snapshot) is snapshot


def test_api_versions_count_as_looked_at_only_where_every_workload_has_one() -> None:
    head = ["namespace", "kind", "name", "api_version"]
    snapshot = read(book({"workloads": [head, ["a", "Job", "x", "batch/v1"], ["a", "Job", "y", ""]]}))
    assert not snapshot.covers(Section.OBJECTS)
    assert snapshot.covers(Section.WORKLOADS)


def test_an_empty_template_is_no_cluster() -> None:
    snapshot = read(book({"nodes": [["name", "zone"]], "services": [["name", "namespace", "type"]]}))
    with pytest.raises(InputError) as caught:
        require_objects(snapshot)
    assert caught.value.code == "input_no_objects"


# --- beside a dump ----------------------------------------------------------------------------------------------


def test_the_dump_holds_and_the_tables_fill_its_blanks() -> None:
    node = kube("Node", "10.0.0.1", status={"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]})
    dump = source("dump.json", {"apiVersion": "v1", "kind": "List", "items": [node, deployment("web")]})
    tables = book(
        {
            "nodes": [
                ["name", "private_ips", "flavor", "eips"],
                ["web-1", "10.0.0.1", "s3.large.2", "1.2.3.4"],
                ["web-2", "10.0.0.2", "", ""],
            ],
            "workloads": [
                ["namespace", "kind", "name", "api_version", "replicas"],
                ["shop", "Deployment", "web", "extensions/v1beta1", 9],
                ["shop", "Deployment", "api", "extensions/v1beta1", 2],
            ],
        }
    )
    snapshot = read(tables, "tables.xlsx", dump)
    assert [(n.name, n.flavor, n.eips) for n in snapshot.nodes] == [
        ("10.0.0.1", "s3.large.2", ("1.2.3.4",)),
        ("web-2", "", ()),
    ]
    assert [(w.ref.name, w.ref.api_version, w.replicas) for w in snapshot.workloads] == [
        ("api", "extensions/v1beta1", 2),
        ("web", "apps/v1", 1),
    ]
    assert [(o.ref.kind, o.ref.name, o.ref.api_version) for o in snapshot.objects] == [
        ("Deployment", "web", "apps/v1"),
        ("Deployment", "api", "extensions/v1beta1"),
        ("Node", "10.0.0.1", "v1"),
    ]


def test_addresses_of_filled_in_nodes_are_searched_for_in_the_dump() -> None:
    config = kube("ConfigMap", "app", "shop", data={"db": "host=10.0.0.9"})
    tables = book({"nodes": [["name", "private_ips"], ["n9", "10.0.0.9"]]})
    snapshot = read(tables, "tables.xlsx", source("dump.json", config))
    assert [(u.address, u.location) for u in snapshot.address_uses] == [("10.0.0.9", "ConfigMap shop/app: db")]


def test_two_workbooks_give_the_same_in_either_order() -> None:
    one = source("a.xlsx", book({"nodes": [["name", "zone", "flavor"], ["n1", "az1", ""]]}))
    two = source("b.xlsx", book({"nodes": [["name", "zone", "flavor"], ["n1", "az2", "s3"]]}))
    swapped = [one._replace(name="b.xlsx"), two._replace(name="a.xlsx")]
    assert read_sources([one, two]).nodes == read_sources(swapped).nodes
    assert read_sources([one, two]).nodes[0].flavor == "s3"


# --- what is wrong ----------------------------------------------------------------------------------------------


def test_every_wrong_cell_is_named_and_nothing_is_taken() -> None:
    content = book(
        {
            "节点": [
                ["节点名称", "最大实例数", "是否就绪", "节点类型", "节点标签", "污点"],
                ["n1", "many", "maybe", "container", "a", 'x="'],
                ["", 1, "", "", "", ""],
                ["n3", datetime.date(2024, 1, 2), "", "", "", ""],
                ["n4", 1e17, "", "", "a=1;a=2", ""],
                ["n4", "", "", "", "", ""],
            ],
            "services": [["name", "namespace", "ports"], ["web", "shop", "http"], ["web", "shop", ""]],
        }
    )
    found = problems(content)
    assert [p.partition(": ")[0].partition(", ")[2] for p in found] == [
        f'sheet "{sheet}", row {row}, column "{column}"'
        for sheet, row, column in (
            ("节点", 2, "节点类型 / Node kind"),
            ("节点", 2, "是否就绪 / Ready"),
            ("节点", 2, "节点标签 / Node labels"),
            ("节点", 2, "污点 / Taints"),
            ("节点", 2, "最大实例数 / Maximum pods"),
            ("节点", 3, "节点名称 / Node name"),
            ("节点", 4, "最大实例数 / Maximum pods"),
            ("节点", 5, "节点标签 / Node labels"),
            ("节点", 5, "最大实例数 / Maximum pods"),
            ("节点", 6, "节点名称 / Node name"),
            ("services", 2, "端口 / Ports"),
            ("services", 3, "命名空间 / Namespace"),
        )
    ]
    assert "虚拟机 / virtual machine" in found[0]
    assert "row 5" in found[9]
    assert not any(secret in "".join(found) for secret in ("many", "maybe", "container", 'x="'))
    snapshot = read(content, "tables.xlsx", source("dump.json", kube("Namespace", "shop")))
    assert snapshot.nodes == snapshot.services == ()
    assert not snapshot.covers(Section.NODES)


def test_after_a_hundred_problems_only_their_number_is_told() -> None:
    report = report_of(book({"nodes": [["name", "ready"], *([f"n{i}", "?"] for i in range(250))]}))
    assert len(report.problems) == 100
    assert report.values["problems"] == 250


def test_unknown_doubled_and_missing_headings_are_named() -> None:
    rows = [["name", "Name", "namespace", "colour", "※ note"], ["a", "b", "c", "d", "e"]]
    found = problems(book({"workloads": rows}))
    assert [p.partition(": ")[0].partition(", ")[2] for p in found] == [
        'sheet "workloads", heading "colour"',
        'sheet "workloads", heading "工作负载名称 / Workload name"',
        'sheet "workloads", heading "工作负载类型 / Workload kind"',
        'sheet "workloads", row 2, column "工作负载类型 / Workload kind"',
    ]


def test_a_cell_under_no_heading_and_the_error_of_a_formula_are_problems() -> None:
    content = book({"nodes": [["name", "zone"], ["n1", "#N/A"], ["n2", "", "", "stray"]]})
    content = changed(content, {"xl/worksheets/sheet1.xml": _with_error(content)})
    assert [p.partition(": ")[0].partition(", ")[2] for p in problems(content)] == [
        'sheet "nodes", row 2, column "B"',
        'sheet "nodes", row 3, column "D"',
    ]


def _with_error(content: bytes) -> bytes:
    """The sheet whose "#N/A" is the error of a formula: openpyxl types it so itself."""
    sheet = member(content, "xl/worksheets/sheet1.xml")
    assert b't="e"' in sheet
    return sheet


def test_the_same_table_on_two_sheets_is_refused() -> None:
    report = report_of(book({"nodes": NODES, "nodes (2)": NODES}))
    assert (report.status, report.reason) == ("unreadable", "sheet_twice")


def test_more_than_one_cluster_is_refused() -> None:
    rows = [["集群名称", "集群版本", "集群类型", "集群规格"], ["a", "v1.9", "", ""], ["b", "v1.9", "", ""]]
    assert "row 2 is it" in problems(book({"集群": rows}))[0]


@pytest.mark.parametrize(
    ("version", "taken"), [(1.9, "v1.9"), ("v1.10", "v1.10"), (1.13, "v1.13"), (1.1, ""), ("1.2", ""), ("new", "")]
)
def test_a_version_that_lost_its_last_digit_is_not_guessed(version: object, taken: str) -> None:
    content = book({"cluster": [["name", "version", "flavor"], ["old", version, "s1"]]})
    if taken:
        assert str(read(content).cluster.version) == taken
    else:
        assert len(problems(content)) == 1


def test_credentials_in_cells_are_masked_and_noticed() -> None:
    tables = {
        "nodes": [["name", "pool", "labels"], ["n1", "password=MARK1", "password=MARK2"]],
        "workloads": [
            ["namespace", "kind", "name", "images", "mounts"],
            ["a", "Job", "x", "http://u:MARK3@r/app:1; harbor/app-token:1.2", "keys=secret:app-token"],
        ],
        "address_uses": [
            ["address", "location", "owner"],
            ["10.0.0.1", "mysql://root:MARK4@db/x", "token: MARK5"],
            ["10.0.0.2", "Deployment shop/api-token: hostAliases", ""],
        ],
        "node_settings": [
            ["key", "category", "value"],
            ["kubelet.token", "kubelet", "MARK6"],
            ["motd", "system", "-----BEGIN PRIVATE KEY-----MARK7"],
        ],
        "cluster": [
            ["name", "version", "flavor", "corefile"],
            ["c", "v1.9", "s1", "etcd {\n  credentials root MARK8\n}"],
        ],
        "services": [["name", "namespace", "annotations"], ["s", "a", "x/token=MARK9"]],
    }
    snapshot = read(book(tables))
    assert "MARK" not in encode(snapshot).decode()
    assert sorted({(n.ref.name, n.field) for n in snapshot.secrets}) == [
        ("address_uses", "row 2, location"),
        ("address_uses", "row 2, owner"),
        ("cluster", "row 2, corefile"),
        ("node_settings", "row 2, value"),
        ("node_settings", "row 3, value"),
        ("nodes", "row 2, labels"),
        ("nodes", "row 2, pool"),
        ("services", "row 2, annotations"),
        ("workloads", "row 2, images"),
    ]
    assert snapshot.workloads[0].images[1] == "harbor/app-token:1.2"
    assert snapshot.workloads[0].mounts[0].target == "app-token"
    assert snapshot.address_uses[1].location == "Deployment shop/api-token: hostAliases"


def test_no_credential_reaches_the_words_about_a_problem() -> None:
    report = report_of(book({"nodes": [["name", "ready", "password=MARK"], ["n1", "password=MARK", "x"]]}))
    assert len(report.problems) == 2
    assert "MARK" not in json.dumps([p.values for p in report.problems])


# --- files that are no sound workbook ---------------------------------------------------------------------------


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

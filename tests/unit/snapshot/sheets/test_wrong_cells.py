"""What is wrong in a workbook: every cell is named and nothing is taken; credentials never come along."""

from __future__ import annotations

import datetime
import json

import pytest

from migrator.errors import InputError
from migrator.snapshot.codec import encode
from migrator.snapshot.model import (
    Section,
)
from tests.unit.snapshot.helpers import kube, source
from tests.unit.snapshot.sheets.books import NODES, book, changed, member, problems, read, report_of


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


def test_every_wrong_cell_is_told_where_the_workbook_is_the_only_input() -> None:
    content = book({"nodes": [["name", "ready"], ["n1", "maybe"], ["", "yes"], ["n3", "perhaps"]]})
    with pytest.raises(InputError) as raised:
        read(content, "tables.xlsx")
    assert [e.values["row"] for e in (raised.value, *raised.value.further)] == [2, 3, 4]


def test_choices_are_taken_in_the_words_of_the_console_and_by_an_unmistakable_beginning() -> None:
    content = book(
        {
            "volumes": [["name", "storage"], ["pv-1", "云硬盘"], ["pv-2", "对象存储"], ["pv-3", "SFS Turbo"]],
            "workloads": [
                ["namespace", "kind", "name"],
                ["shop", "无状态负载", "web"],
                ["shop", "有状态工作负载", "db"],
                ["shop", "定时任务", "bak"],
            ],
            "services": [["namespace", "name", "type", "load_balancer"], ["shop", "web", "负载均衡", "经典型"]],
        }
    )
    snapshot = read(content, "tables.xlsx")
    assert [v.storage for v in snapshot.volumes] == ["evs", "obs", "sfs_turbo"]
    assert sorted(w.ref.kind for w in snapshot.workloads) == ["CronJob", "Deployment", "StatefulSet"]
    assert [(s.type, s.load_balancer) for s in snapshot.services] == [("LoadBalancer", "classic")]


@pytest.mark.parametrize("word", ["云", "存储", "其他", "SF"])
def test_a_word_that_may_mean_several_choices_is_refused(word: str) -> None:
    [problem] = problems(book({"volumes": [["name", "storage"], ["pv-1", word]]}))
    assert "云硬盘（EVS）" in problem

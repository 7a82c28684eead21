"""Workbooks: what is read of a sound one, alone and beside a dump."""

from __future__ import annotations

import openpyxl
import pytest

from migrator.errors import InputError
from migrator.locale import LANGS, text
from migrator.snapshot.model import (
    LoadBalancerKind,
    NodeKind,
    OutageClass,
    Provisioning,
    Section,
    StorageKind,
)
from migrator.snapshot.read import read_sources, require_objects
from migrator.versions import Version
from tests.unit.snapshot.helpers import deployment, kube, source
from tests.unit.snapshot.sheets.books import book, read, saved


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

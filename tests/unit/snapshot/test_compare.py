"""Two snapshots compared: what is the same thing, what makes a difference, and what cannot be told."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from migrator.snapshot.compare import Change, Count, Entry, SectionDifference, SnapshotComparison, compare_snapshots
from migrator.snapshot.model import (
    AddOn,
    AddressUse,
    ApiUse,
    ApiUseSource,
    ClusterFacts,
    Coverage,
    HelmRelease,
    NodeCoverage,
    NodeSetting,
    ObjectRef,
    Section,
    Snapshot,
    Workload,
)
from migrator.versions import Version
from tests.unit.snapshot.helpers import deployment, kube, listed, read


def section(comparison: SnapshotComparison, name: str) -> SectionDifference:
    return next(s for s in comparison.sections if s.section == name)


def keys(entries: tuple[Entry, ...]) -> list[str]:
    return [e.key for e in entries]


def changes(old: Snapshot, new: Snapshot, name: str) -> dict[str, list[tuple[str, Any, Any]]]:
    """Field, old and new value of every changed entry of a section."""
    found = section(compare_snapshots(old, new), name).changed
    return {e.key: [(c.field, c.old, c.new) for c in e.changes] for e in found}


def node(name: str, ip: str, uid: str = "", server: str = "", ready: str = "True", **fields: Any) -> dict[str, Any]:
    status = {
        "addresses": [{"type": "InternalIP", "address": ip}],
        "conditions": [{"type": "Ready", "status": ready}],
    }
    return kube("Node", name, uid=uid, spec={"providerID": server}, status=status, **fields)


def pod(name: str, owner: str, phase: str = "Running") -> dict[str, Any]:
    return kube("Pod", name, "shop", owner=owner, spec={}, status={"phase": phase})


def refused(snapshot: Snapshot, of: Section, *kinds: str) -> Snapshot:
    """The same snapshot, whose export was denied these kinds."""
    coverage = tuple(
        Coverage(section=c.section, read=False, kinds=tuple(k for k in c.kinds if k not in kinds), refused=kinds)
        if c.section is of
        else c
        for c in snapshot.coverage
    )
    return replace(snapshot, coverage=coverage)


SHOP = listed(deployment("web", uid="d1"), deployment("api", uid="d2"), node("node-1", "10.0.0.1", "n1"))


def test_the_same_snapshot_has_no_difference() -> None:
    snapshot = read(SHOP)
    comparison = compare_snapshots(snapshot, snapshot)

    assert not comparison.differs
    assert [(s.section, s.added, s.removed, s.changed) for s in comparison.sections if s.differs] == []
    assert section(comparison, "workloads").unchanged == 2


def test_the_order_of_files_and_objects_makes_no_difference() -> None:
    again = read(node("node-1", "10.0.0.1", "n1"), listed(deployment("api", uid="d2"), deployment("web", uid="d1")))

    assert not compare_snapshots(read(SHOP), again).differs


def test_a_section_that_one_side_did_not_export_is_not_removed() -> None:
    old, new = read(SHOP), read(listed(deployment("web"), deployment("api")))

    nodes = section(compare_snapshots(old, new), "nodes")
    assert (nodes.removed, keys(nodes.untold_old)) == ((), ["node-1"])
    assert (nodes.old.state, nodes.new.state) == ("read", "absent")
    assert keys(section(compare_snapshots(new, old), "nodes").untold_new) == ["node-1"]
    assert compare_snapshots(old, new).differs, "what cannot be told is no 'no difference'"


def test_a_kind_that_one_side_did_not_export_is_not_removed() -> None:
    old = read(deployment("web"), kube("DaemonSet", "agent", "shop", "apps/v1", spec={"template": {}}))
    new = read(listed(deployment("api"), kind="DeploymentList", api="apps/v1"))

    workloads = section(compare_snapshots(old, new), "workloads")
    assert (keys(workloads.removed), keys(workloads.added)) == (["shop/Deployment/web"], ["shop/Deployment/api"])
    assert keys(workloads.untold_old) == ["shop/DaemonSet/agent"]


def test_an_empty_list_of_a_kind_means_that_there_are_none() -> None:
    old = read(deployment("web"), kube("DaemonSet", "agent", "shop", "apps/v1", spec={"template": {}}))
    new = read(deployment("web"), listed(kind="DaemonSetList", api="apps/v1"))

    workloads = section(compare_snapshots(old, new), "workloads")
    assert (keys(workloads.removed), workloads.untold_old) == (["shop/DaemonSet/agent"], ())


def test_what_was_refused_is_not_removed() -> None:
    old, new = read(SHOP), read(listed(deployment("web"), node("node-1", "10.0.0.1", "n1")))

    whole = section(compare_snapshots(old, refused(new, Section.WORKLOADS, "Deployment")), "workloads")
    assert (whole.new.state, whole.new.refused) == ("refused", ("Deployment",))
    assert (whole.removed, keys(whole.untold_old), whole.unchanged) == ((), ["shop/Deployment/api"], 1)
    partly = section(compare_snapshots(old, refused(new, Section.WORKLOADS, "CronJob")), "workloads")
    assert (keys(partly.removed), partly.untold_old) == (["shop/Deployment/api"], ())


def test_fields_are_told_one_by_one_and_mappings_key_by_key() -> None:
    image = {"containers": [{"name": "web", "image": "nginx:1"}]}
    old = read(deployment("web", pods=image))
    image = {"containers": [{"name": "web", "image": "nginx:2"}], "nodeSelector": {"disk": "ssd"}}
    new = read(deployment("web", pods=image, spec={"replicas": 3}))

    assert changes(old, new, "workloads") == {
        "shop/Deployment/web": [
            ("replicas", 1, 3),
            ("images", ["nginx:1"], ["nginx:2"]),
            ("node_selector.disk", None, "ssd"),
        ]
    }


def test_the_order_of_a_list_makes_no_difference() -> None:
    ports = [{"name": "http", "port": 80}, {"name": "https", "port": 443}]
    old, new = (read(kube("Service", "web", "shop", spec={"ports": p})) for p in (ports, ports[::-1]))

    assert not compare_snapshots(old, new).differs


def test_state_that_changes_by_itself_is_shown_and_makes_no_difference() -> None:
    old, new = (read(node("node-1", "10.0.0.1", "n1", ready=r)) for r in ("True", "False"))
    comparison = compare_snapshots(old, new)

    assert section(comparison, "nodes").changed[0].changes == (Change(field="ready", old=True, new=False, state=True),)
    assert section(comparison, "nodes").changed[0].state_only
    assert not comparison.differs


def test_pods_are_compared_by_controller_with_or_without_their_replica_sets() -> None:
    web = deployment("web")
    between = kube("ReplicaSet", "web-6d4b75cb6d", "shop", "apps/v1", owner="Deployment/web", spec={"template": {}})
    old = read(web, between, pod("web-6d4b75cb6d-2xk7z", "ReplicaSet/web-6d4b75cb6d"))
    new = read(
        web,
        pod("web-7f5c9d8b4c-hw2zn", "ReplicaSet/web-7f5c9d8b4c"),
        pod("web-7f5c9d8b4c-qq8lm", "ReplicaSet/web-7f5c9d8b4c", "Pending"),
    )

    assert changes(old, new, "pods") == {"shop/Deployment/web": [("pods", 1, 2), ("phases.Pending", None, 1)]}
    assert not compare_snapshots(old, new).differs


def test_pods_of_the_jobs_of_a_cron_job_stand_together() -> None:
    snapshot = read(pod("b-1589342400-x", "Job/b-1589342400"), pod("b-1589346000-y", "Job/b-1589346000"))

    assert section(compare_snapshots(Snapshot(), snapshot), "pods").new.count == 1


@pytest.mark.parametrize(
    ("old", "new", "renamed"),
    [
        (node("a", "10.0.0.1", server="srv-1"), node("b", "10.0.0.9", server="srv-1"), True),
        (node("a", "10.0.0.1"), node("b", "10.0.0.1"), True),
        (node("a", "10.0.0.1", server="srv-1"), node("b", "10.0.0.1", server="srv-2"), False),
        (node("a", "10.0.0.1"), node("b", "10.0.0.2"), False),
    ],
)
def test_a_node_made_anew_under_another_name_is_recognised(
    old: dict[str, Any], new: dict[str, Any], renamed: bool
) -> None:
    nodes = section(compare_snapshots(read(old), read(new)), "nodes")

    assert bool(nodes.changed) is renamed
    assert (keys(nodes.added), keys(nodes.removed)) == (([], []) if renamed else (["b"], ["a"]))
    if renamed:
        assert nodes.changed[0].changes[0] == Change(field="name", old="a", new="b")


def test_a_node_is_the_successor_of_one_node_only() -> None:
    old = read(node("a", "10.0.0.1"), node("b", "10.0.0.2"))
    both = node("c", "10.0.0.1")
    both["status"]["addresses"].append({"type": "InternalIP", "address": "10.0.0.2"})

    nodes = section(compare_snapshots(old, read(both)), "nodes")
    assert (keys(nodes.changed), keys(nodes.removed), nodes.added) == (["c"], ["b"], ())


def test_what_only_the_cloud_told_is_not_taken_for_changed() -> None:
    cce = {
        "kind": "Node",
        "apiVersion": "v3",
        "metadata": {"name": "node-1", "uid": "c1"},
        "spec": {"flavor": "c3.large.2", "billingMode": 0},
        "status": {"phase": "Active", "privateIP": "10.0.0.1"},
    }
    kubectl = node("node-1", "10.0.0.1", "n1")

    assert changes(read(kubectl, cce), read(kubectl), "nodes") == {}
    assert changes(read(kubectl), read(kubectl, cce), "nodes") == {}


def test_tokens_under_random_names_make_no_difference() -> None:
    def token(name: str) -> dict[str, Any]:
        return kube("Secret", name, "shop", type="kubernetes.io/service-account-token", data={"token": "eHg="})

    comparison = compare_snapshots(read(token("default-token-x7k2p")), read(token("default-token-9jq4d")))
    assert not comparison.differs


def test_objects_of_other_kinds_are_told_by_group_kind_and_name() -> None:
    old = read(kube("Widget", "a", "shop", "example.com/v1beta1"), kube("Event", "a.1", "shop"))
    new = read(kube("Widget", "a", "shop", "example.com/v1"), kube("Widget", "a", "shop", "example.org/v1"))

    objects = section(compare_snapshots(old, new), "objects")
    assert [(e.key, e.changes[0].old, e.changes[0].new) for e in objects.changed] == [
        ("shop/Widget.example.com/a", ["example.com/v1beta1"], ["example.com/v1"])
    ]
    assert keys(objects.added) == ["shop/Widget.example.org/a"]
    assert objects.removed == ()


def test_facts_that_share_a_name_are_told_apart() -> None:
    pools = [
        {"apiVersion": "v3", "kind": "NodePool", "metadata": {"name": "p", "uid": uid}, "spec": {}}
        for uid in ("1", "2")
    ]

    assert keys(section(compare_snapshots(read(pools[0]), read(*pools)), "node_pools").added) == ["p #2"]


def test_addresses_are_compared_where_both_sides_know_the_nodes() -> None:
    config = kube("ConfigMap", "app", "shop", data={"url": "http://10.0.0.1:80"})
    service = kube("Service", "web", "shop", spec={})
    old, new = read(config, service, node("node-1", "10.0.0.1")), read(config, service)

    uses = section(compare_snapshots(old, new), "address_uses")
    assert (uses.removed, keys(uses.untold_old)) == ((), ["10.0.0.1 ConfigMap shop/app: url"])


def test_workloads_of_the_business_are_counted_by_namespace_and_kind() -> None:
    old = read(deployment("web"), deployment("api"), deployment("dns", "kube-system"))
    new = read(deployment("web"), kube("CronJob", "settle", "pay", "batch/v1", spec={}))

    assert compare_snapshots(old, new).counts == (
        Count(namespace="pay", kind="CronJob", old=None, new=1),
        Count(namespace="shop", kind="Deployment", old=2, new=1),
    )


def test_objects_of_the_business_come_first() -> None:
    new = read(deployment("dns", "kube-system"), deployment("web"))

    untold = section(compare_snapshots(Snapshot(), new), "workloads").untold_new
    assert [(e.key, e.system) for e in untold] == [
        ("shop/Deployment/web", False),
        ("kube-system/Deployment/dns", True),
    ]


def test_releases_are_compared_by_their_latest_revision() -> None:
    def release(revision: int, chart: str, status: str = "deployed") -> HelmRelease:
        return HelmRelease(namespace="shop", name="web", revision=revision, status=status, chart_version=chart)

    def use(revision: int) -> ApiUse:
        ref = ObjectRef(api_version="extensions/v1beta1", kind="Ingress", namespace="shop", name="web")
        return ApiUse(ref=ref, source=ApiUseSource.HELM, place=release(revision, "").place)

    coverage = (Coverage(section=Section.HELM_RELEASES, read=True, kinds=("Secret",)),)
    old = Snapshot(helm_releases=(release(1, "1.0"),), api_uses=(use(1),), coverage=coverage)
    new = Snapshot(
        helm_releases=(release(1, "1.0", "superseded"), release(2, "1.1")), api_uses=(use(1), use(2)), coverage=coverage
    )

    assert changes(old, new, "helm_releases") == {"shop/web": [("revision", 1, 2), ("chart_version", "1.0", "1.1")]}
    assert section(compare_snapshots(old, new), "helm_apis").unchanged == 1


def test_settings_of_a_node_are_removed_only_where_its_files_were_read_again() -> None:
    def settings(*nodes: str, of: tuple[str, ...]) -> Snapshot:
        return Snapshot(
            node_settings=tuple(NodeSetting(node=n, category="sysctl", key="vm.swappiness", value="1") for n in nodes),
            node_coverage=tuple(NodeCoverage(node=n, categories=("sysctl",)) for n in of),
            coverage=(Coverage(section=Section.NODE_SETTINGS, read=True, kinds=("sysctl",)),),
        )

    old, new = settings("a", "b", of=("a", "b")), settings(of=("b",))
    found = section(compare_snapshots(old, new), "node_settings")
    assert keys(found.removed) == ["b sysctl vm.swappiness"]
    assert keys(found.untold_old) == ["a sysctl vm.swappiness"]


def test_a_table_filled_in_by_a_person_tells_of_all_kinds() -> None:
    old = read(deployment("web"), kube("DaemonSet", "agent", "shop", "apps/v1", spec={"template": {}}))
    filled = replace(
        read(deployment("web")), coverage=(Coverage(section=Section.WORKLOADS, read=True, kinds=("Sheet",)),)
    )

    workloads = section(compare_snapshots(old, filled), "workloads")
    assert (keys(workloads.removed), workloads.untold_old) == (["shop/DaemonSet/agent"], ())


def test_what_an_operator_makes_is_compared_and_not_counted() -> None:
    web = read(deployment("web"))
    made = Workload(
        ref=ObjectRef(api_version="apps/v1", kind="Deployment", namespace="shop", name="k8s"), owner="Prometheus/k8s"
    )
    comparison = compare_snapshots(replace(web, workloads=(*web.workloads, made)), web)

    assert [(c.old, c.new) for c in comparison.counts] == [(1, 1)]
    assert keys(section(comparison, "workloads").removed) == ["shop/Deployment/k8s"]


def test_who_told_of_a_fact_makes_no_difference() -> None:
    def told(origin: str, source: str, version_source: str) -> Snapshot:
        return Snapshot(
            cluster=ClusterFacts(version=Version(1, 15), version_source=version_source),
            addons=(AddOn(name="coredns", version="1.5", source=source),),
            node_settings=(NodeSetting(node="*", category="sysctl", key="vm.swappiness", origin=origin),),
            address_uses=(AddressUse(address="10.0.0.1", location="whitelist", origin=origin),),
        )

    assert not compare_snapshots(told("dump", "cce_api", "kubelet"), told("form", "workload", "given")).differs

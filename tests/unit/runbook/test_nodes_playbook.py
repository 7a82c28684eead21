"""Rolling nodes: what stops a drain is computed by name, nodes go in growing portions, and by their billing."""

from __future__ import annotations

import msgspec
import pytest

from migrator.runbook.budgets import budgets_of
from migrator.runbook.model import Playbook, Runbook, StepKind
from migrator.snapshot.model import Manifest, Node, NodeKind, NodePool, ObjectRef, Pod, Snapshot, Taint
from tests.unit.runbook.clusters import beside, by_key, claim, commands, disk, mount, steps_of, workload
from tests.unit.runbook.invariants import before, check_all


def budget(name: str, app: str, **spec: object) -> Manifest:
    ref = ObjectRef(api_version="policy/v1beta1", kind="PodDisruptionBudget", namespace="shop", name=name)
    told = spec.pop("allowed", None)
    body: dict[str, object] = {"spec": {"selector": {"matchLabels": {"app": app}}, **spec}}
    if told is not None:
        body["status"] = {"disruptionsAllowed": told}
    return Manifest(ref=ref, body=msgspec.Raw(msgspec.json.encode(body)))


def node(number: int, **values: object) -> Node:
    fixed: dict[str, object] = {
        "kind": NodeKind.VIRTUAL_MACHINE,
        "private_ips": (f"192.168.0.{number}",),
        "flavor": "s6.large.2",
        "zone": "az-1",
        "pool": "web",
        "billing": "pay_per_use",
    }
    return Node(name=f"node-{number:02}", **{**fixed, **values})  # type: ignore[arg-type]


def shop(nodes: tuple[Node, ...]) -> Snapshot:
    return Snapshot(
        nodes=nodes,
        node_pools=(NodePool(name="web", autoscaling=True, has_install_scripts=True),),
        workloads=(
            workload("DaemonSet", "shop", "agent", node_selector={"tier": "web"}),
            workload("Deployment", "shop", "cart", replicas=1),
            workload("Deployment", "shop", "front", replicas=3, mounts=(mount("", "empty_dir"),)),
            workload("Pod", "shop", "lonely"),
            workload("StatefulSet", "shop", "db", replicas=2, mounts=(mount("data"),)),
        ),
        pods=(
            Pod(namespace="shop", name="cart-1", node="node-02", owner="Deployment/cart"),
            Pod(namespace="shop", name="db-0", node="node-01", owner="StatefulSet/db"),
            Pod(namespace="shop", name="lonely", node="node-01"),
        ),
        volumes=(disk("pv-data", "shop/data", zone="az-9"),),
        claims=(claim("shop/data", "pv-data", "shop/StatefulSet/db"),),
        manifests=(budget("db", "db", minAvailable=2), budget("front", "front", maxUnavailable="30%")),
    )


@pytest.fixture
def runbook() -> Runbook:
    nodes = (*(node(i) for i in range(1, 8)), node(8, pool="", billing="yearly_monthly"))
    return beside(shop(nodes), Playbook.NODES)


@pytest.mark.parametrize(
    ("spec", "allowed", "blocks"),
    [
        ({"minAvailable": 2}, 0, True),
        ({"minAvailable": 1}, 1, False),
        ({"minAvailable": "51%"}, 0, True),
        ({"minAvailable": "50%"}, 1, False),
        ({"maxUnavailable": 0}, 0, True),
        ({"maxUnavailable": "10%"}, 1, False),
        ({"maxUnavailable": "0%"}, 0, True),
    ],
)
def test_what_a_budget_lets_go(spec: dict[str, object], allowed: int, blocks: bool) -> None:
    """Of two pods; Kubernetes rounds percentages up."""
    snapshot = msgspec.structs.replace(shop(()), manifests=(budget("db", "db", **spec),))
    (found,) = budgets_of(snapshot)
    assert (found.pods, found.allowed, found.blocks) == (2, allowed, blocks)
    assert found.workloads == ("shop/StatefulSet/db",)


def test_what_the_server_counted_tells_where_no_workload_is_known() -> None:
    snapshot = msgspec.structs.replace(
        shop(()), manifests=(budget("x", "unknown", minAvailable=1, allowed=0), budget("y", "db", minAvailable="x"))
    )
    first, second = budgets_of(snapshot)
    assert (first.allowed, first.blocks) == (0, False), "it holds no pod of the business"
    assert (second.allowed, second.blocks) == (None, False)


def test_the_review_names_all_that_a_drain_stumbles_over(runbook: Runbook) -> None:
    step = by_key(runbook)["rolling.review"]
    budgets, single, empty, alone, daemons = step.tables
    assert [row[0] for row in budgets.rows] == ["PodDisruptionBudget shop/db", "PodDisruptionBudget shop/front"]
    assert [row[3] for row in budgets.rows] == ["0", "1"]
    assert [row[0] for row in single.rows] == ["Deployment shop/cart"]
    assert [row[0] for row in empty.rows] == ["Deployment shop/front"]
    assert [row[0] for row in alone.rows] == ["Pod shop/lonely"]
    assert daemons.rows[0][:2] == ("DaemonSet shop/agent", "tier=web")
    assert [w.values["names"] for w in step.warnings] == [["PodDisruptionBudget shop/db"]]
    assert step.key in before(by_key(runbook), "rolling.new_nodes")


def test_nodes_go_one_then_four_then_more_the_smallest_pool_first(runbook: Runbook) -> None:
    drains = [s for s in steps_of(runbook) if s.key.startswith("rolling.drain")]
    nodes = [[str(row[0]) for row in s.tables[0].rows] for s in drains]
    assert nodes == [
        ["node-08"],
        ["node-03", "node-04", "node-05", "node-06"],
        ["node-07", "node-02", "node-01"],
    ]
    cordon = by_key(runbook)["rolling.cordon"]
    assert all(name in commands(cordon) for portion in nodes for name in portion), (
        "all are closed before one is emptied"
    )
    assert all(cordon.key in before(by_key(runbook), s.key) for s in drains)


def test_only_what_has_one_pod_on_these_nodes_is_interrupted(runbook: Runbook) -> None:
    steps = by_key(runbook)
    assert [r.name for r in steps["rolling.drain:3"].stops] == ["cart", "lonely"]
    assert not steps["rolling.drain:1"].interrupts
    assert [o.business for o in runbook.outages] == ["shop/cart, lonely"]
    assert "pod.shop.lonely.json" in commands(steps["rolling.drain:3"]), "saved before it is deleted"


def test_without_pods_in_the_dump_the_first_portion_tells_of_all(runbook: Runbook) -> None:
    snapshot = msgspec.structs.replace(shop((node(1), node(2))), pods=())
    steps = by_key(beside(snapshot, Playbook.NODES))
    assert {r.name for r in steps["rolling.drain:1"].stops} == {"cart", "lonely"}


def test_new_pools_follow_the_old_and_their_limits_are_told(runbook: Runbook) -> None:
    step = by_key(runbook)["rolling.new_nodes"]
    assert [a.text.key for a in step.actions if a.text][:2] == ["do.copy_pool", "do.new_pool"]
    warned = {w.key.removeprefix("runbook.warning.") for w in step.warnings}
    assert {"pool_limits", "pool_scales", "pool_scripts"} <= warned
    zones = step.tables[-1].rows
    assert zones[0][:3] == ("az-9", "1", "shop/data")
    assert zones[0][3].key == "table.value.zone_without_node"


def test_more_taints_than_a_pool_takes_are_told() -> None:
    taints = tuple(Taint(key=f"k{i}", effect="NoSchedule") for i in range(11))
    step = by_key(beside(shop((node(1, taints=taints),)), Playbook.NODES))["rolling.new_nodes"]
    assert "runbook.warning.pool_taints" in {w.key for w in step.warnings}


def test_nodes_are_released_by_their_billing_after_two_have_signed(runbook: Runbook) -> None:
    steps = by_key(runbook)
    release = steps["rolling.release_nodes"]
    assert [(a.text.key, a.text.values["count"]) for a in release.actions if a.text] == [
        ("do.release_pay_per_use", 7),
        ("do.release_yearly_monthly", 1),
    ]
    assert (release.destructive, release.point_of_no_return) == (True, True)
    gate = steps["rolling.release_gate"]
    assert (gate.kind, len(gate.signs)) == (StepKind.GATE, 2)
    assert {"rolling.accept", gate.key} <= before(steps, release.key)


def test_the_whole_holds_the_invariants(runbook: Runbook) -> None:
    nodes = (*(node(i) for i in range(1, 8)), node(8, pool="", billing="yearly_monthly"))
    check_all(runbook, shop(nodes))
    assert runbook.source == runbook.target, "moving nodes crosses no version"
    assert (runbook.path, runbook.choice) == (None, None)

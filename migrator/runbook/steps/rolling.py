"""Moving the business to new nodes of the same cluster: review, new nodes, cordon, drain, release (G.2, G.3, G.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from migrator.locale import Msg, msg
from migrator.runbook.budgets import Budget, budgets_of
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import batches, kubectl, named, word
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
from migrator.runbook.placement import portions, workloads_by_node
from migrator.runbook.steps.base import (
    FILL_IN,
    TICK,
    billing_words,
    do,
    estimate,
    node_ref,
    or_dash,
    run,
    show,
    step,
    table,
)
from migrator.runbook.steps.hibernate import by_billing
from migrator.runbook.steps.nodes import settings_actions, user_labels
from migrator.runbook.steps.prepare import old_addresses, setting_table
from migrator.runbook.steps.stopping import resume_commands, stop_commands
from migrator.runbook.steps.upgrade_nodes import DRAIN, ask_flag, bare_pods, local_data, one_pod, pods_alone
from migrator.snapshot.model import Node, NodeKind, StorageKind, Workload
from migrator.snapshot.node_settings import shortened

REVIEW, NEW, MOVE, RELEASE = "rolling.review", "rolling.new", "rolling.move", "rolling.release"
Placed = Mapping[str, tuple[Workload, ...]]
_TAINTS_MOST = 10  # of a node pool


# --- before ---


def review(inventory: Inventory) -> Step:
    """All that a drain stumbles over, by name: budgets, single pods, data of a pod's own, pods without a controller."""
    user = inventory.workloads
    budgets = budgets_of(inventory.snapshot)
    single = [w for w in user if one_pod(w) and w.ref.kind != "Pod"]
    empty = [w for w in user if any(m.kind == "empty_dir" for m in w.mounts)]
    daemons = [w for w in user if w.ref.kind == "DaemonSet"]
    pinned = [w for w in user if w.node_selector and w.ref.kind != "DaemonSet"]
    alone = pods_alone(inventory)
    warnings = [msg("runbook.warning.budget_blocks", names=[str(b.ref) for b in budgets if b.blocks])]
    return step(
        "rolling.review",
        REVIEW,
        kind=StepKind.MANUAL,
        role=Role.BUSINESS_OWNER,
        actions=[
            do(Where.BASTION, "settle_budgets"),
            run(kubectl("old", "get poddisruptionbudgets --all-namespaces -o wide")),
        ],
        verify=[do(Where.BASTION, "drain_agreed")],
        minutes=estimate((15, 30), (1, 4), len(budgets) + len(single) + len(alone)),
        after=["prepare.bastion"],
        tables=[
            _budget_table(budgets),
            table("workload reason treatment", (_why(w, "single") for w in single)),
            table("workload reason treatment", (_why(w, "empty_dir") for w in empty)),
            table("workload reason treatment", (_why(w, "alone") for w in alone)),
            table("workload labels treatment", (_selected(w, "daemon") for w in daemons)),
            table("workload labels treatment", (_selected(w, "pinned") for w in pinned)),
        ],
        warnings=warnings if any(b.blocks for b in budgets) else [],
        budgets=len(budgets),
        blocking=sum(b.blocks for b in budgets),
        single=len(single),
        alone=len(alone),
    )


def _budget_table(budgets: Sequence[Budget]) -> Table | None:
    return table(
        "object rule pods allowed treatment",
        (
            (
                str(b.ref),
                b.rule,
                str(b.pods),
                "—" if b.allowed is None else str(max(b.allowed, 0)),
                msg(f"table.value.budget_{'blocks' if b.blocks else 'lets' if b.allowed else 'unknown'}"),
            )
            for b in budgets
        ),
    )


def _name(workload: Workload) -> str:
    return f"{workload.ref.kind} {workload.ref.namespace}/{workload.ref.name}"


def _why(workload: Workload, reason: str) -> tuple[str, Msg, Msg]:
    return (_name(workload), msg(f"table.value.drain_{reason}"), msg(f"table.value.drain_{reason}_treatment"))


def _selected(workload: Workload, reason: str) -> tuple[str, str, Msg]:
    labels = show(f"{k}={v}" for k, v in sorted(workload.node_selector.items()))
    return (_name(workload), labels, msg(f"table.value.drain_{reason}_treatment"))


# --- new nodes ---


def new_nodes(inventory: Inventory) -> Step:
    pools: dict[str, list[Node]] = defaultdict(list)
    for node in inventory.nodes:
        pools[node.pool].append(node)
    scripts = [p.name for p in inventory.snapshot.node_pools if p.has_install_scripts]
    growing = [p.name for p in inventory.snapshot.node_pools if p.autoscaling]
    full = [name for name, nodes in pools.items() if max(_own_taints(nodes)) > _TAINTS_MOST]
    warnings = [msg("runbook.warning.pool_limits")]
    warnings += [msg("runbook.warning.pool_taints", names=full)] if full else []
    warnings += [msg("runbook.warning.pool_scripts", names=scripts)] if scripts else []
    warnings += [msg("runbook.warning.pool_scales", names=growing)] if growing else []
    if any(n.kind is NodeKind.BARE_METAL for n in inventory.nodes):
        warnings.append(msg("runbook.warning.bare_metal_pool"))
    if (inventory.source.minor, inventory.source.patch) < (13, 10):
        warnings.append(msg("runbook.warning.rolling_too_old"))
    return step(
        "rolling.new_nodes",
        NEW,
        kind=StepKind.CONSOLE,
        actions=[
            *(_make_pool(name, len(nodes)) for name, nodes in pools.items()),
            *settings_actions(inventory.snapshot.node_settings),
        ],
        verify=[run(kubectl("old", "get nodes -o wide --show-labels"))],
        rollback=[do(Where.CONSOLE, "delete_new_nodes")],
        minutes=estimate((15, 30), (1, 3), len(inventory.nodes)),
        after=["prepare.go"],
        tables=[_pool_table(pools), setting_table(inventory), _zones(inventory)],
        warnings=warnings,
        count=len(inventory.nodes),
        pools=len(pools),
    )


def _make_pool(name: str, count: int) -> Action:
    """DefaultPool can be neither copied nor moved: its nodes are followed by those of a new pool."""
    way = "new_pool" if name.lower() in ("", "defaultpool") else "copy_pool"
    return do(Where.CONSOLE, way, count=count, pool=name or "—")


def _own_taints(nodes: Sequence[Node]) -> list[int]:
    return [sum(not t.key.startswith("node.kubernetes.io/") for t in n.taints) for n in nodes]


def _pool_table(pools: dict[str, list[Node]]) -> Table | None:
    return table(
        "pool count flavor zone billing labels taints",
        (
            (
                name or "—",
                str(len(nodes)),
                show(sorted({or_dash(n.flavor) for n in nodes})),
                show(sorted({or_dash(n.zone) for n in nodes})),
                show(sorted({or_dash(n.billing) for n in nodes})),
                show(sorted({f"{k}={v}" for n in nodes for k, v in user_labels(n).items()})),
                show(sorted({f"{t.key}={t.value}:{t.effect}" for n in nodes for t in n.taints})),
            )
            for name, nodes in sorted(pools.items())
        ),
    )


def _zones(inventory: Inventory) -> Table | None:
    """Disks can only be attached in their own zone: the new nodes must be there too."""
    zones = {n.zone for n in inventory.nodes if n.zone}
    claims: dict[str, list[str]] = defaultdict(list)
    for held in inventory.held:
        if held.volume and held.volume.storage is StorageKind.EVS and held.volume.zone:
            claims[held.volume.zone].append(held.name)
    return table(
        "zone count names treatment",
        (
            (
                zone,
                str(len(names)),
                show(shortened(names)),
                msg(f"table.value.zone_{'kept' if zone in zones else 'without_node'}"),
            )
            for zone, names in sorted(claims.items())
        ),
    )


def whitelist(inventory: Inventory) -> Step:
    rows = [row for row in old_addresses(inventory) if row[1].startswith("Node")]
    return step(
        "rolling.whitelist",
        NEW,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[run(kubectl("old", "get nodes -o wide")), do(Where.CONSOLE, "whitelist_new_addresses")],
        verify=[do(Where.NEW_NODE, "reach_partners")],
        rollback=[do(Where.CONSOLE, "remove_new_addresses")],
        minutes=estimate((15, 40), (1, 5), len(rows)),
        after=["rolling.new_nodes", "prepare.addresses"],
        tables=[table("address belongs_to used_in new_address done", ((*row, FILL_IN, TICK) for row in rows))],
    )


# --- the move ---


def move(inventory: Inventory) -> list[Step]:
    """Close the old nodes, copy what lies on them, empty them one, then four, then more at a time."""
    cordon = _cordon(inventory)
    local = local_data(inventory, MOVE, "old-nodes", cordon.key)
    steps = [cordon, *local]
    placed = workloads_by_node(inventory)
    for number, nodes in enumerate(portions(inventory), 1):
        steps.append(_drain(inventory, nodes, number, placed, [steps[-1].key]))
    return steps


def _cordon(inventory: Inventory) -> Step:
    names = [n.name for n in inventory.nodes]
    return step(
        "rolling.cordon",
        MOVE,
        actions=[
            do(Where.CONSOLE, "stop_autoscaling"),
            *(run(kubectl("old", "cordon", named(part))) for part in batches(names)),
        ],
        verify=[run(kubectl("old", "get nodes"))],
        rollback=[run(kubectl("old", "uncordon", named(part))) for part in batches(names)]
        or [do(Where.OLD_CLUSTER, "nothing_to_undo")],
        minutes=(3, 10),
        after=["rolling.whitelist", "rolling.new_nodes"],
        warnings=[msg("runbook.warning.no_execute")],
        count=len(names),
    )


def _drain(inventory: Inventory, nodes: Sequence[Node], number: int, placed: Placed, after: Sequence[str]) -> Step:
    here = {w.key: w for n in nodes for w in placed.get(n.name, ())}
    # Without pods in the dump nobody knows where a pod is: the first portion tells of all that stop for a moment.
    known = here if placed else {w.key: w for w in inventory.workloads if number == 1}
    stopping = [w for w in known.values() if one_pod(w)]
    alone = [w for w in stopping if w.ref.kind == "Pod"]
    lines = [kubectl("old", DRAIN, word(n.name)) for n in nodes]
    names = [n.name for n in nodes]
    return step(
        "rolling.drain",
        MOVE,
        key=str(number),
        actions=[
            *([run("\n".join(stop_commands(alone)))] if alone else []),
            run("\n".join([ask_flag(), *lines])),
            *([run("\n".join(resume_commands(alone)))] if alone else []),
        ],
        verify=[
            run(kubectl("old", "get pods --all-namespaces -o wide") + " | grep -Ev ' (Running|Completed) ' || true"),
            do(Where.OLD_CLUSTER, "business_works"),
        ],
        rollback=[run(kubectl("old", "uncordon", named(names)))],
        minutes=estimate((2, 5), (3, 15), len(nodes)),
        interrupts=bool(stopping),
        stops=[w.ref for w in stopping],
        after=after,
        tables=[
            table("node pool address", ((n.name, or_dash(n.pool), show((*n.private_ips, *n.eips))) for n in nodes)),
            table("workload replicas", ((_name(w), or_dash(w.replicas)) for w in stopping)),
        ],
        warnings=[msg("runbook.warning.drain_local_data"), *bare_pods(alone)],
        number=number,
        count=len(nodes),
        single=len(stopping),
    )


# --- the end of the old nodes ---


def release(inventory: Inventory, after: Sequence[str]) -> list[Step]:
    return [_sign(inventory, after), _release(inventory), _pools(inventory)]


def _sign(inventory: Inventory, after: Sequence[str]) -> Step:
    return step(
        "rolling.release_gate",
        RELEASE,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "old_nodes_conditions"), do(Where.CONSOLE, "unbind_eips")],
        verify=[run(kubectl("old", "get pods --all-namespaces -o wide")), do(Where.BASTION, "hop_signed")],
        minutes=(15, 30),
        after=after,
        tables=[table("node eip decision", ((n.name, show(n.eips), TICK) for n in inventory.nodes if n.eips))],
    )


def _release(inventory: Inventory) -> Step:
    ways = by_billing(inventory.nodes)
    return step(
        "rolling.release_nodes",
        RELEASE,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, f"release_{kind}", count=len(nodes)) for kind, nodes in ways.items()]
        or [do(Where.CONSOLE, "release_unknown", count=0)],
        verify=[run(kubectl("old", "get nodes -o wide"))],
        minutes=estimate((5, 10), (1, 2), len(inventory.nodes)),
        after=["rolling.release_gate"],
        subjects=[node_ref(n) for n in inventory.nodes],
        tables=[
            table(
                "node pool billing kind",
                (
                    (n.name, or_dash(n.pool), billing_words(n.billing), msg(f"table.value.node_{n.kind.value}"))
                    for n in inventory.nodes
                ),
            )
        ],
        warnings=[msg("runbook.warning.node_disks_and_eips")],
        destructive=True,
        point_of_no_return=True,
        count=len(inventory.nodes),
    )


def _pools(inventory: Inventory) -> Step:
    return step(
        "rolling.clear",
        RELEASE,
        kind=StepKind.CONSOLE,
        role=Role.NETWORK_ENGINEER,
        actions=[do(Where.CONSOLE, "delete_old_pools"), do(Where.CONSOLE, "remove_node_addresses")],
        verify=[do(Where.CONSOLE, "no_old_address_left"), run(kubectl("old", "get nodes -o wide"))],
        rollback=[do(Where.CONSOLE, "put_addresses_back")],
        minutes=estimate((15, 30), (1, 5), len(inventory.nodes)),
        after=["rolling.release_nodes"],
    )

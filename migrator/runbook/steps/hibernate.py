"""Hibernating the old cluster (集群休眠): the cheap way back between its last workload and its deletion (H.2)."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.locale import Msg, msg
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import kubectl
from migrator.runbook.model import Role, Step, StepKind, Table, Where
from migrator.runbook.steps.base import do, estimate, run, show, step, table
from migrator.snapshot.model import Node

PHASE = "retire"
_BILLINGS = ("pay_per_use", "yearly_monthly")


def hibernation(inventory: Inventory, after: Sequence[str]) -> list[Step]:
    """Hibernate for the agreed days, then wake: nothing can be un-associated or deleted in a hibernated cluster."""
    return [_hibernate(inventory, after), _wake(inventory)]


def _hibernate(inventory: Inventory, after: Sequence[str]) -> Step:
    return step(
        "retire.hibernate",
        PHASE,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "hibernate_cluster"), do(Where.BASTION, "wait_agreed_days")],
        verify=[do(Where.CONSOLE, "cluster_hibernates"), do(Where.NEW_CLUSTER, "business_unaffected")],
        rollback=[do(Where.CONSOLE, "wake_cluster"), do(Where.BASTION, "resume_after_wake")],
        minutes=(10, 20),
        after=after,
        tables=[_costs(inventory)],
        warnings=[msg("runbook.warning.days_not_counted"), msg("runbook.warning.wake_may_fail")],
        nodes=len(inventory.nodes),
    )


def _costs(inventory: Inventory) -> Table | None:
    """What a hibernated cluster goes on costing, by the billing of each part."""
    billing = inventory.snapshot.cluster.billing
    rows: list[tuple[str | Msg, str, str | Msg]] = [
        (
            msg("table.value.control_plane"),
            "1",
            msg(f"table.value.hibernated_{billing if billing in _BILLINGS else 'unknown'}"),
        )
    ]
    for kind, nodes in by_billing(inventory.nodes).items():
        rows.append((msg(f"table.value.nodes_{kind}"), str(len(nodes)), msg(f"table.value.asleep_{kind}")))
    eips = [e for given in (inventory.nodes, inventory.services, inventory.ingresses) for x in given for e in x.eips]
    if eips:
        rows.append((msg("table.value.eips"), show(dict.fromkeys(eips)), msg("table.value.goes_on_costing")))
    if volumes := sum(h.volume is not None for h in inventory.held):
        rows.append((msg("table.value.volumes"), str(volumes), msg("table.value.goes_on_costing")))
    return table("object count cost", rows)


def by_billing(nodes: Sequence[Node]) -> dict[str, list[Node]]:
    """Nodes by "pay_per_use", "yearly_monthly" and "unknown"; only those that occur."""
    found: dict[str, list[Node]] = {}
    for node in nodes:
        found.setdefault(node.billing if node.billing in _BILLINGS else "unknown", []).append(node)
    return {kind: found[kind] for kind in (*_BILLINGS, "unknown") if kind in found}


def _wake(inventory: Inventory) -> Step:
    return step(
        "retire.wake",
        PHASE,
        kind=StepKind.CONSOLE,
        role=Role.CLUSTER_ENGINEER,
        actions=[do(Where.CONSOLE, "wake_cluster")],
        verify=[run(kubectl("old", "get nodes")), do(Where.CONSOLE, "cluster_is_normal")],
        rollback=[do(Where.CONSOLE, "hibernate_cluster")],
        minutes=estimate((5, 15), (0.1, 0.5), len(inventory.nodes)),
        after=["retire.hibernate"],
    )

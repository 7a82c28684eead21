"""Retiring a cluster on its own: what is destroyed and what stays is told, and everything leaves it before it goes."""

from __future__ import annotations

import re

import msgspec
import pytest

from migrator.locale import msg
from migrator.runbook.model import Playbook, Runbook
from migrator.snapshot.model import Provisioning, Snapshot, StorageKind
from tests.unit.runbook.clusters import beside, by_key, commands, disk, shop, steps_of
from tests.unit.runbook.invariants import before, check_all


@pytest.fixture
def runbook() -> Runbook:
    return beside(shop(), Playbook.RETIREMENT)


def test_the_order_is_ready_stop_hibernate_wake_un_associate_sign_delete(runbook: Runbook) -> None:
    check_all(runbook, shop())
    order = [s.key for s in runbook.phases[-1].steps]
    assert order == [
        "retire.approve",
        "retire.stop",
        "retire.hibernate",
        "retire.wake",
        "retire.unassociate",
        "retire.balancers",
        "retire.eips",
        "retire.sign",
        "retire.delete",
        "retire.clean_up",
    ]
    steps = by_key(runbook)
    assert {"retire.ready", "retire.fate", "prepare.protect", "prepare.go"} <= before(steps, "retire.stop")


def test_everything_of_the_snapshot_is_stopped_and_un_associated(runbook: Runbook) -> None:
    steps = by_key(runbook)
    stop = steps["retire.stop"]
    assert {r.name for r in stop.subjects} == {w.ref.name for w in shop().user_workloads}
    assert "scale --replicas=0 statefulset db" in commands(stop)
    assert re.search(r"scale --replicas=2 deployment .*\bweb\b", commands(stop)), (
        "the way back gives the replicas again"
    )
    left = {row[0] for row in steps["retire.unassociate"].tables[0].rows}
    assert left == {v.name for v in shop().volumes}
    assert [s.key for s in steps_of(runbook) if s.destructive] == ["retire.delete"]


def test_of_the_cluster_that_carries_the_business_no_version_is_claimed(runbook: Runbook) -> None:
    """The versions of a retirement are those of the old cluster alone."""
    steps = by_key(runbook)
    tools = {a.text.key: a.text.values for a in steps["prepare.bastion"].actions if a.text}
    assert tools["do.kubectl_new_unknown"] == {}
    assert "do.kubectl_new" not in tools
    assert steps["cluster.access"].expected.key == "step.retire.access.expected"
    assert steps["prepare.protect"].no_rollback_reason == msg("step.retire.protect.no_rollback", count=5)


def test_each_volume_has_its_fate(runbook: Runbook) -> None:
    snapshot = msgspec.structs.replace(
        shop(),
        volumes=(
            disk("a", "shop/a"),
            disk("b", "shop/b", reclaim_policy="Retain"),
            disk("c", "shop/c", storage=StorageKind.OBS),
            disk("d", "shop/d", storage=StorageKind.LOCAL, provisioning=Provisioning.NODE_LOCAL),
            disk("e", "shop/e", storage=StorageKind.NFS, provisioning=Provisioning.SELF_BUILT),
        ),
    )
    table = by_key(beside(snapshot, Playbook.RETIREMENT))["retire.fate"].tables[1]
    assert [row[3].key.rpartition("_")[2] for row in table.rows] == ["delete", "retain", "bucket", "local", "other"]


def test_what_goes_on_costing_is_told_by_billing(runbook: Runbook) -> None:
    rows = by_key(runbook)["retire.hibernate"].tables[0].rows
    assert [row[0].key.removeprefix("table.value.") for row in rows] == [
        "control_plane",
        "nodes_unknown",
        "eips",
        "volumes",
    ]
    assert rows[0][2].key == "table.value.hibernated_pay_per_use"
    assert rows[2][1] == "203.0.113.7, 203.0.113.9", "those of Ingresses too"


def test_names_of_listeners_are_warned_of_on_old_clusters_only() -> None:
    def warned(source: str) -> bool:
        step = by_key(beside(shop(), Playbook.RETIREMENT, source=source))["retire.balancers"]
        return "runbook.warning.listener_names" in {w.key for w in step.warnings}

    assert warned("v1.13.10-r0")
    assert not warned("v1.15.11-r1")


def test_a_cluster_with_nothing_in_it_can_be_retired() -> None:
    runbook = beside(Snapshot(), Playbook.RETIREMENT)
    assert "retire.delete" in by_key(runbook)

"""Old addresses, and the end of the old cluster."""

from __future__ import annotations

import msgspec
import pytest

from migrator.runbook.model import Runbook
from migrator.snapshot.model import (
    Snapshot,
)
from tests.unit.runbook.clusters import by_key, claim, commands, disk, migrate, mount, shop, steps_of, workload


def test_old_addresses_are_listed_with_their_known_uses(runbook: Runbook) -> None:
    rows = {row[0]: row[1:3] for row in by_key(runbook)["prepare.addresses"].tables[0].rows}
    assert rows["192.168.0.11"] == ("Node node-1", "ConfigMap shop/app-config: db.host")
    assert rows["203.0.113.7"] == ("Node node-1 (EIP)", "—")
    assert rows["203.0.113.9"] == ("Service shop/db-public", "—")


def test_the_end_un_associates_what_is_left_then_two_sign_then_it_is_deleted(runbook: Runbook) -> None:
    keys = [s.key for s in runbook.phases[-1].steps]
    assert keys == [
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
    left = {row[0] for row in steps["retire.unassociate"].tables[0].rows}
    assert left == {"pv-uploads", "pv-unbound", "pv-lost", "pv-unmounted"}, "the disk left with its chain"
    assert [s.key for s in steps_of(runbook) if s.destructive] == ["retire.delete"]
    assert [s.key for s in steps_of(runbook) if s.point_of_no_return] == ["retire.delete"]


def test_stopping_the_old_cluster_leaves_cron_jobs_asleep_on_the_way_back_too(runbook: Runbook) -> None:
    text = commands(by_key(runbook)["retire.stop"])
    assert "scale --replicas=0 deployment uploads web" in text
    assert "cronjob" not in text


def test_going_back_at_the_end_wakes_only_what_ran_beside_the_new_cluster_until_then() -> None:
    """Whatever a window stopped runs in the new cluster: two of it would use one disk."""
    given = Snapshot(
        workloads=(
            workload("Deployment", "calm", "web"),
            workload("Deployment", "full", "app"),
            workload("Deployment", "full", "db", mounts=(mount("data"),)),
        ),
        volumes=(disk("pv-data", "full/data"),),
        claims=(claim("full/data", "pv-data", "full/Deployment/db"),),
    )
    back = by_key(migrate(given))["retire.stop"].rollback[0].command
    assert '$5 == "yes" && ($1 == "calm")' in back
    assert "full" not in back


@pytest.mark.parametrize(
    ("billing", "action"),
    [("pay_per_use", "do.delete_cluster"), ("yearly_monthly", "do.unsubscribe"), ("", "do.unsubscribe_or_delete")],
)
def test_the_old_cluster_is_deleted_or_unsubscribed_by_its_billing(billing: str, action: str) -> None:
    given = shop()
    given = msgspec.structs.replace(given, cluster=msgspec.structs.replace(given.cluster, billing=billing))
    told = by_key(migrate(given))["retire.delete"].actions[0].text
    assert told is not None
    assert told.key == action

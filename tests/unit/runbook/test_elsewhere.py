"""Clusters of other clouds: nothing is said of them that holds in CCE only."""

from __future__ import annotations

import msgspec

from migrator.runbook.model import Step
from migrator.snapshot.model import Node, Snapshot, StorageKind
from tests.unit.runbook.clusters import by_key, claim, disk, hop, migrate, mount, shop, steps_of, upgrade, workload


def asked(step: Step) -> set[str]:
    return {a.text.key for a in (*step.actions, *step.verify, *step.rollback) if a.text}


def elsewhere() -> Snapshot:
    node = Node(
        name="gke-1", flavor="n1-standard-2", cpu="2", memory="7Gi", labels={"cloud.google.com/gke-nodepool": "pool"}
    )
    return Snapshot(
        nodes=(node,),
        workloads=(workload("Deployment", "a", "app", mounts=(mount("data"),)),),
        volumes=(disk("pv-pd", "a/data", storage=StorageKind.CLOUD_DISK_OTHER, driver="gcePersistentDisk"),),
        claims=(claim("a/data", "pv-pd", "a/Deployment/app"),),
    )


def test_nodes_of_another_cloud_are_bought_by_size() -> None:
    step = next(s for s in steps_of(migrate(elsewhere())) if s.key.startswith("nodes.add"))
    told = step.actions[0].text
    assert told is not None
    assert told.key == "do.buy_equal_nodes"
    assert told.values["sizes"] == ["n1-standard-2: 2 CPU, 7Gi"]
    assert "do.buy_nodes" in asked(next(s for s in steps_of(migrate(shop())) if s.key.startswith("nodes.add")))


def test_only_storage_that_cce_manages_is_un_associated() -> None:
    step = by_key(migrate(elsewhere()))["retire.unassociate"]
    assert step.title.key == "step.retire.keep_storage.title"
    assert "do.unassociate_all" not in asked(step)
    assert "do.keep_other_volumes" in asked(step)

    given = shop()
    path = disk("pv-path", "", storage=StorageKind.HOST_PATH, phase="Available")
    both = by_key(migrate(msgspec.structs.replace(given, volumes=(*given.volumes, path))))["retire.unassociate"]
    told = {a.text.key: a.text.values["count"] for a in both.actions if a.text}
    assert told == {"do.unassociate_all": 4, "do.keep_other_volumes": 1}
    assert [row[0] for row in both.tables[1].rows] == ["pv-path"]


def test_an_upgrade_speaks_of_no_cut_over() -> None:
    accepted = by_key(upgrade(shop(), hop("1.13", "1.15")))["finish.accept"]
    assert asked(accepted) == {"do.test_after_upgrade", "do.upgrade_signed"}


def test_comments_of_a_script_are_explained_only_where_it_has_any() -> None:
    settings = shop().node_settings
    plain = by_key(migrate(shop()))["nodes.settings"]
    assert "do.apply_sysctl" in asked(plain)
    one = tuple(msgspec.structs.replace(s, node="node-1") for s in settings)
    marked = by_key(migrate(msgspec.structs.replace(shop(), node_settings=one)))["nodes.settings"]
    assert "do.apply_sysctl_by_node" in asked(marked)

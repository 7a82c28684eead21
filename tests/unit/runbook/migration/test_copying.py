"""Data that no cluster shares with the other one and that must be copied."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from migrator.locale import msg
from migrator.snapshot.model import (
    Node,
    Pod,
    Provisioning,
    Snapshot,
    StorageKind,
)
from tests.unit.runbook.clusters import by_key, claim, disk, migrate, mount, workload


def test_a_disk_of_another_cloud_is_copied_into_an_empty_claim() -> None:
    volume = disk("pv-pd", "a/data", storage=StorageKind.CLOUD_DISK_OTHER, driver="gcePersistentDisk")
    snapshot = Snapshot(
        workloads=(workload("Deployment", "a", "app", mounts=(mount("data"),)),),
        volumes=(volume,),
        claims=(claim("a/data", "pv-pd", "a/Deployment/app"),),
    )
    step = by_key(migrate(snapshot))["storage.precopy"]
    made = yaml.safe_load(next(a.manifest for a in step.actions if a.manifest))
    assert (made["metadata"]["namespace"], made["metadata"]["name"]) == ("a", "data")
    assert made["spec"]["storageClassName"] == "csi-disk"
    assert "volumeName" not in made["spec"]
    retain = next(a.command for a in step.actions if "patch pv" in a.command)
    assert "-n a get pvc -o jsonpath='{.spec.volumeName}' data" in retain, "the class would delete the new volume"
    assert '"persistentVolumeReclaimPolicy":"Retain"' in retain


def on_a_node(capacity: str = "1800Gi") -> Snapshot:
    """A workload with a large local volume and a path of its node, running on node-9."""
    return Snapshot(
        workloads=(
            workload("StatefulSet", "a", "store", mounts=(mount("data"), mount("/srv/cache", "host_path")), replicas=1),
        ),
        volumes=(
            disk(
                "pv-local",
                "a/data",
                storage=StorageKind.LOCAL,
                provisioning=Provisioning.NODE_LOCAL,
                path="/mnt/disk",
                capacity=capacity,
                zone="",
            ),
        ),
        claims=(claim("a/data", "pv-local", "a/StatefulSet/store"),),
        nodes=(Node(name="node-1", zone="az-1"), Node(name="node-9", zone="az-9")),
        pods=(Pod(namespace="a", name="store-0", node="node-9", phase="Running"),),
    )


def test_large_data_is_copied_before_the_outage_and_time_follows_its_size() -> None:
    steps = by_key(migrate(on_a_node()))
    before_it, inside = steps["storage.precopy"], steps["outage.copy:a/StatefulSet/store"]
    assert not before_it.interrupts
    assert before_it.key in inside.after
    assert before_it.minutes[1] >= 1800 * 1024 / 100 / 60, "100 MB a second"
    assert inside.minutes[1] < before_it.minutes[1]
    assert before_it.minutes[1] > by_key(migrate(on_a_node("18Gi")))["storage.precopy"].minutes[1]
    nodes = {row[3] for row in before_it.tables[0].rows}
    assert nodes == {"node-9"}, "where the data is"
    claims = [yaml.safe_load(a.manifest) for a in before_it.actions if "kind: PersistentVolumeClaim\n" in a.manifest]
    assert [c["metadata"]["labels"]["failure-domain.beta.kubernetes.io/zone"] for c in claims] == ["az-9"]
    pods = [yaml.safe_load(a.manifest) for a in before_it.actions if "kind: Pod\n" in a.manifest]
    assert [p["spec"].get("nodeName") for p in pods] == ["node-9", None, "node-9", "FILL-IN"]


@pytest.mark.skipif(shutil.which("tar") is None, reason="tar is not installed: nothing can be copied")
def test_the_second_pass_brings_what_changed_and_the_comparison_tells_the_rest(tmp_path: Path) -> None:
    steps = by_key(migrate(on_a_node()))
    folder = tmp_path / "cce-migration"
    (folder / "new").mkdir(parents=True)
    for cluster in ("old", "new"):
        data = tmp_path / cluster
        data.mkdir()
        program = folder / f"kubectl-{cluster}"  # exec in a pod whose /data is a folder
        program.write_text(
            '#!/bin/bash\nwhile [ "$1" != -- ]; do shift; done; shift\n'
            f'words=(); for w in "$@"; do words+=("${{w//\\/data/{data}}}"); done\n"${{words[@]}}"\n'
        )
        program.chmod(0o700)

    def told(command: str) -> str:
        environment = {**os.environ, "HOME": str(tmp_path)}
        return subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True, check=False
        ).stdout

    def passes(key: str) -> str:
        return next(a.command for a in steps[key].actions if "tar -C /data" in a.command)

    old, new = tmp_path / "old", tmp_path / "new"
    (old / "kept").write_text("1")
    (old / "changed").write_text("1")
    told(passes("storage.precopy"))
    assert sorted(p.name for p in new.iterdir()) == ["changed", "kept"]
    time.sleep(1.1)
    (old / "changed").write_text("2")
    (old / "added").write_text("3")
    told(passes("outage.copy:a/StatefulSet/store"))
    assert {p.name: p.read_text() for p in new.iterdir()} == {"kept": "1", "changed": "2", "added": "3"}
    compare = next(a.command for a in steps["outage.copy:a/StatefulSet/store"].verify if "sha256sum" in a.command)
    assert told(compare) == "equal\n"
    (new / "kept").write_text("other")
    assert "equal" not in told(compare)


def test_storage_of_unknown_kind_under_a_workload_is_decided_inside_its_chain() -> None:
    snapshot = Snapshot(
        workloads=(workload("Deployment", "a", "app", mounts=(mount("data"),)),),
        volumes=(disk("pv-rbd", "a/data", storage=StorageKind.OTHER, provisioning=Provisioning.UNKNOWN),),
        claims=(claim("a/data", "pv-rbd", "a/Deployment/app"),),
    )
    step = by_key(migrate(snapshot))["outage.copy:a/Deployment/app"]
    assert [r.name for r in step.subjects] == ["pv-rbd", "data"]
    assert step.tables[0].rows[0][3] == msg("table.value.copy_decide")

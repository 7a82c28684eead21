"""Storage that pod templates mount without a claim: its new volume and claim come with the workload, a disk with an
outage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from migrator.engine import Request, assess, compile_runbook, convert
from migrator.runbook.model import Runbook, Step
from migrator.snapshot.read import read_paths
from tests.unit.runbook.clusters import by_key, commands, steps_of
from tests.unit.runbook.invariants import check_all, check_files, check_names

DISK = {"driver": "huawei.com/fuxivol", "fsType": "ext4", "options": {"volumeID": "disk-1", "disk-mode": "SCSI"}}
SHARE = {"driver": "huawei.com/fuxinfs", "options": {"volumeID": "share-1", "deviceMountPath": "sfs:/share-1"}}


OTHER_CLOUD = {"gcePersistentDisk": {"pdName": "disk-2"}}


def workload(name: str, flex: dict[str, Any], **env: str) -> dict[str, Any]:
    container = {"name": "c", "image": "a/b:1", "env": [{"name": k, "value": v} for k, v in env.items()]}
    pods = {
        "containers": [container],
        "volumes": [{"name": "data", **(flex if flex is OTHER_CLOUD else {"flexVolume": flex})}],
    }
    labels = {"app": name}
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pods},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
    }


@pytest.fixture
def runbook(tmp_path: Path) -> Runbook:
    items = [
        workload("db", DISK),
        workload("old", OTHER_CLOUD),
        workload("web", SHARE),
        workload("api", SHARE, DB_PASSWORD="hunter2-in-clear"),
    ]
    (tmp_path / "dump.json").write_bytes(orjson.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    snapshot = read_paths([tmp_path])
    assessment = assess(snapshot, Request(target="1.25", source="1.15", strategy="migrate"))
    bundle = convert(snapshot, assessment.source, assessment.target)
    made = compile_runbook(snapshot, assessment, bundle=bundle)
    check_all(made, snapshot)
    check_files(steps_of(made), bundle)
    check_names(steps_of(made), snapshot)
    return made


def applied(step: Step, *files: str) -> list[int]:
    """Where the commands of the step name each file."""
    text = commands(step)
    return [text.index(f"/{file}.yaml") for file in files]


def test_a_disk_moves_with_an_outage_and_its_volume_comes_before_the_workload(runbook: Runbook) -> None:
    steps = by_key(runbook)
    keys = [s.key for s in steps_of(runbook)]
    chain = [f"outage.{name}:shop/Deployment/db" for name in ("window", "stop", "start", "test")]
    assert [k for k in keys if k.endswith(":shop/Deployment/db")] == chain
    files = ("persistentvolume-shop-db-data", "persistentvolumeclaim-db-data", "deployment-db")
    found = applied(steps[chain[2]], *files)
    assert found == sorted(found)
    assert "runbook.warning.disk_without_claim" in [w.key for w in steps[chain[1]].warnings]


def test_what_both_clusters_mount_is_created_with_the_workload(runbook: Runbook) -> None:
    """Also where a credential is masked: read from the old cluster as it is, the workload would find no FlexVolume."""
    step = by_key(runbook)["workloads.create:shop"]
    for name in ("web", "api"):
        files = (f"persistentvolume-shop-{name}-data", f"persistentvolumeclaim-{name}-data", f"deployment-{name}")
        found = applied(step, *files)
        assert found == sorted(found)
    assert "deployment-db" not in commands(step)


def test_a_disk_of_another_cloud_is_copied_while_nobody_writes(runbook: Runbook) -> None:
    start = by_key(runbook)["outage.start:shop/Deployment/db"]  # one window for the namespace
    files = ("persistentvolumeclaim-old-data", "deployment-old")
    found = applied(start, *files)
    assert found == sorted(found)
    told = [w.values["note"].key for w in start.warnings if w.key == "runbook.warning.manifest_note"]
    assert "storage.note.pod_foreign" in told

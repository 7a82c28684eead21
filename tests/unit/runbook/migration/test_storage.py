"""Storage that is retained, moved or waits for a decision."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from migrator.locale import msg
from migrator.runbook.model import Runbook, StepKind
from migrator.snapshot.model import Snapshot, StorageKind
from tests.unit.runbook.clusters import by_key, claim, commands, migrate, mount, share, shop, steps_of, workload


def test_shared_storage_moves_without_an_outage(runbook: Runbook) -> None:
    step = by_key(runbook)["storage.claim:shop"]
    assert not step.interrupts
    assert step.files == (
        "40-storage/persistentvolume-pv-uploads.yaml",
        "40-storage/shop/persistentvolumeclaim-uploads.yaml",
    )


def test_a_manifest_is_written_by_the_command_that_stands_before_the_one_that_applies_it(
    tmp_path: Path, runbook: Runbook
) -> None:
    """Nothing is to be copied out of the document by hand."""
    (tmp_path / "cce-migration" / "new").mkdir(parents=True)
    written = 0
    for step in steps_of(runbook):
        files = re.findall(r'apply -f "\$HOME/cce-migration/(new/[^"]+)"', commands(step))
        for action in (a for a in step.actions if a.manifest):
            subprocess.run(["bash", "-c", action.command], env={**os.environ, "HOME": str(tmp_path)}, check=True)
            assert (tmp_path / "cce-migration" / files.pop(0)).read_text() == action.manifest
            written += 1
        assert files == []
    assert written > 1


def test_every_volume_is_retained_before_anything_is_moved(tmp_path: Path, runbook: Runbook) -> None:
    """Those of the cluster, not of the dump, which may be days old."""
    step = by_key(runbook)["storage.protect"]
    patch = next(a.command for a in step.actions if "Retain" in a.command)
    program = tmp_path / "cce-migration" / "kubectl-old"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\ncase "$1" in get) printf "persistentvolume/pv-%s\\n" db late;; *) echo "$@";; esac\n'
    )
    program.chmod(0o700)
    env = {**os.environ, "HOME": str(tmp_path)}
    ended = subprocess.run(["sh", "-c", patch], env=env, check=True, capture_output=True, text=True)
    assert ended.stdout.splitlines() == [
        'patch -p {"spec":{"persistentVolumeReclaimPolicy":"Retain"}} persistentvolume/pv-db persistentvolume/pv-late'
    ]
    assert not step.rollback, "the new cluster uses the same file systems: Delete would take them away"


@pytest.mark.parametrize(
    ("target", "source"), [("v1.25", "v1.13.10-r0"), ("v1.25", "v1.19.9-r0"), ("v1.25", "v1.19.10-r0")]
)
def test_the_policy_is_not_promised_to_hold_where_it_does_not(target: str, source: str) -> None:
    steps = by_key(migrate(shop(), target=target, source=source))
    warning = "runbook.warning.retain_first" if source == "v1.19.10-r0" else "runbook.warning.retain_unreliable"
    for key in ("storage.protect", "outage.release:shop/StatefulSet/db", "retire.unassociate"):
        assert warning in [w.key for w in steps[key].warnings], key


def test_what_was_saved_first_is_never_overwritten(tmp_path: Path, runbook: Runbook) -> None:
    """Run again after the move, the step would otherwise save a cluster without its volumes."""
    command = by_key(runbook)["storage.protect"].actions[0].command
    program = tmp_path / "cce-migration" / "kubectl-old"
    (tmp_path / "cce-migration" / "backup").mkdir(parents=True)

    def after(answer: str, code: int) -> str:
        program.write_text(f"#!/bin/sh\necho {answer}\nexit {code}\n")
        program.chmod(0o700)
        subprocess.run(["bash", "-c", command], env={**os.environ, "HOME": str(tmp_path)}, check=False)
        saved = tmp_path / "cce-migration" / "backup" / "volumes.json"
        return saved.read_text() if saved.exists() else ""

    assert after("half", 1) == "", "what failed half-way is no backup"
    assert after("first", 0) == "first\n"
    assert after("second", 0) == "first\n"


def test_storage_that_nobody_can_place_waits_for_a_decision(runbook: Runbook) -> None:
    step = by_key(runbook)["storage.decide"]
    assert step.kind is StepKind.GATE
    reasons = {row[0]: row[5].key for row in step.tables[0].rows}  # type: ignore[union-attr]
    assert reasons == {
        "shop/pending": "table.value.reason_volume_missing",
        "shop/unmounted": "table.value.reason_not_mounted",
        "shop/not-in-the-dump": "table.value.reason_claim_missing",
        "—": "table.value.reason_unbound",
    }


def test_claims_on_sfs_turbo_name_the_ports_of_its_security_group() -> None:
    turbo = share("pv-media", "shop/media", storage=StorageKind.SFS_TURBO)
    given = Snapshot(
        workloads=(workload("Deployment", "shop", "web", mounts=(mount("media"),)),),
        volumes=(turbo,),
        claims=(claim("shop/media", "pv-media", "shop/Deployment/web"),),
    )
    step = by_key(migrate(given))["storage.claim:shop"]
    (told,) = [w.values for w in step.warnings if w.key == "runbook.warning.file_system_ports"]
    assert told == {
        "storage": msg("table.value.storage_sfs_turbo"),
        "ports": ["111", "445", "2049", "2051", "2052", "20048"],
    }
    others = by_key(migrate(shop()))["storage.claim:shop"]
    assert "runbook.warning.file_system_ports" not in [w.key for w in others.warnings]

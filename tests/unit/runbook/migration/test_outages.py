"""The chain of steps between the stop of what holds data and its start in the new cluster, and its way back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from migrator.locale import msg
from migrator.runbook.filters import FILES
from migrator.runbook.kubectl import kubectl
from migrator.runbook.model import Action, Runbook, Step, StepKind
from migrator.runbook.steps.stopping import resume_commands, stop_commands
from migrator.snapshot.model import (
    ObjectRef,
    Snapshot,
)
from tests.unit.runbook.clusters import by_key, claim, commands, disk, migrate, mount, steps_of, workload
from tests.unit.runbook.invariants import before


def test_the_chain_of_a_disk_is_in_order_and_interrupts_from_stop_to_switch(runbook: Runbook) -> None:
    keys = [s.key for s in steps_of(runbook)]
    names = ("window", "stop", "release", "attach", "start", "test")
    chain = [f"outage.{name}:shop/StatefulSet/db" for name in names]
    start = keys.index(chain[0])
    assert keys[start : start + 7] == [*chain, "cutover.switch:Service/shop/db-public"]
    steps = by_key(runbook)
    assert [steps[k].interrupts for k in chain] == [False, True, True, True, True, True]
    assert steps["cutover.switch:Service/shop/db-public"].interrupts
    assert steps[chain[0]].kind is StepKind.GATE


def test_the_chain_stops_the_old_before_it_lets_go_of_the_disk(runbook: Runbook) -> None:
    steps = by_key(runbook)
    assert "~/cce-migration/kubectl-old -n shop scale --replicas=0 statefulset db" in commands(
        steps["outage.stop:shop/StatefulSet/db"]
    )
    earlier = before(steps, "outage.release:shop/StatefulSet/db")
    assert {"outage.stop:shop/StatefulSet/db", "storage.protect", "prepare.backup", "cutover.accept"} <= earlier


def test_the_new_workload_gets_the_recorded_replicas(runbook: Runbook) -> None:
    """The old one stands at 0 when it is copied."""
    start = by_key(runbook)["outage.start:shop/StatefulSet/db"]
    assert ".spec.replicas = 1" in start.actions[0].command


def way_back(steps: dict[str, Step], key: str) -> list[Action]:
    """The actions a person carries out, following the numbers of steps that one way back gives to the next."""
    numbered = {s.number: s.key for s in steps.values()}
    found: list[Action] = []
    for action in steps[key].rollback:
        if action.text and action.text.key == "do.way_back_of":
            found += way_back(steps, numbered[str(action.text.values["step"])])
        else:
            found.append(action)
    return found


def test_the_commands_of_a_window_s_way_back_are_printed_once(runbook: Runbook) -> None:
    steps = [s for s in by_key(runbook).values() if s.key.endswith(":shop/StatefulSet/db")]
    resumed = [s.key for s in steps if any("scale --replicas=2 deployment uploads" in a.command for a in s.rollback)]
    assert resumed == ["outage.stop:shop/StatefulSet/db"]


def test_every_later_step_of_the_chain_leads_back_to_the_old_cluster(runbook: Runbook) -> None:
    steps = by_key(runbook)
    for name in ("stop", "release", "attach", "start", "test"):
        last = way_back(steps, f"outage.{name}:shop/StatefulSet/db")[-1].command.splitlines()
        assert last[0].endswith("-n shop scale --replicas=1 statefulset db"), "what holds the data first"
        assert "-n shop scale --replicas=2 deployment uploads" in last[1], name


def test_the_way_back_takes_the_disk_out_of_the_new_cluster_once_and_by_the_console(runbook: Runbook) -> None:
    """No policy then decides on the data, and the same names are restored only after they are free."""
    steps = by_key(runbook)
    for name in ("attach", "start", "test"):
        actions = way_back(steps, f"outage.{name}:shop/StatefulSet/db")
        told = [a.text.key if a.text else a.command for a in actions]
        assert not any(re.search(r"delete (pv|pvc)\b", t) for t in told), name
        order = [told.index(key) for key in ("do.unassociate_new", "do.disks_available", "do.claims_bound_again")]
        assert order == sorted(order), name
        restored = next(i for i, t in enumerate(told) if "restore.jq" in t)
        assert order[1] < restored < order[2] < len(told) - 1, name
    released = [a.text.key for a in steps["outage.release:shop/StatefulSet/db"].rollback if a.text]
    assert "do.unassociate_new" not in released, "nothing is in the new cluster yet"


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: the saved pod is not restored")
def test_a_pod_without_a_controller_is_created_again_from_what_was_saved(tmp_path: Path) -> None:
    pod = workload("Pod", "shop", "lonely")
    served = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "lonely", "namespace": "shop", "uid": "1", "resourceVersion": "2"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "c", "image": "i"}]},
        "status": {"phase": "Running"},
    }
    folder = tmp_path / "cce-migration"
    (folder / "backup").mkdir(parents=True)
    (folder / "restore.jq").write_text(FILES["restore.jq"])
    (folder / "served.json").write_text(json.dumps(served))
    program = folder / "kubectl-old"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *get*) cat {folder}/served.json;; *apply*) cat > {folder}/created.json;;'
        f" *delete*) : > {folder}/served.json;; esac\n"
    )
    program.chmod(0o700)
    stop, resume = "\n".join(stop_commands([pod])), "\n".join(resume_commands([pod]))
    for command in (stop, stop, resume):  # stopping twice must not lose it
        subprocess.run(["bash", "-c", command], env={**os.environ, "HOME": str(tmp_path)}, check=True)
    [made] = json.loads((folder / "created.json").read_text())["items"]
    assert made["metadata"] == {"name": "lonely", "namespace": "shop"}
    assert made["spec"] == {"containers": [{"name": "c", "image": "i"}]}


def test_data_on_a_node_is_copied_in_an_outage_but_logs_of_an_agent_are_not(runbook: Runbook) -> None:
    steps = by_key(runbook)
    assert ("ops/Deployment/files", "/data/files", "—", msg("table.value.copy_path")) in steps[
        "outage.copy:ops/Deployment/files"
    ].tables[0].rows
    assert (
        ObjectRef(api_version="apps/v1", kind="DaemonSet", namespace="ops", name="agent")
        in steps["workloads.create:ops"].subjects
    )


def test_workloads_on_one_disk_stop_together() -> None:
    snapshot = Snapshot(
        workloads=(
            workload("Deployment", "a", "one", mounts=(mount("both"),)),
            workload("Deployment", "a", "three"),
            workload("Deployment", "a", "two", mounts=(mount("both"),)),
        ),
        volumes=(disk("pv-both", "a/both"),),
        claims=(claim("a/both", "pv-both", "a/Deployment/one", "a/Deployment/two"),),
    )
    steps = by_key(migrate(snapshot))
    assert [r.name for r in steps["outage.start:a/Deployment/one"].subjects] == ["one", "two"]
    assert "outage.stop:a/Deployment/two" not in steps
    assert [r.name for r in steps["workloads.create:a"].subjects] == ["three"]


def test_cron_jobs_never_run_in_both_clusters(runbook: Runbook) -> None:
    """The old one sleeps from the stop of its window on, the new one starts when the traffic is there."""
    steps = by_key(runbook)
    stop, start = steps["outage.stop:ops/Deployment/files"], steps["cutover.crons:ops/Deployment/files"]
    assert """-n ops patch cronjob -p '{"spec":{"suspend":true}}' report""" in stop.actions[0].command.splitlines()[0]
    old, new = start.actions[0].command.splitlines()
    assert kubectl("old", "patch cronjob", namespace="ops").split(" -n")[0] in old
    assert new.endswith("""-n ops patch cronjob -p '{"spec":{"suspend":false}}' report""")
    assert stop.key in before(steps, start.key)

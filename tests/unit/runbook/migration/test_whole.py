"""The runbook of a migration as a whole: its phases, figures, times, the two clusters, appendices."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from migrator.locale import msg
from migrator.runbook.filters import FILES
from migrator.runbook.model import Runbook
from migrator.snapshot.model import (
    Snapshot,
)
from tests.unit.runbook.clusters import by_key, commands, migrate, steps_of


def test_phases_are_the_course_s_steps(runbook: Runbook) -> None:
    wanted = ["prepare", "cluster", "nodes", "storage", "workloads", "services", "cutover", "retire"]
    assert [p.key for p in runbook.phases] == wanted
    assert [p.steps[0].number for p in runbook.phases] == [f"{n}.1" for n in range(8)]


def test_summary_counts_the_business_only(runbook: Runbook) -> None:
    figures = {message.key.removeprefix("summary."): figure for message, figure in runbook.summary}
    assert figures == {
        "nodes": 2,
        "namespaces": 3,
        "workloads": 8,
        "volumes": 5,
        "claims": 4,
        "services": 5,
        "balancers": 1,
        "ingresses": 1,
        "outages": 2,
        "undecided": 4,
        "left_behind": 1,
        "steps": len(steps_of(runbook)),
    }


def test_times_are_those_of_the_schedule(runbook: Runbook) -> None:
    steps = steps_of(runbook)
    assert [s.key for s in runbook.schedule] == [s.key for s in steps]
    assert runbook.minutes == tuple(max(s.end[i] for s in runbook.schedule) for i in (0, 1))
    assert runbook.minutes[1] < sum(s.minutes[1] for s in steps)
    assert 0 < runbook.outage_minutes[0] < runbook.minutes[0]


def test_each_business_that_stops_has_its_outage(runbook: Runbook) -> None:
    assert [(o.business, [k.partition(":")[0] for k in o.steps]) for o in runbook.outages] == [
        ("ops/files, report", ["outage.stop", "outage.copy", "outage.start", "outage.test"]),
        ("shop", ["outage.stop", "outage.release", "outage.attach", "outage.start", "outage.test", "cutover.switch"]),
    ]
    assert {key for o in runbook.outages for key in o.steps} == {s.key for s in steps_of(runbook) if s.interrupts}


def test_the_bastion_keeps_one_kubectl_for_each_version(runbook: Runbook) -> None:
    step = by_key(runbook)["prepare.bastion"]
    wanted = [a.text for a in step.actions if a.text and a.text.key.startswith("do.kubectl_")]
    assert wanted == [msg("do.kubectl_old", version="1.13"), msg("do.kubectl_new", version="1.25")]


def test_no_command_names_a_cluster_in_another_way_than_by_its_program(runbook: Runbook) -> None:
    text = "\n".join(commands(s) for s in steps_of(runbook))
    assert "--context" not in text
    assert "KUBECONFIG" not in text
    assert "\nkubectl " not in text


def test_the_two_clusters_are_told_apart_by_what_they_are(tmp_path: Path, runbook: Runbook) -> None:
    """Equal or missing identities never count as different."""
    command = by_key(runbook)["cluster.access"].verify[1].command

    def said(old: str, new: str) -> str:
        folder = tmp_path / "cce-migration"
        folder.mkdir(exist_ok=True)
        for cluster, uid in (("old", old), ("new", new)):
            program = folder / f"kubectl-{cluster}"
            server = f"https://{cluster}:5443"
            program.write_text(f'#!/bin/sh\ncase "$1" in config) echo {server};; *) echo {uid};; esac\n')
            program.chmod(0o700)
        return subprocess.run(
            ["bash", "-c", command],
            env={**os.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    assert said("1", "2").endswith("different\n")
    assert "different" not in said("1", "1")
    assert "different" not in said("", "2")


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: no program is read")
def test_a_program_that_is_missing_or_cut_off_is_found_before_it_is_needed(tmp_path: Path, runbook: Runbook) -> None:
    folder = tmp_path / "cce-migration"
    folder.mkdir()
    (folder / "kubectl-old").write_text("#!/bin/sh\n")
    (folder / "kubectl-old").chmod(0o700)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "objects.jq").unlink()
    (folder / "restore.jq").write_text(FILES["restore.jq"][:-20])
    command = by_key(runbook)["prepare.bastion"].verify[0].command
    env = {**os.environ, "HOME": str(tmp_path)}
    said = subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True, check=True).stdout
    wrong = [line.split()[0] for line in said.splitlines() if line.endswith(" wrong")]
    assert wrong == ["objects.jq", "restore.jq"]
    assert "kubeconfig.jq ok" in said


def test_nothing_ever_removes_the_folder_of_the_backups(runbook: Runbook) -> None:
    steps = steps_of(runbook)
    assert not any(re.search(r"\brm -\w*r", commands(s)) for s in steps)
    assert steps[0].rollback == ()


def test_appendices_list_everything_by_name(runbook: Runbook) -> None:
    tables = {a.key: a.tables[0].rows for a in runbook.appendices if a.tables}
    assert len(tables["workloads"]) == 8
    assert {row[2] for row in tables["left_behind"]} == {"coredns"}
    assert "mall.example.com" in str(tables["ingresses"])
    assert "203.0.113.7" in str(tables["nodes"])
    assert tables["counts"][0] == ("ops", "CronJob", "1")
    assert tables["inputs"][0][0] == "all.yaml"


def test_steps_that_would_work_through_nothing_are_left_out() -> None:
    keys = by_key(migrate(Snapshot())).keys()
    assert keys.isdisjoint(("prepare.images", "storage.protect", "storage.verify", "workloads.verify", "retire.eips"))
    assert {"prepare.go", "cutover.accept", "retire.sign", "retire.delete"} <= keys

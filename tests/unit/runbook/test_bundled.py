"""A migration that applies the manifests of its bundle: each by one step, parked where nothing may run twice."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.conversion.bundle import convert_all
from migrator.conversion.model import Bundle, ManifestFile, Note
from migrator.engine import Request, assess, compile_runbook
from migrator.locale import msg, say
from migrator.runbook.bundled import _PARK, FOLDER, applied, apply_commands, notes_of, split
from migrator.runbook.model import Runbook
from migrator.snapshot.model import ObjectRef, Snapshot
from migrator.snapshot.read import read_paths
from migrator.versions import Version
from tests.unit.runbook.clusters import by_key, commands, steps_of
from tests.unit.runbook.invariants import check_all, check_each_command, check_files

ROOT = Path(__file__).parents[3]
INPUTS = {
    "disks": ROOT / "tests" / "golden" / "situations" / "disks-with-outage" / "cluster.yaml",
    "shared": ROOT / "tests" / "golden" / "situations" / "shared-storage" / "cluster.yaml",
    "sample": ROOT / "docs" / "sample",
}


@cache
def made(name: str) -> tuple[Snapshot, Bundle, Runbook]:
    snapshot = read_paths([INPUTS[name]])
    assessment = assess(snapshot, Request(target="1.25", strategy="migrate"))
    bundle = convert_all(snapshot, assessment.source, assessment.target, shipped_catalog())
    return snapshot, bundle, compile_runbook(snapshot, assessment, bundle=bundle)


@pytest.mark.parametrize("name", INPUTS)
def test_the_invariants_hold(name: str) -> None:
    snapshot, bundle, runbook = made(name)
    check_all(runbook, snapshot)
    check_files(steps_of(runbook), bundle)


@pytest.mark.parametrize("name", INPUTS)
def test_each_command_is_valid_by_itself(name: str, tmp_path: Path) -> None:
    check_each_command(steps_of(made(name)[2]), tmp_path)


@pytest.mark.parametrize("name", INPUTS)
def test_each_manifest_is_applied_by_one_step_at_most_and_is_in_the_bundle(name: str) -> None:
    _, bundle, runbook = made(name)
    used = Counter(path for s in steps_of(runbook) for path in s.files)
    assert [path for path, count in used.items() if count > 1] == []
    assert used.keys() <= {f.path for f in bundle.files}
    waves = Counter(path.partition("/")[0] for path in used)
    assert {"10-cluster", "40-storage", "50-workloads", "60-services"} <= waves.keys()


@pytest.mark.parametrize("name", INPUTS)
def test_every_workload_with_a_manifest_is_created_from_it(name: str) -> None:
    snapshot, bundle, runbook = made(name)
    used = {path for s in steps_of(runbook) for path in s.files}
    wanted = [w.ref for w in snapshot.user_workloads if w.ref.kind not in ("Job", "Pod")]
    given = applied(bundle, Version.parse("1.25"))
    assert [str(r) for r in wanted if given.files_of(r) and not set(given.files_of(r)) <= used] == []


def test_a_folder_whose_workloads_all_move_is_applied_whole() -> None:
    step = by_key(made("shared")[2])["workloads.create:media"]
    assert step.actions[0].command == f'~/cce-migration/kubectl-new apply -k "{FOLDER}/50-workloads/media"'
    assert len(step.files) == 2


def test_of_a_folder_that_moves_in_part_each_file_is_parked() -> None:
    text = commands(by_key(made("disks")[2])["workloads.create:orders"])
    assert "deployment-api.yaml" in text
    assert "statefulset-db.yaml" not in text
    assert "spec.replicas = 0" in text


def test_in_its_window_a_workload_starts_with_its_real_number() -> None:
    text = commands(by_key(made("disks")[2])["outage.start:orders/StatefulSet/db"])
    line = next(line for line in text.splitlines() if "statefulset-db.yaml" in line)
    assert line.startswith("~/cce-migration/kubectl-new apply -f")


def test_values_of_secrets_are_still_read_from_the_old_cluster() -> None:
    step = by_key(made("shared")[2])["config.maps"]
    assert [p for p in step.files if "secret" in p] == []
    assert "configmap-gallery.yaml" in "".join(step.files)
    assert "kubectl-old -n media get secrets" in commands(step)


@pytest.mark.parametrize("name", INPUTS)
def test_only_secrets_and_what_has_no_manifest_are_read_on_the_way(name: str) -> None:
    _, bundle, runbook = made(name)
    given = applied(bundle, Version.parse("1.25"))
    withheld = {(namespace, one) for namespace, kind, one in bundle.paths if (namespace, kind, one) not in given.files}
    text = "\n".join(a.command for s in steps_of(runbook) for a in s.actions).replace("\\\n", " ")
    read = re.findall(r"kubectl-old -n (\S+) get (\S+) -o json ([^|\n]+) +[|] jq [^|\n]*-f", text)
    others = [(ns, one) for ns, kind, names in read if kind != "secrets" for one in names.split()]
    assert [found for found in others if found not in withheld] == []


def test_what_was_pinned_to_a_node_is_said_once() -> None:
    step = by_key(made("sample")[2])["outage.start:ops/Deployment/grafana"]
    said = [w for w in step.warnings if "jenkins" in str(w.values)]
    assert [w.key for w in said] == ["runbook.warning.pin_dropped"]


def test_what_is_read_with_its_credentials_asks_nobody_to_fill_them_in() -> None:
    step = by_key(made("sample")[2])["workloads.create:pay"]
    assert "get deployments.v1.apps -o json pay-notify" in commands(step)
    assert [w for w in step.warnings if "note" in w.values] == []


def test_a_definition_with_a_masked_text_comes_from_its_manifest() -> None:
    """No jq program of a few lines could turn one of v1beta1 into v1."""
    ref = ObjectRef(
        api_version="apiextensions.k8s.io/v1beta1", kind="CustomResourceDefinition", name="apps.example.com"
    )
    file = ManifestFile(path="10-cluster/definition.yaml", wave="10-cluster", refs=(ref,), text="")
    note = Note(ref=ref, text=msg("conversion.note.masked", fields=["spec"], count=1), open=True)
    given = applied(Bundle(files=(file,), notes=(note,)), Version.parse("1.25"))
    assert split([ref], given) == ([file.path], [])
    assert [w.values["note"] for w in notes_of([ref], given)] == [note.text]


def test_a_job_with_a_masked_text_stands_in_the_list_of_jobs() -> None:
    """No step reads a Job from the old cluster: a person completes its manifest, or decides that it is done."""
    snapshot, bundle, _ = made("sample")
    [job] = [w.ref for w in snapshot.user_workloads if w.ref.kind == "Job"]
    note = Note(ref=job, text=msg("conversion.note.masked", fields=["spec"], count=1), open=True)
    masked = msgspec.structs.replace(bundle, notes=(*bundle.notes, note))
    assessment = assess(snapshot, Request(target="1.25", strategy="migrate"))
    step = by_key(compile_runbook(snapshot, assessment, bundle=masked))["workloads.jobs"]
    assert step.files == bundle.paths_of(job)
    assert [w.values["note"] for w in step.warnings] == [note.text]


@pytest.mark.parametrize("name", INPUTS)
def test_only_programs_that_a_command_names_are_written(name: str) -> None:
    steps = steps_of(made(name)[2])
    written = by_key(made(name)[2])["prepare.bastion"]
    rest = "\n".join(a.command for s in steps if s is not written for a in (*s.actions, *s.verify, *s.rollback))
    named = set(re.findall(r"([a-z]+[.]jq)", rest))
    made_here = set(re.findall(r"cat > \"\$HOME/cce-migration/([a-z]+[.]jq)", commands(written)))
    assert made_here == named | {"kubeconfig.jq"}
    assert {"services.jq", "ingresses.jq"}.isdisjoint(made_here)


def run_sh(command: str, home: Path) -> str:
    """Runs a command of a step where the cluster's program prints its arguments and its input."""
    work = home / "cce-migration"
    (work / "kubectl-new").write_text('#!/bin/sh\necho "$@"\ncase "$*" in *"-f -") cat;; esac\n')
    (work / "kubectl-new").chmod(0o700)
    env = {"HOME": str(home), "PATH": os.environ["PATH"]}
    return subprocess.run(["sh", "-c", command], env=env, capture_output=True, check=True, text=True).stdout


def unpack(bundle: Bundle, home: Path) -> Path:
    for file in bundle.files:
        path = home / "cce-migration" / "manifests" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    return home / "cce-migration"


@pytest.mark.parametrize(
    ("key", "entry"),
    [
        ("services.balancer:orders/api", "Service/orders/api"),
        ("services.ingress:site/portal", "Ingress/site/portal"),
    ],
)
def test_the_id_of_the_new_load_balancer_is_put_into_the_manifest(key: str, entry: str, tmp_path: Path) -> None:
    _, bundle, runbook = made("disks")
    step = by_key(runbook)[key]
    work = unpack(bundle, tmp_path)
    command = step.actions[-1].command
    (work / "elb.tsv").write_text(f"{entry}\t0f1e-2d3c\n")
    out = run_sh(command, tmp_path)
    assert "kubernetes.io/elb.id: 0f1e-2d3c\n" in out
    assert "FILL-IN" not in out
    (work / "elb.tsv").write_text(f"{entry}\t\n")
    with pytest.raises(subprocess.CalledProcessError):
        run_sh(command, tmp_path)
    assert not [w for w in step.warnings if "balancer_id" in str(w)]


def test_a_load_balancer_that_the_cluster_makes_is_not_bought() -> None:
    steps = by_key(made("sample")[2])
    step = steps["services.balancer:ops/grafana"]
    assert step.actions[-1].command.startswith("~/cce-migration/kubectl-new apply -f")
    assert "elb.tsv" not in commands(step)
    assert "ops/grafana" not in commands(steps["services.balancers"])


def test_jobs_run_only_where_somebody_decided_so(tmp_path: Path) -> None:
    steps = by_key(made("sample")[2])
    step = steps["workloads.jobs"]
    work = unpack(made("sample")[1], tmp_path)
    assert step.files
    write, choose = (a.command for a in step.actions if a.command)
    run_sh(write, tmp_path)
    assert run_sh(choose, tmp_path) == ""
    listed = (work / "jobs.txt").read_text()
    assert listed.count("\n") == len(step.files)
    (work / "jobs.txt").write_text(listed.replace("# ", "", 1))
    assert run_sh(choose, tmp_path) == f"apply -f {work}/manifests/{step.files[0]}\n"


def test_what_has_no_file_is_told_apart() -> None:
    given = applied(made("shared")[1], Version.parse("1.25"))
    known = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="media", name="gallery")
    other = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="media", name="gone")
    files, rest = split([known, known, other], given)
    assert (len(files), rest) == (1, [other])
    assert split([known], applied(Bundle(), Version.parse("1.25"))) == ([], [known])
    assert "apply --server-side -f" in apply_commands(files, given, write="apply --server-side")[0]


@pytest.mark.parametrize(
    ("target", "whole", "dry_run"),
    [
        ("1.15", False, "create --dry-run -o"),
        ("1.17", False, "create --dry-run -o"),
        ("1.19", False, "create --dry-run=client -o"),
        ("1.21", False, "create --dry-run=client -o"),
        ("1.23", True, ""),
        ("1.31", True, ""),
    ],
)
def test_commands_are_those_of_the_kubectl_that_fits_the_target(target: str, whole: bool, dry_run: str) -> None:
    bundle = made("shared")[1]
    files = [f.path for f in bundle.files if f.path.startswith("50-workloads/media/") and f.refs]
    command = "\n".join(apply_commands(files, applied(bundle, Version.parse(target)), parked=True))

    assert ("apply -k" in command) is whole
    assert ("create " in command) is not whole
    assert dry_run in command


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not here")
def test_parking_sets_replicas_and_suspends() -> None:
    items = [
        {"kind": "Deployment", "spec": {}},
        {"kind": "StatefulSet", "spec": {"replicas": 3}},
        {"kind": "CronJob", "spec": {"suspend": False}},
        {"kind": "DaemonSet", "spec": {}},
    ]
    for given in ({"kind": "List", "items": items}, items[0]):
        out = subprocess.run(["jq", _PARK], input=json.dumps(given), capture_output=True, check=True, text=True).stdout
        found = json.loads(out)
        if given["kind"] != "List":
            assert found["spec"] == {"replicas": 0}
            continue
        assert [i["spec"] for i in found["items"]] == [{"replicas": 0}, {"replicas": 0}, {"suspend": True}, {}]


@pytest.mark.parametrize("name", INPUTS)
def test_registers_hold_every_file_note_and_object_without_one(name: str) -> None:
    _, bundle, runbook = made(name)
    tables = {a.key: a.tables[0].rows if a.tables else () for a in runbook.appendices}
    assert [(row[0], row[2]) for row in tables["manifests"]] == [(f.path, f.sha256) for f in bundle.files]
    assert len(tables["conversion"]) == len(bundle.notes)
    states = [row[1].key.rpartition("_")[2] for row in tables["conversion"]]
    assert states.count("known") == sum(not n.open for n in bundle.notes)
    assert states == sorted(states, key=["open", "filled", "read", "known"].index)
    filled = {row[0] for row in tables["conversion"] if row[1].key.endswith("_filled")}
    assert filled == {str(n.ref) for n in bundle.notes if "elb.id" in say(n.text, "en")}
    read = [row[0].partition(" ")[0] for row in tables["conversion"] if row[1].key.endswith("_read")]
    assert read.count("Secret") == sum(n.ref.kind == "Secret" and n.open for n in bundle.notes)
    assert [(row[0], row[1]) for row in tables["unconverted"]] == [(str(o.ref), o.reason) for o in bundle.left_out]


def test_the_way_back_takes_every_service_that_the_step_made() -> None:
    step = by_key(made("sample")[2])["services.create:shop"]
    back = step.rollback[0].command.replace("\\\n", " ").split("--ignore-not-found")[1].split()
    assert set(back) == {r.name for r in step.subjects}
    assert len(back) > 1

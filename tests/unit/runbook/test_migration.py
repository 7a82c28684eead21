"""What the seven-step runbook says about one small cluster: right step, right order, right command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
import yaml

from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.locale import msg
from migrator.runbook.filters import FILES
from migrator.runbook.kubectl import kubectl
from migrator.runbook.model import Action, Runbook, Step, StepKind
from migrator.runbook.steps.stopping import resume_commands, stop_commands
from migrator.snapshot.model import (
    KubeObject,
    LoadBalancerKind,
    Node,
    NodeSetting,
    ObjectRef,
    Pod,
    Provisioning,
    Snapshot,
    StorageKind,
)
from tests.unit.runbook.clusters import by_key, claim, commands, disk, migrate, mount, service, shop, steps_of, workload
from tests.unit.runbook.invariants import before

RBAC = "rbac.authorization.k8s.io"


@pytest.fixture(scope="module")
def runbook() -> Runbook:
    return migrate(shop())


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


def test_times_are_the_sums_of_the_steps(runbook: Runbook) -> None:
    steps = steps_of(runbook)
    assert runbook.minutes == (sum(s.minutes[0] for s in steps), sum(s.minutes[1] for s in steps))
    stopping = [s for s in steps if s.interrupts]
    assert runbook.outage_minutes == (sum(s.minutes[0] for s in stopping), sum(s.minutes[1] for s in stopping))
    assert 0 < runbook.outage_minutes[0] < runbook.minutes[0]


# --- clusters ---


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


def test_nothing_ever_removes_the_folder_of_the_backups(runbook: Runbook) -> None:
    steps = steps_of(runbook)
    assert not any(re.search(r"\brm -\w*r", commands(s)) for s in steps)
    assert steps[0].rollback == ()


# --- storage ---


def test_shared_storage_moves_without_an_outage(runbook: Runbook) -> None:
    step = by_key(runbook)["storage.claim:shop"]
    assert not step.interrupts
    manifest = step.actions[0].manifest
    assert "kind: PersistentVolumeClaim\nmetadata:\n  name: uploads\n  namespace: shop" in manifest
    assert "driver: nas.csi.everest.io" in manifest
    assert "persistentVolumeReclaimPolicy: Retain" in manifest


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


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: the keys are not compared")
def test_keys_that_did_not_arrive_are_named_and_values_are_not(tmp_path: Path, runbook: Runbook) -> None:
    command = by_key(runbook)["config.maps"].verify[-1].command
    folder = tmp_path / "cce-migration"
    folder.mkdir()

    def config(name: str, kind: str = "ConfigMap", **data: str) -> dict[str, object]:
        return {"kind": kind, "metadata": {"namespace": "shop", "name": name}, "data": data}

    platform = [config("default-secret", "Secret", key="v"), config("kube-root-ca.crt", key="v")]
    old = [config("app-config", a="hidden", b="hidden"), config("mall-tls", "Secret", key="hidden"), *platform]
    for cluster, items in (("old", old), ("new", [config("app-config", a="hidden")])):
        (folder / f"{cluster}-served.json").write_text(json.dumps({"items": items}))
        program = folder / f"kubectl-{cluster}"
        program.write_text(f"#!/bin/sh\ncat {folder}/{cluster}-served.json\n")
        program.chmod(0o700)
    ended = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines() == ["shop ConfigMap app-config b", "shop Secret mall-tls key"]


@pytest.mark.parametrize(("target", "write"), [("v1.25", "apply --server-side -f -"), ("v1.15", "create -f -")])
def test_contents_of_secrets_get_into_no_annotation(target: str, write: str) -> None:
    lines = [a.command for a in by_key(migrate(shop(), target=target))["config.maps"].actions]
    assert lines
    assert all(line.endswith(write) for line in lines)


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
        assert last[1].endswith("-n shop scale --replicas=2 deployment uploads"), name


def test_every_volume_is_retained_before_anything_is_moved(runbook: Runbook) -> None:
    step = by_key(runbook)["storage.protect"]
    patch = next(a.command for a in step.actions if "patch pv" in a.command)
    assert all(name in patch for name in ("pv-db", "pv-uploads", "pv-unbound", "pv-lost", "pv-unmounted"))
    assert '"persistentVolumeReclaimPolicy":"Retain"' in patch
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
    (folder / "workloads.jq").write_text(FILES["workloads.jq"])
    (folder / "served.json").write_text(json.dumps(served))
    program = folder / "kubectl-old"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *get*) cat {folder}/served.json;; *create*) cat > {folder}/created.json;;'
        f" *delete*) : > {folder}/served.json;; esac\n"
    )
    program.chmod(0o700)
    stop, resume = "\n".join(stop_commands([pod])), "\n".join(resume_commands([pod]))
    for command in (stop, stop, resume):  # stopping twice must not lose it
        subprocess.run(["bash", "-c", command], env={**os.environ, "HOME": str(tmp_path)}, check=True)
    made = json.loads((folder / "created.json").read_text())
    assert made["metadata"] == {"name": "lonely", "namespace": "shop"}
    assert made["spec"] == {"containers": [{"name": "c", "image": "i"}]}


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


def test_a_disk_of_another_cloud_is_copied_into_an_empty_claim() -> None:
    volume = disk("pv-pd", "a/data", storage=StorageKind.CLOUD_DISK_OTHER, driver="gcePersistentDisk")
    snapshot = Snapshot(
        workloads=(workload("Deployment", "a", "app", mounts=(mount("data"),)),),
        volumes=(volume,),
        claims=(claim("a/data", "pv-pd", "a/Deployment/app"),),
    )
    step = by_key(migrate(snapshot))["storage.precopy"]
    manifest = next(a.manifest for a in step.actions if a.manifest)
    assert "name: data\n  namespace: a" in manifest
    assert "storageClassName: csi-disk" in manifest
    assert "volumeName" not in manifest
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


# --- workloads and services ---


def test_a_statefulset_s_headless_service_comes_first(runbook: Runbook) -> None:
    step = by_key(runbook)["workloads.headless"]
    assert [r.name for r in step.subjects] == ["db"]
    assert "workloads.headless" in before(by_key(runbook), "workloads.create:shop")


def test_cron_jobs_never_run_in_both_clusters(runbook: Runbook) -> None:
    """The old one sleeps from the stop of its window on, the new one starts when the traffic is there."""
    steps = by_key(runbook)
    stop, start = steps["outage.stop:ops/Deployment/files"], steps["cutover.crons:ops/Deployment/files"]
    assert """-n ops patch cronjob -p '{"spec":{"suspend":true}}' report""" in stop.actions[0].command.splitlines()[0]
    old, new = start.actions[0].command.splitlines()
    assert kubectl("old", "patch cronjob", namespace="ops").split(" -n")[0] in old
    assert new.endswith("""-n ops patch cronjob -p '{"spec":{"suspend":false}}' report""")
    assert stop.key in before(steps, start.key)


def test_jobs_are_not_run_again_without_a_decision(runbook: Runbook) -> None:
    steps = by_key(runbook)
    assert [r.name for r in steps["workloads.jobs"].subjects] == ["load-once"]
    assert not any("load-once" in a.command for s in steps.values() for a in s.actions)


def test_the_api_server_s_own_service_is_not_copied(runbook: Runbook) -> None:
    steps = by_key(runbook)
    assert "services.create:default" not in steps, "there is nothing to create"
    assert [r.name for r in steps["services.verify"].subjects] == ["kubernetes"]


def test_a_service_without_selector_takes_its_endpoints_along(runbook: Runbook) -> None:
    step = by_key(runbook)["services.create:ops"]
    assert any("get endpoints -o json outside" in a.command for a in step.actions)


def test_a_classic_load_balancer_becomes_a_shared_one_with_an_id_filled_in_by_a_person(runbook: Runbook) -> None:
    step = by_key(runbook)["services.balancer:shop/db-public"]
    assert "--arg class union" in step.actions[0].command
    assert '--arg elb "$elb"' in step.actions[0].command
    assert step.warnings == (msg("runbook.warning.balancer_classic"),)
    made = by_key(runbook)["services.balancers"]
    assert made.title.values["count"] == 1, "Service and Ingress share the old load balancer"


def test_a_dedicated_load_balancer_stays_dedicated() -> None:
    one = service("a", "api", type="LoadBalancer", load_balancer=LoadBalancerKind.DEDICATED)
    step = by_key(migrate(Snapshot(services=(one,))))["services.balancer:a/api"]
    assert "--arg class performance" in step.actions[0].command


@pytest.mark.parametrize(("target", "api"), [("v1.21", "v1beta1"), ("v1.23", "v1"), ("v1.25", "v1")])
def test_an_ingress_is_written_in_the_api_of_the_target(target: str, api: str) -> None:
    step = by_key(migrate(shop(), target=target))["services.ingress:shop/mall"]
    assert "get ingresses.v1beta1.extensions -o json mall" in step.actions[0].command
    assert f"--arg api {api} --arg class cce" in step.actions[0].command


def test_platform_secrets_and_accounts_stay_behind(runbook: Runbook) -> None:
    text = "\n".join(a.command for s in steps_of(runbook) for a in s.actions if not a.manifest)
    assert "default-secret" not in text
    assert [r.name for r in by_key(runbook)["config.access"].subjects] == ["web"]
    assert [r.name for r in by_key(runbook)["config.maps"].subjects] == ["app-config", "mall-tls"]


def test_a_custom_resource_named_node_is_carried_over_as_such(runbook: Runbook) -> None:
    step = by_key(runbook)["config.late"]
    assert "get node.v1beta1.longhorn.io -o json disk-box" in commands(step)


def test_an_object_listed_under_two_groups_is_carried_once_from_the_one_that_lives_on(runbook: Runbook) -> None:
    refs = [r for r in by_key(runbook)["config.late"].subjects if r.kind == "NetworkPolicy"]
    assert [r.api_version for r in refs] == ["networking.k8s.io/v1"]


def test_an_api_that_the_target_dropped_is_converted_on_the_way(runbook: Runbook) -> None:
    """policy/v1 came with 1.21, the old server does not have it: read v1beta1, write v1."""
    command = by_key(runbook)["config.late"].actions[0].command
    assert "get poddisruptionbudget.v1beta1.policy -o json web" in command
    assert "--arg api policy/v1" in command


def test_pod_security_policies_are_replaced_only_where_they_are_gone() -> None:
    assert "config.pod_security" in by_key(migrate(shop(), target="v1.25"))
    assert "config.pod_security_policies" in by_key(migrate(shop(), target="v1.23"))


# --- nodes, retirement ---


def test_node_settings_are_made_again(runbook: Runbook) -> None:
    text = commands(by_key(runbook)["nodes.settings"])
    assert "printf '%s\\n' 'vm.max_map_count = 262144' >> /etc/sysctl.d/99-carried-over.conf" in text
    assert "nofile" not in text, "a limit that is no line of limits.conf stands in the table"


def test_nodes_that_differ_get_a_block_of_their_own_with_their_limits() -> None:
    given = [
        ("node-1", "sysctl", "net.core.somaxconn", "1024"),
        ("node-2", "sysctl", "net.core.somaxconn", "4096"),
        ("node-2", "limits", "* soft nofile", "65536"),
        ("node-3", "sysctl", "net.core.somaxconn", "4096"),
        ("node-3", "limits", "* soft nofile", "65536"),
        ("*", "limits", "root hard core", "0"),
    ]
    settings = tuple(NodeSetting(node=n, category=c, key=k, value=v) for n, c, k, v in given)
    step = by_key(migrate(msgspec.structs.replace(shop(), node_settings=settings)))["nodes.settings"]
    told = [(a.text.key.removeprefix("do."), a.text.values.get("nodes")) if a.text else a.command for a in step.actions]
    sysctl, limits = "/etc/sysctl.d/99-carried-over.conf", "/etc/security/limits.d/99-carried-over.conf"
    assert told[:6] == [
        ("apply_sysctl", None),
        f"printf '%s\\n' 'root hard core 0' >> {limits}",
        ("apply_sysctl_by_node", ["node-1"]),
        f"printf '%s\\n' 'net.core.somaxconn = 1024' >> {sysctl}\nsysctl --system",
        ("apply_sysctl_by_node", ["node-2", "node-3"]),
        f"printf '%s\\n' 'net.core.somaxconn = 4096' >> {sysctl}\n"
        f"printf '%s\\n' '* soft nofile 65536' >> {limits}\nsysctl --system",
    ]
    assert [row[0] for row in step.tables[0].rows] == ["node-2, node-3", "*", "node-1", "node-2, node-3"]


def test_unsafe_kernel_parameters_of_pods_are_allowed_on_the_new_nodes() -> None:
    sysctls = {"net.core.somaxconn": "8192", "net.ipv4.ip_local_port_range": "1024 65000"}
    given = Snapshot(workloads=(workload("Deployment", "a", "app", sysctls=sysctls),))
    step = by_key(migrate(given))["nodes.settings"]
    rows = [row for t in step.tables if "table.column.sysctl" in t.columns for row in t.rows]
    assert rows == [("a/Deployment/app", "net.core.somaxconn", "8192")]
    assert msg("do.allow_unsafe_sysctls", keys=["net.core.somaxconn"]) in [a.text for a in step.actions]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (Snapshot(), False),
        (Snapshot(workloads=(workload("Deployment", "kube-system", "heapster", system=True),)), True),
        (
            Snapshot(
                objects=(
                    KubeObject(
                        ref=ObjectRef(
                            api_version="autoscaling/v1", kind="HorizontalPodAutoscaler", namespace="a", name="x"
                        )
                    ),
                )
            ),
            True,
        ),
    ],
)
def test_autoscalers_get_their_figures(given: Snapshot, wanted: bool) -> None:
    rows = by_key(migrate(given))["nodes.addons"].tables[0].rows
    assert ("metrics-server" in {row[0] for row in rows}) == wanted


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
        "retire.unassociate",
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


# --- findings ---


def result(slug: str, *findings: Finding, outcome: Outcome = Outcome.FAIL, unanswered: bool = False) -> CheckResult:
    return CheckResult(
        check="X001",
        slug=slug,
        category=Category.CLUSTER,
        severity=Severity.BLOCKER,
        outcome=outcome,
        reason=msg("appendix.empty"),
        findings=findings,
        unanswered=unanswered,
    )


def finding(ref: ObjectRef, severity: Severity = Severity.BLOCKER) -> Finding:
    return Finding(check="X001", severity=severity, subject=ref, message="appendix.empty")


def test_a_finding_is_answered_by_the_step_of_its_subject_under_any_api_version() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="Deployment", namespace="shop", name="web"))
    steps = by_key(migrate(shop(), results=(result("removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["workloads.create:shop"]
    assert "findings.remaining" not in steps


def test_what_a_controller_made_is_answered_by_its_owner_s_step() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="ReplicaSet", namespace="shop", name="web-5d9"))
    steps = by_key(migrate(shop(), results=(result("removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["workloads.create:shop"]


def test_what_is_said_of_the_platform_is_answered_by_the_add_ons() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="DaemonSet", namespace="kube-system", name="x"))
    steps = by_key(migrate(shop(), results=(result("removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["nodes.addons"]


def test_what_is_not_the_platform_s_own_is_not_answered_by_the_add_ons() -> None:
    found = finding(ObjectRef(api_version="apps/v1", kind="DaemonSet", namespace="kube-system", name="log-pilot"))
    steps = by_key(migrate(shop(), results=(result("own-object-in-platform-namespace", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["findings.remaining"]


def test_creating_an_object_anew_does_nothing_about_its_helm_release() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="Deployment", namespace="shop", name="web"))
    steps = by_key(migrate(shop(), results=(result("helm-release-uses-removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["findings.remaining"]


def test_what_no_step_answers_waits_at_a_gate_before_the_start() -> None:
    found = finding(ObjectRef(api_version="", kind="Cluster", name="old-shop"), Severity.WARNING)
    info = finding(ObjectRef(api_version="", kind="Cluster", name="other"), Severity.INFO)
    steps = by_key(migrate(shop(), results=(result("removed-api", found, info),)))
    gate = steps["findings.remaining"]
    assert gate.kind is StepKind.GATE
    assert gate.answers == (found.key,)
    assert "findings.remaining" in before(steps, "cluster.create")


def test_open_questions_are_a_step_of_the_preparation() -> None:
    asked = result("node-address-written-elsewhere", outcome=Outcome.UNKNOWN, unanswered=True)
    step = by_key(migrate(shop(), results=(asked,)))["prepare.questions"]
    assert step.tables[0].rows[0][1] == msg("check.node-address-written-elsewhere.question")
    assert "prepare.questions" not in by_key(migrate(shop()))


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


def test_roles_of_the_platform_s_accounts_stay_behind() -> None:
    given = Snapshot(
        objects=(
            KubeObject(ref=ObjectRef(api_version="v1", kind="ServiceAccount", namespace="kube-system", name="everest")),
            KubeObject(ref=ObjectRef(api_version=f"{RBAC}/v1", kind="ClusterRole", name="everest")),
            KubeObject(ref=ObjectRef(api_version=f"{RBAC}/v1", kind="ClusterRole", name="shop-reader")),
        )
    )
    assert [r.name for r in by_key(migrate(given))["config.access"].subjects] == ["shop-reader"]


@pytest.mark.parametrize(("target", "step"), [("v1.25", "config.pod_security"), ("v1.23", "config.access")])
def test_roles_for_policies_stay_behind_with_them(target: str, step: str) -> None:
    role = ObjectRef(api_version=f"{RBAC}/v1", kind="ClusterRole", name="psp:tight")
    given = shop()
    steps = by_key(
        migrate(msgspec.structs.replace(given, objects=(*given.objects, KubeObject(ref=role))), target=target)
    )
    assert [k for k, s in steps.items() if role in s.subjects] == [step]

"""The upgrade in place: each hop with its conditions, backup, gate, nodes and verification."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Mode, RiskKind, Rollback, Start
from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.locale import msg, say
from migrator.paths.model import Concern, PathResult, Strategy
from migrator.paths.risks import risks_of
from migrator.runbook.compiler import compile_playbook
from migrator.runbook.filters import FILES
from migrator.runbook.model import Playbook
from migrator.snapshot.model import ObjectRef, Snapshot
from migrator.versions import Version
from tests.unit.runbook import clusters
from tests.unit.runbook.clusters import (
    by_key,
    commands,
    hop,
    on_flex_volume,
    shop,
    steps_of,
    upgrade,
    without_bare_metal,
)
from tests.unit.runbook.invariants import before

TWO = (hop("1.13", "1.15", start=Start.TICKET), hop("1.15", "1.17"))


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return without_bare_metal(shop())


def test_a_rolling_hop_in_order(snapshot: Snapshot) -> None:
    runbook = upgrade(snapshot, hop("1.13", "1.15", start=Start.TICKET))
    assert runbook.playbook is Playbook.UPGRADE
    names = [s.key.partition(":")[0].removeprefix("hop.") for s in runbook.phases[1].steps]
    assert names == [
        "coredns",
        "preconditions",
        "backup",
        "gate",
        "start_final",
        "new_nodes",
        "whitelist",
        "local_data",
        "drain",
        "release_gate",
        "release_nodes",
        "verify",
    ]


def test_open_items_of_the_pre_upgrade_check_are_one_table_that_the_start_waits_for(snapshot: Snapshot) -> None:
    asked = tuple(
        CheckResult(
            check=code,
            slug=slug,
            category=Category.CLUSTER,
            severity=Severity.BLOCKER,
            outcome=Outcome.UNKNOWN,
            reason=msg("check.reason.unanswered"),
            unanswered=True,
        )
        for code, slug in (("PRE014", "root-directory-unreadable"), ("PRE052", "swap-on"))
    )
    steps = by_key(upgrade(snapshot, *TWO, results=asked))
    holding = [(s.key, t.rows) for s in steps.values() for t in s.tables if "PRE014" in str(t.rows)]
    assert [(key, [row[0] for row in rows]) for key, rows in holding] == [("prepare.questions", ["PRE014", "PRE052"])]
    assert "prepare.questions" in before(steps, "prepare.go")
    assert "prepare.go" in before(steps, "hop.preconditions:1.13->1.15")


def test_the_next_hop_waits_for_the_verification_of_the_one_before(snapshot: Snapshot) -> None:
    steps = by_key(upgrade(snapshot, *TWO))
    assert "hop.verify:1.13->1.15" in before(steps, "hop.preconditions:1.15->1.17")


def test_a_ticket_hop_without_way_back_is_a_point_of_no_return(snapshot: Snapshot) -> None:
    step = by_key(upgrade(snapshot, *TWO))["hop.start_final:1.13->1.15"]
    assert step.point_of_no_return
    assert step.actions[0].text == msg("do.start_ticket")
    assert step.no_rollback_reason is not None
    assert not step.rollback


def test_a_hop_that_can_fail_back_to_its_backup(snapshot: Snapshot) -> None:
    given = hop("1.19", "1.23", mode=Mode.IN_PLACE, rollback=Rollback.ON_FAILURE)
    step = by_key(upgrade(snapshot, given))["hop.start:1.19->1.23"]
    assert [a.text for a in step.rollback] == [msg("do.restore_backup")]
    assert not step.point_of_no_return


def test_nodes_are_drained_by_name_only_while_they_are_those_of_the_snapshot(snapshot: Snapshot) -> None:
    steps = by_key(upgrade(snapshot, *TWO))
    first, second = commands(steps["hop.drain:1.13->1.15"]), commands(steps["hop.drain:1.15->1.17"])
    assert 'drain --ignore-daemonsets "$flag" --timeout=15m node-1' in first
    assert "node-1" not in second
    assert "unschedulable==true" in second


def test_old_nodes_go_only_after_their_gate(snapshot: Snapshot) -> None:
    steps = by_key(upgrade(snapshot, *TWO))
    assert steps["hop.release_nodes:1.13->1.15"].after == ("hop.release_gate:1.13->1.15",)
    assert "hop.drain:1.13->1.15" in before(steps, "hop.release_gate:1.13->1.15")


def test_data_on_nodes_is_copied_before_they_are_drained_or_wiped(snapshot: Snapshot) -> None:
    rolled = by_key(upgrade(snapshot, hop("1.13", "1.15")))
    step = rolled["hop.local_data:1.13->1.15"]
    assert step.tables[0].rows == (("ops/Deployment/files /data/files", "/data/files", "—", "—"),)
    assert step.interrupts
    assert step.key in before(rolled, "hop.drain:1.13->1.15")
    wiped = by_key(upgrade(snapshot, hop("1.15", "1.17", mode=Mode.RESET)))
    assert "hop.local_data:1.15->1.17" in before(wiped, "hop.reset_nodes:1.15->1.17")


def test_acceptance_at_the_end_answers_no_finding(snapshot: Snapshot) -> None:
    """By then the harm is done: what nothing else answers is settled before the start."""
    found = Finding(
        check="X001",
        severity=Severity.BLOCKER,
        subject=ObjectRef(api_version="apps/v1", kind="Deployment", namespace="shop", name="web"),
        message="appendix.empty",
    )
    result = CheckResult(
        check="X001",
        slug="removed-api",
        category=Category.WORKLOAD,
        severity=Severity.BLOCKER,
        outcome=Outcome.FAIL,
        reason=msg("appendix.empty"),
        findings=(found,),
    )
    steps = by_key(upgrade(snapshot, hop("1.19", "1.21", mode=Mode.IN_PLACE), results=(result,)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["findings.remaining"]


def test_a_reset_names_what_is_lost_and_has_its_gate(snapshot: Snapshot) -> None:
    steps = by_key(upgrade(snapshot, hop("1.15", "1.17", mode=Mode.RESET)))
    step = steps["hop.reset_nodes:1.15->1.17"]
    assert step.destructive
    assert step.interrupts
    assert msg("runbook.warning.reset_losses") in step.warnings
    assert step.after == ("hop.reset_gate:1.15->1.17",)


def test_a_corefile_with_proxy_is_mended_before_the_hop(snapshot: Snapshot) -> None:
    step = by_key(upgrade(snapshot, *TWO))["hop.coredns:1.13->1.15"]
    assert msg("do.coredns_forward") in [a.text for a in step.actions]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: the saved settings are not restored")
def test_the_settings_of_coredns_are_saved_once_and_restored_without_what_the_server_wrote(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    step = by_key(upgrade(snapshot, *TWO))["hop.coredns:1.13->1.15"]
    folder = tmp_path / "cce-migration"
    (folder / "backup").mkdir(parents=True)
    (folder / "restore.jq").write_text(FILES["restore.jq"])
    served = folder / "served.json"
    (folder / "kubectl-old").write_text(
        f'#!/bin/sh\ncase "$*" in *get*) cat {served};; *apply*) cat > {folder}/applied.json;; esac\n'
    )
    (folder / "kubectl-old").chmod(0o700)
    for text in ("proxy . 192.0.2.1", "forward . 192.0.2.1"):  # the second time after the change
        meta = {"name": "coredns", "namespace": "kube-system", "resourceVersion": "7"}
        served.write_text(json.dumps({"kind": "ConfigMap", "metadata": meta, "data": {"Corefile": text}}))
        subprocess.run(["bash", "-c", step.actions[0].command], env={**os.environ, "HOME": str(tmp_path)}, check=True)
    subprocess.run(["bash", "-c", step.rollback[1].command], env={**os.environ, "HOME": str(tmp_path)}, check=True)
    [restored] = json.loads((folder / "applied.json").read_text())["items"]
    assert restored["metadata"] == {"name": "coredns", "namespace": "kube-system"}
    assert restored["data"] == {"Corefile": "proxy . 192.0.2.1"}


def test_flex_volumes_are_converted_before_the_hop_that_drops_them_and_not_earlier() -> None:
    runbook = upgrade(on_flex_volume(), *TWO)
    steps = by_key(runbook)
    converted = [s for s in steps_of(runbook) if s.key.startswith("flex.convert")]
    assert {s.key for s in converted} == {"flex.convert:shop/Deployment/uploads", "flex.convert:shop/StatefulSet/db"}
    assert {s.phase for s in converted} == {"hop:1.15->1.17"}
    earlier = before(steps, "hop.start_final:1.15->1.17")
    assert {s.key for s in converted} | {"flex.check:1.15->1.17", "flex.unused"} <= earlier
    step = steps["flex.convert:shop/StatefulSet/db"]
    assert step.interrupts
    text = "\n".join(a.command for a in step.actions)
    assert text.index("--replicas=0") < text.index("apply -f") < text.index("--replicas=1")
    assert "disk.csi.everest.io" in "".join(a.manifest for a in step.actions)
    assert "kubectl-new" not in text


def test_a_cluster_without_flex_volumes_is_only_checked_for_them(snapshot: Snapshot) -> None:
    keys = [s.key for s in steps_of(upgrade(snapshot, *TWO))]
    assert not any(k.startswith("flex.convert") for k in keys)
    assert "flex.check:1.15->1.17" in keys


def test_removed_apis_are_rewritten_before_the_hop_that_removes_them(snapshot: Snapshot) -> None:
    found = Finding(
        check="API001",
        severity=Severity.BLOCKER,
        subject=ObjectRef(api_version="extensions/v1beta1", kind="Ingress", namespace="shop", name="mall"),
        message="appendix.empty",
        values={"removed_in": "1.22", "replacement": "networking.k8s.io/v1 Ingress"},
    )
    result = CheckResult(
        check="API001",
        slug="removed-api",
        category=Category.WORKLOAD,
        severity=Severity.BLOCKER,
        outcome=Outcome.FAIL,
        reason=msg("appendix.empty"),
        findings=(found,),
    )
    hops = (hop("1.19", "1.21", mode=Mode.IN_PLACE), hop("1.21", "1.23", mode=Mode.IN_PLACE))
    steps = by_key(upgrade(snapshot, *hops, results=(result,)))
    assert found.key in steps["hop.apis:1.21->1.23"].answers
    assert "hop.apis:1.19->1.21" not in steps
    assert "hop.apis:1.21->1.23" in before(steps, "hop.gate:1.21->1.23")


@pytest.mark.parametrize(
    ("source", "target", "wanted", "not_wanted"),
    [
        ("v1.13.10-r0", "v1.15", "off-peak-and-nothing-else", "master-addresses-change"),
        ("v1.27.3-r0", "v1.28", "master-addresses-change", "everest-takes-over-fuxi"),
    ],
)
def test_each_hop_has_its_own_precautions(
    snapshot: Snapshot, source: str, target: str, wanted: str, not_wanted: str
) -> None:
    """As the planner judged the catalog's known risks for this cluster; what its facts rule out is not repeated."""
    old, new = Version.parse(source), Version.parse(target)
    given = hop(f"{old.major}.{old.minor}", f"{new.major}.{new.minor}")
    catalog = shipped_catalog()
    risks = risks_of([given], "ctyun", catalog, snapshot, (old, new))
    path = PathResult(source=old, target=new, profile="ctyun", found=True, hops=(given,), risks=risks)
    verdict = msgspec.structs.replace(clusters.verdict(Strategy.UPGRADE, source=source, target=target), path=path)
    gate = by_key(compile_playbook(snapshot, verdict, catalog))[f"hop.gate:{given.key}"]
    shown = {row[1].values["en"] for row in gate.tables[0].rows}
    expected = [r for r in risks if r.concern is not Concern.NOT and r.risk.kind is not RiskKind.CONFLICT]
    assert shown == {r.risk.title["en"] for r in expected}
    names = {r.risk.name for r in expected}
    assert len(names) > 3
    assert wanted in names
    assert not_wanted not in names
    for row in gate.tables[0].rows:
        assert say(row[2], "zh") != say(row[2], "en")


def test_without_a_hop_it_is_a_patch_upgrade(snapshot: Snapshot) -> None:
    assert [p.key for p in upgrade(snapshot).phases] == ["prepare", "patch", "finish"]


@pytest.mark.parametrize(("source", "target", "warned"), [("1.13.7", "1.13.11", True), ("1.19.10", "1.19.16", False)])
def test_a_patch_of_which_no_source_tells_is_said_to_be_unsure(
    snapshot: Snapshot, source: str, target: str, warned: bool
) -> None:
    given = clusters.verdict(Strategy.UPGRADE, source=source, target=target, hops=())
    runbook = compile_playbook(snapshot, given, shipped_catalog())
    keys = [w.key for w in by_key(runbook)["patch.start"].warnings]
    assert ("strategy.reason.patch_untold" in keys) is warned


def test_acceptance_compares_everything(snapshot: Snapshot) -> None:
    step = by_key(upgrade(snapshot, *TWO))["finish.accept"]
    names = {(r.kind, r.name) for r in step.subjects}
    assert {("Deployment", "web"), ("Ingress", "mall"), ("Node", "node-1"), ("PersistentVolume", "pv-db")} <= names
    assert "counts-before.tsv" in commands(step)


def test_flex_volumes_are_put_back_only_when_their_names_are_free() -> None:
    """The CSI volume has the same name and another source, which no server lets one change."""
    runbook = upgrade(on_flex_volume(), hop("1.15", "1.17"))
    step = next(s for s in steps_of(runbook) if s.key.startswith("flex.convert:") and "db" in s.key)
    told = [a.text.key if a.text else a.command for a in step.rollback]
    restored = next(i for i, t in enumerate(told) if "restore.jq" in t)
    assert told.index("do.unassociate_csi") < told.index("do.nothing_of_these_left") < restored
    assert "get pv --ignore-not-found pv-db" in told[told.index("do.nothing_of_these_left") - 1]
    assert not any("delete pv" in t for t in told)


def test_a_drain_speaks_to_the_kubectl_at_hand_and_loses_no_pod_without_a_controller(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    """The flag has two names; and a drain refuses such pods, or deletes them for good where it is forced."""
    step = by_key(upgrade(snapshot, *TWO))["hop.drain:1.13->1.15"]
    texts = [a.command for a in step.actions]
    assert "get pod -o json lonely" in texts[0]
    assert "delete pod --ignore-not-found lonely" in texts[0]
    assert "apply -f -" in texts[2]
    assert "runbook.warning.bare_pods_drained" in [w.key for w in step.warnings]
    (tmp_path / "cce-migration").mkdir()
    program = tmp_path / "cce-migration" / "kubectl-old"

    def drained(helps: str) -> str:
        program.write_text(f'#!/bin/sh\ncase "$*" in "drain --help") echo "{helps}";; *) echo "$*";; esac\n')
        program.chmod(0o700)
        ended = subprocess.run(
            ["bash", "-c", texts[1]],
            env={**os.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout

    assert "drain --ignore-daemonsets --delete-local-data --timeout=15m node-1" in drained("--delete-local-data=false")
    assert "drain --ignore-daemonsets --delete-emptydir-data --timeout=15m node-1" in drained(
        "--delete-emptydir-data=false --delete-local-data=false"
    )


def test_a_reset_loses_no_pod_without_a_controller(snapshot: Snapshot) -> None:
    step = by_key(upgrade(snapshot, hop("1.15", "1.17", mode=Mode.RESET)))["hop.reset_nodes:1.15->1.17"]
    texts = [a.text.key if a.text else a.command for a in step.actions]
    done = texts.index("do.reset_batches")
    assert "delete pod --ignore-not-found lonely" in texts[done - 1]
    assert "apply -f -" in texts[-1]
    assert len(texts) > done + 1


def test_nothing_is_converted_before_the_old_names_are_free_and_a_snapshot_is_taken() -> None:
    runbook = upgrade(on_flex_volume(), hop("1.15", "1.17"))
    step = next(s for s in steps_of(runbook) if s.key.startswith("flex.convert:") and "db" in s.key)
    told = [a.text.key if a.text else a.command for a in step.actions]
    applied = next(i for i, t in enumerate(told) if "apply -f" in t)
    wanted = ["do.pods_have_ended", "do.snapshot_disks", "do.unassociate_flex", "do.nothing_of_these_left"]
    order = [told.index(key) for key in wanted]
    assert order == sorted(order)
    assert order[-1] < applied


def test_data_on_a_node_is_named_with_its_node_and_the_pin_to_it(snapshot: Snapshot) -> None:
    pinned = tuple(
        msgspec.structs.replace(w, node_selector={"kubernetes.io/hostname": "node-1"}) if w.ref.name == "files" else w
        for w in snapshot.workloads
    )
    steps = by_key(upgrade(msgspec.structs.replace(snapshot, workloads=pinned), *TWO))
    row = steps["hop.local_data:1.13->1.15"].tables[0].rows[0]
    assert (row[1], row[3]) == ("/data/files", "node-1")
    for key in ("hop.local_data:1.13->1.15", "hop.drain:1.13->1.15"):
        assert msg("runbook.warning.pin_to_new_node", names=["Deployment ops/files"]) in steps[key].warnings

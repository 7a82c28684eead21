"""The manifests of a revision, its steps in detail, and the new cluster against the old one, over the API."""

from __future__ import annotations

import hashlib
import json

from apps.inventory.models import Snapshot
from apps.inventory.services import cluster_create, import_start_from_paths
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.planning.services import plan_create, plan_update
from apps.runbooks import adapters, selectors
from apps.runbooks.models import Reconciliation
from migrator.locale import text as text_of
from tests.apps.runbooks.test_edits import written_anew
from tests.shop import SHOP, written
from tests.unit.cli.run import run


def test_manifests_are_kept_with_the_revision(api, runbook):
    base = f"/api/v1/runbooks/{runbook.uid}/manifests/"
    listed = api.get(base, {"page_size": 500}).json()
    assert listed["count"] == runbook.manifest_count > 0
    assert [f["path"] for f in listed["results"]] == [f.path for f in selectors.manifests(runbook).files]
    chosen = api.get(base, {"kind": "Deployment"}).json()["results"]
    assert chosen
    assert {ref["kind"] for f in chosen for ref in f["refs"]} == {"Deployment"}
    file = api.get(f"{base}file/", {"path": chosen[0]["path"]})
    assert (file.status_code, file["Content-Type"]) == (200, "application/yaml; charset=utf-8")
    assert hashlib.sha256(file.content).hexdigest() == chosen[0]["sha256"]
    missing = api.get(f"{base}file/", {"path": "../etc/passwd"})
    assert (missing.status_code, missing.json()["code"]) == (404, "manifest_missing")
    assert api.get(f"{base}notes/").json().keys() == {"notes", "left_out"}
    assert adapters.bundle_digest(selectors.manifests(runbook)) == runbook.bundle_digest


def test_equal_inputs_give_equal_manifests(runbook, manager):
    again = written_anew(runbook.plan, manager)
    assert (again.bundle_digest, bytes(again.bundle)) == (runbook.bundle_digest, bytes(runbook.bundle))


def test_a_step_is_shown_with_what_it_answers(api, runbook):
    stored = adapters.runbook_of(runbook)
    step = next(s for s in adapters.steps_of(stored) if s.answers)
    shown = api.get(f"/api/v1/runbooks/{runbook.uid}/steps/{step.number}/").json()
    assert (shown["key"], shown["number"]) == (step.key, step.number)
    assert {f["key"] for f in shown["findings"]} == set(step.answers)
    assert api.get(f"/api/v1/runbooks/{runbook.uid}/steps/99.99/").status_code == 404


def test_steps_are_searched_in_both_languages(api, runbook):
    row = runbook.steps.get(key="prepare.backup")
    for words in (row.title_zh, row.title_en):
        found = api.get(f"/api/v1/runbooks/{runbook.uid}/steps/", {"q": words}).json()["results"]
        assert [s["key"] for s in found] == ["prepare.backup"]


def test_registries_are_written_one_pair_a_line(api, plan):
    address = f"/api/v1/plans/{plan.uid}/"
    refused = api.patch(address, {"registries": "old.example = new.example\nnonsense"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, "registries_line")
    changed = api.patch(address, {"registries": "old.example = new.example", "balancer": "dedicated"}, format="json")
    assert (changed.status_code, changed.json()["balancer"]) == (200, "dedicated")


def reconciled(api, plan, new: Snapshot) -> Reconciliation:
    started = api.post(f"/api/v1/plans/{plan.uid}/reconciliations/", {"snapshot": str(new.uid)}, format="json")
    assert started.status_code == 202, started.json()
    assert run_operation(started.json()["uid"])
    operation = Operation.objects.get(uid=started.json()["uid"])
    assert operation.status == "succeeded", operation.problem
    return Reconciliation.objects.get(uid=operation.result["reconciliation"])


def test_the_new_cluster_is_reconciled_with_the_old_one(api, runbook, manager, tmp_path):
    plan = runbook.plan
    new = cluster_create(actor=manager, name="new-cluster")
    operation = import_start_from_paths(cluster=new, actor=manager, paths=[written(SHOP, tmp_path / "new")])
    assert run_operation(str(operation.uid))
    snapshot = Snapshot.objects.get(operation=operation)

    row = reconciled(api, plan, snapshot)
    assert (row.old, row.new) == (runbook.assessment.snapshot, snapshot)
    assert (row.missing, row.different, row.extra) == (0, 0, 0)
    shown = api.get(f"/api/v1/reconciliations/{row.uid}/").json()
    assert (shown["verdict"], shown["plan"]) == (row.verdict, str(plan.uid))
    told = api.get(f"/api/v1/reconciliations/{row.uid}/document/").json()
    assert told["verdict"] == row.verdict
    assert told["new"]["digest"] == snapshot.digest
    files = (str(tmp_path / "shop"), str(tmp_path / "new"))
    by_command_line = run("compare", *files, "--as", "migration", "--format", "json", "--lang", "en")
    assert json.loads(by_command_line.out) == told
    refused = api.post(
        f"/api/v1/plans/{plan.uid}/reconciliations/",
        {"snapshot": str(runbook.assessment.snapshot.uid)},
        format="json",
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "reconciliation_same_snapshot")
    text = api.get(f"/api/v1/reconciliations/{row.uid}/document/", {"format": "text", "lang": "zh"})
    assert "老集群" in text.content.decode()

    download = f"/api/v1/runbooks/{runbook.uid}/download/"
    appended = api.get(download, {"format": "md", "lang": "en", "reconciliation": str(row.uid)})
    assert text_of("reconcile.title", "en") in appended.content.decode()
    assert text_of("reconcile.title", "en") not in api.get(download, {"format": "md", "lang": "en"}).content.decode()
    other = plan_create(actor=manager, cluster=plan.cluster, target="1.27")
    elsewhere = f"/api/v1/runbooks/{written_anew(other, manager).uid}/download/"
    refused = api.get(elsewhere, {"format": "md", "reconciliation": str(row.uid)})
    assert (refused.status_code, refused.json()["code"]) == (404, "reconciliation_of_other_plan")

    # The copy still has the images of the old registry, so that the pairs of the plan tell it apart.
    plan_update(plan=plan, changes={"registries": "nginx = mirror.example.com/nginx"})
    again = reconciled(api, plan, snapshot)
    assert (again.verdict, again.missing) == ("failed", 0)
    assert again.different > 0
    assert api.get("/api/v1/reconciliations/", {"plan": str(plan.uid)}).json()["count"] == 2

"""Names out of somebody's cluster are text in every page and answer of the service, never markup."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from tests.hostile import RAW, TAGS, dump


@pytest.fixture
def hostile(cluster, manager, data_folder, no_broker, tmp_path):
    """The snapshot, plan, assessment and runbook of the hostile dump."""
    from apps.checklists.models import Assessment
    from apps.checklists.services import assessment_request
    from apps.inventory.models import Snapshot
    from apps.inventory.services import import_start_from_paths
    from apps.operations.runner import run_operation
    from apps.planning.services import plan_create
    from apps.runbooks.models import Runbook
    from apps.runbooks.services import runbook_request

    file = tmp_path / "all.json"
    file.write_bytes(dump())
    assert run_operation(str(import_start_from_paths(cluster=cluster, actor=manager, paths=[file]).uid))
    plan = plan_create(actor=manager, cluster=cluster, target="1.25")
    assert run_operation(str(assessment_request(actor=manager, plan=plan).uid))
    assert run_operation(str(runbook_request(actor=manager, plan=plan).uid))
    return Snapshot.objects.get(), plan, Assessment.objects.first(), Runbook.objects.get()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_show_names_as_text(admin_pages, hostile, language):
    seen = 0
    for row in hostile:
        meta = row._meta
        names = [f"admin:{meta.app_label}_{meta.model_name}_changelist"]
        pages = [reverse(names[0]), reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])]
        for address in pages:
            answer = admin_pages.get(address, headers={"accept-language": language})
            assert answer.status_code == 200, address
            page = answer.content.decode()
            assert [tag for tag in TAGS if tag in page] == [], address
            seen += "&lt;script&gt;" in page
    assert seen, "the names are on these pages"


def test_findings_and_parts_of_the_admin_show_names_as_text(admin_pages, hostile):
    from django.contrib import admin

    shown = 0
    for model in admin.site._registry:
        if model._meta.app_label in ("inventory", "checklists", "runbooks", "planning", "operations"):
            answer = admin_pages.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
            if answer.status_code == 403:
                continue  # a table without a list of its own
            page = answer.content.decode()
            assert [tag for tag in TAGS if tag in page] == [], model
            shown += "&lt;script&gt;" in page
    assert shown


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_of_a_runbook_show_names_as_text(admin_pages, administrator, hostile, language):
    """Steps, edits, manifests, comparison, and the new cluster against the old one."""
    from apps.operations.runner import run_operation
    from apps.operations.services import operation_create
    from apps.runbooks.models import Reconciliation
    from apps.runbooks.reconciliations import RECONCILE
    from apps.runbooks.selectors import manifests

    snapshot, plan, _, runbook = hostile
    both = {"plan": str(plan.uid), "old": str(snapshot.uid), "new": str(snapshot.uid)}
    new = operation_create(kind=RECONCILE, actor=administrator, target=f"plan:{plan.uid}", params=both)
    assert run_operation(str(new.uid))
    base = f"/admin/runbooks/runbook/{runbook.pk}"
    numbers = list(runbook.steps.order_by("position").values_list("number", flat=True))
    pages = [f"{base}/steps/{number}/" for number in numbers]
    pages += [
        f"{base}/steps/{number}/{act}/" for number in numbers[::9] for act in ("change", "add", "move", "exclude")
    ]
    pages += [
        f"{base}/edits/",
        f"{base}/manifests/",
        f"{base.rpartition('/')[0]}/compare/?old={runbook.pk}&new={runbook.pk}",
    ]
    pages += [f"/admin/runbooks/reconciliation/{Reconciliation.objects.get().pk}/change/"]
    pages += [f"{base}/manifests/?{urlencode({'path': file.path})}" for file in manifests(runbook).files[::9]]
    seen = 0
    for address in pages:
        answer = admin_pages.get(address, headers={"accept-language": language})
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert [tag for tag in TAGS if tag in page] == [], address
        seen += "&lt;script&gt;" in page
    assert seen, "the names are on these pages"


def test_downloads_hold_no_control_characters(api, hostile):
    _, _, _, runbook = hostile
    for form in ("md", "json"):
        answer = api.get(f"/api/v1/runbooks/{runbook.uid}/download/", {"format": form, "lang": "en"})
        assert answer.status_code == 200, answer.content[:300]
        text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        assert [raw for raw in RAW if raw in text] == []

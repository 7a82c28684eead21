"""The page of an operation: complete without a script, and fresh with one."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.checklists.services import ASSESS
from apps.inventory.services import cluster_create
from apps.operations.runner import Run, run_operation
from apps.operations.services import operation_claim, operation_create
from apps.planning.services import plan_create
from tests.conftest import CHINESE, ENGLISH


@pytest.fixture
def reading(cluster, administrator, small_dump, data_folder, no_broker):
    """An import in the middle of its second file."""
    from apps.inventory.services import import_start_from_paths

    operation = import_start_from_paths(cluster=cluster, actor=administrator, paths=[small_dump])
    run = Run(operation_claim(str(operation.uid)))
    run.files.found([("<b>notes</b>.txt", 100), ("all.json", 203_000_000), ("more.yaml", None)])
    run.files.change(0, status="not_recognised", reason="input_not_a_dump", values={"file": "<b>notes</b>.txt"})
    run.files.change(1, status="reading", objects_read=23552, objects_expected=55000)
    run.progress(phase="read", done=1, total=3, text="all.json", percent=41)
    return run.operation


def state_of(client, operation, query="", **headers):
    address = reverse("admin:operations_operation_state", args=[operation.pk])
    return client.get(address + query, **headers)


def test_it_tells_file_by_file_how_far_the_import_is(admin_pages, reading):
    answer = state_of(admin_pages, reading, **ENGLISH)
    assert "no-store" in answer["Cache-Control"]
    told = answer.json()
    assert told["ended"] is False
    html = told["html"]
    assert 'value="41"' in html
    for words in ("Reading", "1 / 3", "23552 / 55000", "being read", "passed over", "waiting", "193.6"):
        assert words in html
    assert "is no cluster dump" in html
    assert "&lt;b&gt;notes" in html
    assert "<b>notes" not in html
    chinese = state_of(admin_pages, reading, **CHINESE).json()["html"]
    assert "读取中" in chinese
    assert "不是集群导出文件" in chinese


def test_the_page_itself_holds_the_same_and_asks_for_more_while_it_is_open(admin_pages, reading):
    page = reverse("admin:operations_operation_change", args=[reading.pk])
    shown = admin_pages.get(page, **ENGLISH).content.decode()
    assert 'data-open="true"' in shown
    assert "23552 / 55000" in shown
    assert "operations/live.js" in shown
    block = shown[shown.index('<section id="live"') :]
    block = block[: block.index("</section>")]
    assert re.findall(r"<script|<style|\son\w+=|style=", block) == [], "works under a strict content security policy"


def test_files_are_chosen_by_their_state_and_paged(admin_pages, reading):
    html = state_of(admin_pages, reading, "?file_status=reading", **ENGLISH).json()["html"]
    assert "all.json" in html
    assert "more.yaml" not in html
    assert "more.yaml" in state_of(admin_pages, reading, "?file_status=nonsense&file_page=x").json()["html"]
    run = Run(reading)
    run.files.found([(f"file-{n:03}.yaml", n) for n in range(120)])
    run.write()
    html = state_of(admin_pages, reading, "?file_page=3").json()["html"]
    assert html.count("file-") == 20
    assert "3 / 3" in html


def test_at_the_end_it_leads_to_what_was_made(admin_pages, imported):
    told = state_of(admin_pages, imported.operation, **ENGLISH).json()
    assert told["ended"] is True
    assert reverse("admin:inventory_snapshot_change", args=[imported.pk]) in told["html"]
    assert "Open the snapshot" in told["html"]


def test_a_failure_is_told_in_the_reader_s_language(admin_pages, kinds, no_broker):
    operation = operation_create(kind="test.refuse")
    run_operation(str(operation.uid))
    told = state_of(admin_pages, operation, **ENGLISH).json()
    assert told["ended"] is True
    assert 'role="alert"' in told["html"]
    assert "is no cluster dump" in told["html"]


def test_only_who_may_see_operations_is_told(client, stranger, reading):
    client.force_login(stranger)
    assert state_of(client, reading).status_code == 403
    stranger.user_permissions.add(Permission.objects.get(codename="view_operation"))
    assert state_of(client, reading).status_code == 200
    client.logout()
    assert state_of(client, reading).status_code == 302


def test_asking_costs_the_same_for_fifty_files_as_for_one(admin_pages, reading):
    counted = []
    run = Run(reading)
    for count in (1, 50):
        run.files.found([(f"{n}.yaml", n) for n in range(count)])
        run.write()
        with CaptureQueriesContext(connection) as captured:
            state_of(admin_pages, reading)
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_what_it_works_on_is_a_link_with_its_name(admin_pages, manager, imported):
    plan = plan_create(actor=manager, cluster=imported.cluster, target="1.25", name="spring <move>")
    for target, row, name in (
        (f"plan:{plan.uid}", plan, "spring &lt;move&gt;"),
        (f"cluster:{imported.cluster.uid}", imported.cluster, imported.cluster.name),
        (f"snapshot:{imported.uid}", imported, f"{imported.cluster.name} #1"),
    ):
        operation = operation_create(kind=ASSESS, actor=manager, target=target, params={})
        page = admin_pages.get(reverse("admin:operations_operation_change", args=[operation.pk])).content.decode()
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        assert re.search(rf'<a [^>]*href="{address}">{re.escape(name)}</a>', page), target
        assert target not in page


@pytest.mark.parametrize("target", ["plan:00000000-0000-4000-8000-000000000000", "plan:x", "thing:1", ""])
def test_what_is_gone_or_unknown_stands_as_it_was_noted(admin_pages, manager, target):
    operation = operation_create(kind=ASSESS, actor=manager, target=target, params={})
    page = admin_pages.get(reverse("admin:operations_operation_change", args=[operation.pk]))
    assert page.status_code == 200
    assert target in page.content.decode()


def test_the_path_above_a_page_has_names_as_they_were_given(admin_pages, manager):
    cluster = cluster_create(actor=manager, name="pay-prod")
    page = admin_pages.get(reverse("admin:inventory_cluster_change", args=[cluster.pk]), **ENGLISH).content.decode()
    assert re.search(r">\s*pay-prod\s*</a *>", page)
    assert "Pay-prod" not in page
    assert re.search(r">\s*Clusters\s*</a *>", page)

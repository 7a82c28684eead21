"""What a solution manager does with plans in the admin: write one, have it assessed, download the runbook."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.urls import reverse

from apps.checklists.models import Assessment
from apps.inventory.models import Cluster
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.planning.models import Plan
from apps.planning.services import plan_create
from apps.runbooks.models import Runbook
from apps.runbooks.selectors import runbook_files
from migrator.errors import MigratorError
from migrator.locale import text

CHANGELISTS = (
    "planning_plan",
    "checklists_assessment",
    "checklists_finding",
    "checklists_attestation",
    "runbooks_runbook",
)


def page(client, name: str, *args: object, language: str = "en") -> str:
    answer = client.get(reverse(f"admin:{name}", args=args), headers={"accept-language": language})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def form(plan: Plan | None = None, **given: object) -> dict[str, object]:
    kept = {f: getattr(plan, f) for f in ("name", "target", "source", "strategy", "profile", "note")} if plan else {}
    blank = {"name": "", "target": "1.25", "source": "", "strategy": "auto", "profile": "ctyun", "note": ""}
    return {**blank, **kept, "snapshot": "", **given}


def test_a_plan_is_written_and_named(admin_pages, administrator, imported):
    answer = admin_pages.post(reverse("admin:planning_plan_add"), form(cluster=imported.cluster.pk))
    assert answer.status_code == 302
    plan = Plan.objects.get()
    assert (plan.name, plan.target, plan.created_by) == ("old-cluster → 1.25", "1.25", administrator)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"target": "9.99"}, "version_unknown", "target"),
        ({"target": "1.9"}, "target_not_above_source", "target"),
        ({"strategy": "upgrade"}, "no_path", "strategy"),
    ],
)
def test_what_cannot_be_planned_is_refused_at_its_field(admin_pages, administrator, imported, given, code, field):
    address = reverse("admin:planning_plan_add")
    answer = admin_pages.post(address, form(cluster=imported.cluster.pk, **given), headers={"accept-language": "en"})
    assert answer.status_code == 200
    shown = answer.context["adminform"].form.errors
    assert list(shown) == [field]
    with pytest.raises(MigratorError) as refusal:
        plan_create(actor=administrator, cluster=imported.cluster, **{"target": "1.25", **given})
    assert (refusal.value.code, [refusal.value.message("en")]) == (code, shown[field])
    assert not Plan.objects.exists()


def test_the_buttons_save_the_plan_and_start_an_operation(admin_pages, administrator, plan):
    address = reverse("admin:planning_plan_change", args=(plan.pk,))
    data = form(plan, target="1.27", planning_plan_assess="1")
    answer = admin_pages.post(address, data, follow=True, headers={"accept-language": "en"})
    operation = Operation.objects.get(kind="checklists.assess")
    assert (operation.actor, operation.target) == (administrator, f"plan:{plan.uid}")
    assert answer.redirect_chain == [(reverse("admin:operations_operation_change", args=(operation.pk,)), 302)]
    plan.refresh_from_db()
    assert plan.target == "1.27"
    assert run_operation(str(operation.uid))
    assert Assessment.objects.get(plan=plan).target == "v1.27"
    admin_pages.post(address, form(plan, planning_plan_write="1"))
    assert run_operation(str(Operation.objects.get(kind="runbooks.compile").uid))
    assert Runbook.objects.get(plan=plan).target == "v1.27"


def test_chosen_plans_are_assessed_together(admin_pages, plan, manager):
    other = plan_create(actor=manager, cluster=plan.cluster, target="1.27")
    data = {"action": "assess_all", "_selected_action": [plan.pk, other.pk]}
    admin_pages.post(reverse("admin:planning_plan_changelist"), data)
    targets = Operation.objects.filter(kind="checklists.assess").values_list("target", flat=True)
    assert set(targets) == {f"plan:{plan.uid}", f"plan:{other.uid}"}


def test_a_plan_without_facts_says_so(admin_pages, cluster, manager):
    plan = plan_create(actor=manager, cluster=cluster, target="1.25")
    address = reverse("admin:planning_plan_change", args=(plan.pk,))
    data = form(plan, planning_plan_write="1")
    answer = admin_pages.post(address, data, follow=True, headers={"accept-language": "en"})
    assert text("error.plan_without_snapshot", "en", cluster="old-cluster") in unescape(answer.content.decode())
    assert not Operation.objects.filter(kind="runbooks.compile").exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_show_what_was_made(admin_pages, runbook, language):
    lang = "en" if language == "en" else "zh"
    for name in CHANGELISTS:
        page(admin_pages, f"{name}_changelist", language=language)
    plans = page(admin_pages, "planning_plan_changelist", language=language)
    assert text(f"readiness.{runbook.readiness}", lang) in plans
    assessment = runbook.assessment
    shown = page(admin_pages, "checklists_assessment_change", assessment.pk, language=language)
    for result in assessment.results.all():
        assert text(f"check.{result.slug}.title", lang) in shown
    steps = page(admin_pages, "runbooks_runbook_change", runbook.pk, language=language)
    first = runbook.steps.order_by("position").first()
    assert (first.title_en if lang == "en" else first.title_zh) in steps


def test_findings_are_listed_for_their_assessment(admin_pages, runbook):
    assessment = runbook.assessment
    shown = page(admin_pages, "checklists_assessment_change", assessment.pk)
    address = re.search(r'href="([^"]*assessment__id__exact=\d+)"', shown)[1]
    listed = admin_pages.get(address)
    assert listed.context["cl"].result_count == assessment.findings.count() > 0


def test_every_document_is_downloaded_from_its_link(admin_pages, runbook):
    shown = page(admin_pages, "runbooks_runbook_change", runbook.pk)
    links = re.findall(r'href="(/admin/runbooks/runbook/\d+/download/[^"]+)"', shown)
    files = runbook_files(runbook)
    assert len(links) == len(files)
    got = []
    for link in links:
        answer = admin_pages.get(link)
        if answer.status_code == 302:  # a worker writes it first
            assert run_operation(str(Operation.objects.filter(kind="runbooks.document").latest("id").uid))
            answer = admin_pages.get(link)
        got.append(answer.content)
    assert sorted(got) == sorted(files.values())


def test_history_is_not_edited(admin_pages, runbook):
    for name, row in (("checklists_assessment", runbook.assessment), ("runbooks_runbook", runbook)):
        address = reverse(f"admin:{name}_change", args=(row.pk,))
        assert admin_pages.post(address, {}).status_code == 403
        assert admin_pages.get(reverse(f"admin:{name}_add")).status_code == 403
        assert admin_pages.get(reverse(f"admin:{name}_delete", args=(row.pk,))).status_code == 403


def test_an_answer_is_given_once(admin_pages, administrator, cluster):
    asked = page(admin_pages, "checklists_attestation_add")
    assert text("check.node-address-written-elsewhere.question", "en") in asked
    data = {
        "cluster": cluster.pk,
        "check_code": "CLU001",
        "answer": "pass",
        "evidence": "register of 2026",
        "answered_on": "2026-03-01",
    }
    assert admin_pages.post(reverse("admin:checklists_attestation_add"), data).status_code == 302
    row = cluster.attestations.get()
    assert (row.check_code, row.answer, row.answered_by) == ("CLU001", "pass", administrator)
    late = {**data, "answered_on": "2999-01-01"}
    answer = admin_pages.post(reverse("admin:checklists_attestation_add"), late, headers={"accept-language": "en"})
    assert "2999-01-01" in answer.context["adminform"].form.non_field_errors()[0]
    assert cluster.attestations.count() == 1


def test_every_page_leads_on_to_the_next(admin_pages, imported):
    """From the cluster to the plan, to the assessment, and back to where the runbook is written."""
    cluster = imported.cluster
    words = {"headers": {"accept-language": "zh-CN"}}
    new = f"{reverse('admin:planning_plan_add')}?cluster={cluster.pk}"
    for name, row in (("cluster", cluster), ("snapshot", imported)):
        page = admin_pages.get(reverse(f"admin:inventory_{name}_change", args=(row.pk,)), **words).content.decode()
        assert "新建迁移计划" in page, name
        link = reverse(f"admin:inventory_{name}_make_plan", args=(row.pk,))
        assert link in page
        assert admin_pages.get(link)["Location"] == new, name
    assert admin_pages.get(new).context["adminform"].form["cluster"].value() == str(cluster.pk)

    made = admin_pages.post(reverse("admin:planning_plan_add"), form(cluster=cluster.pk, _save="1"))
    plan = Plan.objects.get()
    of_plan = reverse("admin:planning_plan_change", args=(plan.pk,))
    assert made["Location"] == of_plan
    more = admin_pages.post(reverse("admin:planning_plan_add"), form(cluster=cluster.pk, _addanother="1"))
    assert more["Location"].startswith(reverse("admin:planning_plan_add"))

    answer = admin_pages.get(f"{of_plan.removesuffix('change/')}reconcile/", **words)
    assert reverse("admin:inventory_cluster_add") in answer.content.decode(), "no dead end without a new cluster"
    admin_pages.post(of_plan, form(plan, planning_plan_assess="1"))
    assert run_operation(str(Operation.objects.get(kind="checklists.assess").uid))
    assessment = Assessment.objects.get(plan=plan)
    page = admin_pages.get(reverse("admin:checklists_assessment_change", args=(assessment.pk,)), **words)
    assert "去迁移计划编制手册" in page.content.decode()


def test_a_new_cluster_is_opened_where_its_dump_is_imported(admin_pages):
    empty = {f"{name}-{field}": "0" for name in _inlines(admin_pages) for field in ("TOTAL_FORMS", "INITIAL_FORMS")}
    made = admin_pages.post(reverse("admin:inventory_cluster_add"), {"name": "fresh", "_save": "1", **empty})
    cluster = Cluster.objects.get(name="fresh")
    assert made["Location"] == reverse("admin:inventory_cluster_change", args=(cluster.pk,))


def _inlines(admin_pages):
    page = admin_pages.get(reverse("admin:inventory_cluster_add"))
    return [one.formset.prefix for one in page.context["inline_admin_formsets"]]

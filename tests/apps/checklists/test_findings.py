"""Findings are narrowed down and paged without a query per row, and say what they rest on and what to do."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.checklists.models import Assessment, CheckResult, Finding
from apps.checklists.services import assessment_request, today, waiver_create
from apps.operations.runner import run_operation
from migrator.locale import text


@pytest.fixture
def waived(plan, manager, assessment) -> Assessment:
    """An assessment with accepted findings and open ones."""
    code = assessment.findings.filter(severity="blocker").first().check_code
    waiver_create(actor=manager, cluster=plan.cluster, check=code, reason="agreed", until=today())
    operation = assessment_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


def listed(api, assessment, **query):
    return api.get(f"/api/v1/assessments/{assessment.uid}/findings/", {"page_size": 500, **query}).json()["results"]


def test_open_and_waived_ones_are_apart_and_together_all(api, waived):
    by_state = {state: listed(api, waived, state=state) for state in ("open", "waived")}
    assert by_state["waived"]
    assert {f["state"] for f in by_state["waived"]} == {"waived"}
    assert sorted(f["key"] for s in by_state.values() for f in s) == sorted(f["key"] for f in listed(api, waived))


@pytest.mark.parametrize("field", ["check", "category", "severity", "kind", "namespace", "name"])
def test_each_filter_gives_what_has_the_value_and_nothing_else(api, assessment, field):
    more_findings(assessment, 2, namespace="other", name="other")
    rows = listed(api, assessment)
    column = {"check": "check_code"}.get(field, field)
    value = assessment.findings.exclude(**{column: ""}).values_list(column, flat=True).first()
    wanted = [f for f in rows if {**f, **f["subject"]}[field] == value]
    assert listed(api, assessment, **{field: value}) == wanted
    assert 0 < len(wanted) < len(rows)


@pytest.mark.parametrize(("header", "lang"), [("zh-CN", "zh"), ("en", "en")])
def test_a_finding_says_what_to_do_in_the_readers_language(api, assessment, header, lang):
    answer = api.get(f"/api/v1/assessments/{assessment.uid}/findings/", headers={"accept-language": header}).json()
    found = answer["results"][0]
    slug = assessment.results.get(code=found["check"]).slug
    assert found["remediation"] == text(f"check.{slug}.remediation", lang)
    assert found["rationale"] == text(f"check.{slug}.rationale", lang)
    assert len(found["evidence"]) == min(5, len(assessment.results.get(code=found["check"]).evidence))


def more_findings(assessment, times, **change):
    row = assessment.findings.first()
    for column, value in change.items():
        setattr(row, column, value)
    last = assessment.findings.order_by("-position").first().position
    for i in range(times):
        row.pk, row.position = None, last + 1 + i
        row.save(force_insert=True)


def test_the_number_of_queries_does_not_grow_with_the_findings(
    api, admin_client, assessment, django_assert_max_num_queries
):
    more_findings(assessment, 60)
    with django_assert_max_num_queries(6):
        assert len(listed(api, assessment)) == Finding.objects.filter(assessment=assessment).count()
    address = reverse("admin:checklists_finding_changelist")
    with django_assert_max_num_queries(14):
        page = admin_client.get(address, {"assessment__id__exact": assessment.pk})
    assert page.context["cl"].result_count > 60


def test_the_admin_narrows_down_and_shows_one(admin_client, waived):
    address, one = reverse("admin:checklists_finding_changelist"), {"assessment__id__exact": waived.pk}

    def count(**query):
        return admin_client.get(address, {**one, **query}).context["cl"].result_count

    assert count(state="waived") == waived.findings.filter(waived=True).count() > 0
    assert count(state="waived") + count(state="open") == count() == waived.findings.count()
    found = waived.findings.exclude(namespace="").first()
    for column in ("kind", "namespace", "check_code"):
        value = getattr(found, column)
        assert count(**{column: value}) == waived.findings.filter(**{column: value}).count()
    page = admin_client.get(
        reverse("admin:checklists_finding_change", args=(found.pk,)), headers={"accept-language": "en"}
    )
    assert f"(&#x27;{found.severity}&#x27;" not in page.content.decode()  # a word, not a pair
    slug = waived.results.get(code=found.check_code).slug
    assert text(f"check.{slug}.rationale", "en").split('"')[0] in page.content.decode().replace("&#x27;", "'")


def test_coverage_is_the_share_of_decided_checks(api, admin_client, assessment):
    applicable = CheckResult.objects.filter(assessment=assessment).exclude(outcome="not_applicable")
    decided = applicable.exclude(outcome="unknown").filter(unanswered=False)
    shown = api.get(f"/api/v1/assessments/{assessment.uid}/").json()
    assert (shown["decided"], shown["applicable"]) == (decided.count(), applicable.count())
    assert shown["coverage"] == pytest.approx(decided.count() / applicable.count(), abs=0.001)
    assert 0 < shown["coverage"] < 1
    page = admin_client.get(reverse("admin:checklists_assessment_changelist")).content.decode()
    assert f"({decided.count()}/{applicable.count()})" in page

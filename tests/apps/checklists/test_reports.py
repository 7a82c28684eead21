"""Assessments for pipelines, and two of them side by side."""

from __future__ import annotations

from itertools import groupby
from uuid import uuid4
from xml.etree import ElementTree as Xml

import pytest

from apps.checklists import adapters
from apps.checklists.models import Assessment
from apps.checklists.services import assessment_request, attestation_create
from apps.inventory.models import AddressUse
from apps.inventory.services import cluster_create, register_add
from apps.operations.runner import run_operation
from migrator.render.junit import junit
from migrator.render.sarif import sarif


def assessed(plan, actor) -> Assessment:
    operation = assessment_request(actor=actor, plan=plan)
    assert run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


def test_reports_are_those_of_the_command_line_and_never_shown_inline(api, assessment):
    core = adapters.assessment_of(assessment)
    for type_, expected in (("sarif", sarif(core, "en")), ("junit", junit(core, "en"))):
        answer = api.get(f"/api/v1/assessments/{assessment.uid}/report/", {"type": type_, "lang": "en"})
        assert (answer.status_code, answer.content) == (200, expected)
        assert answer["Content-Disposition"].startswith("attachment")
    assert Xml.fromstring(expected).tag == "testsuites"
    assert api.get(f"/api/v1/assessments/{assessment.uid}/report/", {"type": "pdf"}).status_code == 400


def test_two_assessments_of_a_cluster_compared(api, plan, manager, assessment):
    attestation_create(actor=manager, cluster=plan.cluster, check="CLU001", answer="pass", evidence="x")
    before = assessed(plan, manager)
    register_add(
        AddressUse, cluster=plan.cluster, actor=manager, fields={"address": "10.0.0.11", "location": "whitelist"}
    )
    after = assessed(plan, manager)
    told = compared(api, after, before)
    assert {f["finding"]["check"] for f in of(told, "new")} == {"CLU001"}
    assert of(told, "fixed") == []
    assert [f["finding"] for f in of(compared(api, before, after), "fixed")] == [f["finding"] for f in of(told, "new")]
    later = [f for f in told["results"] if f["change"] != "fixed" and f["finding"] is not None]
    assert len(later) == after.findings.count()
    counts = {change: len(of(told, change)) for change in ("new", "fixed", "unchanged")}
    assert counts.items() <= told["counts"].items()
    assert list(told["counts"]) == ["new", "fixed", "not_comparable", "unchanged"]
    assert [change for change, _ in groupby(f["change"] for f in told["results"])] == [
        change for change, count in told["counts"].items() if count
    ]
    assert told["counts"]["not_comparable"] == len({f["check"] for f in of(told, "not_comparable")})


def compared(api, new, old, **query):
    query = {"old": str(old.uid), "page_size": 500, **query}
    return api.get(f"/api/v1/assessments/{new.uid}/compare/", query).json()


def of(told, change):
    return [row for row in told["results"] if row["change"] == change]


def test_a_comparison_comes_in_pages_and_by_what_became_of_findings(api, plan, manager, assessment):
    later = assessed(plan, manager)
    count = assessment.findings.count()
    page = compared(api, later, assessment, change="unchanged", page_size=1, page=2)
    assert (page["count"], len(page["results"]), page["counts"]["unchanged"]) == (count, 1, count)
    assert page["previous"] is not None
    assert compared(api, later, assessment, change="new")["results"] == []
    address = f"/api/v1/assessments/{later.uid}/compare/"
    assert api.get(address, {"old": str(assessment.uid), "change": "old"}).status_code == 400
    assert api.get(address, {"old": str(assessment.uid), "page": 10_000}).status_code == 404


@pytest.mark.parametrize(("old", "status"), [("", 400), ("x", 400), ("00000000-0000-4000-8000-000000000000", 404)])
def test_what_cannot_be_compared_with(api, assessment, old, status):
    assert api.get(f"/api/v1/assessments/{assessment.uid}/compare/", {"old": old}).status_code == status


def test_assessments_of_two_clusters_are_not_compared(api, plan, manager, assessment):
    later = assessed(plan, manager)
    plan.pk, plan.uid, plan.cluster = None, uuid4(), cluster_create(actor=manager, name="other")
    plan.save()
    Assessment.objects.filter(pk=later.pk).update(plan=plan)
    answer = api.get(f"/api/v1/assessments/{later.uid}/compare/", {"old": str(assessment.uid)})
    assert (answer.status_code, answer.json()["code"]) == (422, "assessment_of_other_cluster")

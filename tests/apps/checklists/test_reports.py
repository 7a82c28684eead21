"""Assessments for pipelines, and two of them side by side."""

from __future__ import annotations

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
    told = api.get(f"/api/v1/assessments/{after.uid}/compare/", {"old": str(before.uid)}).json()
    back = api.get(f"/api/v1/assessments/{before.uid}/compare/", {"old": str(after.uid)}).json()
    assert {f["check"] for f in told["new"]} == {"CLU001"}
    assert told["fixed"] == []
    assert back["fixed"] == told["new"]
    assert (
        len(told["unchanged"]) + len(told["new"]) + sum(len(n["findings"]) for n in told["not_comparable"])
        == after.findings.count()
    )


@pytest.mark.parametrize(("old", "status"), [("", 400), ("x", 400), (str(uuid4()), 404)])
def test_what_cannot_be_compared_with(api, assessment, old, status):
    assert api.get(f"/api/v1/assessments/{assessment.uid}/compare/", {"old": old}).status_code == status


def test_assessments_of_two_clusters_are_not_compared(api, plan, manager, assessment):
    later = assessed(plan, manager)
    plan.pk, plan.uid, plan.cluster = None, uuid4(), cluster_create(actor=manager, name="other")
    plan.save()
    Assessment.objects.filter(pk=later.pk).update(plan=plan)
    answer = api.get(f"/api/v1/assessments/{later.uid}/compare/", {"old": str(assessment.uid)})
    assert (answer.status_code, answer.json()["code"]) == (422, "assessment_of_other_cluster")

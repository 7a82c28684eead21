"""Answers that run out and risks that people accept: both change the next verdict and never an earlier one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.checklists import adapters, selectors
from apps.checklists.models import Assessment, Attestation, Waiver
from apps.checklists.services import assessment_request, attestation_create, today, waiver_create
from apps.core.errors import ServiceError
from apps.inventory.selectors import effective_facts
from apps.inventory.services import cluster_create
from apps.operations.runner import run_operation
from apps.planning.adapters import request_of
from apps.planning.selectors import needed_snapshot
from migrator.checks.registry import all_checks
from migrator.checks.waivers import WaiverState, accepted_by

ASKS = "node-address-written-elsewhere"
DAY = timedelta(days=1)


def assessed(plan, actor) -> Assessment:
    operation = assessment_request(actor=actor, plan=plan)
    assert run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


def answer_in(row):
    return next(r for r in adapters.assessment_of(row).results if r.slug == ASKS)


def test_an_answer_is_taken_over_by_the_next_assessment_and_asks_again_once_it_has_run_out(plan, manager):
    attestation_create(
        actor=manager, cluster=plan.cluster, check=ASKS, answer="pass", evidence="x", valid_until=today()
    )
    first, second = answer_in(assessed(plan, manager)), answer_in(assessed(plan, manager))
    assert (first.attestation.taken_over, second.attestation.taken_over) == (False, True)
    assert not second.unanswered
    Attestation.objects.update(valid_until=today() - DAY)
    third = answer_in(assessed(plan, manager))
    assert third.unanswered


def test_taking_an_answer_over_makes_no_assessment_outdated(plan, manager):
    attestation_create(actor=manager, cluster=plan.cluster, check=ASKS, answer="pass", evidence="x")
    row = assessed(plan, manager)
    request = request_of(plan, selectors.answers_of(plan.cluster, today()))
    assert request.answers[0].taken_over
    assert selectors.current_assessment(plan, effective_facts(needed_snapshot(plan)), request) == row


def test_a_waiver_takes_its_finding_out_of_the_verdict_until_it_runs_out(plan, manager, assessment):
    found = assessment.findings.filter(severity="blocker").first()
    scope = {"kind": found.kind, "namespace": found.namespace or "*", "name": found.name or "*"}
    given = {"actor": manager, "cluster": plan.cluster, "reason": "agreed", "until": today()}
    waiver_create(check=found.check_code, **scope, **given)
    waiver_create(check=found.check_code, name="no-such-object", **given)
    core = adapters.assessment_of(assessed(plan, manager))
    assert [use.state for use in core.waivers] == [WaiverState.APPLIED, WaiverState.UNUSED]
    assert adapters.finding_of(found).key in accepted_by(core.waivers)
    Waiver.objects.update(until=today() - DAY)
    later = adapters.assessment_of(assessed(plan, manager))
    assert (later.waivers[0].state, accepted_by(later.waivers)) == (WaiverState.EXPIRED, frozenset())
    assert adapters.assessment_of(assessment).waivers == ()


def test_waiving_all_that_blocks_lifts_the_block(plan, manager, assessment):
    assert assessment.readiness == "blocked"
    for code in set(assessment.findings.filter(severity="blocker").values_list("check_code", flat=True)):
        waiver_create(actor=manager, cluster=plan.cluster, check=code, reason="agreed", until=today())
    assert assessed(plan, manager).readiness != "blocked"


def test_waivers_of_one_cluster_say_nothing_about_another(plan, manager):
    other = cluster_create(actor=manager, name="other")
    waiver_create(actor=manager, cluster=other, check="WKL001", reason="x", until=today())
    assert selectors.waivers_on(plan.cluster, today()) == ()
    assert [w.approver for w in selectors.waivers_on(other, today())] == ["manager"]


def test_what_would_never_hold_is_refused(cluster, manager):
    past = today() - DAY
    with pytest.raises(ServiceError) as refusal:
        waiver_create(actor=manager, cluster=cluster, check="WKL001", reason="x", until=past)
    assert refusal.value.code == "until_in_past"
    with pytest.raises(ServiceError, match=past.isoformat()):
        attestation_create(actor=manager, cluster=cluster, check=ASKS, answer="pass", evidence="x", valid_until=past)
    assert not cluster.waivers.exists()
    assert not cluster.attestations.exists()


def test_waivers_over_the_api(api, cluster):
    address = f"/api/v1/clusters/{cluster.uid}/waivers/"
    given = {"check": "WKL001", "namespace": "shop", "reason": "agreed", "until": today().isoformat()}
    made = api.post(address, given)
    assert made.status_code == 201
    told = {"check": "WKL001", "kind": "*", "namespace": "shop", "name": "*", "approver": "manager"}
    assert told.items() <= made.json().items()
    assert api.get(address).json()["results"] == [made.json()]
    wrong = (
        ({"reason": ""}, 400),
        ({"check": "XYZ999"}, 422),
        ({"until": "2020-01-01"}, 422),
        ({"reason": "password=Sup3r-S3cret"}, 422),
    )
    for change, status in wrong:
        refused = api.post(address, {**given, **change})
        assert refused.status_code == status
        assert [e["pointer"] for e in refused.json()["errors"]] == [f"#/{field}" for field in change]
    unscoped = api.post(address, {key: value for key, value in given.items() if key != "namespace"})
    assert (unscoped.status_code, unscoped.json()["code"]) == (422, "waiver_without_scope")
    assert cluster.waivers.count() == 1


def test_nobody_accepts_a_risk_in_the_name_of_another(api, cluster):
    address = f"/api/v1/clusters/{cluster.uid}/waivers/"
    given = {"check": "WKL001", "namespace": "shop", "reason": "agreed", "until": today().isoformat()}
    refused = api.post(address, given | {"approver": "director"})
    assert (refused.status_code, refused.json()["code"]) == (422, "waiver_approver_other")
    assert "manager" in refused.json()["detail"]
    assert [e["pointer"] for e in refused.json()["errors"]] == ["#/approver"]
    assert not cluster.waivers.exists()
    made = api.post(address, given | {"approver": "manager"})
    assert (made.status_code, made.json()["approver"]) == (201, "manager")


def test_a_finding_leads_to_a_waiver_for_its_object(admin_client, assessment):
    found = assessment.findings.filter(severity="blocker").exclude(name="").first()
    page = admin_client.get(reverse("admin:checklists_finding_changelist"))
    address = reverse("admin:checklists_waiver_add")
    assert f"{address}?cluster=" in page.content.decode()
    scope = {"cluster": assessment.plan.cluster_id, "check_code": found.check_code, "kind": found.kind}
    scope |= {"namespace": found.namespace or "*", "name": found.name}
    form = admin_client.get(address, scope).context["adminform"].form
    assert {form[field].value() for field in ("check_code", "kind", "name")} == {
        found.check_code,
        found.kind,
        found.name,
    }
    late = admin_client.post(address, {**scope, "reason": "agreed", "until": "2020-01-01"})
    assert late.status_code == 200
    assert not Waiver.objects.exists()
    admin_client.post(address, {**scope, "reason": "agreed", "until": today().isoformat()})
    assert Waiver.objects.get().approver.is_superuser


def test_many_answers_are_stored_together_or_not_at_all(api, cluster):
    address = f"/api/v1/clusters/{cluster.uid}/attestations/bulk/"
    asking = [c.spec.code for c in all_checks() if c.spec.asks][:3]
    rows = [{"check": code, "answer": "pass", "evidence": "seen"} for code in asking]
    refused = api.post(address, {"answers": [*rows, {**rows[0], "check": "XYZ999"}]}, format="json")
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "#/answers/3/check"
    assert error["code"] == "attestation_check_unknown"
    assert "XYZ999" in error["detail"]
    assert not cluster.attestations.exists()
    twice = api.post(address, {"answers": [*rows, {**rows[1], "answer": "fail"}]}, format="json")
    assert [(e["pointer"], e["code"]) for e in twice.json()["errors"]] == [("#/answers/3/check", "answer_twice")]
    assert not cluster.attestations.exists()
    nothing = api.post(address, {"answers": []}, format="json")
    assert [e["pointer"] for e in nothing.json()["errors"]] == ["#/answers"]
    made = api.post(address, {"answers": rows}, format="json")
    assert [row["check"] for row in made.json()] == asking
    assert cluster.attestations.count() == len(asking)

"""Assessments: what a worker stores is what the core found; rows and document say the same."""

from __future__ import annotations

import json

import msgspec
import pytest
from django.db import IntegrityError, transaction

from apps.checklists import adapters, selectors
from apps.checklists.models import Assessment, CheckResult, Finding
from apps.checklists.services import assessment_request, assessment_store, attestation_create, today
from apps.core.errors import Conflict, ServiceError
from apps.inventory.models import AddressUse
from apps.inventory.selectors import effective_facts
from apps.inventory.services import cluster_create, register_add
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.planning.adapters import request_of
from apps.planning.models import Plan
from apps.planning.selectors import needed_snapshot
from apps.planning.services import plan_create
from migrator import engine
from migrator.checks.registry import find_check
from migrator.checks.spec import Attestation, Outcome
from migrator.errors import MigratorError
from migrator.locale import LANGS
from migrator.render.jsondoc import assessment_json
from migrator.snapshot.model import ObjectRef
from migrator.snapshot.read import read_paths
from tests.shop import SHOP, written

ASKS = "node-address-written-elsewhere"


@pytest.fixture
def facts(tmp_path):
    return read_paths([written(SHOP, tmp_path / "dump")])


@pytest.fixture
def expected(facts):
    return engine.assess(facts, engine.Request(target="1.25"))


def assessed(plan: Plan, actor) -> Assessment:
    operation = assessment_request(actor=actor, plan=plan)
    run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


def test_what_is_stored_is_what_the_core_found(assessment, expected, facts):
    assert adapters.assessment_of(assessment) == expected
    for lang in LANGS:
        assert selectors.assessment_document(assessment, lang) == assessment_json(facts, expected, lang)
    assert (assessment.readiness, assessment.strategy) == (expected.readiness, expected.choice.strategy)
    assert assessment.snapshot_digest == expected.snapshot_digest == assessment.snapshot.digest


def test_rows_and_document_say_the_same(assessment, expected):
    results = [adapters.result_of(row) for row in selectors.results_of(assessment)]
    assert results == [msgspec.structs.replace(r, findings=()) for r in expected.results]
    findings = [adapters.finding_of(row) for row in selectors.findings_of(assessment)]
    assert findings == [f for r in expected.results for f in r.findings]
    assert {f.severity for f in findings} >= {"blocker"}
    categories = {r.check: r.category for r in expected.results}
    assert all(row.category == categories[row.check_code] for row in selectors.findings_of(assessment))
    counted = [assessment.blockers, assessment.warnings, assessment.notes]
    told = [sum(f.severity == s for f in findings) for s in ("blocker", "warning", "info")]
    assert counted == told
    assert assessment.unknowns == sum(r.outcome is Outcome.UNKNOWN for r in results)


def test_an_operation_stores_one_assessment_however_often_it_is_delivered(plan, manager):
    operation = assessment_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))
    assert not run_operation(str(operation.uid))
    row = Assessment.objects.get()
    operation.refresh_from_db()
    assert operation.result == {"assessment": str(row.uid), "readiness": row.readiness}


def test_the_database_refuses_a_second_assessment_of_an_operation(assessment, plan, expected):
    before = (CheckResult.objects.count(), Finding.objects.count())
    with pytest.raises(IntegrityError), transaction.atomic():
        assessment_store(
            plan=plan,
            snapshot=assessment.snapshot,
            operation=assessment.operation,
            request=engine.Request(target="1.25"),
            assessment=expected,
        )
    assert (CheckResult.objects.count(), Finding.objects.count()) == before


def test_a_failure_stores_nothing_and_says_why(plan, manager):
    Plan.objects.filter(pk=plan.pk).update(target="1.9")  # as if the rules had changed since the plan was written
    operation = assessment_request(actor=manager, plan=plan)
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert (operation.status, operation.problem["code"]) == ("failed", "target_not_above_source")
    assert "v1.13.10-r0" in operation.problem["details"]["en"]
    assert not Assessment.objects.exists()


def test_a_plan_that_was_deleted_meanwhile_fails_the_operation(plan, manager):
    operation = assessment_request(actor=manager, plan=plan)
    plan.delete()
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert (operation.status, operation.problem["code"]) == ("failed", "plan_gone")


def test_nothing_is_started_without_facts(cluster, manager):
    plan = plan_create(actor=manager, cluster=cluster, target="1.25")
    with pytest.raises(Conflict, match="old-cluster"):
        assessment_request(actor=manager, plan=plan)
    assert not Operation.objects.filter(kind="checklists.assess").exists()


def test_an_answer_settles_what_only_a_person_can_know(plan, manager):
    before = assessed(plan, manager).results.get(slug=ASKS)
    assert before.unanswered
    attestation_create(actor=manager, cluster=plan.cluster, check=ASKS, answer="fail", evidence="not looked at")
    attestation_create(actor=manager, cluster=plan.cluster, check="CLU001", answer="pass", evidence="register 2026")
    row = assessed(plan, manager)
    after = row.results.get(slug=ASKS)
    assert not after.unanswered
    core = next(r for r in adapters.assessment_of(row).results if r.slug == ASKS)
    assert (core.attestation.answer, core.attestation.evidence) == (Outcome.PASS, "register 2026")
    assert adapters.result_of(after).attestation == core.attestation


@pytest.mark.parametrize("check", ["API005", "removed-api-requested"])
def test_what_an_input_may_not_show_can_be_answered(cluster, manager, check):
    attestation_create(actor=manager, cluster=cluster, check=check, answer="pass", evidence="helm list -A")
    (answer,) = selectors.answers_of(cluster, today())
    assert (answer.check, answer.answer) == (find_check(check).spec.code, Outcome.PASS)


@pytest.mark.parametrize(
    ("check", "code"), [("XYZ999", "attestation_check_unknown"), ("WKL001", "attestation_not_asked")]
)
def test_answers_nobody_asked_for_are_refused(cluster, manager, check, code):
    with pytest.raises(ServiceError) as refusal:
        attestation_create(actor=manager, cluster=cluster, check=check, answer="pass", evidence="x")
    assert refusal.value.code == code
    assert not cluster.attestations.exists()


def test_answers_of_one_cluster_say_nothing_about_another(plan, manager):
    other = cluster_create(actor=manager, name="other")
    attestation_create(actor=manager, cluster=other, check=ASKS, answer="pass", evidence="x")
    assert selectors.answers_of(plan.cluster, today()) == ()
    assert [a.check for a in selectors.answers_of(other, today())] == ["CLU001"]


def test_answers_over_the_api(api, cluster):
    address = f"/api/v1/clusters/{cluster.uid}/attestations/"
    given = {"check": ASKS, "answer": "pass", "evidence": "register 2026", "on": "2026-03-01"}
    made = api.post(address, given)
    assert made.status_code == 201
    assert {"check": "CLU001", "answer": "pass", "by": "manager", "on": "2026-03-01"}.items() <= made.json().items()
    assert api.get(address).json()["results"] == [made.json()]
    for change, status in (
        ({"evidence": ""}, 400),
        ({"answer": "unknown"}, 400),
        ({"check": "WKL001"}, 422),
        ({"evidence": "password=Sup3r-S3cret"}, 422),
        ({"valid_until": "2020-01-01"}, 422),
        ({"on": "2999-01-01"}, 422),
    ):
        refused = api.post(address, {**given, **change})
        assert refused.status_code == status
        assert [e["pointer"] for e in refused.json()["errors"]] == [f"#/{field}" for field in change]
    late = api.post(address, {**given, "on": "2999-01-01"})
    assert (late.status_code, late.json()["code"]) == (422, "attestation_in_future")
    assert cluster.attestations.count() == 1


def test_an_assessment_holds_until_something_it_rests_on_changes(plan, manager, assessment):
    def current() -> Assessment | None:
        facts = effective_facts(needed_snapshot(plan))
        return selectors.current_assessment(plan, facts, request_of(plan, selectors.answers_of(plan.cluster, today())))

    assert current() == assessment
    entry = register_add(
        AddressUse, cluster=plan.cluster, actor=manager, fields={"address": "10.0.0.11", "location": "whitelist"}
    )
    assert current() is None
    entry.delete()
    assert current() == assessment
    attestation_create(actor=manager, cluster=plan.cluster, check=ASKS, answer="pass", evidence="x")
    assert current() is None


def test_people_s_entries_take_part(plan, manager):
    register_add(
        AddressUse,
        cluster=plan.cluster,
        actor=manager,
        fields={"address": "10.0.0.11", "location": "whitelist of database 10.0.0.8"},
    )
    row = assessed(plan, manager)
    told = json.loads(selectors.assessment_document(row, "en"))
    assert any("whitelist of database 10.0.0.8" in json.dumps(f) for f in told["findings"])
    assert row.snapshot_digest != row.snapshot.digest


def test_a_document_of_another_form_is_refused_in_words(assessment):
    assessment.document = b"not zlib"
    with pytest.raises(MigratorError) as refusal:
        adapters.assessment_of(assessment)
    assert refusal.value.code == "document_outdated"
    assert str(assessment.uid) in refusal.value.message("en")


def test_a_name_longer_than_its_column_is_cut_there_and_kept_in_the_document(assessment, expected):
    first = next(r for r in expected.results if r.findings)
    long = msgspec.structs.replace(
        first.findings[0], subject=ObjectRef(api_version="v1", kind="Pod", namespace="n" * 300, name="x" * 3000)
    )
    result = msgspec.structs.replace(first, findings=(long,))
    rows = list(adapters.finding_rows(assessment, msgspec.structs.replace(expected, results=(result,))))
    assert (len(rows[0].namespace), len(rows[0].name)) == (63, 253)


def test_the_request_s_digest_depends_on_nothing_but_the_request():
    asked = engine.Request(target="1.25", answers=(Attestation(check="CLU001", answer=Outcome.PASS, by="x"),))
    assert adapters.request_digest(asked) == adapters.request_digest(
        engine.Request(target="1.25", strategy="auto", answers=asked.answers)
    )
    for change in ({"target": "1.27"}, {"source": "1.13"}, {"strategy": "migrate"}, {"profile": "x"}, {"answers": ()}):
        assert adapters.request_digest(msgspec.structs.replace(asked, **change)) != adapters.request_digest(asked)


@pytest.mark.parametrize("part", ["results", "findings"])
def test_pages_of_any_size_cost_the_same_queries(api, assessment, part, django_assert_max_num_queries):
    address = f"/api/v1/assessments/{assessment.uid}/{part}/"
    counts = []
    for size in (1, 100):
        with django_assert_max_num_queries(10) as queries:
            rows = api.get(address, {"page_size": size}).json()["results"]
        counts.append(len(queries))
    assert len(rows) > 1
    assert counts[0] == counts[1]

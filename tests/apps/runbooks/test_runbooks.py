"""Runbooks: immutable revisions whose documents are, byte for byte, those of the command line."""

from __future__ import annotations

import zlib

import msgspec
import orjson
import pytest
from django.db import IntegrityError, transaction

from apps.checklists.models import Assessment
from apps.checklists.services import attestation_create
from apps.core.errors import Conflict
from apps.inventory.models import AddressUse
from apps.inventory.services import register_add
from apps.operations.models import Operation
from apps.operations.runner import LeaseLost, Run, run_operation
from apps.operations.services import operation_cancel, operation_claim
from apps.planning.models import Plan
from apps.planning.services import plan_create, plan_update
from apps.runbooks import adapters, selectors
from apps.runbooks.models import Runbook, RunbookStep
from apps.runbooks.operations import compile_plan
from apps.runbooks.services import runbook_request, runbook_store
from migrator import engine
from migrator.catalog.loader import shipped_catalog
from migrator.conversion.bundle import convert_all
from migrator.errors import MigratorError
from migrator.locale import LANGS, say
from migrator.render import FORMATS, render_all
from migrator.render.manifest_notes import manifest_notes
from migrator.snapshot.read import read_paths
from tests.shop import SHOP, written


@pytest.fixture
def expected(tmp_path):
    facts = read_paths([written(SHOP, tmp_path / "dump")])
    assessment = engine.assess(facts, engine.Request(target="1.25"))
    bundle = convert_all(facts, assessment.source, assessment.target, shipped_catalog())
    return engine.compile_runbook(facts, assessment, bundle=bundle)


def compiled(plan: Plan, actor) -> Runbook:
    operation = runbook_request(actor=actor, plan=plan)
    run_operation(str(operation.uid))
    return Runbook.objects.get(operation=operation)


def test_what_is_stored_is_what_the_core_compiled(runbook, expected):
    assert adapters.runbook_of(runbook) == expected
    assert (runbook.number, runbook.playbook, runbook.readiness) == (1, expected.playbook, expected.readiness)
    assert (runbook.minutes_min, runbook.minutes_max) == expected.minutes
    assert (runbook.outage_minutes_min, runbook.outage_minutes_max) == expected.outage_minutes
    assert (runbook.phase_count, runbook.step_count) == (len(expected.phases), len(adapters.steps_of(expected)))


def test_documents_are_written_straight_from_the_stored_runbook(runbook, expected):
    files = selectors.runbook_files(runbook)
    bundle = selectors.manifests(runbook)
    assert bundle.files
    for lang in LANGS:
        beside = {f"manifests/{file.path}": file.text for file in bundle.files}
        beside[f"manifests/NOTES-{lang}.md"] = manifest_notes(bundle, lang)
        made = render_all(expected, [(form, lang) for form in FORMATS.values()], None, beside)
        assert {name: files[name] for name in made} == made
    assert len(files) == len(FORMATS) * len(LANGS)
    assert selectors.runbook_files(runbook, langs=("en",), formats=("md",)).keys() == {"runbook-en.md"}
    with pytest.raises(MigratorError) as refusal:
        selectors.runbook_file(runbook, "odt", "en")
    assert refusal.value.code == "format_unknown"


def test_steps_are_listed_in_the_order_of_the_document(runbook, expected):
    steps = adapters.steps_of(expected)
    rows = list(selectors.step_rows_of(runbook))
    assert [(r.number, r.key, r.phase, r.title_zh, r.title_en) for r in rows] == [
        (s.number, s.key, s.phase, say(s.title, "zh"), say(s.title, "en")) for s in steps
    ]
    assert [(r.kind, r.role, r.interrupts, r.destructive, r.point_of_no_return) for r in rows] == [
        (s.kind, s.role, s.interrupts, s.destructive, s.point_of_no_return) for s in steps
    ]
    interrupting = selectors.step_rows_of(runbook).filter(interrupts=True)
    assert selectors.full_steps(runbook, interrupting) == [s for s in steps if s.interrupts]


def test_an_assessment_that_still_holds_is_used_again(assessment, runbook, plan, manager):
    assert runbook.assessment == assessment
    again = compiled(plan, manager)
    assert (again.number, again.assessment) == (2, assessment)
    assert again.digest == runbook.digest
    assert bytes(again.document) == bytes(runbook.document)
    assert Assessment.objects.count() == 1


def test_an_assessment_is_made_first_where_none_holds(runbook, plan, manager):
    assert runbook.assessment.operation == runbook.operation
    plan_update(plan=plan, changes={"target": "1.27"})
    other = compiled(plan, manager)
    assert (other.number, other.target) == (2, "v1.27")
    assert other.assessment.operation == other.operation
    attestation_create(actor=manager, cluster=plan.cluster, check="CLU001", answer="pass", evidence="x")
    assert compiled(plan, manager).assessment.operation != other.operation
    assert Assessment.objects.count() == 3
    runbook.refresh_from_db()
    assert (runbook.number, runbook.target) == (1, "v1.25")


def test_the_register_that_people_keep_reaches_the_runbook(assessment, runbook, plan, manager):
    """An entry makes a new assessment with its finding, and a row of the runbook's register of addresses."""
    place = "whitelist of the database at 10.0.0.8"
    register_add(
        AddressUse,
        cluster=plan.cluster,
        actor=manager,
        fields={"address": "10.0.0.11", "location": place, "owner": "DBA"},
    )
    after = compiled(plan, manager)
    assert after.assessment != assessment
    found = after.assessment.findings.filter(check_code="CLU001")
    assert [(f.values["address"], f.values["location"], f.values["owner"]) for f in found] == [
        ("10.0.0.11", place, "DBA")
    ]
    before_text, after_text = (selectors.runbook_file(r, "md", "en").content.decode() for r in (runbook, after))
    assert place not in before_text
    assert f"| 10.0.0.11 | Node node-1 | {place} |" in after_text


def test_revisions_are_counted_for_each_plan(runbook, plan, manager):
    other = plan_create(actor=manager, cluster=plan.cluster, target="1.27")
    assert [compiled(p, manager).number for p in (plan, other, plan)] == [2, 1, 3]


def test_an_operation_gives_one_runbook_however_often_it_is_delivered(plan, manager):
    operation = runbook_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))
    assert not run_operation(str(operation.uid))
    row = Runbook.objects.get()
    operation.refresh_from_db()
    assert operation.result == {
        "runbook": str(row.uid),
        "assessment": str(row.assessment.uid),
        "number": 1,
        "readiness": row.readiness,
    }


def test_a_worker_that_lost_its_lease_stores_nothing(plan, manager):
    operation = operation_claim(str(runbook_request(actor=manager, plan=plan).uid))
    operation_cancel(operation=Operation.objects.get(pk=operation.pk), actor=manager)
    with pytest.raises(LeaseLost):
        compile_plan(Run(operation))
    assert (Runbook.objects.count(), RunbookStep.objects.count(), Assessment.objects.count()) == (0, 0, 0)


def test_the_database_refuses_a_number_twice(runbook, plan, manager, expected):
    other = runbook_request(actor=manager, plan=plan)
    columns = adapters.runbook_columns(expected, expected, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Runbook.objects.create(plan=plan, assessment=runbook.assessment, operation=other, number=1, **columns)
    stored = runbook_store(plan=plan, assessment=runbook.assessment, operation=other, runbook=expected)
    assert stored.number == 2


def test_nothing_is_started_without_facts(cluster, manager):
    plan = plan_create(actor=manager, cluster=cluster, target="1.25")
    with pytest.raises(Conflict, match="old-cluster"):
        runbook_request(actor=manager, plan=plan)


def test_a_document_of_another_form_is_refused_in_words(api, runbook):
    Runbook.objects.filter(pk=runbook.pk).update(document=b"not zlib")
    answer = api.get(f"/api/v1/runbooks/{runbook.uid}/download/", {"format": "md"})
    assert (answer.status_code, answer.json()["code"]) == (422, "document_outdated")


def test_a_document_whose_sentences_are_gone_is_refused_in_words(api, runbook, expected):
    title = msgspec.structs.replace(expected.phases[0].title, key="runbook.phase.forgotten")
    phases = (msgspec.structs.replace(expected.phases[0], title=title), *expected.phases[1:])
    document = _packed(msgspec.structs.replace(expected, phases=phases))
    Runbook.objects.filter(pk=runbook.pk).update(document=document)
    answer = api.get(f"/api/v1/runbooks/{runbook.uid}/download/", {"format": "md"})
    assert (answer.status_code, answer.json()["code"]) == (422, "document_outdated")


def test_a_revision_says_what_it_said_when_it_was_compiled(api, runbook, expected):
    """A later version of the program may have other words, or none, for what somebody has signed."""
    kept = orjson.loads(zlib.decompress(runbook.sentences))
    assert {"step.prepare.go.title", "phase.prepare", "check.abnormal-pod.remediation"} <= kept.keys()
    title = msgspec.structs.replace(expected.phases[0].title, key="phase.of.then")
    phases = (msgspec.structs.replace(expected.phases[0], title=title), *expected.phases[1:])
    kept["phase.of.then"] = {"zh": "当年的阶段名", "en": "The phase as it was called"}
    kept["step.prepare.go.title"] = {"zh": "当年的关口", "en": "The gate as it was called"}
    Runbook.objects.filter(pk=runbook.pk).update(
        document=_packed(msgspec.structs.replace(expected, phases=phases)), sentences=zlib.compress(orjson.dumps(kept))
    )
    for lang, said in (("zh", ("当年的阶段名", "当年的关口")), ("en", ("The phase as it was", "The gate as it was"))):
        answer = api.get(f"/api/v1/runbooks/{runbook.uid}/download/", {"format": "md", "lang": lang})
        assert answer.status_code == 200, answer.content
        assert all(words in answer.content.decode() for words in said)


def _packed(given):
    return zlib.compress(msgspec.json.encode(given))


def test_lists_cost_the_same_queries_for_any_number(api, runbook, plan, manager, django_assert_max_num_queries):
    def count(path: str, **query: object) -> int:
        with django_assert_max_num_queries(10) as queries:
            assert api.get(path, query).status_code == 200
        return len(queries)

    steps = f"/api/v1/runbooks/{runbook.uid}/steps/"
    assert count(steps, page_size=1) == count(steps, page_size=200)
    few = count("/api/v1/runbooks/")
    for _ in range(4):
        compiled(plan, manager)
    assert count("/api/v1/runbooks/") == few
    assert api.get(f"/api/v1/plans/{plan.uid}/runbooks/").json()["count"] == 5
    assert [r["number"] for r in api.get("/api/v1/runbooks/").json()["results"]] == [5, 4, 3, 2, 1]

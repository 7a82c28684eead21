"""An assessment made again from what was kept of it, also after the product has learned more."""

from __future__ import annotations

import msgspec
import pytest

from apps.checklists import adapters
from apps.checklists.models import Assessment
from apps.checklists.repeating import assessment_again, repetition_request
from apps.checklists.services import attestation_create
from apps.inventory.models import AddressUse
from apps.inventory.services import register_add
from apps.operations.runner import run_operation
from apps.planning.models import CatalogCopy
from apps.planning.services import catalog_keep
from migrator import engine
from migrator.catalog.loader import shipped_catalog
from migrator.checks.spec import Outcome
from migrator.errors import MigratorError
from migrator.locale import LANGS

ASKS = "node-address-written-elsewhere"


def test_it_comes_out_word_for_word_the_same_although_answers_have_changed(assessment, manager):
    attestation_create(
        actor=manager, cluster=assessment.plan.cluster, check=ASKS, answer="pass", evidence="looked it up"
    )
    again = assessment_again(assessment)
    assert (again.same, again.same_rules) == (True, True)
    assert not again.comparison.new
    assert not again.comparison.fixed


def test_the_catalog_of_then_is_used_and_not_that_of_today(assessment):
    earlier = msgspec.structs.replace(shipped_catalog(), digest="sha256:earlier", api_removals=())
    catalog_keep(earlier)
    facts_of_then = adapters.assessment_of(assessment)
    made = engine.assess(_facts(assessment), adapters.request_of(assessment), earlier)
    assert made.results != facts_of_then.results
    for field, value in adapters.assessment_columns(made).items():
        setattr(assessment, field, value)
    assert assessment_again(assessment).same


def test_other_rules_are_told_and_compared(assessment):
    stored = adapters.assessment_of(assessment)
    added = next(r for r in stored.results if r.outcome is Outcome.FAIL)
    others = tuple(r for r in stored.results if r is not added)
    fewer = msgspec.structs.replace(stored, results=others, ruleset_digest="sha256:rules-of-then")
    assessment.document, assessment.ruleset_digest = adapters.packed(fewer), "sha256:rules-of-then"
    again = assessment_again(assessment)
    assert (again.same, again.same_rules) == (False, False)
    assert [n.check for n in again.comparison.not_comparable] == [added.check]


def _facts(assessment):
    from apps.inventory.selectors import effective_facts

    return effective_facts(assessment.snapshot)


def _no_request(assessment, _manager):
    assessment.request = b""


def _no_catalog(assessment, _manager):
    assessment.catalog_digest = "sha256:unknown"


def _catalog_of_another_form(assessment, _manager):
    CatalogCopy.objects.create(digest="sha256:other", base="sha256:base", additions=[], document=b"x")
    assessment.catalog_digest = "sha256:other"


def _a_register_entry(assessment, manager):
    fields = {"address": "192.168.0.11", "location": "whitelist"}
    register_add(AddressUse, actor=manager, cluster=assessment.plan.cluster, fields=fields)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_no_request, "request_not_kept"),
        (_no_catalog, "catalog_not_kept"),
        (_catalog_of_another_form, "catalog_kept_unreadable"),
        (_a_register_entry, "facts_changed"),
    ],
)
def test_why_it_cannot_be_made_again_is_told(assessment, manager, change, code):
    change(assessment, manager)
    with pytest.raises(MigratorError) as refused:
        assessment_again(assessment)
    assert refused.value.code == code
    assert all(refused.value.message(lang) for lang in LANGS)


def test_over_rest_and_in_the_admin_it_is_an_operation(api, admin_client, assessment, manager):
    answer = api.post(f"/api/v1/assessments/{assessment.uid}/repetitions/")
    assert answer.status_code == 202
    uid = answer.json()["uid"]
    assert run_operation(uid)
    result = api.get(f"/api/v1/operations/{uid}/").json()["result"]
    assert (result["same"], result["same_rules"], result["new"]) == (True, True, 0)
    chosen = {"action": "repeat_chosen", "_selected_action": [assessment.pk]}
    page = admin_client.post("/admin/checklists/assessment/", chosen, follow=True).content.decode()
    assert "/admin/operations/operation/" in page
    assert Assessment.objects.count() == 1


def test_an_assessment_that_is_gone_is_told(assessment, manager):
    operation = repetition_request(actor=manager, assessment=assessment)
    Assessment.objects.all().delete()
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert operation.problem["code"] == "assessment_gone"

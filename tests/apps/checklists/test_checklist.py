"""The checklist as a workbook that goes out, is filled in and comes back; and as the page of an assessment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.checklists.checklist import ChecklistRefused, changes_since, checklist_import, checklist_parts
from apps.checklists.models import Attestation
from apps.checklists.services import attestation_create, today, waiver_create
from apps.inventory.services import cluster_create
from migrator.checks.registry import all_checks
from migrator.checks.spec import Category
from migrator.paths.model import Strategy
from tests.filled import filled_in, rows_of

ASKING = [c.spec.code for c in all_checks() if c.spec.may_ask and Strategy.MIGRATE in c.spec.strategies]


def exported(api, assessment) -> bytes:
    answer = api.get(f"/api/v1/assessments/{assessment.uid}/checklist.xlsx", {"lang": "zh"})
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return answer.content


def sent(api, cluster, content: bytes, **more):
    file = SimpleUploadedFile("清单.xlsx", content)
    return api.post(
        f"/api/v1/clusters/{cluster.uid}/attestations/checklist/", {"file": file, **more}, format="multipart"
    )


@pytest.fixture
def answered(plan, manager, assessment):
    """An answer that was given after the assessment."""
    return attestation_create(
        actor=manager, cluster=plan.cluster, check=ASKING[0], answer="pass", evidence="=1+1", valid_until=today()
    )


def test_export_and_import_change_nothing(api, plan, assessment, answered):
    workbook = exported(api, assessment)
    assert rows_of(workbook)[ASKING[0]]["evidence"] == "'=1+1"
    answer = sent(api, plan.cluster, workbook)
    assert (answer.status_code, answer.json()) == (200, {"stored": [], "unchanged": 1})
    assert list(Attestation.objects.all()) == [answered]


def test_what_was_filled_in_is_stored_as_the_importer_s_answer(api, manager, plan, assessment, answered):
    cells = {"answer": "不通过", "evidence": "ticket", "valid_until": today() + timedelta(days=9), "by": "张工"}
    workbook = filled_in(exported(api, assessment), **{ASKING[1]: cells})
    answer = sent(api, plan.cluster, workbook)
    assert answer.status_code == 201
    assert answer.json()["unchanged"] == 1
    row = Attestation.objects.exclude(pk=answered.pk).get()
    assert (row.check_code, row.answer, row.answered_by, row.answered_on) == (ASKING[1], "fail", manager, today())
    assert (row.evidence, row.valid_until) == ("ticket\n(张工)", today() + timedelta(days=9))
    assert sent(api, plan.cluster, exported(api, assessment)).json() == {"stored": [], "unchanged": 2}


def test_a_row_nobody_touched_does_not_undo_a_later_answer(api, manager, plan, assessment, answered):
    workbook = exported(api, assessment)
    later = attestation_create(actor=manager, cluster=plan.cluster, check=ASKING[0], answer="fail", evidence="no")
    sent(api, plan.cluster, filled_in(workbook, **{ASKING[1]: {"answer": "pass", "evidence": "x"}}))
    assert Attestation.objects.filter(check_code=ASKING[0]).latest("created_at") == later


def test_one_wrong_cell_and_nothing_is_stored(api, plan, assessment):
    workbook = filled_in(
        exported(api, assessment),
        **{
            ASKING[0]: {"answer": "pass", "evidence": "x"},
            ASKING[1]: {"answer": "pass"},
            ASKING[2]: {"answer": "pass", "evidence": "x", "on": today() + timedelta(days=1)},
            ASKING[3]: {"answer": "pass", "evidence": "x", "valid_until": today() - timedelta(days=1)},
        },
    )
    answer = sent(api, plan.cluster, workbook)
    assert answer.status_code == 400
    rows = list(rows_of(workbook))
    expected = [
        (rows.index(code) + 2, column, problem)
        for code, column, problem in (
            (ASKING[1], "evidence", "required"),
            (ASKING[2], "on", "in_future"),
            (ASKING[3], "valid_until", "in_past"),
        )
    ]
    told = [(e["pointer"], e["code"]) for e in answer.json()["errors"]]
    assert told == [(f"#/检查清单/{row}/{column}", problem) for row, column, problem in sorted(expected)]
    assert not Attestation.objects.exists()


@pytest.mark.parametrize(("content", "code"), [(b"x", "sheet_damaged"), (b"", "invalid")])
def test_what_is_no_checklist(api, plan, content, code):
    answer = sent(api, plan.cluster, content)
    assert (answer.status_code, answer.json()["code"]) == (400 if code == "invalid" else 422, code)


def test_without_a_login_nothing_goes_out_or_in(anonymous_api, plan, assessment):
    assert anonymous_api.get(f"/api/v1/assessments/{assessment.uid}/checklist.xlsx").status_code in (401, 403)
    assert sent(anonymous_api, plan.cluster, b"x").status_code in (401, 403)


def test_another_cluster_keeps_its_own_answers(api, manager, plan, assessment, answered):
    other = cluster_create(actor=manager, name="other")
    changed = filled_in(exported(api, assessment), **{ASKING[1]: {"answer": "pass", "evidence": "x"}})
    refused = sent(api, other, changed)
    assert (refused.status_code, refused.json()["code"]) == (422, "checklist_of_other_cluster")
    assert refused.json()["values"]["other"] == plan.cluster.name
    assert not Attestation.objects.filter(cluster=other).exists()
    assert len(sent(api, other, changed, any_cluster="true").json()["stored"]) == 1
    wrong = filled_in(changed, **{ASKING[1]: {"answer": ""}})
    with pytest.raises(ChecklistRefused):
        checklist_import(actor=manager, cluster=other, content=wrong, name="f.xlsx", any_cluster=True)


def test_the_parts_hold_every_check_once_in_the_order_of_the_course(assessment, answered):
    parts = checklist_parts(assessment)
    assert [part.category for part in parts] == list(Category)
    lines = [line for part in parts for line in (*part.open, *part.failed, *part.passed, *part.not_applicable)]
    assert sorted(line.row.code for line in lines) == sorted(r.code for r in assessment.results.all())
    assert [line.row.code for line in lines if line.fresh] == [ASKING[0]]
    for part in parts:
        assert part.decided.open == len(part.open)
        waiting = [line.row.unanswered for line in part.open]
        assert waiting == sorted(waiting, reverse=True)


def test_what_changed_since_the_assessment(manager, plan, assessment):
    assert not changes_since(assessment).any
    attestation_create(actor=manager, cluster=plan.cluster, check=ASKING[0], answer="pass", evidence="x")
    waiver_create(actor=manager, cluster=plan.cluster, check="CLU001", reason="x", until=today(), name="x")
    changes = changes_since(assessment)
    assert (changes.answers, changes.waivers, changes.otherwise, changes.newer) == (1, 1, False, None)


def test_a_plan_that_asks_for_something_else_is_told_too(plan, assessment):
    plan.target = "1.23"
    plan.save()
    assessment.refresh_from_db()
    assert changes_since(assessment).otherwise

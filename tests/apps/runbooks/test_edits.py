"""Edits over the API: written down, tried against the revision, laid over the next one, and never overwritten."""

from __future__ import annotations

import pytest

from apps.operations.runner import run_operation
from apps.runbooks import adapters, edits
from apps.runbooks.models import Runbook, RunbookEdit
from apps.runbooks.services import runbook_request

OWN = {
    "title": "通知客户",
    "why": "合同要求",
    "expected": "已确认",
    "actions": [{"where": "bastion", "text": "打电话"}],
    "verify": [{"where": "bastion", "text": "有回执"}],
    "no_rollback_reason": "不能撤回",
    "minutes": [5, 10],
}


@pytest.fixture
def address(runbook):
    return f"/api/v1/plans/{runbook.plan.uid}/edits/"


def written_anew(plan, actor) -> Runbook:
    operation = runbook_request(actor=actor, plan=plan)
    assert run_operation(str(operation.uid))
    return Runbook.objects.get(operation=operation)


def put(api, address, **given):
    return api.post(address, given, format="json")


def test_an_edit_is_laid_over_the_next_revision(api, address, runbook, manager):
    made = put(api, address, act="change", step="prepare.backup", words={"title": "双份备份", "minutes": [30, 60]})
    assert made.status_code == 201, made.json()
    assert made.json()["conflict"] is None
    added = put(api, address, act="add", anchor="prepare.backup", words=OWN)
    assert added.status_code == 201, added.json()
    key = added.json()["step"]
    assert key.startswith("own:")
    assert edits.pending(runbook)

    after = written_anew(runbook.plan, manager)
    steps = {s["key"]: s for s in api.get(f"/api/v1/runbooks/{after.uid}/steps/?page_size=500").json()["results"]}
    assert steps["prepare.backup"]["title"]["text"] == "双份备份"
    assert steps["prepare.backup"]["origin"] == "edited"
    assert steps[key]["origin"] == "own"
    assert [r["key"] for r in api.get(f"/api/v1/runbooks/{after.uid}/steps/?origin=own").json()["results"]] == [key]
    assert not edits.pending(after)
    assert after.digest != runbook.digest
    assert adapters.compiled_of(after) == adapters.runbook_of(runbook)
    runbook.refresh_from_db()
    assert runbook.compiled is None


def test_an_edit_that_does_not_fit_is_refused_with_its_reason(api, address):
    refused = put(api, address, act="exclude", step="prepare.go", reason="快")
    assert (refused.status_code, refused.json()["code"]) == (409, "edit_conflict")
    assert "gate" in refused.json()["detail"]
    moved = put(api, address, act="move", step="cluster.access", anchor="cluster.create", place="before")
    assert (moved.status_code, moved.json()["code"]) == (409, "edit_conflict")
    assert "must come after" in moved.json()["detail"]
    assert RunbookEdit.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"act": "exclude", "step": "prepare.backup"}, "reason"),
        ({"act": "move", "step": "prepare.backup", "place": "after"}, "anchor"),
        ({"act": "add", "anchor": "prepare.go", "place": "after"}, "words"),
        ({"act": "restore", "step": "prepare.backup", "reason": "x"}, "reason"),
    ],
)
def test_an_edit_that_is_incomplete_names_the_field_and_nothing_else(api, address, given, field):
    refused = api.post(address, given, format="json", headers={"accept-language": "zh-hans"})
    assert (refused.status_code, refused.json()["values"]) == (400, {"field": field})
    assert refused.json()["detail"].endswith(f"：{field}")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"act": "exclude", "step": "prepare.backup"}, 400, "edit_malformed"),
        ({"act": "move", "step": "prepare.backup", "reason": "x"}, 400, "edit_malformed"),
        ({"act": "nonsense", "step": "prepare.backup"}, 400, "invalid"),
        (
            {"act": "exclude", "step": "prepare.backup", "reason": "mysql://root:S3cr3t-pass@10.0.0.3/db"},
            422,
            "edit_secret",
        ),
        ({"act": "change", "step": "prepare.backup", "words": {"minutes": [9, 2]}}, 422, "edit_field"),
        ({"act": "change", "step": "prepare.nothing", "words": {"title": "x"}}, 409, "edit_conflict"),
    ],
)
def test_what_is_wrong_by_itself_is_refused(api, address, given, status, code):
    answer = api.post(address, given, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert "S3cr3t" not in answer.content.decode()
    assert RunbookEdit.objects.count() == 0


def test_an_edit_is_undone_and_stays_on_record(api, address, runbook, manager):
    made = put(api, address, act="exclude", step="prepare.backup", reason="已有备份").json()
    assert written_anew(runbook.plan, manager).steps.get(key="prepare.backup").excluded
    undone = api.delete(f"{address}{made['uid']}/")
    assert (undone.status_code, undone.json()["undone_by"]) == (200, "manager")
    assert api.delete(f"{address}{made['uid']}/").json()["code"] == "edit_undone"
    assert api.get(address).json() == []
    assert [e["uid"] for e in api.get(address, {"undone": "true"}).json()] == [made["uid"]]
    assert not written_anew(runbook.plan, manager).steps.get(key="prepare.backup").excluded


def test_conflicts_are_shown_and_settled_by_another_edit(api, address, runbook, manager):
    made = put(api, address, act="change", step="prepare.backup", words={"title": "双份备份"}).json()
    row = RunbookEdit.objects.get(uid=made["uid"])
    row.data["base"] = {"title": "what it said before"}
    row.save()

    after = written_anew(runbook.plan, manager)
    assert api.get(f"/api/v1/runbooks/{after.uid}/").json()["conflicts"] == 1
    shown = api.get(address).json()[0]
    assert "compiled anew" in shown["conflict"]["text"]
    refused = api.post(f"/api/v1/runbooks/{after.uid}/review/submit/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "review_conflicts")

    given = {"act": "change", "step": "prepare.backup", "words": {"title": "双份备份"}}
    settled = api.put(f"{address}{made['uid']}/", given, format="json")
    assert (settled.status_code, settled.json()["conflict"]) == (200, None)
    last = written_anew(runbook.plan, manager)
    assert (last.conflicts, last.steps.get(key="prepare.backup").title_en) == ([], "双份备份")


def test_two_people_do_not_overwrite_each_other(api, address):
    tag = api.get(address).headers["ETag"]
    given = {"act": "exclude", "step": "prepare.backup", "reason": "已有备份"}
    first = api.post(address, given, format="json", HTTP_IF_MATCH=tag)
    assert first.status_code == 201
    assert first.headers["ETag"] == api.get(address).headers["ETag"] != tag
    late = api.post(address, {**given, "step": "prepare.images"}, format="json", HTTP_IF_MATCH=tag)
    assert (late.status_code, late.json()["code"]) == (412, "edits_changed")
    gone = api.delete(f"{address}{first.json()['uid']}/", HTTP_IF_MATCH=tag)
    assert (gone.status_code, gone.json()["code"]) == (412, "edits_changed")
    assert RunbookEdit.objects.get().undone_at is None


def test_only_the_latest_revision_is_edited(runbook, manager):
    from apps.core.errors import Conflict
    from migrator.runbook.edits import Exclude

    written_anew(runbook.plan, manager)
    with pytest.raises(Conflict) as refused:
        edits.edit_create(actor=manager, runbook=runbook, edit=Exclude(step="prepare.backup", reason="x"))
    assert refused.value.code == "runbook_not_latest"


def test_revisions_are_compared_step_by_step(api, address, runbook, manager):
    put(api, address, act="add", anchor="prepare.backup", words=OWN)
    after = written_anew(runbook.plan, manager)
    found = api.get(f"/api/v1/runbooks/{after.uid}/compare/", {"old": str(runbook.uid)}).json()
    assert found["differs"] is True
    assert [s["title"]["text"] for s in found["added"]] == ["通知客户"]
    same = api.get(f"/api/v1/runbooks/{after.uid}/compare/", {"old": str(after.uid)}).json()
    assert (same["differs"], same["same"]) == (False, after.step_count)


def test_strangers_read_and_write_nothing(anonymous_api, address):
    assert anonymous_api.get(address).status_code == 401
    assert anonymous_api.post(address, {"act": "restore"}, format="json").status_code == 401

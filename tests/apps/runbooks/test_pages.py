"""What a person does with runbooks in the admin: open steps, edit, compare, review, look at manifests, reconcile."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.runbooks.models import Reconciliation, Runbook, RunbookEdit
from migrator.locale import text

LANGUAGES = {"zh-hans": "zh", "en": "en"}


def page(client, name: str, *args: object, language: str = "en", **query: object) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args), query, headers={"accept-language": language})
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.content.decode())


def send(client, name: str, *args: object, **data: object) -> str:
    address = reverse(f"admin:{name}", args=args)
    answer = client.post(address, data, follow=True, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def filled(form) -> dict[str, object]:
    """What a browser would post of all forms of a step."""
    forms = [form.words, *(f for s in form.lists.values() for f in (s.management_form, *s.forms))]
    return {
        f.add_prefix(n): f[n].value()
        for f in forms
        for n in f.fields
        if not (f[n].value() is None or f[n].value() is False)
    }


@pytest.fixture
def step(runbook):
    return runbook.steps.get(key="prepare.backup")


@pytest.fixture
def latest(runbook):
    def found() -> Runbook:
        return Runbook.objects.filter(plan=runbook.plan).order_by("-number").first()

    return found


def written_anew(client, runbook) -> Runbook:
    send(client, "runbooks_runbook_anew", runbook.pk)
    operation = Operation.objects.filter(kind="runbooks.compile").order_by("-id").first()
    assert run_operation(str(operation.uid))
    return Runbook.objects.get(operation=operation)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_revision_shows_its_phases_and_steps(admin_pages, runbook, step, language):
    shown = page(admin_pages, "runbooks_runbook_change", runbook.pk, language=language)
    assert runbook.phases[0][LANGUAGES[language]] in shown
    assert getattr(step, f"title_{LANGUAGES[language]}") in shown
    assert text("review.state.draft", LANGUAGES[language]) in shown
    whole = page(admin_pages, "runbooks_runbook_step", runbook.pk, step.number, language=language)
    part = page(admin_pages, "runbooks_runbook_step", runbook.pk, step.number, language=language, part=1)
    change = reverse("admin:runbooks_runbook_change", args=(runbook.pk,))
    assert part.replace('href="#s', f'href="{change}#s') in whole  # references lead to the other steps
    assert "<pre><code>" in part
    assert "<html" not in part
    assert page(admin_pages, "runbooks_runbook_changelist", language=language)


def test_words_are_changed_by_a_form(admin_pages, runbook, step):
    address = reverse("admin:runbooks_runbook_edit", args=(runbook.pk, step.number, "change"))
    asked = admin_pages.get(address, headers={"accept-language": "en"})
    data = filled(asked.context["form"])
    unchanged = admin_pages.post(address, data, headers={"accept-language": "en"})
    assert text("edit.problem.missing", "en") in unescape(unchanged.content.decode())
    assert not RunbookEdit.objects.exists()

    shown = send(
        admin_pages, "runbooks_runbook_edit", runbook.pk, step.number, "change", **data | {"title": "双份备份"}
    )
    assert "Write the runbook anew" in shown
    edit = RunbookEdit.objects.get()
    assert edit.data["words"] == {"title": "双份备份"}
    assert "Edits have been made since" in page(admin_pages, "runbooks_runbook_change", runbook.pk)
    after = written_anew(admin_pages, runbook)
    assert after.steps.get(key=step.key).title_en == "双份备份"
    assert "双份备份" in page(admin_pages, "runbooks_runbook_step", after.pk, step.number)


def test_commands_are_changed_by_the_form(admin_pages, runbook, step):
    address = reverse("admin:runbooks_runbook_edit", args=(runbook.pk, step.number, "change"))
    data = filled(admin_pages.get(address).context["form"]) | {"lang": "zh"}
    data["verify-0-command"] = "ls -l backup.tar.gz"
    data["verify-0-words"] = ""
    send(admin_pages, "runbooks_runbook_edit", runbook.pk, step.number, "change", **data)
    words = RunbookEdit.objects.get().data["words"]
    assert list(words) == ["verify"]
    assert words["verify"][0]["command"] == "ls -l backup.tar.gz"


def test_an_own_step_is_added(admin_pages, runbook, step):
    address = reverse("admin:runbooks_runbook_edit", args=(runbook.pk, step.number, "add"))
    data = filled(admin_pages.get(address).context["form"])
    data |= {"title": "通知客户", "why": "合同", "expected": "已确认", "no_rollback_reason": "不能撤回"}
    refused = admin_pages.post(address, data, headers={"accept-language": "en"})
    assert text("edit.field.actions", "en") in unescape(refused.content.decode())
    data |= {
        "actions-0-where": "bastion",
        "actions-0-words": "打电话",
        "verify-0-where": "bastion",
        "verify-0-words": "回执",
    }
    send(admin_pages, "runbooks_runbook_edit", runbook.pk, step.number, "add", **data)
    after = written_anew(admin_pages, runbook)
    own = after.steps.get(origin="own")
    assert (own.title_zh, own.position) == ("通知客户", after.steps.get(key=step.key).position + 1)


def test_a_step_is_left_out_taken_in_again_and_the_edit_undone(admin_pages, runbook, step):
    send(admin_pages, "runbooks_runbook_edit", runbook.pk, step.number, "exclude", reason="已有备份")
    after = written_anew(admin_pages, runbook)
    shown = page(admin_pages, "runbooks_runbook_step", after.pk, step.number)
    assert "已有备份" in shown
    assert "Take in again" in shown
    edit = RunbookEdit.objects.get()
    assert "已有备份" in page(admin_pages, "runbooks_runbook_edits", after.pk)
    send(admin_pages, "runbooks_runbook_undo", after.pk, edit.pk)
    edit.refresh_from_db()
    assert edit.undone_at is not None
    assert not written_anew(admin_pages, after).steps.get(key=step.key).excluded


def test_what_does_not_fit_is_refused_in_words(admin_pages, runbook):
    gate = runbook.steps.get(key="prepare.go")
    shown = send(admin_pages, "runbooks_runbook_edit", runbook.pk, gate.number, "exclude", reason="快")
    assert "it cannot be left out" in shown
    moved = send(
        admin_pages, "runbooks_runbook_edit", runbook.pk, gate.number, "move", anchor="cluster.create", place="after"
    )
    assert "must come after" in moved
    assert not RunbookEdit.objects.exists()


def test_a_step_is_moved(admin_pages, runbook, step):
    asked = page(admin_pages, "runbooks_runbook_edit", runbook.pk, step.number, "move")
    assert 'value="prepare.record"' in asked
    send(admin_pages, "runbooks_runbook_edit", runbook.pk, step.number, "move", anchor="prepare.record", place="before")
    after = written_anew(admin_pages, runbook)
    assert after.steps.get(key=step.key).position == after.steps.get(key="prepare.record").position - 1
    shown = page(admin_pages, "runbooks_runbook_compare", old=runbook.pk, new=after.pk)
    assert "moved" in shown
    answer = admin_pages.get(reverse("admin:runbooks_runbook_before", args=(after.pk,)))
    assert answer.headers["Location"].endswith(f"?old={runbook.pk}&new={after.pk}")


def test_two_chosen_revisions_are_compared(admin_pages, runbook):
    after = written_anew(admin_pages, runbook)
    data = {"action": "compare_chosen", "_selected_action": [after.pk, runbook.pk]}
    answer = admin_pages.post(reverse("admin:runbooks_runbook_changelist"), data, follow=True)
    assert answer.status_code == 200
    assert answer.context["differs"] is False
    alone = admin_pages.post(
        reverse("admin:runbooks_runbook_changelist"), data | {"_selected_action": [after.pk]}, follow=True
    )
    assert alone.status_code == 200


def test_a_review_goes_through_the_panel(admin_pages, client, runbook, step):
    send(admin_pages, "runbooks_runbook_comment", runbook.pk, text="整体可以")
    send(admin_pages, "runbooks_runbook_comment", runbook.pk, text="谁来做？", step=step.key)
    assert "谁来做？" in page(admin_pages, "runbooks_runbook_step", runbook.pk, step.number)
    shown = send(admin_pages, "runbooks_runbook_submit", runbook.pk, comment="请看断服", version=0)
    assert "请看断服" in shown
    assert 'name="decision"' not in shown  # the administrator has submitted it
    refused = send(admin_pages, "runbooks_runbook_decide", runbook.pk, decision="approved", version=1)
    assert text("error.review_own", "en") in refused

    reviewer = User.objects.create_user("reviewer", password="correct horse battery", is_staff=True)
    for codename in ("decide_review", "view_runbook"):
        reviewer.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(reviewer)
    shown = page(client, "runbooks_runbook_change", runbook.pk)
    assert 'name="decision"' in shown
    assert "Write anew" not in shown
    done = send(client, "runbooks_runbook_decide", runbook.pk, decision="approved", version=1)
    assert "Your decision has been stored." in done
    runbook.refresh_from_db()
    assert runbook.review.state == "approved"
    for name, args in (("anew", ()), ("submit", ()), ("edit", (step.number, "exclude"))):
        answer = client.post(reverse(f"admin:runbooks_runbook_{name}", args=(runbook.pk, *args)), {"reason": "x"})
        assert answer.status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_manifests_are_browsed(admin_pages, runbook, language):
    shown = page(admin_pages, "runbooks_runbook_manifests", runbook.pk, language=language, q="deployment")
    assert "deployment" in shown
    path = next(
        f.path for f in __import__("apps.runbooks.selectors", fromlist=["x"]).manifests(runbook).files if f.refs
    )
    file = page(admin_pages, "runbooks_runbook_manifests", runbook.pk, language=language, path=path)
    assert "apiVersion:" in file


def test_other_playbooks_are_written_from_the_plan(admin_pages, runbook):
    plan = runbook.plan
    address = reverse("admin:planning_plan_write_playbook", args=(plan.pk,))
    assert 'value="retirement"' in admin_pages.get(address).content.decode()
    admin_pages.post(address, {"choice": "retirement"})
    operation = Operation.objects.filter(kind="runbooks.compile").order_by("-id").first()
    assert run_operation(str(operation.uid))
    made = Runbook.objects.get(operation=operation)
    assert (made.playbook, made.number, made.manifest_count) == ("retirement", 2, 0)
    shown = page(admin_pages, "runbooks_runbook_manifests", made.pk)
    assert text("error.bundle_missing", "en", number=2) in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_new_cluster_is_reconciled_from_the_plan(admin_pages, runbook, manager, tmp_path, language):
    from apps.inventory.services import cluster_create, import_start_from_paths
    from tests.shop import SHOP, written

    plan = runbook.plan
    address = reverse("admin:planning_plan_reconcile", args=(plan.pk,))
    assert "<option" not in admin_pages.get(address).content.decode().split("<form", 1)[1].split("</form>")[0]
    new = cluster_create(actor=manager, name="new-cluster")
    imported = import_start_from_paths(cluster=new, actor=manager, paths=[written(SHOP, tmp_path / "new")])
    assert run_operation(str(imported.uid))
    assert "new-cluster" in admin_pages.get(address).content.decode()
    admin_pages.post(address, {"choice": new.snapshots.get().pk})
    operation = Operation.objects.get(kind="runbooks.reconcile")
    assert run_operation(str(operation.uid))
    row = Reconciliation.objects.get()
    shown = page(admin_pages, "runbooks_reconciliation_change", row.pk, language=language)
    assert text("reconcile.area.workloads", LANGUAGES[language]) in shown
    assert page(admin_pages, "runbooks_reconciliation_changelist", language=language)


def test_a_refused_decision_is_told_where_one_looks(admin_pages, runbook, client, reviewer):
    """Done, the page opens at the review; refused, at its top, where the reason stands."""
    own = reverse("admin:runbooks_runbook_change", args=(runbook.pk,))
    submit, decide = (reverse(f"admin:runbooks_runbook_{act}", args=(runbook.pk,)) for act in ("submit", "decide"))
    assert admin_pages.post(submit)["Location"] == f"{own}#review"
    assert admin_pages.post(submit)["Location"] == own, "it has been submitted already"
    reviewer.is_staff = True
    reviewer.save()
    reviewer.user_permissions.add(Permission.objects.get(codename="view_runbook"))
    client.force_login(reviewer)
    assert client.post(decide, {"decision": "rejected", "comment": ""})["Location"] == own, "without a reason"
    assert client.post(decide, {"decision": "approved"})["Location"] == f"{own}#review"
    assert "An approved revision stays as it is" in page(client, "runbooks_runbook_change", runbook.pk)

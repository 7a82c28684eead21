"""Three people by their rights, over REST and in the admin: who looks, who edits, who decides."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from rest_framework.test import APIClient

from apps.operations.models import Operation
from apps.runbooks.models import ReviewComment, RunbookEdit

RIGHTS = {
    "viewer": ("view_runbook", "view_plan"),
    "editor": ("view_runbook", "view_plan", "add_plan", "change_plan", "delete_plan"),
    "reviewer": ("view_runbook", "decide_review"),
}


@pytest.fixture
def people(db):
    made = {}
    for name, rights in RIGHTS.items():
        user = User.objects.create_user(f"a-{name}", password="correct horse battery", is_staff=True)
        user.user_permissions.add(*Permission.objects.filter(codename__in=rights))
        made[name] = User.objects.get(pk=user.pk)
    return made


def api_of(user: User) -> APIClient:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.force_authenticate(user)
    return client


def writes(runbook: Any) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """What is sent, by name: method, address, body."""
    plan, own = f"/api/v1/plans/{runbook.plan.uid}/", f"/api/v1/runbooks/{runbook.uid}/"
    step = runbook.steps.filter(excluded=False).exclude(kind="gate").first().key
    new = str(runbook.assessment.snapshot.uid)
    return {
        "plan": ("post", "/api/v1/plans/", {"cluster": str(runbook.plan.cluster.uid), "target": "1.25"}),
        "change": ("patch", plan, {"note": "x"}),
        "delete": ("delete", plan, {}),
        "assess": ("post", f"{plan}assessments/", {}),
        "compile": ("post", f"{plan}runbooks/", {}),
        "edit": ("post", f"{plan}edits/", {"act": "change", "step": step, "words": {"title": "Other"}}),
        "reconcile": ("post", f"{plan}reconciliations/", {"snapshot": new}),
        "submit": ("post", f"{own}review/submit/", {}),
        "decide": ("post", f"{own}review/decide/", {"decision": "approved"}),
        "comment": ("post", f"{own}review/comments/", {"text": "why?"}),
    }


ALLOWED = {
    "viewer": {"comment"},
    "editor": {"plan", "change", "delete", "assess", "compile", "edit", "reconcile", "submit", "comment"},
    "reviewer": {"decide", "comment"},
}
AGAINST = {"delete", "decide", "reconcile"}  # the right is there, and the state of things is against it


@pytest.mark.parametrize("name", RIGHTS)
def test_who_may_write_over_rest(people, runbook, name):
    client = api_of(people[name])
    for what, (method, address, body) in writes(runbook).items():
        answer = getattr(client, method)(address, body, format="json")
        if what not in ALLOWED[name]:
            assert answer.status_code == 403, (what, answer.content)
            assert answer.json()["code"] in ("permission_denied", "review_forbidden"), what
        elif what in AGAINST:
            assert answer.status_code == 409, (what, answer.content)
        else:
            assert answer.status_code in (200, 201, 202), (what, answer.content)
    if name != "editor":
        assert not RunbookEdit.objects.exists()
        assert not Operation.objects.filter(actor=people[name]).exists()


def test_everybody_who_logs_in_reads(people, runbook):
    paths = ("", "steps/", "manifests/", "review/", "download/?format=md&lang=en")
    for user in people.values():
        for path in paths:
            assert api_of(user).get(f"/api/v1/runbooks/{runbook.uid}/{path}").status_code == 200, path


def test_an_edit_is_not_taken_back_by_who_may_only_look(people, runbook):
    _, address, body = writes(runbook)["edit"]
    made = api_of(people["editor"]).post(address, body, format="json").json()
    for name in ("viewer", "reviewer"):
        client = api_of(people[name])
        assert client.delete(f"{address}{made['uid']}/").status_code == 403
        assert client.put(f"{address}{made['uid']}/", body, format="json").status_code == 403
    assert RunbookEdit.objects.get().undone_at is None


READ = ("runbooks_runbook_change", "runbooks_runbook_edits", "runbooks_runbook_manifests")
WORK = ("runbooks_runbook_anew", "runbooks_runbook_submit")
OF_PLAN = ("planning_plan_write_playbook", "planning_plan_containerise", "planning_plan_reconcile")


@pytest.mark.parametrize("name", RIGHTS)
def test_who_may_do_what_in_the_admin(client, people, runbook, name):
    client.force_login(people[name])
    for page in READ:
        assert client.get(reverse(f"admin:{page}", args=(runbook.pk,))).status_code == 200, page
    download = reverse("admin:runbooks_runbook_download", args=(runbook.pk,))
    assert client.get(download, {"format": "md"}).status_code == 200
    works = name == "editor"
    step = runbook.steps.exclude(kind="gate").first()
    edit = reverse("admin:runbooks_runbook_edit", args=(runbook.pk, step.number, "change"))
    assert client.get(edit).status_code == (200 if works else 403)
    for page in OF_PLAN:
        answer = client.get(reverse(f"admin:{page}", args=(runbook.plan.pk,)))
        assert (answer.status_code == 200) is works, page
    for page in WORK:
        answer = client.post(reverse(f"admin:{page}", args=(runbook.pk,)))
        assert answer.status_code == (302 if works else 403), page
    client.post(reverse("admin:runbooks_runbook_comment", args=(runbook.pk,)), {"text": "why?"})
    assert ReviewComment.objects.count() == 1


def test_who_may_not_even_look_sees_no_page(client, runbook):
    client.force_login(User.objects.create_user("stranger", password="correct horse battery", is_staff=True))
    for page in (*READ, "runbooks_runbook_download"):
        address = reverse(f"admin:{page}", args=(runbook.pk,))
        assert client.get(address, {"format": "md"}).status_code == 403, page
    comment = reverse("admin:runbooks_runbook_comment", args=(runbook.pk,))
    assert client.post(comment, {"text": "x"}).status_code == 403

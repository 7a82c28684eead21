"""Reviews: who may do what, what stands on the documents, and that what was approved stays as it was."""

from __future__ import annotations

import zlib

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from apps.runbooks import adapters, selectors
from apps.runbooks.models import Review, Runbook


def api_of(user: User) -> APIClient:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.force_authenticate(user)
    return client


@pytest.fixture
def address(runbook):
    return f"/api/v1/runbooks/{runbook.uid}/review/"


def act(api, address, what: str, **given):
    return api.post(f"{address}{what}/", given, format="json")


def test_a_revision_begins_as_a_draft(api, address):
    shown = api.get(address).json()
    assert (shown["state"], shown["entries"], shown["may_decide"]) == ("draft", [], False)


def test_an_approved_revision_carries_digest_and_signatures(api, address, runbook, reviewer):
    plain = selectors.runbook_file(runbook, "md", "en").content.decode()
    assert act(api, address, "submit", comment="请评审").status_code == 200
    done = act(api_of(reviewer), address, "decide", decision="approved", comment="同意")
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    runbook = Runbook.objects.get(pk=runbook.pk)
    edition = adapters.edition_of(runbook)
    assert edition is not None
    assert (edition.revision, edition.digest) == (1, runbook.digest)
    assert [(s.act, s.name, s.comment) for s in edition.signatures] == [
        ("submitted", "manager", "请评审"),
        ("approved", "王敏", "同意"),
    ]
    signed = selectors.runbook_file(runbook, "md", "en").content.decode()
    assert runbook.digest in signed
    assert "王敏" in signed
    assert "王敏" not in plain
    assert signed == selectors.runbook_file(runbook, "md", "en").content.decode()
    told = api.get(f"/api/v1/runbooks/{runbook.uid}/download/", {"format": "json"}).json()["edition"]
    assert (told["revision"], told["digest"]) == (1, runbook.digest)
    assert [s["name"] for s in told["signatures"]] == ["manager", "王敏"]


def test_nobody_decides_on_their_own(api, address, runbook, manager, reviewer, administrator):
    manager.user_permissions.add(Permission.objects.get(codename="decide_review"))
    own = api_of(User.objects.get(pk=manager.pk))
    act(own, address, "submit")
    refused = act(own, address, "decide", decision="approved")
    assert (refused.status_code, refused.json()["code"]) == (403, "review_own")
    assert own.get(address).json()["may_decide"] is False
    assert api_of(reviewer).get(address).json()["may_decide"] is True
    assert Review.objects.get().state == "submitted"


def test_who_compiled_does_not_approve_what_another_submitted(address, manager, reviewer):
    manager.user_permissions.add(Permission.objects.get(codename="decide_review"))
    reviewer.user_permissions.add(Permission.objects.get(codename="change_plan"))
    assert act(api_of(User.objects.get(pk=reviewer.pk)), address, "submit").status_code == 200
    for user in (manager, reviewer):
        refused = act(api_of(User.objects.get(pk=user.pk)), address, "decide", decision="approved")
        assert (refused.status_code, refused.json()["code"]) == (403, "review_own")


def test_deciding_needs_the_right(api, address, reviewer):
    act(api, address, "submit")
    other = User.objects.create_user("other", password="correct horse battery")
    refused = act(api_of(other), address, "decide", decision="approved")
    assert (refused.status_code, refused.json()["code"]) == (403, "review_forbidden")


@pytest.mark.parametrize("decision", ["changes_requested", "rejected"])
def test_a_refusal_needs_a_reason(api, address, reviewer, decision):
    act(api, address, "submit")
    refused = act(api_of(reviewer), address, "decide", decision=decision, comment="  ")
    assert (refused.status_code, refused.json()["code"]) == (422, "review_reason")
    done = act(api_of(reviewer), address, "decide", decision=decision, comment="停机时间太长")
    assert (done.json()["state"], done.json()["entries"][-1]["comment"]) == (decision, "停机时间太长")


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_what_is_decided_stays_so(api, address, reviewer, decision):
    act(api, address, "submit")
    act(api_of(reviewer), address, "decide", decision=decision, comment="x")
    for answer in (
        act(api, address, "submit"),
        act(api_of(reviewer), address, "decide", decision="approved"),
        act(api_of(reviewer), address, "decide", decision="rejected", comment="y"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "review_state")


def test_a_draft_is_not_decided_on(address, reviewer):
    assert act(api_of(reviewer), address, "decide", decision="approved").json()["code"] == "review_state"


def test_changes_can_be_explained_and_the_same_revision_submitted_again(api, address, reviewer):
    act(api, address, "submit")
    act(api_of(reviewer), address, "decide", decision="changes_requested", comment="为什么停两次？")
    assert act(api, address, "submit", comment="见 3.2").json()["state"] == "submitted"
    done = act(api_of(reviewer), address, "decide", decision="approved").json()
    assert [e["act"] for e in done["entries"]] == ["submitted", "changes_requested", "submitted", "approved"]


def test_an_act_upon_an_older_view_is_refused(api, address, reviewer):
    seen = api.get(address).json()["version"]
    act(api, address, "submit", version=seen)
    late = act(api_of(reviewer), address, "decide", decision="approved", version=seen)
    assert (late.status_code, late.json()["code"]) == (412, "review_changed")


def test_a_revision_that_was_tampered_with_is_neither_approved_nor_written(api, address, runbook, reviewer):
    stored = bytes(runbook.document)
    other = zlib.compress(zlib.decompress(stored).replace(b'"minutes":[', b'"minutes": [', 1))
    act(api, address, "submit")
    Runbook.objects.filter(pk=runbook.pk).update(document=other)
    refused = act(api_of(reviewer), address, "decide", decision="approved")
    assert (refused.status_code, refused.json()["code"]) == (409, "runbook_changed")
    Runbook.objects.filter(pk=runbook.pk).update(document=stored)
    act(api_of(reviewer), address, "decide", decision="approved")
    Runbook.objects.filter(pk=runbook.pk).update(document=other)
    answer = api.get(f"/api/v1/runbooks/{runbook.uid}/download/", {"format": "md"})
    assert (answer.status_code, answer.json()["code"]) == (409, "runbook_changed")


def test_comments_stand_at_their_step(api, address, runbook):
    first = runbook.steps.order_by("position").first()
    made = api.post(f"{address}comments/", {"step": first.key, "text": "谁来做？"}, format="json")
    assert made.status_code == 201
    api.post(f"{address}comments/", {"text": "整体可以"}, format="json")
    assert [c["text"] for c in api.get(f"{address}comments/").json()] == ["谁来做？", "整体可以"]
    step = api.get(f"/api/v1/runbooks/{runbook.uid}/steps/{first.number}/").json()
    assert [c["text"] for c in step["comments"]] == ["谁来做？"]
    for given, code in (
        ({"step": "no.such", "text": "x"}, "review_step"),
        ({"text": "mysql://root:S3cr3t-pass@10.0.0.3/db"}, "text_secret"),
    ):
        refused = api.post(f"{address}comments/", given, format="json")
        assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_a_new_revision_is_a_draft_again(api, address, runbook, manager, reviewer):
    from tests.apps.runbooks.test_edits import written_anew

    act(api, address, "submit")
    act(api_of(reviewer), address, "decide", decision="approved")
    after = written_anew(runbook.plan, manager)
    assert after.review.state == "draft"
    assert adapters.edition_of(after) is None
    assert [r["review"] for r in api.get("/api/v1/runbooks/").json()["results"]] == ["draft", "approved"]
    assert api.get("/api/v1/runbooks/", {"review": "approved"}).json()["count"] == 1


def test_strangers_see_no_review(anonymous_api, address):
    assert anonymous_api.get(address).status_code == 401
    assert anonymous_api.post(f"{address}submit/", {}, format="json").status_code == 401

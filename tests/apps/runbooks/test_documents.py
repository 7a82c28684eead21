"""Documents that take long: written once by a worker, kept, and written anew when somebody has signed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.runbooks import documents
from apps.runbooks.models import RunbookDocument
from apps.runbooks.selectors import runbook_file
from tests.apps.runbooks.test_reviews import act, api_of


@pytest.fixture
def large(runbook, monkeypatch):
    """The revision as if it were a large one."""
    monkeypatch.setattr(documents, "STEPS_AT_ONCE", 0)
    return runbook


@pytest.fixture
def address(large):
    return f"/api/v1/runbooks/{large.uid}/download/"


def written(api, address, **query):
    """The answer once a worker has done its part."""
    first = api.get(address, query)
    assert first.status_code == 202, first.content[:200]
    assert run_operation(first.json()["uid"])
    return api.get(address, query)


def test_a_slow_document_is_written_by_a_worker_and_kept(api, address, large):
    answer = written(api, address, format="pdf", lang="zh")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content == runbook_file(large, "pdf", "zh").content
    assert "old-cluster-r1-runbook-zh.pdf" in answer["Content-Disposition"]
    again = api.get(address, {"format": "pdf", "lang": "zh"})
    assert (again.status_code, again.content) == (200, answer.content)
    assert Operation.objects.filter(kind="runbooks.document").count() == 1


def test_whoever_asks_meanwhile_waits_for_the_same_work(api, address):
    first, second = (api.get(address, {"format": "pdf", "lang": "zh"}).json()["uid"] for _ in range(2))
    assert first == second
    assert api.get(address, {"format": "pdf", "lang": "en"}).json()["uid"] != first


def test_quick_documents_come_at_once(api, address):
    for format in ("md", "json", "html"):
        assert api.get(address, {"format": format}).status_code == 200


def test_what_is_signed_is_written_anew(api, address, large, reviewer):
    before = written(api, address, format="pdf", lang="en").content
    review = f"/api/v1/runbooks/{large.uid}/review/"
    act(api, review, "submit")
    act(api_of(reviewer), review, "decide", decision="approved")
    after = written(api, address, format="pdf", lang="en").content
    assert after != before
    assert RunbookDocument.objects.count() == 2


def test_what_was_kept_long_is_removed(api, address):
    written(api, address, format="pdf", lang="zh")
    assert documents.documents_expire() == 0
    RunbookDocument.objects.update(created_at=timezone.now() - documents.KEPT - timedelta(days=1))
    assert documents.documents_expire() == 1
    assert api.get(address, {"format": "pdf", "lang": "zh"}).status_code == 202

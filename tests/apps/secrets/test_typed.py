"""Marked credentials that people type: into plans, edits, comments, reviews, forms of applications, answers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from apps.checklists.services import today
from apps.inventory.models import AddressUse
from apps.operations.runner import run_operation
from apps.runbooks.models import Runbook
from apps.runbooks.services import runbook_request
from tests.apps.runbooks.test_applications import FORM
from tests.secrets import sinks
from tests.secrets.marks import found_in, mark

pytestmark = pytest.mark.django_db(transaction=True)

# Where a credential stands in what people write; each is told by its form, its name or its command.
TYPED = {
    "URL": "see https://admin:{0}@10.0.0.8/shop",
    "password": "the password={0} still holds",
    "Chinese": "数据库密码：{0}",
    "command": "mysql -uroot -p{0} shop -e 'select 1'",
    "token": "Authorization: Bearer {0}",
    "environment": "export DB_PASSWORD={0} && ./run",
    "secret": "kubectl create secret generic db --from-literal=password={0}",
    "login": "docker login -u robot -p {0} swr.example.com",
}


def texts() -> list[str]:
    return [form.format(mark(f"typed {name}")) for name, form in TYPED.items()]


def requests_of(runbook, text: str) -> list[tuple[str, str, dict]]:
    """Everything of a plan's runbook that takes a text: method, address, body."""
    plan, own = f"/api/v1/plans/{runbook.plan.uid}/", f"/api/v1/runbooks/{runbook.uid}/"
    cluster = f"/api/v1/clusters/{runbook.plan.cluster.uid}/"
    steps = runbook.steps.exclude(kind="gate")
    step, other = steps[0].key, steps[1].key
    action = {"where": "bastion", "command": text}
    step_words = {
        "title": "Look",
        "why": "w",
        "expected": "e",
        "actions": [action],
        "verify": [{"where": "bastion", "text": "looked"}],
        "no_rollback_reason": "none",
        "minutes": [1, 2],
    }
    until = (today() + timedelta(days=30)).isoformat()
    made = {"cluster": str(runbook.plan.cluster.uid), "target": "1.25"}
    return [
        *(("post", "/api/v1/plans/", {**made, field: text}) for field in ("name", "note", "strategy_reason")),
        ("post", "/api/v1/plans/", {**made, "registries": f"{text} = new.example/a"}),
        ("post", "/api/v1/plans/", {**made, "registries": f"robot:{mark('typed registry')}@old.example = new.example"}),
        *(("patch", plan, {field: text}) for field in ("name", "note", "strategy_reason", "registries")),
        *(
            ("post", f"{plan}edits/", {"act": "change", "step": step, "words": {field: text}})
            for field in ("title", "why", "expected", "no_rollback_reason")
        ),
        *(
            ("post", f"{plan}edits/", {"act": "change", "step": step, "words": {field: [action]}})
            for field in ("actions", "verify", "rollback")
        ),
        ("post", f"{plan}edits/", {"act": "exclude", "step": other, "reason": text}),
        ("post", f"{plan}edits/", {"act": "add", "anchor": step, "place": "after", "words": step_words}),
        ("post", f"{own}review/comments/", {"text": text}),
        ("post", f"{own}review/comments/", {"text": text, "step": step}),
        ("post", f"{own}review/submit/", {"comment": text}),
        ("post", f"{plan}runbooks/", {"playbook": "containerise", "form": f"{FORM}start: {text!r}\n"}),
        ("post", f"{plan}runbooks/", {"playbook": "containerise", "form": f"{FORM}env: {{NOTE: {text!r}}}\n"}),
        ("post", f"{plan}runbooks/", {"playbook": "containerise", "form": f"{FORM}{text}"}),
        ("post", f"{cluster}attestations/", {"check": "CLU001", "answer": "pass", "evidence": text}),
        ("post", f"{cluster}waivers/", {"check": "CLU001", "kind": "*", "reason": text, "until": until}),
    ]


def looked_at(client, runbook) -> dict[str, bytes]:
    """Answers and pages in which what was typed would be shown."""
    plan, own = f"/api/v1/plans/{runbook.plan.uid}/", f"/api/v1/runbooks/{runbook.uid}/"
    addresses = [
        *(plan, f"{plan}edits/", f"{own}review/", f"{own}review/comments/", f"{own}download/?format=json"),
        *(f"{own}download/?format={name}&lang=en" for name in ("md", "xlsx")),
        f"/api/v1/clusters/{runbook.plan.cluster.uid}/waivers/",
        "/api/v1/operations/?page_size=200",
        reverse("admin:planning_plan_change", args=(runbook.plan.pk,)),
        reverse("admin:runbooks_runbook_change", args=(runbook.pk,)),
        reverse("admin:runbooks_runbook_edits", args=(runbook.pk,)),
    ]
    answers = {address: client.get(address) for address in addresses}
    assert {a: answer.status_code for a, answer in answers.items()} == dict.fromkeys(addresses, 200)
    return {address: answer.content for address, answer in answers.items()}


@pytest.fixture
def signed_api(administrator):
    from rest_framework.test import APIClient

    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.force_authenticate(administrator)
    return client


# Of a form, what it refuses by itself comes first.
CODES = ("text_secret", "edit_secret", "registries_line", "form_value", "form_unknown_field", "form_unreadable")


def test_what_seems_to_be_a_credential_is_refused_and_kept_nowhere(signed_api, runbook, data_folder, settings):
    """What stands in no column is shown on no page and in no document."""
    with sinks.logged() as log:
        for text in texts():
            for method, address, body in requests_of(runbook, text):
                answer = getattr(signed_api, method)(address, body, format="json")
                assert (answer.status_code, answer.json()["code"] in CODES) == (422, True), (body, answer.content)
                assert found_in(answer.content) == set(), (address, body)
    assert log.marks() == set()
    assert log.lines
    assert sinks.database() == {}
    assert sinks.files(data_folder, Path(settings.DATA_DIR)) == {}


def test_reasons_of_a_decision_are_refused_as_well(signed_api, runbook, django_user_model):
    from rest_framework.test import APIClient

    other = APIClient()
    other.force_authenticate(django_user_model.objects.create_superuser("reviewer", password="correct horse battery"))
    address = f"/api/v1/runbooks/{runbook.uid}/review/"
    assert signed_api.post(f"{address}submit/", {}, format="json").status_code == 200
    for text in texts():
        for decision in ("approved", "changes_requested", "rejected"):
            answer = other.post(f"{address}decide/", {"decision": decision, "comment": text}, format="json")
            assert (answer.status_code, answer.json()["code"]) == (422, "text_secret")
    assert sinks.database() == {}


def test_the_admin_refuses_the_same_and_says_so_at_the_field(admin_pages, runbook, plan):
    text, english = texts()[1], {"accept-language": "en"}
    sentence = "seems to hold a password"
    form = {
        "cluster": plan.cluster.pk,
        "target": "1.25",
        "strategy": "auto",
        "profile": "ctyun",
        "balancer": "shared",
        "note": text,
    }
    shown = admin_pages.post(reverse("admin:planning_plan_add"), form, headers=english)
    assert (shown.status_code, sentence in shown.content.decode()) == (200, True)
    cluster = runbook.plan.cluster.pk
    answered = {"cluster": cluster, "check_code": "CLU001", "answer": "pass", "evidence": text}
    shown = admin_pages.post(reverse("admin:checklists_attestation_add"), answered, headers=english)
    assert (shown.status_code, sentence in shown.content.decode()) == (200, True)
    waived = {"cluster": cluster, "check_code": "CLU001", "kind": "*", "namespace": "*", "name": "*", "reason": text}
    until = (today() + timedelta(days=30)).isoformat()
    shown = admin_pages.post(reverse("admin:checklists_waiver_add"), {**waived, "until": until}, headers=english)
    assert (shown.status_code, sentence in shown.content.decode()) == (200, True)
    comment = reverse("admin:runbooks_runbook_comment", args=(runbook.pk,))
    shown = admin_pages.post(comment, {"text": text}, headers=english, follow=True)
    assert sentence in shown.content.decode()
    assert sinks.database() == {}


def test_entries_of_the_registers_are_masked_as_those_of_a_dump(signed_api, runbook):
    address = f"/api/v1/clusters/{runbook.plan.cluster.uid}/address-uses/"
    location = f"proxy at http://admin:{mark('typed location')}@10.0.0.8/"
    answer = signed_api.post(address, {"address": "10.0.0.8", "location": location}, format="json")
    assert answer.status_code == 201, answer.content
    assert AddressUse.objects.filter(location__contains="<masked>").count() == 1
    assert sinks.database() == {}


def test_nothing_was_refused_for_nothing(signed_api, runbook):
    """Ordinary words about credentials are no credentials."""
    for text in ("The password is in the vault, ticket 4711", "密码由王敏保管", "kubectl -n shop get secret db"):
        answer = signed_api.post(f"/api/v1/runbooks/{runbook.uid}/review/comments/", {"text": text}, format="json")
        assert answer.status_code == 201, (text, answer.content)
        answer = signed_api.patch(f"/api/v1/plans/{runbook.plan.uid}/", {"note": text}, format="json")
        assert answer.status_code == 200, (text, answer.content)


def test_a_credential_that_was_not_told_would_be_found(signed_api, admin_pages, runbook, manager, monkeypatch):
    """The searches mean something: with the masks off, what was typed stands in every place."""
    monkeypatch.setattr("apps.core.texts.holds_secret", lambda text: False)
    monkeypatch.setattr("migrator.runbook.edits.mask_text", lambda text: text)
    text = texts()[1]
    for method, address, body in requests_of(runbook, text):
        getattr(signed_api, method)(address, body, format="json")
    operation = runbook_request(actor=manager, plan=runbook.plan)
    assert run_operation(str(operation.uid))
    columns = {"planning_plan.note", "runbooks_runbookedit.data", "runbooks_reviewcomment.text"}
    columns |= {"runbooks_reviewentry.comment", "checklists_attestation.evidence", "checklists_waiver.reason"}
    columns |= {"runbooks_runbook.document"}
    assert columns <= set(sinks.database())
    latest = Runbook.objects.get(operation=operation)
    of_both = [looked_at(admin_pages, each) for each in (runbook, latest)]
    assert {a for shown in of_both for a, content in shown.items() if not found_in(content)} <= {
        "/api/v1/operations/?page_size=200",  # what operations were given is not shown
        f"/api/v1/runbooks/{runbook.uid}/download/?format=md&lang=en",  # compiled before the edits
        f"/api/v1/runbooks/{runbook.uid}/download/?format=xlsx&lang=en",
        f"/api/v1/runbooks/{runbook.uid}/download/?format=json",
        f"/api/v1/runbooks/{latest.uid}/review/",
        f"/api/v1/runbooks/{latest.uid}/review/comments/",
    }

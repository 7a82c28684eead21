"""Checks that people write: tried before they are switched on, part of every assessment, their words kept with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.checklists import adapters, custom, selectors
from apps.checklists.checklist import changes_since
from apps.checklists.models import Assessment, CustomCheck
from apps.checklists.renewal import outdated_plans
from apps.checklists.services import assessment_request, attestation_create, waiver_create
from apps.checklists.services import today as day
from apps.core.errors import Conflict
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.planning.selectors import catalog
from apps.runbooks.selectors import runbook_file
from migrator.checks.custom.files import parse_checks
from migrator.locale import speaking
from tests.conftest import ENGLISH

ADDRESS = "/api/v1/custom-checks/"
FIELDS = {
    "code": "USR001",
    "slug": "too-few-replicas",
    "title_zh": "副本太少",
    "title_en": "Too few replicas",
    "message_zh": "至少三个副本。",
    "message_en": "Three replicas at least.",
    "kinds": ["Deployment"],
    "expression": "object.spec.replicas >= 3",
}
TENS = "[0,1,2,3,4,5,6,7,8,9]"
BOMB = f"{TENS}.all(a, {TENS}.all(b, {TENS}.all(c, {TENS}.all(d, {TENS}.all(e, {TENS}.all(f, true))))))"


@pytest.fixture
def root(django_user_model):
    return django_user_model.objects.create_superuser("root", password="x")


@pytest.fixture
def writer(api, root):
    api.force_authenticate(root)
    return api


def made(actor, **changes) -> CustomCheck:
    return custom.custom_create(actor=actor, **{**FIELDS, **changes})


def tried(check, cluster, actor=None, target="1.25") -> Operation:
    operation = custom.trial_request(actor=actor, check=check, cluster=cluster, target=target)
    assert run_operation(str(operation.uid))
    operation.refresh_from_db()
    check.refresh_from_db()
    return operation


def switched_on(actor, cluster, **changes) -> CustomCheck:
    check = made(actor, **changes)
    tried(check, cluster)
    return custom.custom_on(check=check)


def assessed(plan, actor) -> Assessment:
    operation = assessment_request(actor=actor, plan=plan)
    assert run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


def test_only_what_was_tried_without_an_error_is_switched_on(shop, manager):
    check = made(manager)
    with pytest.raises(Conflict) as refused:
        custom.custom_on(check=check)
    assert refused.value.code == "custom_not_tried"
    result = tried(check, shop.cluster).result
    assert (result["looked"], result["found"], result["problems"], result["beyond_limits"]) == (1, 1, 0, False)
    assert [row["name"] for row in check.trial["found_first"]] == ["web"]
    assert custom.custom_on(check=check).state == "on"
    changed = custom.custom_update(check=check, changes={"expression": "object.spec.replicas >= 4"})
    assert (changed.state, changed.is_tried) == ("draft", False)
    with pytest.raises(Conflict):
        custom.custom_on(check=changed)


@pytest.mark.parametrize(
    "changes", [{"expression": "object.spec.no_such_field > 1"}, {"kinds": ["CronJob"]}, {"expression": BOMB}]
)
def test_an_error_no_object_or_a_bomb_lets_nothing_be_switched_on(shop, manager, changes):
    check = made(manager, **changes)
    result = tried(check, shop.cluster).result
    assert result["problems"] or result["beyond_limits"] or not result["looked"]
    with pytest.raises(Conflict):
        custom.custom_on(check=check)


def test_new_words_leave_a_check_on(shop, manager):
    check = switched_on(manager, shop.cluster)
    assert custom.custom_update(check=check, changes={"title_en": "Another title"}).state == "on"


def test_a_trial_of_what_the_check_no_longer_says_is_not_kept(shop, manager):
    check = made(manager)
    operation = custom.trial_request(actor=manager, check=check, cluster=shop.cluster, target="1.25")
    stale = adapters.custom_check_of(check)
    custom.custom_update(check=check, changes={"expression": "object.spec.replicas >= 2"})
    from migrator.checks.custom.judging import Trial

    custom.trial_store(check=check, snapshot=shop, target="1.25", tried=Trial(stale, 1, (), ()), seconds=0.1)
    check.refresh_from_db()
    assert (check.trial, check.is_tried) == (None, False)
    assert run_operation(str(operation.uid)), "what the check says now is tried"
    assert not run_operation(str(operation.uid)), "a message delivered twice"
    check.refresh_from_db()
    assert (check.trial["found"], check.is_tried) == (0, True)


@pytest.mark.django_db(transaction=True)
def test_two_workers_try_at_once_and_keep_to_themselves(manager, shop):
    checks = [made(manager), made(manager, code="USR002", slug="b", expression="object.spec.replicas >= 2")]
    orders = [custom.trial_request(actor=manager, check=c, cluster=shop.cluster, target="1.25") for c in checks]
    from django.db import connection

    def work(operation):
        try:
            return run_operation(str(operation.uid))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        assert list(workers.map(work, orders)) == [True, True]
    assert [CustomCheck.objects.get(pk=c.pk).trial["found"] for c in checks] == [1, 0]


def test_what_is_on_takes_part_in_the_next_assessment(plan, manager, assessment):
    assert not outdated_plans(catalog())
    check = switched_on(manager, plan.cluster, severity="blocker")
    assert changes_since(assessment).otherwise
    assert [p.pk for p in outdated_plans(catalog())] == [plan.pk]
    row = assessed(plan, manager)
    assert (row.results.get(code="USR001").outcome, row.findings.get(check_code="USR001").severity) == (
        "fail",
        "blocker",
    )
    assert not outdated_plans(catalog())
    assert not changes_since(row).any
    custom.custom_off(check=check)
    assert changes_since(row).otherwise
    assert not assessed(plan, manager).results.filter(code="USR001").exists()


def test_what_was_assessed_keeps_its_words_when_the_check_is_changed_or_deleted(api, plan, manager):
    check = switched_on(manager, plan.cluster)
    first = assessed(plan, manager)
    custom.custom_update(check=check, changes={"message_en": "Other words.", "title_en": "Other title"})
    second = assessed(plan, manager)
    check.delete()

    def said(row):
        found = api.get(f"/api/v1/assessments/{row.uid}/findings/?check=USR001", headers={"accept-language": "en"})
        (finding,) = found.json()["results"]
        return finding["title"], finding["message"]

    for _ in range(2):  # in turn, and from one process
        assert said(first) == ("Too few replicas", "Three replicas at least.")
        assert said(second) == ("Other title", "Other words.")
    for row, words in ((first, b"Three replicas at least."), (second, b"Other words.")):
        with speaking({"check.too-few-replicas.finding": {"en": "of somebody else", "zh": "x"}}):
            assert words in selectors.assessment_document(row, "en")
            assert words in selectors.assessment_report(row, "sarif", "en")
    compared = api.get(
        f"/api/v1/assessments/{second.uid}/compare/?old={first.uid}", headers={"accept-language": "en"}
    ).json()["results"]
    assert [r["finding"]["message"] for r in compared if r["check"] == "USR001"] == ["Other words."]


def test_the_strategies_of_a_plan_are_compared_with_it(api, plan, manager):
    def blockers():
        options = api.get(f"/api/v1/plans/{plan.uid}/strategies/").json()["options"]
        return next(o["blockers"] for o in options if o["strategy"] == "migrate")

    before = blockers()
    switched_on(manager, plan.cluster, severity="blocker")
    assert blockers() == before + 1


def test_a_runbook_speaks_of_it_after_it_is_gone(plan, manager):
    from apps.runbooks.models import Runbook
    from apps.runbooks.services import runbook_request

    check = switched_on(manager, plan.cluster)
    operation = runbook_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))
    check.delete()
    row = Runbook.objects.get(operation=operation)
    with speaking({"check.too-few-replicas.title": {"en": "of somebody else", "zh": "x"}}):
        assert b"Too few replicas" in runbook_file(row, "md", "en").content


def test_it_is_answered_and_accepted_like_any_other(plan, manager):
    check = made(manager, expression="!has(object.spec.gone) || object.spec.gone")
    tried(check, plan.cluster)
    custom.custom_on(check=check)
    custom.custom_update(check=check, changes={"strategies": ["migrate"]})
    assert check.is_tried
    waiver_create(actor=manager, cluster=plan.cluster, check="too-few-replicas", reason="x", until=day())
    CustomCheck.objects.update(expression="object.spec.gone == 1")  # as if the objects were others by now
    row = assessed(plan, manager)
    assert row.results.get(code="USR001").outcome == "unknown"
    attestation_create(actor=manager, cluster=plan.cluster, check="USR001", answer="pass", evidence="looked")
    assert assessed(plan, manager).results.get(code="USR001").outcome == "pass"
    custom.custom_off(check=check)
    assert selectors.answers_of(plan.cluster, day()) == ()
    assert assessed(plan, manager).pk, "an answer to a check that is off is left alone"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"code": "API001"}, "code", "custom_field"),
        ({"slug": "Not A Slug"}, "slug", "custom_field"),
        ({"slug": "bare-pod"}, "slug", "custom_twice"),
        ({"kinds": []}, "kinds", "empty"),
        ({"kinds": ["deployment"]}, "kinds", "custom_field"),
        ({"title_zh": "", "title_en": ""}, "title_zh", "custom_text_missing"),
        ({"expression": "object."}, "expression", "custom_expression_broken"),
        ({"expression": "1 + 1"}, "expression", "custom_expression_type"),
        ({"expression": "true || " * 300 + "true"}, "expression", "custom_expression_long"),
        ({"applies": "about 1.25"}, "applies", "range_unreadable"),
        ({"strategies": []}, "strategies", "custom_field"),
        ({"severity": "awful"}, "severity", "invalid_choice"),
        ({"message_en": "x" * 2001}, "message_en", "custom_text_long"),
    ],
)
def test_what_is_wrong_is_told_by_field(writer, changes, field, code):
    answer = writer.post(ADDRESS, {**FIELDS, **changes}, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(f"#/{field}", code)]
    assert not CustomCheck.objects.exists()


def test_from_draft_to_on_over_rest(writer, shop):
    answer = writer.post(ADDRESS, FIELDS, format="json")
    assert (answer.status_code, answer.json()["state"], answer.json()["strategies"]) == (
        201,
        "draft",
        ["upgrade", "migrate"],
    )
    own = f"{ADDRESS}{answer.json()['uid']}/"
    refused = writer.post(f"{own}on/")
    assert (refused.status_code, refused.json()["code"]) == (409, "custom_not_tried")
    started = writer.post(f"{own}try/", {"cluster": str(shop.cluster.uid), "target": "1.25"}, format="json")
    assert started.status_code == 202
    assert run_operation(started.json()["uid"])
    shown = writer.get(own).json()
    assert (shown["tried"], shown["trial"]["looked"], shown["trial"]["found"]) == (True, 1, 1)
    assert writer.post(f"{own}on/").json()["state"] == "on"
    assert [row["code"] for row in writer.get(f"{ADDRESS}?state=on").json()["results"]] == ["USR001"]
    assert writer.patch(own, {"title_en": "x"}, format="json").json()["state"] == "on"
    twice = writer.post(ADDRESS, {**FIELDS, "slug": "other"}, format="json").json()["errors"]
    assert [(e["pointer"], e["code"]) for e in twice] == [("#/code", "custom_twice")]
    assert writer.post(f"{own}off/").json()["state"] == "off"
    assert writer.delete(own).status_code == 204


def test_who_may_not_write_reads(api, anonymous_api, root, django_user_model):
    check = made(root)
    api.force_authenticate(django_user_model.objects.create_user("reader", password="x"))
    own = f"{ADDRESS}{check.uid}/"
    assert api.get(own).status_code == api.get(f"{ADDRESS}export/").status_code == 200
    assert api.post(ADDRESS, FIELDS, format="json").status_code == 403
    assert api.patch(own, {"applies": ""}, format="json").status_code == 403
    assert {api.post(f"{own}{verb}/").status_code for verb in ("on", "off", "try")} == {403}
    assert api.post(f"{ADDRESS}import/").status_code == 403
    assert api.delete(own).status_code == 403
    assert anonymous_api.get(own).status_code in (401, 403)


def test_the_file_goes_out_and_comes_in_as_the_command_line_reads_it(writer, root, shop):
    switched_on(root, shop.cluster)
    content = writer.get(f"{ADDRESS}export/").content
    (check,) = parse_checks(content, "checks.yaml")
    assert (check.code, check.title) == ("USR001", {"zh": "副本太少", "en": "Too few replicas"})
    entries = yaml.safe_load(content)
    entries.append({**entries[0], "code": "USR002", "slug": "second"})
    entries[0]["message"] = {"en": "Changed."}
    answer = sent(writer, entries)
    assert [(r["code"], r["state"], r["message_zh"]) for r in answer.json()] == [
        ("USR001", "on", ""),
        ("USR002", "draft", "至少三个副本。"),
    ]
    entries[1]["expression"] = "1 + 1"
    entries[0]["message"] = {"en": "Not stored."}
    refused = sent(writer, entries)
    assert (refused.status_code, refused.json()["code"]) == (422, "custom_entry")
    assert refused.json()["values"]["number"] == 2
    assert CustomCheck.objects.get(code="USR001").message_en == "Changed."


def sent(api, entries):
    file = SimpleUploadedFile("checks.yaml", yaml.safe_dump(entries, allow_unicode=True).encode())
    return api.post(f"{ADDRESS}import/", {"file": file}, format="multipart", **ENGLISH)

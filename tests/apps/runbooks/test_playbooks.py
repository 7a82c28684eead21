"""Which playbooks a plan can have: those of its strategy, and those beside for a cluster that is at its target."""

from __future__ import annotations

from html import unescape

import pytest
from django.urls import reverse

from apps.checklists.services import assessment_request
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.planning.models import Plan
from apps.planning.services import plan_create
from apps.runbooks.adapters import runbook_of
from apps.runbooks.models import Runbook
from apps.runbooks.services import runbook_request
from migrator.engine import Request, assess, compile_runbook
from migrator.errors import MigratorError
from migrator.locale import text
from migrator.runbook.compiler import STAYING
from migrator.runbook.model import Playbook
from migrator.snapshot.read import read_paths
from tests.shop import SHOP, written

HAS = "v1.13.10-r0"  # the version of the shop's cluster
LANGUAGES = {"zh-hans": "zh", "en": "en"}


@pytest.fixture
def staying(shop, manager) -> Plan:
    return plan_create(actor=manager, cluster=shop.cluster, target="1.13")


def asked(client, plan, language="en", **body):
    headers = {"Accept-Language": language}
    return client.post(f"/api/v1/plans/{plan.uid}/runbooks/", body, format="json", headers=headers)


@pytest.mark.parametrize("target", ["1.13", "1.13.10", HAS])
def test_the_version_that_the_cluster_has_can_be_planned(api, shop, target):
    answer = api.post("/api/v1/plans/", {"cluster": str(shop.cluster.uid), "target": target}, format="json")
    assert answer.status_code == 201, answer.content
    address = f"/api/v1/plans/{answer.json()['uid']}/path/"
    path = api.get(address, headers={"Accept-Language": "en"}).json()
    assert (path["source"], path["target"], path["hops"]) == (HAS, HAS, [])
    said = [reason["text"] for reason in path["strategy"]["reasons"]]
    assert text("strategy.reason.at_target", "en", version=HAS) in said


@pytest.mark.parametrize("target", ["1.13.9", "v1.13.10-r0", "1.11"])
def test_an_older_version_cannot(api, shop, target):
    body = {"cluster": str(shop.cluster.uid), "target": target, "source": "v1.13.10-r1"}
    answer = api.post("/api/v1/plans/", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "target_not_above_source")


def test_the_form_of_a_plan_takes_it_and_its_page_says_what_for(admin_pages, shop):
    data = {"cluster": shop.cluster.pk, "target": "1.13", "strategy": "auto", "profile": "ctyun"}
    assert admin_pages.post(reverse("admin:planning_plan_add"), data).status_code == 302
    address = reverse("admin:planning_plan_change", args=(Plan.objects.get().pk,))
    for language, lang in LANGUAGES.items():
        shown = unescape(admin_pages.get(address, headers={"accept-language": language}).content.decode())
        assert text("strategy.reason.at_target", lang, version=HAS) in shown


def test_it_is_assessed(staying, manager):
    operation = assessment_request(actor=manager, plan=staying)
    assert run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert operation.status == "succeeded"
    row = staying.assessments.get()
    assert (row.source, row.target) == (HAS, HAS)


@pytest.mark.parametrize("playbook", sorted(STAYING))
def test_its_runbooks_are_those_of_the_command_line(api, staying, tmp_path, playbook):
    answer = asked(api, staying, playbook=playbook)
    assert answer.status_code == 202, answer.content
    operation = Operation.objects.get(uid=answer.json()["uid"])
    assert run_operation(str(operation.uid))
    facts = read_paths([written(SHOP, tmp_path / "dump")])
    expected = compile_runbook(facts, assess(facts, Request(target="1.13", stays=True)), playbook=Playbook(playbook))
    assert runbook_of(Runbook.objects.get(operation=operation)) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("body", [{}, {"playbook": "upgrade"}, {"playbook": "migration"}])
def test_it_is_neither_upgraded_nor_migrated(api, staying, language, body):
    answer = asked(api, staying, language, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "playbook_at_target")
    assert answer.json()["detail"] == text("error.playbook_at_target", LANGUAGES[language], version=HAS)
    assert not Operation.objects.filter(kind="runbooks.compile").exists()


def test_strategies_of_it_are_not_measured(api, staying):
    answer = api.get(f"/api/v1/plans/{staying.uid}/strategies/")
    assert answer.status_code == 200
    assert [option["minutes"] for option in answer.json()["options"]] == [None, None]
    assert api.get(f"/api/v1/plans/{staying.uid}/graph/").status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_playbook_of_the_other_strategy_is_refused_when_it_is_asked_for(api, plan, language):
    answer = asked(api, plan, language, playbook="upgrade")
    assert (answer.status_code, answer.json()["code"]) == (409, "playbook_of_other_strategy")
    said = answer.json()["detail"]
    assert said == text(
        "error.playbook_of_other_strategy", LANGUAGES[language], playbook="upgrade", strategy="migration"
    )
    assert "--strategy" not in said
    assert not Operation.objects.filter(kind="runbooks.compile").exists()


def test_the_playbook_of_the_strategy_may_be_named(api, plan):
    answer = asked(api, plan, playbook="migration")
    assert answer.status_code == 202
    operation = Operation.objects.get(uid=answer.json()["uid"])
    assert run_operation(str(operation.uid))
    assert Runbook.objects.get(operation=operation).playbook == "migration"


@pytest.mark.parametrize(
    ("playbook", "target", "later", "code"),
    [
        ("upgrade", "1.13.11", "1.25", "playbook_of_other_strategy"),
        ("migration", "1.25", "1.13", "playbook_at_target"),
    ],
)
def test_a_plan_changed_meanwhile_ends_with_the_same_words(shop, manager, playbook, target, later, code):
    plan = plan_create(actor=manager, cluster=shop.cluster, target=target)
    operation = runbook_request(actor=manager, plan=plan, playbook=playbook)
    Plan.objects.filter(pk=plan.pk).update(target=later)
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert (operation.status, operation.problem["code"]) == ("failed", code)
    assert "--strategy" not in operation.problem["details"]["en"]


def test_the_core_refuses_a_strategy_at_the_target_too(tmp_path):
    facts = read_paths([written(SHOP, tmp_path / "dump")])
    assessment = assess(facts, Request(target="1.13", stays=True))
    with pytest.raises(MigratorError) as refused:
        compile_runbook(facts, assessment)
    assert refused.value.code == "target_not_above_source"

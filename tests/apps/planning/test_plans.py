"""Plans: what is stored, what is refused, which snapshot counts."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils.html import escape

from apps.core.errors import Conflict, ServiceError
from apps.inventory.services import cluster_create, import_start_from_paths
from apps.operations.runner import run_operation
from apps.planning import selectors
from apps.planning.models import Plan
from apps.planning.services import plan_create, plan_delete, plan_update
from migrator.engine import Request, find_route
from migrator.errors import MigratorError
from migrator.locale import say, text
from migrator.paths.model import Strategy
from migrator.snapshot.read import read_paths
from tests.shop import SHOP, written


def test_a_plan_keeps_what_was_asked_as_it_was_written(shop, manager):
    plan = plan_create(
        actor=manager, cluster=shop.cluster, target=" v1.25 ", source="v1.13.10-r0", strategy="migrate", note="spring"
    )
    stored = Plan.objects.get()
    assert (stored.name, stored.target, stored.source) == ("old-cluster → v1.25", "v1.25", "v1.13.10-r0")
    assert (stored.strategy, stored.profile, stored.note) == ("migrate", "ctyun", "spring")
    assert (stored.created_by, stored.snapshot, stored.uid) == (manager, None, plan.uid)


def test_the_latest_snapshot_counts_unless_the_plan_names_one(shop, plan, manager, tmp_path):
    assert selectors.plan_snapshot(plan) == shop
    newer = {**SHOP, "cluster/nodes.yaml": SHOP["cluster/nodes.yaml"].replace(b"v1.13.10-r0", b"v1.15.11-r1")}
    folder = written(newer, tmp_path / "newer")
    run_operation(str(import_start_from_paths(cluster=shop.cluster, actor=manager, paths=[folder]).uid))
    assert selectors.needed_snapshot(plan).number == 2
    assert str(selectors.plan_route(plan).source) == "v1.15.11-r1"
    pinned = plan_update(plan=plan, changes={"snapshot": shop})
    assert selectors.plan_snapshot(pinned) == shop
    assert str(selectors.plan_route(pinned).source) == "v1.13.10-r0"


def test_the_route_is_that_of_the_core(plan, tmp_path):
    facts = read_paths([written(SHOP, tmp_path / "dump")])
    route = selectors.plan_route(plan)
    assert route == find_route(facts, Request(target="1.25"))
    assert route.choice.strategy is Strategy.MIGRATE


def test_a_snapshot_of_another_cluster_is_refused(shop, manager):
    other = cluster_create(actor=manager, name="other")
    with pytest.raises(ServiceError) as refusal:
        plan_create(actor=manager, cluster=other, target="1.25", snapshot=shop)
    assert refusal.value.code == "snapshot_of_other_cluster"
    assert not Plan.objects.exists()


def test_a_refused_change_changes_nothing(plan):
    with pytest.raises(MigratorError) as refusal:
        plan_update(plan=plan, changes={"name": "renamed", "target": "1.9"})
    assert refusal.value.code == "target_not_above_source"
    stored = Plan.objects.get()
    assert (stored.name, stored.target) == ("old-cluster → 1.25", "1.25")


def test_without_facts_only_what_is_known_is_checked(cluster, manager):
    plan = plan_create(actor=manager, cluster=cluster, target="1.25")
    assert selectors.plan_snapshot(plan) is None
    with pytest.raises(Conflict) as missing:
        selectors.plan_route(plan)
    assert missing.value.code == "plan_without_snapshot"
    for asked, code in (
        ({"target": "9.99"}, "version_unknown"),
        ({"target": "1.25", "profile": "nobody"}, "profile_unknown"),
        ({"target": "1.25", "source": "v1.27.3-r0"}, "target_not_above_source"),
    ):
        with pytest.raises(MigratorError) as refusal:
            plan_create(actor=manager, cluster=cluster, **asked)
        assert refusal.value.code == code


def test_the_database_refuses_a_strategy_that_does_not_exist(cluster):
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(cluster=cluster, name="x", target="1.25", strategy="fly")


def test_a_plan_goes_with_nothing_or_stays_with_its_history(plan, manager, runbook):
    with pytest.raises(ProtectedError):
        plan_delete(plan=plan)
    assert Plan.objects.get() == plan
    young = plan_create(actor=manager, cluster=plan.cluster, target="1.27")
    plan_delete(plan=young)
    assert Plan.objects.get() == plan


def test_strangers_see_no_plan(plan, manager):
    assert list(selectors.visible_to(manager)) == [plan]
    assert not selectors.visible_to(AnonymousUser()).exists()


def test_a_long_list_costs_as_many_queries_as_a_short_one(api, plan, manager, django_assert_max_num_queries):
    def count(rows: int) -> int:
        with django_assert_max_num_queries(20) as queries:
            answer = api.get("/api/v1/plans/")
        assert answer.json()["count"] == rows
        return len(queries)

    few = count(1)
    for number in range(10):
        plan_create(actor=manager, cluster=plan.cluster, target="1.25", name=f"plan {number}", snapshot=None)
    assert count(11) == few


@pytest.mark.parametrize(("header", "lang"), [("zh-CN", "zh"), ("en", "en")])
def test_the_page_of_a_plan_says_what_is_recommended_and_why(admin_client, plan, header, lang):
    page = admin_client.get(
        reverse("admin:planning_plan_change", args=(plan.pk,)), headers={"accept-language": header}
    ).content.decode()
    choice = selectors.plan_route(plan).choice
    assert choice.reasons
    name = text(f"strategy.{choice.recommended.value}", lang)
    assert escape(text("render.strategy.reasons", lang, recommended=name)) in page
    assert all(escape(say(reason, lang)) in page for reason in choice.reasons)

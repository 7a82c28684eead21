"""Workloads, services and entrances in the new cluster."""

from __future__ import annotations

import pytest

from migrator.locale import msg
from migrator.runbook.model import Runbook
from migrator.snapshot.model import (
    LoadBalancerKind,
    Snapshot,
)
from tests.unit.runbook.clusters import by_key, migrate, service, shop
from tests.unit.runbook.invariants import before


def test_a_statefulset_s_headless_service_comes_first(runbook: Runbook) -> None:
    step = by_key(runbook)["workloads.headless"]
    assert [r.name for r in step.subjects] == ["db"]
    assert "workloads.headless" in before(by_key(runbook), "workloads.create:shop")


def test_jobs_are_not_run_again_without_a_decision(runbook: Runbook) -> None:
    steps = by_key(runbook)
    assert [r.name for r in steps["workloads.jobs"].subjects] == ["load-once"]
    assert not any("load-once" in a.command for s in steps.values() for a in s.actions)


def test_the_api_server_s_own_service_is_not_copied(runbook: Runbook) -> None:
    steps = by_key(runbook)
    assert "services.create:default" not in steps, "there is nothing to create"
    assert [r.name for r in steps["services.verify"].subjects] == ["kubernetes"]


def test_a_service_without_selector_takes_its_endpoints_along(runbook: Runbook) -> None:
    step = by_key(runbook)["services.create:ops"]
    assert any("get endpoints -o json outside" in a.command for a in step.actions)


def test_a_classic_load_balancer_becomes_a_shared_one_with_an_id_filled_in_by_a_person(runbook: Runbook) -> None:
    step = by_key(runbook)["services.balancer:shop/db-public"]
    assert "--arg elb_class union" in step.actions[0].command
    assert '--arg elb "$elb"' in step.actions[0].command
    assert step.warnings == (msg("runbook.warning.balancer_classic"),)
    made = by_key(runbook)["services.balancers"]
    assert made.title.values["count"] == 1, "Service and Ingress share the old load balancer"


def test_a_dedicated_load_balancer_stays_dedicated() -> None:
    one = service("a", "api", type="LoadBalancer", load_balancer=LoadBalancerKind.DEDICATED)
    step = by_key(migrate(Snapshot(services=(one,))))["services.balancer:a/api"]
    assert "--arg elb_class performance" in step.actions[0].command


@pytest.mark.parametrize(("target", "api"), [("v1.21", "v1beta1"), ("v1.23", "v1"), ("v1.25", "v1")])
def test_an_ingress_is_written_in_the_api_of_the_target(target: str, api: str) -> None:
    step = by_key(migrate(shop(), target=target))["services.ingress:shop/mall"]
    assert "get ingresses.v1beta1.extensions -o json mall" in step.actions[0].command
    assert f"--arg api networking.k8s.io/{api} --arg class cce" in step.actions[0].command

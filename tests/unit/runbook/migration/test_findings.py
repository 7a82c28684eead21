"""Which step answers a finding, and where those wait that none answers."""

from __future__ import annotations

import pytest

from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.locale import msg
from migrator.runbook.model import Role, StepKind
from migrator.snapshot.model import (
    ObjectRef,
)
from tests.unit.runbook.clusters import by_key, empty, migrate, shop, steps_of
from tests.unit.runbook.invariants import before


def result(
    slug: str,
    *findings: Finding,
    outcome: Outcome = Outcome.FAIL,
    unanswered: bool = False,
    category: Category = Category.CLUSTER,
) -> CheckResult:
    return CheckResult(
        check="X001",
        slug=slug,
        category=category,
        severity=Severity.BLOCKER,
        outcome=outcome,
        reason=msg("appendix.empty"),
        findings=findings,
        unanswered=unanswered,
    )


def finding(ref: ObjectRef, severity: Severity = Severity.BLOCKER) -> Finding:
    return Finding(check="X001", severity=severity, subject=ref, message="appendix.empty")


def test_a_finding_is_answered_by_the_step_of_its_subject_under_any_api_version() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="Deployment", namespace="shop", name="web"))
    steps = by_key(migrate(shop(), results=(result("removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["workloads.create:shop"]
    assert "findings.remaining" not in steps


def test_what_a_controller_made_is_answered_by_its_owner_s_step() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="ReplicaSet", namespace="shop", name="web-5d9"))
    steps = by_key(migrate(shop(), results=(result("removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["workloads.create:shop"]


def test_what_is_said_of_the_platform_is_answered_by_the_add_ons() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="DaemonSet", namespace="kube-system", name="x"))
    steps = by_key(migrate(shop(), results=(result("removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["nodes.addons"]


def test_what_is_not_the_platform_s_own_is_not_answered_by_the_add_ons() -> None:
    found = finding(ObjectRef(api_version="apps/v1", kind="DaemonSet", namespace="kube-system", name="log-pilot"))
    steps = by_key(migrate(shop(), results=(result("own-object-in-platform-namespace", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["findings.blocking:cluster"]


def test_creating_an_object_anew_does_nothing_about_its_helm_release() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="Deployment", namespace="shop", name="web"))
    steps = by_key(migrate(shop(), results=(result("helm-release-uses-removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["findings.blocking:cluster"]


def test_what_no_step_answers_waits_at_a_gate_before_the_start() -> None:
    found = finding(ObjectRef(api_version="", kind="Cluster", name="old-shop"), Severity.WARNING)
    info = finding(ObjectRef(api_version="", kind="Cluster", name="other"), Severity.INFO)
    steps = by_key(migrate(shop(), results=(result("removed-api", found, info),)))
    gate = steps["findings.remaining"]
    assert gate.kind is StepKind.GATE
    assert gate.answers == (found.key,)
    assert "findings.remaining" in before(steps, "cluster.create")


def test_open_questions_are_a_step_of_the_preparation() -> None:
    asked = result("node-address-written-elsewhere", outcome=Outcome.UNKNOWN, unanswered=True)
    step = by_key(migrate(shop(), results=(asked,)))["prepare.questions"]
    assert step.tables[0].rows[0][1] == msg("check.node-address-written-elsewhere.question")
    assert "prepare.questions" not in by_key(migrate(shop()))


@pytest.mark.parametrize(
    ("category", "phase", "first"),
    [
        (Category.CLUSTER, "cluster", "cluster.create"),
        (Category.OPERATIONS, "nodes", "nodes.add"),
        (Category.STORAGE, "storage", "storage.claim:shop"),
        (Category.WORKLOAD, "workloads", "workloads.create:shop"),
        (Category.NETWORK, "services", "services.create:shop"),
    ],
)
def test_a_blocker_that_no_step_answers_has_a_gate_before_what_it_blocks(
    category: Category, phase: str, first: str
) -> None:
    found = finding(ObjectRef(api_version="", kind="Cluster", name="old-shop"))
    runbook = migrate(shop(), results=(result("removed-api", found, category=category),))
    steps = by_key(runbook)
    gate = steps[f"findings.blocking:{phase}"]
    assert (gate.kind, gate.answers, gate.phase) == (StepKind.GATE, (found.key,), phase)
    assert Role.BUSINESS_OWNER in gate.signs
    assert gate.key in before(steps, first)


def test_an_unanswered_question_that_blocks_stands_at_the_gate_too() -> None:
    asked = result("storage-origin", outcome=Outcome.UNKNOWN, unanswered=True, category=Category.STORAGE)
    steps = by_key(migrate(shop(), results=(asked,)))
    assert [row[0] for row in steps["findings.blocking:storage"].tables[0].rows] == ["X001"]
    assert "findings.blocking:storage" not in before(steps, "cluster.create")


def test_a_blocker_of_a_phase_without_steps_stops_the_cut_over() -> None:
    found = finding(ObjectRef(api_version="", kind="Cluster", name="old-shop"))
    steps = by_key(migrate(empty(), results=(result("removed-api", found, category=Category.NETWORK),)))
    assert "findings.blocking:cutover" in before(steps, "cutover.accept")


def test_every_gate_names_who_signs() -> None:
    gates = [s for s in steps_of(migrate(shop())) if s.kind is StepKind.GATE]
    assert [s.key for s in gates if not s.signs] == []
    assert len(by_key(migrate(shop()))["retire.sign"].signs) == 2

"""Which step answers a finding, and where those wait that none answers."""

from __future__ import annotations

from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.locale import msg
from migrator.runbook.model import StepKind
from migrator.snapshot.model import (
    ObjectRef,
)
from tests.unit.runbook.clusters import by_key, migrate, shop
from tests.unit.runbook.invariants import before


def result(slug: str, *findings: Finding, outcome: Outcome = Outcome.FAIL, unanswered: bool = False) -> CheckResult:
    return CheckResult(
        check="X001",
        slug=slug,
        category=Category.CLUSTER,
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
    assert [k for k, s in steps.items() if found.key in s.answers] == ["findings.remaining"]


def test_creating_an_object_anew_does_nothing_about_its_helm_release() -> None:
    found = finding(ObjectRef(api_version="extensions/v1beta1", kind="Deployment", namespace="shop", name="web"))
    steps = by_key(migrate(shop(), results=(result("helm-release-uses-removed-api", found),)))
    assert [k for k, s in steps.items() if found.key in s.answers] == ["findings.remaining"]


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

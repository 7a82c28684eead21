"""The verdict over results."""

from __future__ import annotations

import pytest

from migrator.checks.readiness import readiness_of
from migrator.checks.spec import Attestation, Category, CheckResult, Finding, Outcome, Readiness, Severity
from migrator.locale import msg
from migrator.snapshot.model import ObjectRef


def result(outcome: Outcome, *severities: Severity, severity=Severity.WARNING, unanswered=False, answer=None):
    subject = ObjectRef(api_version="v1", kind="Node", name="node-1")
    return CheckResult(
        check="CLU001",
        slug="node-address-written-elsewhere",
        category=Category.CLUSTER,
        severity=severity,
        outcome=outcome,
        reason=msg("check.reason.passed"),
        unanswered=unanswered,
        findings=tuple(Finding(check="CLU001", severity=s, subject=subject, message="m") for s in severities),
        attestation=Attestation(check="CLU001", answer=answer) if answer else None,
    )


PASS = result(Outcome.PASS)
WARNED = result(Outcome.FAIL, Severity.WARNING)
BLOCKED = result(Outcome.FAIL, Severity.WARNING, Severity.BLOCKER)
UNKNOWN = result(Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("results", "readiness"),
    [
        ((), Readiness.READY),
        ((PASS, result(Outcome.NOT_APPLICABLE)), Readiness.READY),
        ((PASS, result(Outcome.PASS, Severity.INFO)), Readiness.READY),
        ((PASS, WARNED), Readiness.READY_WITH_WARNINGS),
        ((WARNED, UNKNOWN), Readiness.INCOMPLETE),
        ((result(Outcome.FAIL, Severity.WARNING, unanswered=True),), Readiness.INCOMPLETE),
        ((UNKNOWN, BLOCKED, WARNED), Readiness.BLOCKED),
        ((result(Outcome.FAIL, answer=Outcome.FAIL),), Readiness.READY_WITH_WARNINGS),
        ((result(Outcome.FAIL, severity=Severity.INFO, answer=Outcome.FAIL),), Readiness.READY_WITH_WARNINGS),
        ((result(Outcome.FAIL, severity=Severity.BLOCKER, answer=Outcome.FAIL),), Readiness.BLOCKED),
        ((result(Outcome.PASS, severity=Severity.BLOCKER, answer=Outcome.PASS),), Readiness.READY),
    ],
)
def test_readiness(results, readiness: Readiness) -> None:
    assert readiness_of(iter(results)) is readiness
    assert readiness_of(reversed(results)) is readiness

"""Accepted risks and answers that run out: what still counts, and what the verdict becomes."""

from __future__ import annotations

from datetime import date

import pytest

from migrator.checks.dates import answers_as_of, waivers_as_of
from migrator.checks.readiness import decided_of, readiness_of
from migrator.checks.spec import Attestation, Category, CheckResult, Finding, Outcome, Readiness, Severity, Waiver
from migrator.checks.waivers import WaiverState, accepted_by, use_waivers
from migrator.locale import msg
from migrator.snapshot.model import ObjectRef

DAY = date(2026, 3, 1)


def finding(name: str, severity: Severity = Severity.BLOCKER, namespace: str = "shop") -> Finding:
    subject = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=namespace, name=name)
    return Finding(check="WKL004", severity=severity, subject=subject, message="m")


def result(*findings: Finding, outcome=Outcome.FAIL, check="WKL004", unanswered=False, answer=None) -> CheckResult:
    return CheckResult(
        check=check,
        slug="some-defect",
        category=Category.WORKLOAD,
        severity=Severity.WARNING,
        outcome=outcome,
        reason=msg("check.reason.passed"),
        unanswered=unanswered,
        findings=findings,
        attestation=None if answer is None else Attestation(check=check, answer=answer),
    )


def waiver(until: str = "2026-03-01", check: str = "WKL004", **scope: str) -> Waiver:
    return Waiver(check=check, reason="agreed", approver="Li", until=until, **scope)


def test_a_waiver_accepts_what_is_in_its_scope_and_leaves_the_rest() -> None:
    results = (result(finding("web-1"), finding("web-2"), finding("db"), finding("web-1", namespace="pay")),)
    (use,) = use_waivers(results, waivers_as_of([waiver(namespace="shop", name="web-*")], DAY))
    assert use.state is WaiverState.APPLIED
    assert use.accepts == (finding("web-1").key, finding("web-2").key)
    assert readiness_of(results, accepted_by([use])) is Readiness.BLOCKED


def test_with_every_finding_accepted_the_cluster_is_ready() -> None:
    results = (result(finding("web"), finding("db", Severity.WARNING)),)
    uses = use_waivers(results, waivers_as_of([waiver(name="web"), waiver(name="db")], DAY))
    assert readiness_of(results, accepted_by(uses)) is Readiness.READY


@pytest.mark.parametrize(
    ("until", "state", "readiness"),
    [
        ("2026-03-01", WaiverState.APPLIED, Readiness.READY),  # its last day
        ("2026-02-28", WaiverState.EXPIRED, Readiness.BLOCKED),
    ],
)
def test_an_expired_waiver_blocks_again(until: str, state: WaiverState, readiness: Readiness) -> None:
    results = (result(finding("web")),)
    uses = use_waivers(results, waivers_as_of([waiver(until, kind="Deployment")], DAY))
    assert (uses[0].state, uses[0].accepts) == (state, (finding("web").key,))
    assert readiness_of(results, accepted_by(uses)) is readiness


@pytest.mark.parametrize("scope", [{"name": "gone"}, {"kind": "deployment"}, {"check": "CLU001", "name": "web"}])
def test_a_waiver_of_nothing_is_told_as_unused(scope: dict[str, str]) -> None:
    (use,) = use_waivers((result(finding("web")),), [waiver(**scope)])
    assert (use.state, use.accepts) == (WaiverState.UNUSED, ())


def test_what_nobody_looked_at_cannot_be_accepted() -> None:
    results = (result(outcome=Outcome.UNKNOWN),)
    uses = use_waivers(results, [waiver(name="*")])
    assert uses[0].state is WaiverState.UNUSED
    assert readiness_of(results, accepted_by(uses)) is Readiness.INCOMPLETE


def test_an_answer_not_in_order_is_accepted_by_a_waiver_of_the_whole_cluster_only() -> None:
    results = (result(answer=Outcome.FAIL),)
    assert readiness_of(results, accepted_by(use_waivers(results, [waiver(kind="Node")]))) is (
        Readiness.READY_WITH_WARNINGS
    )
    assert readiness_of(results, accepted_by(use_waivers(results, [waiver(name="*")]))) is Readiness.READY


def test_answers_hold_until_their_last_day() -> None:
    given = [Attestation(check="A", answer=Outcome.PASS, valid_until=d) for d in ("", "2026-03-01", "2026-02-28")]
    assert [a.expired for a in answers_as_of(given, DAY)] == [False, False, True]


def test_the_share_of_decided_checks_rounds_down() -> None:
    results = (
        result(outcome=Outcome.PASS),
        result(outcome=Outcome.PASS, answer=Outcome.PASS),
        result(outcome=Outcome.FAIL, unanswered=True),
        result(outcome=Outcome.NOT_APPLICABLE),
    )
    decided = decided_of(results)
    assert (decided.applicable, decided.by_machine, decided.by_person, decided.open) == (3, 1, 1, 1)
    assert decided.percent == 66
    assert decided_of(()).percent == 100

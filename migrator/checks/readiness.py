"""One verdict from all results. Waivers are not known here: they are applied by whoever stores them."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.spec import CheckResult, Outcome, Readiness, Severity


def readiness_of(results: Iterable[CheckResult]) -> Readiness:
    """Blocked before incomplete before warnings: the worst that any result says.

    ``incomplete`` wherever something was not looked at or not answered: "no finding" never means "did not look".
    """
    results = tuple(results)
    severities = {severity for result in results for severity in _severities(result)}
    if Severity.BLOCKER in severities:
        return Readiness.BLOCKED
    if any(r.outcome is Outcome.UNKNOWN or r.unanswered for r in results):
        return Readiness.INCOMPLETE
    if Severity.WARNING in severities or any(r.outcome is Outcome.FAIL for r in results):
        return Readiness.READY_WITH_WARNINGS
    return Readiness.READY


def _severities(result: CheckResult) -> Iterable[Severity]:
    """Severities of the findings, and of the check itself where a person answered that it is not in order."""
    yield from (f.severity for f in result.findings)
    if result.attestation is not None and result.attestation.answer is Outcome.FAIL:
        yield result.severity

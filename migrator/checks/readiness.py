"""One verdict from all results, and how much of the checklist it rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from migrator.checks.spec import CheckResult, Outcome, Readiness, Severity
from migrator.checks.waivers import answer_key


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the checks that apply are decided, and by whom."""

    applicable: int
    by_machine: int
    by_person: int

    @property
    def open(self) -> int:
        return self.applicable - self.by_machine - self.by_person

    @property
    def percent(self) -> int:
        """Share of decided checks, rounded down so that 100 means all; 100 where no check applies."""
        return 100 * (self.by_machine + self.by_person) // self.applicable if self.applicable else 100


def readiness_of(results: Iterable[CheckResult], accepted: Collection[str] = frozenset()) -> Readiness:
    """Blocked before incomplete before warnings: the worst that any result says.

    ``incomplete`` wherever something was not looked at or not answered that could matter: "no finding" never means
    "did not look".

    Args:
        accepted: keys of findings and answers that a waiver takes out of the verdict (``waivers.accepted_by``).
    """
    results = tuple(results)
    severities = {severity for result in results for severity in _severities(result, accepted)}
    if Severity.BLOCKER in severities:
        return Readiness.BLOCKED
    if any(not _is_decided(r) and not _only_informs(r) for r in results):
        return Readiness.INCOMPLETE
    return Readiness.READY if severities <= {Severity.INFO} else Readiness.READY_WITH_WARNINGS


def decided_of(results: Sequence[CheckResult]) -> Decided:
    """Counts over the results that apply."""
    applicable = [r for r in results if r.outcome is not Outcome.NOT_APPLICABLE]
    decided = [r for r in applicable if _is_decided(r)]
    by_person = sum(r.attestation is not None for r in decided)
    return Decided(applicable=len(applicable), by_machine=len(decided) - by_person, by_person=by_person)


def _is_decided(result: CheckResult) -> bool:
    return result.outcome is not Outcome.UNKNOWN and not result.unanswered


def _only_informs(result: CheckResult) -> bool:
    """Whether nothing that the check could still find would change the verdict."""
    return result.severity is Severity.INFO and not result.unanswered


def _severities(result: CheckResult, accepted: Collection[str]) -> Iterable[Severity]:
    """Severities of the findings, and of the check itself where a person answered that it is not in order."""
    yield from {f.severity for f in result.findings if not accepted or f.key not in accepted}
    refused = result.attestation is not None and result.attestation.answer is Outcome.FAIL
    if refused and answer_key(result.check) not in accepted:
        # A check that only informs still has something not in order: the verdict is no clean "ready".
        yield Severity.WARNING if result.severity is Severity.INFO else result.severity

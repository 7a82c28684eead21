"""Two assessments side by side: what is new, what is fixed, what stayed, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from migrator.checks.assessment import Assessment
from migrator.checks.spec import Finding, Outcome
from migrator.locale import Msg, msg

_LOOKED = (Outcome.PASS, Outcome.FAIL)


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison needs of an assessment: outcome of every check, all findings, and what it was made for."""

    source: str
    target: str
    strategy: str
    outcomes: dict[str, Outcome]  # by code of the check
    findings: tuple[Finding, ...]


class NotComparable(msgspec.Struct, frozen=True, kw_only=True):
    """A check that only one of the two could decide; its findings are neither new nor fixed."""

    check: str
    reason: Msg
    findings: tuple[Finding, ...]  # of the side that has some


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Every finding of both sides is in exactly one of the four, which stand in the order in which they are shown."""

    new: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    not_comparable: tuple[NotComparable, ...]
    unchanged: tuple[Finding, ...]
    remarks: tuple[Msg, ...] = ()  # what else differs between the two: source, target, strategy


def side_of(assessment: Assessment) -> Side:
    return Side(
        source=str(assessment.source),
        target=str(assessment.target),
        strategy=assessment.choice.strategy.value,
        outcomes={r.check: r.outcome for r in assessment.results},
        findings=tuple(f for r in assessment.results for f in r.findings),
    )


def compare(old: Side, new: Side) -> Comparison:
    """Findings are the same where check, subject and sentence are; their values may differ (a count that rose)."""
    doubtful = {c for c in (*old.outcomes, *new.outcomes) if not (_looked(old, c) and _looked(new, c))}
    before, after = _by_key(old, doubtful), _by_key(new, doubtful)
    return Comparison(
        new=tuple(f for key, f in after.items() if key not in before),
        fixed=tuple(f for key, f in before.items() if key not in after),
        not_comparable=tuple(_not_comparable(check, old, new) for check in sorted(doubtful) if _told(check, old, new)),
        unchanged=tuple(f for key, f in after.items() if key in before),
        remarks=tuple(_remarks(old, new)),
    )


def _looked(side: Side, check: str) -> bool:
    return side.outcomes.get(check) in _LOOKED


def _by_key(side: Side, without: set[str]) -> Mapping[str, Finding]:
    return {f.key: f for f in side.findings if f.check not in without}


def _told(check: str, old: Side, new: Side) -> bool:
    """Whether there is anything to say: a check that neither side could decide is no difference."""
    return _looked(old, check) or _looked(new, check) or any(f.check == check for f in (*old.findings, *new.findings))


def _not_comparable(check: str, old: Side, new: Side) -> NotComparable:
    earlier = not _looked(old, check)
    outcome = (old if earlier else new).outcomes.get(check)
    state = "missing" if outcome is None else outcome.value
    return NotComparable(
        check=check,
        reason=msg(f"baseline.not_comparable.{'old' if earlier else 'new'}.{state}"),
        findings=tuple({f.key: f for f in (*old.findings, *new.findings) if f.check == check}.values()),
    )


def _remarks(old: Side, new: Side) -> Iterable[Msg]:
    for field in ("source", "target", "strategy"):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield msg(f"baseline.remark.{field}", old=before, new=after)

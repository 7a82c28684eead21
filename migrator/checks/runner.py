"""Runs the checks: exactly one result for each, whatever the snapshot holds and whatever a check does.

Only this module decides whether a check applies, what a missing section means and which outcome follows; a check
itself only says what is wrong, what it saw and what it could not judge.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Sequence

import msgspec

from migrator.checks.conditions import CONDITIONS
from migrator.checks.objects import Judged, judge_objects, unseen_kinds
from migrator.checks.registry import RegisteredCheck, all_checks
from migrator.checks.report import listed
from migrator.checks.spec import (
    Attestation,
    CheckContext,
    CheckResult,
    CheckSpec,
    Evidence,
    Finding,
    Outcome,
    Settled,
    Severity,
    Unresolved,
    Yield,
)
from migrator.errors import MigratorError
from migrator.locale import Msg, msg
from migrator.snapshot.model import ObjectRef, Section

logger = logging.getLogger(__name__)

_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class _Seen(msgspec.Struct, frozen=True):
    """What one check yielded, sorted by kind."""

    findings: tuple[Finding, ...] = ()
    evidence: tuple[Msg, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    settled: bool = False

    @property
    def serious(self) -> int:
        return sum(f.severity is not Severity.INFO for f in self.findings)


def run_checks(
    context: CheckContext, answers: Iterable[Attestation] = (), checks: Sequence[RegisteredCheck] | None = None
) -> tuple[CheckResult, ...]:
    """One ``CheckResult`` per check, in the order of ``checks`` (all of them unless given).

    Findings come worst first, then by namespace, kind and name of the subject.

    Raises:
        MigratorError: ``answer_unknown_check``, ``answer_twice`` or ``answer_outcome`` for answers that name no check,
            name one twice, or say neither PASS nor FAIL.
    """
    chosen = all_checks() if checks is None else checks
    answered = _answers_by_code(chosen, answers)
    judged = judge_objects(context, [c for c in chosen if c.judge and _outside(c.spec, context) is None])
    return tuple(_run(check, context, answered.get(check.spec.code), judged) for check in chosen)


def _run(
    check: RegisteredCheck,
    context: CheckContext,
    attestation: Attestation | None,
    judged: Judged,
) -> CheckResult:
    spec = check.spec
    if (outside := _outside(spec, context)) is not None:
        return _result(spec, Outcome.NOT_APPLICABLE, outside)
    given, attestation = attestation, None if attestation is None or attestation.expired else attestation
    unseen = _not_in_the_input(check, context)
    if unseen is not None and not _seen_in_part(spec, context):
        outcome, reason = _answered(attestation) or (Outcome.UNKNOWN, unseen)
        return _result(spec, outcome, reason, attestation=attestation)
    try:
        yields = judged.of(spec.code) if check.evaluate is None else check.evaluate(context)
        seen = _sorted(yields, context.objects.files)
    except Exception as error:  # a defect of one check must not take the other results with it
        _log(spec, error)
        failed = msg("check.reason.check_error", error=type(error).__name__)
        outcome, reason = _answered(attestation) or (Outcome.UNKNOWN, failed)
        return _result(spec, outcome, reason, attestation=attestation)
    if unseen is not None and not seen.serious:
        outcome, reason = _answered(attestation) or (Outcome.UNKNOWN, unseen)
        return _result(spec, outcome, reason, attestation=attestation)
    outcome, reason = _judge(spec, seen, attestation)
    if given is not None and given.expired and reason.key == "check.reason.unanswered":
        reason = msg("check.reason.answer_expired", until=given.valid_until)
    return _result(spec, outcome, reason, seen, attestation=attestation)


def _result(
    spec: CheckSpec,
    outcome: Outcome,
    reason: Msg,
    seen: _Seen | None = None,
    *,
    attestation: Attestation | None = None,
) -> CheckResult:
    seen = seen or _Seen()
    asked = (spec.asks and not seen.settled) or (spec.asks_unseen and outcome is Outcome.UNKNOWN)
    return CheckResult(
        check=spec.code,
        slug=spec.slug,
        category=spec.category,
        severity=spec.severity,
        outcome=outcome,
        reason=reason,
        unanswered=asked and attestation is None and outcome is not Outcome.NOT_APPLICABLE,
        findings=seen.findings,
        evidence=seen.evidence,
        unresolved=seen.unresolved,
        attestation=attestation,
    )


def _outside(spec: CheckSpec, context: CheckContext) -> Msg | None:
    """Why the check does not apply here, None where it does."""
    if context.strategy not in spec.strategies:
        return msg(f"check.reason.not_for_{context.strategy}")
    if context.target not in spec.applies:
        return msg("check.reason.target_outside", range=str(spec.applies), target=str(context.target))
    if spec.condition and CONDITIONS[spec.condition](context) is False:
        return msg(f"check.condition.{spec.condition}")
    return None


def _judge(spec: CheckSpec, seen: _Seen, attestation: Attestation | None) -> tuple[Outcome, Msg]:
    if serious := seen.serious:
        if notes := len(seen.findings) - serious:
            return Outcome.FAIL, msg("check.reason.findings_and_notes", count=serious, notes=notes)
        return Outcome.FAIL, msg("check.reason.findings", count=serious)
    answered = _answered(attestation)
    if answered is not None and (spec.asks or answered[0] is Outcome.FAIL):
        return answered
    if seen.unresolved:
        doubt = msg("check.reason.unresolved", count=len(seen.unresolved))
        return _answered(attestation) or (Outcome.UNKNOWN, doubt)
    if spec.asks and not seen.settled:
        return Outcome.UNKNOWN, msg("check.reason.unanswered")
    return Outcome.PASS, msg("check.reason.passed")


def _not_in_the_input(check: RegisteredCheck, context: CheckContext) -> Msg | None:
    """What the check needs and nobody looked at; None where it can begin."""
    absent = [s for s in Section if s in check.spec.needs and not context.snapshot.covers(s)]
    if absent:
        names = listed([msg(f"check.section.{s}") for s in absent])
        return msg("check.reason.sections_absent", names=names, sections=[s.value for s in absent])
    unseen = unseen_kinds(context, check.kinds)
    return msg("check.reason.kinds_unseen", kinds=unseen) if unseen and len(unseen) == len(check.kinds) else None


def _seen_in_part(spec: CheckSpec, context: CheckContext) -> bool:
    """Whether the sections that are there can show a defect, although they cannot show that there is none."""
    return spec.each and any(context.snapshot.covers(s) for s in spec.needs)


def _answered(attestation: Attestation | None) -> tuple[Outcome, Msg] | None:
    """What a person says of that which no machine could see."""
    if attestation is None:
        return None
    return attestation.answer, msg(f"check.reason.answered_{attestation.answer.value}")


def _sorted(yields: Iterable[Yield], files: dict[ObjectRef, str]) -> _Seen:
    findings: list[Finding] = []
    seen: list[Msg] = []
    doubts: list[Unresolved] = []
    settled = False
    for item in yields:
        if isinstance(item, Finding):
            file = "" if item.file else files.get(item.subject, "")
            findings.append(msgspec.structs.replace(item, file=file) if file else item)
        elif isinstance(item, Evidence):
            seen.append(item.message)
        elif isinstance(item, Settled):
            settled = True
        else:
            doubts.append(item)
    findings.sort(key=_place)
    doubts.sort(key=lambda u: (_order(u.subject), u.reason.key))
    return _Seen(tuple(findings), tuple(seen), tuple(doubts), settled)


def _place(finding: Finding) -> tuple[int, str, str, str, str, str]:
    s = finding.subject
    return (_RANK[finding.severity], s.namespace, s.kind, s.name, s.api_version, finding.message)


def _order(subject: ObjectRef) -> tuple[str, str, str, str]:
    return (subject.namespace, subject.kind, subject.name, subject.api_version)


def _answers_by_code(checks: Sequence[RegisteredCheck], answers: Iterable[Attestation]) -> dict[str, Attestation]:
    codes = {name: c.spec.code for c in checks for name in (c.spec.code.lower(), c.spec.slug)}
    found: dict[str, Attestation] = {}
    for answer in answers:
        code = codes.get(answer.check.lower())
        if code is None:
            raise MigratorError("answer_unknown_check", check=answer.check)
        if code in found:
            raise MigratorError("answer_twice", check=answer.check)
        if answer.answer not in (Outcome.PASS, Outcome.FAIL):
            raise MigratorError("answer_outcome", check=answer.check, answer=answer.answer.value)
        found[code] = answer
    return found


def _log(spec: CheckSpec, error: Exception) -> None:
    """Where the check failed, without the exception's message: it may quote a value of the customer's cluster."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    logger.error("check_error check=%s error=%s at=%s", spec.code, type(error).__name__, " > ".join(frames))

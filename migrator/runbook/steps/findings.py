"""Which step answers which finding; what no step answers goes to a gate before the start, so that nothing is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from migrator.checks.spec import CheckResult, Finding, Severity
from migrator.locale import Msg, msg
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import do, estimate, step, table

_GATED = (Severity.BLOCKER, Severity.WARNING)


def answered(
    steps: Sequence[Step], results: Iterable[CheckResult], by_slug: Mapping[str, Sequence[str]]
) -> tuple[list[Step], list[Finding]]:
    """The steps with the keys of the findings they answer, and the blockers and warnings that none answers.

    A finding is answered by the steps that ``by_slug`` names for its check and by the step that has its subject.
    """
    known = {s.key for s in steps}
    by_subject = {_identity(r.kind, r.namespace, r.name): s.key for s in steps for r in s.subjects}
    answers: dict[str, dict[str, None]] = defaultdict(dict)
    rest = []
    for result in results:
        named = [key for key in by_slug.get(result.slug, ()) if key in known]
        for finding in result.findings:
            subject = finding.subject
            moved = by_subject.get(_identity(subject.kind, subject.namespace, subject.name))
            keys = [*named, *([moved] if moved else [])]
            for key in keys:
                answers[key][finding.key] = None
            if not keys and finding.severity in _GATED:
                rest.append(finding)
    return [msgspec.structs.replace(s, answers=tuple(answers[s.key])) if s.key in answers else s for s in steps], rest


def _identity(kind: str, namespace: str, name: str) -> tuple[str, str, str]:
    return (kind, namespace, name)


def remaining(rest: Sequence[Finding], results: Iterable[CheckResult], phase: str, after: Sequence[str]) -> Step | None:
    """The gate for what no other step answers; None where nothing is left."""
    if not rest:
        return None
    slugs = {r.check: r.slug for r in results}
    made = step(
        "findings.remaining",
        phase,
        kind=StepKind.GATE,
        role=Role.SOLUTION_MANAGER,
        actions=[do(Where.BASTION, "settle_findings")],
        verify=[do(Where.BASTION, "findings_settled")],
        minutes=estimate((10, 20), (3, 20), len(rest)),
        after=after,
        tables=[
            table(
                "check severity subject finding remedy",
                (
                    (
                        f.check,
                        msg(f"table.value.severity_{f.severity.value}"),
                        str(f.subject) if f.subject.name else "—",
                        sentence(f),
                        msg(f"check.{slugs[f.check]}.remediation"),
                    )
                    for f in rest
                ),
            )
        ],
        count=len(rest),
    )
    return msgspec.structs.replace(made, answers=tuple(dict.fromkeys(f.key for f in rest)))


def sentence(finding: Finding) -> Msg:
    """What is wrong, as a sentence; a value that is not known is left empty."""
    values = {k: "" if v is None else str(v) if isinstance(v, bool) else v for k, v in finding.values.items()}
    return msg(finding.message, **values)

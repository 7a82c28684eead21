"""How a check words what it saw: findings, evidence and doubts, with keys built from its slug."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrator.checks.spec import CheckSpec, Evidence, Finding, Severity, Unresolved, Value
from migrator.locale import Msg, msg
from migrator.snapshot.model import ObjectRef


def finding(
    spec: CheckSpec, subject: ObjectRef, variant: str = "", *, severity: Severity | None = None, **values: Value
) -> Finding:
    """A finding with the sentence ``check.<slug>.finding[.<variant>]``; the runner adds the file of the subject."""
    return Finding(
        check=spec.code,
        severity=severity or spec.severity,
        subject=subject,
        message=_key(spec, "finding", variant),
        values=values,
    )


def evidence(spec: CheckSpec, variant: str, **values: Any) -> Evidence:
    """Something seen, with the sentence ``check.<slug>.evidence.<variant>``."""
    return Evidence(msg(_key(spec, "evidence", variant), **values))


def unresolved(spec: CheckSpec, subject: ObjectRef, variant: str = "", **values: Any) -> Unresolved:
    """A doubt, with the sentence ``check.<slug>.unresolved[.<variant>]``."""
    return Unresolved(subject, msg(_key(spec, "unresolved", variant), **values))


def listed(messages: Sequence[Msg]) -> Msg:
    """Several messages as one, joined in the way of the language; at least one is given."""
    head, *rest = messages
    return msg("check.listed", first=head, rest=listed(rest)) if rest else head


def _key(spec: CheckSpec, part: str, variant: str) -> str:
    return f"check.{spec.slug}.{part}" + (f".{variant}" if variant else "")

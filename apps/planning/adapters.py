"""Plans as requests of the core."""

from __future__ import annotations

from apps.planning.models import Plan
from migrator.checks.spec import Attestation
from migrator.engine import Request


def request_of(plan: Plan, answers: tuple[Attestation, ...] = ()) -> Request:
    """What the plan asks of the core, with the answers that people have given so far."""
    return Request(
        target=plan.target, source=plan.source, profile=plan.profile, strategy=str(plan.strategy), answers=answers
    )

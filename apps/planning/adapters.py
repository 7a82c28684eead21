"""Plans as requests of the core."""

from __future__ import annotations

from apps.planning.models import Plan
from migrator.checks.spec import Attestation, Waiver
from migrator.engine import Request


def request_of(plan: Plan, answers: tuple[Attestation, ...] = (), waivers: tuple[Waiver, ...] = ()) -> Request:
    """What the plan asks of the core, with what people have answered and accepted so far."""
    return Request(
        target=plan.target,
        source=plan.source,
        profile=plan.profile,
        strategy=str(plan.strategy),
        answers=answers,
        waivers=waivers,
    )

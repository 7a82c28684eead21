"""Plans as requests of the core."""

from __future__ import annotations

from apps.planning.models import CatalogAddition, Plan
from migrator.catalog.additions import Addition, AdditionKind
from migrator.checks.custom.model import CustomCheck
from migrator.checks.spec import Attestation, Waiver
from migrator.engine import Request


def request_of(
    plan: Plan,
    answers: tuple[Attestation, ...] = (),
    waivers: tuple[Waiver, ...] = (),
    custom_checks: tuple[CustomCheck, ...] = (),
) -> Request:
    """What the plan asks of the core, with what people have answered and accepted so far and the checks they wrote."""
    return Request(
        target=plan.target,
        source=plan.source,
        profile=plan.profile,
        strategy=str(plan.strategy),
        strategy_reason=plan.strategy_reason,
        answers=answers,
        waivers=waivers,
        custom_checks=custom_checks,
    )


def addition_of(row: CatalogAddition) -> Addition:
    return Addition(kind=AdditionKind(str(row.kind)), name=row.name, text=row.text, profile=row.profile)

"""An assessment made again from what was kept of it: facts, request and catalog of then, rules of today."""

from __future__ import annotations

from typing import Any, NamedTuple

from apps.checklists import adapters
from apps.checklists.models import Assessment
from apps.core.errors import ServiceError
from apps.inventory.selectors import effective_facts
from apps.operations.models import Operation
from apps.operations.services import operation_create
from apps.planning.selectors import kept_catalog
from migrator import engine
from migrator.checks.compare import Comparison, compare, side_of
from migrator.snapshot.codec import digest

REPEAT = "checklists.repeat"


class Repetition(NamedTuple):
    """``same``: word for word what was stored. ``same_rules``: no check has changed since; otherwise findings may."""

    same: bool
    same_rules: bool
    comparison: Comparison


def repetition_request(*, actor: Any, assessment: Assessment) -> Operation:
    """Have the assessment made again; the operation's result tells whether it came out the same."""
    params = {"assessment": str(assessment.uid)}
    return operation_create(kind=REPEAT, actor=actor, target=f"assessment:{assessment.uid}", params=params)


def assessment_again(row: Assessment) -> Repetition:
    """Assess the row's snapshot again as it was asked then, and hold the outcome against what is stored.

    Raises:
        ServiceError: ``facts_changed`` where the snapshot was corrected, or a register of the cluster changed, since.
        MigratorError: ``catalog_not_kept``, ``catalog_kept_unreadable``, ``request_not_kept``, ``document_outdated``.
    """
    facts = effective_facts(row.snapshot)
    if digest(facts) != row.snapshot_digest:
        raise ServiceError("facts_changed", id=str(row.uid))
    stored = adapters.assessment_of(row)
    made = engine.assess(facts, adapters.request_of(row), kept_catalog(row.catalog_digest))
    return Repetition(
        same=adapters.packed(made) == adapters.packed(stored),
        same_rules=made.ruleset_digest == row.ruleset_digest,
        comparison=compare(side_of(stored), side_of(made)),
    )

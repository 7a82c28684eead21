"""Writes of runbooks: a new revision each time, never a change of an old one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Max

from apps.checklists.models import Assessment
from apps.core.errors import Conflict
from apps.operations.models import Operation
from apps.operations.services import operation_create
from apps.planning.models import Plan
from apps.planning.selectors import needed_snapshot, plan_route
from apps.runbooks import adapters
from apps.runbooks.applications import check_form_wanted, needed_form
from apps.runbooks.models import Review, Runbook, RunbookEdit, RunbookStep
from migrator import engine
from migrator.conversion.model import Bundle
from migrator.paths.model import Strategy
from migrator.runbook import model as core
from migrator.runbook.edited import apply_edits

COMPILE = "runbooks.compile"
_BATCH = 500
_BY_STRATEGY = {Strategy.UPGRADE: core.Playbook.UPGRADE, Strategy.MIGRATE: core.Playbook.MIGRATION}


def runbook_request(*, actor: Any, plan: Plan, playbook: str = "", form: str = "") -> Operation:
    """Have a runbook written for the plan's snapshot of this moment; the operation's result names the ``runbook``.

    Where no assessment of the plan stands that today's facts, answers and rules would give again, one is made first, in
    the same operation.

    Args:
        playbook: left empty, the one of the plan's strategy.
        form: of an application, in YAML, for the playbook that containerises it; left empty, the one of the plan's
            last such runbook.

    Raises:
        Conflict: ``plan_without_snapshot``; ``application_form_missing``; what ``playbook_check`` refuses.
        MigratorError: of a playbook that follows from the strategy, what ``migrator.engine.find_route`` refuses.
        InputError: what is wrong with the form.
        ServiceError: ``text_secret`` where a credential stands in it; ``application_form_unasked``.
    """
    snapshot = needed_snapshot(plan)
    check_form_wanted(playbook, form)
    if not playbook or playbook in _BY_STRATEGY.values():
        playbook_check(playbook, plan_route(plan))
    params: dict[str, Any] = {"plan": str(plan.uid), "snapshot": str(snapshot.uid), "playbook": playbook}
    if playbook == core.Playbook.CONTAINERISE.value:
        params["form"] = needed_form(plan, form)
    return operation_create(kind=COMPILE, actor=actor, target=f"plan:{plan.uid}", params=params)


def playbook_check(playbook: str, judged: engine.Route | engine.Assessment) -> None:
    """Refuse a playbook that does not fit the strategy, and either strategy for a cluster that is at its target.

    Args:
        playbook: left empty, the one of the strategy.

    Raises:
        Conflict: ``playbook_at_target``; ``playbook_of_other_strategy``.
    """
    by_strategy = _BY_STRATEGY[judged.choice.strategy].value
    if playbook and playbook not in _BY_STRATEGY.values():
        return
    if judged.source == judged.target:
        raise Conflict("playbook_at_target", version=str(judged.target))
    if playbook and playbook != by_strategy:
        raise Conflict("playbook_of_other_strategy", playbook=playbook, strategy=by_strategy)


def runbook_store(
    *,
    plan: Plan,
    assessment: Assessment,
    operation: Operation,
    runbook: core.Runbook,
    bundle: Bundle | None = None,
    edits: Sequence[RunbookEdit] = (),
) -> Runbook:
    """Store the next revision with its steps and an empty review.

    Args:
        runbook: as compiled.
        edits: of people, which are laid over it.
    """
    edited = apply_edits(runbook, [adapters.edit_of(row) for row in edits])
    conflicts = [adapters.StoredConflict(str(edits[c.edit].uid), c.reason) for c in edited.conflicts]
    with transaction.atomic():
        # Revisions are counted one after the other: two workers must not draw the same number.
        Plan.objects.select_for_update().get(pk=plan.pk)
        last = Runbook.objects.filter(plan=plan).aggregate(last=Max("number"))["last"] or 0
        row = Runbook.objects.create(
            plan=plan,
            assessment=assessment,
            operation=operation,
            number=last + 1,
            edits=[str(edit.uid) for edit in edits],
            conflicts=msgspec.to_builtins(conflicts),
            **adapters.runbook_columns(edited.runbook, runbook, bundle),
            **(adapters.bundle_columns(bundle) if bundle is not None else {}),
        )
        RunbookStep.objects.bulk_create(adapters.step_rows(row, edited.runbook), batch_size=_BATCH)
        Review.objects.create(runbook=row)
    return row

"""Writes of runbooks: a new revision each time, never a change of an old one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.checklists.models import Assessment
from apps.operations.models import Operation
from apps.operations.services import operation_create
from apps.planning.models import Plan
from apps.planning.selectors import needed_snapshot
from apps.runbooks import adapters
from apps.runbooks.models import Runbook, RunbookStep
from migrator.runbook import model as core

COMPILE = "runbooks.compile"
_BATCH = 500


def runbook_request(*, actor: Any, plan: Plan) -> Operation:
    """Have a runbook written for the plan's snapshot of this moment; the operation's result names the ``runbook``.

    Where no assessment of the plan stands that today's facts, answers and rules would give again, one is made first, in
    the same operation.

    Raises:
        Conflict: ``plan_without_snapshot``.
    """
    snapshot = needed_snapshot(plan)
    params = {"plan": str(plan.uid), "snapshot": str(snapshot.uid)}
    return operation_create(kind=COMPILE, actor=actor, target=f"plan:{plan.uid}", params=params)


def runbook_store(*, plan: Plan, assessment: Assessment, operation: Operation, runbook: core.Runbook) -> Runbook:
    """Store the next revision with its steps."""
    with transaction.atomic():
        # Revisions are counted one after the other: two workers must not draw the same number.
        Plan.objects.select_for_update().get(pk=plan.pk)
        last = Runbook.objects.filter(plan=plan).aggregate(last=Max("number"))["last"] or 0
        row = Runbook.objects.create(
            plan=plan,
            assessment=assessment,
            operation=operation,
            number=last + 1,
            **adapters.runbook_columns(runbook),
        )
        RunbookStep.objects.bulk_create(adapters.step_rows(row, runbook), batch_size=_BATCH)
    return row

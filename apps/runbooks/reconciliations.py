"""The new cluster against the old one: asked for here, worked out by a worker, kept with the plan."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from apps.core.errors import Conflict
from apps.inventory.models import Snapshot
from apps.operations.models import Operation
from apps.operations.services import operation_create
from apps.planning.models import Plan
from apps.planning.selectors import needed_snapshot
from apps.runbooks.adapters import reconciliation_columns
from apps.runbooks.models import Reconciliation
from apps.runbooks.selectors import latest_runbook
from migrator import reconcile

RECONCILE = "runbooks.reconcile"


def reconciliation_request(*, actor: Any, plan: Plan, new: Snapshot) -> Operation:
    """Have a snapshot of the new cluster compared with the one that the plan's latest runbook was made from.

    The operation's result names the ``reconciliation``. Without a runbook the plan's snapshot of this moment counts.

    Raises:
        Conflict: ``plan_without_snapshot``; ``reconciliation_same_snapshot`` where it is that very snapshot.
    """
    latest = latest_runbook(plan)
    old = latest.assessment.snapshot if latest is not None else needed_snapshot(plan)
    if old.pk == new.pk:
        raise Conflict("reconciliation_same_snapshot", cluster=new.cluster.name)
    params = {"plan": str(plan.uid), "old": str(old.uid), "new": str(new.uid)}
    return operation_create(kind=RECONCILE, actor=actor, target=f"plan:{plan.uid}", params=params)


def reconciliation_store(
    *, plan: Plan, operation: Operation, old: Snapshot, new: Snapshot, found: reconcile.Reconciliation
) -> Reconciliation:
    return Reconciliation.objects.create(
        plan=plan,
        operation=operation,
        old=old,
        new=new,
        created_by=operation.actor,
        **reconciliation_columns(found),
    )


def reconciliations(actor: Any) -> QuerySet[Reconciliation]:
    """One organisation uses an installation: whoever is logged in sees all of them. Without the documents."""
    if not actor.is_authenticated:
        return Reconciliation.objects.none()
    rows = Reconciliation.objects.select_related(
        "plan__cluster", "old__cluster", "new__cluster", "operation", "created_by"
    )
    return rows.defer("document", "old__document", "new__document")

"""The work of an assessment in a worker."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from apps.checklists.models import Assessment
from apps.checklists.selectors import answers_of, waivers_on
from apps.checklists.services import ASSESS, assessment_store, today
from apps.core.admin import page_of
from apps.core.errors import ServiceError
from apps.inventory.models import Snapshot
from apps.inventory.selectors import effective_facts
from apps.operations.registry import Product, operation_kind
from apps.operations.runner import Run
from apps.planning.adapters import request_of
from apps.planning.models import Plan
from apps.planning.selectors import catalog
from apps.planning.services import catalog_keep
from migrator import engine
from migrator.catalog.model import Catalog
from migrator.snapshot.model import Snapshot as Facts


class Task(NamedTuple):
    """What an operation on a plan works with."""

    plan: Plan
    snapshot: Snapshot
    facts: Facts
    request: engine.Request
    catalog: Catalog


def task_of(run: Run) -> Task:
    """Read plan, snapshot, answers and waivers as they stand today.

    Raises:
        ServiceError: ``plan_gone`` where plan or snapshot were deleted while the operation waited.
    """
    plan = Plan.objects.select_related("cluster").filter(uid=run.params["plan"]).first()
    snapshot = Snapshot.objects.select_related("cluster").filter(uid=run.params["snapshot"]).first()
    if plan is None or snapshot is None:
        raise ServiceError("plan_gone")
    day = today()
    request = request_of(plan, answers_of(plan.cluster, day), waivers_on(plan.cluster, day))
    used = catalog()
    catalog_keep(used)
    return Task(plan, snapshot, effective_facts(snapshot), request, used)


@operation_kind(
    ASSESS,
    label=_("Assessment"),
    product=Product(_("Open the assessment"), lambda result: page_of(Assessment, result["assessment"])),
)
def assess_plan(run: Run) -> None:
    run.progress(phase="read", total=2)
    task = task_of(run)
    run.progress(phase="assess", done=1, total=2)
    assessment = engine.assess(task.facts, task.request, task.catalog)
    with run.outcome() as outcome:
        row = assessment_store(
            plan=task.plan,
            snapshot=task.snapshot,
            operation=run.operation,
            request=task.request,
            assessment=assessment,
        )
        outcome.result = {"assessment": str(row.uid), "readiness": row.readiness}

"""The work of an assessment in a worker, and of making one again."""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.checklists.adapters import custom_check_of
from apps.checklists.custom import TRY, checks_on, trial_store
from apps.checklists.models import Assessment, CustomCheck
from apps.checklists.repeating import REPEAT, assessment_again
from apps.checklists.selectors import answers_of, waivers_on
from apps.checklists.services import ASSESS, assessment_store, today
from apps.core.admin import page_of
from apps.core.errors import ServiceError
from apps.inventory.models import Snapshot
from apps.inventory.selectors import effective_facts
from apps.operations.registry import Product, operation_kind, operation_target
from apps.operations.runner import Run
from apps.planning.adapters import request_of
from apps.planning.models import Plan
from apps.planning.selectors import catalog
from apps.planning.services import catalog_keep
from migrator import engine
from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Catalog
from migrator.checks.custom.judging import trial
from migrator.snapshot.model import Snapshot as Facts

operation_target("plan", Plan)
operation_target("assessment", Assessment)
operation_target("custom_check", CustomCheck)


class Task(NamedTuple):
    """What an operation on a plan works with."""

    plan: Plan
    snapshot: Snapshot
    facts: Facts
    request: engine.Request
    catalog: Catalog


def task_of(run: Run) -> Task:
    """Read plan, snapshot, answers, waivers and people's own checks as they stand today.

    Raises:
        ServiceError: ``plan_gone`` where plan or snapshot were deleted while the operation waited.
    """
    plan = Plan.objects.select_related("cluster").filter(uid=run.params["plan"]).first()
    snapshot = Snapshot.objects.select_related("cluster").filter(uid=run.params["snapshot"]).first()
    if plan is None or snapshot is None:
        raise ServiceError("plan_gone")
    day = today()
    request = request_of(plan, answers_of(plan.cluster, day), waivers_on(plan.cluster, day), checks_on())
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


@operation_kind(
    TRY,
    label=_("Trial of an own check"),
    product=Product(_("Open the trial"), lambda result: try_page(result["check"])),
)
def try_check(run: Run) -> None:
    """The expression runs in a process of its own, whose limits hold here as in an assessment."""
    run.progress(phase="read", total=2)
    check = CustomCheck.objects.filter(uid=run.params["check"]).first()
    snapshot = Snapshot.objects.select_related("cluster").filter(uid=run.params["snapshot"]).first()
    if check is None or snapshot is None:
        raise ServiceError("custom_gone")
    facts, target = effective_facts(snapshot), run.params["target"]
    source = str(facts.cluster.version.as_minor) if facts.cluster.version else ""
    run.progress(phase="assess", done=1, total=2)
    begun = monotonic()
    tried = trial(custom_check_of(check), facts, source, target, shipped_catalog().system_namespaces)
    seconds = monotonic() - begun
    with run.outcome() as outcome:
        numbers = trial_store(check=check, snapshot=snapshot, target=target, tried=tried, seconds=seconds)
        outcome.result = {"check": str(check.uid), **numbers}


def try_page(uid: str) -> str:
    """The address of the page that shows the last trial; empty where the check is gone."""
    key = CustomCheck.objects.filter(uid=uid).values_list("pk", flat=True).first()
    return reverse("admin:checklists_customcheck_try", args=(key,)) if key is not None else ""


@operation_kind(
    REPEAT,
    label=_("Assessment made again"),
    product=Product(_("Open the assessment"), lambda result: page_of(Assessment, result["assessment"])),
)
def repeat_assessment(run: Run) -> None:
    run.progress(phase="assess", total=1)
    row = Assessment.objects.select_related("snapshot__cluster").filter(uid=run.params["assessment"]).first()
    if row is None:
        raise ServiceError("assessment_gone")
    again = assessment_again(row)
    with run.outcome() as outcome:
        outcome.result = {
            "assessment": str(row.uid),
            "same": again.same,
            "same_rules": again.same_rules,
            "new": len(again.comparison.new),
            "fixed": len(again.comparison.fixed),
            "not_comparable": len(again.comparison.not_comparable),
            "unchanged": len(again.comparison.unchanged),
        }

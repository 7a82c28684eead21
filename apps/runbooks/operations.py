"""The work of compiling a runbook in a worker."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.checklists.adapters import assessment_of
from apps.checklists.operations import task_of
from apps.checklists.selectors import current_assessment
from apps.checklists.services import assessment_store
from apps.core.admin import page_of
from apps.operations.registry import Product, operation_kind
from apps.operations.runner import Run
from apps.runbooks.models import Runbook
from apps.runbooks.services import COMPILE, runbook_store
from migrator import engine


@operation_kind(
    COMPILE,
    label=_("Runbook"),
    product=Product(_("Open the runbook"), lambda result: page_of(Runbook, result["runbook"])),
)
def compile_plan(run: Run) -> None:
    run.progress(phase="read", total=3)
    task = task_of(run)
    run.progress(phase="assess", done=1, total=3)
    known = current_assessment(task.plan, task.facts, task.request)
    assessment = assessment_of(known) if known else engine.assess(task.facts, task.request, task.catalog)
    run.progress(phase="compile", done=2, total=3)
    runbook = engine.compile_runbook(task.facts, assessment, task.catalog)
    with run.outcome() as outcome:
        row = known or assessment_store(
            plan=task.plan,
            snapshot=task.snapshot,
            operation=run.operation,
            request=task.request,
            assessment=assessment,
        )
        written = runbook_store(plan=task.plan, assessment=row, operation=run.operation, runbook=runbook)
        outcome.result = {
            "runbook": str(written.uid),
            "assessment": str(row.uid),
            "number": written.number,
            "readiness": written.readiness,
        }

"""The work of compiling a runbook, and of reconciling two clusters, in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.checklists.adapters import assessment_of
from apps.checklists.operations import task_of
from apps.checklists.selectors import current_assessment
from apps.checklists.services import assessment_store
from apps.core.admin import page_of
from apps.core.errors import ServiceError
from apps.inventory.models import Snapshot
from apps.inventory.selectors import effective_facts
from apps.operations.registry import Product, housekeeping, operation_kind, operation_target
from apps.operations.runner import Run
from apps.planning.adapters import options_of
from apps.planning.models import Plan
from apps.planning.selectors import catalog
from apps.runbooks.applications import bundle_of_form, form_of
from apps.runbooks.documents import DOCUMENT, document_run, documents_expire
from apps.runbooks.edits import edits_in_force
from apps.runbooks.models import Reconciliation, Runbook
from apps.runbooks.reconciliations import RECONCILE, reconciliation_store
from apps.runbooks.services import COMPILE, playbook_check, runbook_store
from migrator import engine
from migrator.conversion.bundle import convert_all
from migrator.paths.model import Strategy
from migrator.reconcile import reconcile
from migrator.runbook.model import Playbook

operation_target("runbook", Runbook)


@operation_kind(
    COMPILE,
    label=_("Runbook"),
    product=Product(_("Open the runbook"), lambda result: page_of(Runbook, result["runbook"])),
)
def compile_plan(run: Run) -> None:
    run.progress(phase="read", total=4)
    task = task_of(run)
    run.progress(phase="assess", done=1, total=4)
    known = current_assessment(task.plan, task.facts, task.request)
    assessment = assessment_of(known) if known else engine.assess(task.facts, task.request, task.catalog)
    playbook = Playbook(run.params["playbook"]) if run.params.get("playbook") else None
    playbook_check(playbook or "", assessment)  # the plan may have changed since it was asked
    bundle = None
    if playbook in (None, Playbook.MIGRATION) and assessment.choice.strategy is Strategy.MIGRATE:
        run.progress(phase="convert", done=2, total=4)
        options = options_of(task.plan)
        bundle = convert_all(task.facts, assessment.source, assessment.target, task.catalog, options)
    run.progress(phase="compile", done=3, total=4)
    if playbook is Playbook.CONTAINERISE:
        form = form_of(run.params)
        runbook = engine.compile_application(form, task.plan.target, task.catalog)
        bundle = bundle_of_form(form, runbook.target)
    else:
        runbook = engine.compile_runbook(task.facts, assessment, task.catalog, playbook, bundle)
    with run.outcome() as outcome:
        row = known or assessment_store(
            plan=task.plan,
            snapshot=task.snapshot,
            operation=run.operation,
            request=task.request,
            assessment=assessment,
        )
        written = runbook_store(
            plan=task.plan,
            assessment=row,
            operation=run.operation,
            runbook=runbook,
            bundle=bundle,
            edits=edits_in_force(task.plan, runbook.playbook.value),
        )
        outcome.result = {
            "runbook": str(written.uid),
            "assessment": str(row.uid),
            "number": written.number,
            "readiness": written.readiness,
        }


@operation_kind(
    RECONCILE,
    label=_("Reconciliation"),
    product=Product(_("Open the reconciliation"), lambda result: page_of(Reconciliation, result["reconciliation"])),
)
def reconcile_clusters(run: Run) -> None:
    run.progress(phase="read", total=2)
    plan = Plan.objects.filter(uid=run.params["plan"]).first()
    sides = [Snapshot.objects.filter(uid=run.params[side]).first() for side in ("old", "new")]
    if plan is None or None in sides:
        raise ServiceError("plan_gone")
    facts = [effective_facts(side) for side in sides if side is not None]
    run.progress(phase="compare", done=1, total=2)
    found = reconcile(*facts, catalog(), options_of(plan).registries)
    with run.outcome() as outcome:
        row = reconciliation_store(plan=plan, operation=run.operation, old=sides[0], new=sides[1], found=found)
        outcome.result = {"reconciliation": str(row.uid), "verdict": row.verdict}


def _download_of(result: Mapping[str, str]) -> str:
    address = reverse("runbook-download", kwargs={"uid": result["runbook"]})
    wanted = {name: result[name] for name in ("format", "lang", "reconciliation") if name in result}
    return f"{address}?{urlencode(wanted)}"


operation_kind(DOCUMENT, label=_("Document of a runbook"), product=Product(_("Download the document"), _download_of))(
    document_run
)
housekeeping(documents_expire)

"""The page on which the admin begins: where each cluster stands, what comes next, and what waits for this person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.inventory.selectors import clusters
from apps.operations.choices import OPEN, OperationStatus
from apps.operations.live import STATUS_LABELS
from apps.operations.models import Operation
from apps.operations.registry import kind_label
from apps.runbooks.admin.base import READINESS_LABELS, REVIEW_LABELS
from apps.runbooks.progress import NextStep, Standing, standings, submitted
from apps.runbooks.reviews import DECIDE

_PER_PAGE = 25
_LISTED = 8  # of reviews, and of operations
_RECENT = timedelta(days=3)
# Step -> the right that it needs, the page on which it is done.
_DONE_AT = {
    NextStep.IMPORT: ("inventory.change_cluster", "inventory_cluster_import_dump"),
    NextStep.PLAN: ("planning.add_plan", "planning_plan_add"),
    NextStep.WAIT: ("operations.view_operation", "operations_operation_change"),
    NextStep.ASSESS: ("planning.change_plan", "planning_plan_change"),
    NextStep.ANSWER: ("checklists.add_attestation", "checklists_attestation_answer"),
    NextStep.COMPILE: ("planning.change_plan", "planning_plan_change"),
    NextStep.SUBMIT: ("planning.change_plan", "runbooks_runbook_change"),
    NextStep.REVIEW: (DECIDE, "runbooks_runbook_change"),
    NextStep.REVISE: ("planning.change_plan", "runbooks_runbook_change"),
    NextStep.CARRY_OUT: ("runbooks.view_runbook", "runbooks_runbook_change"),
}

admin.site.index_template = "runbooks/overview.html"
admin.site.index_title = _("Overview")


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template shows beside what the admin gives it; of each part only what the person may see."""
    may = request.user.has_perm
    shown: dict[str, Any] = {}
    if may("inventory.view_cluster"):
        pages = Paginator(clusters(request.user).order_by("name"), _PER_PAGE)
        page = pages.get_page(request.GET.get("p"))
        shown["page"] = page
        shown["rows"] = [_row(request, standing) for standing in standings(list(page))]
        shown["may_add"] = may("inventory.add_cluster")
    if may(DECIDE) and may("runbooks.view_runbook"):
        shown["reviews"] = submitted()[:_LISTED]
    if may("operations.view_operation"):
        shown["operations"] = list(map(_operation, _operations()))
    return {**context, **shown}


def _row(request: HttpRequest, standing: Standing) -> dict[str, Any]:
    assessment, runbook = standing.assessment, standing.runbook
    right, name = _DONE_AT[standing.next]
    return {
        "standing": standing,
        "readiness_label": READINESS_LABELS[assessment.readiness] if assessment else "",
        "review_label": REVIEW_LABELS[runbook.review.state] if runbook else "",
        "address": _address(standing, name) if request.user.has_perm(right) else "",
    }


def _address(standing: Standing, name: str) -> str:
    subject: Any = {
        NextStep.WAIT: standing.operation,
        NextStep.ASSESS: standing.plan,
        NextStep.COMPILE: standing.plan,
        NextStep.IMPORT: standing.cluster,
        NextStep.ANSWER: standing.cluster,
    }.get(standing.next, standing.runbook)
    if standing.next is NextStep.PLAN:
        return f"{reverse(f'admin:{name}')}?cluster={standing.cluster.pk}"
    return reverse(f"admin:{name}", args=(subject.pk,))


def _operations() -> list[Operation]:
    """Those that are not done, then those that failed of late."""
    rows = Operation.objects.select_related("actor").order_by("-id")
    waiting = list(rows.filter(status__in=OPEN)[:_LISTED])
    failed = rows.filter(status=OperationStatus.FAILED, ended_at__gte=timezone.now() - _RECENT)
    return [*waiting, *failed[: _LISTED - len(waiting)]]


def _operation(row: Operation) -> dict[str, Any]:
    return {"row": row, "what": kind_label(row.kind), "label": STATUS_LABELS[OperationStatus(row.status)]}

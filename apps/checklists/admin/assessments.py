"""Assessments are looked at, and made again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.checklists.admin.checklist import WithChecklist
from apps.checklists.admin.compare import WithComparison
from apps.checklists.admin.reports import DOWNLOADS, WithReports
from apps.checklists.choices import Readiness
from apps.checklists.models import Assessment
from apps.checklists.repeating import repetition_request
from apps.core.admin import ReadOnly

READINESS_LABELS = {
    Readiness.READY: "success",
    Readiness.READY_WITH_WARNINGS: "warning",
    Readiness.BLOCKED: "danger",
    Readiness.INCOMPLETE: "info",
}


@admin.register(Assessment)
class AssessmentAdmin(ReadOnly, WithReports, WithComparison, WithChecklist):
    list_display = ("plan", "cluster", "versions", "verdict", "blockers", "warnings", "unknowns", "share", "created_at")
    list_filter = ("readiness", "strategy", "plan__cluster", "created_at")
    list_select_related = ("plan__cluster",)
    search_fields = ("plan__name", "plan__cluster__name", "uid")
    fields = (
        ("plan", "snapshot"),
        ("versions", "readiness"),
        ("strategy", "recommended"),
        ("blockers", "warnings"),
        ("notes", "unknowns"),
        "share",
        "all_findings",
        "snapshot_digest",
        "catalog_digest",
        "ruleset_digest",
        ("operation", "created_at"),
    )
    actions = (*WithComparison.actions, "repeat_chosen")
    actions_detail = ("answer_open", "compare_before", DOWNLOADS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assessment]:
        rows = super().get_queryset(request).select_related("plan__cluster", "snapshot__cluster", "operation")
        return rows.defer("document", "request", "snapshot__document")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("versions", "readiness", "all_findings", "share")

    @admin.action(description=_("Make again from what was kept"), permissions=("view",))
    def repeat_chosen(self, request: HttpRequest, chosen: QuerySet[Assessment]) -> None:
        """What came of it stands in the operations: the same or not, or why it cannot be made again."""
        started = [repetition_request(actor=request.user, assessment=row) for row in chosen]
        address = reverse("admin:operations_operation_changelist")
        told = _("Started: {count}. The operations tell what comes of it.").format(count=len(started))
        messages.success(request, format_html('<a href="{}">{}</a>', address, told))

    def has_answer_open_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("checklists.add_attestation")

    @action(description=_("Answer open questions"), url_path="answer", permissions=("answer_open",), icon="checklist")
    def answer_open(self, request: HttpRequest, object_id: str) -> HttpResponse:
        assessment = get_object_or_404(self.get_queryset(request), pk=object_id)
        return HttpResponseRedirect(reverse("admin:checklists_attestation_answer", args=(assessment.plan.cluster_id,)))

    @display(description=_("cluster"), ordering="plan__cluster__name")
    def cluster(self, row: Assessment) -> str:
        return row.plan.cluster.name

    @display(description=_("versions"))
    def versions(self, row: Assessment) -> str:
        return f"{row.source} → {row.target}"

    @display(description=_("readiness"), label=READINESS_LABELS, ordering="readiness")
    def verdict(self, row: Assessment) -> tuple[str, str]:
        return row.readiness, row.get_readiness_display()

    @display(description=_("share of decided checks"))
    def share(self, row: Assessment) -> str:
        if row.coverage is None:
            return "—"
        return f"{row.coverage:.1%} ({row.decided}/{row.applicable})"

    @display(description=_("findings"))
    def all_findings(self, row: Assessment) -> str:
        address = reverse("admin:checklists_finding_changelist")
        count = row.blockers + row.warnings + row.notes
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}?assessment__id__exact={}">{} ({})</a>',
            address,
            row.pk,
            _("Findings"),
            count,
        )

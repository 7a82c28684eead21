"""The new cluster against the old one in the admin: what is missing, different or more, and addresses old and new."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from apps.checklists.adapters import readable
from apps.core.admin import ReadOnly
from apps.core.language import request_lang
from apps.runbooks.adapters import reconciliation_of
from apps.runbooks.admin.base import address_of, shown_blocks
from apps.runbooks.models import Reconciliation
from apps.runbooks.selectors import latest_runbook
from migrator.errors import MigratorError
from migrator.render import FORMATS
from migrator.render.reconciliation import reconciliation_blocks

VERDICT_LABELS = {"complete": "success", "incomplete": "warning", "failed": "danger"}


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("plan", "old", "new", "found", "missing", "different", "extra", "untold", "created_at")
    list_filter = ("verdict", "plan__cluster", "created_at")
    fields = (
        ("plan", "verdict"),
        ("old", "new"),
        ("missing", "different", "extra", "untold"),
        ("operation", "created_by", "created_at"),
    )
    change_form_outer_before_template = "runbooks/reconciliation.html"

    class Media:
        css = {"all": ("runbooks/runbooks.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reconciliation]:
        rows = (
            super().get_queryset(request).select_related("plan__cluster", "old__cluster", "new__cluster", "created_by")
        )
        return rows.defer("document", "old__document", "new__document")

    @display(description=_("verdict"), label=VERDICT_LABELS, ordering="verdict")
    def found(self, row: Reconciliation) -> tuple[str, str]:
        return row.verdict, row.get_verdict_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if row is not None and self.has_view_permission(request, row):
            shown = {"reconciliation": row, "verdict_label": VERDICT_LABELS[row.verdict], "documents": _documents(row)}
            try:
                found = reconciliation_of(row)
                with readable(row.uid):
                    shown["content"] = shown_blocks(reconciliation_blocks(found, request_lang()), request_lang())
            except MigratorError as error:
                shown["problem"] = error.message(request_lang())
        page: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})
        return page


def _documents(row: Reconciliation) -> list[tuple[str, str]]:
    """The documents of the latest revision, with the reconciliation as their last appendix."""
    runbook = latest_runbook(row.plan)
    if runbook is None:
        return []
    address = address_of("download", runbook.pk)
    query = {"lang": request_lang(), "reconciliation": row.uid}
    return [(name.upper(), f"{address}?{urlencode({'format': name, **query})}") for name in FORMATS]

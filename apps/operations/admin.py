"""Operations are looked at, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from apps.core.admin import ReadOnly
from apps.core.language import request_lang
from apps.operations.choices import OperationStatus
from apps.operations.models import Operation
from apps.operations.registry import kind_label

LABELS = {
    OperationStatus.QUEUED: "info",
    OperationStatus.RUNNING: "info",
    OperationStatus.SUCCEEDED: "success",
    OperationStatus.FAILED: "danger",
    OperationStatus.CANCELLED: "warning",
}


@admin.register(Operation)
class OperationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("what", "state", "how_far", "actor", "created_at", "ended_at")
    list_filter = ("status", "kind", "created_at")
    list_select_related = ("actor",)
    search_fields = ("target", "uid")
    fields = (
        "uid",
        "what",
        "status",
        "how_far",
        "told_problem",
        "target",
        "actor",
        "attempts",
        "worker",
        "created_at",
        "started_at",
        "ended_at",
        "result",
    )
    readonly_fields = fields

    @display(description=_("kind"), ordering="kind")
    def what(self, operation: Operation) -> str:
        return kind_label(operation.kind)

    @display(description=_("status"), label=LABELS, ordering="status")
    def state(self, operation: Operation) -> tuple[str, str]:
        return operation.status, operation.get_status_display()

    @display(description=_("progress"))
    def how_far(self, operation: Operation) -> str:
        progress = operation.progress
        if not progress.get("total"):
            return ""
        return f"{progress['done']} / {progress['total']} {progress.get('text', '')}"

    @display(description=_("problem"))
    def told_problem(self, operation: Operation) -> str:
        return operation.problem["details"][request_lang()] if operation.problem else ""

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("actor")

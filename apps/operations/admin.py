"""Operations are looked at, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from apps.core.admin import ReadOnly
from apps.operations.live import STATUS_LABELS, live
from apps.operations.models import Operation
from apps.operations.registry import kind_label, target_of


@admin.register(Operation)
class OperationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("what", "state", "how_far", "actor", "created_at", "ended_at")
    list_filter = ("status", "kind", "created_at")
    list_select_related = ("actor",)
    search_fields = ("target", "uid")
    fields = ("uid", "what", "about", "actor", "created_at")
    readonly_fields = fields
    change_form_outer_before_template = "operations/live.html"

    class Media:
        js = ("operations/live.js",)
        css = {"all": ("operations/live.css",)}

    @display(description=_("kind"), ordering="kind")
    def what(self, operation: Operation) -> str:
        return kind_label(operation.kind)

    @display(description=_("target"))
    def about(self, operation: Operation) -> str:
        if (row := target_of(operation.target)) is None:
            return operation.target
        meta = row._meta
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=(row.pk,))
        named = capfirst(meta.verbose_name)
        return format_html('{} <a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', named, address, row)

    @display(description=_("status"), label=STATUS_LABELS, ordering="status")
    def state(self, operation: Operation) -> tuple[str, str]:
        return operation.status, operation.get_status_display()

    @display(description=_("progress"))
    def how_far(self, operation: Operation) -> str:
        progress = operation.progress
        if not progress.get("total"):
            return ""
        return f"{progress['done']} / {progress['total']} {progress.get('text', '')}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("actor")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.live_state)
        return [path("<int:key>/state/", view, name="operations_operation_state"), *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        operation = self.get_object(request, object_id) if object_id else None
        body = _live_body(request, operation) if operation is not None else ""
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "live_body": body})

    def live_state(self, request: HttpRequest, key: int) -> JsonResponse:
        """``{"ended", "html"}``: what ``live.js`` asks for every second."""
        operation = get_object_or_404(self.get_queryset(request), pk=key)
        if not self.has_view_permission(request, operation):
            raise PermissionDenied
        body = _live_body(request, operation)
        return JsonResponse({"ended": not operation.is_open, "html": body})


def _live_body(request: HttpRequest, operation: Operation) -> str:
    chosen = live(operation, status=request.GET.get("file_status", ""), page=request.GET.get("file_page", "1"))
    return render_to_string("operations/live_body.html", {"live": chosen}, request)

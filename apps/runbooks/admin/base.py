"""What the pages of runbooks share: the row of an address, who may do what, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from unfold.admin import ModelAdmin

from apps.checklists.admin import assessments
from apps.core.language import request_lang
from apps.runbooks.choices import Readiness
from apps.runbooks.models import Runbook
from apps.runbooks.selectors import visible_to
from migrator.errors import MigratorError
from migrator.locale import Lang
from migrator.render.document import Block
from migrator.render.html import render_blocks

READINESS_LABELS = {**assessments.READINESS_LABELS, Readiness.NO_CHECKS: ""}
REVIEW_LABELS = {
    "draft": "info",
    "submitted": "warning",
    "changes_requested": "warning",
    "approved": "success",
    "rejected": "danger",
}
BADGE_LABELS = {
    "gate": "warning",
    "interrupts": "danger",
    "destructive": "danger",
    "point_of_no_return": "danger",
    "edited": "info",
    "own": "info",
    "excluded": "",
}


def may_edit(request: HttpRequest) -> bool:
    """Whoever may change plans may edit, submit and have their runbooks written."""
    return request.user.has_perm("planning.change_plan")


def address_of(name: str, *args: object) -> str:
    return reverse(f"admin:runbooks_runbook_{name}", args=args)


def shown_blocks(blocks: list[Block], lang: Lang) -> SafeString:
    """Blocks of a document as HTML."""
    return mark_safe(render_blocks(blocks, lang))  # noqa: S308 - the core escapes every text in it


class RunbookPages(ModelAdmin):  # type: ignore[misc]
    """Pages beside those that the framework makes."""

    def row(self, request: HttpRequest, pk: int) -> Runbook:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(visible_to(request.user), pk=pk)

    def page(self, request: HttpRequest, template: str, title: Any, row: Runbook | None, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "original": row,
            "runbook": row,
            "may_edit": may_edit(request),
            **more,
        }
        return TemplateResponse(request, template, context)

    def attempt(self, request: HttpRequest, done: Any, act: Callable[[], object]) -> bool:
        """Do something and say so; where it is refused, say why instead. Whether it was done."""
        try:
            act()
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
            return False
        messages.success(request, done)
        return True

    def back(self, row: Runbook, anchor: str = "") -> HttpResponse:
        return HttpResponseRedirect(address_of("change", row.pk) + anchor)

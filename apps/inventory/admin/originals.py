"""The originals on the page of their snapshot: whoever may can download them, and erase them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from apps.core.admin import ReadOnly
from apps.core.language import request_lang
from apps.inventory import originals
from apps.inventory.downloads import download
from apps.inventory.models import Original, Snapshot
from migrator.errors import MigratorError


class OriginalInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = Original
    tab = True
    extra = 0
    fields = ("link", "bytes", "keep_until", "erased_at", "erased_by")
    readonly_fields = fields
    ordering = ("id",)
    hide_title = True

    @display(description=_("file"))
    def link(self, original: Original) -> str:
        if not original.wrapped_key:
            return original.name
        address = reverse("admin:inventory_snapshot_original", args=(original.snapshot_id, original.pk))
        return format_html('<a href="{}" class="text-primary-600" download>{}</a>', address, original.name)

    @display(description=_("size"))
    def bytes(self, original: Original) -> str:
        return filesizeformat(original.size)


class WithOriginals(ModelAdmin):  # type: ignore[misc]
    """Adds to the admin of snapshots what concerns their originals."""

    actions_detail = ("erase_originals",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple[type[TabularInline], ...]:
        has_any = obj is not None and Original.objects.filter(snapshot=obj).exists()
        return (*self.inlines, OriginalInline) if has_any else tuple(self.inlines)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.download_original)
        return [
            path("<int:key>/originals/<int:original>/", view, name="inventory_snapshot_original"),
            *super().get_urls(),
        ]

    def download_original(self, request: HttpRequest, key: int, original: int) -> HttpResponseBase:
        row = get_object_or_404(Original, pk=original, snapshot=key)
        try:
            return download(row, request.user)
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
            return HttpResponseRedirect(reverse("admin:inventory_snapshot_change", args=(key,)))

    def has_erase_originals_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether there is anything to erase, and by whom."""
        kept = Original.objects.filter(snapshot=object_id).exclude(wrapped_key="")
        return request.user.has_perm(originals.ERASE) and kept.exists()

    @action(description=_("Erase the originals"), url_path="erase-originals", permissions=("erase_originals",))
    def erase_originals(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks first; erases what is posted."""
        snapshot = get_object_or_404(Snapshot.objects.defer("document"), pk=object_id)
        page = reverse("admin:inventory_snapshot_change", args=(snapshot.pk,))
        if not self.has_view_permission(request, snapshot):
            raise PermissionDenied
        if request.method == "POST":
            originals.originals_erase(Original.objects.filter(snapshot=snapshot), actor=request.user)
            messages.success(request, _("The originals have been erased."))
            return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Erase the originals"),
            "opts": self.model._meta,
            "original": snapshot,
            "names": [o.name for o in Original.objects.filter(snapshot=snapshot).exclude(wrapped_key="")],
            "back": page,
        }
        return TemplateResponse(request, "inventory/erase_originals.html", context)

"""What administrators add to the catalog, each kind with a form of its own, and the catalogs that are kept."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from apps.core.admin import ReadOnly
from apps.planning import services
from apps.planning.admin.addition_forms import FORMS, AdditionForm
from apps.planning.choices import AdditionKind
from apps.planning.models import CatalogAddition, CatalogCopy


@admin.register(CatalogAddition)
class CatalogAdditionAdmin(ModelAdmin):  # type: ignore[misc]
    """One button adds each kind; what is filled in is stored as the record that the API and the catalog know."""

    list_display = ("name", "kind", "profile", "enabled", "created_by", "updated_at")
    list_filter = ("kind", "enabled")
    list_select_related = ("created_by",)
    search_fields = ("name", "text")
    actions_list = ("add_hop", "add_risk", "add_addon")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=_form_of(request, obj), **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        form = _form_of(request, obj)
        sets = [(None, {"fields": ("name", "enabled")}), *form.sections]
        return [*sets, (_("record"), {"fields": ("written", "created_by", "created_at")})] if obj else sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("written", "created_by", "created_at") if obj else ()

    @display(description=_("as it is stored"))
    def written(self, row: CatalogAddition) -> str:
        return format_html("<pre>{}</pre>", row.text)

    @action(description=_("Add an upgrade"), url_path="add-hop", permissions=("add",))
    def add_hop(self, request: HttpRequest) -> HttpResponse:
        return _adding(AdditionKind.HOP)

    @action(description=_("Add a known risk"), url_path="add-risk", permissions=("add",))
    def add_risk(self, request: HttpRequest) -> HttpResponse:
        return _adding(AdditionKind.RISK)

    @action(description=_("Add versions of an add-on"), url_path="add-addon", permissions=("add",))
    def add_addon(self, request: HttpRequest) -> HttpResponse:
        return _adding(AdditionKind.ADDON)

    def save_model(self, request: HttpRequest, obj: CatalogAddition, form: Any, change: bool) -> None:
        services.addition_save(actor=request.user, addition=obj)


def _form_of(request: HttpRequest, obj: CatalogAddition | None) -> type[AdditionForm]:
    """By the kind of the row, or of the one to be added; an upgrade where nothing is said."""
    return FORMS.get(obj.kind if obj else request.GET.get("kind", ""), FORMS[AdditionKind.HOP])


def _adding(kind: AdditionKind) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('admin:planning_catalogaddition_add')}?kind={kind.value}")


@admin.register(CatalogCopy)
class CatalogCopyAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("digest", "base", "created_at")
    fields = ("digest", "base", "additions", "size", "created_at")
    readonly_fields = ("size",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CatalogCopy]:
        return super().get_queryset(request).defer("document").annotate(kept=Length("document"))

    @display(description=_("kept, bytes"))
    def size(self, row: CatalogCopy) -> int:
        return int(getattr(row, "kept", 0))

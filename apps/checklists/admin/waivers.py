"""Accepted risks in the admin: given once, withdrawn where they no longer hold, and told when they accept nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from apps.checklists import services
from apps.checklists.choices import WaiverStanding
from apps.checklists.custom import titles
from apps.checklists.models import Waiver
from apps.checklists.waivers import standings_of_all
from apps.core.language import request_lang
from apps.core.texts import check_texts
from migrator.errors import MigratorError

STANDING_LABELS = {
    WaiverStanding.APPLIED: "success",
    WaiverStanding.UNUSED: "warning",
    WaiverStanding.EXPIRED: "danger",
    WaiverStanding.WITHDRAWN: "",
    WaiverStanding.NOT_ASSESSED: "info",
}


class WaiverForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Waiver
        fields = ("cluster", "check_code", "kind", "namespace", "name", "reason", "until")
        help_texts = {
            "kind": _("A pattern: * is any, web-* all that begin so."),
            "namespace": _("A pattern; empty means objects without a namespace, such as nodes."),
            "name": _("A pattern; empty means what has no name."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "check_code" in self.fields:
            checks = [(code, f"{code} {title}") for code, title in titles(request_lang()).items()]
            self.fields["check_code"].widget = UnfoldAdminSelectWidget(choices=checks)

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        try:
            services.check_not_past(until)
        except MigratorError as error:
            raise forms.ValidationError(error.message(request_lang())) from error
        return until

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"])
        try:
            check_texts(reason)
        except MigratorError as error:
            raise forms.ValidationError(error.message(request_lang())) from error
        return reason


class StandingFilter(admin.SimpleListFilter):
    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return WaiverStanding.words()

    def queryset(self, request: HttpRequest, rows: QuerySet[Waiver]) -> QuerySet[Waiver]:
        if self.value() not in WaiverStanding.values:
            return rows
        found = standings_of_all(rows.select_related("cluster"), services.today())
        return rows.filter(pk__in=[key for key, standing in found.items() if standing == self.value()])


@admin.register(Waiver)
class WaiverAdmin(ModelAdmin):  # type: ignore[misc]
    """A risk is accepted by whoever is logged in; what was accepted is never rewritten, only withdrawn."""

    form = WaiverForm
    list_display = ("cluster", "check_code", "scope", "standing", "approver", "until", "withdrawn_by", "created_at")
    list_filter = (StandingFilter, "check_code", "cluster", "until")
    list_select_related = ("cluster", "approver", "withdrawn_by")
    search_fields = ("namespace", "name", "reason")
    actions_detail = ("withdraw",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = ("cluster", "check_code", ("kind", "namespace"), "name", "reason", "until")
        return given if obj is None else (*given, ("approver", "created_at"), "stands", "withdrawn")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("approver", "created_at", "stands", "withdrawn")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Looks up the standings of a page at once, not one by one."""
        page = super().get_changelist_instance(request)
        found = standings_of_all(page.result_list, services.today())
        for row in page.result_list:
            row.found_standing = found[row.pk]
        return page

    @display(description=_("scope"))
    def scope(self, row: Waiver) -> str:
        return f"{row.kind} {row.namespace}/{row.name}" if row.namespace else f"{row.kind} {row.name}"

    @display(description=_("standing"), label=STANDING_LABELS)
    def standing(self, row: Waiver) -> tuple[str, Any]:
        return row.found_standing.value, row.found_standing.label

    @display(description=_("standing"))
    def stands(self, row: Waiver) -> str:
        return str(standings_of_all([row], services.today())[row.pk].label)

    @display(description=_("withdrawn"))
    def withdrawn(self, row: Waiver) -> str:
        return f"{row.withdrawn_by} · {row.withdrawn_at:%Y-%m-%d %H:%M}" if row.withdrawn_at else "—"

    def save_model(self, request: HttpRequest, obj: Waiver, form: Any, change: bool) -> None:
        given = dict(form.cleaned_data)
        made = services.waiver_create(actor=request.user, check=given.pop("check_code"), **given)
        obj.pk = made.pk
        obj.refresh_from_db()

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        stands = Waiver.objects.filter(pk=object_id, withdrawn_at=None)
        return self.has_add_permission(request) and stands.exists()

    @action(description=_("Withdraw"), url_path="withdraw", permissions=("withdraw",))
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks first; withdraws what is posted."""
        waiver = get_object_or_404(Waiver.objects.select_related("cluster"), pk=object_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = reverse("admin:checklists_waiver_change", args=(waiver.pk,))
        if request.method == "POST":
            try:
                services.waiver_withdraw(actor=request.user, waiver=waiver)
                messages.success(request, _("The waiver has been withdrawn."))
            except MigratorError as error:
                messages.error(request, error.message(request_lang()))
            return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Withdraw"),
            "opts": self.model._meta,
            "original": waiver,
            "back": page,
        }
        return TemplateResponse(request, "checklists/withdraw.html", context)

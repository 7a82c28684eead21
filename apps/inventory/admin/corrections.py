"""Corrections: the form on the page of a fact, the list with what became of each, the tab on the page of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core.admin import ReadOnly
from apps.core.language import request_lang
from apps.inventory import adapters, corrections, selectors
from apps.inventory.choices import CorrectionState
from apps.inventory.corrections import FactValues
from apps.inventory.models import Cluster, Correction
from migrator.errors import MigratorError
from migrator.locale import Lang
from migrator.render.corrections import correction_text
from migrator.render.facts import field_name, section_title, value_text
from migrator.snapshot.correctable import FIELDS, CorrectableField, ValueType

STATE_LABELS = {
    CorrectionState.APPLIED: "success",
    CorrectionState.CONFLICT: "danger",
    CorrectionState.OBSOLETE: "info",
    CorrectionState.UNUSED: "warning",
}
_LISTS = (ValueType.TEXTS, ValueType.ADDRESSES)
_TRUTH = {"true": True, "false": False, "": None}


class FactForm(forms.Form):
    """Every field of one fact that can be corrected, as it holds now; whoever changes one says why.

    Args:
        in_force: by field, the corrections of this very fact.
    """

    def __init__(self, *args: Any, section: str, values: FactValues, in_force: Mapping[str, Correction]) -> None:
        super().__init__(*args)
        self._fields = FIELDS[section]
        self._read, self._held = values.read, values.held
        lang = request_lang()
        for name, field in self._fields.items():
            read, held = values.read[name], values.held[name]
            self.fields[name] = _form_field(field, (held, read), lang)
            self.fields[name].label = field_name(name, lang)
            self.fields[name].help_text = _told(name, read, in_force.get(name))
            self.fields[name].initial = _shown(field, held)
        self.fields["reason"] = forms.CharField(
            label=_("reason"),
            max_length=2000,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            help_text=_("Where it is known from. Kept with the correction."),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, value in self.changes().items():
            try:
                if value != self._read[name]:
                    self._fields[name].parse(value)
            except MigratorError as error:
                self.add_error(name, error.message(request_lang()))
        if not self.errors and not self.changes():
            self.add_error(None, _("Nothing was changed."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """What shall hold instead, by field."""
        given = {n: _given(f, self.cleaned_data[n]) for n, f in self._fields.items() if n in self.cleaned_data}
        return {name: value for name, value in given.items() if value != self._held[name]}


def _told(name: str, read: Any, correction: Correction | None) -> str:
    told = _("In the dump: {value}").format(value=value_text(name, read, request_lang()))
    if correction is None:
        return told
    by = _("corrected by {who}: {reason}").format(who=correction.created_by, reason=correction.reason)
    return f"{told} · {by}"


def _form_field(field: CorrectableField, known: tuple[Any, ...], lang: Lang) -> forms.Field:
    if field.type in (ValueType.CHOICE, ValueType.TRUTH):
        values = field.choices if field.type is ValueType.CHOICE else ("true", "false")
        may_be_empty = field.optional or field.untold in known
        words = [("", value_text(field.name, None, lang))] if may_be_empty else []
        words += [(v, value_text(field.name, _TRUTH.get(v, v), lang)) for v in values]
        return forms.ChoiceField(choices=words, required=not may_be_empty, widget=UnfoldAdminSelectWidget())
    if field.type in _LISTS:
        return forms.CharField(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    if field.type is ValueType.NUMBER:
        return forms.IntegerField(required=False, min_value=0, widget=UnfoldAdminIntegerFieldWidget())
    return forms.CharField(required=False, max_length=1024, widget=UnfoldAdminTextInputWidget())


def _shown(field: CorrectableField, value: Any) -> Any:
    """A value as its widget shows it."""
    if field.type in _LISTS:
        return "\n".join(value)
    if field.type is ValueType.TRUTH:
        return next(text for text, truth in _TRUTH.items() if truth is value)
    return "" if value is None else value


def _given(field: CorrectableField, cleaned: Any) -> Any:
    """What a widget holds as JSON knows it."""
    if field.type in _LISTS:
        return sorted({line.strip() for line in cleaned.splitlines() if line.strip()})
    if field.type is ValueType.TRUTH:
        return _TRUTH[cleaned]
    return cleaned.strip() if isinstance(cleaned, str) and cleaned.strip() else (cleaned or field.untold)


def correct_page(
    request: HttpRequest, model_admin: ModelAdmin, *, cluster: Cluster, section: str, key: str
) -> HttpResponse:
    """The form for one fact of a cluster's latest snapshot; afterwards the list of the cluster's corrections."""
    if not may_correct(request):
        raise PermissionDenied
    if section not in FIELDS:
        raise Http404
    lang = request_lang()
    listed = f"{reverse('admin:inventory_correction_changelist')}?cluster__id__exact={cluster.pk}"
    try:
        values = corrections.fact_values(cluster=cluster, section=section, key=key)
    except MigratorError as error:
        messages.error(request, error.message(lang))
        return HttpResponseRedirect(listed)
    rows = selectors.corrections_in_force(cluster).filter(section=section, key=key)
    form = FactForm(
        *([request.POST] if request.method == "POST" else []),
        section=section,
        values=values,
        in_force={row.field: row for row in rows},
    )
    if request.method == "POST" and form.is_valid():
        try:
            written = corrections.fact_correct(
                cluster=cluster,
                actor=request.user,
                section=section,
                key=key,
                values=form.changes(),
                reason=form.cleaned_data["reason"],
            )
        except MigratorError as error:
            form.add_error(None, error.message(lang))
        else:
            if written:
                messages.success(request, _("Fields corrected: {count}").format(count=written))
            else:
                messages.info(request, _("This is what the dump says; there was nothing to correct."))
            return HttpResponseRedirect(listed)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Correct"),
        "subject": f"{cluster} · {section_title(section, lang)} {key}",
        "opts": model_admin.model._meta,
        "form": form,
        "listed": listed,
        "elsewhere": reverse("admin:inventory_cluster_correct", args=(cluster.pk,)),
        "others": [(other, section_title(other, lang)) for other in FIELDS if other != "cluster"],
    }
    return TemplateResponse(request, "inventory/correct.html", context)


def may_correct(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("inventory.add_correction"))


class Correctable:
    """For the admin of a kind of part: a button that corrects the fact of a row."""

    section = ""
    actions_row = ("correct",)

    def correction_key(self, row: Any) -> str:
        return f"{row.namespace}/{row.name}" if hasattr(row, "namespace") else str(row.name)

    def has_correct_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_correct(request)

    @action(description=_("Correct"), url_path="correct", permissions=("correct",), icon="edit")
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request).select_related("snapshot__cluster"), pk=object_id)  # type: ignore[attr-defined]
        return correct_page(
            request,
            self,
            cluster=row.snapshot.cluster,
            section=self.section,
            key=self.correction_key(row),
        )


class Shown:
    """Columns of a correction in the words of the reader."""

    @display(description=_("object"), ordering="key")
    def subject(self, row: Correction) -> str:
        return f"{section_title(row.section, request_lang())} {row.key}".rstrip()

    @display(description=_("field"), ordering="field")
    def what(self, row: Correction) -> str:
        return field_name(row.field, request_lang())

    @display(description=_("corrected to"))
    def to(self, row: Correction) -> str:
        return value_text(row.field, row.value, request_lang())

    @display(description=_("value read"))
    def before(self, row: Correction) -> str:
        return value_text(row.field, row.read_value, request_lang())

    @display(description=_("state"), ordering="state", label=STATE_LABELS)
    def condition(self, row: Correction) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("what became of it"))
    def told(self, row: Correction) -> str:
        return correction_text(adapters.correction_use(row), request_lang())


class CorrectionInline(Shown, ReadOnly, TabularInline):  # type: ignore[misc]
    model = Correction
    tab = True
    extra = 0
    fields = ("subject", "what", "before", "to", "state", "reason", "created_by")
    readonly_fields = fields
    ordering = ("section", "key", "field")
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        return super().get_queryset(request).filter(withdrawn_at=None).select_related("created_by")


class InForce(admin.SimpleListFilter):
    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", _("withdrawn")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("in force")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Correction]) -> QuerySet[Correction]:
        if self.value() == "all":
            return queryset
        return queryset.exclude(withdrawn_at=None) if self.value() == "no" else queryset.filter(withdrawn_at=None)


@admin.register(Correction)
class CorrectionAdmin(Shown, ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Made on the page of a fact; here they are looked at, confirmed and withdrawn."""

    list_display = ("subject", "what", "before", "to", "condition", "reason", "created_by", "updated_at", "cluster")
    list_filter = (InForce, "state", "cluster")
    list_select_related = ("cluster", "created_by", "withdrawn_by")
    search_fields = ("key", "field", "reason")
    fields = (
        "cluster",
        "subject",
        "what",
        "told",
        ("before", "to"),
        "state",
        "reason",
        ("created_by", "created_at", "updated_at"),
        ("withdrawn_by", "withdrawn_at"),
    )
    actions = ("confirm", "withdraw")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("subject", "what", "told", "before", "to")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("inventory.change_correction"))

    @admin.action(description=_("Confirm the chosen corrections"), permissions=("settle",))
    def confirm(self, request: HttpRequest, queryset: QuerySet[Correction]) -> None:
        """Against what the latest snapshot says now."""
        self._settle(
            request,
            queryset,
            lambda row: corrections.correction_change(row, actor=request.user, value=row.value, reason=row.reason),
            _("Corrections confirmed: {count}"),
        )

    @admin.action(description=_("Withdraw the chosen corrections"), permissions=("settle",))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Correction]) -> None:
        self._settle(
            request,
            queryset,
            lambda row: corrections.correction_withdraw(row, actor=request.user),
            _("Corrections withdrawn: {count}"),
        )

    def _settle(
        self, request: HttpRequest, queryset: QuerySet[Correction], settle: Callable[[Correction], Any], told: Any
    ) -> None:
        done = 0
        for row in queryset.select_related("cluster"):
            try:
                settle(row)
                done += 1
            except MigratorError as error:
                messages.error(request, f"{row}: {error.message(request_lang())}")
        if done:
            messages.success(request, told.format(count=done))

"""Checks that people write, in the admin: a form, a page to try one on a cluster, on and off, and files of checks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import (
    FILE_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.checklists import custom
from apps.checklists.choices import CustomState
from apps.checklists.models import CustomCheck, both_strategies
from apps.core.admin import FileInput
from apps.core.language import request_lang
from apps.inventory.models import Cluster
from apps.planning.choices import ChosenStrategy
from apps.planning.selectors import catalog
from migrator.errors import MigratorError
from migrator.locale import LANGS
from migrator.render.trials import problem_sentence, trial_sentence

STATE_LABELS = {CustomState.ON: "success", CustomState.OFF: "warning", CustomState.DRAFT: "info"}
_TEXTS = ("title", "message", "rationale", "remediation")


class KindsField(forms.CharField):
    """Kinds of objects as a line, with commas or spaces between them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        return [kind for kind in re.split(r"[\s,，、;；]+", super().clean(value)) if kind]


class CustomCheckForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses in its fields what the core would refuse."""

    kinds = KindsField(
        label=_("kinds"),
        help_text=_("Kinds of objects that it looks at, such as Deployment, StatefulSet."),
        widget=UnfoldAdminTextInputWidget(),
        max_length=1000,
    )
    strategies = forms.MultipleChoiceField(
        label=_("strategies"),
        choices=ChosenStrategy.words,
        initial=both_strategies,  # as by REST, where nothing is said
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = CustomCheck
        fields = custom.FIELDS
        widgets = {
            "expression": UnfoldAdminTextareaWidget(
                attrs={"rows": 5, "spellcheck": "false", "class": "checklist-mono"}
            ),
            **{f"{part}_{lang}": UnfoldAdminTextareaWidget(attrs={"rows": 2}) for part in _TEXTS[1:] for lang in LANGS},
        }

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            custom.custom_check(self.instance)
        except custom.CustomRefused as refused:
            self.add_error(refused.field, refused.message(request_lang()))


class TryForm(forms.Form):
    cluster = forms.ModelChoiceField(
        label=_("cluster"),
        queryset=Cluster.objects.filter(snapshots__isnull=False).distinct().order_by("name"),
        help_text=_("Its latest snapshot is looked at."),
        widget=UnfoldAdminSelectWidget(),
    )
    target = forms.ChoiceField(label=_("target version"), widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minors = [release.minor for release in catalog().releases]
        self.fields["target"].choices = [(str(m), str(m)) for m in reversed(minors)]  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File of checks (YAML)"),
        max_length=1024,
        widget=FileInput(attrs={"class": " ".join([*FILE_CLASSES, "w-full", "p-2"]), "accept": ".yaml,.yml"}),
    )


@admin.register(CustomCheck)
class CustomCheckAdmin(ModelAdmin):  # type: ignore[misc]
    class Media:
        css = {"all": ("checklists/checklist.css",)}

    form = CustomCheckForm
    list_display = ("code", "named", "standing", "graded", "looks_at", "seen", "tried_at", "created_by")
    list_filter = ("state", "severity", "category")
    list_select_related = ("created_by",)
    search_fields = ("code", "slug", "title_zh", "title_en", "expression")
    readonly_fields = ("standing_word", "seen", "tried_at", "created_by", "created_at")
    actions = ("export_chosen",)
    actions_list = ("import_checks", "export_all")
    actions_detail = ("try_one",)
    fieldsets = (
        (None, {"fields": (("code", "slug"), ("title_zh", "title_en"))}),
        (
            _("What it looks at"),
            {"fields": ("kinds", "expression", ("applies", "platform"), "strategies")},
        ),
        (
            _("What it says"),
            {
                "fields": (
                    ("severity", "category"),
                    ("message_zh", "message_en"),
                    ("rationale_zh", "rationale_en"),
                    ("remediation_zh", "remediation_en"),
                )
            },
        ),
        (_("State"), {"fields": (("standing_word", "seen"), ("tried_at", "created_by", "created_at"))}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj is not None else self.fieldsets[:-1]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"code": custom.next_code(), **super().get_changeform_initial_data(request)}

    @display(description=_("title"))
    def named(self, row: CustomCheck) -> str:
        return custom.title(row, request_lang())

    @display(description=_("state"), label=STATE_LABELS, ordering="state")
    def standing(self, row: CustomCheck) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("state"))
    def standing_word(self, row: CustomCheck) -> str:
        return row.get_state_display()

    @display(description=_("severity"), ordering="severity")
    def graded(self, row: CustomCheck) -> str:
        return row.get_severity_display()

    @display(description=_("kinds"))
    def looks_at(self, row: CustomCheck) -> str:
        return ", ".join(row.kinds)

    @display(description=_("last trial"))
    def seen(self, row: CustomCheck) -> str:
        return said_of(row) or "—"

    def save_model(self, request: HttpRequest, obj: CustomCheck, form: Any, change: bool) -> None:
        given = {name: form.cleaned_data[name] for name in (form.changed_data if change else custom.FIELDS)}
        if change:
            custom.custom_update(check=obj, changes=given)
        else:
            obj.pk = custom.custom_create(actor=request.user, **given).pk
        obj.refresh_from_db()

    def get_urls(self) -> list[Any]:
        def named(view: Any, name: str) -> dict[str, Any]:
            return {"view": self.admin_site.admin_view(view), "name": f"checklists_customcheck_{name}"}

        return [
            path("<int:pk>/try/", **named(self.try_page, "try")),
            path("<int:pk>/state/", **named(require_POST(self.change_state), "state")),
            path("import/", **named(self.import_page, "import")),
            *super().get_urls(),
        ]

    def try_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose a cluster and start; below it what was seen the last time."""
        row = get_object_or_404(CustomCheck, pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        form = TryForm(request.POST or None, initial=_before(row))
        if request.method == "POST":
            if not self.has_change_permission(request, row):
                raise PermissionDenied
            if form.is_valid():
                try:
                    operation = custom.trial_request(actor=request.user, check=row, **form.cleaned_data)
                except MigratorError as error:
                    form.add_error(None, error.message(request_lang()))
                else:
                    return HttpResponseRedirect(reverse("admin:operations_operation_change", args=(operation.pk,)))
        trial = row.trial or {}
        context = {
            **self._context(request, row),
            "title": _("Try a check"),
            "form": form,
            "trial": trial,
            "said": said_of(row),
            "problems": _objects(trial.get("problems_first", ())),
            "found": _objects(trial.get("found_first", ())),
            "more_problems": trial.get("problems", 0) - len(trial.get("problems_first", ())),
            "more_found": trial.get("found", 0) - len(trial.get("found_first", ())),
            "may_switch": row.is_tried or row.state == CustomState.ON,
            "label": STATE_LABELS[CustomState(row.state)],
            "may_change": self.has_change_permission(request, row),
        }
        return TemplateResponse(request, "checklists/try_check.html", context)

    def change_state(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(CustomCheck, pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        try:
            if request.POST.get("state") == CustomState.ON:
                custom.custom_on(check=row)
                messages.success(request, _("The check is on: it takes part from the next assessment on."))
            else:
                custom.custom_off(check=row)
                messages.success(request, _("The check is off: it takes no part from the next assessment on."))
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
        return HttpResponseRedirect(reverse("admin:checklists_customcheck_try", args=(row.pk,)))

    @action(description=_("Try it, switch it on or off"), url_path="open-try", permissions=("view",), icon="science")
    def try_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:checklists_customcheck_try", args=(object_id,)))

    @action(description=_("Import"), url_path="from-file", permissions=("add",), icon="upload")
    def import_checks(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:checklists_customcheck_import"))

    @action(description=_("Export all"), url_path="to-file", permissions=("view",), icon="download")
    def export_all(self, request: HttpRequest) -> HttpResponse:
        return custom.custom_file(self.get_queryset(request).order_by("code"))

    @admin.action(description=_("Export the chosen checks"), permissions=("view",))
    def export_chosen(self, request: HttpRequest, chosen: QuerySet[CustomCheck]) -> HttpResponse:
        return custom.custom_file(chosen.order_by("code"))

    def import_page(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                content, name = custom.content_of(form.cleaned_data["file"])
                rows = custom.custom_import(actor=request.user, content=content, name=name)
            except MigratorError as error:
                form.add_error("file", error.message(request_lang()))
            else:
                messages.success(request, _("Checks taken in: {count}.").format(count=len(rows)))
                return HttpResponseRedirect(reverse("admin:checklists_customcheck_changelist"))
        context = {**self._context(request, None), "title": _("Import checks"), "form": form}
        return TemplateResponse(request, "checklists/import_checks.html", context)

    def _context(self, request: HttpRequest, row: CustomCheck | None) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.model._meta, "original": row}


def said_of(row: CustomCheck) -> str:
    """The last trial in a sentence; empty where there was none."""
    return trial_sentence(row.trial, request_lang()) if row.trial else ""


def _before(row: CustomCheck) -> dict[str, Any]:
    """The cluster and target of the last trial."""
    if not row.trial:
        return {}
    return {"cluster": Cluster.objects.filter(uid=row.trial["cluster"]).first(), "target": row.trial["target"]}


def _objects(rows: Iterable[dict[str, str]]) -> list[tuple[str, str]]:
    """Object and problem of each row, in the reader's language."""
    lang, told = request_lang(), []
    for row in rows:
        name = "/".join(part for part in (row["namespace"], row["name"]) if part)
        problem = row.get("problem", "")
        told.append((f"{row['kind']} {name}", problem_sentence(problem, lang) if problem else ""))
    return told

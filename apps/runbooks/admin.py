"""Runbooks are looked at and downloaded. A plan gets its buttons here, where everything it can start is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from apps.checklists.admin.assessments import READINESS_LABELS
from apps.checklists.choices import Readiness
from apps.checklists.models import Assessment
from apps.checklists.selectors import last_readiness
from apps.checklists.services import assessment_request
from apps.core.admin import ReadOnly
from apps.core.language import request_lang
from apps.operations.models import Operation
from apps.planning.admin import PlanAdmin as BasePlanAdmin
from apps.planning.models import Plan
from apps.runbooks.models import Runbook, RunbookStep
from apps.runbooks.services import runbook_request
from migrator.errors import MigratorError
from migrator.locale import LANGS
from migrator.render import FORMATS
from migrator.render.words import duration

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


class StepInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = RunbookStep
    tab = True
    per_page = 50
    fields = ("number", "title", "kind", "role", "takes", "interrupts", "destructive", "point_of_no_return")
    readonly_fields = fields
    ordering = ("position",)

    @display(description=_("step"))
    def title(self, row: RunbookStep) -> str:
        return row.title_en if request_lang() == "en" else row.title_zh

    @display(description=_("duration"))
    def takes(self, row: RunbookStep) -> str:
        return duration((row.minutes_min, row.minutes_max), request_lang())


@admin.register(Runbook)
class RunbookAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("plan", "number", "cluster", "versions", "verdict", "step_count", "takes", "created_at")
    list_filter = ("readiness", "playbook", "plan__cluster", "created_at")
    list_select_related = ("plan__cluster",)
    search_fields = ("plan__name", "plan__cluster__name", "uid")
    fields = (
        "downloads",
        ("plan", "number"),
        ("versions", "playbook", "readiness"),
        ("takes", "stops"),
        ("phase_count", "step_count"),
        ("assessment", "operation", "created_at"),
        "digest",
    )
    inlines = (StepInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Runbook]:
        rows = super().get_queryset(request).select_related("plan__cluster", "assessment", "operation")
        return rows.defer("document", "assessment__document", "assessment__request")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("downloads", "versions", "readiness", "takes", "stops")

    @display(description=_("cluster"), ordering="plan__cluster__name")
    def cluster(self, row: Runbook) -> str:
        return row.plan.cluster.name

    @display(description=_("versions"))
    def versions(self, row: Runbook) -> str:
        return f"{row.source} → {row.target}"

    @display(description=_("readiness"), label=READINESS_LABELS, ordering="readiness")
    def verdict(self, row: Runbook) -> tuple[str, str]:
        return row.readiness, row.get_readiness_display()

    @display(description=_("duration"), ordering="minutes_max")
    def takes(self, row: Runbook) -> str:
        return duration((row.minutes_min, row.minutes_max), request_lang())

    @display(description=_("outage"))
    def stops(self, row: Runbook) -> str:
        return duration((row.outage_minutes_min, row.outage_minutes_max), request_lang())

    @display(description=_("download"))
    def downloads(self, row: Runbook) -> str:
        address = reverse("runbook-download", kwargs={"uid": row.uid})
        links = ((address, name, lang, LANGUAGE_NAMES[lang], name.upper()) for lang in LANGS for name in FORMATS)
        return format_html_join(
            " · ", '<a class="text-primary-600 dark:text-primary-500" href="{}?format={}&lang={}">{} {}</a>', links
        )


@admin.register(Plan)
class PlanAdmin(BasePlanAdmin):
    """The form of a plan with buttons that save it and start an operation."""

    list_display = (*BasePlanAdmin.list_display[:4], "verdict", *BasePlanAdmin.list_display[4:])
    fields = (*BasePlanAdmin.fields, "made")
    readonly_fields = (*BasePlanAdmin.readonly_fields, "made")
    actions_submit_line = ("assess", "write")
    actions = ("assess_all", "write_all")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).annotate(last_readiness=last_readiness())

    @display(description=_("readiness"), label=READINESS_LABELS)
    def verdict(self, plan: Any) -> tuple[str, str] | str:
        return (plan.last_readiness, Readiness(plan.last_readiness).label) if plan.last_readiness else ""

    @display(description=_("made from it"))
    def made(self, plan: Plan) -> str:
        links = []
        for model in (Assessment, Runbook):
            meta = model._meta
            address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
            count = model._default_manager.filter(plan=plan).count()
            links.append((address, plan.pk, meta.verbose_name_plural, count))
        return format_html_join(
            " · ", '<a class="text-primary-600 dark:text-primary-500" href="{}?plan__id__exact={}">{} ({})</a>', links
        )

    @action(description=_("Save and assess"), permissions=("change",))
    def assess(self, request: HttpRequest, plan: Plan) -> None:
        self._start(request, assessment_request, plan)

    @action(description=_("Save and write a runbook"), permissions=("change",))
    def write(self, request: HttpRequest, plan: Plan) -> None:
        self._start(request, runbook_request, plan)

    @admin.action(description=_("Assess the chosen plans"), permissions=("change",))
    def assess_all(self, request: HttpRequest, plans: QuerySet[Plan]) -> None:
        for plan in plans:
            self._start(request, assessment_request, plan)

    @admin.action(description=_("Write runbooks for the chosen plans"), permissions=("change",))
    def write_all(self, request: HttpRequest, plans: QuerySet[Plan]) -> None:
        for plan in plans:
            self._start(request, runbook_request, plan)

    def _start(self, request: HttpRequest, begin: Callable[..., Operation], plan: Plan) -> None:
        try:
            operation = begin(actor=request.user, plan=plan)
        except MigratorError as error:
            self.message_user(request, error.message(request_lang()), messages.ERROR)
            return
        address = reverse("admin:operations_operation_change", args=(operation.pk,))
        told = format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a> · {}',
            address,
            _("Started: see how far it is"),
            plan.name,
        )
        self.message_user(request, told, messages.SUCCESS)

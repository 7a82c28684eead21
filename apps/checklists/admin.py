"""Assessments are looked at, answers are given; a plan gets its button to be assessed."""

from __future__ import annotations

from glob import escape
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from apps.checklists import services
from apps.checklists.adapters import finding_of, result_of
from apps.checklists.choices import Outcome, Readiness, Severity
from apps.checklists.models import Assessment, Attestation, CheckResult, Finding, Waiver
from apps.core.admin import ReadOnly
from apps.core.language import request_lang
from migrator.checks.registry import all_checks
from migrator.errors import MigratorError
from migrator.locale import say, text
from migrator.render.words import check_title, sentence, subject

READINESS_LABELS = {
    Readiness.READY: "success",
    Readiness.READY_WITH_WARNINGS: "warning",
    Readiness.BLOCKED: "danger",
    Readiness.INCOMPLETE: "info",
}
OUTCOME_LABELS = {
    Outcome.PASS: "success",
    Outcome.FAIL: "danger",
    Outcome.UNKNOWN: "warning",
    Outcome.NOT_APPLICABLE: "info",
}
SEVERITY_LABELS = {Severity.BLOCKER: "danger", Severity.WARNING: "warning", Severity.INFO: "info"}


class ResultInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = CheckResult
    tab = True
    fields = ("code", "title", "category", "result", "reason", "finding_count", "question")
    readonly_fields = fields
    ordering = ("position",)

    @display(description=_("check"))
    def title(self, row: CheckResult) -> str:
        return check_title(row.slug, request_lang())

    @display(description=_("outcome"), label=OUTCOME_LABELS)
    def result(self, row: CheckResult) -> tuple[str, str]:
        return row.outcome, row.get_outcome_display()

    @display(description=_("reason"))
    def reason(self, row: CheckResult) -> str:
        return say(result_of(row).reason, request_lang())

    @display(description=_("asks"))
    def question(self, row: CheckResult) -> str:
        return text(f"check.{row.slug}.question", request_lang()) if row.unanswered else ""


@admin.register(Assessment)
class AssessmentAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("plan", "cluster", "versions", "verdict", "blockers", "warnings", "unknowns", "created_at")
    list_filter = ("readiness", "strategy", "plan__cluster", "created_at")
    list_select_related = ("plan__cluster",)
    search_fields = ("plan__name", "plan__cluster__name", "uid")
    fields = (
        ("plan", "snapshot"),
        ("versions", "readiness"),
        ("strategy", "recommended"),
        ("blockers", "warnings", "notes", "unknowns"),
        "all_findings",
        "snapshot_digest",
        "catalog_digest",
        "ruleset_digest",
        ("operation", "created_at"),
    )
    inlines = (ResultInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assessment]:
        rows = super().get_queryset(request).select_related("plan__cluster", "snapshot__cluster", "operation")
        return rows.defer("document", "snapshot__document")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("versions", "readiness", "all_findings")

    @display(description=_("cluster"), ordering="plan__cluster__name")
    def cluster(self, row: Assessment) -> str:
        return row.plan.cluster.name

    @display(description=_("versions"))
    def versions(self, row: Assessment) -> str:
        return f"{row.source} → {row.target}"

    @display(description=_("readiness"), label=READINESS_LABELS, ordering="readiness")
    def verdict(self, row: Assessment) -> tuple[str, str]:
        return row.readiness, row.get_readiness_display()

    @display(description=_("findings"))
    def all_findings(self, row: Assessment) -> str:
        address = reverse("admin:checklists_finding_changelist")
        count = row.blockers + row.warnings + row.notes
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}?assessment__id__exact={}">{} ({})</a>',
            address,
            row.pk,
            _("Findings"),
            count,
        )


@admin.register(Finding)
class FindingAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Reached from an assessment, whose findings it lists and filters."""

    list_display = ("check_code", "grade", "category", "what", "said", "file", "accept")
    list_display_links = None
    list_filter = ("severity", "category", "check_code", "kind", "namespace")
    search_fields = ("namespace", "name", "check_code")
    ordering = ("assessment", "position")
    show_full_result_count = False
    list_select_related = ("assessment__plan",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("severity"), label=SEVERITY_LABELS, ordering="severity")
    def grade(self, row: Finding) -> tuple[str, str]:
        return row.severity, row.get_severity_display()

    @display(description=_("object"))
    def what(self, row: Finding) -> str:
        return subject(finding_of(row).subject, request_lang())

    @display(description=_("what is wrong"))
    def said(self, row: Finding) -> str:
        return sentence(finding_of(row), request_lang())

    @display(description=_("accept"))
    def accept(self, row: Finding) -> str:
        """Leads to a new waiver whose scope is this very object."""
        scope = {"cluster": row.assessment.plan.cluster_id, "check_code": row.check_code, "kind": row.kind}
        scope |= {"namespace": _literal(row.namespace), "name": _literal(row.name)}
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}?{}">{}</a>',
            reverse("admin:checklists_waiver_add"),
            urlencode(scope),
            _("Accept this risk"),
        )


def _literal(name: str) -> str:
    """A pattern that matches the name alone; "nothing" cannot be typed into a form, so it stands for any."""
    return escape(name) or "*"


class AttestationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Attestation
        fields = ("cluster", "check_code", "answer", "evidence", "answered_on", "valid_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "check_code" in self.fields:
            lang = request_lang()
            asking = [c.spec for c in all_checks() if c.spec.may_ask]
            questions = [(s.code, f"{s.code} {text(f'check.{s.slug}.question', lang)}") for s in asking]
            self.fields["check_code"].widget = UnfoldAdminSelectWidget(choices=questions)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            services.attestation_check(check=cleaned.get("check_code", ""), on=cleaned.get("answered_on"))
            if cleaned.get("valid_until"):
                services.check_not_past(cleaned["valid_until"])
        except MigratorError as error:
            self.add_error(None, error.message(request_lang()))
        return cleaned


@admin.register(Attestation)
class AttestationAdmin(ModelAdmin):  # type: ignore[misc]
    """An answer is given once; who changes their mind gives another, and the newest holds."""

    form = AttestationForm
    list_display = ("cluster", "check_code", "answer", "answered_by", "answered_on", "valid_until", "created_at")
    list_filter = ("answer", "check_code", "cluster")
    list_select_related = ("cluster", "answered_by")
    fields = ("cluster", "check_code", "answer", "evidence", "answered_on", "valid_until")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"answered_on": services.today(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Attestation, form: Any, change: bool) -> None:
        given = form.cleaned_data
        made = services.attestation_create(
            actor=request.user,
            cluster=given["cluster"],
            check=given["check_code"],
            answer=given["answer"],
            evidence=given["evidence"],
            on=given["answered_on"],
            valid_until=given["valid_until"],
        )
        obj.pk = made.pk
        obj.refresh_from_db()


class WaiverForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Waiver
        fields = ("cluster", "check_code", "kind", "namespace", "name", "reason", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "check_code" in self.fields:
            lang = request_lang()
            checks = [(c.spec.code, f"{c.spec.code} {check_title(c.spec.slug, lang)}") for c in all_checks()]
            self.fields["check_code"].widget = UnfoldAdminSelectWidget(choices=checks)

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        try:
            services.check_not_past(until)
        except MigratorError as error:
            raise forms.ValidationError(error.message(request_lang())) from error
        return until


@admin.register(Waiver)
class WaiverAdmin(ModelAdmin):  # type: ignore[misc]
    """A risk is accepted by whoever is logged in; what was accepted is never rewritten."""

    form = WaiverForm
    list_display = ("cluster", "check_code", "kind", "namespace", "name", "approver", "until", "created_at")
    list_filter = ("check_code", "cluster", "until")
    list_select_related = ("cluster", "approver")
    search_fields = ("namespace", "name", "reason")
    fields = ("cluster", "check_code", ("kind", "namespace", "name"), "reason", "until")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Waiver, form: Any, change: bool) -> None:
        given = dict(form.cleaned_data)
        made = services.waiver_create(actor=request.user, check=given.pop("check_code"), **given)
        obj.pk = made.pk
        obj.refresh_from_db()

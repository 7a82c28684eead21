"""The findings of an assessment: a list to narrow down, and of each one what it rests on and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import cached_property
from glob import escape
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from apps.checklists.adapters import finding_of, readable, result_of
from apps.checklists.choices import Severity
from apps.checklists.custom import titles
from apps.checklists.models import CheckResult, Finding
from apps.core.admin import ReadOnly
from apps.core.language import request_lang
from migrator.locale import say, text
from migrator.render.words import check_title, sentence, subject

SEVERITY_LABELS = {Severity.BLOCKER: "danger", Severity.WARNING: "warning", Severity.INFO: "info"}
_VALUES_MOST = 300  # offered in a filter; the search finds the others
_EVIDENCE_MOST = 50


class _Within(admin.SimpleListFilter):
    """Narrows to one value of ``column``, of those that the chosen assessment has."""

    column = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        chosen = request.GET.get("assessment__id__exact", "")
        if not (chosen.isascii() and chosen.isdigit()):
            return ()
        rows = Finding.objects.filter(assessment=chosen).order_by(self.column)
        return [(v, self.word(v)) for v in rows.values_list(self.column, flat=True).distinct()[:_VALUES_MOST] if v]

    def word(self, value: str) -> str:
        return value

    def has_output(self) -> bool:
        return bool(self.lookup_choices) or self.value() is not None  # what narrows the list is never hidden

    def queryset(self, request: HttpRequest, rows: QuerySet[Finding]) -> QuerySet[Finding]:
        return rows.filter(**{self.column: self.value()}) if self.value() is not None else rows


class CheckFilter(_Within):
    title = _("check")
    parameter_name = column = "check_code"

    @cached_property
    def _titles(self) -> dict[str, str]:
        return titles(request_lang())

    def word(self, value: str) -> str:
        return f"{value} {self._titles.get(value, '')}".rstrip()


class KindFilter(_Within):
    title = _("kind")
    parameter_name = column = "kind"


class NamespaceFilter(_Within):
    title = _("namespace")
    parameter_name = column = "namespace"


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return (("open", _("open")), ("waived", _("accepted")))

    def queryset(self, request: HttpRequest, rows: QuerySet[Finding]) -> QuerySet[Finding]:
        if self.value() not in ("open", "waived"):
            return rows
        return rows.filter(waived=self.value() == "waived")


@admin.register(Finding)
class FindingAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Reached from an assessment, whose findings it lists and filters."""

    list_display = ("check_code", "grade", "category", "what", "said", "state", "accept")
    list_filter = (StateFilter, "severity", "category", CheckFilter, KindFilter, NamespaceFilter)
    search_fields = ("namespace", "name", "check_code")
    ordering = ("assessment", "position")
    show_full_result_count = False
    list_select_related = ("assessment__plan",)
    fields = ("named", ("severity", "category", "standing"), "what", "said", "file", "seen", "why", "remedy", "accept")
    readonly_fields = ("named", "standing", "what", "said", "seen", "why", "remedy", "accept")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Finding]:
        rows = super().get_queryset(request).select_related("assessment__plan")
        return rows.defer("assessment__document")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("check"))
    def named(self, row: Finding) -> str:
        with _words(row):
            return f"{row.check_code} {check_title(_slug(row), request_lang())}"

    @display(description=_("severity"), label=SEVERITY_LABELS, ordering="severity")
    def grade(self, row: Finding) -> tuple[str, str]:
        return row.severity, row.get_severity_display()

    @display(description=_("state"), label={"open": "warning", "waived": "success"})
    def state(self, row: Finding) -> tuple[str, Any]:
        return ("waived", _("accepted")) if row.waived else ("open", _("open"))

    @display(description=_("state"))
    def standing(self, row: Finding) -> str:
        return str(_("accepted") if row.waived else _("open"))

    @display(description=_("object"))
    def what(self, row: Finding) -> str:
        return subject(finding_of(row).subject, request_lang())

    @display(description=_("what is wrong"))
    def said(self, row: Finding) -> str:
        with _words(row):
            return sentence(finding_of(row), request_lang())

    @display(description=_("what the check saw"))
    def seen(self, row: Finding) -> str:
        found = CheckResult.objects.filter(assessment=row.assessment_id, code=row.check_code).first()
        evidence = result_of(found).evidence[:_EVIDENCE_MOST] if found else ()
        return format_html_join("", "<p>{}</p>", ((say(msg, request_lang()),) for msg in evidence)) or "—"

    @display(description=_("why it matters"))
    def why(self, row: Finding) -> str:
        with _words(row):
            return text(f"check.{_slug(row)}.rationale", request_lang())

    @display(description=_("what to do"))
    def remedy(self, row: Finding) -> str:
        with _words(row):
            return text(f"check.{_slug(row)}.remediation", request_lang())

    @display(description=_("accept"))
    def accept(self, row: Finding) -> str:
        """Leads to a new waiver whose scope is this very object."""
        scope = {"cluster": row.assessment.plan.cluster_id, "check_code": row.check_code, "kind": escape(row.kind)}
        scope |= {"namespace": escape(row.namespace), "name": escape(row.name)}
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500 whitespace-nowrap" href="{}?{}">{}</a>',
            reverse("admin:checklists_waiver_add"),
            urlencode(scope),
            _("Accept this risk"),
        )


def _words(row: Finding) -> AbstractContextManager[None]:
    return readable(row.assessment.uid, row.assessment.custom_checks)


def _slug(row: Finding) -> str:
    results = CheckResult.objects.filter(assessment=row.assessment_id, code=row.check_code)
    return results.values_list("slug", flat=True).get()

"""The page of an assessment as the checklist of the course, with its workbook and the way to assess again."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.widgets import FILE_CLASSES, UnfoldBooleanWidget

from apps.checklists import checklist
from apps.checklists.adapters import readable
from apps.checklists.models import Assessment
from apps.checklists.services import assessment_request
from apps.core.admin import FileInput
from apps.core.language import request_lang
from migrator.checks import spec
from migrator.errors import MigratorError
from migrator.locale import Lang, say, text
from migrator.render.words import check_title, decided_sentence, question

FAULTS_SHOWN = 100
OUTCOMES = {"pass": "success", "fail": "danger", "unknown": "warning", "not_applicable": "info"}
SEVERITIES = {"blocker": "danger", "warning": "warning", "info": "info"}
READINESS = {"ready": "success", "ready_with_warnings": "warning", "blocked": "danger", "incomplete": "info"}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Filled-in checklist"),
        max_length=1024,
        widget=FileInput(attrs={"class": " ".join([*FILE_CLASSES, "w-full", "p-2"]), "accept": ".xlsx"}),
    )
    any_cluster = forms.BooleanField(
        label=_("Take the answers even if the file was exported for another cluster"),
        required=False,
        widget=UnfoldBooleanWidget,
    )


class Shown(NamedTuple):
    """One check as the template writes it."""

    code: str
    title: str
    severity: str
    severity_label: str
    outcome: str
    outcome_label: str
    reason: str
    question: str  # empty where nobody is asked any more
    findings: int
    findings_url: str
    answer: str  # who, when, until when; empty without an answer
    evidence: str
    fresh: bool
    answer_url: str  # empty where nobody can answer


class Group(NamedTuple):
    title: str
    lines: list[Shown]
    folded: bool


class Category(NamedTuple):
    key: str
    title: str
    progress: str
    percent: int
    groups: list[Group]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Word and number of each group that holds anything."""
        return [(group.title, len(group.lines)) for group in self.groups if group.lines]


class WithChecklist(ModelAdmin):  # type: ignore[misc]
    """Adds to the admin of assessments the checklist above its fields."""

    change_form_outer_before_template = "checklists/checklist.html"

    class Media:
        css = {"all": ("checklists/checklist.css",)}

    def get_urls(self) -> list[Any]:
        def named(view: Any, name: str) -> dict[str, Any]:
            return {"view": self.admin_site.admin_view(view), "name": f"checklists_assessment_{name}"}

        return [
            path("<int:pk>/checklist.xlsx", **named(self.checklist_download, "checklist")),
            path("<int:pk>/answers/", **named(self.checklist_upload, "answers")),
            path("<int:pk>/assess/", **named(require_POST(self.assess_again), "again")),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        shown = _context(request, row) if row is not None and self.has_view_permission(request, row) else {}
        page: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})
        return page

    def checklist_download(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        try:
            return checklist.checklist_file(row, request_lang())
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
            return _back(row)

    def checklist_upload(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Store a filled-in workbook; a page with every mistake where it has any."""
        row = self._row(request, pk)
        if not _may_answer(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        faults: list[str] = []
        if request.method == "POST" and form.is_valid():
            try:
                content, name = checklist.content_of(form.cleaned_data["file"])
                imported = checklist.checklist_import(
                    actor=request.user,
                    cluster=row.plan.cluster,
                    content=content,
                    name=name,
                    any_cluster=form.cleaned_data["any_cluster"],
                )
            except checklist.ChecklistRefused as refused:
                form.add_error(None, text("checklist.refused", request_lang(), cells=len(refused.faults)))
                faults = [say(fault.told, request_lang()) for fault in refused.faults[:FAULTS_SHOWN]]
            except MigratorError as error:
                form.add_error(None, error.message(request_lang()))
            else:
                stored, unchanged = len(imported.stored), imported.unchanged
                told = text("checklist.imported", request_lang(), stored=stored, unchanged=unchanged)
                messages.success(request, told)
                return _back(row)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Upload a filled-in checklist"),
            "opts": self.model._meta,
            "original": row,
            "form": form,
            "faults": faults,
        }
        return TemplateResponse(request, "checklists/upload.html", context)

    def assess_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        if not _may_assess(request):
            raise PermissionDenied
        try:
            operation = assessment_request(actor=request.user, plan=row.plan)
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
            return _back(row)
        return HttpResponseRedirect(reverse("admin:operations_operation_change", args=(operation.pk,)))

    def _row(self, request: HttpRequest, pk: int) -> Assessment:
        rows: QuerySet[Assessment] = self.get_queryset(request)
        row = get_object_or_404(rows, pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row


def _back(row: Assessment) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:checklists_assessment_change", args=(row.pk,)))


def _may_assess(request: HttpRequest) -> bool:
    return request.user.has_perm("planning.change_plan")


def _may_answer(request: HttpRequest) -> bool:
    return request.user.has_perm("checklists.add_attestation")


def _context(request: HttpRequest, row: Assessment) -> dict[str, Any]:
    """What the template of the checklist shows."""
    lang = request_lang()
    changes = checklist.changes_since(row)
    shown: dict[str, Any] = {
        "assessment": row,
        "readiness_label": READINESS[row.readiness],
        "changes": changes,
        "remarks": _remarks(changes, lang),
        "may_assess": _may_assess(request),
        "may_answer": _may_answer(request),
    }
    try:
        with readable(row.uid, row.custom_checks):
            parts = checklist.checklist_parts(row)
            results = [line.result for part in parts for line in part.lines]
            shown["categories"] = [_category(part, row, lang, answers=shown["may_answer"]) for part in parts]
            shown["progress"] = decided_sentence(results, lang)
    except MigratorError as error:
        shown["problem"] = error.message(lang)
    return shown


def _remarks(changes: checklist.Changes, lang: Lang) -> list[str]:
    counted = (("answers", changes.answers), ("waivers", changes.waivers))
    remarks = [text(f"checklist.since.{key}", lang, count=count) for key, count in counted if count]
    return [*remarks, *([text("checklist.since.otherwise", lang)] if changes.otherwise else [])]


def _category(part: checklist.Part, row: Assessment, lang: Lang, *, answers: bool) -> Category:
    groups = (
        (_("To be settled"), part.open, False),
        (text("outcome.fail", lang), part.failed, False),
        (text("outcome.pass", lang), part.passed, True),
        (text("outcome.not_applicable", lang), part.not_applicable, True),
    )
    decided = part.decided
    return Category(
        key=part.category.value,
        title=text(f"category.{part.category.value}", lang),
        progress=text(
            "checklist.progress",
            lang,
            decided=decided.applicable - decided.open,
            applicable=decided.applicable,
            percent=decided.percent,
        ),
        percent=decided.percent,
        groups=[
            Group(str(title), [_shown(line, row, lang, answers=answers) for line in lines], folded)
            for title, lines, folded in groups
        ],
    )


def _shown(line: checklist.Line, row: Assessment, lang: Lang, *, answers: bool) -> Shown:
    result = line.result
    found = urlencode({"assessment__id__exact": row.pk, "check_code": result.check})
    given = urlencode({"cluster": row.plan.cluster_id, "check_code": result.check})
    address = reverse("admin:checklists_attestation_add")
    return Shown(
        code=result.check,
        title=check_title(result.slug, lang),
        severity=text(f"severity.{result.severity.value}", lang),
        severity_label=SEVERITIES[result.severity.value],
        outcome=text(f"outcome.{result.outcome.value}", lang),
        outcome_label=OUTCOMES[result.outcome.value],
        reason=say(result.reason, lang),
        question=question(result, lang) if result.unanswered else "",
        findings=line.row.finding_count,
        findings_url=f"{reverse('admin:checklists_finding_changelist')}?{found}",
        answer=_answer(line.answer, lang) if line.answer else "",
        evidence=line.answer.evidence if line.answer else "",
        fresh=line.fresh,
        answer_url=f"{address}?{given}" if answers and result.may_be_answered else "",
    )


def _answer(answer: spec.Attestation, lang: Lang) -> str:
    said = text(f"sheets.choice.answer.{answer.answer.value}", lang)
    until = text("checklist.until", lang, day=answer.valid_until) if answer.valid_until else ""
    return " · ".join(part for part in (said, answer.by, answer.on, until) if part)

"""Answers in the admin: one by one with the files they rest on, or all open questions of a cluster on one page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.widgets import FILE_CLASSES, UnfoldAdminSelectWidget

from apps.checklists import services
from apps.checklists.admin.answers_page import AnswersPage
from apps.checklists.answering import AnswerRule
from apps.checklists.custom import titles
from apps.checklists.evidence import evidence_add, evidence_answer, evidence_check
from apps.checklists.models import Attestation, EvidenceFile
from apps.checklists.questions import clusters_to_answer
from apps.core.admin import FILE_TEMPLATE, ReadOnly
from apps.core.language import request_lang
from apps.core.texts import check_texts
from apps.inventory.models import Cluster
from migrator.checks.registry import all_checks
from migrator.errors import MigratorError
from migrator.locale import text

EVIDENCE_HELP = _(
    "Screenshots, exported tables, tickets, minutes. Leave out whatever opens a door: passwords, keys, tokens, "
    "kubeconfig files, manifests of Secrets. The files are kept as they are, and everybody who logs in can download "
    "them."
)


class _ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = FILE_TEMPLATE


class EvidenceField(forms.FileField):
    """The chosen files as a list; what will not be kept is refused beside the field."""

    def __init__(self, **kwargs: Any) -> None:
        widget = _ManyFilesInput(attrs={"class": " ".join([*FILE_CLASSES, "w-full", "p-2"])})
        super().__init__(
            label=_("evidence files"),
            help_text=EVIDENCE_HELP,
            widget=widget,
            max_length=1024,
            allow_empty_file=True,
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        files = [file for one in given if (file := super(EvidenceField, self).clean(one, initial))]
        try:
            evidence_check(files)
        except MigratorError as error:
            raise forms.ValidationError(error.message(request_lang())) from error
        return files


class EvidenceForm(forms.Form):
    files = EvidenceField()


class EvidenceInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = EvidenceFile
    extra = 0
    fields = ("link", "size", "sha256", "added_by", "created_at")
    readonly_fields = fields
    hide_title = True

    @display(description=_("file"))
    def link(self, row: EvidenceFile) -> str:
        address = reverse("admin:checklists_attestation_file", args=(row.attestation_id, row.pk))
        return format_html('<a href="{}" class="text-primary-600" download>{}</a>', address, row.name)


class AttestationForm(forms.ModelForm):  # type: ignore[type-arg]
    evidence_files = EvidenceField(required=False)

    class Meta:
        model = Attestation
        fields = ("cluster", "check_code", "answer", "evidence", "answered_on", "valid_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "check_code" in self.fields:
            lang = request_lang()
            asking = {c.spec.code: text(f"check.{c.spec.slug}.question", lang) for c in all_checks() if c.spec.may_ask}
            # Where a check asks only once it is unknown, its title has to do.
            questions = [(code, f"{code} {said}") for code, said in (titles(lang) | asking).items()]
            self.fields["check_code"].widget = UnfoldAdminSelectWidget(choices=questions)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            if cleaned.get("cluster") and cleaned.get("check_code"):
                rule = AnswerRule(cleaned["cluster"])
                services.attestation_check(rule, check=cleaned["check_code"], on=cleaned.get("answered_on"))
            if cleaned.get("valid_until"):
                services.check_not_past(cleaned["valid_until"])
            check_texts(cleaned.get("evidence") or "")
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
    inlines = (EvidenceInline,)
    actions_list = ("answer_many",)
    actions_detail = ("add_files",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = ("cluster", "check_code", "answer", "evidence", "answered_on", "valid_until")
        return (*given, "evidence_files") if obj is None else (*given, "answered_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("answered_by",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None and obj.files.exists() else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"answered_on": services.today(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Attestation, form: Any, change: bool) -> None:
        given = form.cleaned_data
        with transaction.atomic():
            made = services.attestation_create(
                actor=request.user,
                cluster=given["cluster"],
                check=given["check_code"],
                answer=given["answer"],
                evidence=given["evidence"],
                on=given["answered_on"],
                valid_until=given["valid_until"],
            )
            evidence_add(actor=request.user, attestation=made, uploads=given["evidence_files"])
        obj.pk = made.pk
        obj.refresh_from_db()

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:key>/files/<int:file>/", view(self.download_file), name="checklists_attestation_file"),
            path("open/", view(self.choose_cluster), name="checklists_attestation_open"),
            path("open/<int:cluster>/", view(self.answer_page), name="checklists_attestation_answer"),
            *super().get_urls(),
        ]

    def download_file(self, request: HttpRequest, key: int, file: int) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(EvidenceFile, pk=file, attestation=key)
        try:
            return evidence_answer(row)
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
            return HttpResponseRedirect(reverse("admin:checklists_attestation_change", args=(key,)))

    def has_add_files_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_add_permission(request)

    @action(description=_("Add evidence files"), url_path="add-files", permissions=("add_files",), icon="attach_file")
    def add_files(self, request: HttpRequest, object_id: str) -> HttpResponse:
        attestation = get_object_or_404(Attestation.objects.select_related("cluster"), pk=object_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = reverse("admin:checklists_attestation_change", args=(attestation.pk,))
        form = EvidenceForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                evidence_add(actor=request.user, attestation=attestation, uploads=form.cleaned_data["files"])
                return HttpResponseRedirect(page)
            except MigratorError as error:
                form.add_error("files", error.message(request_lang()))
        context = self._context(request, _("Add evidence files"), original=attestation, form=form, back=page)
        return TemplateResponse(request, "checklists/add_files.html", context)

    @action(description=_("Answer many at once"), url_path="many", permissions=("add",), icon="checklist")
    def answer_many(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:checklists_attestation_open"))

    def choose_cluster(self, request: HttpRequest) -> HttpResponse:
        """Clusters with open questions; where it is one alone, straight to its page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        found = clusters_to_answer()
        if len(found) == 1:
            return HttpResponseRedirect(reverse("admin:checklists_attestation_answer", args=(found[0][0].pk,)))
        context = self._context(request, _("Open questions"), found=found)
        return TemplateResponse(request, "checklists/open_clusters.html", context)

    def answer_page(self, request: HttpRequest, cluster: int) -> HttpResponse:
        """All open questions of the cluster on one page; what is wrong is told beside its row, and nothing is saved."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        row = get_object_or_404(Cluster, pk=cluster)
        page = AnswersPage(row, request.POST if request.method == "POST" else None)
        if request.method == "POST":
            try:
                count = page.save(request.user)
                messages.success(request, _("{count} answers were saved.").format(count=count))
                return HttpResponseRedirect(reverse("admin:checklists_attestation_answer", args=(row.pk,)))
            except MigratorError as error:
                messages.error(request, error.message(request_lang()))
        context = self._context(request, _("Open questions"), cluster=row, page=page, list_of=list(page.categories()))
        return TemplateResponse(request, "checklists/answers.html", context)

    def _context(self, request: HttpRequest, title: Any, **more: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta, **more}

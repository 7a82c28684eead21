"""Clusters: master data, the registers of what no dump tells, and the upload of a dump."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display

from apps.core.admin import ReadOnly, page_instead_of_list
from apps.core.language import request_lang
from apps.core.problems import wants_problem
from apps.inventory import selectors, services, uploads
from apps.inventory.admin.corrections import CorrectionInline, correct_page, may_correct
from apps.inventory.admin.forms import ClusterForm, ImportForm
from apps.inventory.admin.planning import WithPlan
from apps.inventory.admin.tables import WithForms
from apps.inventory.choices import Origin
from apps.inventory.models import AddressUse, Cluster, NodeSetting, Snapshot
from migrator.errors import MigratorError


class RegisterInline(TabularInline):  # type: ignore[misc]
    """What people entered; what a dump told is shown with its snapshot."""

    extra = 0
    tab = True
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(origin=Origin.FORM)


class AddressUseInline(RegisterInline):
    model = AddressUse
    fields = ("address", "location", "owner", "note")


class NodeSettingInline(RegisterInline):
    model = NodeSetting
    fields = ("node", "category", "key", "value", "note")


class SnapshotInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = Snapshot
    tab = True
    extra = 0
    fields = ("link", "version", "what", "created_at", "imported_by")
    readonly_fields = fields
    ordering = ("-number",)
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).select_related("cluster", "imported_by").defer("document")

    @display(description=_("snapshot"))
    def link(self, snapshot: Snapshot) -> str:
        address = reverse("admin:inventory_snapshot_change", args=(snapshot.pk,))
        return format_html('<a href="{}" class="text-primary-600">#{}</a>', address, snapshot.number)

    @display(description=_("counts"))
    def what(self, snapshot: Snapshot) -> str:
        counts = snapshot.counts
        return _("{nodes} nodes, {workloads} workloads, {volumes} volumes").format(
            nodes=counts["nodes"], workloads=counts["workloads"], volumes=counts["volumes"]
        )


@admin.register(Cluster)
class ClusterAdmin(WithForms, WithPlan):
    form = ClusterForm
    list_display = ("name", "business", "region", "latest_version", "latest_at")
    list_filter = ("region",)
    search_fields = ("name", "business", "owner")
    fields = ("name", "business", "region", "billing", "owner", "note")
    inlines = (SnapshotInline, AddressUseInline, NodeSettingInline, CorrectionInline)
    actions_detail = ("import_dump", *WithForms.actions_detail, "correct", *WithPlan.actions_detail)
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cluster]:
        return selectors.clusters(request.user)

    @display(description=_("cluster version"))
    def latest_version(self, cluster: Any) -> str:
        return cluster.latest_version or "—"

    @display(description=_("latest snapshot"), ordering="latest_at")
    def latest_at(self, cluster: Any) -> Any:
        return cluster.latest_at

    def save_model(self, request: HttpRequest, obj: Cluster, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        services.cluster_save(obj)

    def response_add(self, request: HttpRequest, obj: Cluster, post_url_continue: str | None = None) -> HttpResponse:
        """A new cluster is still empty: what comes next, the import, starts on its page."""
        answer: HttpResponse = super().response_add(request, obj, post_url_continue)
        return page_instead_of_list(request, answer, obj)

    def delete_model(self, request: HttpRequest, obj: Cluster) -> None:
        services.cluster_delete(cluster=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for entry in formset.save(commit=False):
            services.register_save(entry, actor=request.user)
        for entry in formset.deleted_objects:
            services.register_remove(entry)
        formset.save_m2m()

    def has_correct_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_correct(request)

    @action(description=_("Correct cluster facts"), url_path="correct", permissions=("correct",), icon="edit")
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The cluster's own facts, or those of any object of it: ``section`` and ``key``."""
        cluster = get_object_or_404(self.get_queryset(request), pk=object_id)
        section, key = (request.GET.get(name, "").strip() for name in ("section", "key"))
        return correct_page(request, self, cluster=cluster, section=section or "cluster", key=key if section else "")

    @action(description=_("Import a dump"), url_path="import", permissions=("change",), icon="upload")
    def import_dump(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The upload form; afterwards the page of the operation, where its progress stands."""
        cluster = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.has_change_permission(request, cluster):
            raise PermissionDenied
        form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
        if request.method == "POST" and form.is_valid():
            try:
                files = services.uploads_named(form.cleaned_data["files"])
                operation = services.import_start(
                    cluster=cluster,
                    actor=request.user,
                    uploads=files,
                    keep_original=form.cleaned_data.get("keep_original", False),
                )
            except MigratorError as error:
                form.add_error("files", error.message(request_lang()))
            else:
                return _sent(request, reverse("admin:operations_operation_change", args=(operation.pk,)))
        if request.method == "POST" and wants_problem(request):
            reasons = [str(reason) for field in form.errors.values() for reason in field]
            return JsonResponse({"detail": " ".join(reasons)}, status=HTTPStatus.BAD_REQUEST)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import a dump"),
            "opts": self.model._meta,
            "original": cluster,
            "form": form,
            "limits": upload_limits(),
        }
        return TemplateResponse(request, "inventory/import.html", context)


def _sent(request: HttpRequest, page: str) -> HttpResponse:
    """Leads to ``page``; the script that sent the form goes there by itself."""
    if wants_problem(request):
        return JsonResponse({"location": page}, status=HTTPStatus.ACCEPTED)
    return HttpResponseRedirect(page)


def upload_limits() -> dict[str, Any]:
    """What the script checks before it sends anything, and what it says then; ``{file}`` stands for a file's name."""
    lang = request_lang()
    return {
        "total": settings.IMPORT_BYTES_MOST,
        "file": settings.IMPORT_FILE_BYTES_MOST,
        "files": settings.IMPORT_FILES_MOST,
        "total_words": uploads.too_large().message(lang),
        "file_words": uploads.file_too_large("{file}").message(lang),
        "files_words": uploads.too_many_files().message(lang),
    }

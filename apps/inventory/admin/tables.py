"""Tables in the admin: the template, a cluster filled in by form, and a snapshot as a workbook."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from apps.core.language import request_lang
from apps.inventory import exports, tables
from apps.inventory.admin.tableforms import TableForms
from apps.inventory.choices import SnapshotOrigin
from apps.inventory.models import Cluster, Snapshot
from migrator.errors import MigratorError
from migrator.snapshot.sheets.form import Answers


class WithForms(ModelAdmin):  # type: ignore[misc]
    """Adds to the admin of clusters what concerns their tables."""

    actions_detail = ("fill_in", "download_template")

    @action(description=_("Download the template"), url_path="template", permissions=("view",), icon="table")
    def download_template(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return tables.template_file("xlsx", request_lang())

    @action(description=_("Fill in by form"), url_path="form", permissions=("change",), icon="edit_note")
    def fill_in(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All tables on one page; afterwards the page of the snapshot that was made of them."""
        cluster = get_object_or_404(Cluster, pk=object_id)
        if not self.has_change_permission(request, cluster):
            raise PermissionDenied
        lang = request_lang()
        start = tables.form_start(cluster)
        if request.method == "POST":
            form = TableForms(lang, Answers({}, []), request.POST)
            if (snapshot := _saved(request, cluster, form)) is not None:
                messages.success(request, _("The tables have been stored as snapshot #%s.") % snapshot.number)
                return HttpResponseRedirect(reverse("admin:inventory_snapshot_change", args=(snapshot.pk,)))
        else:
            form = TableForms(lang, start.answers)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Fill in by form"),
            "opts": self.model._meta,
            "original": cluster,
            "sheets": form,
            "start": start,
            "guide": _(
                "Fill in what you know and leave the rest empty. Rows copied in Excel can be pasted into the first "
                "cell of a table. Saving makes a new snapshot; a table that nobody checked counts as not looked at."
            ),
            "note": _note(start),
        }
        return TemplateResponse(request, "inventory/fill_in.html", context)


def _note(start: tables.Start) -> str:
    """What a person must know of the rows that the page begins with; empty where they are those of a form."""
    if start.rows and not start.answers.tables:
        return _(
            "The latest snapshot has {rows} rows, too many for this page, which therefore begins empty. Download that "
            "snapshot as Excel, change it there and import it again:"
        ).format(rows=start.rows)
    if start.snapshot is not None and start.snapshot.origin != SnapshotOrigin.FORM:
        return str(
            _(
                "The rows are those of the latest import. What you save holds these tables and nothing else of that "
                "import; to add to a dump, download it as Excel and import both together:"
            )
        )
    return ""


def _saved(request: HttpRequest, cluster: Cluster, form: TableForms) -> Snapshot | None:
    """The snapshot of the form; None where something is wrong, which the form and a message then say."""
    if not form.is_valid():
        messages.error(request, _("Nothing was saved. See what it says in red."))
        return None
    try:
        return tables.form_save(
            cluster=cluster, actor=request.user, tables=form.tables(), not_complete=form.not_complete()
        )
    except tables.FormRefused as refused:
        form.show(refused.faults)
        messages.error(request, refused.message(request_lang()))
    except MigratorError as error:
        messages.error(request, error.message(request_lang()))
    return None


class WithTables(ModelAdmin):  # type: ignore[misc]
    """Adds to the admin of snapshots their download as tables."""

    actions_detail = ("download_tables",)

    @action(description=_("Download as Excel"), url_path="tables", permissions=("view",), icon="table")
    def download_tables(self, request: HttpRequest, object_id: str) -> HttpResponse:
        snapshot = get_object_or_404(Snapshot.objects.select_related("cluster"), pk=object_id)
        if not self.has_view_permission(request, snapshot):
            raise PermissionDenied
        made = exports.export(actor=request.user, snapshot=snapshot, format="xlsx", lang=request_lang())
        if isinstance(made, HttpResponse):
            return made
        return HttpResponseRedirect(reverse("admin:operations_operation_change", args=(made.pk,)))

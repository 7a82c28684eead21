"""Snapshots and their parts, to look at: nothing here can be changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from apps.core.admin import ReadOnly
from apps.core.language import reason_text, request_lang
from apps.inventory import models as rows
from apps.inventory.adapters import coverage_of, snapshot_facts
from apps.inventory.admin.compare import COVERAGE_LABELS, compare_address, compare_chosen, compare_page
from apps.inventory.admin.corrections import Correctable
from apps.inventory.admin.originals import WithOriginals
from apps.inventory.admin.planning import WithPlan
from apps.inventory.admin.tables import WithTables
from apps.inventory.choices import CoverageState, SettingCategory
from apps.inventory.models import Snapshot
from migrator.render.facts import section_title
from migrator.render.words import told_by
from migrator.snapshot.model import Section

PARTS: tuple[tuple[type[Model], str], ...] = (
    (rows.Node, "nodes"),
    (rows.Workload, "workloads"),
    (rows.Volume, "volumes"),
    (rows.Claim, "claims"),
    (rows.Service, "services"),
    (rows.Ingress, "ingresses"),
    (rows.AddOn, "addons"),
    (rows.AddressUse, "address_uses"),
    (rows.NodeSetting, "node_settings"),
)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly, WithTables, WithOriginals, WithPlan):
    list_display = ("__str__", "version", "sections", "files_read", "files_not_read", "created_at", "imported_by")
    list_filter = ("cluster", "created_at", "version", "imported_by")
    list_select_related = ("cluster", "imported_by")
    search_fields = ("cluster__name", "digest", "version")
    fields = (
        "cluster",
        "number",
        "origin",
        "version",
        "parts",
        "coverage_table",
        "node_files",
        "files",
        "digest",
        "operation",
        "imported_by",
        "created_at",
    )
    readonly_fields = fields
    actions = ("compare",)
    actions_detail = (
        "compare_with_previous",
        *WithTables.actions_detail,
        *WithOriginals.actions_detail,
        *WithPlan.actions_detail,
    )

    class Media:
        css = {"all": ("inventory/compare.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).select_related("cluster", "imported_by", "operation").defer("document")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(compare_page, model_admin=self))
        return [path("compare/", view, name="inventory_snapshot_compare"), *super().get_urls()]

    @admin.action(description=_("Compare the two chosen snapshots"), permissions=("view",))
    def compare(self, request: HttpRequest, chosen: QuerySet[Snapshot]) -> HttpResponse | None:
        return compare_chosen(request, chosen)

    @action(description=_("Compare with the one before"), url_path="previous", permissions=("view",), icon="compare")
    def compare_with_previous(self, request: HttpRequest, object_id: str) -> HttpResponse:
        new = get_object_or_404(self.get_queryset(request), pk=object_id)
        old = self.get_queryset(request).filter(cluster=new.cluster_id, number__lt=new.number).order_by("-number")
        if (before := old.first()) is None:
            messages.info(request, _("This is the cluster's first snapshot; there is none to compare it with."))
            return HttpResponseRedirect(reverse("admin:inventory_snapshot_change", args=(new.pk,)))
        return HttpResponseRedirect(compare_address(before, new))

    @display(description=_("sections"))
    def sections(self, snapshot: Snapshot) -> str:
        states = Counter(coverage_of(stored).state.value for stored in snapshot.coverage)
        return " · ".join(f"{state.label} {states[state]}" for state in CoverageState if states[state])

    @display(description=_("sections"))
    def coverage_table(self, snapshot: Snapshot) -> str:
        covered = [coverage_of(stored) for stored in snapshot.coverage]
        lines = [
            {
                "title": section_title(c.section.value, request_lang()),
                "state": CoverageState(c.state.value).label,
                "label": COVERAGE_LABELS[CoverageState(c.state.value)],
                "kinds": "" if c.section is Section.OBJECTS else ", ".join(told_by(k, request_lang()) for k in c.kinds),
                "refused": ", ".join(c.refused),
            }
            for c in covered
        ]
        return render_to_string("inventory/coverage.html", {"lines": lines})

    @display(description=_("files of nodes"))
    def node_files(self, snapshot: Snapshot) -> str:
        """Whose files were read, and what of them."""
        if not snapshot.counts.get("node_files"):
            return str(_("none were read"))
        words = {value: str(label) for value, label in SettingCategory.choices}
        looked = snapshot_facts(snapshot).node_coverage
        lines = [{"title": c.node, "kinds": ", ".join(words.get(k, k) for k in c.categories)} for c in looked]
        return render_to_string("inventory/coverage.html", {"lines": lines})

    @display(description=_("parts"))
    def parts(self, snapshot: Snapshot) -> str:
        links = []
        for model, name in PARTS:
            count = snapshot.counts.get(name, 0)
            if name == "workloads":
                count += snapshot.counts.get("platform_workloads", 0)
            links.append((_of(model, snapshot), model._meta.verbose_name_plural, count))
        return format_html_join(" · ", '<a href="{}" class="text-primary-600">{} {}</a>', links)

    @display(description=_("files"))
    def files(self, snapshot: Snapshot) -> str:
        words = _("{read} read, {not_read} not or not fully read").format(
            read=snapshot.files_read, not_read=snapshot.files_not_read
        )
        return format_html_join(
            "", '<a href="{}" class="text-primary-600">{}</a>', [(_of(rows.InputFile, snapshot), words)]
        )


def _of(model: type[Model], snapshot: Snapshot) -> str:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?snapshot__id__exact={snapshot.pk}"


def joined(name: str, label: Any) -> Callable[[Any], str]:
    """A column for a list of text."""

    @display(description=label)
    def shown(row: Any) -> str:
        return ", ".join(getattr(row, name))

    return shown  # type: ignore[no-any-return]


class PartAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """One kind of part. Reached from its snapshot, so not listed in the index."""

    list_select_related = ("snapshot__cluster",)
    list_per_page = 100
    ordering = ("-snapshot", "position")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (*super().get_list_display(request), "snapshot")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("snapshot__document")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(rows.Node)
class NodeAdmin(Correctable, PartAdmin):
    section = "nodes"
    list_display = (
        "name",
        "kind",
        joined("private_ips", _("private IPs")),
        joined("eips", _("elastic IPs")),
        "kubelet_version",
        "os_image",
        "runtime",
        "pool",
        "ready",
    )
    list_filter = ("kind", "ready")
    search_fields = ("name", "pool")


@admin.register(rows.Workload)
class WorkloadAdmin(Correctable, PartAdmin):
    section = "workloads"
    list_display = ("name", "namespace", "kind", "api_version", "replicas", "ready", "host_network", "system", "owner")
    list_filter = ("kind", "system", "host_network", "privileged")
    search_fields = ("name", "namespace")

    def correction_key(self, row: rows.Workload) -> str:
        return f"{row.namespace}/{row.kind}/{row.name}"


@admin.register(rows.Volume)
class VolumeAdmin(Correctable, PartAdmin):
    section = "volumes"
    list_display = (
        "name",
        "storage",
        "provisioning",
        "outage",
        "flex_volume",
        "capacity",
        "claim_namespace",
        "claim_name",
    )
    list_filter = ("storage", "provisioning", "outage", "flex_volume")
    search_fields = ("name", "claim_name", "claim_namespace", "volume_id")


@admin.register(rows.Claim)
class ClaimAdmin(Correctable, PartAdmin):
    section = "claims"
    list_display = (
        "name",
        "namespace",
        "volume",
        "storage_class",
        "request",
        "phase",
        joined("mounted_by", _("mounted by")),
    )
    list_filter = ("phase", "system")
    search_fields = ("name", "namespace", "volume")


@admin.register(rows.Service)
class ServiceAdmin(Correctable, PartAdmin):
    section = "services"
    list_display = (
        "name",
        "namespace",
        "type",
        "cluster_ip",
        joined("ports", _("ports")),
        "load_balancer",
        joined("addresses", _("addresses")),
    )
    list_filter = ("type", "load_balancer", "system")
    search_fields = ("name", "namespace")


@admin.register(rows.Ingress)
class IngressAdmin(Correctable, PartAdmin):
    section = "ingresses"
    list_display = (
        "name",
        "namespace",
        "api_version",
        "ingress_class",
        joined("hosts", _("hosts")),
        "load_balancer",
        joined("addresses", _("addresses")),
    )
    list_filter = ("api_version", "system")
    search_fields = ("name", "namespace")


@admin.register(rows.AddOn)
class AddOnAdmin(Correctable, PartAdmin):
    section = "addons"
    list_display = ("name", "version", "status", "source")
    search_fields = ("name",)


@admin.register(rows.InputFile)
class InputFileAdmin(PartAdmin):
    list_display = ("file", "status", "objects_read", "format", "why")
    list_filter = ("status",)
    search_fields = ("file",)
    ordering = ("-snapshot", "file")

    @display(description=_("reason"))
    def why(self, row: rows.InputFile) -> str:
        return reason_text(row.reason, row.values)


class RegisterAdmin(PartAdmin):
    """Both registers in full; entries of people are edited on the page of their cluster."""

    list_select_related = ("cluster", "snapshot__cluster")
    list_filter = ("origin",)
    ordering = ("cluster", "id")


@admin.register(rows.AddressUse)
class AddressUseAdmin(RegisterAdmin):
    list_display = ("address", "location", "owner", "origin", "cluster")
    search_fields = ("address", "location")


@admin.register(rows.NodeSetting)
class NodeSettingAdmin(RegisterAdmin):
    list_display = ("node", "category", "key", "value", "origin", "cluster")
    list_filter = ("origin", "category")
    search_fields = ("node", "key")

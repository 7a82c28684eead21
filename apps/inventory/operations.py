"""The kinds of operation of the inventory."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.admin import page_of
from apps.inventory import exports, originals, services
from apps.inventory.models import Cluster, Snapshot
from apps.operations.registry import Product, housekeeping, operation_kind, operation_target


def _tables_of(uid: str) -> str:
    """The address of the download in the admin; empty where the snapshot is gone."""
    key = Snapshot.objects.filter(uid=uid).values_list("pk", flat=True).first()
    return reverse("admin:inventory_snapshot_download_tables", args=(key,)) if key is not None else ""


operation_kind(
    services.IMPORT,
    label=_("Import of a dump"),
    ended=services.import_ended,
    product=Product(_("Open the snapshot"), lambda result: page_of(Snapshot, result["snapshot"])),
)(services.import_run)
operation_kind(
    exports.EXPORT,
    label=_("Export of a snapshot"),
    product=Product(_("Download the tables"), lambda result: _tables_of(result["snapshot"])),
)(exports.export_run)
operation_target("cluster", Cluster)
operation_target("snapshot", Snapshot)
housekeeping(exports.exports_expire)
housekeeping(originals.originals_expire)
housekeeping(services.spool_tidy)

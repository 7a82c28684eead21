"""The kinds of operation of the inventory."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.admin import page_of
from apps.inventory import originals, services
from apps.inventory.models import Snapshot
from apps.operations.registry import Product, housekeeping, operation_kind

operation_kind(
    services.IMPORT,
    label=_("Import of a dump"),
    ended=services.import_ended,
    product=Product(_("Open the snapshot"), lambda result: page_of(Snapshot, result["snapshot"])),
)(services.import_run)
housekeeping(originals.originals_expire)
housekeeping(services.spool_tidy)

"""The kinds of operation of the inventory."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.inventory import services
from apps.operations.registry import housekeeping, operation_kind

operation_kind(services.IMPORT, label=_("Import of a dump"), ended=services.import_ended)(services.import_run)
housekeeping(services.spool_tidy)

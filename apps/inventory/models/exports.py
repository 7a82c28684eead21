"""Files written from a large snapshot, kept for a while so that they need not be written again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.inventory.models.base import Snapshot


class ExportFile(TimestampedModel):
    """A snapshot as tables, in one format and language; a snapshot never changes, and so neither does this."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="exports", verbose_name=_("snapshot"))
    format = models.CharField(_("format"), max_length=8)
    lang = models.CharField(_("language"), max_length=2)
    content = models.BinaryField(_("content"), editable=False)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-created_at", "-id")
        constraints = (models.UniqueConstraint(fields=("snapshot", "format", "lang"), name="inventory_export_once"),)

    def __str__(self) -> str:
        return f"{self.snapshot} {self.format}"

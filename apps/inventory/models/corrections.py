"""What people know better than the dump; it belongs to the cluster and is laid over every snapshot."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.inventory.choices import CorrectionState
from apps.inventory.models.base import Cluster

KEY = 512  # namespace/Kind/name with names of Kubernetes fits


class Correction(TimestampedModel):
    """What holds for one field of one fact. Never deleted: withdrawn, and kept as it was when it is changed.

    ``value``, ``read_value`` and ``found_value`` are JSON as ``migrator.snapshot.corrections`` has it. State and
    ``found_value`` are those of the latest snapshot, written when it is imported.
    """

    cluster = models.ForeignKey(
        Cluster, on_delete=models.CASCADE, related_name="corrections", verbose_name=_("cluster")
    )
    section = models.CharField(_("section"), max_length=24)
    key = models.CharField(_("object"), max_length=KEY, blank=True)
    field = models.CharField(_("field"), max_length=40)
    value = models.JSONField(_("corrected value"), null=True)
    read_value = models.JSONField(
        _("value read"), null=True, help_text=_("What the dump said when the correction was made.")
    )
    found_value = models.JSONField(_("value in the latest snapshot"), null=True)
    state = models.CharField(_("state"), max_length=12, choices=CorrectionState.choices)
    reason = models.TextField(_("reason"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("corrected by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        verbose_name=_("withdrawn by"),
    )

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("cluster", "section", "key", "field", "id")
        indexes = (
            # Those in force of a cluster, and those of one object.
            models.Index(fields=("cluster", "withdrawn_at"), name="inventory_correction_active"),
        )

    def __str__(self) -> str:
        return " ".join(filter(None, (self.section, self.key, self.field)))

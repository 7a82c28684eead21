"""Uploads that were kept on purpose after they had been read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.inventory.models.base import Snapshot


class Original(TimestampedModel):
    """An upload as it came, secrets included, encrypted in the spool folder until ``keep_until`` or until erased.

    ``wrapped_key`` opens it together with the installation's key ring; it is emptied when the file is erased. The row
    stays and tells that there was one, and who had it erased.
    """

    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.CASCADE, related_name="originals", verbose_name=_("snapshot")
    )
    name = models.CharField(_("file"), max_length=1024)
    size = models.PositiveBigIntegerField(_("size"))
    spool = models.CharField(max_length=64, unique=True, editable=False)  # file name in the spool folder
    wrapped_key = models.CharField(max_length=255, blank=True, editable=False)
    keep_until = models.DateTimeField(_("kept until"))
    erased_at = models.DateTimeField(_("erased at"), null=True)
    erased_by = models.ForeignKey(  # null: its time was over
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("erased by"),
    )

    class Meta:
        verbose_name = _("original")
        verbose_name_plural = _("originals")
        ordering = ("snapshot", "id")
        permissions = (
            ("download_original", "Can download the original of an import"),
            ("erase_original", "Can erase the original of an import"),
        )
        indexes = (
            # The sweeper: those whose time is over.
            models.Index(fields=("keep_until",), name="inventory_original_until"),
        )

    def __str__(self) -> str:
        return self.name

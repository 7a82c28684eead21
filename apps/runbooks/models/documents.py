"""Documents that take long to write, kept for a while so that they need not be written again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.inventory.models.base import DIGEST_LENGTH
from apps.runbooks.models.runbooks import Runbook


class RunbookDocument(TimestampedModel):
    """A revision in one format and language; ``edition`` tells what stood on its cover and which program wrote it."""

    runbook = models.ForeignKey(Runbook, on_delete=models.CASCADE, related_name="documents", verbose_name=_("runbook"))
    format = models.CharField(_("format"), max_length=8)
    lang = models.CharField(_("language"), max_length=2)
    edition = models.CharField(_("edition"), max_length=DIGEST_LENGTH)
    content = models.BinaryField(_("content"), editable=False)

    class Meta:
        verbose_name = _("document of a runbook")
        verbose_name_plural = _("documents of runbooks")
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("runbook", "format", "lang", "edition"), name="runbooks_document_once"),
        )

    def __str__(self) -> str:
        return f"{self.runbook} {self.format} {self.lang}"

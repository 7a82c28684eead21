"""The new cluster against the old one, as the core found it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import AuthoredModel
from apps.inventory.models import Snapshot
from apps.operations.models import Operation
from apps.planning.models import Plan
from apps.runbooks.choices import Verdict


class Reconciliation(AuthoredModel):
    """A snapshot of the new cluster against the one that the plan was made from; insert-only."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reconciliations", verbose_name=_("plan"))
    operation = models.OneToOneField(
        Operation, on_delete=models.PROTECT, related_name="reconciliation", verbose_name=_("operation")
    )
    old = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", verbose_name=_("snapshot of the old cluster")
    )
    new = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", verbose_name=_("snapshot of the new cluster")
    )
    verdict = models.CharField(_("verdict"), max_length=16, choices=Verdict.words)
    missing = models.PositiveIntegerField(_("missing"))
    different = models.PositiveIntegerField(_("different"))
    extra = models.PositiveIntegerField(_("extra"))
    untold = models.PositiveIntegerField(_("not comparable"))
    document = models.BinaryField(_("document"), editable=False)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"

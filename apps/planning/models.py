"""A plan: where one cluster shall go, as a person asked for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.inventory.models import Cluster, Snapshot
from apps.planning.choices import DEFAULT_PROFILE, PlanStrategy


class Plan(TimestampedModel):
    """What is asked of the core for one cluster; the answers are the assessments and runbooks that point here.

    Versions are kept as the person wrote them: what they stand for is decided by the catalog of the day.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="plans", verbose_name=_("cluster"))
    snapshot = models.ForeignKey(
        Snapshot,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("snapshot"),
        help_text=_("Leave empty to use the latest snapshot of the cluster each time."),
    )
    name = models.CharField(_("name"), max_length=120)
    target = models.CharField(_("target version"), max_length=40, help_text=_("For example 1.31 or v1.31.4-r0."))
    source = models.CharField(
        _("source version"),
        max_length=40,
        blank=True,
        help_text=_("Leave empty to use the version that the snapshot tells."),
    )
    profile = models.CharField(_("profile"), max_length=40, default=DEFAULT_PROFILE)
    strategy = models.CharField(_("strategy"), max_length=16, choices=PlanStrategy.words, default=PlanStrategy.AUTO)
    note = models.TextField(_("note"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("created by"),
    )

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="planning_plan_strategy_known", condition=models.Q(strategy__in=PlanStrategy.values)
            ),
        )

    def __str__(self) -> str:
        return self.name

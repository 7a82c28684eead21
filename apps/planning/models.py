"""A plan: where one cluster shall go, as a person asked for it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import AuthoredModel, TimestampedModel
from apps.inventory.models import Cluster, Snapshot
from apps.planning.choices import DEFAULT_PROFILE, AdditionKind, Balancer, PlanStrategy


class Plan(AuthoredModel):
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
    strategy_reason = models.TextField(
        _("reason for the strategy"),
        blank=True,
        help_text=_("Why another strategy than the recommended one is chosen; the documents show it."),
    )
    registries = models.TextField(
        _("image registries"),
        blank=True,
        help_text=_("Where images have moved, one pair a line: registry.old.example/shop = registry.new.example/mall"),
    )
    balancer = models.CharField(
        _("load balancers of the new cluster"), max_length=16, choices=Balancer.words, default=Balancer.SHARED
    )
    note = models.TextField(_("note"), blank=True)

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


class CatalogAddition(AuthoredModel):
    """An upgrade or a known risk that an administrator adds for their platform to what the product knows."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=AdditionKind.words)
    profile = models.CharField(
        _("profile"), max_length=40, blank=True, help_text=_("Of an upgrade: the path table that it joins.")
    )
    text = models.TextField(_("record"), help_text=_("In YAML, with the fields of the shipped catalog."))
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("catalog addition")
        verbose_name_plural = _("catalog additions")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                name="planning_addition_kind_known", condition=models.Q(kind__in=AdditionKind.values)
            ),
        )

    def __str__(self) -> str:
        return self.name


class CatalogCopy(TimestampedModel):
    """The catalog of this digest, whole, for as long as the installation: what was made with it can be made again.

    ``document`` is the compressed catalog, empty where an earlier version of the product kept the additions alone;
    ``base`` is the digest of the shipped catalog that they were added to.
    """

    digest = models.CharField(_("catalog digest"), max_length=80, unique=True)
    base = models.CharField(_("digest of the shipped catalog"), max_length=80)
    additions = models.JSONField(_("catalog additions"))
    document = models.BinaryField(_("document"), default=b"", editable=False)

    class Meta:
        verbose_name = _("kept catalog")
        verbose_name_plural = _("kept catalogs")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.digest

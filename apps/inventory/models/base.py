"""Clusters, their snapshots, and uploads on their way to becoming one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import AuthoredModel, TimestampedModel
from apps.inventory.choices import Billing, SnapshotOrigin
from apps.operations.models import Operation

DIGEST_LENGTH = 71  # "sha256:" and 64 hexadecimal digits


class Cluster(AuthoredModel):
    """An old cluster whose business shall move; what it holds is told by its snapshots."""

    name = models.CharField(_("name"), max_length=128, unique=True)
    business = models.CharField(
        _("business"), max_length=200, blank=True, help_text=_("The business or customer that runs on it.")
    )
    region = models.CharField(_("region"), max_length=64, blank=True)
    billing = models.CharField(_("billing"), max_length=16, choices=Billing.choices, blank=True)
    owner = models.CharField(_("contact"), max_length=200, blank=True, help_text=_("Who answers for the cluster."))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("cluster")
        verbose_name_plural = _("clusters")
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class Snapshot(TimestampedModel):
    """What a cluster was at one time; insert-only. ``document`` is the truth, the part rows are for browsing."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="snapshots", verbose_name=_("cluster"))
    number = models.PositiveIntegerField(_("number"))
    # One operation gives at most one snapshot: a message delivered twice cannot store a second.
    operation = models.OneToOneField(
        Operation, on_delete=models.PROTECT, related_name="snapshot", null=True, verbose_name=_("operation")
    )
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("imported by"),
    )
    origin = models.CharField(_("origin"), max_length=8, choices=SnapshotOrigin.choices, default=SnapshotOrigin.IMPORT)
    schema_version = models.PositiveIntegerField(_("schema version"))
    digest = models.CharField(_("digest"), max_length=DIGEST_LENGTH)
    version = models.CharField(_("cluster version"), max_length=80, blank=True)
    cluster_name = models.CharField(
        _("name in the dump"), max_length=128, blank=True, help_text=_("As the cloud's API told it.")
    )
    counts = models.JSONField(_("counts"), default=dict)
    coverage = models.JSONField(_("coverage"), default=list)
    files_read = models.PositiveIntegerField(_("files read"), default=0)
    files_not_read = models.PositiveIntegerField(_("files not fully read"), default=0)
    # zlib over the canonical JSON of migrator.snapshot.codec
    document = models.BinaryField(_("document"), editable=False)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ("-created_at", "-id")
        constraints = (
            # Also finds the latest snapshot of a cluster.
            models.UniqueConstraint(fields=("cluster", "number"), name="inventory_snapshot_number"),
        )

    def __str__(self) -> str:
        return f"{self.cluster} #{self.number}"


class ImportFile(TimestampedModel):
    """One uploaded file that waits, encrypted, for the worker. ``key`` is emptied when the operation ends."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="import_files")
    name = models.CharField(_("file"), max_length=1024)
    size = models.PositiveBigIntegerField(_("size"))
    explicit = models.BooleanField(default=True)  # chosen by name, so it must be readable; not just part of a folder
    spool = models.CharField(max_length=64, unique=True, editable=False)  # file name in the spool folder
    key = models.BinaryField(null=True, editable=False)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        ordering = ("operation", "id")

    def __str__(self) -> str:
        return self.name

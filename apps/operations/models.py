"""The durable record of one asynchronous job: the truth, of which a message in the broker is only an announcement."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.operations.choices import OPEN, FileStatus, OperationStatus
from apps.operations.registry import kind_label

FILE_NAME_LONGEST = 1024


class Operation(TimestampedModel):
    """Written by ``services`` alone; a change of ``status`` is an UPDATE with the old state as its condition."""

    kind = models.CharField(_("kind"), max_length=64)
    status = models.CharField(
        _("status"), max_length=16, choices=OperationStatus.choices, default=OperationStatus.QUEUED
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("started by"),
    )
    # "cluster:<uid>", "plan:<uid>": what it works on. A reference in words, since this app knows none of the others.
    target = models.CharField(_("target"), max_length=80, blank=True)
    params = models.JSONField(_("parameters"), default=dict)
    progress = models.JSONField(_("progress"), default=dict)
    result = models.JSONField(_("result"), null=True)
    problem = models.JSONField(_("problem"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, editable=False)
    lease_token = models.CharField(max_length=32, blank=True, editable=False)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    publishes = models.PositiveIntegerField(default=0, editable=False)
    publish_at = models.DateTimeField(null=True, editable=False)  # when the sweeper shall announce it again
    started_at = models.DateTimeField(_("started at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ("-created_at", "-id")
        indexes = (
            # The sweeper: open operations whose time to be announced has come.
            models.Index(fields=("status", "publish_at"), name="operations_sweep"),
            # The operations of one cluster or plan, newest first.
            models.Index(fields=("target", "-created_at"), name="operations_target"),
        )
        constraints = (
            models.CheckConstraint(
                name="operations_operation_status_known", condition=models.Q(status__in=OperationStatus.values)
            ),
        )

    def __str__(self) -> str:
        return f"{kind_label(self.kind)} {str(self.uid)[:8]}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class OperationFile(models.Model):
    """How far an operation is with one file of its input. Members of an archive are files of their own.

    Written by ``files`` while the operation runs, and left as they are when it has ended.
    """

    operation = models.ForeignKey(
        Operation, on_delete=models.CASCADE, related_name="files", verbose_name=_("operation")
    )
    position = models.PositiveIntegerField(_("position"))
    name = models.CharField(_("file"), max_length=FILE_NAME_LONGEST)
    size = models.PositiveBigIntegerField(_("size"), null=True)  # bytes; null where nobody knows them yet
    status = models.CharField(_("status"), max_length=16, choices=FileStatus.choices, default=FileStatus.WAITING)
    objects_read = models.PositiveIntegerField(_("objects"), default=0)
    objects_expected = models.PositiveIntegerField(default=0)  # as the lists in the file announce; 0: none did
    reason = models.CharField(_("reason"), max_length=64, blank=True)  # error code of migrator.errors
    values = models.JSONField(_("values"), default=dict)  # of that error's sentence

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ("operation", "position", "id")
        constraints = (
            # Also serves the list of one operation, and is what a changed state is written by.
            models.UniqueConstraint(fields=("operation", "position"), name="operations_file_position"),
            models.CheckConstraint(
                name="operations_operationfile_status_known", condition=models.Q(status__in=FileStatus.values)
            ),
        )

    def __str__(self) -> str:
        return self.name

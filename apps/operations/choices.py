"""The states of an operation, and of the files that it works through."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OperationStatus(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


OPEN = (OperationStatus.QUEUED, OperationStatus.RUNNING)


class FileStatus(models.TextChoices):
    WAITING = "waiting", _("waiting")
    READING = "reading", _("being read")
    READ = "read", _("read")
    PARTIAL = "partial", _("partly read")
    UNREADABLE = "unreadable", _("unreadable")
    NOT_RECOGNISED = "not_recognised", _("passed over")
    NOT_REACHED = "not_reached", _("not reached")


UNFINISHED_FILE = (FileStatus.WAITING, FileStatus.READING)

"""Reads of operations."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from apps.operations.choices import FileStatus
from apps.operations.models import Operation, OperationFile


def visible_to(actor: Any) -> QuerySet[Operation]:
    """One organisation uses an installation: whoever is logged in sees every operation."""
    return Operation.objects.select_related("actor") if actor.is_authenticated else Operation.objects.none()


def operations_of(target: str) -> QuerySet[Operation]:
    """The operations that work on ``"<model>:<uid>"``, newest first."""
    return Operation.objects.filter(target=target).select_related("actor")


def files_of(operation: Operation) -> QuerySet[OperationFile]:
    """The files that it works through, in their order."""
    return OperationFile.objects.filter(operation=operation).order_by("position", "id")


def file_counts(operation: Operation) -> dict[FileStatus, int]:
    """How many of its files are in which state; only states that occur, in the order of the choices."""
    counted = OperationFile.objects.filter(operation=operation).order_by().values_list("status")
    found = dict(counted.annotate(count=Count("id")))
    return {status: found[status] for status in FileStatus if status in found}

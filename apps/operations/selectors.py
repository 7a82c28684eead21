"""Reads of operations."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from apps.operations.models import Operation


def visible_to(actor: Any) -> QuerySet[Operation]:
    """One organisation uses an installation: whoever is logged in sees every operation."""
    return Operation.objects.select_related("actor") if actor.is_authenticated else Operation.objects.none()


def operations_of(target: str) -> QuerySet[Operation]:
    """The operations that work on ``"<model>:<uid>"``, newest first."""
    return Operation.objects.filter(target=target).select_related("actor")

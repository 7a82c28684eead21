"""What admin pages of several apps share."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse


class ReadOnly:
    """For tables that only services write: no adding, changing or deleting by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def page_of(model: type[Model], uid: str) -> str:
    """The address of the admin's page of the row with this uid; empty where there is none any more."""
    key = model._default_manager.filter(uid=uid).values_list("pk", flat=True).first()
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=(key,)) if key is not None else ""

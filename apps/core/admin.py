"""What admin pages of several apps share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

FILE_TEMPLATE = "core/file.html"


class FileInput(forms.FileInput):
    """For a file, where the form is not one of the theme's own."""

    template_name = FILE_TEMPLATE


class ReadOnly:
    """For tables that only services write: no adding, changing or deleting by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def page_instead_of_list(request: HttpRequest, answer: HttpResponse, row: Model) -> HttpResponse:
    """``answer`` to a new row, or its own page where the person would be led back to the list."""
    opts = row._meta
    listed = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    if "_save" not in request.POST or answer.headers.get("Location", "").partition("?")[0] != listed:
        return answer
    return HttpResponseRedirect(reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=(row.pk,)))


def page_of(model: type[Model], uid: str) -> str:
    """The address of the admin's page of the row with this uid; empty where there is none any more."""
    key = model._default_manager.filter(uid=uid).values_list("pk", flat=True).first()
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=(key,)) if key is not None else ""

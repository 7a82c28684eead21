"""Downloads from the admin: the document, or the page of the operation that writes it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from apps.core.language import request_lang
from apps.operations.models import Operation
from apps.runbooks.admin.base import RunbookPages
from apps.runbooks.documents import document
from apps.runbooks.reconciliations import reconciliations
from apps.runbooks.selectors import attachment
from migrator.errors import MigratorError
from migrator.locale import LANGS
from migrator.render import FORMATS


class WithDocuments(RunbookPages):
    """Adds the downloads to the admin of runbooks."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/download/", view, name="runbooks_runbook_download"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queries: ``format``, ``lang``, ``reconciliation`` (the uid of one to append)."""
        row = self.row(request, pk)
        name = request.GET.get("format", "")
        lang = next((each for each in LANGS if each == request.GET.get("lang")), request_lang())
        if name not in FORMATS:
            raise Http404
        given = request.GET.get("reconciliation", "")
        appended = get_object_or_404(reconciliations(request.user), uid=_uuid(given)) if given else None
        try:
            made = document(actor=request.user, runbook=row, format=name, lang=lang, appended=appended)
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
            return self.back(row)
        if isinstance(made, Operation):
            return HttpResponseRedirect(reverse("admin:operations_operation_change", args=(made.pk,)))
        return attachment(row, made)


def _uuid(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Http404 from None

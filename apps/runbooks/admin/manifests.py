"""The manifests of a revision in the admin: waves, files, what is to be done about them, what has none."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core.language import request_lang
from apps.runbooks.adapters import legible
from apps.runbooks.admin.base import RunbookPages, address_of
from apps.runbooks.selectors import manifests
from migrator.conversion.model import Bundle
from migrator.errors import MigratorError
from migrator.locale import Lang, say

_ROWS = 100


class WithManifests(RunbookPages):
    """Adds the page of manifests to the admin of runbooks."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.manifests_page)
        return [path("<int:pk>/manifests/", view, name="runbooks_runbook_manifests"), *super().get_urls()]

    def manifests_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queries: ``wave``, ``q`` (a part of the path), ``path`` (of the file to show), ``p``."""
        row = self.row(request, pk)
        more: dict[str, Any] = {"back": address_of("change", row.pk)}
        try:
            bundle = manifests(row)
            with legible(row):
                more |= _shown(request, bundle, request_lang())
        except MigratorError as error:
            messages.warning(request, error.message(request_lang()))
        return self.page(request, "runbooks/manifests.html", _("Manifests"), row, **more)


def _shown(request: HttpRequest, bundle: Bundle, lang: Lang) -> dict[str, Any]:
    asked = {name: request.GET.get(name, "") for name in ("wave", "q", "path")}
    waves: dict[str, int] = {}
    for file in bundle.files:
        if file.wave:
            waves[file.wave] = waves.get(file.wave, 0) + 1
    fitting = [f for f in bundle.files if asked["wave"] in ("", f.wave) and asked["q"] in f.path]
    notes = [{"ref": str(n.ref), "text": say(n.text, lang), "open": n.open} for n in bundle.notes]
    return {
        "asked": asked,
        "waves": waves.items(),
        "page": Paginator(fitting, _ROWS).get_page(request.GET.get("p")),
        "file": next((f for f in bundle.files if f.path == asked["path"]), None),
        "notes": sorted(notes, key=lambda n: not n["open"])[:_ROWS],
        "more_notes": max(0, len(notes) - _ROWS),
        "left_out": [{"ref": str(n.ref), "text": say(n.reason, lang)} for n in bundle.left_out[:_ROWS]],
        "more_left_out": max(0, len(bundle.left_out) - _ROWS),
    }

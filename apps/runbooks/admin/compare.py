"""The page that compares two revisions step by step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core.language import request_lang
from apps.runbooks.adapters import legible
from apps.runbooks.admin.base import RunbookPages, address_of
from apps.runbooks.models import Runbook
from apps.runbooks.selectors import runbook_difference, visible_to
from migrator.errors import MigratorError
from migrator.locale import Lang, say, text
from migrator.render.difference import line_text, step_number
from migrator.runbook.difference import Difference, FieldChange

LISTS = {"added": "success", "removed": "danger", "moved": "info", "changed": "warning"}
_LINES = 40  # of one field


def compare_address(old: Runbook, new: Runbook) -> str:
    return f"{address_of('compare')}?{urlencode({'old': old.pk, 'new': new.pk})}"


class WithComparison(RunbookPages):
    """Adds the comparison to the admin of runbooks: of two chosen in the list, or with the revision before."""

    actions = ("compare_chosen",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("compare/", view(self.compare_page), name="runbooks_runbook_compare"),
            path("<int:pk>/compare/", view(self.compare_before), name="runbooks_runbook_before"),
            *super().get_urls(),
        ]

    @admin.action(description=_("Compare two revisions"), permissions=("view",))
    def compare_chosen(self, request: HttpRequest, chosen: QuerySet[Runbook]) -> HttpResponse | None:
        found = list(chosen.order_by("created_at", "id")[:3])
        if len(found) != 2:
            messages.error(request, _("Choose two revisions to compare."))
            return None
        return HttpResponseRedirect(compare_address(*found))

    def compare_before(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead to the comparison with the revision before of the same playbook."""
        new = self.row(request, pk)
        earlier = visible_to(request.user).filter(plan=new.plan_id, playbook=new.playbook, number__lt=new.number)
        old = earlier.order_by("-number").first()
        if old is None:
            messages.warning(request, _("This is the first revision."))
            return self.back(new)
        return HttpResponseRedirect(compare_address(old, new))

    def compare_page(self, request: HttpRequest) -> HttpResponse:
        """Queries: ``old`` and ``new``, keys of runbooks."""
        old, new = (self.row(request, _key(request, side)) for side in ("old", "new"))
        lang = request_lang()
        more: dict[str, Any] = {
            "sides": ((_("earlier"), old), (_("later"), new)),
            "turned": compare_address(new, old),
        }
        try:
            found = runbook_difference(old, new)
            with legible(old), legible(new):  # what both say, as the later one does
                more |= _shown(found, lang)
        except MigratorError as error:
            messages.error(request, error.message(lang))
        return self.page(request, "runbooks/compare.html", _("Compare revisions"), new, **more)


def _key(request: HttpRequest, side: str) -> int:
    key = request.GET.get(side, "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise Http404
    return int(key)


def _shown(found: Difference, lang: Lang) -> dict[str, Any]:
    return {
        "differs": found.differs,
        "same": found.same,
        "counts": [
            (text(f"difference.{name}", lang), label, len(getattr(found, name))) for name, label in LISTS.items()
        ],
        "overall": [_change(change, lang) for change in found.overall],
        "lists": [
            {
                "title": text(f"difference.{name}", lang),
                "label": label,
                "steps": [
                    {
                        "number": step_number(step, lang),
                        "title": say(step.title, lang),
                        "moved": step.moved,
                        "changes": [_change(change, lang) for change in step.changes],
                    }
                    for step in getattr(found, name)
                ],
            }
            for name, label in LISTS.items()
            if getattr(found, name)
        ],
    }


def _change(change: FieldChange, lang: Lang) -> dict[str, Any]:
    lines = [
        (mark, line_text(line, lang)) for mark, side in (("−", change.old), ("+", change.new)) for line in side[:_LINES]
    ]
    more = sum(max(0, len(side) - _LINES) for side in (change.old, change.new))
    return {
        "field": text(f"difference.field.{change.field}", lang),
        "lines": lines,
        "more": text("difference.more", lang, count=more) if more else "",
    }

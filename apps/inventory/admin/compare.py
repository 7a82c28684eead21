"""The page that compares two snapshots: numbers of workloads, a table of sections, the entries of one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from apps.core.language import request_lang
from apps.inventory.choices import CoverageState
from apps.inventory.comparisons import (
    LISTS,
    SectionSummary,
    Summary,
    comparison_entries,
    comparison_section,
    comparison_summary,
)
from apps.inventory.models import Snapshot
from migrator.errors import MigratorError
from migrator.locale import Lang
from migrator.render.comparison import change_text
from migrator.render.facts import section_title
from migrator.snapshot.compare import Count, Entry, Side

COVERAGE_LABELS = {CoverageState.READ: "success", CoverageState.ABSENT: "", CoverageState.REFUSED: "danger"}
WORDS = {
    "added": _("added"),
    "removed": _("removed"),
    "changed": _("changed"),
    "untold_old": _("only in the earlier one, the later export did not look"),
    "untold_new": _("only in the later one, the earlier export did not look"),
}
_LABELS = {"added": "success", "removed": "danger", "changed": "warning", "untold_old": "info", "untold_new": "info"}
_ROWS = 100


def compare_address(old: Snapshot, new: Snapshot) -> str:
    return f"{reverse('admin:inventory_snapshot_compare')}?{urlencode({'old': old.pk, 'new': new.pk})}"


def compare_chosen(request: HttpRequest, chosen: QuerySet[Snapshot]) -> HttpResponse | None:
    """Lead from a list in which two snapshots are chosen to their comparison, the earlier one first."""
    found = list(chosen.order_by("created_at", "id")[:3])
    if len(found) != 2:
        messages.error(request, _("Choose two snapshots to compare."))
        return None
    return HttpResponseRedirect(compare_address(*found))


def compare_page(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Queries: ``old`` and ``new`` (keys of snapshots), ``section``, ``change``, ``q``, ``p``."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    old, new = (_snapshot(model_admin.get_queryset(request), request.GET.get(side, "")) for side in ("old", "new"))
    lang = request_lang()
    asked = {name: request.GET.get(name, "") for name in ("section", "change", "q")}
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Compare snapshots"),
        "opts": model_admin.model._meta,
        "old": old,
        "new": new,
        "sides": ((_("earlier"), old), (_("later"), new)),
        "turned": compare_address(new, old),
        "base": compare_address(old, new),
        "asked": asked,
        "words": WORDS,
    }
    try:
        summary = comparison_summary(old, new)
        context |= {
            "summary": summary,
            "counts": _counts(summary.counts),
            "sections": [_section(s, lang) for s in summary.sections],
            **_chosen(request, (old, new), summary, asked),
        }
    except MigratorError as error:
        messages.error(request, error.message(lang))
    return TemplateResponse(request, "inventory/compare.html", context)


def _snapshot(visible: QuerySet[Snapshot], key: str) -> Snapshot:
    if not key.isascii() or not key.isdigit():
        raise Http404
    return get_object_or_404(visible, pk=key)


def _counts(counts: Iterable[Count]) -> dict[str, list[Count]]:
    rows: defaultdict[str, list[Count]] = defaultdict(list)
    for count in counts:
        rows[count.namespace].append(count)
    return dict(rows)


def _section(summary: SectionSummary, lang: Lang) -> dict[str, Any]:
    figures = [(name, WORDS[name], getattr(summary, name)) for name in LISTS]
    looked = [side.state.value == CoverageState.READ or side.count for side in (summary.old, summary.new)]
    return {
        "summary": summary,
        "title": section_title(summary.section, lang),
        "sides": [_side(side) for side in (summary.old, summary.new)],
        "comparable": all(looked),
        "figures": figures[:3],
        "untold": [figure for figure in figures[3:] if figure[2]],
    }


def _side(side: Side) -> dict[str, Any]:
    state = CoverageState(side.state.value)
    return {
        "count": side.count,
        "label": COVERAGE_LABELS[state],
        "state": "" if state is CoverageState.READ else state.label,
        "refused": ", ".join(side.refused),
    }


def _chosen(
    request: HttpRequest, sides: tuple[Snapshot, Snapshot], summary: Summary, asked: dict[str, str]
) -> dict[str, Any]:
    """The entries of the section that is asked for, a page of them."""
    if asked["section"] not in {s.section for s in summary.sections}:
        return {}
    lang = request_lang()
    change = asked["change"] if asked["change"] in LISTS else ""
    found = list(comparison_entries(comparison_section(*sides, asked["section"]), change, asked["q"]))
    page = Paginator(found, _ROWS).get_page(request.GET.get("p"))
    return {
        "chosen": section_title(asked["section"], lang),
        "page": page,
        "lines": [_line(name, entry, lang) for name, entry in page],
    }


def _line(name: str, entry: Entry, lang: Lang) -> dict[str, Any]:
    return {
        "word": WORDS[name] if name in LISTS[:3] else _("cannot be told"),
        "label": _LABELS[name],
        "key": entry.key,
        "system": entry.system,
        "changes": [(change_text(change, lang), change.state) for change in entry.changes],
    }

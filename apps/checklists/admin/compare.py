"""The page that compares two assessments of a cluster: new, fixed, not comparable, unchanged."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from apps.checklists.admin.findings import SEVERITY_LABELS
from apps.checklists.choices import Severity
from apps.checklists.comparisons import CHANGES, Compared, comparison_rows, in_words_of, slug_of
from apps.checklists.models import Assessment
from apps.checklists.selectors import visible_to
from apps.core.language import request_lang
from migrator.errors import MigratorError
from migrator.locale import Lang, say
from migrator.render.words import check_title, sentence, subject

WORDS = {
    "new": _("new"),
    "fixed": _("fixed"),
    "not_comparable": _("not comparable"),
    "unchanged": _("unchanged"),
}
_LABELS = {"new": "danger", "fixed": "success", "unchanged": "", "not_comparable": "warning"}
_ROWS = 100


def compare_address(old: Assessment, new: Assessment) -> str:
    return f"{reverse('admin:checklists_assessment_compare')}?{urlencode({'old': old.pk, 'new': new.pk})}"


class WithComparison(ModelAdmin):  # type: ignore[misc]
    """Adds the comparison to the admin of assessments: of two chosen in the list, or with the one before."""

    actions = ("compare_chosen",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.compare_page)
        return [path("compare/", view, name="checklists_assessment_compare"), *super().get_urls()]

    @admin.action(description=_("Compare two assessments"), permissions=("view",))
    def compare_chosen(self, request: HttpRequest, chosen: QuerySet[Assessment]) -> HttpResponse | None:
        found = list(chosen.order_by("created_at", "id")[:3])
        if len(found) != 2:
            messages.error(request, _("Choose two assessments to compare."))
            return None
        return HttpResponseRedirect(compare_address(*found))

    @action(
        description=_("Compare with the assessment before"), url_path="before", permissions=("view",), icon="compare"
    )
    def compare_before(self, request: HttpRequest, object_id: str) -> HttpResponse:
        new = get_object_or_404(visible_to(request.user), pk=object_id)
        earlier = visible_to(request.user).filter(plan__cluster=new.plan.cluster_id, created_at__lte=new.created_at)
        old = earlier.exclude(pk__gte=new.pk).order_by("-created_at", "-id").first()
        if old is None:
            messages.warning(request, _("This is the first assessment of the cluster."))
            return HttpResponseRedirect(reverse("admin:checklists_assessment_change", args=(new.pk,)))
        return HttpResponseRedirect(compare_address(old, new))

    def compare_page(self, request: HttpRequest) -> HttpResponse:
        """Queries: ``old`` and ``new`` (keys of assessments), ``change``, ``p``."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        old, new = (_chosen(request, side) for side in ("old", "new"))
        change = request.GET.get("change", "")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Compare assessments"),
            "opts": self.model._meta,
            "sides": ((_("earlier"), old), (_("later"), new)),
            "turned": compare_address(new, old),
            "base": compare_address(old, new),
            "change": change if change in CHANGES else "",
        }
        try:
            context |= _content(request, old, new, change)
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
        return TemplateResponse(request, "checklists/compare.html", context)


def _chosen(request: HttpRequest, side: str) -> Assessment:
    key = request.GET.get(side, "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise Http404
    return get_object_or_404(visible_to(request.user).select_related("plan__cluster"), pk=key)


def _content(request: HttpRequest, old: Assessment, new: Assessment, change: str) -> dict[str, Any]:
    lang = request_lang()
    found = comparison_rows(old, new)
    wanted = [row for row in found.rows if change not in CHANGES or row.change == change]
    page = Paginator(wanted, _ROWS).get_page(request.GET.get("p"))
    lines = []
    for row in page:
        with in_words_of(row, old, new):
            lines.append(_line(row, slug_of(row, old, new), lang))
    return {
        "counts": [(name, WORDS[name], _LABELS[name], count) for name, count in found.counts.items()],
        "remarks": [say(remark, lang) for remark in found.remarks],
        "page": page,
        "lines": lines,
    }


def _line(row: Compared, slug: str, lang: Lang) -> dict[str, Any]:
    finding = row.finding
    severity = Severity(finding.severity.value) if finding is not None else None
    return {
        "word": WORDS[row.change],
        "label": _LABELS[row.change],
        "check": row.check,
        "title": check_title(slug, lang) if slug else "",
        "severity": severity.label if severity else "",
        "grade": SEVERITY_LABELS[severity] if severity else "",
        "what": subject(finding.subject, lang) if finding is not None else "",
        "said": sentence(finding, lang) if finding is not None else "",
        "reason": say(row.reason, lang) if row.reason is not None else "",
    }

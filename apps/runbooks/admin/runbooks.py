"""The page of a revision: what it is, its review, its phases with all their steps, its documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin import ReadOnly
from apps.core.language import request_lang
from apps.runbooks import edits, reviews
from apps.runbooks.adapters import conflicts_of, legible
from apps.runbooks.admin.base import BADGE_LABELS, READINESS_LABELS, REVIEW_LABELS, address_of, may_edit
from apps.runbooks.admin.compare import WithComparison
from apps.runbooks.admin.documents import WithDocuments
from apps.runbooks.admin.edits import WithEdits
from apps.runbooks.admin.manifests import WithManifests
from apps.runbooks.admin.reviews import WithReview
from apps.runbooks.admin.steps import WithSteps
from apps.runbooks.choices import ReviewAct, StepKind
from apps.runbooks.models import Runbook, RunbookStep
from apps.runbooks.selectors import latest_runbook, step_rows_of
from migrator.errors import MigratorError
from migrator.locale import LANGS, Lang, say
from migrator.render import FORMATS
from migrator.render.parts.refs import anchor
from migrator.render.words import duration

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}


@admin.register(Runbook)
class RunbookAdmin(ReadOnly, WithDocuments, WithSteps, WithEdits, WithReview, WithComparison, WithManifests):  # type: ignore[misc]
    list_display = ("plan", "number", "cluster", "versions", "state", "verdict", "step_count", "takes", "created_at")
    list_filter = ("review__state", "readiness", "playbook", "plan__cluster", "created_at")
    list_select_related = ("plan__cluster", "review")
    search_fields = ("plan__name", "plan__cluster__name", "uid")
    fields = (
        ("plan", "number"),
        ("versions", "playbook", "readiness"),
        ("takes", "stops"),
        ("phase_count", "step_count", "manifest_count"),
        ("assessment", "operation", "created_at"),
        "digest",
        "bundle_digest",
    )
    change_form_outer_before_template = "runbooks/runbook.html"

    class Media:
        css = {"all": ("runbooks/runbooks.css",)}
        js = ("runbooks/steps.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Runbook]:
        rows = super().get_queryset(request).select_related("plan__cluster", "assessment", "operation", "review")
        return rows.defer("document", "compiled", "sentences", "bundle", "assessment__document", "assessment__request")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("versions", "readiness", "takes", "stops")

    @display(description=_("cluster"), ordering="plan__cluster__name")
    def cluster(self, row: Runbook) -> str:
        return row.plan.cluster.name

    @display(description=_("versions"))
    def versions(self, row: Runbook) -> str:
        return f"{row.source} → {row.target}"

    @display(description=_("review"), label=REVIEW_LABELS, ordering="review__state")
    def state(self, row: Runbook) -> tuple[str, str]:
        return row.review.state, row.review.get_state_display()

    @display(description=_("readiness"), label=READINESS_LABELS, ordering="readiness")
    def verdict(self, row: Runbook) -> tuple[str, str]:
        return row.readiness, row.get_readiness_display()

    @display(description=_("duration"), ordering="minutes_max")
    def takes(self, row: Runbook) -> str:
        return duration((row.minutes_min, row.minutes_max), request_lang())

    @display(description=_("outage"))
    def stops(self, row: Runbook) -> str:
        return duration((row.outage_minutes_min, row.outage_minutes_max), request_lang())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        shown = _context(request, row) if row is not None and self.has_view_permission(request, row) else {}
        page: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})
        return page


def _context(request: HttpRequest, row: Runbook) -> dict[str, Any]:
    """What the template of a revision shows."""
    lang = request_lang()
    latest = latest_runbook(row.plan, row.playbook)
    is_latest = latest is not None and latest.pk == row.pk
    shown: dict[str, Any] = {
        "runbook": row,
        "review": row.review,
        "review_label": REVIEW_LABELS[row.review.state],
        "readiness_label": READINESS_LABELS[row.readiness],
        "takes": duration((row.minutes_min, row.minutes_max), lang),
        "stops": duration((row.outage_minutes_min, row.outage_minutes_max), lang),
        "latest": latest,
        "is_latest": is_latest,
        "pending": is_latest and edits.pending(row),
        "conflicts": [say(conflict.reason, lang) for conflict in conflicts_of(row)],
        "documents": [(LANGUAGE_NAMES[each], list(_documents(row, each))) for each in LANGS],
        "may_edit": may_edit(request),
        "may_decide": reviews.may_decide(request.user, row),
        "may_submit": may_edit(request) and reviews.may_submit(row),
        "decisions": [(act.value, act.label) for act in ReviewAct if act is not ReviewAct.SUBMITTED],
        "entries": reviews.entries_of(row),
        "comments": _comments(row, lang),
    }
    try:
        with legible(row):
            shown["phases"] = list(_phases(row, lang))
    except MigratorError as error:
        shown["problem"] = error.message(lang)
    return shown


def _documents(row: Runbook, lang: Lang) -> Iterator[tuple[str, str]]:
    for name in FORMATS:
        yield name.upper(), f"{address_of('download', row.pk)}?format={name}&lang={lang}"


def _comments(row: Runbook, lang: Lang) -> list[dict[str, Any]]:
    found = list(reviews.comments_of(row))
    steps = {s.key: s for s in step_rows_of(row).filter(key__in={c.step for c in found if c.step})}
    return [{"row": c, "step": steps.get(c.step)} for c in found]


def _phases(row: Runbook, lang: Lang) -> Iterator[dict[str, Any]]:
    """Each phase with its steps; of those that an earlier version compiled only the key is known."""
    steps: dict[str, list[dict[str, Any]]] = {}
    remarks = reviews.comments_of(row).exclude(step="").order_by().values("step").annotate(count=Count("pk"))
    comments = {found["step"]: found["count"] for found in remarks}
    for step in step_rows_of(row):
        steps.setdefault(step.phase, []).append(_step(step, comments.get(step.key, 0), lang))
    titles = {phase["key"]: phase for phase in row.phases}
    for key, inside in steps.items():
        known = titles.get(key, {})
        yield {
            "number": known.get("number", ""),
            "title": known.get(lang, key),
            "steps": inside,
            "stops": sum(step["row"].interrupts for step in inside),
            "gates": sum(step["row"].kind == StepKind.GATE for step in inside),
        }


def _step(row: RunbookStep, comments: int, lang: Lang) -> dict[str, Any]:
    return {
        "row": row,
        "title": row.title_en if lang == "en" else row.title_zh,
        "anchor": anchor(row.number),
        "address": address_of("step", row.runbook_id, row.number),
        "badges": list(badges(row)),
        "takes": duration((row.minutes_min, row.minutes_max), lang),
        "comments": comments,
    }


def badges(row: RunbookStep) -> Iterator[tuple[str, Any]]:
    """Label and word of what is particular about a step."""
    words = (
        ("gate", row.kind == StepKind.GATE, _("gate")),
        ("interrupts", row.interrupts, _("outage")),
        ("destructive", row.destructive, _("destructive")),
        ("point_of_no_return", row.point_of_no_return, _("point of no return")),
        (row.origin, row.origin != "compiled", row.get_origin_display()),
        ("excluded", row.excluded, _("left out")),
    )
    return ((BADGE_LABELS[name], word) for name, holds, word in words if holds)

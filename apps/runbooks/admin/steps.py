"""One step on a page of its own, and as a part that the page of the revision opens."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.safestring import SafeString, mark_safe

from apps.core.language import request_lang
from apps.runbooks import reviews
from apps.runbooks.adapters import legible, runbook_of, steps_of
from apps.runbooks.admin.base import RunbookPages, address_of, shown_blocks
from apps.runbooks.models import Runbook, RunbookStep
from apps.runbooks.selectors import latest_runbook, step_rows_of
from migrator.errors import MigratorError
from migrator.locale import Lang
from migrator.render.document import Block, Form, Heading, Rule, SignOff
from migrator.render.parts.refs import Refs
from migrator.render.parts.steps import one_step
from migrator.runbook import model as core

_OF_PAPER = (Form, SignOff, Rule)  # what is filled in by hand


class WithSteps(RunbookPages):
    """Adds the pages of steps to the admin of runbooks."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.step_page)
        return [path("<int:pk>/steps/<str:number>/", view, name="runbooks_runbook_step"), *super().get_urls()]

    def step_page(self, request: HttpRequest, pk: int, number: str) -> HttpResponse:
        """The whole step; with ``part`` in the query only its content, for a page that opens it in place."""
        row = self.row(request, pk)
        step = get_object_or_404(step_rows_of(row), number=number)
        lang = request_lang()
        try:
            with legible(row):
                stored = runbook_of(row)
                content = step_content(stored, steps_of(stored)[step.position - 1], lang)
        except MigratorError as error:
            return HttpResponse(error.message(lang), status=422, content_type="text/plain; charset=utf-8")
        if "part" in request.GET:
            return HttpResponse(content)
        # References to other steps lead to the page of the revision, where all of them are.
        content = mark_safe(content.replace('href="#s', f'href="{address_of("change", row.pk)}#s'))  # noqa: S308
        return self.page(request, "runbooks/step.html", title_of(step, lang), row, **_around(row, step, content))


def title_of(step: RunbookStep, lang: Lang) -> str:
    return f"{step.number} {step.title_en if lang == 'en' else step.title_zh}"


def step_content(runbook: core.Runbook, step: core.Step, lang: Lang) -> SafeString:
    """Every field of the step as the documents lay it out, also of one that is left out."""
    refs = Refs.of(runbook, lang, whole_commands=True)
    blocks: list[Block] = []
    if step.excluded:
        blocks += one_step(step, refs)[1:2]
        step = msgspec.structs.replace(step, excluded="")
    blocks += [b for b in one_step(step, refs) if not isinstance(b, (*_OF_PAPER, Heading))]
    return shown_blocks(blocks, lang)


def _around(row: Runbook, step: RunbookStep, content: SafeString) -> dict[str, Any]:
    rows = step_rows_of(row)
    latest = latest_runbook(row.plan, row.playbook)
    return {
        "step": step,
        "content": content,
        "before": rows.filter(position=step.position - 1).first(),
        "after": rows.filter(position=step.position + 1).first(),
        "comments": reviews.comments_of(row).filter(step=step.key),
        "back": address_of("change", row.pk),
        "is_latest": latest is not None and latest.pk == row.pk,
    }

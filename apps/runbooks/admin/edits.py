"""Editing a revision in the admin: other words, own steps, another order, steps left out; what of it is in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.core.language import request_lang
from apps.runbooks import edits
from apps.runbooks.adapters import legible
from apps.runbooks.admin.base import RunbookPages, address_of, may_edit
from apps.runbooks.admin.forms import StepForms
from apps.runbooks.admin.steps import title_of
from apps.runbooks.models import Runbook, RunbookEdit, RunbookStep
from apps.runbooks.selectors import step_rows_of
from apps.runbooks.services import runbook_request
from migrator.errors import MigratorError
from migrator.locale import LANGS, Lang, say
from migrator.runbook.edits import Add, AnyEdit, Change, Exclude, Move, Place, Restore
from migrator.runbook.model import StepKind

# What a person can do to a step: the words of its button.
ACTS = {
    "change": _("Change the words"),
    "move": _("Move"),
    "exclude": _("Leave out"),
    "restore": _("Take in again"),
    "add": _("Add an own step here"),
}


class WithEdits(RunbookPages):
    """Adds the pages of edits to the admin of runbooks."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/steps/<str:number>/<str:act>/", view(self.edit_page), name="runbooks_runbook_edit"),
            path("<int:pk>/edits/", view(self.edits_page), name="runbooks_runbook_edits"),
            path("<int:pk>/edits/<int:edit>/undo/", view(require_POST(self.undo)), name="runbooks_runbook_undo"),
            path("<int:pk>/anew/", view(require_POST(self.write_anew)), name="runbooks_runbook_anew"),
            *super().get_urls(),
        ]

    def edit_page(self, request: HttpRequest, pk: int, number: str, act: str) -> HttpResponse:
        """A form for one act on one step, as it would be with the edits of this moment."""
        row = self._editable(request, pk)
        step = get_object_or_404(step_rows_of(row), number=number)
        if act not in ACTS:
            raise PermissionDenied
        lang = request_lang()
        shown_in = _language(
            request
        )  # what is compared with the step is in the language of the page that was filled in
        form, others = None, []
        try:
            with legible(row):
                now = {s.key: s for p in edits.preview(row).runbook.phases for s in p.steps}
                if act in ("change", "add"):
                    form = StepForms(None if act == "add" else now.get(step.key), shown_in, request.POST or None)
                others = [(s.key, f"{s.number} {say(s.title, lang)}") for s in now.values() if s.key != step.key]
            if request.method == "POST" and (form is None or form.is_valid()):
                edit, tag = _EDITS[act](request, step, form), request.POST.get("tag") or None
                edits.edit_create(actor=request.user, runbook=row, edit=edit, tag=tag)
                messages.success(request, _("The edit has been stored. Write the runbook anew to have it in force."))
                return HttpResponseRedirect(address_of("edits", row.pk))
        except MigratorError as error:
            messages.error(request, error.message(lang))
            if act in ("change", "add") and form is None:
                return HttpResponseRedirect(address_of("step", row.pk, step.number))
        more = {
            "step": step,
            "heading": title_of(step, lang),
            "act": act,
            "word": ACTS[act],
            "form": form,
            "others": others,
            "shown_in": shown_in,
            "back": address_of("step", row.pk, step.number),
            "tag": request.POST.get("tag") or edits.edits_tag(row.plan, row.playbook),
        }
        return self.page(request, "runbooks/edit.html", ACTS[act], row, **more)

    def edits_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(request, pk)
        lang = request_lang()
        conflicts = {}
        try:
            conflicts = edits.conflicts_now(row.plan, row.playbook)
        except MigratorError as error:
            messages.error(request, error.message(lang))
        rows = edits.edits_of(row.plan).filter(playbook=row.playbook)
        titles = {s.key: s for s in step_rows_of(edits.needed_latest(row.plan, row.playbook))}
        listed = [
            {
                "row": edit,
                "step": titles.get(edit.step),
                "title": _title(edit, titles.get(edit.step), lang),
                "what": _what(edit, titles, lang),
                "conflict": say(conflicts[edit.pk], lang) if edit.pk in conflicts else "",
            }
            for edit in rows
        ]
        latest = edits.needed_latest(row.plan, row.playbook)
        more = {
            "listed": listed,
            "latest": latest,
            "pending": edits.pending(latest),
            "back": address_of("change", row.pk),
            "tag": edits.edits_tag(row.plan, row.playbook),
        }
        return self.page(request, "runbooks/edits.html", _("Edits"), row, **more)

    def undo(self, request: HttpRequest, pk: int, edit: int) -> HttpResponse:
        row = self._editable(request, pk)
        found = get_object_or_404(edits.edits_of(row.plan), pk=edit)
        tag = request.POST.get("tag") or None
        self.attempt(
            request, _("The edit has been undone."), lambda: edits.edit_undo(actor=request.user, row=found, tag=tag)
        )
        return HttpResponseRedirect(address_of("edits", row.pk))

    def write_anew(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The next revision of the same playbook, with today's facts, answers and edits."""
        row = self._editable(request, pk)
        try:
            operation = runbook_request(actor=request.user, plan=row.plan, playbook=row.playbook)
        except MigratorError as error:
            messages.error(request, error.message(request_lang()))
            return self.back(row)
        return HttpResponseRedirect(reverse("admin:operations_operation_change", args=(operation.pk,)))

    def _editable(self, request: HttpRequest, pk: int) -> Runbook:
        row = self.row(request, pk)
        if not may_edit(request):
            raise PermissionDenied
        return row


def _language(request: HttpRequest) -> Lang:
    given = request.POST.get("lang")
    return next((lang for lang in LANGS if lang == given), request_lang())


def _change(request: HttpRequest, step: RunbookStep, form: StepForms | None) -> AnyEdit:
    assert form is not None  # noqa: S101 - made for this act
    return Change(step=step.key, words=form.given)


def _add(request: HttpRequest, step: RunbookStep, form: StepForms | None) -> AnyEdit:
    assert form is not None  # noqa: S101 - made for this act
    given = form.words.cleaned_data
    return Add(
        step=edits.own_key(),
        anchor=step.key,
        place=Place(given["place"]),
        kind=StepKind(given["kind"]),
        words=form.given,
        interrupts=given["interrupts"],
        destructive=given["destructive"],
    )


def _move(request: HttpRequest, step: RunbookStep, form: StepForms | None) -> AnyEdit:
    place = Place.BEFORE if request.POST.get("place") == Place.BEFORE else Place.AFTER
    return Move(step=step.key, anchor=request.POST.get("anchor", ""), place=place)


def _exclude(request: HttpRequest, step: RunbookStep, form: StepForms | None) -> AnyEdit:
    return Exclude(step=step.key, reason=request.POST.get("reason", "").strip())


def _restore(request: HttpRequest, step: RunbookStep, form: StepForms | None) -> AnyEdit:
    return Restore(step=step.key)


_EDITS: dict[str, Callable[[HttpRequest, RunbookStep, StepForms | None], AnyEdit]] = {
    "change": _change,
    "add": _add,
    "move": _move,
    "exclude": _exclude,
    "restore": _restore,
}


def _title(edit: RunbookEdit, step: RunbookStep | None, lang: str) -> str:
    if step is not None:
        return step.title_en if lang == "en" else step.title_zh
    return str(edit.data.get("words", {}).get("title") or edit.step)


def _what(edit: RunbookEdit, steps: dict[str, RunbookStep], lang: Any) -> str:
    """The words of an edit in a line."""
    data = edit.data
    if "anchor" in data:
        anchor = steps.get(data["anchor"])
        beside = _title(edit, anchor, lang) if anchor is not None else data["anchor"]
        word = _("before: {step}") if data.get("place") == Place.BEFORE else _("after: {step}")
        return str(word).format(step=beside)
    if "reason" in data:
        return str(data["reason"])
    return " · ".join(str(v) for v in data.get("words", {}).values() if isinstance(v, str))[:300]

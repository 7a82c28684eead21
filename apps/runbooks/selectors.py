"""Reads of runbooks, and the files written from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import QuerySet

from apps.checklists.adapters import readable
from apps.runbooks.adapters import runbook_of, steps_of
from apps.runbooks.models import Runbook, RunbookStep
from migrator.locale import Lang
from migrator.render import FORMATS, file_name, format_named
from migrator.runbook import model as core


class File(NamedTuple):
    """One document of a runbook. ``name`` is the one that the command line gives it."""

    name: str
    media_type: str
    content: bytes


def visible_to(actor: Any) -> QuerySet[Runbook]:
    """One organisation uses an installation: whoever is logged in sees every runbook. Without the documents."""
    if not actor.is_authenticated:
        return Runbook.objects.none()
    rows = Runbook.objects.select_related("plan__cluster", "assessment", "operation")
    return rows.defer("document", "assessment__document", "assessment__request")


def step_rows_of(runbook: Runbook) -> QuerySet[RunbookStep]:
    return RunbookStep.objects.filter(runbook=runbook).order_by("position", "id")


def full_steps(runbook: Runbook, rows: Iterable[RunbookStep]) -> list[core.Step]:
    """The whole steps of some rows, in their order."""
    steps = steps_of(runbook_of(runbook))
    return [steps[row.position - 1] for row in rows]


def runbook_file(runbook: Runbook, format: str, lang: Lang) -> File:
    """A document of the runbook: the very bytes that ``migrator plan`` writes for the same dump.

    Raises:
        MigratorError: ``format_unknown``; ``document_outdated``.
    """
    return _files(runbook, [(format, lang)])[0]


def runbook_files(
    runbook: Runbook, *, langs: Iterable[Lang] = ("zh", "en"), formats: Iterable[str] = tuple(FORMATS)
) -> dict[str, bytes]:
    """All documents by file name, as ``migrator.output.write_files`` takes them; raises as ``runbook_file``."""
    names = tuple(formats)
    files = _files(runbook, [(name, lang) for lang in langs for name in names])
    return {file.name: file.content for file in files}


def _files(runbook: Runbook, wanted: list[tuple[str, Lang]]) -> list[File]:
    kinds = [(format_named(name), lang) for name, lang in wanted]
    compiled = runbook_of(runbook)
    with readable(runbook.uid, runbook.assessment.custom_checks):
        return [File(file_name(kind, lang), kind.media_type, kind.render(compiled, lang)) for kind, lang in kinds]

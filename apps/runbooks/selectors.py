"""Reads of runbooks, and the files written from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpResponse

from apps.core.downloads import disposition, safe_name
from apps.core.errors import Conflict, Missing
from apps.planning.models import Plan
from apps.runbooks.adapters import bundle_of, edition_of, is_unchanged, legible, reconciliation_of, runbook_of, steps_of
from apps.runbooks.models import Reconciliation, Runbook, RunbookStep
from migrator.checks.spec import Finding
from migrator.conversion.model import Bundle, ManifestFile
from migrator.locale import Lang
from migrator.render import FORMATS, file_name, format_named, render_all
from migrator.render.manifest_notes import manifest_notes
from migrator.render.reconciliation import with_reconciliation
from migrator.runbook import model as core
from migrator.runbook.difference import Difference, compare_runbooks


class File(NamedTuple):
    """One document of a runbook. ``name`` is the one that the command line gives it."""

    name: str
    media_type: str
    content: bytes


def visible_to(actor: Any) -> QuerySet[Runbook]:
    """One organisation uses an installation: whoever is logged in sees every runbook. Without the documents."""
    if not actor.is_authenticated:
        return Runbook.objects.none()
    return _light(Runbook.objects.all())


def latest_runbook(plan: Plan, playbook: str = "") -> Runbook | None:
    """The last revision of the plan, or of one of its playbooks. Without the documents."""
    rows = _light(Runbook.objects.filter(plan=plan, **({"playbook": playbook} if playbook else {})))
    return rows.order_by("-number").first()


def _light(rows: QuerySet[Runbook]) -> QuerySet[Runbook]:
    """With what lists show; documents are read where they are needed."""
    rows = rows.select_related("plan__cluster", "assessment", "operation", "review")
    return rows.defer("document", "compiled", "sentences", "bundle", "assessment__document", "assessment__request")


def step_rows_of(runbook: Runbook) -> QuerySet[RunbookStep]:
    return RunbookStep.objects.filter(runbook=runbook).order_by("position", "id")


def full_steps(runbook: Runbook, rows: Iterable[RunbookStep]) -> list[core.Step]:
    """The whole steps of some rows, in their order."""
    steps = steps_of(runbook_of(runbook))
    return [steps[row.position - 1] for row in rows]


def runbook_file(runbook: Runbook, format: str, lang: Lang, appended: Reconciliation | None = None) -> File:
    """A document of the runbook: the very bytes that ``migrator plan`` writes for the same dump, unless people have
    edited the runbook or approved it, which stands on its documents.

    Args:
        appended: a reconciliation that stands at the end of the document.

    Raises:
        MigratorError: ``format_unknown``; ``document_outdated``.
        Conflict: ``runbook_changed`` where an approved revision is no longer what was approved.
    """
    return _files(runbook, [(format, lang)], appended)[0]


def runbook_files(
    runbook: Runbook, *, langs: Iterable[Lang] = ("zh", "en"), formats: Iterable[str] = tuple(FORMATS)
) -> dict[str, bytes]:
    """All documents by file name, as ``migrator.output.write_files`` takes them; raises as ``runbook_file``."""
    names = tuple(formats)
    files = _files(runbook, [(name, lang) for lang in langs for name in names])
    return {file.name: file.content for file in files}


def _files(runbook: Runbook, wanted: list[tuple[str, Lang]], appended: Reconciliation | None = None) -> list[File]:
    kinds = [(format_named(name), lang) for name, lang in wanted]
    edition = edition_of(runbook)
    if edition is not None and not is_unchanged(runbook):
        raise Conflict("runbook_changed", number=runbook.number)
    stored = runbook_of(runbook)
    if appended is not None:
        stored = with_reconciliation(stored, reconciliation_of(appended))
    with legible(runbook):
        bundle = bundle_of(runbook) if any(kind.name == "zip" for kind, _ in kinds) else None
        made = {}
        for lang in dict.fromkeys(lang for _, lang in kinds):
            beside = _beside(stored, bundle, lang) if bundle else None
            made |= render_all(stored, [pair for pair in kinds if pair[1] == lang], edition, beside)
    return [File(file_name(kind, lang), kind.media_type, made[file_name(kind, lang)]) for kind, lang in kinds]


def _beside(runbook: core.Runbook, bundle: Bundle, lang: Lang) -> dict[str, str]:
    """What the zip holds beside the documents, by path, as ``migrator plan`` and ``migrator containerise`` pack it."""
    if runbook.playbook is core.Playbook.CONTAINERISE:  # its files have their folders already, beside a Dockerfile
        return {file.path: file.text for file in bundle.files}
    files = {f"manifests/{file.path}": file.text for file in bundle.files}
    return {**files, f"manifests/NOTES-{lang}.md": manifest_notes(bundle, lang)}


def attachment(runbook: Runbook, file: File) -> HttpResponse:
    """The file under a name that tells cluster and revision."""
    name = f"{safe_name(runbook.plan.cluster.name)}-r{runbook.number}-{file.name}"
    answer = HttpResponse(file.content, content_type=file.media_type)
    answer["Content-Disposition"] = disposition(name)
    return answer


def runbook_difference(old: Runbook, new: Runbook) -> Difference:
    """Two revisions step by step; raises ``MigratorError`` ``document_outdated``."""
    return compare_runbooks(runbook_of(old), runbook_of(new))


def manifests(runbook: Runbook) -> Bundle:
    """The manifests of the new cluster.

    Raises:
        Conflict: ``bundle_missing``.
        MigratorError: ``document_outdated``.
    """
    with legible(runbook):
        bundle = bundle_of(runbook)
    if bundle is None:
        raise Conflict("bundle_missing", number=runbook.number)
    return bundle


def manifests_where(runbook: Runbook, **wanted: str) -> Iterator[ManifestFile]:
    """The manifests of a wave, or of objects of a ``namespace``, ``kind`` and ``name``; raises as ``manifests``."""
    wave = wanted.pop("wave", None)
    for file in manifests(runbook).files:
        fits = any(all(getattr(ref, field) == value for field, value in wanted.items()) for ref in file.refs)
        if wave in (None, file.wave) and (fits or not wanted):
            yield file


def step_findings(runbook: core.Runbook, step: core.Step) -> list[Finding]:
    """What the checks found that this step answers, in the order of the checks."""
    answered = set(step.answers)
    return [f for result in runbook.results for f in result.findings if f.key in answered]


def manifest(runbook: Runbook, path: str) -> ManifestFile:
    """One of the manifests; raises as ``manifests``, and ``Missing`` ``manifest_missing``."""
    for file in manifests(runbook).files:
        if file.path == path:
            return file
    raise Missing("manifest_missing", number=runbook.number, path=path[:200])

"""Documents to download: written at once where that is quick, otherwise by a worker, and kept for a while.

Typesetting a large runbook takes many seconds of processor time, during which a web process would answer nobody else.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import msgspec
from django.utils import timezone

from apps.core.errors import Missing, ServiceError
from apps.operations.choices import OPEN
from apps.operations.models import Operation
from apps.operations.runner import Run
from apps.operations.services import operation_create
from apps.runbooks.adapters import edition_of
from apps.runbooks.models import Reconciliation, Runbook, RunbookDocument
from apps.runbooks.reviews import check_unchanged
from apps.runbooks.selectors import File, runbook_file
from migrator import __version__
from migrator.locale import Lang
from migrator.render import file_name, format_named

DOCUMENT = "runbooks.document"
SLOW = ("pdf", "docx", "zip")  # typeset, or made of such
STEPS_AT_ONCE = 40  # in these formats; about two seconds
KEPT = timedelta(days=30)


def document(
    *, actor: Any, runbook: Runbook, format: str, lang: Lang, appended: Reconciliation | None = None
) -> File | Operation:
    """The document, or the operation that writes it; ask again when it has ended.

    Args:
        appended: a reconciliation of the same plan that stands at the end of the document.

    Raises:
        Missing: ``reconciliation_of_other_plan``.
        MigratorError: as ``selectors.runbook_file``.
    """
    wanted = format_named(format)
    if appended is not None and appended.plan_id != runbook.plan_id:
        raise Missing("reconciliation_of_other_plan")
    if format not in SLOW or runbook.step_count <= STEPS_AT_ONCE:
        return runbook_file(runbook, format, lang, appended)
    edition = edition_of(runbook)
    if edition is not None:
        check_unchanged(runbook)
    mark = _mark(runbook, appended)
    made = RunbookDocument.objects.filter(runbook=runbook, format=format, lang=lang, edition=mark).first()
    if made is not None:
        return File(file_name(wanted, lang), wanted.media_type, bytes(made.content))
    target = f"runbook:{runbook.uid}"
    params = {"runbook": str(runbook.uid), "format": format, "lang": lang, "edition": mark}
    params |= {"reconciliation": str(appended.uid)} if appended is not None else {}
    for running in Operation.objects.filter(kind=DOCUMENT, target=target, status__in=OPEN):
        if running.params == params:
            return running
    return operation_create(kind=DOCUMENT, actor=actor, target=target, params=params)


def document_run(run: Run) -> None:
    """The work of a worker: write the document as the revision is signed now, and keep it."""
    run.progress(phase="read", total=2)
    wanted = run.params
    runbook = (
        Runbook.objects.select_related("review", "assessment", "plan__cluster").filter(uid=wanted["runbook"]).first()
    )
    if runbook is None:
        raise ServiceError("plan_gone")
    appended = Reconciliation.objects.filter(uid=wanted.get("reconciliation")).first()
    mark = _mark(runbook, appended)
    run.progress(phase="document", done=1, total=2)
    file = runbook_file(runbook, wanted["format"], wanted["lang"], appended)
    with run.outcome() as outcome:
        RunbookDocument.objects.get_or_create(
            runbook=runbook,
            format=wanted["format"],
            lang=wanted["lang"],
            edition=mark,
            defaults={"content": file.content},
        )
        outcome.result = {
            "runbook": wanted["runbook"],
            "format": wanted["format"],
            "lang": wanted["lang"],
            "bytes": len(file.content),
            **({"reconciliation": str(appended.uid)} if appended is not None else {}),
        }


def documents_expire() -> int:
    """Remove what was written some time ago; it can be written again."""
    count, _kinds = RunbookDocument.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return count


def _mark(runbook: Runbook, appended: Reconciliation | None) -> str:
    """Digest of what stands on the documents beside the revision itself, and of the program that writes them."""
    beside = str(appended.uid) if appended is not None else ""
    told = msgspec.json.encode((__version__, runbook.digest, runbook.bundle_digest, edition_of(runbook), beside))
    return "sha256:" + hashlib.sha256(told).hexdigest()

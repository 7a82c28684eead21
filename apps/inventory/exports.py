"""A snapshot as tables to download: at once where it is small, otherwise written by a worker and kept for a while.

Writing a large workbook takes seconds of processor time, during which a web process would answer nobody else.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from apps.core.errors import ServiceError
from apps.inventory import adapters
from apps.inventory.models import ExportFile, Snapshot
from apps.inventory.tables import attachment, written
from apps.operations.choices import OPEN
from apps.operations.models import Operation
from apps.operations.runner import Run
from apps.operations.services import operation_create
from migrator.locale import Lang
from migrator.snapshot.sheets.rows import sheets_of
from migrator.snapshot.sheets.tables import TABLES

EXPORT = "inventory.export"
ROWS_AT_ONCE = 5_000  # about two seconds
KEPT = timedelta(days=7)


def export(*, actor: Any, snapshot: Snapshot, format: str, lang: Lang) -> HttpResponse | Operation:
    """The file, or the operation that writes it; ask again when it has ended."""
    name = f"{snapshot.cluster.name}-{snapshot.number}"
    if _rows(snapshot) <= ROWS_AT_ONCE:
        return attachment(written(sheets_of(adapters.snapshot_facts(snapshot)), format, lang), name, format)
    made = ExportFile.objects.filter(snapshot=snapshot, format=format, lang=lang).first()
    if made is not None:
        return attachment(bytes(made.content), name, format)
    target = f"snapshot:{snapshot.uid}"
    params = {"snapshot": str(snapshot.uid), "format": format, "lang": lang}
    for running in Operation.objects.filter(kind=EXPORT, target=target, status__in=OPEN):
        if running.params == params:
            return running
    return operation_create(kind=EXPORT, actor=actor, target=target, params=params)


def export_run(run: Run) -> None:
    """The work of a worker: write the file and keep it."""
    run.progress(phase="read", total=2)
    wanted = run.params
    snapshot = Snapshot.objects.select_related("cluster").filter(uid=wanted["snapshot"]).first()
    if snapshot is None:
        raise ServiceError("snapshot_gone")
    sheets = sheets_of(adapters.snapshot_facts(snapshot))
    run.progress(phase="store", done=1, total=2)
    content = written(sheets, wanted["format"], wanted["lang"])
    with run.outcome() as outcome:
        ExportFile.objects.get_or_create(
            snapshot=snapshot, format=wanted["format"], lang=wanted["lang"], defaults={"content": content}
        )
        outcome.result = {"snapshot": wanted["snapshot"], "format": wanted["format"], "bytes": len(content)}


def exports_expire() -> int:
    """Remove what was written some days ago; it can be written again."""
    count, _kinds = ExportFile.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return count


def _rows(snapshot: Snapshot) -> int:
    return sum(snapshot.counts.get(table.key, 0) for table in TABLES)

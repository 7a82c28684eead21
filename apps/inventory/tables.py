"""Tables that people fill in: templates and exports to download, and clusters filled in by form."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from django.http import HttpResponse

from apps.core.downloads import disposition, safe_name
from apps.core.errors import Malformed, ServiceError
from apps.inventory import adapters, selectors
from apps.inventory.choices import SnapshotOrigin
from apps.inventory.models import Cluster, Snapshot
from apps.inventory.services import snapshot_prepare, snapshot_store
from migrator.locale import Lang
from migrator.snapshot.sheets.files import XLSX_TYPE, csv_archive, template, workbook
from migrator.snapshot.sheets.form import Answers, Tables, answers_of, read_form
from migrator.snapshot.sheets.rows import RowFault, Sheet

FORMATS = ("xlsx", "csv")
FORM_ROWS_MOST = 2_000  # read and stored while the person waits; more come as a file
PAGE_ROWS_MOST = 300  # that a page with its cells can show
_NOTHING = Answers({}, [])


class FormRefused(Malformed):
    """Cells of a form are wrong; nothing of it is stored."""

    def __init__(self, faults: list[RowFault]) -> None:
        super().__init__("form_wrong", cells=len(faults))
        self.faults = faults


class Start(NamedTuple):
    """What a form begins with, and whence: a snapshot filled in by form, else the latest one, else nothing.

    ``rows``: how many the tables have; where they are too many they are left to files, and ``answers`` is empty.
    """

    snapshot: Snapshot | None
    answers: Answers
    rows: int = 0


def form_save(*, cluster: Cluster, actor: Any, tables: Tables, not_complete: Collection[str] = ()) -> Snapshot:
    """Store what a person filled in as the next snapshot of the cluster. Arguments as ``read_form`` takes them.

    Raises:
        FormRefused: with every wrong cell.
        Malformed: ``form_too_many_rows``.
        ServiceError: ``form_empty``.
    """
    if sum(len(rows) for rows in tables.values()) > FORM_ROWS_MOST:
        raise Malformed("form_too_many_rows", limit=FORM_ROWS_MOST)
    form = read_form(tables, not_complete)
    if form.snapshot is None:
        raise FormRefused(form.faults)
    if not form.rows:
        raise ServiceError("form_empty")
    return snapshot_store(
        snapshot_prepare(cluster=cluster, facts=form.snapshot, actor_id=actor.pk, origin=SnapshotOrigin.FORM)
    )


def form_latest(cluster: Cluster) -> Start:
    """The latest snapshot of the cluster that was filled in by form, to be edited again."""
    snapshot = selectors.latest_snapshot(cluster, origin=SnapshotOrigin.FORM)
    return _start(snapshot, FORM_ROWS_MOST)


def form_start(cluster: Cluster) -> Start:
    """What the page of a form begins with."""
    filled_in = selectors.latest_snapshot(cluster, origin=SnapshotOrigin.FORM)
    return _start(filled_in or selectors.latest_snapshot(cluster), PAGE_ROWS_MOST)


def _start(snapshot: Snapshot | None, most: int) -> Start:
    if snapshot is None:
        return Start(None, _NOTHING)
    answers = answers_of(adapters.snapshot_facts(snapshot))
    rows = sum(map(len, answers.tables.values()))
    return Start(snapshot, answers if rows <= most else _NOTHING, rows)


def template_file(format: str, lang: Lang) -> HttpResponse:
    """The empty tables as an attachment."""
    return attachment(written(template(), format, lang), f"cce-tables-{lang}", format)


def written(sheets: list[Sheet], format: str, lang: Lang) -> bytes:
    return workbook(sheets, lang) if format == "xlsx" else csv_archive(sheets, lang)


def attachment(content: bytes, name: str, format: str) -> HttpResponse:
    """``name`` without its ending."""
    answer = HttpResponse(content, content_type=XLSX_TYPE if format == "xlsx" else "application/zip")
    extension = "xlsx" if format == "xlsx" else "csv.zip"
    answer["Content-Disposition"] = disposition(f"{safe_name(name)}.{extension}")
    answer["Cache-Control"] = "no-store"
    return answer

"""How an operation stands at this moment, in the words of the reader: what the admin's page shows and refreshes."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.language import reason_text, request_lang
from apps.operations import selectors
from apps.operations.choices import FileStatus, OperationStatus
from apps.operations.models import Operation, OperationFile
from apps.operations.registry import kind_of

FILES_PER_PAGE = 50
STATUS_LABELS = {
    OperationStatus.QUEUED: "info",
    OperationStatus.RUNNING: "info",
    OperationStatus.SUCCEEDED: "success",
    OperationStatus.FAILED: "danger",
    OperationStatus.CANCELLED: "warning",
}
FILE_LABELS = {
    FileStatus.READING: "info",
    FileStatus.READ: "success",
    FileStatus.PARTIAL: "warning",
    FileStatus.UNREADABLE: "danger",
}
PHASES: dict[str, Promise] = {
    "unpack": _("Unpacking"),
    "read": _("Reading"),
    "store": _("Storing"),
    "assess": _("Assessing"),
    "compile": _("Compiling"),
    "convert": _("Converting manifests"),
    "compare": _("Comparing"),
    "document": _("Writing the document"),
}


class Count(NamedTuple):
    """A state of files with how many are in it; ``status`` is empty for all of them."""

    status: str
    words: Promise | str
    count: int
    chosen: bool


class FileLine(NamedTuple):
    row: OperationFile
    label: str
    message: str


class Live(NamedTuple):
    operation: Operation
    label: str
    problems: list[str]
    phase: Promise | str
    percent: int | None  # None: it goes on, nobody can say how far it is
    product: tuple[Any, str] | None  # words and address of what was made
    counts: list[Count]
    status: str  # of the files that are shown
    page: Page[OperationFile]
    lines: list[FileLine]


def live(operation: Operation, *, status: str = "", page: str = "1") -> Live:
    """Args: ``status`` and ``page`` choose the files that are shown; what makes no sense shows all, or the nearest."""
    counted = selectors.file_counts(operation)
    status = status if status in counted else ""
    files = selectors.files_of(operation)
    shown = Paginator(files.filter(status=status) if status else files, FILES_PER_PAGE).get_page(page)
    counts = [Count(s.value, s.label, count, s == status) for s, count in counted.items()]
    return Live(
        operation=operation,
        label=STATUS_LABELS[OperationStatus(operation.status)],
        problems=_problems(operation),
        phase=PHASES.get(operation.progress.get("phase", ""), ""),
        percent=_percent(operation.progress),
        product=_product(operation),
        counts=[Count("", _("all"), sum(counted.values()), not status), *counts],
        status=status,
        page=shown,
        lines=[FileLine(row, FILE_LABELS.get(row.status, ""), reason_text(row.reason, row.values)) for row in shown],
    )


def _problems(operation: Operation) -> list[str]:
    problem, lang = operation.problem, request_lang()
    if not problem:
        return []
    return [told["details"][lang] for told in (problem, *problem.get("further", ()))]


def _percent(progress: dict[str, Any]) -> int | None:
    if progress.get("phase") in ("unpack", "store"):
        return None
    if (percent := progress.get("percent")) is not None:
        return int(percent)
    total = progress.get("total")
    return 100 * progress["done"] // total if total else None


def _product(operation: Operation) -> tuple[Any, str] | None:
    kind = kind_of(operation.kind)
    if kind is None or kind.product is None or operation.status != OperationStatus.SUCCEEDED:
        return None
    page = kind.product.page(operation.result or {})
    return (kind.product.label, page) if page else None

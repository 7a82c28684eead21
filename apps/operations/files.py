"""The files that an operation works through, kept in memory while it runs and written in bulk now and then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from apps.operations.choices import UNFINISHED_FILE, FileStatus
from apps.operations.models import FILE_NAME_LONGEST, Operation, OperationFile

BATCH = 1000
_CHANGING = ("status", "objects_read", "objects_expected", "reason", "values")


class Files:
    """The states of the files of a running operation; ``write`` stores what has changed since the last time.

    However many files and objects there are, a call of ``write`` costs one statement for each thousand changed files.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._rows: list[OperationFile] = []
        self._changed: dict[int, OperationFile] = {}
        self._replaced = False

    def found(self, files: Iterable[tuple[str, int | None]]) -> None:
        """Begin anew with these files (name and size), all waiting: they take the place of what is stored."""
        self._rows = file_rows(self._operation, files)
        self._changed.clear()
        self._replaced = True

    def change(self, position: int, **state: Any) -> None:
        """A new state of the file at this place; fields are those of ``OperationFile``."""
        row = self._rows[position]
        for name, value in state.items():
            setattr(row, name, value)
        self._changed[position] = row

    def write(self) -> None:
        """Store what has changed. The caller makes sure, in the same transaction, that the operation is still ours."""
        if self._replaced:
            OperationFile.objects.filter(operation=self._operation).delete()
            OperationFile.objects.bulk_create(self._rows, batch_size=BATCH)
        elif self._changed:
            # MySQL finds the row by any unique key by itself and must not be told which.
            target = connection.features.supports_update_conflicts_with_target
            OperationFile.objects.bulk_create(
                [_copy(row) for row in self._changed.values()],
                batch_size=BATCH,
                update_conflicts=True,
                update_fields=_CHANGING,
                unique_fields=("operation", "position") if target else None,
            )
        self._replaced = False
        self._changed.clear()


def file_rows(operation: Operation, files: Iterable[tuple[str, int | None]]) -> list[OperationFile]:
    """Unsaved rows of waiting files."""
    return [
        OperationFile(operation=operation, position=position, name=name[:FILE_NAME_LONGEST], size=size)
        for position, (name, size) in enumerate(files)
    ]


def files_left(operation: Operation) -> None:
    """The operation has ended: what it did not come to is no longer waiting."""
    rows = OperationFile.objects.filter(operation=operation, status__in=UNFINISHED_FILE)
    rows.update(status=FileStatus.NOT_REACHED)


def _copy(row: OperationFile) -> OperationFile:
    """Without a key of its own, so that the row is found by operation and place."""
    fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
    return OperationFile(**fields)

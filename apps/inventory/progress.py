"""Shows with its operation how the reading of a dump goes, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from apps.operations.choices import FileStatus
from apps.operations.runner import Run
from migrator.snapshot.model import InputReport
from migrator.snapshot.progress import FoundFile, Progress


class ReadingProgress(Progress):
    """Phases ``unpack`` and ``read``. How much is done is measured in bytes, and within a file in objects."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sizes: list[int] = []
        self._total = 1  # bytes of all files
        self._ended: list[InputReport] = []
        self._bytes = 0  # of the files that have ended

    def unpacking(self, archive: str, unpacked: int) -> None:
        self._run.progress(phase="unpack", done=unpacked, text=archive)

    def found(self, files: Sequence[FoundFile]) -> None:
        self._sizes = [max(f.size or 0, 1) for f in files]
        self._total = max(sum(self._sizes), 1)
        self._run.files.found(files)
        self._tell()

    def started(self, file: str) -> None:
        self._run.files.change(self._place, status=FileStatus.READING)
        self._tell(file)

    def advanced(self, file: str, objects: int, expected: int) -> None:
        expected = max(objects, expected) if expected else 0  # damaged lists are read twice
        self._run.files.change(self._place, objects_read=objects, objects_expected=expected)
        self._tell(file, self._sizes[self._place] * objects // expected if expected else 0)

    def ended(self, report: InputReport) -> None:
        self._run.files.change(self._place, **_state(report))
        self._bytes += self._sizes[self._place]
        self._ended.append(report)
        self._tell(report.file)

    def settled(self, reports: Iterable[InputReport]) -> None:
        """What became of the files in the end: a remark may have been added after all were read."""
        final = {report.file: report for report in reports}
        for place, told in enumerate(self._ended):
            if (report := final.get(told.file, told)) != told:
                self._run.files.change(place, **_state(report))

    @property
    def _place(self) -> int:
        return len(self._ended)

    def _tell(self, file: str = "", within: int = 0) -> None:
        percent = 100 * (self._bytes + within) // self._total
        self._run.progress(phase="read", done=self._place, total=len(self._sizes), text=file, percent=percent)


def _state(report: InputReport) -> dict[str, Any]:
    return {
        "status": FileStatus(report.status),
        "objects_read": report.objects,
        "objects_expected": 0,
        "reason": report.reason,
        "values": report.values,
    }

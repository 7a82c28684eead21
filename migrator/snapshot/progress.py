"""How far the reading of an input is: told while it goes on, to whoever wants to show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migrator.snapshot.model import InputReport


class FoundFile(NamedTuple):
    """A file that shall be read: its name in ``Snapshot.inputs``, and its bytes, None where nobody knows them yet."""

    name: str
    size: int | None


class Progress:
    """Is told how far the reading is. This one does nothing with it; a listener overrides what it wants to know.

    First ``unpacking`` for the archives of the input, then ``found`` once, then for each file, in the order in which
    they were found: ``started``, any number of ``advanced``, ``ended``. What a listener raises ends the reading.
    """

    def unpacking(self, archive: str, unpacked: int) -> None:
        """So many bytes have come out of the archive up to now."""

    def found(self, files: Sequence[FoundFile]) -> None:
        """All files of the input, members of archives among them, before the first is read."""

    def started(self, file: str) -> None:
        """The file is opened now."""

    def advanced(self, file: str, objects: int, expected: int) -> None:
        """So many objects of the file have been read, of so many that its lists have announced (0: of none known)."""

    def ended(self, report: InputReport) -> None:
        """What became of the file."""

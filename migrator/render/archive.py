"""Zip archives that depend on their content alone: fixed times and rights, no trace of the machine or the person."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows
_RIGHTS = 0o100644 << 16  # a plain file that everybody may read
_UNIX = 3


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of the files, in the order given; names are paths with ``/``."""
    return archive_of_parts((name, (content,)) for name, content in files)


def archive_of_parts(files: Iterable[tuple[str, Iterable[bytes]]]) -> bytes:
    """The same of files that come in parts, none of which is held whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, parts in files:
            with packed.open(_entry(name), "w") as member:
                for part in parts:
                    member.write(part)
    return buffer.getvalue()


def repacked(content: bytes) -> bytes:
    """The same members in the same order, with what the machine left in the archive taken out."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return archive((info.filename, packed.read(info)) for info in packed.infolist())


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = _RIGHTS
    info.create_system = _UNIX
    return info

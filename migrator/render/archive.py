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
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(_entry(name), content)
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

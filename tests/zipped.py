"""What stands in documents that are zip archives themselves, such as workbooks, and archives of those."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator


def parts_of(content: bytes) -> Iterator[bytes]:
    """The content of every member, however deep; of anything but an archive its own."""
    if not content.startswith(b"PK\x03\x04"):
        yield content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            yield from parts_of(packed.read(name))

"""Everything of a runbook in one zip: its documents, the files that it applies, and a list of checksums."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from migrator.render.archive import archive

CHECKSUMS = "SHA256SUMS"

_SAFE = re.compile(r"(?!\.{1,2}(?:/|$))[\w.+-]+(?:/(?!\.{1,2}(?:/|$))[\w.+-]+)*", re.ASCII)


def package(documents: Mapping[str, bytes], beside: Mapping[str, str | bytes]) -> bytes:
    """The zip: the documents and what lies beside them, sorted.

    ``SHA256SUMS`` names each file in the form that ``sha256sum -c`` reads.

    Args:
        documents: by file name.
        beside: text or bytes by path, such as ``manifests/kustomization.yaml``.

    Raises:
        ValueError: a name that leads out of the folder, or that some file system cannot hold.
    """
    texts = {path: content.encode() if isinstance(content, str) else content for path, content in beside.items()}
    files = {**documents, **texts}
    for name in files:
        if not _SAFE.fullmatch(name) or name == CHECKSUMS:
            raise ValueError(f"no safe name: {name!r}")
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return archive(((CHECKSUMS, sums.encode()), *sorted(files.items())))

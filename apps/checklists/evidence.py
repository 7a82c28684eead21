"""The files that people's answers rest on: taken in, kept under names that say nothing, and handed out unopened.

Nothing here looks into a file or trusts its name: what comes out is an attachment that no browser runs or shows.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.http import FileResponse
from django.utils import timezone

from apps.checklists.models import Attestation, EvidenceFile
from apps.core.errors import Conflict, ServiceError, TooLarge
from apps.inventory import spool
from apps.inventory.uploads import NAME_SHOWN, SpooledUpload

log = logging.getLogger(__name__)

FILES_MOST = 20  # of one answer
_BLOCK = 1 << 20
_NAME_MOST = 120
_STORED = re.compile(r"[0-9a-f]{32}")
# Shells, file systems and headers give these a meaning; a name needs none of them.
_FORBIDDEN = set('<>:"/\\|?*%;`$')


def evidence_check(uploads: Sequence[SpooledUpload], *, beside: int = 0) -> None:
    """Refuse what will not be kept; nothing is stored yet.

    Args:
        uploads: of one answer.
        beside: how many files that answer has already.

    Raises:
        TooLarge: ``evidence_too_large``.
        Conflict: ``evidence_too_many``.
        ServiceError: ``evidence_empty``.
    """
    if beside + len(uploads) > FILES_MOST:
        raise Conflict("evidence_too_many", limit=FILES_MOST)
    for upload in uploads:
        size, shown = upload.size or 0, safe_name(upload.name or "")[:NAME_SHOWN]
        if size > settings.EVIDENCE_BYTES_MOST:
            raise TooLarge("evidence_too_large", file=shown, limit=_mebibytes(settings.EVIDENCE_BYTES_MOST))
        if not size:
            raise ServiceError("evidence_empty", file=shown)


def evidence_add(*, actor: Any, attestation: Attestation, uploads: Sequence[SpooledUpload]) -> list[EvidenceFile]:
    """Keep the files of an answer, all or none. Raises what ``evidence_check`` raises, and ``NoSpace``."""
    written: list[str] = []
    try:
        with transaction.atomic():
            # Whoever adds to the same answer waits, so that two requests together keep to the limit too.
            Attestation.objects.select_for_update().get(pk=attestation.pk)
            evidence_check(uploads, beside=attestation.files.count())
            return [_keep(actor, attestation, upload, written) for upload in uploads]
    except BaseException:
        for name in written:
            _path(name).unlink(missing_ok=True)
        raise


def evidence_answer(file: EvidenceFile) -> FileResponse:
    """The file as an attachment of no type, never shown inside a page. Raises ``ServiceError`` ``evidence_lost``."""
    answer = FileResponse(
        _opened(file), as_attachment=True, filename=file.name, content_type="application/octet-stream"
    )
    answer.block_size = _BLOCK
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "no-store"
    return answer


def evidence_orphans(older: timedelta) -> Iterator[Path]:
    """Files that no row names and that have lain there for longer than ``older``: of uploads that broke off.

    Younger ones may belong to an upload whose row is not there yet.
    """
    folder, latest = Path(settings.EVIDENCE_DIR), (timezone.now() - older).timestamp()
    known = set(EvidenceFile.objects.values_list("stored", flat=True))
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        is_ours = _STORED.fullmatch(path.name) is not None and path.is_file()
        if is_ours and path.name not in known and path.stat().st_mtime < latest:
            yield path


def safe_name(name: str) -> str:
    """The last part of a name without what is invisible or means something to a shell; never empty, never hidden."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if c in _FORBIDDEN else c for c in last if unicodedata.category(c)[0] != "C")
    kept = " ".join(kept.split()).strip(". ")
    stem, dot, extension = kept.rpartition(".")
    if len(kept) > _NAME_MOST and dot and len(extension) <= 10:
        kept = f"{stem[: _NAME_MOST - len(extension) - 1]}.{extension}"
    return kept[:_NAME_MOST] or "file"


def _keep(actor: Any, attestation: Attestation, upload: SpooledUpload, written: list[str]) -> EvidenceFile:
    stored = secrets.token_hex(16)
    written.append(stored)
    digest, size = _write(stored, upload)
    row = EvidenceFile.objects.create(
        attestation=attestation,
        name=safe_name(upload.name or ""),
        size=size,
        sha256=digest,
        stored=stored,
        added_by=actor,
    )
    log.info("evidence kept", extra={"evidence": str(row.uid), "actor": str(actor), "bytes": size})
    return row


def _write(stored: str, upload: SpooledUpload) -> tuple[str, int]:
    """Content of the upload into a file of our own, which nobody but the service may read: its SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    with spool.room():
        Path(settings.EVIDENCE_DIR).mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(_path(stored), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target, upload.open_content() as source:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
    return digest.hexdigest(), size


def _opened(file: EvidenceFile) -> BinaryIO:
    try:
        stream = _path(file.stored).open("rb")
    except OSError as error:
        raise ServiceError("evidence_lost", file=file.name) from error
    if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
        stream.close()
        raise ServiceError("evidence_lost", file=file.name)
    stream.seek(0)
    return stream


def _path(stored: str) -> Path:
    return Path(settings.EVIDENCE_DIR) / stored


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:g}"

"""Uploads at rest: encrypted pieces in ``SPOOL_DIR``, each file under its own key, which is kept elsewhere.

Format: pieces of 1 MiB of plaintext, each AES-256-GCM with its own tag. The nonce is the piece's number, since a key
serves one file only, and the last piece says so in its associated data: a file cut short, lengthened or with exchanged
pieces is refused. An empty file is one empty last piece.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apps.core.errors import NoSpace, ServiceError

log = logging.getLogger(__name__)

PIECE = 1 << 20
TAG = 16
ORPHAN_SECONDS = 3600.0  # an upload that still runs has no row yet
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Spooled:
    """A written file: its name in the spool folder, its key, and the size of its plaintext."""

    spool: str
    key: bytes
    size: int

    def discard(self) -> None:
        remove(self.spool)


@contextmanager
def room() -> Iterator[None]:
    """Raises ``NoSpace`` ``upload_no_space`` where the disk or the user's share of it is full."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace("upload_no_space") from error
        raise


def free_bytes() -> int:
    """The room that is left where uploads are written."""
    _make_folder()
    return shutil.disk_usage(settings.SPOOL_DIR).free


def _make_folder() -> None:
    settings.SPOOL_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)


class SpoolWriter:
    """``write`` any number of times, then ``finish`` or ``abort``. Memory: one piece.

    Raises:
        NoSpace: ``upload_no_space``, of any method; ``abort`` then removes what was written.
    """

    def __init__(self) -> None:
        self.size = 0
        self._key = AESGCM.generate_key(256)
        self._cipher = AESGCM(self._key)
        self._number = 0
        self._waiting = bytearray()
        self._name = secrets.token_hex(16)
        with room():
            _make_folder()
            descriptor = os.open(_path(self._name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._waiting += data
        # One piece is kept back until it is known whether it is the last one.
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def finish(self) -> Spooled:
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()
        with room():
            os.fsync(self._file.fileno())
            self._file.close()
        return Spooled(self._name, self._key, self.size)

    def abort(self) -> None:
        self._file.close()
        remove(self._name)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        sealed = memoryview(self._cipher.encrypt(_nonce(self._number), piece, _mark(last)))
        with room():
            while sealed:
                sealed = sealed[self._file.write(sealed) :]
        self._number += 1


class SpoolReader(io.RawIOBase):
    """The plaintext of a spooled file as a seekable stream.

    Raises:
        ServiceError: ``upload_lost`` where the file is gone, was changed or does not belong to the key.
    """

    def __init__(self, *, spool: str, key: bytes, size: int, name: str) -> None:
        super().__init__()
        self._name = name
        self._size = size
        self._cipher = AESGCM(key)
        self._last = max(0, size - 1) // PIECE
        self._position = 0
        self._piece: tuple[int, bytes] = (-1, b"")
        try:
            self._file = _path(spool).open("rb")
            if os.fstat(self._file.fileno()).st_size != size + TAG * (self._last + 1):
                self._file.close()
                raise self._lost()
        except OSError as error:
            raise self._lost() from error

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if self._position >= self._size:
            return 0
        number, offset = divmod(self._position, PIECE)
        part = self._open_piece(number)[offset : offset + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._piece = (-1, b"")
            if hasattr(self, "_file"):
                self._file.close()
        super().close()

    def _open_piece(self, number: int) -> bytes:
        if self._piece[0] != number:
            self._file.seek(number * (PIECE + TAG))
            sealed = self._file.read(PIECE + TAG)
            try:
                plain = self._cipher.decrypt(_nonce(number), sealed, _mark(number == self._last))
            except InvalidTag as error:
                raise self._lost() from error
            self._piece = (number, plain)
        return self._piece[1]

    def _lost(self) -> ServiceError:
        return ServiceError("upload_lost", file=self._name)


def spool_stream(stream: BinaryIO) -> Spooled:
    """Write a whole stream, such as a local file, to the spool."""
    writer = SpoolWriter()
    try:
        while block := stream.read(PIECE):
            writer.write(block)
        return writer.finish()
    except BaseException:
        writer.abort()
        raise


def open_spooled(*, spool: str, key: bytes, size: int, name: str) -> BinaryIO:
    """The plaintext, buffered; every call is an independent view."""
    return cast("BinaryIO", io.BufferedReader(SpoolReader(spool=spool, key=key, size=size, name=name), PIECE))


def remove(spool: str) -> None:
    _path(spool).unlink(missing_ok=True)


def remove_orphans(known: Iterable[str]) -> int:
    """Remove old files that no waiting upload knows: a process died between writing the file and storing its key."""
    if not settings.SPOOL_DIR.is_dir():
        return 0
    keep, limit, removed = set(known), time.time() - ORPHAN_SECONDS, 0
    for path in settings.SPOOL_DIR.iterdir():
        try:
            if path.name not in keep and path.stat().st_mtime < limit:
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue  # another worker's sweeper was faster
    if removed:
        log.info("spool tidied", extra={"files": removed})
    return removed


def _path(spool: str) -> Path:
    return Path(settings.SPOOL_DIR) / spool


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _mark(last: bool) -> bytes:
    return b"last" if last else b"more"

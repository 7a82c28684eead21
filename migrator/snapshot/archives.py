"""Archives as sources: tar, tar.gz, gz and zip, and such archives in them, with limits on what may come out.

Nothing is unpacked to a disk: what has to be, goes into files in memory that nobody can open by a name. An archive with
an absolute path, ``..``, a link or a device is refused as a whole. The limits are of the whole input, so that neither
many archives nor archives in archives are a way around them.
"""

from __future__ import annotations

import errno
import gzip
import lzma
import os
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import BinaryIO, Literal, cast

from migrator.errors import InputError
from migrator.snapshot.progress import Progress
from migrator.snapshot.readers.encoding import decode_name, readable_name
from migrator.snapshot.sources import Source, copy, nameless, view

MAX_UNPACKED = 4 << 30  # bytes that all archives of one input may unpack to
MAX_MEMBERS = 50_000  # files that they may hold
MAX_LEVELS = 2  # an archive, and the archives in it
# A dump shrinks to a tenth or a fiftieth. What shrinks more, and is large, was made to fill a memory.
MAX_RATIO = 250
RATIO_COUNTS_FROM = 256 << 20

Form = Literal["zip", "gzip", "tar"]

# What the standard library raises on archives that are damaged, or made to be.
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
)
_HEAD = 512
_OTHER_ARCHIVES = (b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")  # bzip2, xz, 7-Zip, RAR, zstd
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # documents before 2007, and newer ones behind a password
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_DOCUMENT_PARTS = ("[Content_Types].xml", "mimetype")  # of Office and of OpenDocument, which are zip files as well
_ENCRYPTED, _NAME_IS_UTF8 = 0x1, 0x800  # flags of a member of a zip file
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


@contextmanager
def reading(error: InputError) -> Iterator[None]:
    """Raise ``error`` for what a damaged archive makes the standard library raise; trouble of a disk stays itself."""
    try:
        yield
    except _DAMAGED:
        raise error from None
    except OSError as problem:
        # gzip and bz2 raise it without a number; offsets of a zip file that lead nowhere are an invalid argument.
        if problem.errno not in (None, errno.EINVAL):
            raise
        raise error from None


def check_plain(content: bytes) -> None:
    """Refuse the content of a file that is an archive or a document, which none of the readers took.

    Raises:
        InputError: ``input_archive_form`` for a form of archive that is not read, ``input_archive_nested`` for one that
            lies too deep, ``input_document_encrypted``, ``input_document`` for documents of Office.
    """
    if content.startswith(_OTHER_ARCHIVES):
        raise InputError("input_archive_form")
    if content.startswith(_COMPOUND_FILE):
        raise InputError("input_document_encrypted" if _ENCRYPTED_PACKAGE in content else "input_document")
    form = _form_of(content[:_HEAD])
    if form == "zip" and any(part.encode() in content for part in _DOCUMENT_PARTS):
        raise InputError("input_document")
    if form is not None:
        raise InputError("input_archive_nested")


def _form_of(head: bytes) -> Form | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "tar" if head[257:262] == b"ustar" else None


class Unpacker:
    """Takes the archives of one input apart. ``stack`` closes them when the input has been read."""

    def __init__(self, stack: ExitStack, progress: Progress) -> None:
        self._stack = stack
        self._progress = progress
        self._unpacked = 0  # bytes of the archives before the one in work
        self._members = 0

    def unpack(self, source: Source, level: int = 1) -> list[Source]:
        """The members of ``source`` where it is an archive, otherwise itself.

        Args:
            level: how deep the archive lies; below ``MAX_LEVELS`` none is looked for.

        Raises:
            InputError: of opening it, or ``input_archive_`` with ``unsafe``, ``too_large``, ``bomb``, ``empty``,
                ``encrypted``, ``damaged``. What is wrong with an archive in the archive, its source raises when opened.
        """
        if level > MAX_LEVELS:
            return [source]
        with reading(InputError("input_member_damaged")), source.open() as stream:
            form = _form_of(stream.read(_HEAD))
        if form is None:
            return [source]
        with reading(InputError("input_archive_damaged")):
            if form == "zip":
                return self._unzip(source, level)
            return self._gunzip(source, level) if form == "gzip" else self._untar(source, self._file(source), level)

    def _file(self, source: Source) -> BinaryIO:
        """The archive as a file in which one can go back and forth, which a member of another archive is not."""
        stream = self._stack.enter_context(source.open())
        try:
            stream.fileno()
        except (OSError, AttributeError):
            return self._spooled(source, stream)
        return stream

    def _spooled(self, source: Source, stream: BinaryIO, packed: Callable[[], int] | None = None) -> BinaryIO:
        spool = self._stack.enter_context(nameless())

        def check(size: int) -> None:
            self._progress.unpacking(source.name, size)
            self._check_total(size)
            if packed is not None:
                _check_ratio(size, packed())

        copy(stream, spool, check)
        self._unpacked += os.fstat(spool.fileno()).st_size
        return spool

    def _check_total(self, size: int) -> None:
        if self._unpacked + size > MAX_UNPACKED or self._members > MAX_MEMBERS:
            raise InputError("input_archive_too_large", limit=MAX_UNPACKED >> 20, members=MAX_MEMBERS)

    def _gunzip(self, source: Source, level: int) -> list[Source]:
        with source.open() as stream, gzip.GzipFile(fileobj=stream) as unpacked:
            spool = self._spooled(source, cast("BinaryIO", unpacked), stream.tell)
        form = _form_of(spool.read(_HEAD))
        spool.seek(0)
        if form == "tar":
            return self._untar(source, spool, level)
        size = os.fstat(spool.fileno()).st_size
        alone = source._replace(name=source.name.removesuffix(".gz"), open=partial(view, spool), size=size)
        return self.unpack(alone, level + 1)

    def _untar(self, source: Source, stream: BinaryIO, level: int) -> list[Source]:
        archive = self._stack.enter_context(tarfile.TarFile(fileobj=stream))
        members = []
        for member in archive:  # reads on only as far as the limits allow
            self._members += 1
            self._check_total(member.size)
            members.append(member)
        stream.seek(archive.offset)
        if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # the library takes any fault for the end
            raise tarfile.ReadError
        return self._expanded(source, _tar_members(source, archive, members), level)

    def _unzip(self, source: Source, level: int) -> list[Source]:
        archive = self._stack.enter_context(zipfile.ZipFile(self._file(source)))
        members = archive.infolist()
        if any(name in archive.NameToInfo for name in _DOCUMENT_PARTS):
            return [source]
        size = sum(m.file_size for m in members)
        self._members += len(members)
        self._check_total(size)
        _check_ratio(size, sum(m.compress_size for m in members))
        self._unpacked += size
        return self._expanded(source, _zip_members(source, archive, members), level)

    def _expanded(self, source: Source, members: Iterable[Source], level: int) -> list[Source]:
        """The members, archives among them replaced by their own; of several with one name the last, as tools do."""
        by_name = {member.name: member for member in members}
        if not by_name:
            raise InputError("input_archive_empty")
        found: list[Source] = []
        for member in by_name.values():
            try:
                found += self.unpack(member, level + 1)
            except InputError as error:
                found.append(member._replace(open=_raising(error)))
        return found


def _raising(error: InputError) -> Callable[[], BinaryIO]:
    def fail() -> BinaryIO:
        raise error

    return fail


def _check_ratio(size: int, packed: int) -> None:
    if size > RATIO_COUNTS_FROM and size > MAX_RATIO * max(packed, 1):
        raise InputError("input_archive_bomb", ratio=size // max(packed, 1))


def _zip_members(source: Source, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[Source]:
    files = [m for m in members if not m.is_dir()]
    if files and all(m.flag_bits & _ENCRYPTED for m in files):
        raise InputError("input_archive_encrypted")
    for member in members:
        name = _checked_name(_zip_name(member), stat.S_ISLNK(member.external_attr >> 16))
        if member.is_dir() or not _visible(name):
            continue
        opener = _member_opener(partial(archive.open, member))
        if member.flag_bits & _ENCRYPTED:
            opener = _raising(InputError("input_member_encrypted"))
        yield Source(f"{source.name}/{name}", opener, size=member.file_size)


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Tools on Chinese Windows write names in GBK without saying so, and the library takes them for code page 437."""
    if member.flag_bits & _NAME_IS_UTF8:
        return member.filename
    return decode_name(member.orig_filename.partition("\0")[0].encode("cp437"))


def _tar_members(source: Source, archive: tarfile.TarFile, members: list[tarfile.TarInfo]) -> Iterator[Source]:
    for member in members:
        is_plain = (member.isfile() and not member.issparse()) or member.isdir()
        name = _checked_name(readable_name(member.name), not is_plain)
        if member.isfile() and _visible(name):
            opener = _member_opener(partial(archive.extractfile, member))
            yield Source(f"{source.name}/{name}", opener, size=member.size)


def _member_opener(take: Callable[[], object]) -> Callable[[], BinaryIO]:
    def read() -> BinaryIO:
        with reading(InputError("input_member_damaged")):
            try:
                return cast("BinaryIO", take())
            except NotImplementedError:  # a RuntimeError as well
                raise InputError("input_member_method") from None

    return read


def _checked_name(name: str, is_link: bool) -> str:
    parts = name.replace("\\", "/").split("/")
    if is_link or name.startswith(("/", "\\")) or ".." in parts or _DRIVE.match(name):
        raise InputError("input_archive_unsafe", member=name[:200])
    return "/".join(p for p in parts if p not in ("", "."))


def _visible(name: str) -> bool:
    return not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))

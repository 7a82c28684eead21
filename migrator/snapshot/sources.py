"""Where a dump comes from: files, folders, archives and standard input, as named streams.

Names are relative, with ``/``, and stripped of the folder that all have in common, so that a folder, an archive of it
and its loose files give the same names. An archive is unpacked into nothing but temporary files that have no name; one
with an absolute path, ``..`` or a link is refused as a whole, as is one that grows beyond the limits.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, cast

from migrator.errors import InputError
from migrator.snapshot.progress import Progress

MAX_FILE = 1 << 30  # bytes of one file; a dump of the largest clusters has a quarter of it
MAX_UNPACKED = 4 << 30  # bytes of all members of one archive
MAX_MEMBERS = 50_000
_COPY = 1 << 20
_OTHER_ARCHIVES = (b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")  # bzip2, xz, 7-Zip, RAR, zstd
DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    EOFError,
    zlib.error,
    NotImplementedError,
    RuntimeError,
)


class Source(NamedTuple):
    """One named stream. ``explicit``: a person named this very file, so it must be readable."""

    name: str
    open: Callable[[], BinaryIO]
    explicit: bool = False
    typed: str = ""  # as the person wrote it, for messages
    size: int | None = None  # bytes, where they are known before the file is opened

    @property
    def shown(self) -> str:
        return self.typed or self.name


def find_sources(paths: Sequence[Path | str], stdin: BinaryIO | None = None) -> list[Source]:
    """The sources of the given paths; folders recursively, hidden entries left out, ``-`` for standard input.

    A path that is missing, empty or not allowed gives a source whose ``open`` raises the ``InputError`` that says so.
    """
    sources: dict[str, Source] = {}
    for path in paths:
        if str(path) == "-":
            found: Iterable[Source] = [_standard_input(stdin)]
        else:
            found = _of_path(Path(path))
        for source in found:
            sources.setdefault(source.name, source)
    return list(sources.values())


def _standard_input(stdin: BinaryIO | None) -> Source:
    def take() -> BinaryIO:
        if stdin is None:
            raise InputError("input_no_stdin", file="-")
        return stdin

    return Source("-", _spooling(take, "-"), explicit=True)


def _spooling(take: Callable[[], BinaryIO], name: str) -> Callable[[], BinaryIO]:
    """What ``take`` gives can be read once only: it goes to a temporary file, of which every ``open`` is a view."""
    spools: list[BinaryIO] = []

    def read() -> BinaryIO:
        if not spools:
            spool = _nameless()  # lives as long as the source
            _copy(take(), spool, MAX_FILE, name)
            spools.append(spool)
        return _view(spools[0])

    return read


def _nameless() -> BinaryIO:
    """A file of our own in memory: what is unpacked may hold credentials, which must not reach a disk.

    Where the system knows no such files (any but Linux) it is a temporary file that nobody can open by a name.
    """
    if (create := getattr(os, "memfd_create", None)) is not None:
        return os.fdopen(create("migrator"), "w+b")
    return cast("BinaryIO", tempfile.TemporaryFile())


def _view(spool: BinaryIO) -> BinaryIO:
    """The same file once more, from its beginning; closing the view leaves the file open."""
    view = os.fdopen(os.dup(spool.fileno()), "rb")
    view.seek(0)
    return view


def _of_path(path: Path) -> Iterator[Source]:
    name = Path(os.path.abspath(path)).as_posix()  # without resolving links: the person's own names are kept
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        yield _failing(name, InputError("input_missing", file=str(path)))
        return
    except OSError as error:
        yield _failing(name, InputError("input_unreadable", file=str(path), problem=error.strerror or "error"))
        return
    if not stat.S_ISDIR(mode):
        yield Source(name, _opener(path, mode), explicit=True, typed=str(path))
        return
    count = 0
    for source in _walk(path, name):
        count += 1
        yield source
    if not count:
        yield _failing(name, InputError("input_folder_empty", file=str(path)))


def _walk(top: Path, name: str) -> Iterator[Source]:
    refused: list[OSError] = []
    for folder, folders, files in os.walk(top, onerror=refused.append):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        linked = [f for f in folders if Path(folder, f).is_symlink()]  # not followed: it may lead anywhere
        below = Path(folder).relative_to(top).as_posix()
        prefix = name if below == "." else f"{name}/{below}"
        for link in linked:
            is_link = InputError("input_linked_folder")
            yield _failing(f"{prefix}/{link}", is_link)._replace(explicit=False)
        for file in sorted(files):
            path = Path(folder, file)
            # Sockets and pipes are no dumps, and opening a pipe would wait for ever.
            if not file.startswith(".") and (path.is_file() or path.is_symlink()):
                yield Source(f"{prefix}/{file}", _opener(path, 0))
    for error in refused:
        where = Path(str(error.filename or top))
        place = Path(os.path.abspath(where)).as_posix()
        yield _failing(place, InputError("input_unreadable", file=str(where), problem=error.strerror or "error"))


def _failing(name: str, error: InputError) -> Source:
    def fail() -> BinaryIO:
        raise error

    return Source(name, fail, explicit=True)


def _opener(path: Path, mode: int) -> Callable[[], BinaryIO]:
    def read() -> BinaryIO:
        try:
            return path.open("rb")
        except FileNotFoundError:
            raise InputError("input_missing", file=path.name) from None
        except OSError as error:
            raise InputError("input_unreadable", file=path.name, problem=error.strerror or "error") from None

    # /dev/stdin and <(command) are pipes and cannot be rewound.
    return _spooling(read, path.name) if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) else read


def unpack(source: Source, stack: ExitStack, progress: Progress) -> list[Source]:
    """The members of ``source`` where it is a tar, tar.gz, gz or zip, otherwise itself. ``stack`` closes the archive.

    Raises:
        InputError: of opening it, or ``input_archive_unsafe``, ``input_archive_too_large``, ``input_archive_damaged``.
    """
    stream = stack.enter_context(source.open())
    form = _form(stream)
    if form is None:
        stream.close()
        return [source]
    try:
        if form == "zip":
            return _some(source, list(_zip_members(source, stack.enter_context(zipfile.ZipFile(stream)))))
        if form == "gzip":
            stream = _inflate(source, stream, stack, progress)
            if _form(stream) != "tar":
                size = os.fstat(stream.fileno()).st_size
                return [source._replace(name=source.name.removesuffix(".gz"), open=partial(_view, stream), size=size)]
        return _some(source, list(_tar_members(source, stack.enter_context(tarfile.open(fileobj=stream, mode="r:")))))
    except DAMAGED:
        raise InputError("input_archive_damaged", file=source.shown) from None


def _some(source: Source, members: list[Source]) -> list[Source]:
    if not members:
        raise InputError("input_archive_empty", file=source.shown)
    return members


def check_plain(head: bytes) -> None:
    """Refuse the content of a file that begins as an archive which is not unpacked.

    Raises:
        InputError: ``input_archive_form`` for another form of archive, ``input_archive_nested`` for one in an archive.
    """
    if head.startswith(_OTHER_ARCHIVES):
        raise InputError("input_archive_form")
    if _form_of(head) is not None:
        raise InputError("input_archive_nested")


def _form(stream: BinaryIO) -> Literal["zip", "gzip", "tar"] | None:
    head = stream.read(512)
    stream.seek(0)
    return _form_of(head)


def _form_of(head: bytes) -> Literal["zip", "gzip", "tar"] | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "tar" if head[257:262] == b"ustar" else None


def _inflate(source: Source, stream: BinaryIO, stack: ExitStack, progress: Progress) -> BinaryIO:
    spool = stack.enter_context(_nameless())
    with gzip.GzipFile(fileobj=stream) as unpacked:
        _copy(cast("BinaryIO", unpacked), spool, MAX_UNPACKED, source.name, partial(progress.unpacking, source.name))
    return spool


def _copy(
    source: BinaryIO, target: BinaryIO, limit: int, name: str, tell: Callable[[int], None] = lambda size: None
) -> None:
    size = 0
    while block := source.read(_COPY):
        size += len(block)
        if size > limit:
            raise InputError("input_archive_too_large", file=name, limit=limit >> 20)
        target.write(block)
        tell(size)
    target.seek(0)


def _zip_members(source: Source, archive: zipfile.ZipFile) -> Iterator[Source]:
    members = archive.infolist()
    _check_size(source, len(members), (m.file_size for m in members))
    for member in members:
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        name = _checked_name(source, member.filename, is_link)
        if not member.is_dir() and _visible(name):
            opener = _member_opener(partial(archive.open, member))
            yield Source(f"{source.name}/{name}", opener, size=member.file_size)


def _tar_members(source: Source, archive: tarfile.TarFile) -> Iterator[Source]:
    members = []
    for member in archive:
        members.append(member)
        _check_size(source, len(members), (member.size,))
    for member in members:
        is_plain = (member.isfile() and not member.issparse()) or member.isdir()
        name = _checked_name(source, member.name, not is_plain)
        if member.isfile() and _visible(name):
            opener = _member_opener(partial(archive.extractfile, member))
            yield Source(f"{source.name}/{name}", opener, size=member.size)


def _member_opener(take: Callable[[], object]) -> Callable[[], BinaryIO]:
    def read() -> BinaryIO:
        try:
            return cast("BinaryIO", take())
        except DAMAGED:
            raise InputError("input_member_damaged") from None

    return read


def _check_size(source: Source, count: int, sizes: Iterable[int]) -> None:
    if count > MAX_MEMBERS or sum(sizes) > MAX_UNPACKED:
        raise InputError("input_archive_too_large", file=source.name, limit=MAX_UNPACKED >> 20)


def _checked_name(source: Source, name: str, is_link: bool) -> str:
    parts = name.replace("\\", "/").split("/")
    if is_link or name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":"):
        raise InputError("input_archive_unsafe", file=source.name, member=name[:200])
    return "/".join(p for p in parts if p not in ("", "."))


def _visible(name: str) -> bool:
    return not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _common(folders: list[list[str]]) -> int:
    """How many leading parts all have in common."""
    count = 0
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        count += 1
    return count


def strip_common_folder(sources: Iterable[Source]) -> list[Source]:
    """The sources with the folder that all their names share taken off, sorted by name."""
    found = list(sources)
    split = [s.name.split("/") for s in found]
    shared = _common([parts[:-1] for parts in split])
    named = [s._replace(name="/".join(parts[shared:])) for s, parts in zip(found, split, strict=True)]
    return sorted(named, key=lambda s: s.name)

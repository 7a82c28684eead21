"""Where a dump comes from: files, folders and standard input, as named streams; archives are taken apart next door.

Names are relative, with ``/``, and stripped of the folder that all have in common, so that a folder, an archive of it
and its loose files give the same names.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from migrator.errors import InputError
from migrator.snapshot.readers.encoding import readable_name

MAX_FILE = 1 << 30  # bytes of one file; a dump of the largest clusters has a quarter of it
_COPY = 1 << 20


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
            spool = nameless()  # lives as long as the source
            copy(take(), spool, _most(MAX_FILE, name))
            spools.append(spool)
        return view(spools[0])

    return read


def nameless() -> BinaryIO:
    """A file of our own in memory: what is unpacked may hold credentials, which must not reach a disk.

    Where the system knows no such files (any but Linux) it is a temporary file that nobody can open by a name.
    """
    if (create := getattr(os, "memfd_create", None)) is not None:
        return os.fdopen(create("migrator"), "w+b")
    return cast("BinaryIO", tempfile.TemporaryFile())


def view(spool: BinaryIO) -> BinaryIO:
    """The same file once more, from its beginning; closing the view leaves the file open."""
    again = os.fdopen(os.dup(spool.fileno()), "rb")
    again.seek(0)
    return again


def copy(source: BinaryIO, target: BinaryIO, check: Callable[[int], None]) -> None:
    """Write ``source`` to ``target``, and go back to its beginning. ``check`` is told the bytes up to each block."""
    size = 0
    while block := source.read(_COPY):
        size += len(block)
        check(size)
        target.write(block)
    target.seek(0)


def _most(limit: int, name: str) -> Callable[[int], None]:
    def check(size: int) -> None:
        if size > limit:
            raise InputError("input_file_too_large", file=name, limit=limit >> 20)

    return check


def _of_path(path: Path) -> Iterator[Source]:
    name, typed = _full_name(path), readable_name(str(path))
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        yield _failing(name, InputError("input_missing", file=typed))
        return
    except OSError as error:
        yield _failing(name, InputError("input_unreadable", file=typed, problem=error.strerror or "error"))
        return
    if not stat.S_ISDIR(mode):
        yield Source(name, _opener(path, mode), explicit=True, typed=typed)
        return
    count = 0
    for source in _walk(path, name):
        count += 1
        yield source
    if not count:
        yield _failing(name, InputError("input_folder_empty", file=typed))


def _walk(top: Path, name: str) -> Iterator[Source]:
    refused: list[OSError] = []
    for folder, folders, files in os.walk(top, onerror=refused.append):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        linked = [f for f in folders if Path(folder, f).is_symlink()]  # not followed: it may lead anywhere
        below = readable_name(Path(folder).relative_to(top).as_posix())
        prefix = name if below == "." else f"{name}/{below}"
        for link in linked:
            is_link = InputError("input_linked_folder")
            yield _failing(f"{prefix}/{readable_name(link)}", is_link)._replace(explicit=False)
        for file in sorted(files):
            path = Path(folder, file)
            # Sockets and pipes are no dumps, and opening a pipe would wait for ever.
            if not file.startswith(".") and (path.is_file() or path.is_symlink()):
                size = path.stat().st_size if path.is_file() else None
                yield Source(f"{prefix}/{readable_name(file)}", _opener(path, 0), size=size)
    for error in refused:
        where = Path(str(error.filename or top))
        told = {"file": readable_name(str(where)), "problem": error.strerror or "error"}
        yield _failing(_full_name(where), InputError("input_unreadable", **told))


def _full_name(path: Path) -> str:
    """Absolute, without resolving links: the person's own names are kept."""
    return readable_name(Path(os.path.abspath(path)).as_posix())


def _failing(name: str, error: InputError) -> Source:
    def fail() -> BinaryIO:
        raise error

    return Source(name, fail, explicit=True)


def _opener(path: Path, mode: int) -> Callable[[], BinaryIO]:
    name = readable_name(path.name)

    def read() -> BinaryIO:
        try:
            return path.open("rb")
        except FileNotFoundError:
            raise InputError("input_missing", file=name) from None
        except OSError as error:
            raise InputError("input_unreadable", file=name, problem=error.strerror or "error") from None

    # /dev/stdin and <(command) are pipes and cannot be rewound.
    return _spooling(read, name) if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) else read


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

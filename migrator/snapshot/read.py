"""From input to snapshot: the two entrances of this package.

One file is read at a time and let go before the next. What could not be read stands in ``Snapshot.inputs``; an error is
raised only where nothing at all could be read.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from migrator.errors import InputError
from migrator.memory import without_cyclic_collection
from migrator.snapshot import backups
from migrator.snapshot.archives import Unpacker, check_plain, reading
from migrator.snapshot.build import PLATFORM_NAMESPACES, Builder
from migrator.snapshot.model import InputReport, Snapshot
from migrator.snapshot.progress import FoundFile, Progress
from migrator.snapshot.readers import (
    Changed,
    Covered,
    Entered,
    Event,
    Expected,
    Format,
    Found,
    Looked,
    Problem,
    Refused,
    Told,
    audit,
    cce_api,
    helm,
    pod_logs,
    watch,
)
from migrator.snapshot.readers.collection import COLLECTION
from migrator.snapshot.readers.encoding import to_utf8
from migrator.snapshot.readers.filenames import kinds_of_file
from migrator.snapshot.readers.kubernetes import begins_as_dump, looks_like_dump, read_objects
from migrator.snapshot.readers.metrics import METRICS
from migrator.snapshot.readers.node_facts import NODE_FACTS, NODE_PROCESS
from migrator.snapshot.readers.spreadsheet import CSV, WORKBOOK
from migrator.snapshot.readers.velero import VELERO_BACKUP
from migrator.snapshot.reports import NAMED, REMARKS, failed, is_planned, nothing_read, report, with_remarks
from migrator.snapshot.sheets.rows import sheets_of
from migrator.snapshot.sources import MAX_FILE, Source, find_sources, strip_common_folder

_BLANK = re.compile(rb"\s*")
_BLOCK = 1 << 24
_OBJECTS_BETWEEN_WORDS = 256  # of progress
_SILENT = Progress()
_DUMP_SUFFIXES = (".json", ".yaml", ".yml")
# In a folder these are documents about a dump, also where they show an object as an example.
_PAGE_SUFFIXES = (".md", ".markdown", ".html", ".htm")
# What a folder may hold beside the dump.
_FOREIGN = frozenset(("input_not_a_dump", "input_linked_folder", "input_archive_form", "input_document"))
# Asked in this order; what none of them recognises is read as objects.
FORMATS: tuple[Format, ...] = (
    pod_logs.POD_LOGS,
    COLLECTION,
    VELERO_BACKUP,
    METRICS,
    WORKBOOK,
    NODE_PROCESS,
    NODE_FACTS,
    CSV,
)
# Said of the first file that gives reason to it, and true of the whole input.
_SAID_ONCE = frozenset(("input_cluster_info_dump",))


class _Run(NamedTuple):
    """What the files of one input are read into, who is told of it, and the remarks that need no second word."""

    builder: Builder
    progress: Progress
    said: set[str]


def read_paths(
    paths: Sequence[Path | str],
    stdin: BinaryIO | None = None,
    progress: Progress = _SILENT,
    platform_namespaces: Iterable[str] = PLATFORM_NAMESPACES,
) -> Snapshot:
    """The snapshot of files, folders (recursively), archives and ``-``.

    Raises:
        InputError: nothing could be read; see ``read_sources``.
    """
    return read_sources(find_sources(paths, stdin), progress, platform_namespaces)


def read_sources(
    sources: Iterable[Source],
    progress: Progress = _SILENT,
    platform_namespaces: Iterable[str] = PLATFORM_NAMESPACES,
) -> Snapshot:
    """The snapshot of named streams, archives among them unpacked.

    Raises:
        InputError: nothing could be read: ``input_missing``, ``input_unreadable``, ``input_empty``,
            ``input_not_a_dump`` or whatever was wrong with the only file.
    """
    builder = Builder(platform_namespaces)
    run = _Run(builder, progress, set())
    reports: list[InputReport] = []
    with ExitStack() as stack, without_cyclic_collection():
        members = strip_common_folder(_unpacked(sources, stack, progress))
        progress.found([FoundFile(m.name, m.size) for m in members])
        copies = backups.copies(members)
        for source in members:
            progress.started(source.name)
            copy = InputReport(file=source.name, format="velero_copy")
            reports.append(copy if source.name in copies else _read(source, run))
            progress.ended(reports[-1])
        if not any(r.status in ("read", "partial") for r in reports):
            raise nothing_read(reports)
        backups.cover(builder, reports)
        return builder.snapshot(with_remarks(reports, builder))


def require_objects(snapshot: Snapshot) -> Snapshot:
    """The snapshot itself, where it holds at least one object or fact: an empty cluster cannot be assessed or planned.

    Raises:
        InputError: ``input_no_objects`` with the names of the files that were read.
    """
    if not (snapshot.objects or any(sheet.rows for sheet in sheets_of(snapshot))):
        raise InputError("input_no_objects", files=[r.file for r in snapshot.inputs][:NAMED])
    return snapshot


def _unpacked(sources: Iterable[Source], stack: ExitStack, progress: Progress) -> Iterator[Source]:
    unpacker = Unpacker(stack, progress)
    for source in sources:
        try:
            yield from unpacker.unpack(source)
        except InputError as error:
            yield source._replace(open=_raising(error))
        except OSError as error:
            yield source._replace(open=_raising(InputError("input_unreadable", problem=error.strerror or "error")))


def _raising(error: InputError) -> Callable[[], BinaryIO]:
    def fail() -> BinaryIO:
        raise error

    return fail


def _read(source: Source, run: _Run) -> InputReport:
    if not source.explicit and source.name.lower().endswith(_PAGE_SUFFIXES):
        return failed(source, "input_not_a_dump", {}, "not_recognised")
    try:
        content = _content(source)
        if (form := _format_of(content, source.name, binary=True)) is not None:
            return _of_format(source, form, _take(source, form.read(content, source.name), run))
        check_plain(content)
        decoded = to_utf8(content)
        del content  # of a file in another encoding; what is read on is held once
    except InputError as error:
        foreign = error.code in _FOREIGN and not source.explicit
        return failed(source, error.code, error.values, "not_recognised" if foreign else "unreadable")
    except OSError as error:
        return failed(source, "input_unreadable", {"problem": error.strerror or "error"}, "unreadable")
    data = decoded.data
    if _BLANK.fullmatch(data):
        status = "unreadable" if source.explicit or source.name.endswith(_DUMP_SUFFIXES) else "not_recognised"
        return failed(source, "input_file_empty", {}, status)
    recoded = [Problem("input_recoded", {"encoding": decoded.encoding})] if decoded.encoding else []
    if (form := _format_of(data, source.name, binary=False)) is not None:
        taken = _take(source, form.read(data, source.name), run)
        return _of_format(source, form, taken._replace(problems=recoded + taken.problems))
    taken = _take(source, read_objects(data), run)
    if taken.form:
        return report(source, taken.objects, taken.facts, taken.form, recoded + taken.problems)
    return _nothing_recognised(source, data, taken.problems)


def _of_format(source: Source, form: Format, taken: _Taken) -> InputReport:
    """The report of a file that a format reads; one that only looks like its files is as strange as any other."""
    if not (taken.objects or taken.facts) and taken.problems and all(p.foreign for p in taken.problems):
        first = taken.problems[0]
        return failed(source, first.code, first.values, "unreadable" if source.explicit else "not_recognised")
    return report(source, taken.objects, taken.facts, form.name, taken.problems)


def _format_of(content: bytes, name: str, *, binary: bool) -> Format | None:
    return next((f for f in FORMATS if f.binary is binary and f.recognises(content, name)), None)


def _content(source: Source) -> bytes:
    with source.open() as stream, reading(InputError("input_member_damaged")):
        data = stream.read(_size(stream, source.size) + 1)
        if rest := stream.read(MAX_FILE + 1 - len(data)):
            data += rest
    if len(data) > MAX_FILE:
        raise InputError("input_file_too_large", limit=MAX_FILE >> 20)
    return data


def _size(stream: BinaryIO, told: int | None) -> int:
    """How much to read at once: the size of the file, so that its bytes are held once only, or a guess."""
    try:
        size = os.fstat(stream.fileno()).st_size
    except (OSError, AttributeError):
        size = _BLOCK if told is None else told
    return min(size, MAX_FILE)


class _Taken(NamedTuple):
    """What one file gave: objects or rows of tables, other facts, the form of the objects (empty for none), faults."""

    objects: int
    facts: int
    form: str
    problems: list[Problem]


def _take(source: Source, events: Iterator[Event], run: _Run) -> _Taken:
    """Give every event of one file to the builder; how many objects have gone by is told now and then."""
    forms: Counter[str] = Counter()
    problems: list[Problem] = []
    states = watch.States()
    objects = told = rows = expected = 0
    for event in chain(events, states):
        if audit.is_object(event):
            objects += 1
            forms[_form_of(event)] += 1
            if found_wrong := _add(event, source.name, run.builder):
                problems += found_wrong
            if not objects % _OBJECTS_BETWEEN_WORDS:
                run.progress.advanced(source.name, objects, expected)
        elif isinstance(event, Changed):
            states.take(event)
        elif isinstance(event, Expected):
            expected += event.objects
        elif isinstance(event, Problem):
            problems += _not_yet_said(event, run)
        else:
            told += isinstance(event, Told | Found)
            rows += isinstance(event, Entered) and event.counts
            _tell(event, source.name, run.builder)
            if isinstance(event, Looked | Found):
                forms[_form_of(event)] += 0
    if forms and not objects + rows and all(p.code in REMARKS for p in problems):
        _look_by_name(source, run.builder)
    main_form = max(sorted(forms), key=lambda f: forms[f]) if forms else ""
    return _Taken(objects + rows, told, main_form, problems)


def _look_by_name(source: Source, builder: Builder) -> None:
    for kind in kinds_of_file(source.name):
        builder.look(kind)


def _not_yet_said(problem: Problem, run: _Run) -> list[Problem]:
    if problem == pod_logs.REMARK:
        for kind in pod_logs.NOT_IN_DUMP:
            run.builder.refuse(kind)
    if problem.code in run.said:
        return []
    run.said.update({problem.code} & _SAID_ONCE)
    return [problem]


def _form_of(event: Found | Looked) -> str:
    if isinstance(event, Found) and not audit.is_object(event):
        return "audit"
    return "cce_api" if event.api_version in cce_api.API_VERSIONS else "kubernetes"


def _tell(event: Looked | Told | Entered | Covered | Refused | Found, file: str, builder: Builder) -> None:
    """Give the builder what is no object of the cluster."""
    if isinstance(event, Found):
        for use in audit.told(event, file):
            builder.take(use)
    elif not isinstance(event, Looked):
        builder.take(event)
    elif event.kind:
        builder.look(event)


def _add(found: Found, file: str, builder: Builder) -> list[Problem] | None:
    """Give one object to the builder; what was wrong with it."""
    ref = builder.add(found, file)
    problems = builder.add_helm_record(found, file) if found.kind in helm.KINDS else None
    if not ref.name and is_planned(ref):
        nameless = Problem("input_no_name", {"document": found.document, "kind": found.kind})
        problems = [*(problems or ()), nameless]
    return problems


def _nothing_recognised(source: Source, data: bytes, problems: list[Problem]) -> InputReport:
    """No object at all: a broken dump, or a file that was never meant as one."""
    broken = next((p for p in problems if not p.foreign and p.code not in REMARKS), None)
    meant = source.explicit or source.name.lower().endswith(_DUMP_SUFFIXES) or begins_as_dump(data)
    if meant and broken is not None and (broken.code == "input_internal_form" or looks_like_dump(data)):
        return failed(source, broken.code, broken.values, "unreadable")
    kubeconfig = next((p.code for p in problems if p.code == "input_kubeconfig"), "input_not_a_dump")
    return failed(source, kubeconfig, {}, "unreadable" if source.explicit else "not_recognised")

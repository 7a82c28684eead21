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
from pathlib import Path
from typing import BinaryIO, NamedTuple

from msgspec.structs import replace

from migrator.errors import InputError
from migrator.memory import without_cyclic_collection
from migrator.snapshot.archives import Unpacker, check_plain, reading
from migrator.snapshot.build import PLATFORM_NAMESPACES, Builder, is_cluster
from migrator.snapshot.model import InputProblem, InputReport, ObjectRef, Snapshot
from migrator.snapshot.progress import FoundFile, Progress
from migrator.snapshot.readers import (
    Covered,
    Event,
    Expected,
    Format,
    Found,
    Looked,
    Problem,
    Refused,
    Told,
    cce_api,
    helm,
)
from migrator.snapshot.readers.collection import COLLECTION
from migrator.snapshot.readers.encoding import to_utf8
from migrator.snapshot.readers.filenames import kinds_of_file
from migrator.snapshot.readers.kubernetes import begins_as_dump, looks_like_dump, read_objects
from migrator.snapshot.readers.metrics import METRICS
from migrator.snapshot.readers.node_facts import NODE_FACTS, NODE_PROCESS
from migrator.snapshot.sources import MAX_FILE, Source, find_sources, strip_common_folder
from migrator.snapshot.workloads import GROUPS

_BLANK = re.compile(rb"\s*")
_BLOCK = 1 << 24
_FILES_NAMED = 5
_OBJECTS_BETWEEN_WORDS = 256  # of progress
_SILENT = Progress()
_PROBLEMS_KEPT = 100
_DUMP_SUFFIXES = (".json", ".yaml", ".yml")
# In a folder these are documents about a dump, also where they show an object as an example.
_PAGE_SUFFIXES = (".md", ".markdown", ".html", ".htm")
# Kinds whose facts are planned by name: an object of them without a name is a fault of the input.
_MUST_BE_NAMED = frozenset(
    (
        *(k for k in GROUPS if k != "Pod"),
        *("Service", "Ingress", "PersistentVolume", "PersistentVolumeClaim", "StorageClass"),
        *("Namespace", "ConfigMap", "Secret", "Node"),
    )
)
_GROUPS_OF_NAMED = frozenset(("", "apps", "batch", "extensions", "networking.k8s.io", "storage.k8s.io"))
# What a folder may hold beside the dump.
_FOREIGN = frozenset(("input_not_a_dump", "input_linked_folder", "input_archive_form", "input_document"))
# Asked in this order; what none of them recognises is read as objects.
FORMATS: tuple[Format, ...] = (COLLECTION, METRICS, NODE_PROCESS, NODE_FACTS)
# Of these nothing was left out: they are told, and the file still counts as read.
_REMARKS = frozenset(
    (
        *("input_duplicate_key", "input_several_clusters", "input_recoded"),
        *("input_node_unknown", "input_node_file_unreadable"),
        *("input_json_mended", "input_not_a_number"),
        *("input_collect_refused", "input_collect_partial", "input_collect_failed", "input_collect_node"),
    )
)


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
    reports: list[InputReport] = []
    with ExitStack() as stack, without_cyclic_collection():
        members = strip_common_folder(_unpacked(sources, stack, progress))
        progress.found([FoundFile(m.name, m.size) for m in members])
        for source in members:
            progress.started(source.name)
            reports.append(_read(source, builder, progress))
            progress.ended(reports[-1])
        if not any(r.status in ("read", "partial") for r in reports):
            raise _nothing_read(reports)
        return builder.snapshot(_remarks_on_all(reports, builder))


def _remarks_on_all(reports: list[InputReport], builder: Builder) -> list[InputReport]:
    """The reports, with what can only be said once every file is read."""
    return _lost(_homeless(_several_clusters(reports, builder), builder), builder)


def _several_clusters(reports: list[InputReport], builder: Builder) -> list[InputReport]:
    """The reports, with a remark at the first file of several that tell of different clusters."""
    clusters = builder.clusters()
    if len(clusters) < 2:
        return reports
    first = min(o.file for o in builder.objects if is_cluster(o.ref))
    values = {"file": first, "clusters": ", ".join(sorted(clusters)[:_FILES_NAMED])}
    remark = InputProblem(code="input_several_clusters", values=values)
    return [_remarked(r, remark) if r.file == first else r for r in reports]


def _homeless(reports: list[InputReport], builder: Builder) -> list[InputReport]:
    """The reports, with a remark at each file of a node that tells of no node."""
    files = builder.homeless_files()
    remarks = {f: InputProblem(code="input_node_unknown", values={"file": f}) for f in files}
    return [_remarked(r, remarks[r.file]) if r.file in remarks else r for r in reports] if remarks else reports


def _lost(reports: list[InputReport], builder: Builder) -> list[InputReport]:
    """The reports, with a problem at a collection of which objects have gone missing since they were counted."""
    found = {r.file: r.objects for r in reports}
    for told in builder.collected:
        objects = sum(found.get(f, 0) for f in told.files)
        if objects < told.count:
            values = {"file": told.collection, "resource": told.resource, "count": told.count, "objects": objects}
            problem = InputProblem(code="input_collect_lost", values=values)
            reports = [
                replace(_remarked(r, problem), status="partial") if r.file == told.collection else r for r in reports
            ]
    return reports


def _remarked(report: InputReport, remark: InputProblem) -> InputReport:
    count = int(report.values.get("problems", 0)) + 1
    told = {"reason": report.reason or remark.code, "values": {**(report.values or remark.values), "problems": count}}
    return replace(report, problems=(remark, *report.problems)[:_PROBLEMS_KEPT], **told)


def require_objects(snapshot: Snapshot) -> Snapshot:
    """The snapshot itself, where it holds at least one object: an empty cluster cannot be assessed or planned.

    Raises:
        InputError: ``input_no_objects`` with the names of the files that were read.
    """
    if not snapshot.objects:
        raise InputError("input_no_objects", files=[r.file for r in snapshot.inputs][:_FILES_NAMED])
    return snapshot


def _unpacked(sources: Iterable[Source], stack: ExitStack, progress: Progress) -> Iterator[Source]:
    unpacker = Unpacker(stack, progress)
    for source in sources:
        try:
            yield from unpacker.unpack(source)
        except InputError as error:
            yield source._replace(open=_raising(error))
        except OSError as error:
            problem = error.strerror or "error"
            yield source._replace(open=_raising(InputError("input_unreadable", file=source.name, problem=problem)))


def _raising(error: InputError) -> Callable[[], BinaryIO]:
    def fail() -> BinaryIO:
        raise error

    return fail


def _read(source: Source, builder: Builder, progress: Progress) -> InputReport:
    if not source.explicit and source.name.lower().endswith(_PAGE_SUFFIXES):
        return _failed(source, "input_not_a_dump", {}, "not_recognised")
    try:
        content = _content(source)
        if (form := _format_of(content, source.name, binary=True)) is not None:
            taken = _take(source, form.read(content, source.name), builder, progress)
            return _report(source, taken, form.name, taken.problems)
        check_plain(content)
        decoded = to_utf8(content)
        del content  # of a file in another encoding; what is read on is held once
    except InputError as error:
        foreign = error.code in _FOREIGN and not source.explicit
        return _failed(source, error.code, error.values, "not_recognised" if foreign else "unreadable")
    except OSError as error:
        return _failed(source, "input_unreadable", {"problem": error.strerror or "error"}, "unreadable")
    data = decoded.data
    if _BLANK.fullmatch(data):
        status = "unreadable" if source.explicit or source.name.endswith(_DUMP_SUFFIXES) else "not_recognised"
        return _failed(source, "input_file_empty", {}, status)
    recoded = [Problem("input_recoded", {"encoding": decoded.encoding})] if decoded.encoding else []
    if (form := _format_of(data, source.name, binary=False)) is not None:
        taken = _take(source, form.read(data, source.name), builder, progress)
        return _report(source, taken, form.name, recoded + taken.problems)
    taken = _take(source, read_objects(data), builder, progress)
    if taken.form:
        return _report(source, taken, taken.form, recoded + taken.problems)
    return _nothing_recognised(source, data, taken.problems)


def _format_of(content: bytes, name: str, *, binary: bool) -> Format | None:
    return next((f for f in FORMATS if f.binary is binary and f.recognises(content, name)), None)


def _content(source: Source) -> bytes:
    with source.open() as stream, reading(InputError("input_member_damaged")):
        data = stream.read(_size(stream, source.size) + 1)
        if rest := stream.read(MAX_FILE + 1 - len(data)):
            data += rest
    if len(data) > MAX_FILE:
        raise InputError("input_file_too_large", file=source.name, limit=MAX_FILE >> 20)
    return data


def _size(stream: BinaryIO, told: int | None) -> int:
    """How much to read at once: the size of the file, so that its bytes are held once only, or a guess."""
    try:
        size = os.fstat(stream.fileno()).st_size
    except (OSError, AttributeError):
        size = _BLOCK if told is None else told
    return min(size, MAX_FILE)


class _Taken(NamedTuple):
    """What one file gave: objects, other facts, the form of the objects (empty for none), what was wrong."""

    objects: int
    facts: int
    form: str
    problems: list[Problem]


def _take(source: Source, events: Iterator[Event], builder: Builder, progress: Progress) -> _Taken:
    """Give every event of one file to the builder."""
    forms: Counter[str] = Counter()
    problems: list[Problem] = []
    told = 0
    for event in _watched(source, events, progress):
        if isinstance(event, Found):
            form, found_wrong = _add(event, source.name, builder)
            forms[form] += 1
            problems += found_wrong
        elif isinstance(event, Looked):
            if event.kind:
                builder.look(event)
            forms["cce_api" if event.api_version in cce_api.API_VERSIONS else "kubernetes"] += 0
        elif isinstance(event, Told):
            builder.tell(event.fact)
            told += 1
        elif isinstance(event, Covered):
            builder.cover(event)
        elif isinstance(event, Refused):
            builder.refuse(event)
        else:
            problems.append(event)
    objects = forms.total()
    if forms and not objects and not problems:
        for kind in kinds_of_file(source.name):
            builder.look(kind)
    main_form = max(sorted(forms), key=lambda f: forms[f]) if forms else ""
    return _Taken(objects, told, main_form, problems)


def _add(found: Found, file: str, builder: Builder) -> tuple[str, list[Problem]]:
    """Give one object to the builder; its form, and what was wrong with it."""
    ref = builder.add(found, file)
    problems = builder.add_helm_record(found, file) if found.kind in helm.KINDS else []
    if not ref.name and _must_be_named(ref):
        problems.append(Problem("input_no_name", {"document": found.document, "kind": found.kind}))
    return "cce_api" if cce_api.is_cce(ref) else "kubernetes", problems


def _watched(
    source: Source, events: Iterator[Event], progress: Progress
) -> Iterator[Found | Looked | Told | Covered | Refused | Problem]:
    """The events themselves; how many objects have gone by is told now and then."""
    objects = expected = 0
    for event in events:
        if isinstance(event, Expected):
            expected += event.objects
            continue
        yield event
        if isinstance(event, Found):
            objects += 1
            if not objects % _OBJECTS_BETWEEN_WORDS:
                progress.advanced(source.name, objects, expected)


def _must_be_named(ref: ObjectRef) -> bool:
    """The CCE API and other groups have kinds of the same names, whose objects need none (a ``v3 Job``)."""
    return ref.kind in _MUST_BE_NAMED and ref.group in _GROUPS_OF_NAMED and not cce_api.is_cce(ref)


def _report(source: Source, taken: _Taken, form: str, problems: list[Problem]) -> InputReport:
    if not problems:
        return InputReport(file=source.name, objects=taken.objects, format=form)
    serious = [p for p in problems if p.code not in _REMARKS]
    first = (serious or problems)[0]
    return InputReport(
        file=source.name,
        objects=taken.objects,
        status="read" if not serious else "partial" if taken.objects or taken.facts else "unreadable",
        format=form,
        reason=first.code,
        values={"file": source.name, **first.values, "problems": len(problems)},
        problems=tuple(
            InputProblem(code=p.code, values={"file": source.name, **p.values}) for p in problems[:_PROBLEMS_KEPT]
        ),
    )


def _nothing_recognised(source: Source, data: bytes, problems: list[Problem]) -> InputReport:
    """No object at all: a broken dump, or a file that was never meant as one."""
    broken = next((p for p in problems if not p.foreign), None)
    meant = source.explicit or source.name.lower().endswith(_DUMP_SUFFIXES) or begins_as_dump(data)
    if meant and broken is not None and (broken.code == "input_internal_form" or looks_like_dump(data)):
        return _failed(source, broken.code, broken.values, "unreadable")
    kubeconfig = next((p.code for p in problems if p.code == "input_kubeconfig"), "input_not_a_dump")
    return _failed(source, kubeconfig, {}, "unreadable" if source.explicit else "not_recognised")


def _failed(source: Source, code: str, values: dict[str, object], status: str) -> InputReport:
    return InputReport(file=source.name, status=status, reason=code, values={"file": source.shown, **values})


def _nothing_read(reports: list[InputReport]) -> InputError:
    for report in reports:
        if report.status == "unreadable":
            return InputError(report.reason, **report.values)
    if not reports:
        return InputError("input_empty")
    return InputError(reports[0].reason, **{"file": reports[0].file, **reports[0].values})

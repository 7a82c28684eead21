"""Writes of the inventory: clusters, imports, and the registers that people keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from unicodedata import category

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Model

from apps.core.bulk import insert_rows
from apps.core.errors import Conflict, Malformed, ServiceError
from apps.core.texts import check_texts
from apps.inventory import adapters, originals, selectors, spool
from apps.inventory.choices import Origin, SnapshotOrigin
from apps.inventory.corrections import corrections_judge
from apps.inventory.models import AddressUse, Cluster, ImportFile, NodeSetting, Snapshot
from apps.inventory.progress import ReadingProgress
from apps.inventory.spool import Spooled
from apps.inventory.uploads import NAME_SHOWN, too_large
from apps.operations.choices import OperationStatus
from apps.operations.models import Operation
from apps.operations.runner import Run
from apps.operations.services import operation_create
from migrator.memory import without_cyclic_collection
from migrator.snapshot.model import Snapshot as Facts
from migrator.snapshot.read import read_sources, require_objects
from migrator.snapshot.redaction import mask_text
from migrator.snapshot.sources import Source, find_sources, strip_common_folder

IMPORT = "inventory.import"
BATCH = 1000
PATH_LONGEST = 1024
HIDDEN = ("Cc", "Cf", "Cs")  # Unicode's control, format and half characters: a name must be what it looks like

CLUSTER_TEXTS = ("name", "business", "region", "owner", "note")  # that people type

Entry = TypeVar("Entry", AddressUse, NodeSetting)


# --- clusters ---------------------------------------------------------------------------------------------------


def cluster_create(*, actor: Any, name: str, **fields: Any) -> Cluster:
    """Args: ``business region billing owner note`` as fields. Raises as ``cluster_save``."""
    return cluster_save(Cluster(name=name, created_by=actor, **fields))


def cluster_update(*, cluster: Cluster, **fields: Any) -> Cluster:
    """Raises as ``cluster_save``."""
    for name, value in fields.items():
        setattr(cluster, name, value)
    return cluster_save(cluster)


def cluster_save(cluster: Cluster) -> Cluster:
    """Store a new or changed cluster.

    Raises:
        Conflict: ``cluster_name_taken``.
        ServiceError: ``text_secret`` where a credential stands in what was typed.
    """
    check_texts(*(getattr(cluster, field) for field in CLUSTER_TEXTS))
    try:
        with transaction.atomic():
            cluster.save()
    except IntegrityError as error:
        if Cluster.objects.exclude(pk=cluster.pk).filter(name=cluster.name).exists():
            raise Conflict("cluster_name_taken", name=cluster.name) from error
        raise
    return cluster


def cluster_delete(*, cluster: Cluster) -> None:
    """Remove a cluster that has no history. Raises ``ProtectedError`` where it has snapshots or plans."""
    cluster.delete()


# --- imports ----------------------------------------------------------------------------------------------------


class NamedUpload(NamedTuple):
    """A file in the spool and the relative name that it shall have in the snapshot."""

    name: str
    spooled: Spooled
    explicit: bool = True  # a person chose this very file; false where it came along with its folder


def import_start(
    *, cluster: Cluster, actor: Any, uploads: Sequence[NamedUpload], keep_original: bool = False
) -> Operation:
    """Queue the import of spooled files; from here on the operation owns them. On an error they are removed.

    Args:
        keep_original: keep them, encrypted, after they have been read.

    Raises:
        Conflict: ``originals_off`` where the installation keeps none.
        Malformed: ``upload_missing``, ``upload_names_equal``, ``upload_path_refused``.
    """
    try:
        _check_names([u.name for u in uploads])
        if keep_original:
            originals.check_allowed()
        with transaction.atomic():
            waiting = [(u.name, u.spooled.size) for u in uploads]
            operation = operation_create(
                kind=IMPORT,
                actor=actor,
                target=f"cluster:{cluster.uid}",
                params={"keep_original": keep_original},
                files=waiting,
            )
            ImportFile.objects.bulk_create(
                [
                    ImportFile(
                        operation=operation,
                        name=u.name,
                        explicit=u.explicit,
                        size=u.spooled.size,
                        spool=u.spooled.spool,
                        key=u.spooled.key,
                    )
                    for u in uploads
                ],
                batch_size=BATCH,
            )
    except BaseException:
        for upload in uploads:
            upload.spooled.discard()
        raise
    return operation


def import_start_from_paths(*, cluster: Cluster, actor: Any, paths: Sequence[Path | str]) -> Operation:
    """Queue the import of files and folders of this machine; names are relative to the folder they share.

    Raises:
        InputError: ``input_missing``, ``input_unreadable``, ``input_folder_empty`` for a path that cannot be read.
        TooLarge: ``upload_too_large``.
    """
    uploads: list[NamedUpload] = []
    with ExitStack() as undo:
        for source in strip_common_folder(find_sources(paths)):
            with source.open() as stream:
                uploads.append(NamedUpload(source.name, spool.spool_stream(stream), source.explicit))
            undo.callback(uploads[-1].spooled.discard)
            if sum(u.spooled.size for u in uploads) > settings.IMPORT_BYTES_MOST:
                raise too_large()
        undo.pop_all()
    return import_start(cluster=cluster, actor=actor, uploads=uploads)


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise Malformed("upload_missing")
    seen: set[str] = set()
    for name in names:
        parts = name.split("/")
        odd = not name or len(name) > PATH_LONGEST or "\\" in name or any(category(c) in HIDDEN for c in name)
        if odd or any(part in ("", ".", "..") for part in parts):
            raise Malformed("upload_path_refused", path=_shown(name), limit=PATH_LONGEST)
        if name in seen:
            raise Malformed("upload_names_equal", name=name)
        seen.add(name)


def _shown(name: str) -> str:
    """The beginning of a name that nobody has checked, fit to be put into a message."""
    return "".join("\ufffd" if category(c) in HIDDEN else c for c in name[:NAME_SHOWN])


@without_cyclic_collection()
def import_run(run: Run) -> None:
    """Read the uploads of the operation into one snapshot: all of it or, on any error, none.

    Raises:
        InputError: nothing of the input could be read.
        ServiceError: ``upload_lost``, ``cluster_gone``.
    """
    files = selectors.import_files(run.operation)
    cluster = _target_cluster(run.operation)
    sources = [Source(f.name, partial(_open, f), explicit=f.explicit, size=f.size) for f in files]
    progress = ReadingProgress(run)
    facts = require_objects(read_sources(sources, progress))
    progress.settled(facts.inputs)
    run.progress(phase="store", done=len(facts.inputs), total=len(facts.inputs))
    prepared = snapshot_prepare(cluster=cluster, facts=facts, operation=run.operation, actor_id=run.operation.actor_id)
    with run.outcome() as outcome:
        snapshot = snapshot_store(prepared)
        outcome.result = {"cluster": str(cluster.uid), "snapshot": str(snapshot.uid), "digest": snapshot.digest}


def _target_cluster(operation: Operation) -> Cluster:
    cluster = Cluster.objects.filter(uid=operation.target.removeprefix("cluster:")).first()
    if cluster is None:
        raise ServiceError("cluster_gone")
    return cluster


def _open(file: ImportFile) -> Any:
    if not file.key:
        raise ServiceError("upload_lost", file=file.name)
    return spool.open_spooled(spool=file.spool, key=bytes(file.key), size=file.size, name=file.name)


def import_ended(operation: Operation) -> None:
    """The keys go in the transaction that ends the operation, the files once it is committed, or they are kept."""
    files = selectors.import_files(operation)
    keep = operation.params.get("keep_original") and settings.KEEP_ORIGINALS
    if keep and operation.status == OperationStatus.SUCCEEDED:
        originals.originals_keep(Snapshot.objects.get(operation=operation), files)
    else:
        transaction.on_commit(lambda: [spool.remove(f.spool) for f in files])
    ImportFile.objects.filter(operation=operation).update(key=None)


def spool_tidy() -> None:
    """Remove what an ended or broken upload has left in the spool folder."""
    # In this order: a file that is kept in just this moment leaves the first list and is in the second.
    waiting = list(ImportFile.objects.exclude(key=None).values_list("spool", flat=True))
    spool.remove_orphans([*waiting, *originals.known_spools()])


class Prepared(NamedTuple):
    """A snapshot and its parts as unsaved rows: made before the transaction, which is to be short."""

    row: Snapshot
    parts: list[tuple[type[Model], list[adapters.Columns]]]
    registers: list[tuple[type[Model], list[Any]]]
    facts: Facts


def snapshot_prepare(
    *,
    cluster: Cluster,
    facts: Facts,
    actor_id: int | None,
    operation: Operation | None = None,
    origin: SnapshotOrigin = SnapshotOrigin.IMPORT,
) -> Prepared:
    row = adapters.snapshot_row(
        facts, cluster=cluster, number=0, operation=operation, imported_by_id=actor_id, origin=origin
    )
    parts, registers = list(adapters.part_rows(facts)), list(adapters.register_rows(facts, row))
    return Prepared(row, parts, registers, facts)


@transaction.atomic
def snapshot_store(prepared: Prepared) -> Snapshot:
    """Insert a snapshot with all its parts as the next of its cluster."""
    row = prepared.row
    Cluster.objects.select_for_update().get(pk=row.cluster_id)  # one number at a time
    row.number = (Snapshot.objects.filter(cluster=row.cluster_id).aggregate(last=Max("number"))["last"] or 0) + 1
    row.save(force_insert=True)
    for model, parts in prepared.parts:
        insert_rows(model, parts, snapshot_id=row.pk)
    for model, entries in prepared.registers:
        for entry in entries:
            entry.snapshot = row  # has its key only now
        model._default_manager.bulk_create(entries, batch_size=BATCH)
    corrections_judge(cluster=row.cluster, facts=prepared.facts)
    return row


# --- registers --------------------------------------------------------------------------------------------------


def register_add(model: type[Entry], *, cluster: Cluster, actor: Any, fields: Mapping[str, Any]) -> Entry:
    """An entry that a person makes for the cluster."""
    return register_save(model(cluster=cluster, **fields), actor=actor)


def register_change(entry: Entry, *, fields: Mapping[str, Any]) -> Entry:
    """Raises ``Conflict`` ``register_from_dump``: what was found in a dump is a fact of its snapshot."""
    for name, value in fields.items():
        setattr(entry, name, value)
    return register_save(entry, actor=entry.created_by)


def register_save(entry: Entry, *, actor: Any) -> Entry:
    """Store a new or changed entry. Raises ``Conflict`` ``register_from_dump``."""
    _check_entered(entry)
    for field in ("location", "owner", "value"):  # as in what is read from a dump
        if isinstance(given := getattr(entry, field, None), str):
            setattr(entry, field, mask_text(given))
    if entry.pk is None:
        entry.created_by = actor
    entry.save()
    return entry


def register_remove(entry: AddressUse | NodeSetting) -> None:
    """Raises ``Conflict`` ``register_from_dump``."""
    _check_entered(entry)
    entry.delete()


def _check_entered(entry: AddressUse | NodeSetting) -> None:
    if entry.origin != Origin.FORM:
        raise Conflict("register_from_dump")


def uploads_named(files: Iterable[Any], paths: Sequence[str] | None = None) -> list[NamedUpload]:
    """Take over the uploads of a request under their own names, or under the given relative paths.

    Raises:
        Malformed: ``upload_missing``, ``upload_paths_count``.
    """
    received = list(files)
    if not received:
        raise Malformed("upload_missing")
    if paths and len(paths) != len(received):
        raise Malformed("upload_paths_count", paths=len(paths), files=len(received))
    # Paths are sent for the files of a folder, of which some may be no dumps at all.
    names = paths or [file.name for file in received]
    return [NamedUpload(name, file.take(), explicit=not paths) for name, file in zip(names, received, strict=True)]

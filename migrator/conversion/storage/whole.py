"""All volumes and claims of a snapshot for the new cluster, by the way each of them takes (B.4, E.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import msgspec
import orjson

from migrator.conversion.model import Note
from migrator.conversion.storage.claims import empty_claim, waiting_claim
from migrator.conversion.storage.common import Manifest, kept_annotations, kept_labels, metadata, without
from migrator.conversion.storage.objects import carry_over, claim_ref, reserved_for, volume_ref
from migrator.conversion.storage.templates import GONE_IN
from migrator.conversion.storage.volumes import can_carry, static_manifests, unclaimed
from migrator.locale import Msg, msg
from migrator.snapshot.model import Claim, ObjectRef, OutageClass, Snapshot, StorageClass, StorageKind, Volume
from migrator.snapshot.values import Body, mapping

Bodies = Callable[[ObjectRef], Body | None]
_COPIED = frozenset((StorageKind.HOST_PATH, StorageKind.LOCAL, StorageKind.CLOUD_DISK_OTHER))


class Stored(NamedTuple):
    """What becomes of one claim and its volume, either of which may be missing."""

    refs: tuple[ObjectRef, ...]  # of the old objects
    objects: tuple[Manifest, ...]  # for the new cluster, PersistentVolume first
    notes: tuple[Note, ...] = ()
    left_out: tuple[tuple[ObjectRef, Msg], ...] = ()


def convert_all_storage(snapshot: Snapshot, bodies: Bodies, minor: int, system: frozenset[str]) -> Iterator[Stored]:
    """Every claim with its volume, then every volume without a claim, in the order of the snapshot.

    Args:
        bodies: gives the object as dumped, None where only facts are known.
        minor: of Kubernetes in the new cluster.
        system: namespaces of the platform, whose claims stay behind.
    """
    classes = {c.name: c for c in snapshot.storage_classes}
    volumes = {v.name: v for v in snapshot.volumes}
    by_claim = {(v.claim_namespace, v.claim_name): v for v in snapshot.volumes if v.claim_name}
    place = target_place(snapshot)
    taken = set()
    for claim in snapshot.claims:
        volume = volumes.get(claim.volume) or by_claim.get((claim.namespace, claim.name))
        if volume is not None:
            taken.add(volume.name)
        if not (claim.system or claim.namespace in system):
            yield convert_volume(volume, claim, classes, bodies, minor=minor, place=place)
    for volume in snapshot.volumes:
        if volume.name not in taken and volume.claim_namespace not in system:
            yield convert_volume(volume, None, classes, bodies, minor=minor, place=place)


def bodies_of(snapshot: Snapshot) -> Bodies:
    """The volumes and claims of the snapshot as they were dumped, each read when it is asked for."""

    @cache
    def kept() -> dict[tuple[str, str, str], msgspec.Raw]:
        return {
            (m.ref.kind, m.ref.namespace, m.ref.name): m.body
            for m in snapshot.manifests
            if m.ref.kind in ("PersistentVolume", "PersistentVolumeClaim")
        }

    def body(ref: ObjectRef) -> Body | None:
        found = kept().get((ref.kind, ref.namespace, ref.name))
        return None if found is None else mapping(orjson.loads(memoryview(found)))

    return body


def target_place(snapshot: Snapshot) -> tuple[str, str]:
    """Region of all volumes and zone of all nodes, each empty where there are several."""
    regions = {v.region for v in snapshot.volumes if v.region}
    zones = {n.zone for n in snapshot.nodes if n.zone}
    return regions.pop() if len(regions) == 1 else "", zones.pop() if len(zones) == 1 else ""


def convert_volume(
    volume: Volume | None,
    claim: Claim | None,
    classes: Mapping[str, StorageClass],
    bodies: Bodies,
    *,
    minor: int,
    place: tuple[str, str] = ("", ""),
) -> Stored:
    """One claim and its volume: the same storage where the new cluster can mount it, else new storage to copy into."""
    old = [volume_ref(volume.name)] if volume else []
    refs = (*old, *([claim_ref(claim.namespace, claim.name)] if claim else []))
    pv = bodies(refs[0]) if volume else None
    pvc = bodies(refs[-1]) if claim else None
    if volume is None:
        if claim is None:
            return Stored((), ())
        waiting = waiting_claim(claim, classes.get(claim.storage_class), pvc=pvc)
        return Stored(refs, (waiting.pvc,), waiting.notes)
    if can_carry(volume):
        made = static_manifests(volume, claim, classes.get(volume.storage_class), pv=pv, pvc=pvc)
        return Stored(refs, (made.pv, *([made.pvc] if made.pvc else [])), made.notes)
    reason = _why_copied(volume, pv, minor)
    if reason is None:
        return _as_it_is(volume, claim, refs, pv or {}, pvc)
    left_out = ((volume_ref(volume.name), reason),)
    if claim is None:
        return Stored(refs, (), (), left_out)
    empty = empty_claim(claim, volume, (volume.region or place[0], volume.zone or place[1]), pvc=pvc)
    name = f"{claim.namespace}/{claim.name}"
    copy = Note(ref=refs[-1], text=msg("storage.note.copy_data", claim=name, volume=volume.name), open=True)
    return Stored(refs, (empty.pvc,), (copy, *empty.notes), left_out)


def _why_copied(volume: Volume, pv: Body | None, minor: int) -> Msg | None:
    """Why the data must be copied; None where the new cluster may mount it once its driver is there."""
    if volume.storage in _COPIED or volume.outage is OutageClass.COPY:
        return msg(f"storage.left_out.{volume.storage.value}", volume=volume.name)
    if volume.driver in GONE_IN and minor >= GONE_IN[volume.driver]:
        version = f"1.{GONE_IN[volume.driver]}"
        return msg("storage.left_out.driver_gone", volume=volume.name, driver=volume.driver, version=version)
    if volume.flex_volume or not mapping(mapping(pv).get("spec")):
        return msg("storage.left_out.unknown", volume=volume.name, driver=volume.driver or "—")
    return None


def _as_it_is(volume: Volume, claim: Claim | None, refs: tuple[ObjectRef, ...], pv: Body, pvc: Body | None) -> Stored:
    """Storage of a person's own building: the same source, retained, for the same claim."""
    spec = without(mapping(pv.get("spec")), ("storageClassName",))
    driver = volume.driver or "—"
    made: Manifest = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": metadata(volume.name, labels=kept_labels(pv), annotations=kept_annotations(pv)),
        "spec": {
            **spec,
            "claimRef": reserved_for(volume, claim),
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": volume.storage_class,  # the same in both, or the two are never bound
        },
    }
    carry_over(made, pv)
    notes = [
        Note(ref=volume_ref(volume.name), text=msg("storage.note.driver", volume=volume.name, driver=driver), open=True)
    ]
    if claim is None:
        return Stored(refs, (made,), (*notes, unclaimed(volume)))
    waiting = waiting_claim(claim, None, pvc=pvc)
    waiting.pvc["spec"] |= {"volumeName": volume.name, "storageClassName": volume.storage_class}
    waiting.pvc["spec"]["accessModes"] = list(claim.access_modes or volume.access_modes)
    return Stored(refs, (made, waiting.pvc), tuple(notes))

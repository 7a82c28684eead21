"""Claims for which no old storage comes along: on new storage to copy into, or as they were asked for."""

from __future__ import annotations

from typing import NamedTuple

from migrator.conversion.model import Note
from migrator.conversion.storage.common import (
    CLAIM_PROVISIONER,
    DISK_TYPE,
    FILL_IN,
    PROVISIONER,
    REGION,
    ZONE,
    Manifest,
    bucket_of,
    crypt_key,
    disk_type,
    flex_class,
    kind_of_class,
    new_class,
)
from migrator.conversion.storage.objects import Shape, carry_claim_over, claim_ref, gibibytes, pvc_of
from migrator.locale import msg
from migrator.snapshot.model import Claim, StorageClass, StorageKind, Volume
from migrator.snapshot.values import Body, mapping


class NewClaim(NamedTuple):
    pvc: Manifest
    notes: tuple[Note, ...]


def empty_claim(
    claim: Claim, volume: Volume | None, place: tuple[str, str] = ("", ""), *, pvc: Body | None = None
) -> NewClaim:
    """A claim of the same name and size on new storage, to copy data into: shared where the old one was shared.

    A disk is made where its labels say, and both are mandatory (E.2): those of the old volume, else those of
    ``place`` (region and zone of the new nodes). Those of a disk of another cloud name no place of the new cluster. The
    notes name what must be filled in.
    """
    old_modes = claim.access_modes or (volume.access_modes if volume else ())
    shared = "ReadWriteMany" in old_modes
    mode, cls = ("ReadWriteMany", "csi-nas") if shared else ("ReadWriteOnce", "csi-disk")
    size = max((claim.request, volume.capacity if volume else ""), key=gibibytes) or "10Gi"
    if shared:
        made = pvc_of(claim, "", Shape({}, size, [mode], cls))
        return NewClaim(made, tuple(carry_claim_over(made, pvc)))
    region, zone = (volume.region, volume.zone) if volume else ("", "")
    if volume and volume.storage is StorageKind.CLOUD_DISK_OTHER:
        region, zone, place = "", "", ("", "")
    labels = {REGION: region or place[0] or FILL_IN, ZONE: zone or place[1] or FILL_IN}
    # A new disk needs a type; SAS is the middle one.
    made = pvc_of(claim, "", Shape(labels, size, [mode], cls), {DISK_TYPE: "SAS"})
    note = "new_disk_zone_missing" if FILL_IN in labels.values() else "new_disk_zone"
    ref = claim_ref(claim.namespace, claim.name)
    sentence = msg(f"storage.note.{note}", claim=f"{claim.namespace}/{claim.name}", zone=labels[ZONE])
    return NewClaim(made, (Note(ref=ref, text=sentence, open=True), *carry_claim_over(made, pvc)))


def waiting_claim(claim: Claim, storage_class: StorageClass | None, *, pvc: Body | None = None) -> NewClaim:
    """A claim without a volume in the dump, with its class in the words of the new cluster.

    A claim that names a volume keeps the name: it then waits for that volume, while one without the name would be
    given new and empty storage, and the business would start without its data.
    """
    kind = kind_of_class(claim.storage_class, storage_class, claim.provisioner)
    cls = new_class(claim.storage_class, storage_class, claim.provisioner)
    annotations = class_annotations(claim.storage_class, storage_class, kind)
    if kind is StorageKind.EVS:
        annotations |= crypt_key(pvc)
    if claim.volume and kind:
        annotations[CLAIM_PROVISIONER] = PROVISIONER
    modes = modes_for(kind, claim.access_modes)
    size = "1Gi" if kind is StorageKind.OBS else claim.request or "1Gi"
    made = pvc_of(claim, claim.volume, Shape({}, size, modes, cls), annotations)
    old = mapping(mapping(pvc).get("spec"))
    selector = mapping(old.get("selector"))
    if not cls and not claim.volume and old.get("storageClassName") != "":
        del made["spec"]["storageClassName"]  # "" says: no class; left out: the default one
    ref = claim_ref(claim.namespace, claim.name)
    name = f"{claim.namespace}/{claim.name}"
    notes = []
    if selector and not claim.volume:
        made["spec"]["selector"] = selector
    if not claim.volume and (selector or made["spec"].get("storageClassName") == ""):
        notes.append(Note(ref=ref, text=msg("storage.note.claim_waits", claim=name), open=True))
    if claim.volume:
        notes.append(Note(ref=ref, text=msg("storage.note.volume_missing", claim=name, volume=claim.volume), open=True))
    elif kind is StorageKind.SFS_TURBO:
        notes.append(Note(ref=ref, text=msg("storage.note.turbo_by_hand", claim=name), open=True))
    if tuple(modes) != claim.access_modes and claim.access_modes:
        notes.append(Note(ref=ref, text=msg("storage.note.claim_modes", claim=name, modes=modes), open=True))
    notes += carry_claim_over(made, pvc)
    labels = made["metadata"].get("labels", {})
    if FILL_IN in labels.values():
        notes.append(
            Note(
                ref=ref,
                text=msg("storage.note.new_disk_zone_missing", claim=name, zone=labels.get(ZONE, "")),
                open=True,
            )
        )
    return NewClaim(made, tuple(notes))


def class_annotations(name: str, storage_class: StorageClass | None, kind: StorageKind | None) -> dict[str, str]:
    """What a claim must say itself once its class is one for all: the type of a disk, the kind of a bucket."""
    platform = flex_class(name)
    if kind is StorageKind.EVS and (wanted := disk_type(storage_class, name)):
        return {DISK_TYPE: wanted}
    if kind is StorageKind.OBS:
        return dict(platform.annotations) if platform else bucket_of(storage_class.parameters if storage_class else {})
    return {}


def modes_for(kind: StorageKind | None, old: tuple[str, ...]) -> list[str]:
    """The access modes that the new storage offers (E.4); those of kinds that we do not know stay."""
    if kind is StorageKind.EVS:
        return ["ReadWriteOncePod"] if old == ("ReadWriteOncePod",) else ["ReadWriteOnce"]
    if kind is not None:
        return ["ReadWriteMany"]
    return list(old) or ["ReadWriteOnce"]

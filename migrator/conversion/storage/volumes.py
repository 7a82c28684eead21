"""An old volume as existing storage of the new cluster: a static PersistentVolume and its claim.

Field rules and shapes: domain facts E.1 to E.4. The claim keeps its name and namespace, the volume its name; the
reclaim policy is always ``Retain``, so that a mistake in the new cluster can never remove the data.

Facts say what the storage is, because people may have corrected them; the objects as they were dumped, where they are
at hand, add what somebody gave them: labels, annotations, mount options, volume mode, node affinity, secrets.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from migrator.conversion.model import Note
from migrator.conversion.storage.common import (
    CLAIM_PROVISIONER,
    CRYPT_KEY,
    DISK_TYPE,
    DRIVER,
    FILL_IN,
    FS_TYPE,
    IDENTITY,
    NEW_CLASS,
    OBS_TYPE,
    PROVISIONED_BY,
    PROVISIONER,
    REGION,
    ZONE,
    Manifest,
    disk_type,
    obs_type,
)
from migrator.conversion.storage.objects import Shape, carry_claim_over, carry_over, pv_of, pvc_of, volume_ref
from migrator.locale import msg
from migrator.snapshot.model import Claim, StorageClass, StorageKind, Volume
from migrator.snapshot.values import Body, dig, mapping, mappings, text

_ONE_NODE = frozenset(("ReadWriteOnce", "ReadWriteOncePod"))


class StaticStorage(NamedTuple):
    """``pvc`` is None for a volume that no claim is known of. Open notes must be settled before applying."""

    pv: Manifest
    pvc: Manifest | None
    notes: tuple[Note, ...]


class _Made(NamedTuple):
    """What is particular to a kind of storage."""

    attributes: dict[str, str]
    annotations: dict[str, str]  # of the claim
    notes: list[Note]


def can_carry(volume: Volume) -> bool:
    """Whether the new cluster can mount the very same storage: storage of the cloud, or an NFS export."""
    return volume.storage in DRIVER or (volume.storage is StorageKind.NFS and ":/" in volume.path)


def static_manifests(
    volume: Volume,
    claim: Claim | None,
    storage_class: StorageClass | None = None,
    *,
    pv: Body | None = None,
    pvc: Body | None = None,
) -> StaticStorage:
    """PV and PVC for the new cluster, out of the old volume, its claim and the old class (for the disk type).

    Args:
        claim: None where the dump has none; the volume is then reserved for the one it names.
        pv: the old PersistentVolume as dumped, ``pvc`` the old claim; None where only facts are known.

    Raises:
        ValueError: ``can_carry`` is false; such data has to be copied.
    """
    if not can_carry(volume):
        raise ValueError(f"{volume.name}: storage {volume.storage} cannot be imported")
    volume = _not_filled_in(volume)
    nfs = volume.storage is StorageKind.NFS
    made = _nfs(volume, claim, pv) if nfs else _csi(volume, claim, storage_class, pv)
    carry_over(made.pv, pv)
    notes = list(made.notes)
    if _without_host_names(made.pv):
        notes.append(Note(ref=volume_ref(volume.name), text=msg("storage.note.affinity_dropped", volume=volume.name)))
    if made.pvc is not None:
        notes += carry_claim_over(made.pvc, pvc)
    else:
        notes.append(unclaimed(volume))
    return made._replace(notes=tuple(notes))


_FILLED_IN = ("volume_id", "region", "zone", "claim_namespace", "claim_name")


def _not_filled_in(volume: Volume) -> Volume:
    """The facts without the places that a person has still to fill in, which manifests converted before may hold."""
    blank: dict[str, Any] = {field: "" for field in _FILLED_IN if getattr(volume, field) == FILL_IN}
    if FILL_IN in volume.attributes.values():
        blank["attributes"] = {k: v for k, v in volume.attributes.items() if v != FILL_IN}
    return msgspec.structs.replace(volume, **blank) if blank else volume


def unclaimed(volume: Volume) -> Note:
    ref = volume_ref(volume.name)
    if volume.claim_name:
        name = f"{volume.claim_namespace}/{volume.claim_name}"
        return Note(ref=ref, text=msg("storage.note.claim_missing", volume=volume.name, claim=name), open=True)
    return Note(ref=ref, text=msg("storage.note.unclaimed", volume=volume.name), open=True)


# --- storage of the cloud ---


def _csi(volume: Volume, claim: Claim | None, storage_class: StorageClass | None, pv: Body | None) -> StaticStorage:
    kind = volume.storage
    attributes, claim_annotations, notes = _KINDS[kind](volume, storage_class, pv)
    labels = {}
    if kind is StorageKind.EVS:
        labels = {REGION: volume.region or FILL_IN, ZONE: volume.zone or FILL_IN}
    shape = Shape(labels, _size(volume, claim), _modes(volume), _class_name(volume))
    source: Manifest = {
        "driver": DRIVER[kind],
        "fsType": _fs_type(volume),
        "volumeHandle": volume.volume_id or FILL_IN,
        "volumeAttributes": {**attributes, **IDENTITY},
    }
    if not volume.volume_id:
        notes.insert(0, _open(volume, "id_missing"))
    old = mapping(dig(pv, "spec", "csi"))
    source |= {k: v for k, v in old.items() if k.endswith("SecretRef") and isinstance(v, dict)}
    if kind is StorageKind.OBS and (secret := _publish_secret(volume, pv)):
        source["nodePublishSecretRef"] = secret
    if old.get("readOnly") or mapping(dig(pv, "spec", "flexVolume")).get("readOnly"):
        source["readOnly"] = True
    made = pv_of(volume, shape, {"csi": source}, claim, {PROVISIONED_BY: PROVISIONER})
    annotations = {**claim_annotations, CLAIM_PROVISIONER: PROVISIONER}
    return StaticStorage(made, pvc_of(claim, volume.name, shape, annotations) if claim else None, tuple(notes))


def _size(volume: Volume, claim: Claim | None) -> str:
    if volume.storage is StorageKind.OBS:
        return "1Gi"
    return volume.capacity or (claim.request if claim else "") or "1Gi"


def _modes(volume: Volume) -> list[str]:
    if volume.storage is not StorageKind.EVS:
        return ["ReadWriteMany"]
    # ReadWriteOncePod asks for less than a disk gives; everything wider asks for more (E.4).
    return ["ReadWriteOncePod"] if volume.access_modes == ("ReadWriteOncePod",) else ["ReadWriteOnce"]


def _evs(volume: Volume, storage_class: StorageClass | None, _: Body | None) -> _Made:
    notes = []
    mode = _attribute(volume, "everest.io/disk-mode", "disk-mode").upper()
    if mode != "SCSI":
        notes.append(_open(volume, "disk_mode_vbd" if mode == "VBD" else "disk_mode_unknown"))
    if volume.shared:
        notes.append(_open(volume, "shared_disk"))
    if not _ONE_NODE.issuperset(volume.access_modes):
        notes.append(_open(volume, "access_mode"))
    if not (volume.zone and volume.region):
        notes.append(_open(volume, "zone_missing"))
    if volume.fs_type and volume.fs_type != "ext4":
        notes.append(_open(volume, "file_system", fs_type=volume.fs_type))
    wanted = _attribute(volume, DISK_TYPE).upper() or disk_type(storage_class, volume.storage_class)
    if not wanted:
        notes.append(_open(volume, "disk_type_missing"))
    typed = {DISK_TYPE: wanted or FILL_IN}
    attributes = {"everest.io/disk-mode": "SCSI", **typed}
    if key := volume.encryption_key or _attribute(volume, CRYPT_KEY):
        attributes[CRYPT_KEY] = key
    return _Made({**attributes, **_others(volume, attributes)}, typed, notes)


def _share(volume: Volume, _: StorageClass | None, __: Body | None) -> _Made:
    path = "" if volume.path == FILL_IN else volume.path
    location = _attribute(volume, _LOCATION, "deviceMountPath") or path
    notes = [] if location else [_open(volume, "location_missing")]
    attributes = {_LOCATION: location or FILL_IN}
    return _Made({**attributes, **_others(volume, attributes)}, {}, notes)


_LOCATION = "everest.io/share-export-location"


def _obs(volume: Volume, _: StorageClass | None, pv: Body | None) -> _Made:
    fs_type = _fs_type(volume)
    region = _attribute(volume, _OBS_REGION, "region") or volume.region
    attributes = {_OBS_REGION: region or FILL_IN}
    annotations = {FS_TYPE: fs_type}
    old = _attribute(volume, OBS_TYPE) or ("" if fs_type == "obsfs" else _attribute(volume, "storage_class") or "-")
    if old:  # FlexVolume's parallel file systems have no storage class (E.2); what an Everest volume says stays
        attributes[OBS_TYPE] = annotations[OBS_TYPE] = obs_type(old.strip("-"))
    secret = _publish_secret(volume, pv)
    name = f"{text(secret.get('namespace'))}/{text(secret.get('name'))}"
    notes = [_open(volume, "obs_secret_named", secret=name) if secret else _open(volume, "obs_secret")]
    if secret:
        for part in ("name", "namespace"):
            annotations[f"csi.storage.k8s.io/node-publish-secret-{part}"] = text(secret.get(part))
    if not region:
        notes.append(_open(volume, "region_missing"))
    return _Made({**attributes, **_others(volume, attributes)}, annotations, notes)


_OBS_REGION = "everest.io/region"


def _publish_secret(volume: Volume, pv: Body | None) -> dict[str, str]:
    """The Secret with the access key of a bucket; FlexVolume looked for it beside the claim."""
    own = mapping(dig(pv, "spec", "csi", "nodePublishSecretRef"))
    given = own or mapping(dig(pv, "spec", "flexVolume", "secretRef"))
    namespace = text(given.get("namespace")) or volume.claim_namespace
    return {"name": text(given.get("name")), "namespace": namespace} if given.get("name") and namespace else {}


_KINDS = {
    StorageKind.EVS: _evs,
    StorageKind.SFS: _share,
    StorageKind.SFS_TURBO: _share,
    StorageKind.OBS: _obs,
}


def _others(volume: Volume, known: dict[str, str]) -> dict[str, str]:
    """What else Everest was told of the same storage: subdirectory, version, performance, enterprise project."""
    return {
        k: v
        for k, v in sorted(volume.attributes.items())
        if k.startswith("everest.io/") and k not in known and k != "everest.io/set-disk-metadata" and v
    }


def _open(volume: Volume, sentence: str, **values: str) -> Note:
    return Note(
        ref=volume_ref(volume.name), text=msg(f"storage.note.{sentence}", volume=volume.name, **values), open=True
    )


def _class_name(volume: Volume) -> str:
    if volume.storage is StorageKind.SFS and volume.attributes.get("everest.io/sfs-version") == "sfs3.0":
        return "csi-sfs"
    return NEW_CLASS[volume.storage]


def _fs_type(volume: Volume) -> str:
    if volume.storage in (StorageKind.SFS, StorageKind.SFS_TURBO):
        return "nfs"
    if volume.storage is StorageKind.OBS:
        posix = _attribute(volume, "posix").lower() == "true"
        return "obsfs" if posix or volume.fs_type == "obsfs" else "s3fs"
    return volume.fs_type or "ext4"


def _attribute(volume: Volume, *names: str) -> str:
    for name in names:
        if value := volume.attributes.get(name):
            return value
    return ""


# --- NFS ---


def _nfs(volume: Volume, claim: Claim | None, old: Body | None) -> StaticStorage:
    server, _, path = volume.path.partition(":/")
    if below := _attribute(volume, "subdir").strip("/"):
        path = f"{path.rstrip('/')}/{below}"
    modes = list(volume.access_modes) or ["ReadWriteMany"]
    # The empty class is bound by name only, and no provisioner makes anything of it. Without a claim in the dump the
    # class stays, for whichever claim is to have the volume keeps its own.
    cls = "" if claim else volume.storage_class
    shape = Shape({}, volume.capacity or (claim.request if claim else "") or "1Gi", modes, cls)
    export: Manifest = {"server": server, "path": f"/{path.lstrip('/')}"}
    if mapping(dig(old, "spec", "nfs")).get("readOnly"):
        export["readOnly"] = True
    pv = pv_of(volume, shape, {"nfs": export}, claim)
    pvc = pvc_of(claim, volume.name, shape) if claim else None
    note = Note(ref=volume_ref(volume.name), text=msg("storage.note.nfs_reach", server=server), open=True)
    return StaticStorage(pv, pvc, (note,))


def _without_host_names(pv: Manifest) -> bool:
    """Drops from the affinity what names nodes of the old cluster; whether there was any."""
    affinity = mapping(pv["spec"].get("nodeAffinity"))
    terms = mappings(dig(affinity, "required", "nodeSelectorTerms"))
    kept = []
    for term in terms:
        wanted = [e for e in mappings(term.get("matchExpressions")) if text(e.get("key")) != "kubernetes.io/hostname"]
        if wanted:
            kept.append({"matchExpressions": wanted})
    if kept == terms:
        if not kept:
            pv["spec"].pop("nodeAffinity", None)
        return False
    # Terms are alternatives: one that is left empty would have allowed every node, and so does no affinity at all.
    if len(kept) < len(terms):
        del pv["spec"]["nodeAffinity"]
    else:
        pv["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": kept}}
    return True

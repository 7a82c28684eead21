"""An old volume as existing storage of the new cluster: a static PersistentVolume and its claim.

Field rules and shapes: domain facts E.1 to E.4. The claim keeps its name and namespace, the volume its name; the
reclaim policy is always ``Retain``, so that a mistake in the new cluster can never remove the data.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from migrator.locale import Msg, msg
from migrator.snapshot.model import Claim, StorageClass, StorageKind, Volume

Manifest = dict[str, Any]

PROVISIONER = "everest-csi-provisioner"
REGION = "failure-domain.beta.kubernetes.io/region"
ZONE = "failure-domain.beta.kubernetes.io/zone"
DISK_TYPE = "everest.io/disk-volume-type"
OBS_TYPE = "everest.io/obs-volume-type"
_UNITS = {"Ki": 2**-20, "Mi": 2**-10, "Gi": 1.0, "Ti": 2.0**10, "Pi": 2.0**20}
FILL_IN = "FILL-IN"  # a value that a person replaces; no region and no zone has that name

_DRIVER = {
    StorageKind.EVS: "disk.csi.everest.io",
    StorageKind.SFS: "nas.csi.everest.io",
    StorageKind.OBS: "obs.csi.everest.io",
    StorageKind.SFS_TURBO: "sfsturbo.csi.everest.io",
}
NEW_CLASS = {
    StorageKind.EVS: "csi-disk",
    StorageKind.SFS: "csi-nas",
    StorageKind.OBS: "csi-obs",
    StorageKind.SFS_TURBO: "csi-sfsturbo",
}


class StaticStorage(NamedTuple):
    """``notes`` are what a person must settle before the manifests are applied; empty where nothing is open."""

    pv: Manifest
    pvc: Manifest
    notes: tuple[Msg, ...]


class _Shape(NamedTuple):
    """What a volume and its claim have in common."""

    labels: dict[str, str]
    size: str
    modes: list[str]
    cls: str  # storage class


def can_carry(volume: Volume) -> bool:
    """Whether the new cluster can mount the very same storage: storage of the cloud, or an NFS export."""
    return volume.storage in _DRIVER or (volume.storage is StorageKind.NFS and ":/" in volume.path)


def static_manifests(volume: Volume, claim: Claim, storage_class: StorageClass | None = None) -> StaticStorage:
    """PV and PVC for the new cluster, out of the old volume, its claim and the old class (for the disk type).

    Raises:
        ValueError: ``can_carry`` is false; such data has to be copied.
    """
    if not can_carry(volume):
        raise ValueError(f"{volume.name}: storage {volume.storage} cannot be imported")
    if volume.storage is StorageKind.NFS:
        return _nfs(volume, claim)
    return _csi(volume, claim, storage_class)


def _csi(volume: Volume, claim: Claim, storage_class: StorageClass | None) -> StaticStorage:
    kind = volume.storage
    attributes, claim_annotations, notes = _KINDS[kind](volume, storage_class)
    labels = {k: v for k, v in ((REGION, volume.region), (ZONE, volume.zone)) if v} if kind is StorageKind.EVS else {}
    size = "1Gi" if kind is StorageKind.OBS else volume.capacity or claim.request or "1Gi"
    modes = ["ReadWriteOnce" if kind is StorageKind.EVS else "ReadWriteMany"]
    shape = _Shape(labels, size, modes, _class_name(volume))
    source = {
        "driver": _DRIVER[kind],
        "fsType": _fs_type(volume),
        "volumeHandle": volume.volume_id or volume.name,
        "volumeAttributes": {**attributes, "storage.kubernetes.io/csiProvisionerIdentity": PROVISIONER},
    }
    if not volume.volume_id:
        notes = (msg("storage.note.id_missing", volume=volume.name), *notes)
    pv = _pv(volume.name, shape, {"csi": source})
    pv["metadata"]["annotations"] = {"pv.kubernetes.io/provisioned-by": PROVISIONER}
    pvc = _pvc(claim, volume.name, shape)
    pvc["metadata"]["annotations"] = {
        **claim_annotations,
        "volume.beta.kubernetes.io/storage-provisioner": PROVISIONER,
    }
    return StaticStorage(pv, pvc, notes)


def _evs(volume: Volume, storage_class: StorageClass | None) -> tuple[dict[str, str], dict[str, str], tuple[Msg, ...]]:
    notes = []
    mode = _attribute(volume, "everest.io/disk-mode", "disk-mode").upper()
    if mode != "SCSI":
        variant = "disk_mode_vbd" if mode == "VBD" else "disk_mode_unknown"
        notes.append(msg(f"storage.note.{variant}", volume=volume.name))
    if volume.shared:
        notes.append(msg("storage.note.shared_disk", volume=volume.name))
    if "ReadWriteMany" in volume.access_modes:
        notes.append(msg("storage.note.access_mode", volume=volume.name))
    if not (volume.zone and volume.region):
        notes.append(msg("storage.note.zone_missing", volume=volume.name))
    if volume.fs_type and volume.fs_type != "ext4":
        notes.append(msg("storage.note.file_system", volume=volume.name, fs_type=volume.fs_type))
    disk_type = _disk_type(volume, storage_class)
    if not disk_type:
        notes.append(msg("storage.note.disk_type_missing", volume=volume.name))
    typed = {DISK_TYPE: disk_type} if disk_type else {}
    attributes = {"everest.io/disk-mode": "SCSI", **typed}
    if key := _attribute(volume, "everest.io/crypt-key-id"):
        attributes["everest.io/crypt-key-id"] = key
    return attributes, typed, tuple(notes)


def _share(volume: Volume, _: StorageClass | None) -> tuple[dict[str, str], dict[str, str], tuple[Msg, ...]]:
    attributes = {k: v for k, v in sorted(volume.attributes.items()) if k in _SHARE_ATTRIBUTES}
    location = _attribute(volume, "everest.io/share-export-location", "deviceMountPath") or volume.path
    notes = () if location else (msg("storage.note.location_missing", volume=volume.name),)
    return {"everest.io/share-export-location": location, **attributes}, {}, notes


_SHARE_ATTRIBUTES = ("everest.io/sfs-version", "everest.io/sfsturbo-share-id", "everest.io/volume-as")


def _obs(volume: Volume, _: StorageClass | None) -> tuple[dict[str, str], dict[str, str], tuple[Msg, ...]]:
    fs_type = _fs_type(volume)
    region = _attribute(volume, "everest.io/region", "region") or volume.region
    attributes = {"everest.io/region": region} if region else {}
    annotations = {"csi.storage.k8s.io/fstype": fs_type}
    if fs_type == "s3fs":  # a parallel file system has no storage class (E.2)
        old = _attribute(volume, OBS_TYPE, "storage_class").upper() or "STANDARD"
        attributes[OBS_TYPE] = annotations[OBS_TYPE] = "WARM" if old in ("STANDARD_IA", "WARM") else "STANDARD"
    notes = [msg("storage.note.obs_secret", volume=volume.name)]
    if not region:
        notes.append(msg("storage.note.region_missing", volume=volume.name))
    return attributes, annotations, tuple(notes)


_KINDS = {
    StorageKind.EVS: _evs,
    StorageKind.SFS: _share,
    StorageKind.SFS_TURBO: _share,
    StorageKind.OBS: _obs,
}


def _nfs(volume: Volume, claim: Claim) -> StaticStorage:
    server, _, path = volume.path.partition(":/")
    modes = list(volume.access_modes) or ["ReadWriteMany"]
    shape = _Shape({}, volume.capacity or claim.request or "1Gi", modes, "")
    pv = _pv(volume.name, shape, {"nfs": {"server": server, "path": f"/{path}"}})
    return StaticStorage(pv, _pvc(claim, volume.name, shape), (msg("storage.note.nfs_reach", server=server),))


def gibibytes(capacity: str) -> float:
    """``10Gi`` as 10; 0 for what is no binary quantity."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|Pi)", capacity)
    return float(found[1]) * _UNITS[found[2]] if found else 0


def empty_claim(
    claim: Claim, volume: Volume | None, place: tuple[str, str] = ("", "")
) -> tuple[Manifest, tuple[Msg, ...]]:
    """A claim of the same name and size on new storage, to copy data into: shared where the old one was shared.

    A disk is made where its labels say, and both are mandatory (E.2): those of the old volume, else those of
    ``place`` (region and zone of the new nodes). The notes name what must be filled in.
    """
    old_modes = claim.access_modes or (volume.access_modes if volume else ())
    shared = "ReadWriteMany" in old_modes
    mode, cls = ("ReadWriteMany", "csi-nas") if shared else ("ReadWriteOnce", "csi-disk")
    size = max((claim.request, volume.capacity if volume else ""), key=gibibytes) or "10Gi"
    made = _pvc(claim, "", _Shape({}, size, [mode], cls))
    del made["spec"]["volumeName"]
    if shared:
        return made, ()
    made["metadata"]["annotations"] = {DISK_TYPE: "SAS"}  # a new disk needs a type; SAS is the middle one
    region, zone = (volume.region, volume.zone) if volume else ("", "")
    labels = {REGION: region or place[0] or FILL_IN, ZONE: zone or place[1] or FILL_IN}
    made["metadata"]["labels"] = labels
    missing = FILL_IN in labels.values()
    note = "new_disk_zone_missing" if missing else "new_disk_zone"
    return made, (msg(f"storage.note.{note}", claim=f"{claim.namespace}/{claim.name}", zone=labels[ZONE]),)


def _pv(name: str, shape: _Shape, source: Manifest) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, **({"labels": dict(shape.labels)} if shape.labels else {})},
        "spec": {
            "accessModes": list(shape.modes),
            "capacity": {"storage": shape.size},
            **source,
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": shape.cls,
        },
    }


def _pvc(claim: Claim, volume: str, shape: _Shape) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": claim.name,
            "namespace": claim.namespace,
            **({"labels": dict(shape.labels)} if shape.labels else {}),
        },
        "spec": {
            "accessModes": list(shape.modes),
            "resources": {"requests": {"storage": shape.size}},
            "storageClassName": shape.cls,
            "volumeName": volume,
        },
    }


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


def _disk_type(volume: Volume, storage_class: StorageClass | None) -> str:
    """SATA, SAS, SSD...: of the volume, else of its class, else the name of an old class that says it."""
    parameters = storage_class.parameters if storage_class else {}
    told = (
        _attribute(volume, DISK_TYPE)
        or parameters.get(DISK_TYPE, "")
        or parameters.get("kubernetes.io/volumetype", "")
        or (volume.storage_class if volume.storage_class in ("sata", "sas", "ssd") else "")
    )
    return told.upper()


def _attribute(volume: Volume, *names: str) -> str:
    return next((volume.attributes[n] for n in names if volume.attributes.get(n)), "")


# --- YAML text ---


class _Dumper(yaml.CSafeDumper):
    """Block style, and quotes round every text that a YAML 1.1 or 1.2 reader could take for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*|/[A-Za-z0-9._/-]+|\d+(Ki|Mi|Gi|Ti|Pi)")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def manifest_text(*objects: Manifest) -> str:
    """The objects as one YAML text of several documents; keys stay in their order, equal objects give equal bytes."""
    return "---\n".join(
        yaml.dump(o, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096)
        for o in objects
    )

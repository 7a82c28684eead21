"""What all storage of the new cluster is written with: names of classes and drivers, labels, annotations (E.1, E.2)."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, NamedTuple

from migrator.snapshot.model import StorageClass, StorageKind
from migrator.snapshot.values import Body, mapping, text, text_map

Manifest = dict[str, Any]

FILL_IN = "FILL-IN"  # a value that a person replaces; no region, zone or disk has that name
PROVISIONER = "everest-csi-provisioner"
IDENTITY = {"storage.kubernetes.io/csiProvisionerIdentity": PROVISIONER}
REGION = "failure-domain.beta.kubernetes.io/region"
ZONE = "failure-domain.beta.kubernetes.io/zone"
DISK_TYPE = "everest.io/disk-volume-type"
OBS_TYPE = "everest.io/obs-volume-type"
FS_TYPE = "csi.storage.k8s.io/fstype"
CSI_DRIVER = "csi.storage.k8s.io/csi-driver-name"
CRYPT_KEY = "everest.io/crypt-key-id"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
CLAIM_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
MOUNT_ANNOTATION = "volume.beta.kubernetes.io/mount-options"

DRIVER = {
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
_KIND_OF_DRIVER = {
    **{driver: kind for kind, driver in DRIVER.items()},
    "sfs.csi.everest.io": StorageKind.SFS,
    "fuxivol": StorageKind.EVS,
    "fuxinfs": StorageKind.SFS,
    "fuxiobs": StorageKind.OBS,
    "fuxiefs": StorageKind.SFS_TURBO,
}


class Platform(NamedTuple):
    """A storage class that the old platform made by itself: what it is of, and the annotations that say it anew."""

    kind: StorageKind
    annotations: dict[str, str]


_S3FS = {FS_TYPE: "s3fs"}
FLEX_CLASSES = {
    **{c: Platform(StorageKind.EVS, {DISK_TYPE: c.upper()}) for c in ("sata", "sas", "ssd")},
    **{c: Platform(StorageKind.SFS, {}) for c in ("nfs-rw", "nfs-ro")},
    "obs-standard": Platform(StorageKind.OBS, {OBS_TYPE: "STANDARD", **_S3FS}),
    "obs-standard-ia": Platform(StorageKind.OBS, {OBS_TYPE: "WARM", **_S3FS}),
    **{c: Platform(StorageKind.SFS_TURBO, {}) for c in ("efs-standard", "efs-performance")},
}
# Made by Everest in every cluster.
EVEREST_CLASSES = frozenset(
    ("csi-disk", "csi-disk-topology", "csi-disk-dss", "csi-nas", "csi-sfs", "csi-obs", "csi-sfsturbo")
) | {"csi-local", "csi-local-topology"}

_OLD_CRYPT_KEY = "paas.storage.io/cryptKeyId"
# Written by controllers of the old cluster about its own objects; in a new one they would be lies.
_OF_THE_OLD = (
    "pv.kubernetes.io/",
    "volume.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "volume.alpha.kubernetes.io/",
    "kubectl.kubernetes.io/",
    "everest.io/set-disk-metadata",
    _OLD_CRYPT_KEY,  # becomes everest.io/crypt-key-id
    "storageclass.beta.kubernetes.io/is-default-class",  # becomes storageclass.kubernetes.io/is-default-class
)


def flex_class(name: str) -> Platform | None:
    """The old platform's class of that name. Its console and API took the names of types of disks in capitals too."""
    return FLEX_CLASSES.get(name.lower())


def kept_annotations(body: Body | None) -> dict[str, str]:
    """The annotations of an old object that somebody gave it, without those that its cluster wrote."""
    given = text_map(mapping(mapping(body).get("metadata")).get("annotations"))
    return {k: v for k, v in given.items() if not k.startswith(_OF_THE_OLD)}


def crypt_key(body: Body | None) -> dict[str, str]:
    """The key that an old claim for a new disk asked for, in the word of Everest."""
    key = text_map(mapping(mapping(body).get("metadata")).get("annotations")).get(_OLD_CRYPT_KEY)
    return {CRYPT_KEY: key} if key else {}


def kept_labels(body: Body | None) -> dict[str, str]:
    return dict(text_map(mapping(mapping(body).get("metadata")).get("labels")))


def metadata(name: str, namespace: str = "", **maps: dict[str, str]) -> Manifest:
    """Metadata with the maps ``labels`` and ``annotations`` that are not empty."""
    return {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **{k: dict(v) for k, v in maps.items() if v},
    }


def kind_of_driver(driver: str) -> StorageKind | None:
    """Storage of the cloud by a CSI driver's name, or by that of a FlexVolume driver or provisioner."""
    return _KIND_OF_DRIVER.get(driver) or _KIND_OF_DRIVER.get(driver.rpartition("/")[2])


def kind_of_class(name: str, storage_class: StorageClass | None, provisioner: str = "") -> StorageKind | None:
    """What storage of the cloud a class makes; None where it is of another kind, or nothing tells."""
    if storage_class:
        driver = storage_class.parameters.get(CSI_DRIVER, "")
        if found := kind_of_driver(driver) or kind_of_driver(storage_class.provisioner):
            return found
    if platform := flex_class(name):
        return platform.kind
    by_name = {**{c: k for k, c in NEW_CLASS.items()}, "csi-disk-topology": StorageKind.EVS, "csi-sfs": StorageKind.SFS}
    return by_name.get(name) or kind_of_driver(provisioner)


def new_class(name: str, storage_class: StorageClass | None, provisioner: str = "") -> str:
    """The class in the new cluster: the platform's old ones have successors, all others keep their name."""
    if (platform := flex_class(name)) and not _is_own(name, storage_class):
        return NEW_CLASS[platform.kind]
    if not name and (kind := kind_of_driver(provisioner)):
        return NEW_CLASS[kind]
    return name


def _is_own(name: str, storage_class: StorageClass | None) -> bool:
    """Whether somebody gave a class of Everest the name of an old one of the platform's."""
    return storage_class is not None and storage_class.provisioner == PROVISIONER and name in FLEX_CLASSES


def disk_type(storage_class: StorageClass | None, name: str) -> str:
    """SATA, SAS, SSD...: as the class says, else as the name of an old class of the platform's does."""
    parameters = storage_class.parameters if storage_class else {}
    told = parameters.get(DISK_TYPE) or parameters.get("kubernetes.io/volumetype", "")
    platform = flex_class(name)
    return (told or (platform.annotations.get(DISK_TYPE, "") if platform else "")).upper()


def obs_type(old: str) -> str:
    """STANDARD or WARM for the words that FlexVolume had, in any case; anything else as it stands."""
    upper = old.upper()
    return {"STANDARD_IA": "WARM", "STANDARD-IA": "WARM", "": "STANDARD"}.get(upper, upper)


def bucket_of(parameters: dict[str, str]) -> dict[str, str]:
    """File system and kind of the buckets that a class makes, whether Everest's words or FlexVolume's say them."""
    posix = parameters.get("posix", "").lower() == "true"
    fs_type = parameters.get(FS_TYPE) or ("obsfs" if posix else "s3fs")
    told = parameters.get(OBS_TYPE) or parameters.get("storage_class") or parameters.get("kubernetes.io/storageclass")
    if fs_type == "obsfs":  # a parallel file system has no kind, unless somebody gave it one in Everest's words
        told = parameters.get(OBS_TYPE)
        return {FS_TYPE: fs_type, **({OBS_TYPE: told} if told else {})}
    return {FS_TYPE: fs_type, OBS_TYPE: obs_type(told or "")}


def without(given: Body, names: Container[str]) -> Body:
    return {k: v for k, v in given.items() if k not in names}


def told(value: Any) -> str:
    """A name that people read in a sentence; a dash where there is none."""
    return text(value) or "—"

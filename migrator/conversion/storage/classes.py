"""Storage classes of a person's own for the new cluster; those that the platform makes are its own business there."""

from __future__ import annotations

from typing import Any, NamedTuple

from migrator.conversion.model import Note
from migrator.conversion.storage.common import (
    CSI_DRIVER,
    DISK_TYPE,
    DRIVER,
    EVEREST_CLASSES,
    FLEX_CLASSES,
    FS_TYPE,
    PROVISIONER,
    Manifest,
    bucket_of,
    kept_annotations,
    kept_labels,
    kind_of_driver,
    metadata,
)
from migrator.locale import Msg, msg
from migrator.snapshot.model import ObjectRef, StorageKind
from migrator.snapshot.values import Body, annotations_of, mapping, mappings, text, text_map, texts
from migrator.snapshot.values import metadata as metadata_of

DEFAULT = "storageclass.kubernetes.io/is-default-class"
_OLD_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class"
_FLEX = "flexvolume-huawei.com/"
_OF_THE_VPC = "everest.io/share-access-to"
# Provisioners of other clouds that live in Kubernetes itself, or come with the cloud: none of them works on CCE.
_OF_OTHER_CLOUDS = {
    **dict.fromkeys(
        (
            *("kubernetes.io/gce-pd", "kubernetes.io/aws-ebs", "kubernetes.io/azure-disk", "kubernetes.io/cinder"),
            *("kubernetes.io/vsphere-volume", "pd.csi.storage.gke.io", "ebs.csi.aws.com", "disk.csi.azure.com"),
            *("cinder.csi.openstack.org", "diskplugin.csi.alibabacloud.com", "alicloud/disk"),
        ),
        StorageKind.EVS,
    ),
    **dict.fromkeys(("kubernetes.io/azure-file", "file.csi.azure.com", "efs.csi.aws.com"), StorageKind.SFS),
}
_OF_KUBERNETES = "kubernetes.io/no-provisioner"


class NewClass(NamedTuple):
    """``body`` is None for a class that the new cluster has, or replaces, by itself; ``left_out`` says which."""

    body: Manifest | None
    notes: tuple[Note, ...] = ()
    left_out: Msg | None = None


def convert_storage_class(body: Body) -> NewClass:
    """A StorageClass as dumped, for a cluster with Everest. The name stays, because claim templates ask for it."""
    name, provisioner = text(metadata_of(body).get("name")), text(body.get("provisioner"))
    if left_out := _of_the_platform(name, provisioner):
        return NewClass(None, _platform_notes(name, body), left_out)
    made: Manifest = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": metadata(name, labels=kept_labels(body), annotations=_annotations(body)),
        "provisioner": provisioner,
    }
    parameters = dict(text_map(body.get("parameters")))
    notes: list[Note] = []
    if provisioner.startswith(_FLEX) and (kind := kind_of_driver(provisioner)):
        parameters = _of_flex(kind, parameters, name, notes)
        made["provisioner"] = PROVISIONER
    elif kind := _OF_OTHER_CLOUDS.get(provisioner):
        _say(notes, name, "class_replaced", provisioner=provisioner, kind=DRIVER[kind])
        parameters = _of_flex(kind, {}, name, notes)
        made["provisioner"] = PROVISIONER
    elif provisioner == PROVISIONER:
        if parameters.get(_OF_THE_VPC):
            _say(notes, name, "class_vpc")
        if parameters.get("everest.io/zone"):
            _say(notes, name, "class_zone", zone=parameters["everest.io/zone"])
    elif provisioner != _OF_KUBERNETES:
        _say(notes, name, "class_provisioner", provisioner=provisioner or "—")
    if parameters:
        made["parameters"] = parameters
    made |= _rest(body, made["provisioner"] != provisioner)
    return NewClass(made, tuple(notes))


def _of_the_platform(name: str, provisioner: str) -> Msg | None:
    if name in EVEREST_CLASSES and provisioner == PROVISIONER:
        return msg("storage.left_out.class_everest", name=name)
    if name in FLEX_CLASSES and (provisioner.startswith(_FLEX) or not provisioner):
        kind = FLEX_CLASSES[name].kind
        return msg("storage.left_out.class_flex", name=name, kind=DRIVER[kind])
    return None


def _platform_notes(name: str, body: Body) -> tuple[Note, ...]:
    """What a person changed of a class that the platform makes is to be repeated in the new cluster."""
    notes: list[Note] = []
    if _annotations(body).get(DEFAULT) == "true":
        _say(notes, name, "class_default")
    if options := texts(body.get("mountOptions")):
        _say(notes, name, "class_mount_options", options=list(options))
    return tuple(notes)


def _annotations(body: Body) -> dict[str, str]:
    kept = kept_annotations(body)
    if old := annotations_of(body).get(_OLD_DEFAULT):
        kept.setdefault(DEFAULT, old)
    return kept


def _of_flex(kind: StorageKind, old: dict[str, str], name: str, notes: list[Note]) -> dict[str, str]:
    """Everest's parameters for those of a FlexVolume class; the notes name what is dropped."""
    made = {CSI_DRIVER: DRIVER[kind], FS_TYPE: {StorageKind.EVS: "ext4", StorageKind.OBS: "s3fs"}.get(kind, "nfs")}
    taken = {"kubernetes.io/volumetype", "kubernetes.io/fstype", "fsType", "fstype", "kubernetes.io/hw:passthrough"}
    if kind is StorageKind.EVS:
        made[FS_TYPE] = old.get("kubernetes.io/fstype") or old.get("fsType") or old.get("fstype") or "ext4"
        made[DISK_TYPE] = old.get("kubernetes.io/volumetype", "").upper() or "SAS"
        made["everest.io/passthrough"] = "true"  # SCSI, the only mode that Everest mounts
        if not old.get("kubernetes.io/volumetype"):
            _say(notes, name, "class_disk_type")
    elif kind is StorageKind.OBS:
        made |= bucket_of(old)
        taken |= {"posix", "storage_class", "kubernetes.io/storageclass"}
    else:
        made["everest.io/share-access-level"] = "rw"
        _say(notes, name, "class_vpc")
    if dropped := sorted(set(old) - taken):
        _say(notes, name, "class_parameters", names=dropped)
    return made


def _rest(body: Body, replaced: bool) -> dict[str, Any]:
    """The fields beside provisioner and parameters; what was said of another provisioner's disks is left behind."""
    made: dict[str, Any] = {}
    for field, default in (("reclaimPolicy", "Delete"), ("volumeBindingMode", "Immediate")):
        made[field] = text(body.get(field)) or default
    if isinstance(body.get("allowVolumeExpansion"), bool):
        made["allowVolumeExpansion"] = body["allowVolumeExpansion"]
    if replaced:
        return made
    if options := texts(body.get("mountOptions")):
        made["mountOptions"] = list(options)
    if topologies := mappings(body.get("allowedTopologies")):
        made["allowedTopologies"] = [mapping(t) for t in topologies]
    return made


def _say(notes: list[Note], name: str, sentence: str, **values: Any) -> None:
    ref = ObjectRef(api_version="storage.k8s.io/v1", kind="StorageClass", name=name)
    notes.append(Note(ref=ref, text=msg(f"storage.note.{sentence}", name=name, **values), open=sentence in _OPEN))


_OPEN = frozenset(("class_replaced", "class_vpc", "class_provisioner", "class_default", "class_mount_options"))

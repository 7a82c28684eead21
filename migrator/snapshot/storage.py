"""Volumes, claims and storage classes: what they are, and what moving them means (domain facts B.4, E.1, E.4)."""

from __future__ import annotations

import re
from typing import NamedTuple

from migrator.snapshot.model import Claim, ObjectRef, OutageClass, Provisioning, StorageClass, StorageKind, Volume
from migrator.snapshot.redaction import mask_map, mask_text
from migrator.snapshot.values import (
    Body,
    annotations_of,
    dig,
    first,
    first_of,
    labels_of,
    mapping,
    metadata,
    text,
    text_map,
    texts,
)
from migrator.snapshot.workloads import nfs_target

_DRIVERS = {
    "fuxivol": StorageKind.EVS,
    "fuxinfs": StorageKind.SFS,
    "fuxiobs": StorageKind.OBS,
    "fuxiefs": StorageKind.SFS_TURBO,
    "disk.csi.everest.io": StorageKind.EVS,
    "nas.csi.everest.io": StorageKind.SFS,
    "sfs.csi.everest.io": StorageKind.SFS,
    "obs.csi.everest.io": StorageKind.OBS,
    "sfsturbo.csi.everest.io": StorageKind.SFS_TURBO,
    "local.csi.everest.io": StorageKind.LOCAL,
    "nfs.csi.k8s.io": StorageKind.NFS,
    "smb.csi.k8s.io": StorageKind.OTHER,
    "hostpath.csi.k8s.io": StorageKind.HOST_PATH,
    "local.csi.openebs.io": StorageKind.LOCAL,
    "topolvm.io": StorageKind.LOCAL,
    "topolvm.cybozu.com": StorageKind.LOCAL,
    "driver.longhorn.io": StorageKind.OTHER,
    "cstor.csi.openebs.io": StorageKind.OTHER,
    "rbd.csi.ceph.com": StorageKind.OTHER,
    "cephfs.csi.ceph.com": StorageKind.OTHER,
    "pxd.portworx.com": StorageKind.OTHER,
    "pd.csi.storage.gke.io": StorageKind.CLOUD_DISK_OTHER,
    "ebs.csi.aws.com": StorageKind.CLOUD_DISK_OTHER,
    "disk.csi.azure.com": StorageKind.CLOUD_DISK_OTHER,
    "cinder.csi.openstack.org": StorageKind.CLOUD_DISK_OTHER,
    "diskplugin.csi.alibabacloud.com": StorageKind.CLOUD_DISK_OTHER,
}
# In-tree sources: storage kind, the field that names the volume.
_IN_TREE = {
    "gcePersistentDisk": (StorageKind.CLOUD_DISK_OTHER, "pdName"),
    "awsElasticBlockStore": (StorageKind.CLOUD_DISK_OTHER, "volumeID"),
    "azureDisk": (StorageKind.CLOUD_DISK_OTHER, "diskName"),
    "cinder": (StorageKind.CLOUD_DISK_OTHER, "volumeID"),
    "vsphereVolume": (StorageKind.CLOUD_DISK_OTHER, "volumePath"),
    "photonPersistentDisk": (StorageKind.CLOUD_DISK_OTHER, "pdID"),
    "nfs": (StorageKind.NFS, ""),
    "hostPath": (StorageKind.HOST_PATH, ""),
    "local": (StorageKind.LOCAL, ""),
    "cephfs": (StorageKind.OTHER, ""),
    "rbd": (StorageKind.OTHER, "image"),
    "glusterfs": (StorageKind.OTHER, ""),
    "iscsi": (StorageKind.OTHER, "iqn"),
    "fc": (StorageKind.OTHER, ""),
    "flocker": (StorageKind.OTHER, "datasetName"),
    "quobyte": (StorageKind.OTHER, "volume"),
    "portworxVolume": (StorageKind.OTHER, "volumeID"),
    "scaleIO": (StorageKind.OTHER, "volumeName"),
    "storageos": (StorageKind.OTHER, "volumeName"),
    "azureFile": (StorageKind.OTHER, "shareName"),
}
_SELF_BUILT_IN_TREE = frozenset(_IN_TREE) - {"azureFile", "hostPath", "local"}
_CEPH = ("rbd.csi.ceph.com", "cephfs.csi.ceph.com")
# Their data lies on the disks of the cluster's own nodes: no other cluster can mount it, whatever the access mode.
_INSIDE_THE_CLUSTER = frozenset(
    ("driver.longhorn.io", "cstor.csi.openebs.io", "pxd.portworx.com", "portworxVolume", "storageos")
)
_SELF_BUILT_DRIVERS = frozenset(("smb.csi.k8s.io", *_CEPH, *_INSIDE_THE_CLUSTER))
_OF_CCE = frozenset((StorageKind.EVS, StorageKind.SFS, StorageKind.OBS, StorageKind.SFS_TURBO))
_OF_A_CLOUD = _OF_CCE | {StorageKind.CLOUD_DISK_OTHER}
_ON_THE_NODE = frozenset((StorageKind.HOST_PATH, StorageKind.LOCAL))
_FILE_LIKE = frozenset((StorageKind.SFS, StorageKind.OBS, StorageKind.SFS_TURBO))
_MANY = frozenset(("ReadWriteMany", "ReadOnlyMany"))
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_DYNAMIC_NAME = re.compile(r"(?:^|-)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
_REGIONS = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_ENCRYPTION_KEYS = ("everest.io/crypt-key-id", "paas.storage.io/cryptKeyId")  # CSI, FlexVolume
_EVEREST_RECLAIM = "everest.io/reclaim-policy"
_PROVISIONERS = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")


class _Source(NamedTuple):
    storage: StorageKind
    driver: str
    known: bool  # whether the driver or source is one that we know
    volume_id: str = ""
    path: str = ""
    fs_type: str = ""
    attributes: dict[str, str] = {}
    flex: bool = False


def volume(ref: ObjectRef, body: Body) -> Volume:
    spec, given, notes = mapping(body.get("spec")), labels_of(body), annotations_of(body)
    source = _source(spec)
    modes = texts(spec.get("accessModes"))
    provisioning = provisioning_of(source.storage, source.driver)
    shared = shared_of(source.storage, modes)
    return Volume(
        name=ref.name,
        uid=text(metadata(body).get("uid")),
        storage=source.storage,
        provisioning=provisioning,
        outage=outage_of(source.storage, provisioning, shared, source.driver),
        flex_volume=source.flex,
        driver=source.driver,
        volume_id=mask_text(source.volume_id),
        path=mask_text(source.path),
        attributes=mask_map(source.attributes),
        fs_type=source.fs_type,
        capacity=text(dig(spec, "capacity", "storage")),
        access_modes=modes,
        reclaim_policy=text(spec.get("persistentVolumeReclaimPolicy")),
        storage_class=first(notes.get(_CLASS_ANNOTATION, ""), text(spec.get("storageClassName"))),
        shared=shared,
        dynamic=_dynamic(ref.name, source, body),
        phase=text(dig(body, "status", "phase")),
        region=first_of(given, _REGIONS),
        zone=first_of(given, _ZONES),
        claim_namespace=text(dig(spec, "claimRef", "namespace")),
        claim_name=text(dig(spec, "claimRef", "name")),
        encryption_key=_encryption_key(source.attributes, notes),
        retain_volume_only=notes.get(_EVEREST_RECLAIM) == "retain-volume-only",
    )


def _encryption_key(*given: dict[str, str]) -> str:
    return first(*(first_of(values, _ENCRYPTION_KEYS) for values in given))


def _source(spec: Body) -> _Source:
    if "flexVolume" in spec:
        return _flex(mapping(spec["flexVolume"]))
    if "csi" in spec:
        return _csi(mapping(spec["csi"]))
    for key, (storage, id_field) in _IN_TREE.items():
        if key in spec:
            body = mapping(spec[key])
            path = nfs_target(body) if key == "nfs" else text(body.get("path"))
            return _Source(storage, key, True, text(body.get(id_field)), path, text(body.get("fsType")))
    return _Source(StorageKind.OTHER, "", False)


def _flex(body: Body) -> _Source:
    driver, options = text(body.get("driver")), text_map(body.get("options"))
    storage = _DRIVERS.get(driver.rpartition("/")[2])
    fs_type = first(text(body.get("fsType")), options.get("fsType", ""))
    path = options.get("deviceMountPath", "")
    return _Source(
        storage or StorageKind.OTHER,
        driver,
        storage is not None,
        options.get("volumeID", ""),
        path,
        fs_type,
        options,
        True,
    )


def _csi(body: Body) -> _Source:
    driver, attributes = text(body.get("driver")), text_map(body.get("volumeAttributes"))
    storage = _DRIVERS.get(_plain(driver))
    path = attributes.get("everest.io/share-export-location", "")
    if storage is StorageKind.NFS:
        path = f"{attributes.get('server', '')}:{attributes.get('share', '')}"
    return _Source(
        storage or StorageKind.OTHER,
        driver,
        storage is not None,
        text(body.get("volumeHandle")),
        path,
        text(body.get("fsType")),
        attributes,
    )


def _plain(driver: str) -> str:
    """Rook puts the namespace of its operator before Ceph's name: ``rook-ceph.rbd.csi.ceph.com``."""
    return next((known for known in _CEPH if driver.endswith(f".{known}")), driver)


def provisioning_of(storage: StorageKind, driver: str) -> Provisioning:
    """Who made the storage; of the kinds that several can make, the driver or in-tree source tells."""
    if storage in _OF_A_CLOUD:
        return Provisioning.CLOUD
    if storage in _ON_THE_NODE:
        return Provisioning.NODE_LOCAL
    if storage is StorageKind.NFS or _plain(driver) in _SELF_BUILT_IN_TREE | _SELF_BUILT_DRIVERS:
        return Provisioning.SELF_BUILT
    return Provisioning.UNKNOWN


def outage_of(storage: StorageKind, provisioning: Provisioning, shared: bool | None, driver: str) -> OutageClass:
    """Whether moving such a volume stops the business (B.4).

    A shared EVS disk counts as an outage because no cluster from 1.15 on can import it (E.4); ``Volume.shared`` keeps
    it apart for a profile that knows better. A disk of another cloud has no way into a CCE cluster but a copy.
    """
    if storage in _FILE_LIKE:
        return OutageClass.NONE
    if storage is StorageKind.EVS:
        return OutageClass.OUTAGE
    if storage in _ON_THE_NODE or storage is StorageKind.CLOUD_DISK_OTHER:
        return OutageClass.COPY
    if storage is StorageKind.OTHER and (driver in _INSIDE_THE_CLUSTER or _plain(driver) != driver):
        return OutageClass.COPY  # Rook, whose name stands before the driver's, runs Ceph on the nodes
    if provisioning is Provisioning.SELF_BUILT and shared is not None:
        return OutageClass.NONE if shared else OutageClass.OUTAGE
    return OutageClass.UNKNOWN


def shared_of(storage: StorageKind, modes: tuple[str, ...]) -> bool | None:
    """Whether several nodes can mount such a volume at once; ``None`` where neither kind nor access modes tell."""
    if storage in _FILE_LIKE:
        return True
    if storage in _ON_THE_NODE:
        return False
    return bool(_MANY & set(modes)) if modes else None


def _dynamic(name: str, source: _Source, body: Body) -> bool | None:
    """Created automatically for a claim: the provisioner says so and gave the name that ends in the claim's uid.

    On CCE a volume made by hand from an existing disk carries the provisioner's annotation too (E.3), so there the
    name decides.
    """
    if not annotations_of(body).get(_PROVISIONED_BY):
        return False
    claim_uid = text(dig(body, "spec", "claimRef", "uid"))
    if _DYNAMIC_NAME.search(name) or (claim_uid and name.endswith(claim_uid)):
        return True
    return source.storage not in _OF_CCE


def claim(ref: ObjectRef, body: Body, system: bool) -> Claim:
    spec, given = mapping(body.get("spec")), annotations_of(body)
    return Claim(
        namespace=ref.namespace,
        name=ref.name,
        volume=text(spec.get("volumeName")),
        storage_class=first(given.get(_CLASS_ANNOTATION, ""), text(spec.get("storageClassName"))),
        access_modes=texts(spec.get("accessModes")),
        request=text(dig(spec, "resources", "requests", "storage")),
        phase=text(dig(body, "status", "phase")),
        provisioner=first_of(given, _PROVISIONERS),
        system=system,
        encryption_key=_encryption_key(given),
    )


def storage_class(ref: ObjectRef, body: Body) -> StorageClass:
    given = annotations_of(body)
    return StorageClass(
        name=ref.name,
        provisioner=text(body.get("provisioner")),
        reclaim_policy=text(body.get("reclaimPolicy")),
        binding_mode=text(body.get("volumeBindingMode")),
        parameters=mask_map(text_map(body.get("parameters"))),
        default=any(given.get(k) == "true" for k in _DEFAULT_CLASS),
    )

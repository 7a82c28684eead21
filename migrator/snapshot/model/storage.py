"""Volumes, claims and storage classes."""

from __future__ import annotations

from enum import StrEnum

from migrator.snapshot.model.base import Fact


class StorageKind(StrEnum):
    """What a volume is made of; the first four are storage of the cloud (domain facts E.1)."""

    EVS = "evs"  # 云硬盘
    SFS = "sfs"  # 文件存储
    OBS = "obs"  # 对象存储
    SFS_TURBO = "sfs_turbo"  # 极速文件存储
    CLOUD_DISK_OTHER = "cloud_disk_other"  # block disk of another cloud (GCE PD, AWS EBS, Azure, Cinder)
    NFS = "nfs"
    HOST_PATH = "host_path"
    LOCAL = "local"
    OTHER = "other"  # Ceph, GlusterFS, iSCSI and the like


class Provisioning(StrEnum):
    CLOUD = "cloud"
    SELF_BUILT = "self_built"
    NODE_LOCAL = "node_local"
    UNKNOWN = "unknown"


class OutageClass(StrEnum):
    """Whether moving the volume stops the business (B.4)."""

    NONE = "none"  # both clusters can mount it at once
    OUTAGE = "outage"  # the old workload must stop first
    COPY = "copy"  # the data does not move by itself: copy it, with the business stopped
    UNKNOWN = "unknown"


class Volume(Fact, frozen=True, kw_only=True):
    """A PersistentVolume."""

    name: str
    uid: str = ""
    storage: StorageKind = StorageKind.OTHER
    provisioning: Provisioning = Provisioning.UNKNOWN
    outage: OutageClass = OutageClass.UNKNOWN
    flex_volume: bool = False
    driver: str = ""  # FlexVolume or CSI driver, or the in-tree source's key such as gcePersistentDisk
    volume_id: str = ""  # disk id, share id, bucket
    path: str = ""  # export location, host path, server:/path
    attributes: dict[str, str] = {}  # FlexVolume options or CSI volumeAttributes, masked where secret
    fs_type: str = ""
    capacity: str = ""
    access_modes: tuple[str, ...] = ()
    reclaim_policy: str = ""
    storage_class: str = ""
    shared: bool | None = None  # can be mounted by several nodes at once
    dynamic: bool | None = None  # created automatically for a claim
    phase: str = ""
    region: str = ""
    zone: str = ""
    claim_namespace: str = ""
    claim_name: str = ""
    encryption_key: str = ""  # id of the key of an encrypted disk, which an import of the disk needs (E.4)
    retain_volume_only: bool = False  # annotated so that the storage outlives the policy Delete (E.5)


class Claim(Fact, frozen=True, kw_only=True):
    """A PersistentVolumeClaim."""

    namespace: str
    name: str
    volume: str = ""
    storage_class: str = ""
    access_modes: tuple[str, ...] = ()
    request: str = ""
    phase: str = ""
    provisioner: str = ""
    mounted_by: tuple[str, ...] = ()  # ``Workload.key`` of every workload that mounts it, sorted
    encryption_key: str = ""
    system: bool = False


class StorageClass(Fact, frozen=True, kw_only=True):
    name: str
    provisioner: str = ""
    reclaim_policy: str = ""
    binding_mode: str = ""
    parameters: dict[str, str] = {}
    default: bool = False

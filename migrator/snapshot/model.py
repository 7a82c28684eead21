"""What one cluster was at one time: typed facts, never changed once built.

A fact that the input did not tell is ``None`` (or an empty collection inside an object that was read); whether a whole
section was looked at stands in ``Snapshot.coverage``, so that "nothing there" and "not looked" stay apart.
Sections are sorted by namespace, kind and name: the order of the input files takes no part in the digest.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from migrator.versions import Version

SCHEMA_VERSION = 1


class Section(StrEnum):
    """A named part of a snapshot that can be read or absent as a whole."""

    CLUSTER = "cluster"
    NODES = "nodes"
    NODE_POOLS = "node_pools"
    NAMESPACES = "namespaces"
    WORKLOADS = "workloads"
    PODS = "pods"
    VOLUMES = "volumes"
    CLAIMS = "claims"
    STORAGE_CLASSES = "storage_classes"
    SERVICES = "services"
    INGRESSES = "ingresses"
    CONFIG_MAPS = "config_maps"
    ADDONS = "addons"
    OBJECTS = "objects"
    ADDRESS_USES = "address_uses"
    NODE_SETTINGS = "node_settings"


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of all facts: immutable, written without its defaults, refused when it carries an unknown field."""


class ObjectRef(Fact, frozen=True, kw_only=True, order=True):
    """The name of a Kubernetes object; ``namespace`` is empty for a cluster-scoped one."""

    api_version: str
    kind: str
    namespace: str = ""
    name: str = ""

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


class KubeObject(Fact, frozen=True, kw_only=True):
    """One object of the dump, of any kind, known or unknown, without its content."""

    ref: ObjectRef
    uid: str = ""
    file: str = ""  # name inside the input, never a path of the machine
    document: int = 0  # 1-based position of the document in its file
    owner: str = ""  # "ReplicaSet/web-5d9" of the controlling owner, empty for a top-level object
    applied_api_version: str = ""  # of kubectl.kubernetes.io/last-applied-configuration
    managed_api_versions: tuple[str, ...] = ()  # of metadata.managedFields


class NodeKind(StrEnum):
    VIRTUAL_MACHINE = "vm"
    BARE_METAL = "bare_metal"
    UNKNOWN = "unknown"


class Taint(Fact, frozen=True, kw_only=True):
    key: str
    value: str = ""
    effect: str = ""


class Node(Fact, frozen=True, kw_only=True):
    """A worker node, merged from the Kubernetes Node and the CCE API node of the same name or private IP."""

    name: str
    kind: NodeKind = NodeKind.UNKNOWN
    private_ips: tuple[str, ...] = ()
    eips: tuple[str, ...] = ()  # elastic IPs: Kubernetes ExternalIP, CCE API status.publicIP
    flavor: str = ""
    zone: str = ""
    pool: str = ""
    server_id: str = ""
    phase: str = ""  # of the CCE API, e.g. Active
    ready: bool | None = None
    unschedulable: bool = False
    kubelet_version: str = ""
    os_image: str = ""
    kernel_version: str = ""
    runtime: str = ""  # "docker://18.9.0", "containerd://1.4.1"
    architecture: str = ""
    cpu: str = ""
    memory: str = ""
    max_pods: int | None = None
    billing: str = ""  # "pay_per_use" | "yearly_monthly" | ""
    labels: dict[str, str] = {}
    taints: tuple[Taint, ...] = ()


class NodePool(Fact, frozen=True, kw_only=True):
    name: str
    uid: str = ""
    type: str = ""  # "vm", "ElasticBMS"
    flavor: str = ""
    zone: str = ""
    os: str = ""
    runtime: str = ""
    node_count: int | None = None
    autoscaling: bool | None = None
    phase: str = ""
    taints: tuple[Taint, ...] = ()
    labels: dict[str, str] = {}
    has_install_scripts: bool = False  # pre- or post-install script present: evidence of node settings (K.3)


class Namespace(Fact, frozen=True, kw_only=True):
    name: str
    phase: str = ""
    labels: dict[str, str] = {}


class Mount(Fact, frozen=True, kw_only=True):
    """One entry of a pod template's ``volumes``: what kind and which object or path it refers to."""

    name: str
    kind: str  # "claim" | "host_path" | "empty_dir" | "config_map" | "secret" | "nfs" | "flex" | "csi" | "other"
    target: str = ""  # claim, ConfigMap or Secret name, host path, "server:/path", driver


class ClaimTemplate(Fact, frozen=True, kw_only=True):
    name: str
    storage_class: str = ""
    access_modes: tuple[str, ...] = ()
    request: str = ""


class HostPort(Fact, frozen=True, kw_only=True):
    container: str
    port: int
    protocol: str = "TCP"


class Workload(Fact, frozen=True, kw_only=True):
    """A top-level Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob or bare Pod.

    Objects with a controlling owner (the ReplicaSets of a Deployment, the Pods of anything) are not workloads.
    """

    ref: ObjectRef
    replicas: int | None = None  # desired; None for kinds without the field
    ready: int | None = None
    images: tuple[str, ...] = ()  # of init and ordinary containers, sorted, unique
    labels: dict[str, str] = {}  # of the pod template
    node_selector: dict[str, str] = {}
    mounts: tuple[Mount, ...] = ()
    claim_templates: tuple[ClaimTemplate, ...] = ()
    service_name: str = ""  # of a StatefulSet
    host_network: bool = False
    host_ports: tuple[HostPort, ...] = ()
    sysctls: dict[str, str] = {}
    privileged: bool = False
    has_selector: bool = True
    suspended: bool = False
    schedule: str = ""
    system: bool = False  # of kube-system or another namespace that the platform makes: not migrated (H.4)

    @property
    def key(self) -> str:
        """``namespace/Kind/name``, unique in a snapshot."""
        return f"{self.ref.namespace}/{self.ref.kind}/{self.ref.name}"


class Pod(Fact, frozen=True, kw_only=True):
    namespace: str
    name: str
    phase: str = ""
    ready: bool | None = None
    node: str = ""
    owner: str = ""
    waiting_reason: str = ""  # e.g. CrashLoopBackOff
    system: bool = False


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
    system: bool = False


class StorageClass(Fact, frozen=True, kw_only=True):
    name: str
    provisioner: str = ""
    reclaim_policy: str = ""
    binding_mode: str = ""
    parameters: dict[str, str] = {}
    default: bool = False


class LoadBalancerKind(StrEnum):
    """Kinds of F.1: 经典型, 共享型, 独享型, DNAT."""

    CLASSIC = "classic"
    SHARED = "shared"
    DEDICATED = "dedicated"
    DNAT = "dnat"
    OTHER = "other"  # a load balancer of another platform
    UNKNOWN = "unknown"


class ServicePort(Fact, frozen=True, kw_only=True):
    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: str = ""
    node_port: int | None = None


class Service(Fact, frozen=True, kw_only=True):
    namespace: str
    name: str
    type: str = "ClusterIP"
    cluster_ip: str = ""  # "None" for a headless Service
    ports: tuple[ServicePort, ...] = ()
    selector: dict[str, str] = {}
    external_name: str = ""
    external_ips: tuple[str, ...] = ()
    source_ranges: tuple[str, ...] = ()
    session_affinity: str = ""
    traffic_policy: str = ""
    load_balancer: LoadBalancerKind | None = None  # None unless type is LoadBalancer (or DNAT)
    load_balancer_id: str = ""
    load_balancer_auto_created: bool | None = None
    addresses: tuple[str, ...] = ()  # spec.loadBalancerIP and status.loadBalancer.ingress, sorted, unique
    annotations: dict[str, str] = {}  # only those of load balancers (kubernetes.io/elb.* and alike)
    system: bool = False


class IngressRoute(Fact, frozen=True, kw_only=True):
    host: str = ""
    path: str = ""
    service: str = ""
    port: str = ""


class Ingress(Fact, frozen=True, kw_only=True):
    ref: ObjectRef
    ingress_class: str = ""
    routes: tuple[IngressRoute, ...] = ()
    default_backend: str = ""  # "service:port"
    tls_secrets: tuple[str, ...] = ()
    load_balancer: LoadBalancerKind | None = None
    load_balancer_id: str = ""
    addresses: tuple[str, ...] = ()
    annotations: dict[str, str] = {}
    system: bool = False


class ConfigEntry(Fact, frozen=True, kw_only=True):
    """A ConfigMap or Secret: its name and keys, never a value."""

    namespace: str
    name: str
    kind: str = "ConfigMap"  # or "Secret"
    type: str = ""  # of a Secret
    keys: tuple[str, ...] = ()
    system: bool = False


class AddOn(Fact, frozen=True, kw_only=True):
    name: str
    version: str = ""
    status: str = ""
    source: str = ""  # "cce_api" or "workload" (told from an image in kube-system)


class AddressUse(Fact, frozen=True, kw_only=True):
    """A place where a node IP, an EIP or a load balancer address is written down (checklist CL-1)."""

    address: str
    location: str  # "ConfigMap shop/app-config key db.properties", "数据库白名单 10.0.0.8"
    owner: str = ""  # whose system it is, where known
    origin: str = "dump"  # "dump" = found while reading, "form" = entered by a person


class NodeSetting(Fact, frozen=True, kw_only=True):
    """A kernel parameter or system setting made by hand (checklist OM-1)."""

    node: str  # "*" for all nodes
    category: str  # "sysctl" | "limits" | "container_engine" | "kubelet" | "system"
    key: str
    value: str = ""
    origin: str = "dump"  # "dump" | "form"


class ClusterFacts(Fact, frozen=True, kw_only=True):
    """The cluster as a whole; everything the CCE API or the nodes tell of it."""

    name: str = ""
    uid: str = ""
    version: Version | None = None  # of the CCE API, otherwise the oldest kubelet
    version_source: str = ""  # "cce_api" | "kubelet" | "given"
    platform_version: str = ""
    category: str = ""  # "CCE" | "Turbo"
    type: str = ""  # "VirtualMachine" | "BareMetal" | "ARM64"
    flavor: str = ""
    network_mode: str = ""  # "overlay_l2" | "vpc-router" | "eni"
    container_cidr: str = ""
    service_cidr: str = ""
    proxy_mode: str = ""
    vpc: str = ""
    subnet: str = ""
    masters: int | None = None
    billing: str = ""  # "pay_per_use" | "yearly_monthly" | ""
    phase: str = ""
    endpoints: tuple[str, ...] = ()
    authentication: str = ""
    corefile: str | None = None  # of ConfigMap kube-system/coredns


class InputProblem(Fact, frozen=True, kw_only=True):
    """One thing that was wrong with a file: the code of its sentence in migrator.errors, and that sentence's values."""

    code: str
    values: dict[str, Any] = {}


class InputReport(Fact, frozen=True, kw_only=True):
    """What became of one file of the input."""

    file: str
    objects: int = 0
    status: str = "read"  # "read" | "partial" | "unreadable" | "not_recognised"
    format: str = ""  # "kubernetes" | "cce_api"
    reason: str = ""  # error code of migrator.errors; of a file that was read: a remark that left nothing out
    values: dict[str, Any] = {}  # of that error's sentence
    problems: tuple[InputProblem, ...] = ()  # all of them, the first 100, where the file was read wholly or in part


class Coverage(Fact, frozen=True, kw_only=True):
    """Whether a section was looked at, and by which kinds of object."""

    section: Section
    read: bool
    kinds: tuple[str, ...] = ()


class SecretNotice(Fact, frozen=True, kw_only=True):
    """A credential was in the input and was dropped: where, never what."""

    ref: ObjectRef
    field: str  # "data.password", "env DB_PASSWORD of container app"


class Snapshot(Fact, frozen=True, kw_only=True):
    """All facts of one cluster at one time."""

    schema_version: int = SCHEMA_VERSION
    cluster: ClusterFacts = ClusterFacts()
    nodes: tuple[Node, ...] = ()
    node_pools: tuple[NodePool, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    workloads: tuple[Workload, ...] = ()
    pods: tuple[Pod, ...] = ()
    volumes: tuple[Volume, ...] = ()
    claims: tuple[Claim, ...] = ()
    storage_classes: tuple[StorageClass, ...] = ()
    services: tuple[Service, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    configs: tuple[ConfigEntry, ...] = ()
    addons: tuple[AddOn, ...] = ()
    address_uses: tuple[AddressUse, ...] = ()
    node_settings: tuple[NodeSetting, ...] = ()
    objects: tuple[KubeObject, ...] = ()
    secrets: tuple[SecretNotice, ...] = ()
    coverage: tuple[Coverage, ...] = ()  # one for each Section, in the order of the enum
    inputs: tuple[InputReport, ...] = ()  # sorted by file; not part of the digest

    def covers(self, section: Section) -> bool:
        """Whether ``section`` was looked at, so that "empty" means "none there"."""
        return any(c.section is section and c.read for c in self.coverage)

    @property
    def user_workloads(self) -> tuple[Workload, ...]:
        """The workloads that belong to the business: those outside the namespaces of the platform."""
        return tuple(w for w in self.workloads if not w.system)

"""The cluster as a whole, its nodes, pools and namespaces, and what was set on nodes by hand."""

from __future__ import annotations

from enum import StrEnum

from migrator.snapshot.model.base import Fact
from migrator.versions import Version


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


class NodeSetting(Fact, frozen=True, kw_only=True):
    """A kernel parameter or system setting made by hand (checklist OM-1)."""

    node: str  # "*" for all nodes, "NodePool web" for those of a pool, "?" where the input does not tell
    category: str  # "sysctl" | "limits" | "container_engine" | "kubelet" | "system"
    key: str
    value: str = ""
    origin: str = "dump"  # "dump" | "form"


class NodeCoverage(Fact, frozen=True, kw_only=True):
    """That files of a node were looked at, and what they could tell: the categories of ``NodeSetting``."""

    node: str
    categories: tuple[str, ...] = ()


class NodeState(Fact, frozen=True, kw_only=True):
    """What a look at a node showed of its state, good or bad; true only of the moment of looking.

    ``key``: what was looked at. The value "absent": it was looked for, and there is none.

    - numbers: "swap" (areas in use), "free PATH" (KiB), "images", "layers" (of images; "layers at most": with what
      containers wrote), "memory used" and "cpu used" (per cent), "kubelet certificates" (files), "mtu bond0";
    - "yes" or "no": "running PROGRAM", "command NAME" (is there), "file PATH" (is there), "containerd socket" (is
      there), "sudo" (works), "shared volume group" (vgpaas-share is mounted), "answers rpm|dpkg|systemctl" (the command
      works), "answers PATH" (a network mount does), "immutable PATH" (or "absent");
    - words: "mode /", "shell paas", "link PATH" (where it leads), "service NAME" (systemd's word for its state),
      "id PATH" (the server's id that a file holds; "empty", or "other" for anything that cannot be one), "mounted over"
      and "network mounts" (folders, separated by blanks).
    """

    node: str
    key: str
    value: str = ""


class AddOn(Fact, frozen=True, kw_only=True):
    name: str
    version: str = ""
    status: str = ""
    source: str = ""  # "cce_api", "helm" (its release) or "workload" (an image in kube-system)


AUTHENTICATING_PROXY = "authenticating_proxy"


class ClusterFacts(Fact, frozen=True, kw_only=True):
    """The cluster as a whole; everything the CCE API or the nodes tell of it."""

    name: str = ""
    uid: str = ""
    version: Version | None = None  # of the CCE API, otherwise of the API server, otherwise of the oldest kubelet
    version_source: str = ""  # "cce_api" | "server" | "kubelet" | "given" in a table | "corrected"
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
    authentication: str = ""  # "rbac" | "x509" | "authenticating_proxy"
    upgraded_from: str = ""  # version before the last upgrade; "never" where there was none
    cpu_policy: str = ""  # "none" | "static" | "enhanced-static"
    encryption: str = ""  # of Secrets at rest: "Default" (a key of the platform) | "KMS"
    nic_warm_most: int | None = None  # highest nic-max-above-warm-target that a configuration tells
    ipv6: bool | None = None
    corefile: str | None = None  # of ConfigMap kube-system/coredns

    @property
    def has_authenticating_proxy(self) -> bool | None:
        """Whether people reach the API through a proxy that says who they are (H.3); None where nothing tells."""
        return self.authentication == AUTHENTICATING_PROXY if self.authentication else None

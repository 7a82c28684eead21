"""The tables: which columns each has, what type they are, and which field of which fact they fill.

Headings, explanations and the words of drop-down lists are sentences: ``sheets.column.<table>.<key>``,
``sheets.help.<table>.<key>``, ``sheets.choice.<labels>.<value in lower case>``.
"""

from __future__ import annotations

from enum import Enum, StrEnum

import msgspec

from migrator.snapshot.model import (
    AddressUse,
    Claim,
    ClusterFacts,
    Fact,
    LoadBalancerKind,
    Node,
    NodeKind,
    NodeSetting,
    OutageClass,
    Provisioning,
    Section,
    Service,
    StorageKind,
    Volume,
    Workload,
)
from migrator.snapshot.sheets import entries
from migrator.snapshot.sheets.entries import Entry
from migrator.snapshot.workloads import GROUPS


class Type(Enum):
    """What a cell holds, and as which plain value it is read."""

    TEXT = "text"  # str
    VERSION = "version"  # str that ``Version.parse`` understands
    NUMBER = "number"  # int
    YES_NO = "yes_no"  # bool, or ``UNKNOWN`` where the column knows it
    LIST = "list"  # list of text, each an entry of the column's form
    MAP = "map"  # dict of text to text
    CHOICE = "choice"  # str, one of ``choices``
    SUGGESTION = "suggestion"  # str, ``choices`` are offered and others allowed


class Secrecy(Enum):
    """How a credential that somebody pasted is told from a plain value."""

    TEXT = "text"  # by its form, or by the word before it
    IMAGE = "image"  # "app-token:1.2" is none
    ENTRY = "entry"  # part by part: "certs=secret:web" is none
    TAINT = "taint"
    PLACE = "place"  # what stands before the colon in "Deployment shop/api-token: hostAliases" is the name of an object
    SETTING = "setting"  # also by the key of the setting
    LABELS = "labels"
    OPTIONS = "options"
    ANNOTATIONS = "annotations"
    COREFILE = "corefile"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    key: str  # also the field of the fact, and the key in JSON
    type: Type = Type.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    labels: str = ""  # family of the sentences for ``choices``; empty where they are technical terms
    entry: Entry = entries.TEXT
    secrecy: Secrecy = Secrecy.TEXT
    detail: bool = False  # rarely known to a person: at the right end, folded away in forms
    derived: bool = False  # where it is empty, it follows from others; "unknown" has to be written out
    shown: bool = False  # written also where it is the default
    width: int = 16


class Table(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    fact: type[Fact]
    section: Section
    columns: tuple[Column, ...]
    identity: tuple[str, ...]  # columns that no two rows have alike
    single: bool = False  # one row only

    def column(self, key: str) -> Column:
        return next(c for c in self.columns if c.key == key)


UNKNOWN = "unknown"


def _values(kind: type[StrEnum]) -> tuple[str, ...]:
    return tuple(member.value for member in kind)


def _text(key: str, width: int = 16, *, required: bool = False, detail: bool = False) -> Column:
    return Column(key=key, width=width, required=required, detail=detail)


def _number(key: str, *, detail: bool = False) -> Column:
    return Column(key=key, type=Type.NUMBER, width=10, detail=detail)


def _yes_no(key: str, *, detail: bool = False, derived: bool = False) -> Column:
    return Column(key=key, type=Type.YES_NO, width=10, detail=detail, derived=derived)


def _list(key: str, width: int = 24, *, entry: Entry = entries.TEXT, detail: bool = False) -> Column:
    secrecy = Secrecy.TEXT if entry is entries.TEXT else Secrecy.ENTRY
    return Column(key=key, type=Type.LIST, width=width, entry=entry, secrecy=secrecy, detail=detail)


def _map(key: str, *, detail: bool = False, secrecy: Secrecy = Secrecy.LABELS) -> Column:
    return Column(key=key, type=Type.MAP, width=32, detail=detail, secrecy=secrecy)


def _suggestion(key: str, *choices: str, labels: str = "", detail: bool = False, required: bool = False) -> Column:
    return Column(
        key=key, type=Type.SUGGESTION, choices=choices, labels=labels, detail=detail, required=required, width=18
    )


_BILLING = ("pay_per_use", "yearly_monthly")
_NAMESPACE = _text("namespace")
_NAME = _text("name", 28, required=True)

CLUSTER = Table(
    key="cluster",
    fact=ClusterFacts,
    section=Section.CLUSTER,
    identity=(),
    single=True,
    columns=(
        _text("name", 24),
        Column(key="version", type=Type.VERSION),
        _suggestion("type", "VirtualMachine", "BareMetal", "ARM64", labels="cluster_type"),
        _text("flavor", 20),
        _suggestion("category", "CCE", "Turbo"),
        _suggestion("network_mode", "overlay_l2", "vpc-router", "eni", labels="network_mode"),
        _text("container_cidr"),
        _text("service_cidr"),
        _number("masters"),
        _suggestion("billing", *_BILLING, labels="billing"),
        _text("platform_version", detail=True),
        _suggestion("proxy_mode", "iptables", "ipvs", detail=True),
        _text("vpc", detail=True),
        _text("subnet", detail=True),
        _text("phase", detail=True),
        _list("endpoints", 32, detail=True),
        _text("authentication", detail=True),
        _suggestion("cpu_policy", "none", "static", "enhanced-static", detail=True),
        _suggestion("encryption", "Default", "KMS", detail=True),
        _number("nic_warm_most", detail=True),
        _yes_no("ipv6", detail=True),
        _text("upgraded_from", detail=True),
        _text("uid", 32, detail=True),
        Column(key="corefile", secrecy=Secrecy.COREFILE, detail=True, width=32),
    ),
)

NODES = Table(
    key="nodes",
    fact=Node,
    section=Section.NODES,
    identity=("name",),
    columns=(
        _NAME,
        _list("private_ips", 20),
        _list("eips", 20),
        Column(key="kind", type=Type.CHOICE, choices=_values(NodeKind), labels="node_kind", width=12),
        _text("flavor"),
        _text("zone"),
        _text("pool"),
        _text("kubelet_version", 24),
        _text("os_image", 28),
        _text("runtime", 20),
        _text("cpu", 8),
        _text("memory", 14),
        _suggestion("billing", *_BILLING, labels="billing"),
        _yes_no("ready"),
        _map("labels"),
        Column(key="taints", type=Type.LIST, entry=entries.TAINT, secrecy=Secrecy.TAINT, width=24),
        _suggestion("architecture", "amd64", "arm64", detail=True),
        _text("kernel_version", 28, detail=True),
        _number("max_pods", detail=True),
        _text("server_id", 32, detail=True),
        _text("phase", detail=True),
        _yes_no("unschedulable", detail=True),
    ),
)

WORKLOADS = Table(
    key="workloads",
    fact=Workload,
    section=Section.WORKLOADS,
    identity=("namespace", "kind", "name"),
    columns=(
        _NAMESPACE,
        Column(key="kind", type=Type.CHOICE, choices=tuple(GROUPS), required=True, width=18),
        _NAME,
        _suggestion(
            "api_version",
            *("apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"),
            *("batch/v1", "batch/v1beta1", "batch/v2alpha1", "v1"),
        ),
        _number("replicas"),
        Column(key="images", type=Type.LIST, secrecy=Secrecy.IMAGE, width=40),
        _list("mounts", 32, entry=entries.MOUNT),
        _map("node_selector"),
        _yes_no("host_network"),
        _yes_no("privileged"),
        _number("ready", detail=True),
        _map("labels", detail=True),
        _list("claim_templates", 32, entry=entries.TEMPLATE, detail=True),
        _text("service_name", detail=True),
        _list("host_ports", entry=entries.HOST_PORT, detail=True),
        _map("sysctls", detail=True),
        _yes_no("has_selector", detail=True),
        _yes_no("suspended", detail=True),
        _text("schedule", detail=True),
        _text("owner", 24, detail=True),
        _text("platform_part", detail=True),
    ),
)

VOLUMES = Table(
    key="volumes",
    fact=Volume,
    section=Section.VOLUMES,
    identity=("name",),
    columns=(
        _NAME,
        Column(
            key="storage", type=Type.CHOICE, choices=_values(StorageKind), labels="storage", required=True, shown=True
        ),
        _text("claim_namespace"),
        _text("claim_name", 28),
        _yes_no("claim_exists"),
        _text("capacity", 10),
        _list("access_modes"),
        _suggestion("reclaim_policy", "Delete", "Retain", "Recycle"),
        _text("storage_class"),
        _text("volume_id", 32),
        _text("path", 32),
        _text("driver", 28),
        _yes_no("flex_volume"),
        _yes_no("dynamic"),
        _text("zone"),
        Column(
            key="provisioning",
            type=Type.CHOICE,
            choices=_values(Provisioning),
            labels="provisioning",
            derived=True,
            detail=True,
        ),
        Column(
            key="outage", type=Type.CHOICE, choices=_values(OutageClass), labels="outage", derived=True, detail=True
        ),
        _yes_no("shared", derived=True, detail=True),
        _text("encryption_key", 32, detail=True),
        _yes_no("retain_volume_only", detail=True),
        _text("fs_type", 10, detail=True),
        _text("region", detail=True),
        _text("phase", detail=True),
        _map("attributes", detail=True, secrecy=Secrecy.OPTIONS),
        _text("uid", 32, detail=True),
    ),
)

CLAIMS = Table(
    key="claims",
    fact=Claim,
    section=Section.CLAIMS,
    identity=("namespace", "name"),
    columns=(
        _NAMESPACE,
        _NAME,
        _text("volume", 28),
        _text("storage_class"),
        _list("access_modes"),
        _text("request", 10),
        _list("mounted_by", 32),
        _text("phase", detail=True),
        _text("provisioner", 28, detail=True),
        _text("encryption_key", 32, detail=True),
    ),
)

SERVICES = Table(
    key="services",
    fact=Service,
    section=Section.SERVICES,
    identity=("namespace", "name"),
    columns=(
        _NAMESPACE,
        _NAME,
        Column(
            key="type",
            type=Type.SUGGESTION,
            choices=("ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "DNAT"),
            shown=True,
        ),
        _list("ports", 32, entry=entries.PORT),
        Column(key="load_balancer", type=Type.CHOICE, choices=_values(LoadBalancerKind), labels="load_balancer"),
        _list("addresses"),
        _yes_no("public"),
        _text("load_balancer_id", 32),
        _text("cluster_ip"),
        _map("selector"),
        _text("external_name", 24),
        _list("external_ips"),
        _list("source_ranges"),
        _yes_no("load_balancer_auto_created", detail=True),
        _text("eip_id", 32, detail=True),
        _text("gateway_id", 32, detail=True),
        _suggestion("session_affinity", "None", "ClientIP", detail=True),
        _suggestion("traffic_policy", "Cluster", "Local", detail=True),
        _map("annotations", detail=True, secrecy=Secrecy.ANNOTATIONS),
    ),
)

ADDRESS_USES = Table(
    key="address_uses",
    fact=AddressUse,
    section=Section.ADDRESS_USES,
    identity=("address", "location"),
    columns=(
        _text("address", 18, required=True),
        Column(key="location", required=True, secrecy=Secrecy.PLACE, width=48),
        _text("owner", 20),
    ),
)

NODE_SETTINGS = Table(
    key="node_settings",
    fact=NodeSetting,
    section=Section.NODE_SETTINGS,
    identity=("node", "category", "key", "value"),
    columns=(
        Column(key="node", shown=True, width=20),
        _suggestion(
            "category",
            *("sysctl", "limits", "container_engine", "kubelet", "system"),
            labels="setting_category",
            required=True,
        ),
        _text("key", 36, required=True),
        Column(key="value", secrecy=Secrecy.SETTING, width=36),
    ),
)

TABLES = (CLUSTER, NODES, WORKLOADS, VOLUMES, CLAIMS, SERVICES, ADDRESS_USES, NODE_SETTINGS)

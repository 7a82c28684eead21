"""Nodes of the Kubernetes API, and their union with those of the CCE API (domain facts G.1, K.2)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import asdict, replace

from migrator.errors import VersionError
from migrator.snapshot.model import Namespace, Node, NodeKind, NodePool, ObjectRef, Taint
from migrator.snapshot.redaction import mask_labels
from migrator.snapshot.values import (
    Body,
    annotations_of,
    dig,
    first,
    first_of,
    labels_of,
    mapping,
    mappings,
    number,
    text,
    truth,
)
from migrator.versions import Version

DEFAULT_POOL = "DefaultPool"
POOL_ANNOTATION = "kubernetes.io/node-pool.id"
_BARE_METAL = ("node.kubernetes.io/baremetal", "failure-domain.beta.kubernetes.io/is-baremetal")
_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_FLAVORS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_POOLS = ("cce.cloud.com/cce-nodepool", "cloud.google.com/gke-nodepool")
_CCE_LABELS = ("cce.cloud.com/", "node.kubernetes.io/subnetid", "os.architecture", "os.version", _BARE_METAL[1])


def node(ref: ObjectRef, body: Body) -> Node:
    given, status = labels_of(body), mapping(body.get("status"))
    info = mapping(status.get("nodeInfo"))
    flavor = first_of(given, _FLAVORS)
    # The annotation names the default pool by no uid, and the label by nothing: a label on such a node is somebody's.
    owner = pool_of(annotations_of(body).get(POOL_ANNOTATION, ""))
    return Node(
        name=ref.name,
        kind=_kind(given, flavor),
        private_ips=_addresses(status, "InternalIP"),
        eips=_addresses(status, "ExternalIP"),
        flavor=flavor,
        zone=first_of(given, _ZONES),
        pool=owner if owner == DEFAULT_POOL else first(first_of(given, _POOLS), owner),
        server_id=text(dig(body, "spec", "providerID")),
        ready=_ready(status),
        unschedulable=truth(dig(body, "spec", "unschedulable")) or False,
        kubelet_version=text(info.get("kubeletVersion")),
        os_image=text(info.get("osImage")),
        kernel_version=text(info.get("kernelVersion")),
        runtime=text(info.get("containerRuntimeVersion")),
        architecture=text(info.get("architecture")),
        cpu=text(dig(status, "capacity", "cpu")),
        memory=text(dig(status, "capacity", "memory")),
        max_pods=number(dig(status, "allocatable", "pods")) or number(dig(status, "capacity", "pods")),
        labels=mask_labels(given),
        taints=taints(dig(body, "spec", "taints")),
    )


def is_cce_node(body: Body) -> bool:
    """Whether labels, annotations or the kubelet's version say that CCE made this node."""
    version = text(dig(body, "status", "nodeInfo", "kubeletVersion"))
    names = (*labels_of(body), *annotations_of(body))
    return "CCE" in version or "-r" in version or any(n.startswith(_CCE_LABELS) or n == POOL_ANNOTATION for n in names)


def kind_of_flavor(flavor: str) -> NodeKind:
    return NodeKind.BARE_METAL if flavor.startswith("physical.") else NodeKind.VIRTUAL_MACHINE


def _kind(given: dict[str, str], flavor: str) -> NodeKind:
    for key in _BARE_METAL:
        if key in given:
            return NodeKind.BARE_METAL if given[key].lower() == "true" else NodeKind.VIRTUAL_MACHINE
    return kind_of_flavor(flavor) if flavor.startswith("physical.") else NodeKind.UNKNOWN


def _addresses(status: Body, kind: str) -> tuple[str, ...]:
    return tuple(
        sorted({text(a.get("address")) for a in mappings(status.get("addresses")) if a.get("type") == kind} - {""})
    )


def _ready(status: Body) -> bool | None:
    for condition in mappings(status.get("conditions")):
        if condition.get("type") == "Ready":
            return text(condition.get("status")) == "True"
    return None


def taints(given: object) -> tuple[Taint, ...]:
    found = [
        Taint(key=key, value=value, effect=text(t.get("effect")))
        for t in mappings(given)
        for key, value in mask_labels({text(t.get("key")): text(t.get("value"))}).items()
    ]
    return tuple(sorted(found, key=lambda t: (t.key, t.value, t.effect)))


def pool_of(annotation: str) -> str:
    """The pool that ``kubernetes.io/node-pool.id`` names: a pool's uid; ``az#flavor#os`` stands for the default one."""
    return DEFAULT_POOL if "#" in annotation else annotation


def namespace(ref: ObjectRef, body: Body) -> Namespace:
    return Namespace(name=ref.name, phase=text(dig(body, "status", "phase")), labels=mask_labels(labels_of(body)))


def merge_nodes(kube: Iterable[Node], cce: Iterable[Node], pools: Iterable[NodePool]) -> tuple[Node, ...]:
    """One node for what both APIs tell: same name or a common private IP. The name is kubectl's."""
    pool_names = {p.uid: p for p in pools if p.uid}
    by_name, by_ip, merged = {}, {}, {}
    for n in kube:
        merged[n.name] = n
        by_name[n.name] = n.name
        by_ip.update(dict.fromkeys(n.private_ips, n.name))
    for n in cce:
        known = by_name.get(n.name) or next((by_ip[ip] for ip in n.private_ips if ip in by_ip), None)
        if known is None:
            merged[n.name] = n
        else:
            merged[known] = _union(merged[known], n)
    return tuple(_with_pool(merged[name], pool_names) for name in sorted(merged))


def _union(kube: Node, cce: Node) -> Node:
    ours, theirs = asdict(kube), asdict(cce)
    filled = {k: v for k, v in theirs.items() if v and not ours[k]}
    addresses = {k: tuple(sorted({*ours[k], *theirs[k]})) for k in ("private_ips", "eips")}
    of_cce = {k: theirs[k] for k in ("flavor", "server_id", "phase", "billing", "pool") if theirs[k]}
    kind = kube.kind if kube.kind is not NodeKind.UNKNOWN else cce.kind
    return replace(kube, **{**filled, **addresses, **of_cce, "kind": kind, "labels": {**cce.labels, **kube.labels}})


def _with_pool(n: Node, pools: dict[str, NodePool]) -> Node:
    pool = pools.get(n.pool)
    if pool is None:
        return n
    kind = NodeKind.BARE_METAL if pool.type == "ElasticBMS" else n.kind
    return replace(n, pool=pool.name, kind=kind)


def lowest_kubelet(nodes: Iterable[Node]) -> Version | None:
    """The oldest kubelet's version: nodes may lag behind the control plane, never lead it."""
    versions = []
    for n in nodes:
        try:
            versions.append(Version.parse(n.kubelet_version))
        except VersionError:
            continue
    return min(versions, key=lambda v: (v.order, v.suffix), default=None)

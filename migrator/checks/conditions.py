"""Circumstances in which alone a check applies, by name: true, false, or None where the input does not tell.

A check is left out only where its condition is known to be false; each has its sentence ``check.condition.<name>``.
"""

from __future__ import annotations

from collections.abc import Callable

from migrator.catalog.model import Mode
from migrator.checks.objects import Content, contents
from migrator.checks.spec import CheckContext
from migrator.snapshot.model import Ingress, LoadBalancerKind, Node, NodeKind, Section
from migrator.snapshot.values import mapping, mappings
from migrator.snapshot.workloads import GROUPS
from migrator.versions import Minor

Condition = Callable[[CheckContext], bool | None]

_GPU_LABELS = ("accelerator", "nvidia.com/gpu", "gpu.cce.cloud.com/gpu")
_GPU_RESOURCES = ("nvidia.com/gpu", "gpu-beta.kubernetes.io", "volcano.sh/gpu-")  # starts of the names of resources
_CERTIFICATES = "kubernetes.io/elb.tls-certificate-ids"  # of the load balancer itself
_GPU_ADDONS = ("gpu-beta", "gpu-device-plugin")


def _minor_upgrade(context: CheckContext) -> bool:
    return context.source.as_minor != context.target.as_minor


def _in_place_upgrade(context: CheckContext) -> bool | None:
    """Nodes are upgraded as they run, which a patch does as well (A.3); a path without hops tells of nothing else."""
    if not context.path.hops:
        return None if _minor_upgrade(context) else True
    return any(Mode.IN_PLACE in hop.modes for hop in context.path.hops)


def _network(mode: str) -> Condition:
    def holds(context: CheckContext) -> bool | None:
        known = context.snapshot.cluster.network_mode
        return known == mode if known else None

    return holds


def _turbo(context: CheckContext) -> bool | None:
    cluster = context.snapshot.cluster
    if cluster.category == "Turbo" or cluster.network_mode == "eni":
        return True
    return False if cluster.category or cluster.network_mode else None


def _secrets_encrypted(context: CheckContext) -> bool | None:
    """With a key of KMS, which no cluster before 1.27 knows."""
    known = context.snapshot.cluster.encryption
    if known:
        return known == "KMS"
    return False if context.source.as_minor < Minor(1, 27) else None


def _some_node(wanted: Callable[[Node], bool | None]) -> Condition:
    """Whether some node is of that sort; not known while one node does not tell."""

    def holds(context: CheckContext) -> bool | None:
        told = [wanted(node) for node in context.snapshot.nodes]
        if any(told):
            return True
        return None if not told or None in told or not context.snapshot.covers(Section.NODES) else False

    return holds


def _docker_on_euleros(node: Node) -> bool | None:
    if not node.runtime or not node.os_image:
        return None
    return node.runtime.startswith("docker") and "EulerOS" in node.os_image


def _containerd(node: Node) -> bool | None:
    return node.runtime.startswith("containerd") if node.runtime else None


def _bare_metal(node: Node) -> bool | None:
    return None if node.kind is NodeKind.UNKNOWN else node.kind is NodeKind.BARE_METAL


def _gpu(context: CheckContext) -> bool | None:
    """By add-ons and labels of nodes; pods that ask for a GPU tell of one that neither shows."""
    snapshot = context.snapshot
    if any(a.name in _GPU_ADDONS for a in snapshot.addons) or any(_has_gpu(n) for n in snapshot.nodes):
        return True
    if any(asks_for_gpu(content) for content in contents(context, *GROUPS)):
        return True
    return False if snapshot.covers(Section.ADDONS) and snapshot.covers(Section.NODES) else None


def asks_for_gpu(content: Content) -> bool:
    """Whether a container of the workload's pods asks for a GPU."""
    if not content.holds(*_GPU_RESOURCES):
        return False
    every = (*mappings(content.pods.get("containers")), *mappings(content.pods.get("initContainers")))
    asked = [mapping(mapping(c.get("resources")).get(part)) for c in every for part in ("limits", "requests")]
    return any(str(name).startswith(_GPU_RESOURCES) for resources in asked for name in resources)


def _has_gpu(node: Node) -> bool:
    return any(label in node.labels for label in _GPU_LABELS)


def _ubuntu_gpu(context: CheckContext) -> bool | None:
    ubuntu = _some_node(lambda n: "Ubuntu" in n.os_image if n.os_image else None)(context)
    gpu = _gpu(context)
    if ubuntu is False or gpu is False:
        return False
    return True if ubuntu and gpu else None


def _addon(*names: str) -> Condition:
    def holds(context: CheckContext) -> bool | None:
        if any(addon.name in names for addon in context.snapshot.addons):
            return True
        return False if context.snapshot.covers(Section.ADDONS) else None

    return holds


def _load_balancers(context: CheckContext) -> bool | None:
    if any(s.load_balancer is not None for s in context.snapshot.services):
        return True
    return False if context.snapshot.covers(Section.SERVICES) else None


def _ingresses(context: CheckContext) -> bool | None:
    if any(_is_balanced(ingress) for ingress in context.snapshot.ingresses):
        return True
    return False if context.snapshot.covers(Section.INGRESSES) else None


def _https_ingresses(context: CheckContext) -> bool | None:
    """Of an Ingress that was only written down nobody knows whether it has a certificate."""
    if any(_is_balanced(i) and (i.tls_secrets or _CERTIFICATES in i.annotations) for i in context.snapshot.ingresses):
        return True
    unread = any(ref.kind == "Ingress" for ref in context.named_only)
    return False if context.snapshot.covers(Section.INGRESSES) and not unread else None


def _is_balanced(ingress: Ingress) -> bool:
    """Whether CCE serves it by a listener of a load balancer, and no controller inside the cluster."""
    return ingress.load_balancer not in (None, LoadBalancerKind.OTHER) or ingress.ingress_class in ("", "cce")


def _cron_jobs(context: CheckContext) -> bool | None:
    if any(w.ref.kind == "CronJob" for w in context.snapshot.workloads):
        return True
    return False if context.snapshot.covers(Section.WORKLOADS) else None


CONDITIONS: dict[str, Condition] = {
    "minor_upgrade": _minor_upgrade,
    "in_place_upgrade": _in_place_upgrade,
    "vpc_network": _network("vpc-router"),
    "tunnel_network": _network("overlay_l2"),
    "turbo": _turbo,
    "secrets_encrypted": _secrets_encrypted,
    "docker_on_euleros": _some_node(_docker_on_euleros),
    "containerd_nodes": _some_node(_containerd),
    "bare_metal_nodes": _some_node(_bare_metal),
    "gpu_nodes": _gpu,
    "ubuntu_gpu": _ubuntu_gpu,
    "hpa_controller": _addon("cce-hpa-controller"),
    "nginx_addon": _addon("nginx-ingress"),
    "load_balancers": _load_balancers,
    "ingresses": _ingresses,
    "https_ingresses": _https_ingresses,
    "cron_jobs": _cron_jobs,
}

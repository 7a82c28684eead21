"""What the snapshot tells about known risks, by name: true, false, or None where it does not tell.

Each has its sentence ``path.condition.<name>``; which risk asks for which stands in the catalog.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from migrator.catalog.model import Catalog, HopRule
from migrator.errors import VersionError
from migrator.paths.facts import bare_metal_nodes, unsafe_sysctls
from migrator.snapshot.model import Node, NodeKind, Section, Snapshot, StorageKind, Workload
from migrator.versions import Version, VersionRange


class Situation(msgspec.Struct, frozen=True):
    """One hop of one cluster: ``source`` is the version that the whole way starts from."""

    snapshot: Snapshot
    catalog: Catalog
    hop: HopRule
    source: Version


Condition = Callable[[Situation], bool | None]

_OLD_OS = re.compile(r"EulerOS 2\.(0 \(SP5|5)|CentOS (Linux )?7", re.IGNORECASE)
_OLD_LABELS = ("failure-domain.beta.kubernetes.io/is-baremetal", "kubernetes.io/availablezone")
_NODE_PORTS = (30000, 32767)  # the range of an API server that nobody has configured otherwise
_SCALERS = ("HorizontalPodAutoscaler", "CustomedHorizontalPodAutoscaler")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
# The newest patches at which the taint is still put on (A.5); earlier minors do so at every patch.
_TAINT_ENDS = {19: Version(1, 19, 16, 4), 21: Version(1, 21, 7, 0), 23: Version(1, 23, 5, 0)}


def _any(found: bool, snapshot: Snapshot, *sections: Section) -> bool | None:
    """True where something was found, False where everything was looked at, None otherwise."""
    return True if found else (False if all(snapshot.covers(s) for s in sections) else None)


def _network(mode: str) -> Condition:
    def holds(at: Situation) -> bool | None:
        known = at.snapshot.cluster.network_mode
        return known == mode if known else None

    return holds


def _some_node(wanted: Callable[[Node], bool | None]) -> Condition:
    def holds(at: Situation) -> bool | None:
        told = [wanted(node) for node in at.snapshot.nodes]
        if any(told):
            return True
        return None if not told or None in told else _any(False, at.snapshot, Section.NODES)

    return holds


def _bare_metal(at: Situation) -> bool | None:
    if bare_metal_nodes(at.snapshot):
        return True
    return _some_node(lambda n: None if n.kind is NodeKind.UNKNOWN else n.kind is NodeKind.BARE_METAL)(at)


def _kubelets_behind(at: Situation) -> bool | None:
    """Whether a node would be further behind the masters of the hop's target than Kubernetes allows."""
    if at.hop.source != at.source.as_minor:  # nodes follow with every hop; later ones find them up to date
        return False
    allowed = 3 if at.hop.target.minor >= 28 else 2

    def behind(node: Node) -> bool | None:
        try:
            kubelet = Version.parse(node.kubelet_version)
        except VersionError:
            return None
        return at.hop.source.minor - kubelet.minor > allowed

    return _some_node(behind)(at)


def _flex_volumes(at: Situation) -> bool | None:
    snapshot = at.snapshot
    mounts = any(m.kind == "flex" for w in snapshot.user_workloads for m in w.mounts)
    return _any(mounts or any(v.flex_volume for v in snapshot.volumes), snapshot, Section.VOLUMES, Section.WORKLOADS)


def _shared_disks(at: Situation) -> bool | None:
    found = any(v.storage is StorageKind.EVS and v.shared for v in at.snapshot.volumes)
    return _any(found, at.snapshot, Section.VOLUMES)


def _corefile_has_proxy(at: Situation) -> bool | None:
    corefile = at.snapshot.cluster.corefile
    return None if corefile is None else re.search(r"^\s*proxy\s", corefile, re.MULTILINE) is not None


def _load_balancers(at: Situation) -> bool | None:
    """Listeners that CCE owns: those of Services, and those of Ingresses that no other controller serves."""
    snapshot = at.snapshot
    of_services = any(s.load_balancer is not None for s in snapshot.services)
    of_ingresses = any(i.load_balancer is not None or i.ingress_class in ("", "cce") for i in snapshot.ingresses)
    return _any(of_services or of_ingresses, snapshot, Section.SERVICES, Section.INGRESSES)


def _ingresses(at: Situation) -> bool | None:
    return _any(bool(at.snapshot.ingresses), at.snapshot, Section.INGRESSES)


def _sysctls(at: Situation) -> bool | None:
    found = any(unsafe_sysctls(w, at.hop.target) for w in at.snapshot.user_workloads)
    return _any(found, at.snapshot, Section.WORKLOADS)


def _autoscaling(at: Situation) -> bool | None:
    snapshot = at.snapshot
    on = any(p.autoscaling for p in snapshot.node_pools) or any(a.name == "autoscaler" for a in snapshot.addons)
    on = on or any(snapshot.objects_of(kind) for kind in _SCALERS)
    return _any(on, snapshot, Section.NODE_POOLS, Section.ADDONS, Section.OBJECTS)


def _kinds_exist(*kinds: str) -> Condition:
    def holds(at: Situation) -> bool | None:
        if any(o.ref.kind in kinds for o in at.snapshot.objects):
            return True
        return False if set(kinds) <= at.snapshot.kinds_seen else None

    return holds


def _coredns(snapshot: Snapshot) -> Workload | None:
    return next((w for w in snapshot.workloads if w.key == "kube-system/Deployment/coredns"), None)


def _coredns_1_8_4(at: Situation) -> bool | None:
    found = _coredns(at.snapshot)
    if found is None or not found.images:
        return None
    return any(re.search(r":v?1\.8\.4(\D|$)", image) for image in found.images)


def _coredns_short(at: Situation) -> bool | None:
    found = _coredns(at.snapshot)
    if found is None or found.replicas is None or not at.snapshot.covers(Section.NODES):
        return None
    if found.replicas > len(at.snapshot.nodes) or (found.ready is not None and found.ready < found.replicas):
        return True
    return None if found.ready is None else False


def _few_nodes(at: Situation) -> bool | None:
    return len(at.snapshot.nodes) < 2 if at.snapshot.covers(Section.NODES) else None


def _npd_too_old(at: Situation) -> bool | None:
    return _addon_below(at.snapshot, Version(1, 18, 10), "npd", "node-problem-detector")


def _obs_on_old_everest(at: Situation) -> bool | None:
    """Whether buckets are mounted by an Everest that keeps them mounted no longer once it is upgraded."""
    used = any(v.storage is StorageKind.OBS for v in at.snapshot.volumes)
    if not used:
        return _any(False, at.snapshot, Section.VOLUMES)
    return _addon_below(at.snapshot, Version(1, 2, 0), "everest")


def _addon_below(snapshot: Snapshot, bound: Version, *names: str) -> bool | None:
    """Whether the add-on, under whichever of its names, is older than ``bound``."""
    versions = [a.version for a in snapshot.addons if a.name in names]
    if not versions:
        return _any(False, snapshot, Section.ADDONS)
    try:
        return any(Version.parse(version) < bound for version in versions)
    except VersionError:
        return None


def _settings_made(at: Situation) -> bool | None:
    return _any(bool(at.snapshot.node_settings), at.snapshot, Section.NODE_SETTINGS)


def _setting(test: Callable[[str], bool], *keys: str) -> Condition:
    """Whether somebody set one of ``keys`` to a value for which ``test`` holds."""

    def holds(at: Situation) -> bool | None:
        found = any(s.key in keys and test(s.value) for s in at.snapshot.node_settings)
        return _any(found, at.snapshot, Section.NODE_SETTINGS)

    return holds


def _meets_node_ports(value: str) -> bool:
    bounds = [int(part) for part in re.findall(r"\d+", value)]
    return len(bounds) == 2 and bounds[0] <= _NODE_PORTS[1] and bounds[1] >= _NODE_PORTS[0]


def _taint_put_on(at: Situation) -> bool | None:
    """From the patch of the cluster; on a later hop the patch is whatever the hop before led to."""
    end = _TAINT_ENDS.get(at.hop.source.minor)
    if end is None:
        return True
    if at.source.as_minor != at.hop.source or at.source.patch < 0:
        return None
    return at.source <= end


def _newer_patch_known(at: Situation) -> bool | None:
    release = at.catalog.release_of(at.source)
    if at.hop.source != at.source.as_minor:
        return False
    if at.source.patch < 0 or release is None or not release.patches:
        return None
    newest = [bound for operator, bound in VersionRange.parse(release.patches).bounds if operator == "<="]
    return any(at.source < bound for bound in newest) if newest else None


def _pods_with(marks: Iterable[bytes], wanted: Callable[[Any], bool]) -> Condition:
    """Whether a workload's own manifest has something; only those that hold one of ``marks`` are decoded."""
    marks = tuple(marks)

    def holds(at: Situation) -> bool | None:
        snapshot = at.snapshot
        users = {w.ref for w in snapshot.user_workloads}
        held = [m for m in snapshot.manifests if m.ref in users]
        for manifest in held:
            body = bytes(manifest.body)
            if any(mark in body for mark in marks) and wanted(msgspec.json.decode(body)):
                return True
        return False if len(held) == len(users) and snapshot.covers(Section.WORKLOADS) else None

    return holds


def _entries(value: Any, key: str) -> Iterator[Any]:
    """Everything that stands under ``key``, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from _entries(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _entries(inner, key)


def _hasty_probe(body: Any) -> bool:
    probes = (p for name in _PROBES for p in _entries(body, name) if isinstance(p, dict))
    return any("exec" in p and "timeoutSeconds" not in p for p in probes)


def _old_labels(at: Situation) -> bool | None:
    if any(label in w.node_selector for w in at.snapshot.user_workloads for label in _OLD_LABELS):
        return True
    return _pods_with((label.encode() for label in _OLD_LABELS), lambda _body: True)(at)


CONDITIONS: dict[str, Condition] = {
    "nodes_not_ready": _some_node(lambda n: None if n.ready is None else not n.ready),
    "autoscaling_on": _autoscaling,
    "node_settings_made": _settings_made,
    "load_balancers": _load_balancers,
    "upgrade_taint_put_on": _taint_put_on,
    "old_node_os": _some_node(lambda n: bool(_OLD_OS.search(n.os_image)) if n.os_image else None),
    "tunnel_network": _network("overlay_l2"),
    "vpc_network": _network("vpc-router"),
    "npd_too_old": _npd_too_old,
    "obs_on_old_everest": _obs_on_old_everest,
    "coredns_1_8_4": _coredns_1_8_4,
    "fewer_than_two_nodes": _few_nodes,
    "coredns_short_of_nodes": _coredns_short,
    "corefile_has_proxy": _corefile_has_proxy,
    "flex_volumes": _flex_volumes,
    "old_node_labels_used": _old_labels,
    "docker_nodes": _some_node(lambda n: n.runtime.startswith("docker") if n.runtime else None),
    "sysctls_in_pods": _sysctls,
    "init_containers": _pods_with((b'"initContainers"',), lambda body: any(_entries(body, "initContainers"))),
    "webhooks": _kinds_exist(*_WEBHOOKS),
    "exec_probes_without_timeout": _pods_with((b'"exec"',), _hasty_probe),
    "ingresses": _ingresses,
    "pod_security_policies": _kinds_exist("PodSecurityPolicy"),
    "conntrack_set": _setting(lambda _: True, "net.netfilter.nf_conntrack_max", "net.nf_conntrack_max"),
    "local_ports_meet_node_ports": _setting(_meets_node_ports, "net.ipv4.ip_local_port_range"),
    "kubelets_behind": _kubelets_behind,
    "newer_patch_known": _newer_patch_known,
    "shared_disks": _shared_disks,
    "bare_metal_nodes": _bare_metal,
}

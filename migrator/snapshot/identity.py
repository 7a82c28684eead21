"""What a fact is called from one snapshot of a cluster to the next, and which of its fields say anything.

Names that are drawn anew all the time are no identity: Pods stand together under the controller that made them, the
revisions of a Helm release under the release, an address under the place where it is written down.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import asdict

from migrator.snapshot.build import PLATFORM_NAMESPACES
from migrator.snapshot.model import ApiUseSource, Fact, HelmRelease, KubeObject, ObjectRef, Pod, Snapshot
from migrator.snapshot.settle import SECTION_KINDS, shown_kind

# Objects that come and go by themselves, or that other sections tell better.
_PASSING = frozenset(("Event", "Lease", "Pod", "PodMetrics", "NodeMetrics", "ComponentStatus"))
_PASSING |= {"Endpoints", "EndpointSlice", "ControllerRevision"}
_HAS_A_SECTION = frozenset(kind for kinds in SECTION_KINDS.values() for kind in kinds) | {("", "Secret")}
# pod-template-hash of a ReplicaSet in the alphabet of Kubernetes; the scheduled time of a CronJob's Job.
_OF_DEPLOYMENT = re.compile(r"ReplicaSet/(?P<name>.+)-[bcdfghjklmnpqrstvwxz2456789]{4,10}")
_OF_CRON_JOB = re.compile(r"Job/(?P<name>.+)-\d{8,10}")
# Secrets that a controller makes under a new name each time; releases stand in a section of their own.
_MADE_ANEW = frozenset(("kubernetes.io/service-account-token", "helm.sh/release.v1"))
_ADDON_TOLD_BY = {"cce_api": "Addon (v3)", "helm": "Secret", "workload": "workloads of the platform"}


class Row(NamedTuple):
    """One fact under its name.

    Attributes:
        key: unique in its section.
        told_by: the kind, as a coverage names it, without which nothing would be known of this fact; empty where the
            section as a whole decides.
        elsewhere: whether another section tells whether it is there.
    """

    key: str
    fields: dict[str, Any]
    kind: str = ""
    namespace: str = ""
    name: str = ""
    system: bool = False
    told_by: str = ""
    elsewhere: bool = False


def rows(snapshot: Snapshot, section: str) -> dict[str, Row]:
    """The facts of a section by key; facts that share a name are told apart by their order in the snapshot."""
    found: dict[str, Row] = {}
    again: Counter[str] = Counter()
    for row in ROWS[section](snapshot):
        if row.key in found:
            again[row.key] += 1
            row = row._replace(key=f"{row.key} #{again[row.key] + 1}")  # noqa: PLW2901 - the same row, told apart
        found[row.key] = row
    return found


def place(namespace: str, name: str) -> str:
    """``namespace/name``, the key of everything that lives in a namespace."""
    return f"{namespace}/{name}"


def topmost_owners(snapshot: Snapshot) -> Callable[[str, str], str]:
    """A function from namespace and controlling owner (``ReplicaSet/web-5d9c8f``) to the topmost one.

    A dump need not hold the ReplicaSets and Jobs between: then their names tell.
    """
    owners = {(o.ref.namespace, f"{o.ref.kind}/{o.ref.name}"): o.owner for o in snapshot.objects if o.owner}
    own = {(w.ref.namespace, f"{w.ref.kind}/{w.ref.name}") for w in snapshot.workloads}

    def topmost(namespace: str, owner: str) -> str:
        for _ in range(8):  # deeper chains, or a ring, are no real ownership
            if (above := owners.get((namespace, owner))) is None:
                break
            owner = above
        if (namespace, owner) in own:
            return owner
        if parts := _OF_DEPLOYMENT.fullmatch(owner):
            return f"Deployment/{parts['name']}"
        parts = _OF_CRON_JOB.fullmatch(owner)
        return f"CronJob/{parts['name']}" if parts else owner

    return topmost


def _fields(fact: Fact, *without: str) -> dict[str, Any]:
    fields = asdict(fact)
    for name in without:
        del fields[name]
    return fields


def _cluster(snapshot: Snapshot) -> Iterator[Row]:
    cluster = snapshot.cluster
    if cluster != type(cluster)():
        fields = asdict(cluster) | {"version": str(cluster.version or "")}
        yield Row("", fields, kind="Cluster", name=cluster.name)


def _nodes(snapshot: Snapshot) -> Iterator[Row]:
    uids = {o.ref.name: o.uid for o in snapshot.objects if o.ref.kind == "Node" and o.ref.api_version == "v1"}
    for node in snapshot.nodes:
        fields = asdict(node) | {"uid": uids.get(node.name, "")}
        yield Row(node.name, fields, kind="Node", name=node.name)


def _named(kind: str, section: str) -> Callable[[Snapshot], Iterator[Row]]:
    def made(snapshot: Snapshot) -> Iterator[Row]:
        for fact in getattr(snapshot, section):
            yield Row(fact.name, _fields(fact, "name"), kind=kind, name=fact.name)

    return made


def _placed(kind: str, section: str) -> Callable[[Snapshot], Iterator[Row]]:
    def made(snapshot: Snapshot) -> Iterator[Row]:
        for fact in getattr(snapshot, section):
            key = place(fact.namespace, fact.name)
            yield Row(key, _fields(fact, "namespace", "name"), kind, fact.namespace, fact.name, fact.system)

    return made


def _referred(section: str) -> Callable[[Snapshot], Iterator[Row]]:
    """Workloads and Ingresses: the API version they are written in is a field, not a part of their name."""

    def made(snapshot: Snapshot) -> Iterator[Row]:
        for fact in getattr(snapshot, section):
            ref: ObjectRef = fact.ref
            key = place(ref.namespace, f"{ref.kind}/{ref.name}" if section == "workloads" else ref.name)
            fields = {"api_version": ref.api_version} | _fields(fact, "ref")
            told_by = ref.kind if section == "workloads" else ""
            yield Row(key, fields, ref.kind, ref.namespace, ref.name, fact.system, told_by)

    return made


def _pods(snapshot: Snapshot) -> Iterator[Row]:
    """How many pods each controller has, and how they fare; which ones they are changes from day to day."""
    topmost = topmost_owners(snapshot)
    groups: dict[tuple[str, str], list[Pod]] = defaultdict(list)
    for pod in snapshot.pods:
        groups[pod.namespace, topmost(pod.namespace, pod.owner) or f"Pod/{pod.name}"].append(pod)
    for (namespace, owner), pods in groups.items():
        fields = {
            "pods": len(pods),
            "phases": dict(Counter(p.phase or "Unknown" for p in pods)),
            "waiting_reasons": tuple(sorted({p.waiting_reason for p in pods if p.waiting_reason})),
        }
        kind, _, name = owner.partition("/")
        yield Row(place(namespace, owner), fields, kind, namespace, name, pods[0].system)


def _configs(snapshot: Snapshot) -> Iterator[Row]:
    for c in snapshot.configs:
        if c.type in _MADE_ANEW:
            continue
        fields = _fields(c, "namespace", "name", "kind")
        yield Row(place(c.namespace, f"{c.kind}/{c.name}"), fields, c.kind, c.namespace, c.name, c.system, c.kind)


def _addons(snapshot: Snapshot) -> Iterator[Row]:
    for addon in snapshot.addons:
        told_by = _ADDON_TOLD_BY.get(addon.source, "")
        yield Row(addon.name, _fields(addon, "name"), kind="Addon", name=addon.name, told_by=told_by)


def _helm_releases(snapshot: Snapshot) -> Iterator[Row]:
    """Each release as its latest revision describes it."""
    latest: dict[tuple[str, str], HelmRelease] = {}
    for release in snapshot.helm_releases:
        known = latest.get((release.namespace, release.name))
        if known is None or release.revision > known.revision:
            latest[release.namespace, release.name] = release
    for (namespace, name), release in latest.items():
        fields = _fields(release, "namespace", "name", "manifest_read")
        yield Row(place(namespace, name), fields, "HelmRelease", namespace, name, namespace in PLATFORM_NAMESPACES)


def _api_uses(source: ApiUseSource) -> Callable[[Snapshot], Iterator[Row]]:
    """API versions by the objects that are written in them; which revision of a release it was says nothing."""

    def made(snapshot: Snapshot) -> Iterator[Row]:
        seen: set[str] = set()
        for use in snapshot.api_uses:
            release = use.place.partition(" revision ")[0] if source is ApiUseSource.HELM else ""
            key = " ".join(filter(None, (release, use.ref.api_version, str(use.ref))))
            if use.source is source and key not in seen:
                seen.add(key)
                yield Row(key.rstrip(), {}, use.ref.kind, use.ref.namespace, use.ref.name)

    return made


def _address_uses(snapshot: Snapshot) -> Iterator[Row]:
    for use in snapshot.address_uses:
        fields = _fields(use, "address", "location")
        yield Row(f"{use.address} {use.location}", fields, "AddressUse", name=f"{use.address} · {use.location}")


def _node_settings(snapshot: Snapshot) -> Iterator[Row]:
    nodes = {n.name for n in snapshot.nodes} | {c.node for c in snapshot.node_coverage}
    for setting in snapshot.node_settings:
        key = f"{setting.node} {setting.category} {setting.key}"
        fields = _fields(setting, "node", "category", "key")
        told_by = f"{setting.node} {setting.category}" if setting.node in nodes else ""
        yield Row(key, fields, "NodeSetting", name=key, told_by=told_by)


def node_files(snapshot: Snapshot) -> set[str]:
    """What was looked at on the nodes themselves: ``node category``."""
    return {f"{c.node} {category}" for c in snapshot.node_coverage for category in c.categories}


def _secrets(snapshot: Snapshot) -> Iterator[Row]:
    passing = {(c.namespace, c.name) for c in snapshot.configs if c.type in _MADE_ANEW}
    for notice in snapshot.secrets:
        ref = notice.ref
        if ref.kind == "Secret" and (ref.namespace, ref.name) in passing:
            continue
        name = f"{ref.name} {notice.field}"
        key = f"{place(ref.namespace, ref.kind)}/{name}"
        yield Row(key, {}, ref.kind, ref.namespace, name, ref.namespace in PLATFORM_NAMESPACES, _told_by(ref))


def _objects(snapshot: Snapshot) -> Iterator[Row]:
    """Objects without a section of their own; of the others, what only the bare object tells.

    An object met under two API groups, as Velero stores it, is one.
    """
    groups: dict[str, list[KubeObject]] = defaultdict(list)
    for o in snapshot.objects:
        if o.ref.name and not o.owner and o.ref.kind not in _PASSING:
            groups[_object_key(o.ref)].append(o)
    for key, met in groups.items():
        ref, elsewhere = met[0].ref, _has_a_section(met[0].ref)
        fields = {
            "api_versions": () if elsewhere else tuple(sorted({o.ref.api_version for o in met})),
            "applied_api_version": max(o.applied_api_version for o in met),
            "managed_api_versions": tuple(sorted({v for o in met for v in o.managed_api_versions})),
            "uid": max(o.uid for o in met),
        }
        system = ref.namespace in PLATFORM_NAMESPACES
        yield Row(key, fields, ref.kind, ref.namespace, ref.name, system, _told_by(ref), elsewhere)


def _has_a_section(ref: ObjectRef) -> bool:
    """Whether another section than "objects" tells of this object."""
    return (ref.api_version if ref.api_version == "v3" else ref.group, ref.kind) in _HAS_A_SECTION


def _object_key(ref: ObjectRef) -> str:
    kind = _told_by(ref) if _has_a_section(ref) else f"{ref.kind}.{ref.group}".rstrip(".")
    return place(ref.namespace, f"{kind}/{ref.name}")


def _told_by(ref: ObjectRef) -> str:
    return shown_kind(ref.api_version, ref.kind)  # of another group than the CCE API's the kind alone


ROWS: Mapping[str, Callable[[Snapshot], Iterable[Row]]] = {
    "cluster": _cluster,
    "nodes": _nodes,
    "node_pools": _named("NodePool", "node_pools"),
    "namespaces": _named("Namespace", "namespaces"),
    "workloads": _referred("workloads"),
    "pods": _pods,
    "volumes": _named("PersistentVolume", "volumes"),
    "claims": _placed("PersistentVolumeClaim", "claims"),
    "storage_classes": _named("StorageClass", "storage_classes"),
    "services": _placed("Service", "services"),
    "ingresses": _referred("ingresses"),
    "configs": _configs,
    "addons": _addons,
    "helm_releases": _helm_releases,
    "helm_apis": _api_uses(ApiUseSource.HELM),
    "api_requests": _api_uses(ApiUseSource.METRICS),
    "address_uses": _address_uses,
    "node_settings": _node_settings,
    "secrets": _secrets,
    "objects": _objects,
}

"""Workloads that must stop together, because they hold storage that one cluster only can have at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from migrator.conversion.storage.templates import FOREIGN
from migrator.runbook.holdings import Held, Holders
from migrator.snapshot.model import Service, Workload


class Chain(msgspec.Struct, frozen=True):
    """Workloads that must stop together because they hold the same storage, and that storage."""

    key: str  # ``Workload.key`` of the first
    workloads: tuple[Workload, ...]
    held: tuple[Held, ...]
    paths: tuple[tuple[str, str], ...] = ()  # (workload key, host path) of data on a node's own disk
    services: tuple[Service, ...] = ()  # that send traffic to the workloads
    followers: tuple[Workload, ...] = ()  # stop and start with them, but hold nothing: they use what is stopped
    crons: tuple[Workload, ...] = ()  # CronJobs that must not start while the others are stopped
    addressed: frozenset[str] = frozenset()  # keys of workloads with an old address written in them

    @property
    def namespace(self) -> str:
        return self.workloads[0].ref.namespace

    @property
    def namespaces(self) -> tuple[str, ...]:
        return tuple(sorted({w.ref.namespace for w in (*self.workloads, *self.followers, *self.crons)}))


def chains_of(
    workloads: Sequence[Workload],
    held: Iterable[Held],
    mounted_by: Holders,
    services: Sequence[Service],
    *,
    stops: Callable[[Held], bool],
    paths: Mapping[str, tuple[str, ...]],
    alone: Iterable[str] = (),
) -> tuple[Chain, ...]:
    """One chain for each set of workloads connected by claims that ``stops`` names, or with a path in ``paths``, or
    whose key is in ``alone``."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    stopping: dict[str, list[Held]] = defaultdict(list)
    for item in held:
        holders = mounted_by.get((item.claim.namespace, item.claim.name), ()) if item.claim else ()
        if not holders or not stops(item):
            continue
        for other in holders[1:]:
            parent[root(other)] = root(holders[0])
        root(holders[0])
        stopping[holders[0]].append(item)
    for key in (*paths, *alone):
        root(key)
    groups: dict[str, list[Workload]] = defaultdict(list)
    for workload in workloads:
        if workload.key in parent:
            groups[root(workload.key)].append(workload)
    routed = services_of([w for g in groups.values() for w in g], services)
    return tuple(_chain(group, stopping, paths, routed) for group in groups.values())


def _chain(
    group: list[Workload],
    stopping: Mapping[str, list[Held]],
    paths: Mapping[str, tuple[str, ...]],
    routed: Mapping[str, list[Service]],
) -> Chain:
    services = {(s.namespace, s.name): s for w in group for s in routed.get(w.key, ())}
    return Chain(
        key=group[0].key,
        workloads=tuple(group),
        held=tuple(item for w in group for item in stopping.get(w.key, ())),
        paths=tuple((w.key, path) for w in group for path in paths.get(w.key, ())),
        services=tuple(services[name] for name in sorted(services)),
    )


# Paths that every node has of its own: mounting them reads the node and stores nothing of the business.
_NODE_PATHS = (
    "/proc", "/sys", "/dev", "/run", "/var/run", "/lib/modules", "/usr", "/boot", "/etc", "/var/log",
    "/var/lib/docker", "/var/lib/containerd", "/var/lib/kubelet",
)  # fmt: skip


def data_paths(workloads: Iterable[Workload]) -> dict[str, tuple[str, ...]]:
    """Workload key -> host paths with data that must be copied. A DaemonSet reads the node, it keeps nothing there."""
    return {w.key: found for w in workloads if w.ref.kind != "DaemonSet" and (found := node_data(w))}


def node_data(workload: Workload) -> tuple[str, ...]:
    """Host paths that the pod template names itself and that may hold data of the business."""
    paths = {m.target.rstrip("/") or "/" for m in workload.mounts if m.kind == "host_path"}
    return tuple(sorted(p for p in paths if p != "/" and not any(p == n or p.startswith(f"{n}/") for n in _NODE_PATHS)))


def mounts_disk(workload: Workload) -> bool:
    """Whether the pod template mounts a cloud disk without a claim: one cluster only can hold it at a time, and that of
    another cloud has to be copied while nobody writes."""
    return any(m.target.endswith("fuxivol") if m.kind == "flex" else m.target in FOREIGN for m in workload.mounts)


def services_of(workloads: Iterable[Workload], services: Iterable[Service]) -> dict[str, list[Service]]:
    """Workload key -> the Services whose selector its pods' labels meet; linear by one label of each selector."""
    by_label: dict[tuple[str, str, str], list[Service]] = defaultdict(list)
    for service in services:
        if service.selector:
            label = min(service.selector.items())
            by_label[(service.namespace, *label)].append(service)
    found: dict[str, list[Service]] = {}
    for workload in workloads:
        hits = [
            service
            for label in workload.labels.items()
            for service in by_label.get((workload.ref.namespace, *label), ())
            if service.selector.items() <= workload.labels.items()
        ]
        if hits:
            found[workload.key] = hits
    return found

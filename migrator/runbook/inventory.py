"""What there is to move, and how: the snapshot sorted by the way each claim and workload takes (B.3, B.4).

Built once for a runbook in time linear in the snapshot; the step families only read it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from migrator.catalog.model import ApiRemoval, Catalog
from migrator.conversion.model import Bundle
from migrator.conversion.storage.whole import Bodies, bodies_of
from migrator.runbook.bundled import Applied, applied
from migrator.runbook.chains import Chain, chains_of, data_paths, mounts_disk
from migrator.runbook.entries import Entry, entries_of
from migrator.runbook.holdings import Held, Holders, Transfer, held_of, mounted_by
from migrator.snapshot.model import Ingress, Node, Pod, Service, Snapshot, StorageClass, Workload
from migrator.versions import Version, removed_on_the_way

_NO_BUNDLE = Bundle()


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """All that is planned; objects of the platform's own namespaces are left out."""

    snapshot: Snapshot
    workloads: tuple[Workload, ...]  # of the business
    source: Version
    target: Version
    namespaces: tuple[str, ...]
    nodes: tuple[Node, ...]
    free: tuple[Workload, ...]  # workloads that need no outage
    chains: tuple[Chain, ...]
    holders: Holders
    shared: tuple[Held, ...]
    undecided: tuple[Held, ...]
    services: tuple[Service, ...]
    ingresses: tuple[Ingress, ...]
    entries: tuple[Entry, ...]
    classes: Mapping[str, StorageClass]
    bodies: Bodies  # volumes and claims as they were dumped
    default_objects: frozenset[str]  # "Secret/default-secret": made by the platform in every namespace
    system_namespaces: frozenset[str]
    platform_accounts: frozenset[str]  # names of the platform's own accounts and workloads: its roles are called so too
    pods_of: Mapping[str, tuple[Pod, ...]]  # by namespace
    applied: Applied  # the manifests of the bundle; none but for a migration
    storage_ports: Mapping[str, tuple[int, ...]]  # by kind of storage
    removals: Mapping[tuple[str, str], ApiRemoval]  # by API version and kind, those between source and target
    maintained_until: str  # month in which the platform's maintenance of the target ends; empty where nobody tells

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(sorted({h for e in self.entries for h in e.hosts}))

    @property
    def held(self) -> Iterable[Held]:
        """Every claim and volume that is planned, in whichever way."""
        yield from self.shared
        for chain in self.chains:
            yield from chain.held
        yield from self.undecided


def take_inventory(
    snapshot: Snapshot, source: Version, target: Version, catalog: Catalog, bundle: Bundle = _NO_BUNDLE
) -> Inventory:
    workloads = snapshot.user_workloads
    system = frozenset(catalog.system_namespaces)
    holders = mounted_by(snapshot, workloads)
    held = list(held_of(snapshot, holders, system))
    services = tuple(s for s in snapshot.services if not s.system)
    ingresses = tuple(i for i in snapshot.ingresses if not i.system)
    disks = [w.key for w in workloads if mounts_disk(w)]
    chains = chains_of(workloads, held, holders, services, stops=_stops, paths=data_paths(workloads), alone=disks)
    stopped = {w.key for chain in chains for w in chain.workloads}
    in_chains = {h.name for chain in chains for h in chain.held}
    named = {w.ref.namespace for w in workloads} | {s.namespace for s in services} | {h.namespace for h in held}
    named |= {n.name for n in snapshot.namespaces} | {c.namespace for c in snapshot.configs if not c.system}
    named |= {i.ref.namespace for i in ingresses}
    return Inventory(
        snapshot=snapshot,
        workloads=workloads,
        source=source,
        target=target,
        namespaces=tuple(sorted(named - system - {""})),
        nodes=snapshot.nodes,
        free=tuple(w for w in workloads if w.key not in stopped),
        chains=chains,
        holders=holders,
        shared=tuple(h for h in held if h.transfer is Transfer.SHARE),
        undecided=tuple(h for h in held if h.transfer is not Transfer.SHARE and h.name not in in_chains),
        services=services,
        ingresses=ingresses,
        entries=entries_of(services, ingresses),
        classes={c.name: c for c in snapshot.storage_classes},
        bodies=bodies_of(snapshot),
        default_objects=frozenset(catalog.platform_objects),
        system_namespaces=system,
        platform_accounts=_platform_accounts(snapshot, system),
        pods_of=_pods_by_namespace(snapshot),
        applied=applied(bundle, target),
        storage_ports={p.storage: p.ports for p in catalog.storage_ports},
        removals={
            (r.api_version, r.kind): r for r in catalog.api_removals if removed_on_the_way(r.removed_in, source, target)
        },
        maintained_until=release.end_of_service if (release := catalog.release_of(target)) else "",
    )


def _pods_by_namespace(snapshot: Snapshot) -> dict[str, tuple[Pod, ...]]:
    found: dict[str, list[Pod]] = defaultdict(list)
    for pod in snapshot.pods:
        found[pod.namespace].append(pod)
    return {namespace: tuple(pods) for namespace, pods in found.items()}


def _platform_accounts(snapshot: Snapshot, system: frozenset[str]) -> frozenset[str]:
    accounts = {o.ref.name for o in snapshot.objects_of("ServiceAccount") if o.ref.namespace in system}
    return frozenset(accounts - {"default"} | {w.ref.name for w in snapshot.workloads if w.system})


def _stops(held: Held) -> bool:
    return held.transfer is not Transfer.SHARE and held.volume is not None

"""Facts that only the whole dump can tell: mounts, platform of the load balancers, cluster version, coverage."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from migrator.snapshot.model import (
    Claim,
    ClusterFacts,
    Coverage,
    Ingress,
    LoadBalancerKind,
    Node,
    Section,
    Service,
    Volume,
    Workload,
)
from migrator.snapshot.network import settle_class
from migrator.snapshot.nodes import lowest_kubelet
from migrator.snapshot.workloads import GROUPS

_Balanced = TypeVar("_Balanced", Service, Ingress)
ClaimKey = tuple[str, str]

_ORDINAL = re.compile(r"(?P<stem>.+)-(?P<ordinal>0|[1-9]\d*)")
# The kinds of Kubernetes itself in which addresses are looked for, so that a coverage names them; custom ones are too.
_SEARCHED_FOR_ADDRESSES = frozenset(
    (
        *(kind for kind in GROUPS if kind not in ("ReplicaSet", "Pod")),
        *("ConfigMap", "Service", "Ingress", "Endpoints", "EndpointSlice", "NetworkPolicy"),
        *("PersistentVolume", "StorageClass", "APIService", "CustomResourceDefinition"),
        *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
    )
)
PLATFORM_WORKLOADS = "workloads of the platform"  # as a "kind" of coverage: their images tell of add-ons
# A section counts as read once one of its kinds was met, or asked for by a typed list.
SECTION_KINDS: dict[Section, frozenset[tuple[str, str]]] = {
    Section.CLUSTER: frozenset({("v3", "Cluster")}),
    Section.NODES: frozenset({("", "Node"), ("v3", "Node")}),
    Section.NODE_POOLS: frozenset({("v3", "NodePool")}),
    Section.NAMESPACES: frozenset({("", "Namespace")}),
    Section.WORKLOADS: frozenset((g, k) for k, groups in GROUPS.items() if k != "Pod" for g in groups),
    Section.PODS: frozenset({("", "Pod")}),
    Section.VOLUMES: frozenset({("", "PersistentVolume")}),
    Section.CLAIMS: frozenset({("", "PersistentVolumeClaim")}),
    Section.STORAGE_CLASSES: frozenset({("storage.k8s.io", "StorageClass")}),
    Section.SERVICES: frozenset({("", "Service")}),
    Section.INGRESSES: frozenset({("extensions", "Ingress"), ("networking.k8s.io", "Ingress")}),
    Section.CONFIG_MAPS: frozenset({("", "ConfigMap")}),
    Section.ADDONS: frozenset({("v3", "Addon")}),
    Section.HELM_RELEASES: frozenset({("", "Secret")}),  # where Helm 3 keeps them unless told otherwise
}


def mounts(
    workloads: Sequence[Workload],
    claims: Sequence[Claim],
    pod_claims: Iterable[tuple[str, str, str]],
    owners: Mapping[tuple[str, str], str],
) -> dict[ClaimKey, set[str]]:
    """Who mounts each claim: by name in a pod template, by a StatefulSet's claim template, or by a running pod.

    The pod leads to its topmost owner; one of a kind that is no workload (an operator's own) counts as well, so that
    its volumes are not taken for abandoned.
    """
    found: dict[ClaimKey, set[str]] = defaultdict(set)
    for workload in workloads:
        for mount in workload.mounts:
            if mount.kind == "claim":
                found[workload.ref.namespace, mount.target].add(workload.key)
    stems = {
        (w.ref.namespace, f"{t.name}-{w.ref.name}"): w
        for w in workloads
        if w.ref.kind == "StatefulSet"
        for t in w.claim_templates
    }
    for claim in claims:
        parts = _ORDINAL.fullmatch(claim.name)
        owner = stems.get((claim.namespace, parts["stem"])) if parts else None
        if parts and owner and int(parts["ordinal"]) < (1 if owner.replicas is None else owner.replicas):
            found[claim.namespace, claim.name].add(owner.key)
    for namespace, owner_name, claim_name in pod_claims:
        found[namespace, claim_name].add(f"{namespace}/{_topmost(namespace, owner_name, owners)}")
    return found


def _topmost(namespace: str, owner: str, owners: Mapping[tuple[str, str], str]) -> str:
    for _ in range(8):  # deeper chains, or a ring, are no real ownership
        above = owners.get((namespace, owner))
        if not above:
            break
        owner = above
    return owner


def claims(all_claims: Sequence[Claim], mounted: Mapping[ClaimKey, set[str]]) -> tuple[Claim, ...]:
    """The claims with all that mount them; what people wrote down of it stays."""
    return tuple(
        replace(c, mounted_by=tuple(sorted({*c.mounted_by, *mounted.get((c.namespace, c.name), ())})))
        for c in all_claims
    )


def volumes(all_volumes: Sequence[Volume], all_claims: Sequence[Claim]) -> tuple[Volume, ...]:
    """The volumes with the claim that names them, where they name none themselves.

    Written by hand, only the claim of a pair says ``volumeName``; the cluster writes ``claimRef`` when it binds them.
    Volumes of the first clusters have no class either: it is that of the claim.
    """
    naming: dict[str, list[Claim]] = defaultdict(list)
    for claim in all_claims:
        naming[claim.volume].append(claim)
    return tuple(_claimed(v, naming.get(v.name, [])) for v in all_volumes)


def _claimed(volume: Volume, naming: Sequence[Claim]) -> Volume:
    own = [c for c in naming if volume.claim_name in ("", c.name) and volume.claim_namespace in ("", c.namespace)]
    if len(own) != 1:
        return volume
    claim = own[0]
    return replace(
        volume,
        claim_namespace=claim.namespace,
        claim_name=claim.name,
        storage_class=volume.storage_class or claim.storage_class,
    )


def platform_of_load_balancers(has_cce_mark: bool, has_nodes: bool) -> LoadBalancerKind:
    """What a LoadBalancer without a class is: classic on CCE (F.1); another platform's where the nodes bear no mark of
    CCE; unknown where nothing in the dump tells the platform."""
    if has_cce_mark:
        return LoadBalancerKind.CLASSIC
    return LoadBalancerKind.OTHER if has_nodes else LoadBalancerKind.UNKNOWN


def load_balancers(facts: Sequence[_Balanced], platform: LoadBalancerKind) -> tuple[_Balanced, ...]:
    return tuple(replace(f, load_balancer=settle_class(f.load_balancer, f.annotations, platform)) for f in facts)


def known_addresses(nodes: Iterable[Node], services: Iterable[Service], ingresses: Iterable[Ingress]) -> set[str]:
    """Every address that changes when the cluster is left: of nodes and of load balancers."""
    found = {a for n in nodes for a in (*n.private_ips, *n.eips)}
    found.update(a for s in services if s.load_balancer for a in s.addresses)
    found.update(a for i in ingresses for a in i.addresses)
    return found


def cluster(
    told: Sequence[ClusterFacts], servers: Iterable[ClusterFacts], nodes: Sequence[Node], corefile: str | None
) -> ClusterFacts:
    """The cluster of the CCE API, its version otherwise that of the API server, otherwise of the oldest kubelet.

    A list of a project's clusters holds several; only a single one can be meant.
    """
    facts = told[0] if len(told) == 1 else ClusterFacts()
    versions = {s.version: s.version_source for s in servers if s.version}
    if facts.version is None and len(versions) == 1:
        facts = replace(facts, version=next(iter(versions)), version_source=next(iter(versions.values())))
    if facts.version is None:
        version = lowest_kubelet(nodes)
        facts = replace(facts, version=version, version_source="kubelet" if version else "")
    return replace(facts, corefile=corefile)


def coverage(
    looked: set[tuple[str, str]],
    refused: set[tuple[str, str]],
    told_in_part: set[tuple[str, str]],
    covered: Mapping[Section, set[str]],
    has_platform: bool,
) -> tuple[Coverage, ...]:
    """One entry a section. ``looked`` holds (apiVersion, kind) of every object met and every list asked for,
    ``refused`` of those that the cluster denied and that were not met in another file either, ``told_in_part`` of
    those of which some are missing whatever was met, ``covered`` what else told of a whole section,
    ``has_platform`` whether workloads of the platform itself were met."""
    grouped = _grouped(looked)
    denied = (_grouped(refused) - grouped) | _grouped(told_in_part)
    sections: dict[Section, set[str]] = {}
    refusals: dict[Section, set[str]] = defaultdict(set)
    for section, kinds in SECTION_KINDS.items():
        sections[section] = {shown_kind(group, kind) for group, kind in grouped & kinds}
        refusals[section] = {shown_kind(group, kind) for group, kind in denied & kinds}
    if has_platform:
        sections[Section.ADDONS].add(PLATFORM_WORKLOADS)
    sections[Section.OBJECTS] = {shown_kind(group, kind) for group, kind in grouped}
    refusals[Section.OBJECTS] = {shown_kind(group, kind) for group, kind in denied}
    searched = {kind for _, kind in grouped if kind in _SEARCHED_FOR_ADDRESSES}
    has_addresses = bool(sections[Section.NODES] or sections[Section.SERVICES])
    sections[Section.ADDRESS_USES] = searched if has_addresses and "ConfigMap" in searched else set()
    sections[Section.NODE_SETTINGS] = set()  # only files of the nodes show what was set there
    sections[Section.API_REQUESTS] = set()
    for section, told_by in covered.items():
        sections[section] |= told_by
    return tuple(
        Coverage(
            section=s,
            # Objects of other kinds are judged all the same where one kind was refused.
            read=bool(sections[s]) and (s is Section.OBJECTS or not refusals[s]),
            kinds=tuple(sorted(sections[s])),
            refused=tuple(sorted(refusals[s])),
        )
        for s in Section
    )


def _grouped(types: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(api if api in ("v2", "v3") else api.rpartition("/")[0], kind) for api, kind in types}


def shown_kind(group: str, kind: str) -> str:
    """A kind as coverage names it: ``Node``, and ``Node (v3)`` of the CCE API."""
    return f"{kind} ({group})" if group in ("v2", "v3") else kind

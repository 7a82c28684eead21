"""What one cluster was at one time: typed facts, never changed once built.

A fact that the input did not tell is ``None`` (or an empty collection inside an object that was read); whether a whole
section was looked at stands in ``Snapshot.coverage``, so that "nothing there" and "not looked" stay apart.
Sections are sorted by namespace, kind and name: the order of the input files takes no part in the digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from migrator.snapshot.model.base import Fact
from migrator.snapshot.model.network import AddressUse, Ingress, Service
from migrator.snapshot.model.nodes import (
    AddOn,
    ClusterFacts,
    Namespace,
    Node,
    NodeCoverage,
    NodePool,
    NodeSetting,
    NodeState,
)
from migrator.snapshot.model.objects import ApiUse, ConfigEntry, HelmRelease, KubeObject, Manifest, SecretNotice
from migrator.snapshot.model.reading import Coverage, InputReport, Section
from migrator.snapshot.model.storage import Claim, StorageClass, Volume
from migrator.snapshot.model.workloads import Pod, Workload

SCHEMA_VERSION = 1


class Snapshot(Fact, frozen=True, kw_only=True, dict=True):
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
    node_coverage: tuple[NodeCoverage, ...] = ()  # of the nodes whose own files were read
    node_states: tuple[NodeState, ...] = ()
    objects: tuple[KubeObject, ...] = ()
    manifests: tuple[Manifest, ...] = ()  # contents of objects that have no owner, where the input holds them
    api_uses: tuple[ApiUse, ...] = ()
    helm_releases: tuple[HelmRelease, ...] = ()
    secrets: tuple[SecretNotice, ...] = ()
    coverage: tuple[Coverage, ...] = ()  # one for each Section, in the order of the enum
    inputs: tuple[InputReport, ...] = ()  # sorted by file; not part of the digest

    def covers(self, section: Section) -> bool:
        """Whether ``section`` was looked at, so that "empty" means "none there"."""
        return any(c.section is section and c.read for c in self.coverage)

    @cached_property
    def objects_by_kind(self) -> Mapping[str, tuple[KubeObject, ...]]:
        """The objects of each kind in their order: a large cluster's are mostly Pods, which few look for."""
        found: dict[str, list[KubeObject]] = defaultdict(list)
        for thing in self.objects:
            found[thing.ref.kind].append(thing)
        return {kind: tuple(things) for kind, things in found.items()}

    def objects_of(self, kind: str) -> tuple[KubeObject, ...]:
        return self.objects_by_kind.get(kind, ())

    @property
    def kinds_seen(self) -> frozenset[str]:
        """Every kind of which an object was met, or a list asked for: of no other is "none there" known."""
        return frozenset(k for c in self.coverage if c.section is Section.OBJECTS for k in c.kinds)

    @property
    def kinds_refused(self) -> frozenset[str]:
        """Every kind that the input says was refused or told in part only."""
        return frozenset(k for c in self.coverage if c.section is Section.OBJECTS for k in c.refused)

    @property
    def user_workloads(self) -> tuple[Workload, ...]:
        """The workloads that a person of the business made: none of the platform's namespaces, none of an operator."""
        return tuple(w for w in self.workloads if not w.system and not w.owner)

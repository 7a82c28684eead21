"""What a reconciliation holds: areas with their objects, what autoscalers have set, addresses old and new."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from migrator.snapshot.compare import Compared, Count

Registries = Sequence[tuple[str, str]]


class Area(StrEnum):
    """What is reconciled; sentence key ``reconcile.area.<value>``. Each but ``cluster`` is a section of snapshots."""

    WORKLOADS = "workloads"
    CLAIMS = "claims"
    VOLUMES = "volumes"
    SERVICES = "services"
    INGRESSES = "ingresses"
    CONFIGS = "configs"
    OBJECTS = "objects"
    CLUSTER = (
        "cluster"  # what belongs to no namespace: those that the manifests bring, never what a cluster has besides
    )


class State(StrEnum):
    """What has become of an object of the old cluster; sentence key ``reconcile.state.<value>``."""

    MISSING = "missing"
    DIFFERENT = "different"
    EXTRA = "extra"  # only in the new cluster
    UNTOLD = "untold"  # in one of them, and the export of the other did not look for it


class Verdict(StrEnum):
    """Sentence key ``reconcile.verdict.<value>``."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"  # nothing is missing, but not all could be compared, or there is more than there was
    FAILED = "failed"  # something is missing or different


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it was; ``field`` is a part of the key ``reconcile.field.<field>``."""

    field: str
    old: str
    new: str


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An object that is not the same in both clusters."""

    kind: str
    namespace: str
    name: str
    state: State
    mismatches: tuple[Mismatch, ...] = ()
    belongs_to: str = ""  # of a claim the StatefulSet that made it: ``namespace/Kind/name``


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """One area. ``comparable`` is False where one export did not look at it at all."""

    area: Area
    old: int
    new: int
    same: int
    comparable: bool
    items: tuple[Item, ...] = ()


class Entrance(msgspec.Struct, frozen=True, kw_only=True):
    """A Service or Ingress that is reached from outside, with its addresses before and after."""

    kind: str
    namespace: str
    name: str
    hosts: tuple[str, ...] = ()  # of an Ingress
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class Scaled(msgspec.Struct, frozen=True, kw_only=True):
    """A workload whose number of replicas an autoscaler sets: that it is another says nothing."""

    kind: str
    namespace: str
    name: str
    old: str
    new: str
    autoscaler: str  # ``HorizontalPodAutoscaler/web``


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    old: Compared
    new: Compared
    counts: tuple[Count, ...]
    areas: tuple[Reconciled, ...]
    entrances: tuple[Entrance, ...]
    scaled: tuple[Scaled, ...] = ()

    @property
    def verdict(self) -> Verdict:
        states = {item.state for area in self.areas for item in area.items}
        if states & {State.MISSING, State.DIFFERENT}:
            return Verdict.FAILED
        complete = not states and all(area.comparable for area in self.areas)
        return Verdict.COMPLETE if complete else Verdict.INCOMPLETE

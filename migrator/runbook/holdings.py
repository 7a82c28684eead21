"""Claims and volumes, and by which way each gets into the new cluster (B.4, E.4)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from migrator.conversion.storage import can_carry
from migrator.snapshot.model import Claim, OutageClass, Provisioning, Snapshot, StorageKind, Volume, Workload

Holders = Mapping[tuple[str, str], tuple[str, ...]]


class Transfer(StrEnum):
    """How the storage behind a claim gets into the new cluster."""

    SHARE = "share"  # both clusters mount it at once: no outage
    REATTACH = "reattach"  # a disk that one cluster only can hold: stop, un-associate, import
    COPY = "copy"  # the data does not come along: stop, copy, verify
    DECIDE = "decide"  # nobody mounts it, it is not there, or its kind is unknown: a person says


class Held(msgspec.Struct, frozen=True):
    """A claim with its volume, either of which may be missing, and what is done with them."""

    claim: Claim | None
    volume: Volume | None
    transfer: Transfer
    reason: str = ""  # why a person decides: part of a sentence key ``storage.decide.<reason>``

    @property
    def namespace(self) -> str:
        return self.claim.namespace if self.claim else self.volume.claim_namespace if self.volume else ""

    @property
    def both(self) -> tuple[Claim, Volume]:
        """Claim and volume of something that is carried over or copied; raises ``ValueError`` where one is missing."""
        if self.claim is None or self.volume is None:
            raise ValueError(f"{self.name}: claim or volume is missing")
        return self.claim, self.volume

    @property
    def name(self) -> str:
        """``namespace/claim``, or the volume's name where no claim is known."""
        if self.claim:
            return f"{self.claim.namespace}/{self.claim.name}"
        return self.volume.name if self.volume else ""


_ORDINAL = re.compile(r"(.+)-(\d{1,6})")


def mounted_by(snapshot: Snapshot, workloads: tuple[Workload, ...]) -> Holders:
    """Claim -> keys of the user workloads that hold it, including StatefulSets by the names their templates give."""
    user = {w.key for w in workloads}
    templates: dict[tuple[str, str], Workload] = {}
    mounts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for workload in workloads:
        for template in workload.claim_templates:
            templates[(workload.ref.namespace, f"{template.name}-{workload.ref.name}")] = workload
        for mount in workload.mounts:
            if mount.kind == "claim":
                mounts[(workload.ref.namespace, mount.target)].add(workload.key)
    result = {}
    for claim in snapshot.claims:
        place = (claim.namespace, claim.name)
        holders = {key for key in claim.mounted_by if key in user} | mounts.get(place, set())
        if (found := _ORDINAL.fullmatch(claim.name)) and (owner := templates.get((claim.namespace, found[1]))):
            holders |= {owner.key} if int(found[2]) < (1 if owner.replicas is None else owner.replicas) else set()
        result[place] = tuple(sorted(holders))
    return result


def held_of(
    snapshot: Snapshot, mounted_by: Mapping[tuple[str, str], tuple[str, ...]], system: frozenset[str]
) -> Iterable[Held]:
    volumes = {v.name: v for v in snapshot.volumes}
    by_claim = {(v.claim_namespace, v.claim_name): v for v in snapshot.volumes if v.claim_name}
    taken = set()
    for claim in snapshot.claims:
        volume = volumes.get(claim.volume) or by_claim.get((claim.namespace, claim.name))
        if volume is not None:
            taken.add(volume.name)
        if not (claim.system or claim.namespace in system):
            yield _judged(claim, volume, bool(mounted_by.get((claim.namespace, claim.name))))
    for volume in snapshot.volumes:
        if volume.name not in taken and volume.claim_namespace not in system:
            yield Held(None, volume, Transfer.DECIDE, "claim_missing" if volume.claim_name else "unbound")


def _judged(claim: Claim, volume: Volume | None, mounted: bool) -> Held:
    if volume is None:
        return Held(claim, None, Transfer.DECIDE, "volume_missing")
    if not mounted:
        return Held(claim, volume, Transfer.DECIDE, "not_mounted")
    if volume.provisioning is Provisioning.NODE_LOCAL or volume.storage in _COPIED:
        return Held(claim, volume, Transfer.COPY)
    if not can_carry(volume) or volume.outage is OutageClass.UNKNOWN:
        return Held(claim, volume, Transfer.DECIDE, "kind_unknown")
    # A shared disk counts as a disk: the static import of targets from 1.15 on refuses to share it (B.4, E.4).
    if volume.storage is StorageKind.EVS or volume.outage is OutageClass.OUTAGE:
        return Held(claim, volume, Transfer.REATTACH)
    if volume.outage is OutageClass.COPY:
        return Held(claim, volume, Transfer.COPY)
    return Held(claim, volume, Transfer.SHARE)


_COPIED = (StorageKind.HOST_PATH, StorageKind.LOCAL, StorageKind.CLOUD_DISK_OTHER)

"""What people know better than the dump: kept apart from what was read, and laid over every new import.

``apply`` gives a corrected snapshot, which has a digest of its own, and says of every correction what became of it.
What follows from a corrected field is worked out again: a volume's outage from its storage, the pods and claims of a
workload that is gone. Addresses that only a correction tells were not searched for while reading: where they are
written down has to be entered in the register of addresses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from migrator.errors import InputError
from migrator.snapshot.build import PLATFORM_NAMESPACES
from migrator.snapshot.correctable import FIELDS, correctable, of_fact
from migrator.snapshot.identity import place, topmost_owners
from migrator.snapshot.model import Claim, ClusterFacts, Fact, Snapshot, Volume
from migrator.snapshot.model.network import elastic_ips
from migrator.snapshot.nodes import lowest_kubelet
from migrator.snapshot.redaction import mask_text
from migrator.snapshot.storage import outage_of, provisioning_of, shared_of

F = TypeVar("F", bound=Fact)
Subject = tuple[str, str]  # section, key
Pinned = Mapping[Subject, dict[str, Any]]  # values as facts hold them, by field

# Sections whose facts lie in namespaces and belong to the platform or to the business.
_OWNED = ("workloads", "pods", "claims", "services", "ingresses", "configs")


class Correction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person says about one field of one fact.

    Attributes:
        key: of the fact in its section: a node's, volume's or pool's name, ``namespace/name``,
            ``namespace/Kind/name`` of a workload; empty for the cluster.
        value: in the form of ``CorrectableField.parse``.
        read: what the dump said when the correction was made; ``UNSET`` where nobody noted it.
        on: day written as YYYY-MM-DD, or empty.
    """

    section: str
    key: str = ""
    field: str
    value: Any
    read: Any = msgspec.UNSET
    reason: str = ""
    by: str = ""
    on: str = ""


class CorrectionState(StrEnum):
    APPLIED = "applied"
    CONFLICT = "conflict"  # applied, but the dump no longer says what it said when the correction was made
    OBSOLETE = "obsolete"  # the dump says the same by now
    UNUSED = "unused"  # its subject is not in the dump


class CorrectionUse(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a correction, and what the dump says in its place (``None`` where it is unused)."""

    correction: Correction
    state: CorrectionState
    read: Any = None


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """The facts to work with, and one use for each correction, in the order in which they were given."""

    snapshot: Snapshot
    uses: tuple[CorrectionUse, ...] = ()


def checked(correction: Correction) -> Correction:
    """The correction with its value in the form of its field.

    Raises:
        InputError: ``correction_section``, ``correction_field``, ``correction_value``, ``correction_key``,
            ``correction_secret``.
    """
    field = correctable(correction.section, correction.field)
    given = correction.value if isinstance(correction.value, list) else [correction.value]
    if any(isinstance(text, str) and mask_text(text) != text for text in (*given, correction.reason, correction.by)):
        raise InputError("correction_secret", section=correction.section, field=correction.field)
    if bool(correction.key) is (correction.section == "cluster"):
        raise InputError("correction_key", section=correction.section, key=correction.key[:60])
    return replace(correction, value=field.parse(correction.value))


def apply(snapshot: Snapshot, corrections: Iterable[Correction]) -> Corrected:
    """Lay ``checked`` corrections over what was read; without any that says something new the snapshot is the same."""
    uses = uses_of(snapshot, corrections)
    pinned: defaultdict[Subject, dict[str, Any]] = defaultdict(dict)
    for use in uses:
        if use.state is not CorrectionState.UNUSED:
            c = use.correction
            pinned[c.section, c.key][c.field] = of_fact(c.section, c.field, c.value)
    if all(use.state in (CorrectionState.UNUSED, CorrectionState.OBSOLETE) for use in uses):
        return Corrected(snapshot=snapshot, uses=uses)
    return Corrected(snapshot=_corrected(snapshot, pinned), uses=uses)


def uses_of(snapshot: Snapshot, corrections: Iterable[Correction]) -> tuple[CorrectionUse, ...]:
    """What becomes of each correction in this snapshot."""
    read = Read(snapshot)
    return tuple(_use(correction, read) for correction in corrections)


class Read:
    """What a snapshot says about the fields that can be corrected."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._facts: dict[str, dict[str, Fact]] = {}
        self._namespaces: set[str] | None = None

    def value(self, section: str, key: str, field: str) -> Any:
        """The value as JSON knows it.

        Raises:
            KeyError: there is no such fact.
        """
        if section == "namespaces":
            if key not in self._all_namespaces():
                raise KeyError(key)
            return key in PLATFORM_NAMESPACES
        fact = self._section(section)[key]
        if field == "exists":
            return True
        if isinstance(fact, Volume) and field == "claim":
            return _claim_of(fact)
        if isinstance(fact, ClusterFacts) and field == "version":
            return str(fact.version or "")
        value = msgspec.to_builtins(getattr(fact, field))
        return sorted(value) if isinstance(value, tuple | list) else value

    def values(self, section: str, key: str) -> dict[str, Any]:
        """Every correctable field of a fact; raises as ``value``."""
        return {field: self.value(section, key, field) for field in FIELDS[section]}

    def _section(self, section: str) -> dict[str, Fact]:
        if section not in self._facts:
            facts = (self._snapshot.cluster,) if section == "cluster" else getattr(self._snapshot, section)
            self._facts[section] = {key_of(section, fact): fact for fact in facts}
        return self._facts[section]

    def _all_namespaces(self) -> set[str]:
        if self._namespaces is None:
            self._namespaces = {n.name for n in self._snapshot.namespaces}
            self._namespaces |= {o.ref.namespace for o in self._snapshot.objects} - {""}
        return self._namespaces


def key_of(section: str, fact: Any) -> str:
    """The key by which corrections name a fact."""
    if section == "cluster":
        return ""
    if section == "workloads":
        return str(fact.key)
    if section == "ingresses":
        return place(fact.ref.namespace, fact.ref.name)
    return place(fact.namespace, fact.name) if section in ("claims", "services") else str(fact.name)


def _use(correction: Correction, read: Read) -> CorrectionUse:
    try:
        value = read.value(correction.section, correction.key, correction.field)
    except KeyError:
        return CorrectionUse(correction=correction, state=CorrectionState.UNUSED)
    state = CorrectionState.APPLIED
    if value == correction.value:
        state = CorrectionState.OBSOLETE
    elif correction.read is not msgspec.UNSET and correction.read != value:
        state = CorrectionState.CONFLICT
    return CorrectionUse(correction=correction, state=state, read=value)


def _corrected(snapshot: Snapshot, pinned: Pinned) -> Snapshot:
    facts: dict[str, Any] = {"cluster": _cluster(snapshot.cluster, pinned.get(("cluster", ""), {}))}
    for section in FIELDS:
        if section not in ("cluster", "namespaces", "volumes"):
            facts[section] = _plainly(section, getattr(snapshot, section), pinned)
    facts["volumes"] = tuple(
        _volume(v, pinned.get(("volumes", v.name), {})) for v in _there("volumes", snapshot.volumes, pinned)
    )
    facts["claims"] = _bound(facts["claims"], snapshot.volumes, facts["volumes"], pinned)
    corrected = replace(snapshot, **facts)
    return _without_gone(_owned(corrected, pinned), pinned)


def _plainly(section: str, facts: Iterable[F], pinned: Pinned) -> tuple[F, ...]:
    """The facts of a section with their corrected fields, without those that are gone."""
    there = []
    for fact in _there(section, facts, pinned):
        fields = pinned.get((section, key_of(section, fact)))
        there.append(replace(fact, **_with_reach(fact, fields)) if fields else fact)
    return tuple(there)


def _with_reach(fact: Any, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a Service or Ingress also whether the Internet reaches its other addresses."""
    if "addresses" not in fields or fields["addresses"] == fact.addresses:
        return fields
    return {"public": bool(elastic_ips(fields["addresses"])), **fields}


def _there(section: str, facts: Iterable[F], pinned: Pinned) -> list[F]:
    return [f for f in facts if pinned.get((section, key_of(section, f)), {}).get("exists", True)]


def _cluster(cluster: ClusterFacts, fields: Mapping[str, Any]) -> ClusterFacts:
    told = {"version_source": "corrected"} if fields.get("version", cluster.version) != cluster.version else {}
    return replace(cluster, **fields, **told)


def _volume(volume: Volume, fields: Mapping[str, Any]) -> Volume:
    """A volume with what follows from its storage worked out again, as far as nobody has corrected that as well."""
    if not fields:
        return volume
    given = dict(fields)
    if "claim" in given:
        given["claim_namespace"], _, given["claim_name"] = given.pop("claim").partition("/")
    storage = given.get("storage", volume.storage)
    if storage is not volume.storage:
        given = {
            "provisioning": provisioning_of(storage, volume.driver),
            "shared": shared_of(storage, volume.access_modes),
            **given,
        }
    made = replace(volume, **given)
    same = (made.storage, made.provisioning, made.shared) == (volume.storage, volume.provisioning, volume.shared)
    if "outage" not in given and not same:
        made = replace(made, outage=outage_of(made.storage, made.provisioning, made.shared, made.driver))
    return made


def _bound(claims: Sequence[Claim], old: Iterable[Volume], new: Iterable[Volume], pinned: Pinned) -> tuple[Claim, ...]:
    """The claims bound as their volumes say, where a volume's claim was corrected."""
    moved = {key for (section, key), fields in pinned.items() if section == "volumes" and "claim" in fields}
    left = {(_claim_of(v), v.name) for v in old if v.name in moved}
    taken = {_claim_of(v): v.name for v in new if v.name in moved}

    def volume(claim: Claim) -> str:
        key = place(claim.namespace, claim.name)
        return taken.get(key, "" if (key, claim.volume) in left else claim.volume)

    return tuple(replace(c, volume=volume(c)) for c in claims) if moved else tuple(claims)


def _claim_of(volume: Volume) -> str:
    return place(volume.claim_namespace, volume.claim_name) if volume.claim_name else ""


def _owned(snapshot: Snapshot, pinned: Pinned) -> Snapshot:
    """Everything in a namespace, and the pods of a workload, belong to whom the correction says."""
    namespaces: dict[str, bool] = {key: f["system"] for (section, key), f in pinned.items() if section == "namespaces"}
    workloads: dict[str, bool] = {
        key: f["system"] for (section, key), f in pinned.items() if section == "workloads" and "system" in f
    }
    if not namespaces and not workloads:
        return snapshot
    topmost = topmost_owners(snapshot)

    def said(section: str, fact: Any) -> bool | None:
        """Whose it is by the corrections; what they say of the object goes before what they say of its namespace."""
        namespace = fact.ref.namespace if hasattr(fact, "ref") else fact.namespace
        of_all = namespaces.get(namespace)
        if section == "pods":
            return workloads.get(place(namespace, topmost(namespace, fact.owner) or f"Pod/{fact.name}"), of_all)
        key = key_of(section, fact) if section in FIELDS else ""
        return pinned.get((section, key), {}).get("system", of_all)

    def owned(section: str, fact: Any) -> Any:
        system = said(section, fact)
        if system is None:
            return fact
        # Of the platform without a mark of it: then the correction is the mark.
        part = (
            {"platform_part": (fact.platform_part or fact.ref.name) if system else ""} if section == "workloads" else {}
        )
        return replace(fact, system=system, **part)

    return replace(snapshot, **{s: tuple(owned(s, fact) for fact in getattr(snapshot, s)) for s in _OWNED})


def _without_gone(snapshot: Snapshot, pinned: Pinned) -> Snapshot:
    """Without what else the dump tells of objects that are gone: their pods, mounts, addresses, credentials."""
    keys = {subject for subject, fields in pinned.items() if not fields.get("exists", True)}
    gone = {_object_of(section, key) for section, key in keys}
    if not gone:
        return snapshot
    topmost = topmost_owners(snapshot)
    nodes = {key for section, key in keys if section == "nodes"}
    places = {f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}" for kind, namespace, name in gone}

    def stays(kind: str, namespace: str, name: str, owner: str = "") -> bool:
        above = topmost(namespace, owner).partition("/") if owner else ("", "", "")
        return (kind, namespace, name) not in gone and (above[0], namespace, above[2]) not in gone

    cluster = snapshot.cluster
    if nodes and cluster.version_source == "kubelet":
        cluster = replace(cluster, version=lowest_kubelet(snapshot.nodes))
    return replace(
        snapshot,
        cluster=cluster,
        pods=tuple(p for p in snapshot.pods if stays("Pod", p.namespace, p.name, p.owner)),
        claims=tuple(
            replace(c, mounted_by=tuple(key for key in c.mounted_by if ("workloads", key) not in keys))
            for c in snapshot.claims
        ),
        objects=tuple(o for o in snapshot.objects if stays(o.ref.kind, o.ref.namespace, o.ref.name, o.owner)),
        secrets=tuple(s for s in snapshot.secrets if stays(s.ref.kind, s.ref.namespace, s.ref.name)),
        address_uses=tuple(u for u in snapshot.address_uses if u.location.partition(":")[0] not in places),
        node_settings=tuple(s for s in snapshot.node_settings if s.node not in nodes),
        node_coverage=tuple(c for c in snapshot.node_coverage if c.node not in nodes),
        node_states=tuple(s for s in snapshot.node_states if s.node not in nodes),
    )


_KINDS = {
    "nodes": "Node",
    "node_pools": "NodePool",
    "volumes": "PersistentVolume",
    "claims": "PersistentVolumeClaim",
    "services": "Service",
    "ingresses": "Ingress",
    "addons": "Addon",
}


def _object_of(section: str, key: str) -> tuple[str, str, str]:
    """Kind, namespace and name of the object that a key names."""
    *before, name = key.split("/")
    kind = before[1] if section == "workloads" else _KINDS[section]
    return kind, before[0] if before else "", name

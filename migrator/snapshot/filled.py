"""Facts that people wrote into tables: below everything that a dump tells.

Where the dump has the fact, a person's adds what the dump left blank; where it has not, the person's stands alone. So a
dump and the export of its own snapshot together give that very snapshot. Several tellings of one fact are put together
in an order that their content decides, not the order of the files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from migrator.snapshot.addons import part_of_platform
from migrator.snapshot.model import (
    AddressUse,
    Claim,
    ClusterFacts,
    Coverage,
    Fact,
    KubeObject,
    Node,
    NodeSetting,
    Section,
    Service,
    Volume,
    Workload,
)
from migrator.snapshot.nodes import lowest_kubelet
from migrator.snapshot.sheets.rows import identity_of
from migrator.snapshot.sheets.tables import (
    ADDRESS_USES,
    CLAIMS,
    NODE_SETTINGS,
    NODES,
    SERVICES,
    UNKNOWN,
    VOLUMES,
    WORKLOADS,
    Table,
)
from migrator.snapshot.sheets.telling import SHEET

_ENCODER = msgspec.json.Encoder(order="deterministic")
_F = TypeVar("_F", bound=Fact)
_Order = Callable[[Any], tuple[str, ...]]


class Filled:
    """What people filled in, put behind the facts of the dump."""

    def __init__(self) -> None:
        self._told: dict[type[Fact], list[Any]] = defaultdict(list)
        self._surveyed: set[Section] = set()
        self._added: list[KubeObject] = []
        self._unversioned = False

    def take(self, fact: Fact) -> None:
        self._told[type(fact)].append(fact)

    def survey(self, section: Section) -> None:
        """Somebody looked at this section as a whole: what is not told of it is not there."""
        self._surveyed.add(section)

    def cluster(self, known: ClusterFacts, nodes: Iterable[Node]) -> ClusterFacts:
        """The version of the dump, else the one a person gave, else that of the oldest kubelet that a person gave."""
        for fact in self._of(ClusterFacts):
            known = fill(known, fact)
        if known.version is None and (version := lowest_kubelet(nodes)) is not None:
            known = replace(known, version=version, version_source="kubelet")
        return known

    def nodes(self, known: tuple[Node, ...]) -> tuple[Node, ...]:
        """A row is a node of the dump where it has its name, or one of its private addresses."""
        names = {n.name for n in known}
        by_ip = {ip: n.name for n in known for ip in n.private_ips}
        told = [
            n if n.name in names else replace(n, name=next((by_ip[ip] for ip in n.private_ips if ip in by_ip), n.name))
            for n in self._of(Node)
        ]
        return _merged(NODES, known, told, lambda n: (n.name,))

    def workloads(self, known: Sequence[Workload], platform: frozenset[str]) -> tuple[Workload, ...]:
        told = [_of_platform(w) if w.ref.namespace in platform else w for w in self._of(Workload)]
        merged = _merged(WORKLOADS, known, told, lambda w: (w.ref.namespace, w.ref.kind, w.ref.name))
        here = {w.key for w in known}
        self._unversioned = any(w.key not in here and not w.ref.api_version for w in merged)
        return merged

    def volumes(self, known: Sequence[Volume]) -> tuple[Volume, ...]:
        return _merged(VOLUMES, known, self._of(Volume), lambda v: (v.name,))

    def claims(self, known: Sequence[Claim], platform: frozenset[str]) -> tuple[Claim, ...]:
        told = [replace(c, system=c.namespace in platform) for c in self._of(Claim)]
        return _merged(CLAIMS, known, told, lambda c: (c.namespace, c.name))

    def services(self, known: tuple[Service, ...], platform: frozenset[str]) -> tuple[Service, ...]:
        told = [replace(s, system=s.namespace in platform) for s in self._of(Service)]
        return _merged(SERVICES, known, told, lambda s: (s.namespace, s.name))

    def address_uses(self, known: tuple[AddressUse, ...]) -> tuple[AddressUse, ...]:
        return _merged(ADDRESS_USES, known, self._of(AddressUse), lambda u: (u.address, u.location))

    def node_settings(self, known: tuple[NodeSetting, ...]) -> tuple[NodeSetting, ...]:
        told = self._of(NodeSetting)
        return _merged(NODE_SETTINGS, known, told, lambda s: (s.node, s.category, s.key, s.value))

    def objects(self, known: list[KubeObject]) -> list[KubeObject]:
        """The objects of the dump and, of those that people wrote down with their API version, the ones it lacks."""
        if told := self._of(KubeObject):
            names = {(o.ref.kind, o.ref.namespace, o.ref.name) for o in known}
            self._added = [o for o in told if (o.ref.kind, o.ref.namespace, o.ref.name) not in names]
        return [*known, *self._added]

    def coverage(self, known: tuple[Coverage, ...]) -> tuple[Coverage, ...]:
        """``known`` with the sections that people looked at; call it after the facts were asked for.

        The objects of people's tables count as looked at where every one has its API version.
        """
        return tuple(self._covered(c) for c in known)

    def _covered(self, known: Coverage) -> Coverage:
        if known.section is Section.OBJECTS:
            if self._unversioned:
                return replace(known, read=False)
            kinds = {o.ref.kind for o in self._added}
            return known if known.read or not kinds else replace(known, read=True, kinds=tuple(sorted(kinds)))
        if known.read or known.section not in self._surveyed:
            return known
        return Coverage(section=known.section, read=True, kinds=tuple(sorted({*known.kinds, SHEET})))

    def _of(self, kind: type[_F]) -> list[_F]:
        return sorted(self._told.get(kind, ()), key=_ENCODER.encode, reverse=True)


def _of_platform(workload: Workload) -> Workload:
    part = workload.platform_part or part_of_platform(workload.ref.name, {}, workload.images)
    return replace(workload, system=True, platform_part=part)


def fill(known: _F, told: _F) -> _F:
    """``known`` with the fields that it leaves blank taken from ``told``; a yes or no is never blank."""
    blank = {
        name: value
        for name in known.__struct_fields__
        if _is_blank(getattr(known, name)) and not _is_blank(value := getattr(told, name))
    }
    return replace(known, **blank) if blank else known


def _is_blank(value: object) -> bool:
    if isinstance(value, Enum):
        return str(value.value) == UNKNOWN
    return value in (None, "", (), {})


def _merged(table: Table, known: Sequence[_F], told: Sequence[_F], order: _Order) -> tuple[_F, ...]:
    if not told:
        return tuple(known)
    facts: dict[tuple[str, ...], Any] = {identity_of(table, fact): fact for fact in known}
    for fact in told:
        at = identity_of(table, fact)
        facts[at] = fill(facts[at], fact) if at in facts else fact
    return tuple(sorted(facts.values(), key=order))

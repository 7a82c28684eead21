"""Two snapshots, section by section: what came, what went, what changed, and what cannot be told.

A fact that only one snapshot holds was added or removed only where the other one looked; where it did not (its
coverage says absent or refused), the fact is ``untold``. So an export without nodes never reads as "all nodes removed".
Fields that change by themselves from one export to the next are marked as state and make no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from migrator.memory import without_cyclic_collection
from migrator.snapshot import identity
from migrator.snapshot.codec import digest
from migrator.snapshot.identity import Row
from migrator.snapshot.model import Coverage, CoverageState, Section, Snapshot
from migrator.snapshot.settle import PLATFORM_WORKLOADS, SECTION_KINDS, shown_kind

_COVERED_BY = {
    "configs": Section.CONFIG_MAPS,
    "helm_apis": Section.HELM_RELEASES,
    "secrets": Section.OBJECTS,
}
# Only addresses that the export tells of are looked for in it.
_NEEDS: Mapping[str, tuple[Section, ...]] = {"address_uses": (Section.NODES, Section.SERVICES)}
# Sections that hold objects of several kinds, of which an export may have some and lack others.
_OF_KINDS = frozenset(("workloads", "configs", "secrets", "objects", "addons"))
# What comes and goes by itself: pods, whose controllers tell, and what the API server counted since its last start.
_PASSING = frozenset(("pods", "api_requests"))
# What changes without anybody's doing: conditions, counters, what a controller set last; and who told of a fact.
_STATE: Mapping[str, frozenset[str]] = {
    "cluster": frozenset(("phase", "uid", "version_source")),
    "nodes": frozenset(("phase", "ready", "uid")),
    "node_pools": frozenset(("phase", "uid", "node_count")),
    "namespaces": frozenset(("phase",)),
    "workloads": frozenset(("ready",)),
    "pods": frozenset(("pods", "phases", "waiting_reasons")),
    "volumes": frozenset(("phase", "uid")),
    "claims": frozenset(("phase",)),
    "addons": frozenset(("status", "source")),
    "address_uses": frozenset(("origin",)),
    "node_settings": frozenset(("origin",)),
    "helm_releases": frozenset(("revision", "status")),
    "objects": frozenset(("uid", "managed_api_versions")),
}
_UNTOLD: tuple[Any, ...] = ("", None, (), {}, False, "unknown")


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field before and after; of a mapping one key of it (``labels.app``), ``None`` where the key is not there."""

    field: str
    old: Any = None
    new: Any = None
    state: bool = False  # changes by itself: shown, but no difference of the cluster's configuration


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact that is not the same in both snapshots; ``changes`` where both hold it."""

    key: str
    kind: str = ""
    namespace: str = ""
    name: str = ""
    system: bool = False
    changes: tuple[Change, ...] = ()

    @property
    def state_only(self) -> bool:
        return bool(self.changes) and all(c.state for c in self.changes)


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one snapshot has of a section, and whether its export looked there."""

    state: CoverageState
    count: int
    refused: tuple[str, ...] = ()


class SectionDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One section of both snapshots.

    Attributes:
        untold_old: in the old snapshot only; the new export shows no sign of having looked for them.
        untold_new: in the new snapshot only; the old export shows no sign of having looked for them.
    """

    section: str
    old: Side
    new: Side
    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    changed: tuple[Entry, ...] = ()
    untold_old: tuple[Entry, ...] = ()
    untold_new: tuple[Entry, ...] = ()
    unchanged: int = 0

    @property
    def passing(self) -> bool:
        """Whether what the section holds comes and goes by itself, and so makes no difference."""
        return self.section in _PASSING

    @property
    def differs(self) -> bool:
        """Whether the configuration is another, or may be."""
        if self.passing:
            return False
        told = self.added or self.removed or self.untold_old or self.untold_new
        return bool(told) or any(not e.state_only for e in self.changed)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Workloads of the business of one kind in one namespace; ``None`` where the export did not look."""

    namespace: str
    kind: str
    old: int | None
    new: int | None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Which snapshot stands on one side."""

    name: str
    version: str
    digest: str


class SnapshotComparison(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in which two snapshots differ; the workload counts first, as the course asks (checklist WL-1)."""

    old: Compared
    new: Compared
    counts: tuple[Count, ...]
    sections: tuple[SectionDifference, ...]

    @property
    def differs(self) -> bool:
        return any(s.differs for s in self.sections)


@without_cyclic_collection()
def compare_snapshots(old: Snapshot, new: Snapshot, digests: tuple[str, str] | None = None) -> SnapshotComparison:
    """All sections in a fixed order; in each the objects of the business first, then those of the platform, by key.

    Args:
        digests: of both, where they are known already.
    """
    of_old, of_new = digests or (digest(old), digest(new))
    sections: list[SectionDifference] = []
    counts: tuple[Count, ...] = ()
    for name in identity.ROWS:
        sides = (Looked(name, old), Looked(name, new))
        sections.append(_section(name, *sides))
        if name == "workloads":
            counts = tuple(counts_of(*sides))
    return SnapshotComparison(
        old=compared(old, of_old), new=compared(new, of_new), counts=counts, sections=tuple(sections)
    )


class Looked:
    """One snapshot's rows of a section, and what its export looked at there."""

    def __init__(self, section: str, snapshot: Snapshot) -> None:
        covered = {c.section: c for c in snapshot.coverage}
        own = _COVERED_BY.get(section) or Section(section)
        self.rows = identity.rows(snapshot, section)
        self.coverage = covered.get(own) or Coverage(section=own, read=False)
        self._read = self.coverage.read and all(snapshot.covers(needed) for needed in _NEEDS.get(section, ()))
        self._kinds = {kind for c in snapshot.coverage for kind in c.kinds}
        self._of_kinds = section in _OF_KINDS and not _told_as_a_whole(self.coverage)
        if section == "node_settings" and snapshot.node_coverage:  # node by node
            self._kinds, self._of_kinds = identity.node_files(snapshot), True

    @property
    def side(self) -> Side:
        count = sum(not row.elsewhere for row in self.rows.values())
        return Side(state=self.coverage.state, count=count, refused=self.coverage.refused)

    def knows(self, told_by: str) -> bool:
        """Whether a fact that objects of kind ``told_by`` tell of would be here if it existed."""
        if told_by in self.coverage.refused:
            return False
        return told_by in self._kinds if self._of_kinds and told_by else self._read

    def tells_all(self, other: Looked) -> bool:
        """Whether an empty field here means "none": this export looked at everything that the other one did."""
        return self._read and (self._of_kinds or set(other.coverage.kinds) <= set(self.coverage.kinds))


def _told_as_a_whole(coverage: Coverage) -> bool:
    """Whether something told of the section that speaks of all kinds at once, such as a table filled in by a person."""
    by_kind = {shown_kind(*kind) for kind in SECTION_KINDS.get(coverage.section, ())} | {PLATFORM_WORKLOADS}
    return coverage.section is not Section.OBJECTS and not by_kind.issuperset(coverage.kinds)


def _section(name: str, old: Looked, new: Looked) -> SectionDifference:
    pairs, gone, came = _paired(name, old.rows, new.rows)
    old_tells, new_tells = old.tells_all(new), new.tells_all(old)
    changed, unchanged = [], 0
    for before, after in pairs:
        changes = tuple(_changes(before.fields, after.fields, old_tells, new_tells, _STATE.get(name, frozenset())))
        if changes:
            changed.append(_entry(after, changes))
        else:
            unchanged += not after.elsewhere
    return SectionDifference(
        section=name,
        old=old.side,
        new=new.side,
        added=_entries(row for row in came if old.knows(row.told_by)),
        removed=_entries(row for row in gone if new.knows(row.told_by)),
        changed=tuple(sorted(changed, key=_order)),
        untold_old=_entries(row for row in gone if not new.knows(row.told_by)),
        untold_new=_entries(row for row in came if not old.knows(row.told_by)),
        unchanged=unchanged,
    )


def _paired(
    section: str, old: dict[str, Row], new: dict[str, Row]
) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Rows that are the same thing in both snapshots, rows of the old one alone, rows of the new one alone."""
    pairs = [(row, new[key]) for key, row in old.items() if key in new]
    gone = [row for key, row in old.items() if key not in new and not row.elsewhere]
    came = [row for key, row in new.items() if key not in old and not row.elsewhere]
    if section == "nodes":
        renamed = _renamed(gone, came)
        pairs += renamed
        old_names, new_names = {before.key for before, _ in renamed}, {after.key for _, after in renamed}
        gone = [row for row in gone if row.key not in old_names]
        came = [row for row in came if row.key not in new_names]
    return pairs, gone, came


def _renamed(gone: Iterable[Row], came: Iterable[Row]) -> list[tuple[Row, Row]]:
    """Nodes made anew under another name: of the same server, or at a private IP of the old one."""
    by_mark = {mark: row for row in came for mark in _marks(row)}
    pairs: list[tuple[Row, Row]] = []
    taken: set[str] = set()
    for before in gone:
        after = next((by_mark[mark] for mark in _marks(before) if mark in by_mark), None)
        if after is None or after.key in taken:
            continue
        servers = {before.fields["server_id"], after.fields["server_id"]} - {""}
        if len(servers) < 2:  # an address that another server has by now is no sign
            taken.add(after.key)
            pairs.append((before, after))
    return pairs


def _marks(row: Row) -> Iterator[tuple[str, str]]:
    if row.fields["server_id"]:
        yield ("server", row.fields["server_id"])
    for address in row.fields["private_ips"]:
        yield ("address", address)


def _changes(
    old: Mapping[str, Any], new: Mapping[str, Any], old_tells: bool, new_tells: bool, state: frozenset[str]
) -> Iterator[Change]:
    if old == new:
        return
    for field in old:
        before, after = old[field], new[field]
        if _same(before, after):
            continue
        for name, a, b in _parts(field, before, after):
            if (old_tells or a not in _UNTOLD) and (new_tells or b not in _UNTOLD):
                yield Change(field=name, old=_plain(a), new=_plain(b), state=field in state)


def _same(before: Any, after: Any) -> bool:
    """Whether two values say the same; the order of a list says nothing."""
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        return Counter(map(repr, before)) == Counter(map(repr, after))
    return bool(before == after)


def _parts(field: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """A value as a whole, of a mapping every key that differs."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        yield field, before, after
        return
    for key in sorted({*before, *after}):
        a, b = before.get(key), after.get(key)
        if a != b:
            yield f"{field}.{key}", a, b


def _plain(value: Any) -> Any:
    plain = msgspec.to_builtins(value)
    return list(plain) if isinstance(plain, tuple) else plain


def _entries(rows: Iterable[Row]) -> tuple[Entry, ...]:
    return tuple(sorted((_entry(row) for row in rows), key=_order))


def _entry(row: Row, changes: tuple[Change, ...] = ()) -> Entry:
    return Entry(key=row.key, kind=row.kind, namespace=row.namespace, name=row.name, system=row.system, changes=changes)


def _order(entry: Entry) -> tuple[bool, str]:
    return (entry.system, entry.key)


def compared(snapshot: Snapshot, known_as: str) -> Compared:
    cluster = snapshot.cluster
    return Compared(name=cluster.name, version=str(cluster.version or ""), digest=known_as)


def _of_business(workload: Row) -> bool:
    return not workload.system and not workload.fields["owner"]  # an operator makes its own ones again


def counts_of(old: Looked, new: Looked) -> Iterator[Count]:
    before, after = (
        Counter((r.namespace, r.kind) for r in side.rows.values() if _of_business(r)) for side in (old, new)
    )
    for namespace, kind in sorted({*before, *after}):
        yield Count(
            namespace=namespace,
            kind=kind,
            old=before[namespace, kind] if old.knows(kind) else None,
            new=after[namespace, kind] if new.knows(kind) else None,
        )

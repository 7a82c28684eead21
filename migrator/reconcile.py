"""The new cluster against the old one after the move: is everything there, runs it, and on the same storage?

The course: "record the workload counts for the check after the move". Told apart from ``snapshot.compare``, which
watches one cluster over time: here versions, addresses, nodes and volume names differ as they should, and what counts
is what people would miss. Objects of the platform are left out; what an export did not look at is never "missing".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from migrator.catalog.model import Catalog
from migrator.memory import without_cyclic_collection
from migrator.snapshot.codec import digest
from migrator.snapshot.compare import Compared, Count, Looked, compared, counts_of
from migrator.snapshot.identity import Row
from migrator.snapshot.manifests import FAMILY
from migrator.snapshot.model import OutageClass, Snapshot, Volume

Registries = Sequence[tuple[str, str]]


class Area(StrEnum):
    """What is reconciled, each from one section of the snapshots; sentence key ``reconcile.area.<value>``."""

    WORKLOADS = "workloads"
    CLAIMS = "claims"
    SERVICES = "services"
    INGRESSES = "ingresses"
    CONFIGS = "configs"
    OBJECTS = "objects"


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


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    old: Compared
    new: Compared
    counts: tuple[Count, ...]
    areas: tuple[Reconciled, ...]
    entrances: tuple[Entrance, ...]

    @property
    def verdict(self) -> Verdict:
        states = {item.state for area in self.areas for item in area.items}
        if states & {State.MISSING, State.DIFFERENT}:
            return Verdict.FAILED
        complete = not states and all(area.comparable for area in self.areas)
        return Verdict.COMPLETE if complete else Verdict.INCOMPLETE


@without_cyclic_collection()
def reconcile(
    old: Snapshot,
    new: Snapshot,
    catalog: Catalog,
    registries: Registries = (),
    digests: tuple[str, str] | None = None,
) -> Reconciliation:
    """Both clusters side by side, areas in a fixed order, objects by namespace and name.

    Args:
        old: the snapshot that the plan was made from.
        new: of the new cluster.
        catalog: tells which objects the platform makes by itself.
        registries: where images have moved: beginnings of their names, old and new.
        digests: of both, where they are known already.
    """
    of_old, of_new = digests or (digest(old), digest(new))
    judge = _Judge(old, new, catalog, registries)
    return Reconciliation(
        old=compared(old, of_old),
        new=compared(new, of_new),
        counts=tuple(counts_of(Looked("workloads", old), Looked("workloads", new))),
        areas=tuple(judge.area(area) for area in Area),
        entrances=tuple(_entrances(judge)),
    )


def same_cluster(old: Snapshot, new: Snapshot) -> bool | None:
    """Whether both are of one cluster, by what no two clusters share; None where one of them does not tell."""
    for one, other in ((_uid_of(old), _uid_of(new)), (old.cluster.uid, new.cluster.uid)):
        if one and other:
            return one == other
    return None


def _uid_of(snapshot: Snapshot) -> str:
    """The uid of the namespace kube-system, by which a cluster is known."""
    return next((o.uid for o in snapshot.objects if o.ref.kind == "Namespace" and o.ref.name == "kube-system"), "")


def moved_image(image: str, registries: Registries) -> str:
    """The image under its new name, by the longest beginning that fits."""
    fitting = [(o.rstrip("/"), n.rstrip("/")) for o, n in registries if _begins_with(image, o.rstrip("/"))]
    if not fitting:
        return image
    old, new = max(fitting, key=lambda pair: len(pair[0]))
    return new + image[len(old) :]


def _begins_with(image: str, prefix: str) -> bool:
    """Whether ``prefix`` is a whole part of the image's name: of a path, or all before tag and digest."""
    rest = image.removeprefix(prefix)
    if rest == image:
        return False
    return rest == "" or rest[0] in "/@" or (rest[0] == ":" and "/" not in rest)


class _Judge:
    """Compares the objects of one area after the other."""

    def __init__(self, old: Snapshot, new: Snapshot, catalog: Catalog, registries: Registries) -> None:
        self._system = frozenset(catalog.system_namespaces)
        self._given = frozenset(catalog.platform_objects)
        self._registries = registries
        self._volumes = tuple({v.name: v for v in s.volumes} for s in (old, new))
        self._looks = {a: (Looked(a.value, old), Looked(a.value, new)) for a in Area}
        self._templates = _templates(old)

    def rows(self, area: Area) -> tuple[dict[str, Row], dict[str, Row]]:
        """What the business has of an area, old and new."""
        before, after = self._looks[area]
        return _counted(before.rows, self._counts), _counted(after.rows, self._counts)

    def _counts(self, row: Row) -> bool:
        given = {f"{row.kind}/{row.name}", f"{row.kind}/{row.namespace}/{row.name}"}
        if row.system or row.elsewhere or not row.namespace or row.namespace in self._system or given & self._given:
            return False
        return not row.fields.get("owner")  # an operator makes its own ones again

    def area(self, area: Area) -> Reconciled:
        before, after = self.rows(area)
        looked_before, looked_after = self._looks[area]
        compare = _COMPARERS.get(area)
        items: list[Item] = []
        same = 0
        for key, row in before.items():
            if key not in after:
                items.append(self._item(row, State.MISSING if looked_after.knows(row.told_by) else State.UNTOLD))
                continue
            found = tuple(compare(self, row, after[key])) if compare else ()
            if found:
                items.append(self._item(row, State.DIFFERENT, found))
            same += not found
        for key, row in after.items():
            if key not in before:
                items.append(self._item(row, State.EXTRA if looked_before.knows(row.told_by) else State.UNTOLD))
        order = list(State)
        return Reconciled(
            area=area,
            old=len(before),
            new=len(after),
            same=same,
            comparable=looked_before.coverage.read and looked_after.coverage.read,
            items=tuple(sorted(items, key=lambda i: (order.index(i.state), i.namespace, i.kind, i.name))),
        )

    def _item(self, row: Row, state: State, mismatches: tuple[Mismatch, ...] = ()) -> Item:
        owner = self._template_of(row) if row.kind == "PersistentVolumeClaim" else ""
        return Item(
            kind=row.kind,
            namespace=row.namespace,
            name=row.name,
            state=state,
            mismatches=mismatches,
            belongs_to=owner,
        )

    def _template_of(self, row: Row) -> str:
        stem, _, ordinal = row.name.rpartition("-")
        return self._templates.get((row.namespace, stem), "") if ordinal.isdigit() else ""

    # --- what counts of each ---

    def workload(self, old: Row, new: Row) -> Iterator[Mismatch]:
        before, after = old.fields, new.fields
        images = tuple(sorted({moved_image(i, self._registries) for i in before["images"]}))
        yield from _mismatch("images", images, after["images"])
        yield from _mismatch("replicas", before["replicas"], after["replicas"])
        yield from _mismatch("schedule", before["schedule"], after["schedule"])
        yield from _mismatch("suspended", before["suspended"], after["suspended"])
        yield from _mismatch("claims", _mounted(before), _mounted(after))
        if _short(after) and not _short(before):
            yield Mismatch(field="ready", old=_readiness(before), new=_readiness(after))

    def claim(self, old: Row, new: Row) -> Iterator[Mismatch]:
        if new.fields["phase"] and new.fields["phase"] != "Bound":
            yield Mismatch(field="phase", old=old.fields["phase"], new=new.fields["phase"])
        before, after = (v.get(row.fields["volume"]) for v, row in zip(self._volumes, (old, new), strict=True))
        if before is None or (before.outage is OutageClass.COPY and after is not None):
            return  # nobody knows what it was, or the data was copied to other storage
        if after is None or not _one_storage(before, after):
            yield Mismatch(field="storage", old=_storage(before), new=_storage(after) if after else "")

    def service(self, old: Row, new: Row) -> Iterator[Mismatch]:
        before, after = old.fields, new.fields
        for field in ("type", "selector", "external_name", "session_affinity"):
            yield from _mismatch(field, before[field], after[field])
        yield from _mismatch("ports", _ports(before), _ports(after))
        if before["type"] == after["type"] == "NodePort":
            yield from _mismatch("node_ports", _node_ports(before), _node_ports(after))
        if after["type"] == "LoadBalancer" and not after["addresses"]:
            yield Mismatch(field="addresses", old=_text(before["addresses"]), new="")

    def ingress(self, old: Row, new: Row) -> Iterator[Mismatch]:
        before, after = old.fields, new.fields
        yield from _mismatch("routes", _routes(before), _routes(after))
        yield from _mismatch("tls_secrets", before["tls_secrets"], after["tls_secrets"])
        if before["addresses"] and not after["addresses"]:
            yield Mismatch(field="addresses", old=_text(before["addresses"]), new="")

    def config(self, old: Row, new: Row) -> Iterator[Mismatch]:
        yield from _mismatch("keys", tuple(sorted(old.fields["keys"])), tuple(sorted(new.fields["keys"])))


_COMPARERS: Mapping[Area, Callable[[_Judge, Row, Row], Iterable[Mismatch]]] = {
    Area.WORKLOADS: _Judge.workload,
    Area.CLAIMS: _Judge.claim,
    Area.SERVICES: _Judge.service,
    Area.INGRESSES: _Judge.ingress,
    Area.CONFIGS: _Judge.config,
}


def _counted(rows: Mapping[str, Row], counts: Callable[[Row], bool]) -> dict[str, Row]:
    """The rows that count; an object is the same under the next API group of its kind."""
    return {_OLD_GROUP.sub("/", key): row for key, row in rows.items() if counts(row)}


_OLD_GROUP = re.compile(rf"\.(?:{'|'.join(map(re.escape, sorted(FAMILY)))})/")


def _templates(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    """Beginning of the claims that a StatefulSet makes -> the StatefulSet."""
    return {(w.ref.namespace, f"{t.name}-{w.ref.name}"): w.key for w in snapshot.workloads for t in w.claim_templates}


def _mismatch(field: str, old: Any, new: Any) -> Iterator[Mismatch]:
    if old != new:
        yield Mismatch(field=field, old=_text(old), new=_text(new))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{k}={v}" for k, v in sorted(value.items()))
    if isinstance(value, tuple | list):
        return ", ".join(str(v) for v in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mounted(fields: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({m.target for m in fields["mounts"] if m.kind == "claim"}))


def _short(fields: Mapping[str, Any]) -> bool:
    """Whether fewer Pods are ready than wanted; of kinds without a number at least one has to be."""
    ready, wanted = fields["ready"], fields["replicas"]
    return ready is not None and bool(ready < (1 if wanted is None else wanted))


def _readiness(fields: Mapping[str, Any]) -> str:
    ready, wanted = (_text(v) or "?" for v in (fields["ready"], fields["replicas"]))
    return f"{ready}/{wanted}"


def _storage(volume: Volume) -> str:
    return " ".join(filter(None, (volume.storage.value, volume.volume_id or volume.path)))


def _one_storage(old: Volume, new: Volume) -> bool:
    """Whether both are the same disk, share or bucket; the driver that tells of it may be another."""
    marks = [{m for m in (v.volume_id, v.path) if m} for v in (old, new)]
    return bool(marks[0] & marks[1])


def _ports(fields: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(f"{p.port}/{p.protocol}→{p.target_port or p.port}" for p in fields["ports"]))


def _node_ports(fields: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(f"{p.port}→{p.node_port}" for p in fields["ports"] if p.node_port))


def _routes(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Host, path and backend; a path that takes all is written in several ways."""
    routes = {f"{r.host or '*'}{r.path.removesuffix('*') or '/'} → {r.service}:{r.port}" for r in fields["routes"]}
    return tuple(sorted(routes | ({f"* → {fields['default_backend']}"} if fields["default_backend"] else set())))


def _entrances(judge: _Judge) -> Iterator[Entrance]:
    for area in (Area.SERVICES, Area.INGRESSES):
        before, after = judge.rows(area)
        for key in sorted({*before, *after}):
            old, new = before.get(key), after.get(key)
            row = new or old
            if row is None or not (area is Area.INGRESSES or row.fields["type"] == "LoadBalancer"):
                continue
            hosts = {r.host for r in row.fields["routes"] if r.host} if area is Area.INGRESSES else set()
            yield Entrance(
                kind=row.kind,
                namespace=row.namespace,
                name=row.name,
                hosts=tuple(sorted(hosts)),
                old=old.fields["addresses"] if old else (),
                new=new.fields["addresses"] if new else (),
            )

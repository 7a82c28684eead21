"""The new cluster against the old one after the move: is everything there, runs it, and on the same storage?

The course: "record the workload counts for the check after the move". Told apart from ``snapshot.compare``, which
watches one cluster over time: here versions, addresses, nodes and volume names differ as they should, and what counts
is what people would miss. Objects of the platform are left out; what an export did not look at is never "missing".
Of what belongs to no namespace only that counts which the manifests bring: what a new cluster has besides is its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from migrator.catalog.model import Catalog
from migrator.conversion.expected import expected
from migrator.conversion.storage.common import kind_of_driver
from migrator.conversion.storage.templates import FOREIGN, claim_name
from migrator.memory import without_cyclic_collection
from migrator.reconcile.model import (
    Area,
    Entrance,
    Item,
    Mismatch,
    Reconciled,
    Reconciliation,
    Registries,
    Scaled,
    State,
)
from migrator.snapshot.codec import digest
from migrator.snapshot.compare import Looked, compared, counts_of
from migrator.snapshot.identity import Row
from migrator.snapshot.manifests import FAMILY
from migrator.snapshot.model import ObjectRef, OutageClass, Snapshot, Volume
from migrator.snapshot.values import mapping, text
from migrator.versions import Version


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
    areas = tuple(judge.area(area) for area in Area)
    return Reconciliation(
        old=compared(old, of_old),
        new=compared(new, of_new),
        counts=tuple(counts_of(Looked("workloads", old), Looked("workloads", new))),
        areas=areas,
        entrances=tuple(_entrances(judge)),
        scaled=tuple(judge.scaled),
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
    """Compares the objects of one area after the other; ``scaled`` fills while the workloads are compared."""

    def __init__(self, old: Snapshot, new: Snapshot, catalog: Catalog, registries: Registries) -> None:
        self._system = frozenset(catalog.system_namespaces)
        self._given = frozenset(catalog.platform_objects)
        self._registries = registries
        self._volumes = tuple({v.name: v for v in s.volumes} for s in (old, new))
        sections = {section for area in Area for section in _sections(area)}
        self._looks = {section: (Looked(section, old), Looked(section, new)) for section in sections}
        self._templates = _templates(old)
        self._expected = expected(old, _version(old, new, catalog), catalog)
        self._autoscalers = {**_autoscalers(old), **_autoscalers(new)}
        self.scaled: list[Scaled] = []

    def rows(self, area: Area, section: str = "") -> tuple[dict[str, Row], dict[str, Row]]:
        """What the business has of an area, old and new."""
        before, after = (look.rows for look in self._looks[section or area.value])
        if area is Area.VOLUMES:
            old = _counted(before, self._is_brought)
            return old, dict(self._same_storage(old, after))
        if area is Area.CLUSTER:
            old = _counted(before, self._is_brought)
            return old, {key: row for key, row in _counted(after, lambda row: not row.elsewhere).items() if key in old}
        old, new = _counted(before, self._counts), _counted(after, self._counts)
        if area is Area.CLAIMS:
            rows = self._looks["workloads"][0].rows.values()
            made = {(row.namespace, name) for row in rows for name in _in_place_of_volumes(row)}
            new = {key: row for key, row in new.items() if key in old or (row.namespace, row.name) not in made}
        return old, new

    def _counts(self, row: Row) -> bool:
        given = {f"{row.kind}/{row.name}", f"{row.kind}/{row.namespace}/{row.name}"}
        if row.system or row.elsewhere or not row.namespace or row.namespace in self._system or given & self._given:
            return False
        if (row.namespace, row.kind, row.name) in self._expected.left:
            return False
        return not row.fields.get("owner")  # an operator makes its own ones again

    def _is_brought(self, row: Row) -> bool:
        """Whether a manifest of the new cluster makes what belongs to no namespace."""
        return not row.elsewhere and (row.namespace, row.kind, row.name) in self._expected.cluster_wide

    def _same_storage(self, old: Mapping[str, Row], new: Mapping[str, Row]) -> Iterator[tuple[str, Row]]:
        """The volume that stands for each of the old ones: with its storage, under whichever name, or with its name."""
        rows = {row.name: row for row in new.values()}
        by_mark = {mark: rows[v.name] for v in self._volumes[1].values() if v.name in rows for mark in _marks(v)}
        for key, row in old.items():
            same = (by_mark[mark] for mark in sorted(_marks(self._volumes[0][row.name])) if mark in by_mark)
            if (found := next(same, None) or rows.get(row.name)) is not None:
                yield key, found

    def area(self, area: Area) -> Reconciled:
        items: list[Item] = []
        counts = [0, 0, 0]
        for section in _sections(area):
            before, after = self.rows(area, section)
            found = list(self._compared(area, self._looks[section], before, after))
            differing = sum(item.state is State.DIFFERENT for item in found)
            unpaired = sum(key not in after for key in before)
            told = sum(item.state is State.UNTOLD and bool(item.mismatches) for item in found)
            counts[0] += len(before)
            counts[1] += len(after)
            counts[2] += len(before) - unpaired - differing - told
            items += found
        order = list(State)
        return Reconciled(
            area=area,
            old=counts[0],
            new=counts[1],
            same=counts[2],
            comparable=self._is_comparable(area),
            items=tuple(sorted(items, key=lambda i: (order.index(i.state), i.namespace, i.kind, i.name))),
        )

    def _is_comparable(self, area: Area) -> bool:
        before, after = self._looks[_sections(area)[-1]]
        if area is Area.VOLUMES:  # a cluster without any is exported as one that was not asked
            return before.coverage.read == after.coverage.read
        return before.coverage.read and after.coverage.read

    def _compared(
        self, area: Area, looked: tuple[Looked, Looked], before: Mapping[str, Row], after: Mapping[str, Row]
    ) -> Iterator[Item]:
        """The objects that are not the same in both."""
        compare = _COMPARERS.get(area)
        for key, row in before.items():
            if key not in after:
                yield self._item(row, State.MISSING if looked[1].knows(row.told_by) else State.UNTOLD)
                continue
            if found := tuple(compare(self, row, after[key])) if compare else ():
                yield self._item(row, State.DIFFERENT, found)
            elif area is Area.CLAIMS and (untold := self._untold_storage(row, after[key])):
                yield self._item(row, State.UNTOLD, untold)
        for key, row in after.items():
            if key not in before:
                yield self._item(row, State.EXTRA if looked[0].knows(row.told_by) else State.UNTOLD)

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
        yield from self._replicas(old, before["replicas"], after["replicas"])
        yield from _mismatch("schedule", before["schedule"], after["schedule"])
        yield from _mismatch("suspended", before["suspended"], after["suspended"])
        wanted, mounted = _mounted(before), _mounted(after)
        if mounted != tuple(sorted({*wanted, *_in_place_of_volumes(old)})):
            yield from _mismatch("claims", wanted, mounted)
        if _short(after) and not _short(before):
            yield Mismatch(field="ready", old=_readiness(before), new=_readiness(after))

    def _replicas(self, row: Row, old: Any, new: Any) -> Iterator[Mismatch]:
        """None at all is what no autoscaler does: the workload was not started."""
        autoscaler = self._autoscalers.get((row.namespace, row.kind, row.name))
        if old == new or autoscaler is None or new == 0:
            yield from _mismatch("replicas", old, new)
            return
        self.scaled.append(
            Scaled(
                kind=row.kind,
                namespace=row.namespace,
                name=row.name,
                old=_text(old),
                new=_text(new),
                autoscaler=autoscaler,
            )
        )

    def claim(self, old: Row, new: Row) -> Iterator[Mismatch]:
        if new.fields["phase"] and new.fields["phase"] != "Bound":
            yield Mismatch(field="phase", old=old.fields["phase"], new=new.fields["phase"])
        before, after = self._behind(old, new)
        if before is None or before.outage is OutageClass.COPY:
            return  # nobody knows what it was, or the data was copied to other storage
        if after is None and self._looks["volumes"][1].coverage.read:
            yield Mismatch(field="storage", old=_storage(before), new="")
        elif after is not None and not _one_storage(before, after):
            yield Mismatch(field="storage", old=_storage(before), new=_storage(after))

    def _untold_storage(self, old: Row, new: Row) -> tuple[Mismatch, ...]:
        """Where a claim was bound, and one of the exports does not hold the volume behind it."""
        before, after = self._behind(old, new)
        copied = before is not None and before.outage is OutageClass.COPY
        if not old.fields["volume"] or copied or (before is not None and after is not None):
            return ()
        sides = (_storage(v) if v else row.fields["volume"] for v, row in ((before, old), (after, new)))
        return tuple(Mismatch(field="storage", old=one, new=other) for one, other in [tuple(sides)])

    def _behind(self, old: Row, new: Row) -> tuple[Volume | None, Volume | None]:
        """The volumes of a claim in both clusters, as far as the exports hold them."""
        before, after = (v.get(row.fields["volume"]) for v, row in zip(self._volumes, (old, new), strict=True))
        return before, after

    def volume(self, old: Row, new: Row) -> Iterator[Mismatch]:
        before, after = self._volumes[0][old.name], self._volumes[1][new.name]
        if not _one_storage(before, after) and _marks(before):
            yield Mismatch(field="storage", old=_storage(before), new=_storage(after))

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
    Area.VOLUMES: _Judge.volume,
    Area.SERVICES: _Judge.service,
    Area.INGRESSES: _Judge.ingress,
    Area.CONFIGS: _Judge.config,
}


def _sections(area: Area) -> tuple[str, ...]:
    """The sections of the snapshots in which the objects of an area stand."""
    return ("namespaces", "storage_classes", "objects") if area is Area.CLUSTER else (area.value,)


def _version(old: Snapshot, new: Snapshot, catalog: Catalog) -> Version:
    """Of the new cluster; where no export tells it, the newest that is known."""
    return new.cluster.version or old.cluster.version or Version(1, max(r.minor.minor for r in catalog.releases))


def _autoscalers(snapshot: Snapshot) -> dict[tuple[str, str, str], str]:
    """Namespace, kind and name of each workload whose replicas an autoscaler sets -> the autoscaler."""
    found = {}
    for manifest in snapshot.manifests:
        ref = manifest.ref
        if ref.kind.endswith("PodAutoscaler") or ref.kind == "ScaledObject":
            target = mapping(mapping(orjson.loads(memoryview(manifest.body)).get("spec")).get("scaleTargetRef"))
            place = (ref.namespace, text(target.get("kind")) or "Deployment", text(target.get("name")))
            found[place] = f"{ref.kind}/{ref.name}"
    return found


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


def _in_place_of_volumes(row: Row) -> Iterator[str]:
    """The claims that the manifests make of volumes which the pod template mounted without any."""
    ref = ObjectRef(api_version="", kind=row.kind, namespace=row.namespace, name=row.name)
    for mount in row.fields["mounts"]:
        if kind_of_driver(mount.target) if mount.kind == "flex" else mount.target in FOREIGN:
            yield claim_name(ref, {"name": mount.name})


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
    return bool(_marks(old) & _marks(new))


def _marks(volume: Volume) -> frozenset[str]:
    """By which storage is known, whichever driver tells of it."""
    return frozenset(m for m in (volume.volume_id, volume.path) if m)


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

"""Reads of the inventory: what an actor may see, with everything a list needs fetched at once."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery

from apps.inventory import adapters
from apps.inventory.choices import Origin, SnapshotOrigin
from apps.inventory.models import AddressUse, Cluster, Correction, ImportFile, NodeSetting, Original, Part, Snapshot
from migrator.snapshot.corrections import apply
from migrator.snapshot.model import Snapshot as Facts

Entry = TypeVar("Entry", AddressUse, NodeSetting)
PartRow = TypeVar("PartRow", bound=Part)
Anything = TypeVar("Anything", bound=Model)


def visible_to(queryset: QuerySet[Anything], actor: Any) -> QuerySet[Anything]:
    """One organisation uses an installation: whoever is logged in sees everything. Roles will narrow it here."""
    return queryset if actor is not None and actor.is_authenticated else queryset.none()


def clusters(actor: Any) -> QuerySet[Cluster]:
    """Clusters with ``latest_uid``, ``latest_number``, ``latest_version`` and ``latest_at`` of the latest snapshot."""
    latest = Snapshot.objects.filter(cluster=OuterRef("pk")).order_by("-number")
    return visible_to(
        Cluster.objects.select_related("created_by").annotate(
            latest_uid=Subquery(latest.values("uid")[:1]),
            latest_number=Subquery(latest.values("number")[:1]),
            latest_version=Subquery(latest.values("version")[:1]),
            latest_at=Subquery(latest.values("created_at")[:1]),
        ),
        actor,
    )


def snapshots(actor: Any) -> QuerySet[Snapshot]:
    """Without the documents, which are large: only ``snapshot_facts`` and the download need them."""
    queryset = Snapshot.objects.select_related("cluster", "imported_by", "operation").defer("document")
    return visible_to(queryset, actor)


def latest_snapshot(cluster: Cluster, origin: SnapshotOrigin | None = None) -> Snapshot | None:
    """The newest snapshot (of one origin) with its document, or ``None`` where there is none."""
    snapshots = Snapshot.objects.filter(cluster=cluster).select_related("cluster").order_by("-number")
    return (snapshots if origin is None else snapshots.filter(origin=origin)).first()


def parts(model: type[PartRow], snapshot: Snapshot) -> QuerySet[PartRow]:
    """The rows of one kind of part of a snapshot, in the order of the document."""
    return model._default_manager.filter(snapshot=snapshot).order_by("position", "id")


def register_entries(model: type[Entry], cluster: Cluster) -> QuerySet[Entry]:
    """What people entered for the cluster; it holds for every snapshot."""
    return model._default_manager.filter(cluster=cluster, origin=Origin.FORM).order_by("id")


def found_and_entered(model: type[Entry], cluster: Cluster) -> QuerySet[Entry]:
    """What people entered for the cluster, and what its latest snapshot found."""
    latest = Snapshot.objects.filter(cluster=cluster).order_by("-number").values("pk")[:1]
    found = model._default_manager.filter(cluster=cluster, origin=Origin.DUMP, snapshot=Subquery(latest))
    queryset = register_entries(model, cluster).order_by() | found.order_by()
    return queryset.select_related("created_by", "snapshot").order_by("origin", "id")


def corrections(cluster: Cluster) -> QuerySet[Correction]:
    """All corrections of a cluster, the withdrawn ones among them."""
    return Correction.objects.filter(cluster=cluster).select_related("created_by", "withdrawn_by")


def corrections_in_force(cluster: Cluster) -> QuerySet[Correction]:
    """What is laid over every snapshot of the cluster."""
    return corrections(cluster).filter(withdrawn_at=None)


def effective_facts(snapshot: Snapshot) -> Facts:
    """What plans, assessments and runbooks work with: what was read, corrected, and what people entered."""
    given = [adapters.correction_of(row) for row in corrections_in_force(snapshot.cluster)]
    return adapters.with_register(
        apply(adapters.snapshot_facts(snapshot), given).snapshot,
        register_entries(AddressUse, snapshot.cluster),
        register_entries(NodeSetting, snapshot.cluster),
    )


def import_files(operation: Any) -> list[ImportFile]:
    """The uploads that an operation shall read, in the order in which they came."""
    return list(ImportFile.objects.filter(operation=operation).order_by("id"))


def originals(snapshot: Snapshot) -> QuerySet[Original]:
    """The kept uploads of a snapshot, the erased ones among them."""
    return Original.objects.filter(snapshot=snapshot).select_related("erased_by").order_by("id")

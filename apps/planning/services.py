"""Writes of plans. What cannot be planned is refused when it is written down, as far as the facts are known by then."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction

from apps.core.errors import ServiceError, about
from apps.core.texts import check_fields
from apps.inventory.models import Cluster, Snapshot
from apps.inventory.selectors import effective_facts
from apps.planning.adapters import addition_of, options_of, packed_catalog, request_of
from apps.planning.choices import DEFAULT_PROFILE, Balancer, PlanStrategy
from apps.planning.models import CatalogAddition, CatalogCopy, Plan
from apps.planning.selectors import additions_in_use, catalog, plan_snapshot
from migrator.catalog.additions import extended
from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Catalog
from migrator.engine import find_route
from migrator.errors import MigratorError
from migrator.paths.planner import resolve_target
from migrator.snapshot.model import Snapshot as Facts
from migrator.versions import Version

_BEFORE_ALL = Version(0, 0)
# The field that an error of the core speaks of.
_FIELDS = {
    "version_unknown": "target",
    "target_not_above_source": "target",
    "target_not_offered": "target",
    "target_not_sold": "target",
    "no_path": "strategy",
    "source_unknown": "source",
    "profile_unknown": "profile",
}


def plan_create(
    *,
    actor: Any,
    cluster: Cluster,
    target: str,
    name: str = "",
    source: str = "",
    profile: str = DEFAULT_PROFILE,
    strategy: str = PlanStrategy.AUTO,
    strategy_reason: str = "",
    snapshot: Snapshot | None = None,
    registries: str = "",
    balancer: str = Balancer.SHARED,
    note: str = "",
) -> Plan:
    """A plan that the core can work on.

    Args:
        name: left empty, it is made of the cluster and the target.
        source: left empty, the version that the snapshot tells.
        snapshot: left out, the latest of the cluster each time.
        registries: where images have moved, ``old = new`` in each line.

    Raises:
        MigratorError: what ``migrator.engine.find_route`` refuses.
        ServiceError: ``snapshot_of_other_cluster``, ``registries_line``; ``text_secret`` where a credential stands in
            one of the texts.
    """
    plan = Plan(
        cluster=cluster,
        snapshot=snapshot,
        name=name.strip() or f"{cluster.name} → {target.strip()}"[:120],
        target=target.strip(),
        source=source.strip(),
        profile=profile,
        strategy=strategy,
        strategy_reason=strategy_reason,
        registries=registries,
        balancer=balancer,
        note=note,
        created_by=actor if actor is not None and actor.is_authenticated else None,
    )
    plan_check(plan)
    plan.save()
    return plan


def plan_update(*, plan: Plan, changes: dict[str, Any]) -> Plan:
    """Change what is asked; assessments and runbooks that were made before stay as they are. Raises as ``plan_create``.

    Args:
        changes: any of ``name target source profile strategy strategy_reason snapshot registries balancer note``.
    """
    with transaction.atomic():
        plan = Plan.objects.select_for_update().get(pk=plan.pk)
        for field, value in changes.items():
            setattr(plan, field, value.strip() if field in ("name", "target", "source") else value)
        plan_check(plan)
        plan.save(update_fields=[*changes, "updated_at"])
    return plan


def plan_delete(*, plan: Plan) -> None:
    """Delete a plan that has no history; ``ProtectedError`` where assessments or runbooks were made from it."""
    plan.delete()


def plan_check(plan: Plan) -> None:
    """Refuse what the core would refuse, before anything is stored; raises as ``plan_create``, with the field."""
    with about("snapshot"):
        if plan.snapshot is not None and plan.snapshot.cluster_id != plan.cluster_id:
            raise ServiceError("snapshot_of_other_cluster", cluster=plan.cluster.name)
    check_fields(name=plan.name, strategy_reason=plan.strategy_reason, registries=plan.registries, note=plan.note)
    with about("registries"):
        options_of(plan)
    try:
        _find_way(plan)
    except MigratorError as error:
        error.field = str(error.values.get("asked", "")) or _FIELDS.get(error.code, "")
        if error.code == "version_unreadable":
            error.field = "source" if error.values["version"] == plan.source[:60] else "target"
        raise


def _find_way(plan: Plan) -> None:
    snapshot = plan_snapshot(plan)
    if snapshot is not None:
        find_route(effective_facts(snapshot), request_of(plan), catalog())
    elif plan.source:
        find_route(Facts(), request_of(plan), catalog())
    else:
        resolve_target(Version.parse(plan.target), _BEFORE_ALL, catalog(), plan.profile)


def addition_create(*, actor: Any, **fields: Any) -> CatalogAddition:
    """A new addition; raises as ``addition_save``, and ``ServiceError`` ``addition_name_taken``."""
    if CatalogAddition.objects.filter(name=fields["name"]).exists():
        raise ServiceError("addition_name_taken", name=fields["name"])
    return addition_save(actor=actor, addition=CatalogAddition(**fields))


def addition_update(*, addition: CatalogAddition, changes: dict[str, Any]) -> CatalogAddition:
    """Change an addition; what was assessed before stays as it is. Raises as ``addition_create``."""
    name = changes.get("name", addition.name)
    if CatalogAddition.objects.filter(name=name).exclude(pk=addition.pk).exists():
        raise ServiceError("addition_name_taken", name=name)
    for field, value in changes.items():
        setattr(addition, field, value)
    return addition_save(actor=None, addition=addition)


def addition_save(*, actor: Any, addition: CatalogAddition) -> CatalogAddition:
    """Store an addition that the catalog takes beside all that are in use.

    Raises:
        CatalogError: ``catalog_broken``, with a sentence for every problem.
    """
    addition_check(addition)
    if addition.pk is None and actor is not None and actor.is_authenticated:
        addition.created_by = actor
    addition.save()
    return addition


def addition_check(addition: CatalogAddition) -> None:
    """Refuse what the catalog would refuse; raises as ``addition_save``. One out of use is judged as well."""
    others = CatalogAddition.objects.filter(enabled=True).exclude(pk=addition.pk).order_by("name")
    extended(shipped_catalog(), [*(addition_of(row) for row in others), addition_of(addition)])


def catalog_keep(used: Catalog) -> None:
    """Keep a catalog that something is made with, once for each digest."""
    if CatalogCopy.objects.filter(digest=used.digest).exclude(document=b"").exists():
        return
    additions = additions_in_use()
    of_today = extended(shipped_catalog(), additions).digest == used.digest  # they may have changed meanwhile
    CatalogCopy.objects.update_or_create(
        digest=used.digest,
        defaults={"document": packed_catalog(used)},
        create_defaults={
            "base": shipped_catalog().digest,
            "additions": msgspec.to_builtins(additions) if of_today else [],
            "document": packed_catalog(used),
        },
    )

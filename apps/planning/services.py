"""Writes of plans. What cannot be planned is refused when it is written down, as far as the facts are known by then."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.core.errors import ServiceError
from apps.inventory.models import Cluster, Snapshot
from apps.inventory.selectors import effective_facts
from apps.planning.adapters import request_of
from apps.planning.choices import DEFAULT_PROFILE, PlanStrategy
from apps.planning.models import Plan
from apps.planning.selectors import plan_snapshot
from migrator.catalog.loader import shipped_catalog
from migrator.engine import find_route
from migrator.paths.planner import resolve_target
from migrator.snapshot.model import Snapshot as Facts
from migrator.versions import Version

_BEFORE_ALL = Version(0, 0)


def plan_create(
    *,
    actor: Any,
    cluster: Cluster,
    target: str,
    name: str = "",
    source: str = "",
    profile: str = DEFAULT_PROFILE,
    strategy: str = PlanStrategy.AUTO,
    snapshot: Snapshot | None = None,
    note: str = "",
) -> Plan:
    """A plan that the core can work on.

    Args:
        name: left empty, it is made of the cluster and the target.
        source: left empty, the version that the snapshot tells.
        snapshot: left out, the latest of the cluster each time.

    Raises:
        MigratorError: what ``migrator.engine.find_route`` refuses.
        ServiceError: ``snapshot_of_other_cluster``.
    """
    plan = Plan(
        cluster=cluster,
        snapshot=snapshot,
        name=name.strip() or f"{cluster.name} → {target.strip()}"[:120],
        target=target.strip(),
        source=source.strip(),
        profile=profile,
        strategy=strategy,
        note=note,
        created_by=actor if actor is not None and actor.is_authenticated else None,
    )
    plan_check(plan)
    plan.save()
    return plan


def plan_update(*, plan: Plan, changes: dict[str, Any]) -> Plan:
    """Change what is asked; assessments and runbooks that were made before stay as they are. Raises as ``plan_create``.

    Args:
        changes: any of ``name target source profile strategy snapshot note``.
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
    """Refuse what the core would refuse, before anything is stored; raises as ``plan_create``."""
    if plan.snapshot is not None and plan.snapshot.cluster_id != plan.cluster_id:
        raise ServiceError("snapshot_of_other_cluster", cluster=plan.cluster.name)
    snapshot = plan_snapshot(plan)
    if snapshot is not None:
        find_route(effective_facts(snapshot), request_of(plan))
    elif plan.source:
        find_route(Facts(), request_of(plan))
    else:
        resolve_target(Version.parse(plan.target), _BEFORE_ALL, shipped_catalog(), plan.profile)

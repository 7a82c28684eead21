"""Reads of plans, and the route that the core finds for one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from apps.core.errors import Conflict
from apps.inventory.models import Snapshot
from apps.inventory.selectors import effective_facts, latest_snapshot
from apps.planning.adapters import request_of
from apps.planning.models import Plan
from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Catalog
from migrator.engine import Route, find_route


def visible_to(actor: Any) -> QuerySet[Plan]:
    """One organisation uses an installation: whoever is logged in sees every plan."""
    if not actor.is_authenticated:
        return Plan.objects.none()
    return Plan.objects.select_related("cluster", "snapshot", "created_by").defer("snapshot__document")


def plan_snapshot(plan: Plan) -> Snapshot | None:
    """The snapshot that the plan names, otherwise the latest of its cluster; ``None`` where there is none."""
    return plan.snapshot or latest_snapshot(plan.cluster)


def needed_snapshot(plan: Plan) -> Snapshot:
    """``plan_snapshot``, which must be there.

    Raises:
        Conflict: ``plan_without_snapshot``.
    """
    snapshot = plan_snapshot(plan)
    if snapshot is None:
        raise Conflict("plan_without_snapshot", cluster=plan.cluster.name)
    return snapshot


def plan_route(plan: Plan) -> Route:
    """Path and strategy for the plan and its snapshot.

    Raises:
        Conflict: ``plan_without_snapshot``.
        MigratorError: as ``migrator.engine.find_route``.
    """
    return find_route(effective_facts(needed_snapshot(plan)), request_of(plan))


def catalog() -> Catalog:
    return shipped_catalog()

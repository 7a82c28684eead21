"""Reads of plans, and the route that the core finds for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.db.models import QuerySet

from apps.core.errors import Conflict
from apps.inventory.models import Snapshot
from apps.inventory.selectors import effective_facts, latest_snapshot
from apps.planning.adapters import addition_of, catalog_of, request_of
from apps.planning.models import CatalogAddition, CatalogCopy, Plan
from migrator.catalog.additions import Addition, extended
from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Catalog
from migrator.checks.custom.model import CustomCheck
from migrator.engine import Route, compare_strategies, find_route
from migrator.errors import MigratorError
from migrator.locale import Lang
from migrator.paths.model import StrategyChoice
from migrator.paths.planner import profile_of
from migrator.render.pathgraph import path_svg


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
    return find_route(effective_facts(needed_snapshot(plan)), request_of(plan), catalog())


def plan_comparison(plan: Plan) -> StrategyChoice:
    """Both strategies side by side, each with the blockers of its own checks; raises as ``plan_route``."""
    own = tuple(check for source in _own_checks for check in source())
    request = request_of(plan, custom_checks=own)
    return compare_strategies(effective_facts(needed_snapshot(plan)), request, catalog())


_own_checks: list[Callable[[], tuple[CustomCheck, ...]]] = []


def own_checks_from(source: Callable[[], tuple[CustomCheck, ...]]) -> None:
    """Set where the checks that people wrote come from: they are kept by an app above this one."""
    _own_checks[:] = [source]


def plan_graph(plan: Plan, lang: Lang) -> str:
    """The path table of the plan as SVG with the way of the plan in it; raises as ``plan_route``."""
    path = plan_route(plan).path
    return path_svg(profile_of(catalog(), path.profile), lang, path)


def additions_in_use() -> list[Addition]:
    return [addition_of(row) for row in CatalogAddition.objects.filter(enabled=True).order_by("name")]


def shipped() -> Catalog:
    """What the product knows by itself: the ground that additions are judged on."""
    return shipped_catalog()


def catalog() -> Catalog:
    """What the product knows, with what administrators added; raises ``CatalogError`` where an addition fits no more,
    as after an update of the product."""
    return extended(shipped_catalog(), additions_in_use())


def kept_catalog(digest: str) -> Catalog:
    """The catalog of that digest as it was when something was made with it.

    Raises:
        MigratorError: ``catalog_not_kept`` where nothing was made with it since whole catalogs are kept, and another
            version of the product shipped it; ``catalog_kept_unreadable``.
    """
    shipped = shipped_catalog()
    if digest == shipped.digest:
        return shipped
    copy = CatalogCopy.objects.filter(digest=digest).first()
    if copy is not None and copy.document:
        return catalog_of(copy)
    if copy is None or copy.base != shipped.digest:
        raise MigratorError("catalog_not_kept", digest=digest)
    return extended(shipped, msgspec.convert(copy.additions, list[Addition]))

"""Assesses again what an older catalog or older rules have judged: many plans at once, behind what people wait for."""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.checklists.custom import checks_on
from apps.checklists.models import Assessment
from apps.checklists.services import ASSESS
from apps.inventory.models import Snapshot
from apps.operations.models import Operation
from apps.operations.services import operations_create
from apps.planning.models import Plan
from migrator.catalog.model import Catalog
from migrator.checks.registry import ruleset_digest


def outdated_plans(catalog: Catalog) -> QuerySet[Plan]:
    """Plans that have an assessment, and whose newest one was judged by another catalog or by other rules,
    among them the checks that people wrote.

    ``looks_at`` of each is the uid of the snapshot that it means: its own, otherwise the latest of its cluster.
    """
    judged = Assessment.objects.filter(plan=OuterRef("pk")).order_by("-created_at", "-id")
    latest = Snapshot.objects.filter(cluster=OuterRef("cluster")).order_by("-number")
    plans = Plan.objects.annotate(
        judged_by=Subquery(judged.values("ruleset_digest")[:1]),
        looks_at=Coalesce(F("snapshot__uid"), Subquery(latest.values("uid")[:1])),
    )
    return plans.exclude(judged_by=None).exclude(judged_by=ruleset_digest(catalog, checks_on())).order_by("pk")


def assessments_renew(*, actor: Any, catalog: Catalog) -> list[Operation]:
    """Have every outdated plan assessed again. The operations stand in the queue for bulk work."""
    orders = [
        (f"plan:{uid}", {"plan": str(uid), "snapshot": str(snapshot)})
        for uid, snapshot in outdated_plans(catalog).values_list("uid", "looks_at")
    ]
    return operations_create(kind=ASSESS, actor=actor, orders=orders)

"""Pages of plans, and of what administrators add to the catalog."""

from __future__ import annotations

from apps.planning.admin.additions import CatalogAdditionAdmin, CatalogCopyAdmin
from apps.planning.admin.plans import PlanAdmin

__all__ = ("CatalogAdditionAdmin", "CatalogCopyAdmin", "PlanAdmin")

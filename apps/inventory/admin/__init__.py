"""Admin of the inventory: clusters with their registers and imports; snapshots and their parts to look at."""

from __future__ import annotations

from apps.inventory.admin import clusters, corrections, snapshots

__all__ = ("clusters", "corrections", "snapshots")

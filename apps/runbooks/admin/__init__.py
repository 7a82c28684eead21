"""Admin of the runbooks: overview; revisions with steps, edits, reviews and manifests; plans; reconciliations."""

from __future__ import annotations

from apps.runbooks.admin import overview, plans, reconciliations, runbooks

__all__ = ("overview", "plans", "reconciliations", "runbooks")

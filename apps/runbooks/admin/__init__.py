"""Admin of the runbooks: revisions with their steps, edits, reviews and manifests; plans; reconciliations."""

from __future__ import annotations

from apps.runbooks.admin import plans, reconciliations, runbooks

__all__ = ("plans", "reconciliations", "runbooks")

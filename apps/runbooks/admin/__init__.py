"""Admin of the runbooks: start page; revisions with steps, edits, reviews and manifests; plans; reconciliations."""

from __future__ import annotations

from apps.runbooks.admin import plans, reconciliations, runbooks, start

__all__ = ("plans", "reconciliations", "runbooks", "start")

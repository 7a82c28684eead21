"""What is stored of runbooks: revisions, the edits of people, reviews, reconciliations."""

from __future__ import annotations

from apps.runbooks.models.documents import RunbookDocument
from apps.runbooks.models.edits import RunbookEdit
from apps.runbooks.models.reconciliations import Reconciliation
from apps.runbooks.models.reviews import Review, ReviewComment, ReviewEntry
from apps.runbooks.models.runbooks import KEY_LENGTH, Runbook, RunbookStep

__all__ = (
    "KEY_LENGTH",
    "Reconciliation",
    "Review",
    "ReviewComment",
    "ReviewEntry",
    "Runbook",
    "RunbookDocument",
    "RunbookEdit",
    "RunbookStep",
)

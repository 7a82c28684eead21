"""The new cluster against the old one after the move."""

from migrator.reconcile.judge import moved_image, reconcile, same_cluster
from migrator.reconcile.model import (
    Area,
    Entrance,
    Item,
    Mismatch,
    Reconciled,
    Reconciliation,
    Registries,
    Scaled,
    State,
    Verdict,
)

__all__ = [
    "Area",
    "Entrance",
    "Item",
    "Mismatch",
    "Reconciled",
    "Reconciliation",
    "Registries",
    "Scaled",
    "State",
    "Verdict",
    "moved_image",
    "reconcile",
    "same_cluster",
]

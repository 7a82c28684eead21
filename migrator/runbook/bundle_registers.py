"""Registers of the manifests: every file with what it holds, what to know of it, and what got none."""

from __future__ import annotations

from migrator.conversion.model import Bundle
from migrator.locale import msg
from migrator.runbook.model import Table
from migrator.runbook.steps.base import show, table


def bundle_tables(bundle: Bundle) -> dict[str, Table | None]:
    """Tables of the appendices by key; None for one without rows. What a person must do comes first."""
    notes = sorted(bundle.notes, key=lambda note: not note.open)
    return {
        "manifests": table("file holds sha256", ((f.path, show(map(str, f.refs)), f.sha256) for f in bundle.files)),
        "conversion": table(
            "object state note",
            ((str(n.ref), msg("table.value.note_open" if n.open else "table.value.note_known"), n.text) for n in notes),
        ),
        "unconverted": table("object reason", ((str(left.ref), left.reason) for left in bundle.left_out)),
    }

"""Registers of the manifests: every file with what it holds, what to know of it, and what got none."""

from __future__ import annotations

from migrator.conversion.model import Note
from migrator.locale import msg
from migrator.runbook.bundled import BALANCER_NOTES, Applied
from migrator.runbook.model import Table
from migrator.runbook.steps.base import show, table

_STATES = ("open", "filled", "read", "known")  # in the order of the rows; sentence key ``table.value.note_<state>``


def bundle_tables(given: Applied) -> dict[str, Table | None]:
    """Tables of the appendices by key; None for one without rows. What a person must do comes first."""

    def state(note: Note) -> str:
        if not note.open:
            return "known"
        if note.text.key in BALANCER_NOTES:
            return "filled"
        return "read" if given.is_read(note) else "open"

    bundle = given.bundle
    notes = sorted(((state(note), note) for note in bundle.notes), key=lambda pair: _STATES.index(pair[0]))
    return {
        "manifests": table("file holds sha256", ((f.path, show(map(str, f.refs)), f.sha256) for f in bundle.files)),
        "conversion": table(
            "object state note",
            ((str(n.ref), msg(f"table.value.note_{stated}"), n.text) for stated, n in notes),
        ),
        "unconverted": table("object reason", ((str(left.ref), left.reason) for left in bundle.left_out)),
    }

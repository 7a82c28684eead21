"""The facts of filled-in tables as events for the builder of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from migrator.snapshot.model import KubeObject, ObjectRef, SecretNotice, Section, Workload
from migrator.snapshot.readers import Covered, Entered, Told
from migrator.snapshot.sheets.rows import FilledTable, implied_claims
from migrator.snapshot.sheets.tables import CLAIMS, CLUSTER

SHEET = "Sheet"  # the "kind" that a coverage names where people filled a section in


class Part(NamedTuple):
    """One table of a file. ``complete``: there is nothing of its kind beside its rows."""

    filled: FilledTable
    complete: bool


def tell(parts: Sequence[Part], file: str) -> Iterator[Entered | Told | Covered]:
    """Everything that the tables of one file say; ``file`` is its name in the input."""
    for filled, complete in parts:
        for number, fact in filled.facts:
            yield Entered(fact)
            if isinstance(fact, Workload) and fact.ref.api_version:
                yield Entered(KubeObject(ref=fact.ref, file=file, document=number), counts=False)
        for number, column in filled.secrets:
            place = ObjectRef(api_version="", kind="Sheet", name=filled.table.key)
            yield Told(SecretNotice(ref=place, field=f"row {number}, {column}"))
        if complete and (filled.rows or filled.table is not CLUSTER):
            yield Covered(filled.table.section, SHEET)
    claims = implied_claims(part.filled for part in parts)
    for claim in claims:
        yield Entered(claim, counts=False)
    if claims and not any(part.filled.table is CLAIMS for part in parts):
        yield Covered(Section.CLAIMS, SHEET)

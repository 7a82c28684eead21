"""The names of the sheets of a runbook's workbook, which other documents refer to."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.locale import LANGS, Lang, say, text
from migrator.render.escape import visible
from migrator.render.words import all_steps
from migrator.runbook.model import Runbook, StepKind
from migrator.snapshot.sheets.cells import tidy

_MOST = 31  # characters
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def sheet_names(runbook: Runbook, lang: Lang) -> dict[str, str]:
    """The sheets that there are, in their order: ``cover``, ``checklist``, ``steps``, ``gates``, ``outages``,
    ``findings``, ``tables``, and those of appendices by ``appendix_key``."""
    steps = all_steps(runbook)
    there = {
        "cover": True,
        "steps": True,
        "gates": any(step.kind is StepKind.GATE and not step.excluded for step in steps),
        "outages": bool(runbook.outages),
        "findings": any(result.findings for result in runbook.results),
        "tables": any(table.rows for step in steps for table in step.tables),
    }
    wanted = {key: text(f"workbook.sheet.{key}", lang) for key, holds in there.items() if holds}
    for position, appendix in enumerate(runbook.appendices):
        if any(table.rows for table in appendix.tables):
            wanted[appendix_key(position)] = say(appendix.title, lang)
    names: dict[str, str] = {}
    for key, name in wanted.items():
        names[key] = safe_name(name, names.values())
    return names | {"checklist": " ".join(text("checklist.sheet", name) for name in LANGS)}


def appendix_key(position: int) -> str:
    return f"appendix.{position}"


def safe_name(name: str, taken: Iterable[str]) -> str:
    """The name as a sheet may carry it, unlike all others."""
    base = tidy(visible(name)).translate(_FORBIDDEN).replace("\n", " ").strip()[:_MOST].strip()
    others = {other.casefold() for other in taken}
    found, number = base, 2
    while found.casefold() in others:
        found, number = f"{base[: _MOST - 4]} {number}", number + 1
    return found

"""Runbooks between rows and the records of the core. Mapping only."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from apps.checklists.adapters import readable
from apps.runbooks import models
from migrator.locale import say
from migrator.runbook import model as core

# Struct fields keep their order and mappings theirs, so that what is read back is written out to the same bytes.
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(core.Runbook)


def runbook_of(row: models.Runbook) -> core.Runbook:
    """The runbook as the core compiled it; raises ``MigratorError`` ``document_outdated``."""
    with readable(row.uid, row.assessment.custom_checks):
        return _DECODER.decode(zlib.decompress(row.document))


def runbook_columns(runbook: core.Runbook) -> dict[str, Any]:
    """The columns of ``Runbook`` that the core decides."""
    document = _ENCODER.encode(runbook)
    return {
        "playbook": runbook.playbook.value,
        "readiness": runbook.readiness.value,
        "source": str(runbook.source),
        "target": str(runbook.target),
        "digest": "sha256:" + hashlib.sha256(document).hexdigest(),
        "phase_count": len(runbook.phases),
        "step_count": sum(len(phase.steps) for phase in runbook.phases),
        "minutes_min": runbook.minutes[0],
        "minutes_max": runbook.minutes[1],
        "outage_minutes_min": runbook.outage_minutes[0],
        "outage_minutes_max": runbook.outage_minutes[1],
        "document": zlib.compress(document),
    }


def step_rows(row: models.Runbook, runbook: core.Runbook) -> Iterator[models.RunbookStep]:
    """Rows in the order of the document."""
    for position, step in enumerate(steps_of(runbook), start=1):
        yield models.RunbookStep(
            runbook=row,
            position=position,
            number=step.number,
            key=step.key[: models.KEY_LENGTH],
            phase=step.phase,
            kind=step.kind.value,
            role=step.role.value,
            minutes_min=step.minutes[0],
            minutes_max=step.minutes[1],
            interrupts=step.interrupts,
            destructive=step.destructive,
            point_of_no_return=step.point_of_no_return,
            title_zh=say(step.title, "zh"),
            title_en=say(step.title, "en"),
        )


def steps_of(runbook: core.Runbook) -> list[core.Step]:
    """Every step in the order of the document; a row's ``position`` counts them from 1."""
    return [step for phase in runbook.phases for step in phase.steps]

"""Runbooks between rows and the records of the core. Mapping only."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import msgspec
import orjson

from apps.checklists.adapters import readable
from apps.runbooks import models
from apps.runbooks.choices import Readiness, ReviewAct, ReviewState
from migrator.conversion.model import Bundle
from migrator.locale import Msg, Sentences, say, sentences_in, worded
from migrator.reconcile import Reconciliation, State
from migrator.runbook import model as core
from migrator.runbook.edits import AnyEdit
from migrator.runbook.ordering import phase_numbers

# Struct fields keep their order and mappings theirs, so that what is read back is written out to the same bytes.
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(core.Runbook)
_BUNDLES = msgspec.json.Decoder(Bundle)
_RECONCILIATIONS = msgspec.json.Decoder(Reconciliation)


class StoredConflict(msgspec.Struct, frozen=True):
    """An edit that could not be laid over a revision: its uid, and why."""

    edit: str
    reason: Msg


@contextmanager
def legible(row: models.Runbook) -> Iterator[None]:
    """Around everything that turns a revision into sentences: in the words of the day on which it was compiled, which
    somebody may have signed, and in those of its assessment's own checks. Raises as ``readable``."""
    with readable(row.uid, row.assessment.custom_checks), worded(_sentences_of(row)):
        yield


def _sentences_of(row: models.Runbook) -> Sentences:
    return {} if row.sentences is None else orjson.loads(zlib.decompress(row.sentences))


def runbook_of(row: models.Runbook) -> core.Runbook:
    """The runbook as the core compiled it; raises ``MigratorError`` ``document_outdated``."""
    with legible(row):
        return _DECODER.decode(zlib.decompress(row.document))


def compiled_of(row: models.Runbook) -> core.Runbook:
    """The runbook before people's edits; raises as ``runbook_of``."""
    if row.compiled is None:
        return runbook_of(row)
    with legible(row):
        return _DECODER.decode(zlib.decompress(row.compiled))


def is_unchanged(row: models.Runbook) -> bool:
    """Whether document, manifests and sentences are still the bytes of their digests."""
    if row.sentences is not None and _digest(row.sentences) != row.sentences_digest:
        return False
    try:
        document = zlib.decompress(row.document)
        bundle = bundle_of(row)
    except (zlib.error, msgspec.DecodeError):
        return False
    return _digest(document) == row.digest and (bundle is None or bundle_digest(bundle) == row.bundle_digest)


def bundle_of(row: models.Runbook) -> Bundle | None:
    """The manifests of the revision, None where it has none."""
    return None if row.bundle is None else _BUNDLES.decode(zlib.decompress(row.bundle))


def bundle_digest(bundle: Bundle) -> str:
    """Of the list of files with the digest of each, as ``sha256sum`` writes it."""
    return _digest("".join(f"{file.sha256}  {file.path}\n" for file in bundle.files).encode())


def bundle_columns(bundle: Bundle) -> dict[str, Any]:
    return {
        "bundle": zlib.compress(_ENCODER.encode(bundle)),
        "bundle_digest": bundle_digest(bundle),
        "manifest_count": len(bundle.files),
        "note_count": sum(note.open for note in bundle.notes),
    }


def edit_of(row: models.RunbookEdit) -> AnyEdit:
    return msgspec.convert(row.data, AnyEdit)


def edit_columns(edit: AnyEdit) -> dict[str, Any]:
    data = msgspec.to_builtins(edit)
    return {"act": data["act"], "step": edit.step[: models.KEY_LENGTH], "data": data}


def conflicts_of(row: models.Runbook) -> list[StoredConflict]:
    return msgspec.convert(row.conflicts, list[StoredConflict])


def edition_of(row: models.Runbook) -> core.Edition | None:
    """What stands on the documents of an approved revision; None for any other, which nobody has signed.

    Of several submissions the last one counts.
    """
    review = row.review
    if review.state != ReviewState.APPROVED:
        return None
    entries = {e.act: e for e in review.entries.order_by("id")}
    signatures = tuple(
        core.Signature(
            act=str(act),
            name=entries[act].name,
            at=entries[act].created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            comment=entries[act].comment,
        )
        for act in (ReviewAct.SUBMITTED, ReviewAct.APPROVED)
        if act in entries
    )
    return core.Edition(revision=row.number, digest=row.digest, signatures=signatures)


def reconciliation_of(row: models.Reconciliation) -> Reconciliation:
    """The reconciliation as the core found it; raises ``MigratorError`` ``document_outdated``."""
    with readable(row.uid):
        return _RECONCILIATIONS.decode(zlib.decompress(row.document))


def reconciliation_columns(found: Reconciliation) -> dict[str, Any]:
    states = [item.state for area in found.areas for item in area.items]
    return {
        "verdict": found.verdict.value,
        **{state.value: states.count(state) for state in State},
        "document": zlib.compress(_ENCODER.encode(found)),
    }


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def runbook_columns(runbook: core.Runbook, compiled: core.Runbook, bundle: Bundle | None) -> dict[str, Any]:
    """The columns of ``Runbook`` that the core decides.

    Args:
        compiled: the runbook before people's edits, the same where there were none.
    """
    document = _ENCODER.encode(runbook)
    before = None if compiled is runbook else _ENCODER.encode(compiled)
    manifests = None if bundle is None else _ENCODER.encode(bundle.notes)
    said = sentences_in(*(part for part in (document, before, manifests) if part is not None))
    sentences = zlib.compress(orjson.dumps(said))
    return {
        "compiled": None if before is None else zlib.compress(before),
        "sentences": sentences,
        "sentences_digest": _digest(sentences),
        "playbook": runbook.playbook.value,
        "readiness": runbook.readiness.value if runbook.is_checked else Readiness.NO_CHECKS.value,
        "source": str(runbook.source),
        "target": str(runbook.target),
        "digest": _digest(document),
        "phase_count": len(runbook.phases),
        "phases": [_phase(*told) for told in zip(phase_numbers(runbook.phases), runbook.phases, strict=True)],
        "step_count": sum(len(phase.steps) for phase in runbook.phases),
        "minutes_min": runbook.minutes[0],
        "minutes_max": runbook.minutes[1],
        "outage_minutes_min": runbook.outage_minutes[0],
        "outage_minutes_max": runbook.outage_minutes[1],
        "document": zlib.compress(document),
    }


def _phase(number: str, phase: core.Phase) -> dict[str, str]:
    return {"key": phase.key, "number": number, "zh": say(phase.title, "zh"), "en": say(phase.title, "en")}


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
            origin=step.origin.value,
            excluded=bool(step.excluded),
            title_zh=say(step.title, "zh"),
            title_en=say(step.title, "en"),
        )


def steps_of(runbook: core.Runbook) -> list[core.Step]:
    """Every step in the order of the document; a row's ``position`` counts them from 1."""
    return [step for phase in runbook.phases for step in phase.steps]

"""Writes of corrections: made against the latest snapshot, changed and withdrawn with their history, judged anew at
every import."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from apps.core.errors import Conflict, ServiceError
from apps.inventory import adapters, selectors
from apps.inventory.choices import CorrectionState
from apps.inventory.models import Cluster, Correction
from migrator.snapshot.correctable import FIELDS
from migrator.snapshot.corrections import Correction as CoreCorrection
from migrator.snapshot.corrections import Read, apply, checked, uses_of
from migrator.snapshot.model import Snapshot as Facts

_JUDGED = ("state", "found_value")
_BATCH = 500


@transaction.atomic
def correction_make(
    *, cluster: Cluster, actor: Any, section: str, key: str, field: str, value: Any, reason: str
) -> Correction:
    """Correct one field of one fact of the cluster, for its latest snapshot and every one that comes.

    Raises:
        InputError: ``correction_section``, ``correction_field``, ``correction_key``, ``correction_value``.
        ServiceError: ``correction_subject_missing``, ``correction_says_nothing``.
        Conflict: ``correction_without_snapshot``, ``correction_exists``.
    """
    given = checked(CoreCorrection(section=section, key=key, field=field, value=value, reason=reason))
    _lock(cluster)
    if selectors.corrections_in_force(cluster).filter(section=section, key=key, field=field).exists():
        raise Conflict("correction_exists", subject=_subject(section, key), field=field)
    return _store(Correction(cluster=cluster, section=section, key=key, field=field), given, _latest(cluster), actor)


@transaction.atomic
def correction_change(correction: Correction, *, actor: Any, value: Any, reason: str) -> Correction:
    """Say something else, or the same again, which confirms it against what is read now. What was said is kept.

    Raises as ``correction_make``, and ``Conflict`` ``correction_withdrawn``.
    """
    correction = _in_force(correction)
    given = checked(_with(correction, value, reason))
    read = _latest(correction.cluster)
    _keep(correction, actor)
    return _store(correction, given, read, actor)


@transaction.atomic
def correction_withdraw(correction: Correction, *, actor: Any) -> None:
    """What was read holds again. Raises ``Conflict`` ``correction_withdrawn``."""
    correction = _in_force(correction)
    correction.withdrawn_at, correction.withdrawn_by = timezone.now(), actor
    correction.save(update_fields=["withdrawn_at", "withdrawn_by", "updated_at"])


@transaction.atomic
def fact_correct(
    *, cluster: Cluster, actor: Any, section: str, key: str, values: Mapping[str, Any], reason: str
) -> int:
    """Have the fields of one fact hold ``values``: make, change or withdraw what that takes, and give back how many.

    Args:
        values: by field; those that are left out stay as they are.

    Raises as ``correction_make``.
    """
    _lock(cluster)
    read = _latest(cluster)
    known = {row.field: row for row in selectors.corrections_in_force(cluster).filter(section=section, key=key)}
    written = 0
    for field, value in values.items():
        row = known.get(field)
        if value == _read(read, section, key, field):
            if row is not None:
                correction_withdraw(row, actor=actor)
                written += 1
            continue
        given = checked(CoreCorrection(section=section, key=key, field=field, value=value, reason=reason))
        if row is None:
            _store(Correction(cluster=cluster, section=section, key=key, field=field), given, read, actor)
            written += 1
        elif row.value != given.value or row.state == CorrectionState.CONFLICT:
            _keep(row, actor)
            _store(row, given, read, actor)
            written += 1
    return written


def corrections_judge(*, cluster: Cluster, facts: Facts) -> None:
    """Note of every correction in force what becomes of it in a new snapshot."""
    in_force = list(selectors.corrections_in_force(cluster))
    for row, use in zip(in_force, uses_of(facts, map(adapters.correction_of, in_force)), strict=True):
        row.state, row.found_value = use.state.value, use.read
    Correction.objects.bulk_update(in_force, _JUDGED, batch_size=_BATCH)


class FactValues(NamedTuple):
    """What the latest snapshot says of one fact, and what holds with all corrections: by field."""

    read: dict[str, Any]
    held: dict[str, Any]


def fact_values(*, cluster: Cluster, section: str, key: str) -> FactValues:
    """Every field of a fact that can be corrected.

    Raises ``correction_without_snapshot``, ``correction_subject_missing``.
    """
    facts = _latest_facts(cluster)
    whole = Read(facts)
    read = {field: _read(whole, section, key, field) for field in FIELDS[section]}
    in_force = list(selectors.corrections_in_force(cluster))
    corrected = Read(apply(facts, map(adapters.correction_of, in_force)).snapshot)
    try:
        held = corrected.values(section, key)
    except KeyError:  # corrected away
        held = read | {row.field: row.value for row in in_force if (row.section, row.key) == (section, key)}
    return FactValues(read, held)


def _store(row: Correction, given: CoreCorrection, read: Read, actor: Any) -> Correction:
    found = _read(read, given.section, given.key, given.field)
    if found == given.value:
        raise ServiceError("correction_says_nothing", subject=_subject(given.section, given.key), field=given.field)
    row.value, row.reason = given.value, given.reason.strip()
    row.read_value = row.found_value = found
    row.state, row.created_by = CorrectionState.APPLIED, actor
    row.save()
    return row


def _keep(row: Correction, actor: Any) -> None:
    """A copy of what the correction said until now, as withdrawn."""
    old = Correction.objects.get(pk=row.pk)
    made_at = old.created_at
    old.pk, old.uid, old.withdrawn_at, old.withdrawn_by = None, uuid.uuid4(), timezone.now(), actor
    old.save(force_insert=True)
    Correction.objects.filter(pk=old.pk).update(created_at=made_at)


def _with(correction: Correction, value: Any, reason: str) -> CoreCorrection:
    return CoreCorrection(
        section=correction.section, key=correction.key, field=correction.field, value=value, reason=reason
    )


def _in_force(correction: Correction) -> Correction:
    """The row as it is now, its cluster locked."""
    _lock(correction.cluster)
    row = Correction.objects.select_related("cluster", "created_by").get(pk=correction.pk)
    if row.withdrawn_at is not None:
        raise Conflict("correction_withdrawn")
    return row


def _lock(cluster: Cluster) -> None:
    Cluster.objects.select_for_update().get(pk=cluster.pk)  # two people must not correct one field at once


def _latest(cluster: Cluster) -> Read:
    return Read(_latest_facts(cluster))


def _latest_facts(cluster: Cluster) -> Facts:
    snapshot = selectors.latest_snapshot(cluster)
    if snapshot is None:
        raise Conflict("correction_without_snapshot", cluster=cluster.name)
    return adapters.snapshot_facts(snapshot)


def _read(read: Read, section: str, key: str, field: str) -> Any:
    try:
        return read.value(section, key, field)
    except KeyError:
        raise ServiceError("correction_subject_missing", subject=_subject(section, key)) from None


def _subject(section: str, key: str) -> str:
    return f"{section} {key}".rstrip()

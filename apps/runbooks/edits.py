"""What people change in a plan's runbook: written down here, laid over the next revision that is compiled.

Whoever edits has the latest revision before them. ``tag`` stands for the list of edits they saw: where it is given and
somebody has changed the list since, nothing is stored.
"""

from __future__ import annotations

import zlib
from typing import Any
from uuid import uuid4

import msgspec
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from apps.core.errors import Conflict, PreconditionFailed
from apps.planning.models import Plan
from apps.runbooks.adapters import compiled_of, edit_columns, edit_of, legible
from apps.runbooks.models import Runbook, RunbookEdit
from apps.runbooks.selectors import latest_runbook
from migrator.locale import Msg
from migrator.runbook import model as core
from migrator.runbook.edited import Edited, apply_edits, keyed_step
from migrator.runbook.edits import EXCLUDED_ON, AnyEdit, Change, Exclude, base_of, changed_fields, checked


def edits_in_force(plan: Plan, playbook: str) -> list[RunbookEdit]:
    """All that have not been undone, in the order in which they are laid over a revision."""
    return list(edits_of(plan).filter(playbook=playbook, undone_at=None))


def edits_of(plan: Plan) -> QuerySet[RunbookEdit]:
    """With those that were undone."""
    rows = RunbookEdit.objects.filter(plan=plan).select_related("created_by", "undone_by", "runbook")
    return rows.defer("runbook__document", "runbook__compiled", "runbook__sentences", "runbook__bundle").order_by(
        "position", "id"
    )


def edits_tag(plan: Plan, playbook: str) -> str:
    """Equal while nobody adds or undoes an edit: for ETag and If-Match."""
    keys = RunbookEdit.objects.filter(plan=plan, playbook=playbook, undone_at=None).order_by("position", "id")
    listed = repr(list(keys.values_list("pk", "position")))
    return f'"{zlib.crc32(listed.encode()):08x}"'


def preview(runbook: Runbook) -> Edited:
    """The revision as compiled, with the edits of this moment laid over it; raises as ``compiled_of``."""
    rows = edits_in_force(runbook.plan, runbook.playbook)
    with legible(runbook):
        return apply_edits(compiled_of(runbook), [edit_of(row) for row in rows])


def pending(runbook: Runbook) -> bool:
    """Whether edits were added or undone since the revision was compiled."""
    return runbook.edits != [str(row.uid) for row in edits_in_force(runbook.plan, runbook.playbook)]


def own_key() -> str:
    """A key for a step of a person's own."""
    return f"own:{uuid4().hex[:12]}"


def edit_create(*, actor: Any, runbook: Runbook, edit: AnyEdit, tag: str | None = None) -> RunbookEdit:
    """Write an edit down; it takes part in every revision that is compiled from now on.

    Raises:
        InputError: what ``migrator.runbook.edits.checked`` refuses.
        Conflict: ``runbook_not_latest``; ``edit_conflict`` with the ``reason``, where it does not fit the revision.
        PreconditionFailed: ``edits_changed``.
    """
    return _store(actor, runbook, edit, tag, replaced=None)


def edit_replace(*, actor: Any, row: RunbookEdit, edit: AnyEdit, tag: str | None = None) -> RunbookEdit:
    """Put another edit in the place of one, as for one that is in conflict with the latest revision.

    Raises as ``edit_create``, and ``Conflict`` ``edit_undone``.
    """
    return _store(actor, needed_latest(row.plan, row.playbook), edit, tag, replaced=row)


def edit_undo(*, actor: Any, row: RunbookEdit, tag: str | None = None) -> RunbookEdit:
    """Take an edit back; edits that rest on it are then in conflict.

    Raises:
        Conflict: ``edit_undone``.
        PreconditionFailed: ``edits_changed``.
    """
    with transaction.atomic():
        Plan.objects.select_for_update().get(pk=row.plan_id)
        _check_tag(row.plan, row.playbook, tag)
        return _undone(actor, row)


def conflicts_now(plan: Plan, playbook: str) -> dict[int, Msg]:
    """Key of an edit in force -> why it does not fit the latest revision; raises as ``compiled_of``."""
    latest = latest_runbook(plan, playbook)
    if latest is None:
        return {}
    rows = edits_in_force(plan, playbook)
    return {rows[conflict.edit].pk: conflict.reason for conflict in preview(latest).conflicts}


def needed_latest(plan: Plan, playbook: str = "") -> Runbook:
    """The latest revision of the plan, or of that playbook; raises ``Conflict`` ``runbook_missing``."""
    latest = latest_runbook(plan, playbook)
    if latest is None:
        raise Conflict("runbook_missing")
    return latest


def _store(actor: Any, runbook: Runbook, edit: AnyEdit, tag: str | None, replaced: RunbookEdit | None) -> RunbookEdit:
    latest = needed_latest(runbook.plan, runbook.playbook)
    if latest.pk != runbook.pk:
        raise Conflict("runbook_not_latest", number=runbook.number, latest=latest.number)
    compiled = compiled_of(latest)
    with legible(latest):
        edit = _based(checked(edit), compiled)
    plan = latest.plan
    with transaction.atomic():
        Plan.objects.select_for_update().get(pk=plan.pk)
        _check_tag(plan, latest.playbook, tag)
        rows = edits_in_force(plan, latest.playbook)
        if replaced is not None:
            _undone(actor, replaced)
            rows = [row for row in rows if row.pk != replaced.pk]
            before = [row for row in rows if (row.position, row.pk) < (replaced.position, replaced.pk)]
            position, after = replaced.position, rows[len(before) :]
        else:
            last = RunbookEdit.objects.filter(plan=plan).aggregate(last=Max("position"))["last"] or 0
            position, before, after = last + 1, rows, []
        given = [*(edit_of(row) for row in before), edit, *(edit_of(row) for row in after)]
        tried = apply_edits(compiled, given)
        if reason := next((c.reason for c in tried.conflicts if c.edit == len(before)), None):
            raise Conflict("edit_conflict", reason=reason)
        return RunbookEdit.objects.create(
            plan=plan,
            playbook=latest.playbook,
            runbook=latest,
            position=position,
            created_by=actor,
            **edit_columns(edit),
        )


def _based(edit: AnyEdit, compiled: core.Runbook) -> AnyEdit:
    """The edit with what it was written against."""
    if isinstance(edit, Change | Exclude):
        step = keyed_step(compiled, edit.step)
        fields = changed_fields(edit.words) if isinstance(edit, Change) else EXCLUDED_ON
        return msgspec.structs.replace(edit, base=base_of(step, fields) if step is not None else {})
    return edit


def _check_tag(plan: Plan, playbook: str, tag: str | None) -> None:
    if tag is not None and tag not in ("*", edits_tag(plan, playbook)):
        raise PreconditionFailed("edits_changed")


def _undone(actor: Any, row: RunbookEdit) -> RunbookEdit:
    changed = RunbookEdit.objects.filter(pk=row.pk, undone_at=None).update(
        undone_at=timezone.now(), undone_by=actor, updated_at=timezone.now()
    )
    if not changed:
        raise Conflict("edit_undone")
    row.refresh_from_db()
    return row

"""Two runbooks step by step: which steps came, went, moved or changed, and in which words.

Steps are the same where their keys are. Numbers say nothing, they follow from the order: of the steps that both have,
as few as possible count as moved. Of what a field says, only the lines that went and came are told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from migrator.locale import Msg, msg
from migrator.runbook.length import length
from migrator.runbook.model import Action, Runbook, Step, Table

Line = str | Msg


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a step or of the whole: the lines that went, and those that came in their place."""

    field: str  # sentence key ``difference.field.<field>``
    old: tuple[Line, ...] = ()
    new: tuple[Line, ...] = ()


class StepDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A step of either runbook that is not the same in both.

    Attributes:
        old_number: empty where the step came.
        new_number: empty where it went.
        moved: whether its place among the others is another.
    """

    key: str
    title: Msg
    old_number: str = ""
    new_number: str = ""
    moved: bool = False
    changes: tuple[FieldChange, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Every step of both is in exactly one of the lists, or counted as the same."""

    overall: tuple[FieldChange, ...] = ()  # versions, readiness, times, what it was compiled from
    added: tuple[StepDifference, ...] = ()
    removed: tuple[StepDifference, ...] = ()
    moved: tuple[StepDifference, ...] = ()  # and nothing else, but by whom
    changed: tuple[StepDifference, ...] = ()  # words or fields, moved or not
    same: int = 0

    @property
    def differs(self) -> bool:
        return bool(self.overall or self.added or self.removed or self.moved or self.changed)


_OVERALL = (
    *("playbook", "source", "target", "profile", "strategy", "readiness", "minutes", "outage_minutes"),
    *("snapshot_digest", "catalog_digest", "ruleset_digest", "engine_version"),
)
# In the order in which a document shows them.
_FIELDS = (
    *("phase", "kind", "title", "why", "role", "minutes", "interrupts", "outage", "destructive", "point_of_no_return"),
    *("excluded", "warnings", "actions", "expected", "verify", "rollback", "no_rollback_reason", "tables", "files"),
    *("subjects", "answers", "after", "signs", "stops", "origin"),
)


def compare_runbooks(old: Runbook, new: Runbook) -> Difference:
    """What is different in ``new``; steps that went in the order of ``old``, all others in that of ``new``."""
    before, after = _steps(old), _steps(new)
    moved = _moved(before, after)
    added = [StepDifference(key=k, title=s.title, new_number=s.number) for k, s in after.items() if k not in before]
    gone = [StepDifference(key=k, title=s.title, old_number=s.number) for k, s in before.items() if k not in after]
    shifted: list[StepDifference] = []
    changed: list[StepDifference] = []
    same = 0
    titles = {k: s.title for k, s in {**before, **after}.items()}
    keys = ({s.number: k for k, s in before.items()}, {s.number: k for k, s in after.items()})
    for key, step in after.items():
        if key not in before:
            continue
        changes = tuple(_changes(before[key], step, keys, titles))
        if not changes and key not in moved:
            same += 1
            continue
        found = StepDifference(
            key=key,
            title=step.title,
            old_number=before[key].number,
            new_number=step.number,
            moved=key in moved,
            changes=changes,
        )
        only_moved = key in moved and all(change.field == "origin" for change in changes)  # by a person's edit
        (shifted if only_moved else changed).append(found)
    return Difference(
        overall=tuple(_overall(old, new)),
        added=tuple(added),
        removed=tuple(gone),
        moved=tuple(shifted),
        changed=tuple(changed),
        same=same,
    )


def _steps(runbook: Runbook) -> dict[str, Step]:
    return {s.key: s for p in runbook.phases for s in p.steps}


def _moved(before: Mapping[str, Step], after: Mapping[str, Step]) -> set[str]:
    """The fewest steps that have to move for the rest to stand in one order, and those of another phase."""
    position = {key: i for i, key in enumerate(before)}
    common = [key for key in after if key in before]
    tails: list[int] = []  # smallest last position of an increasing run of each length
    chain: list[tuple[int, int]] = []  # of each step: length of the run that ends with it, and its position
    for key in common:
        place = bisect_left(tails, position[key])
        tails[place : place + 1] = [position[key]]
        chain.append((place, position[key]))
    kept = set()
    wanted, limit = len(tails) - 1, len(before)
    for key, (rank, at) in zip(reversed(common), reversed(chain), strict=True):
        if rank == wanted and at < limit:
            kept.add(key)
            wanted, limit = wanted - 1, at
    return {key for key in common if key not in kept or before[key].phase != after[key].phase}


def _overall(old: Runbook, new: Runbook) -> Iterator[FieldChange]:
    for field in _OVERALL:
        before, after = (_value(field, r) for r in (old, new))
        if before != after:
            yield FieldChange(field=field, old=_lines(field, before), new=_lines(field, after))


def _value(field: str, runbook: Runbook) -> object:
    if field == "strategy":
        return runbook.choice.strategy if runbook.choice else None
    return getattr(runbook, field)


def _changes(
    old: Step, new: Step, keys: tuple[Mapping[str, str], Mapping[str, str]], titles: Mapping[str, Msg]
) -> Iterator[FieldChange]:
    for field in _FIELDS:
        before, after = getattr(old, field), getattr(new, field)
        if before == after:
            continue
        went, came = (_lines(field, value) for value in (before, after))
        if field == "after":
            went, came = (tuple(titles.get(str(key), key) for key in keyed) for keyed in (went, came))
        if field == "rollback" and _by_key(went, keys[0]) == _by_key(came, keys[1]):
            continue  # only the number of another step is another
        gone, added = _without(went, came), _without(came, went)
        if gone or added:
            yield FieldChange(field=field, old=gone, new=added)
        else:
            yield FieldChange(field=field, old=went, new=came)  # in another order


def _without(lines: Sequence[Line], others: Sequence[Line]) -> tuple[Line, ...]:
    known = {repr(line) for line in others}
    return tuple(line for line in lines if repr(line) not in known)


def _by_key(lines: Sequence[Line], keys: Mapping[str, str]) -> list[str]:
    """Lines with the keys of the steps whose numbers they give."""

    def value_of(found: Any) -> Any:
        if isinstance(found, Msg):
            values = {k: value_of(v) for k, v in found.values.items()}
            if "step" in values:
                values["step"] = keys.get(str(values["step"]), values["step"])
            return (found.key, sorted(values.items()))
        return found

    return [repr(value_of(line)) for line in lines]


def _lines(field: str, value: Any) -> tuple[Line, ...]:
    if value is None:
        return ()
    writer = _WRITERS.get(field)
    if writer is not None:
        return writer(value)
    if not value:
        return ()
    if isinstance(value, tuple):
        return tuple(v if isinstance(v, Msg) else str(v) for v in value)
    return (value if isinstance(value, Msg) else str(value),)


def _minutes(value: tuple[int, int]) -> tuple[Line, ...]:
    return (length(value),)


def _yes_or_no(value: bool) -> tuple[Line, ...]:
    return (msg(f"difference.{'yes' if value else 'no'}"),)


def _of_family(family: str) -> Callable[[Any], tuple[Line, ...]]:
    return lambda value: tuple(msg(f"{family}.{v}") for v in (value if isinstance(value, tuple) else (value,)))


def _actions(value: tuple[Action, ...]) -> tuple[Line, ...]:
    found: list[Line] = []
    for action in value:
        where = msg(f"where.{action.where}")
        lines: list[Line] = [*action.command.split("\n"), *action.manifest.split("\n")]
        lines = [action.text, *lines] if action.text else lines
        found += [msg("difference.at", where=where, line=line) for line in lines if line]
    return tuple(found)


def _tables(value: tuple[Table, ...]) -> tuple[Line, ...]:
    return tuple(_row(row) for table in value for row in table.rows)


def _row(row: Sequence[Line]) -> Line:
    """The cells of a row as one line."""
    if all(isinstance(cell, str) for cell in row):
        return " · ".join(str(cell).replace("\n", " ") for cell in row)
    line: Line = row[0] if row else ""
    for cell in row[1:]:
        line = msg("difference.cells", first=line, more=cell)
    return line


_WRITERS: Mapping[str, Callable[[Any], tuple[Line, ...]]] = {
    "minutes": _minutes,
    "outage_minutes": _minutes,
    **dict.fromkeys(("interrupts", "destructive", "point_of_no_return"), _yes_or_no),
    "playbook": _of_family("playbook"),
    "strategy": _of_family("strategy"),
    "readiness": _of_family("readiness"),
    "kind": _of_family("render.kind"),
    "role": _of_family("role"),
    "signs": _of_family("role"),
    "origin": lambda value: (msg(f"origin.{value}"),),
    **dict.fromkeys(("actions", "verify", "rollback"), _actions),
    "tables": _tables,
}

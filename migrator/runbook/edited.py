"""A compiled runbook with the edits of people laid over it, and what could not be laid over it any more.

An edit that is in conflict does nothing: the compiled words stand until a person has settled it, because a stale
command is worse than a missing remark. Order is free within the dependencies. What keeps data safe cannot be left out:
gates, what a destructive step rests on, and what answers a blocker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import msgspec
from msgspec.structs import replace

from migrator.checks.spec import Severity
from migrator.locale import Msg, msg
from migrator.runbook.edits import (
    ACTIONS,
    TEXTS,
    Add,
    AnyEdit,
    Change,
    Exclude,
    Move,
    Place,
    Words,
    actions_of,
    base_of,
    changed_fields,
    own,
)
from migrator.runbook.model import Action, Origin, Phase, Role, Runbook, Step, StepKind
from migrator.runbook.ordering import WAY_BACK_OF, referring, without
from migrator.runbook.schedule import with_times


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """An edit that was not applied."""

    edit: int  # its place in the list of edits, from 0
    reason: Msg


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    runbook: Runbook
    conflicts: tuple[Conflict, ...] = ()


def apply_edits(runbook: Runbook, edits: Sequence[AnyEdit]) -> Edited:
    """The runbook as people want it, in the order of the edits; without any that applies it is the same.

    Args:
        runbook: as compiled, without edits.
        edits: each ``checked``.
    """
    draft = _Draft(runbook)
    conflicts = []
    for number, edit in enumerate(edits):
        if (reason := draft.apply(edit)) is not None:
            conflicts.append(Conflict(edit=number, reason=reason))
    if len(conflicts) == len(edits):
        return Edited(runbook=runbook, conflicts=tuple(conflicts))
    return Edited(runbook=draft.finished(), conflicts=tuple(conflicts))


def keyed_step(runbook: Runbook, key: str) -> Step | None:
    """The step of that key, None where there is none; with keys for references to other steps, as ``base_of`` takes."""
    return _Draft(runbook).steps.get(key)


class _Draft:
    """Steps by key and their order, while edits are laid over them."""

    def __init__(self, runbook: Runbook) -> None:
        self._runbook = runbook
        keys = {s.number: s.key for p in runbook.phases for s in p.steps}
        self.steps = {s.key: _keyed(s, keys) for p in runbook.phases for s in p.steps}
        self._order = list(self.steps)
        self._compiled = dict(self.steps)

    def apply(self, edit: AnyEdit) -> Msg | None:
        """Lay one edit over the draft; where that cannot be, the draft stays as it is and the reason is given."""
        if isinstance(edit, Add):
            return self._add(edit)
        step = self.steps.get(edit.step)
        if step is None:
            return msg("edit.conflict.gone", step=edit.step)
        if isinstance(edit, Move):
            return self._move(step, edit)
        if isinstance(edit, Change):
            return self._change(step, edit)
        if isinstance(edit, Exclude):
            return self._exclude(step, edit)
        return self._restore(step)

    # --- order ---

    def _add(self, edit: Add) -> Msg | None:
        if edit.step in self.steps:
            return msg("edit.conflict.twice", step=self.steps[edit.step].title)
        anchor = self.steps.get(edit.anchor)
        if anchor is None:
            return msg("edit.conflict.anchor_gone", anchor=edit.anchor)
        return self._put_in(_own_step(edit, anchor.phase), anchor, edit.place)

    def _move(self, step: Step, edit: Move) -> Msg | None:
        anchor = self.steps.get(edit.anchor)
        if anchor is None:
            return msg("edit.conflict.anchor_gone", anchor=edit.anchor)
        if step.origin is Origin.OWN:
            kept = (self.steps, self._order)
            self._take_out(step)
            if (reason := self._put_in(step, self.steps[anchor.key], edit.place)) is not None:
                self.steps, self._order = kept
            return reason
        return self._place(replace(step, phase=anchor.phase, origin=Origin.EDITED), anchor.key, edit.place, self.steps)

    def _put_in(self, step: Step, anchor: Step, place: Place) -> Msg | None:
        """A step of a person's own gets into the row: it waits for what stands before, what stands after waits for it.

        What is destructive waits for every gate besides.
        """
        steps = dict(self.steps)
        gates = [k for k in self._order if self._compiled.get(k) and self.steps[k].kind is StepKind.GATE]
        waits = [anchor.key] if place is Place.AFTER else list(anchor.after)
        waits += gates if step.destructive else []
        if place is Place.BEFORE:
            steps[anchor.key] = replace(anchor, after=(*anchor.after, step.key))
        else:
            for key, other in self.steps.items():
                if anchor.key in other.after:
                    steps[key] = replace(other, after=(*other.after, step.key))
        after = tuple(dict.fromkeys(k for k in waits if k != step.key))
        return self._place(replace(step, phase=anchor.phase, after=after), anchor.key, place, steps)

    def _take_out(self, step: Step) -> None:
        """What waited for the step waits for what it waited for."""
        self._order = [k for k in self._order if k != step.key]
        self.steps = {s.key: s for s in without(list(self.steps.values()), {step.key})}

    def _place(self, step: Step, anchor: str, place: Place, steps: Mapping[str, Step]) -> Msg | None:
        order = [k for k in self._order if k != step.key]
        order.insert(order.index(anchor) + (place is Place.AFTER), step.key)
        placed = {**steps, step.key: step}
        position = {key: i for i, key in enumerate(order)}
        for key in order:
            for needed in placed[key].after:
                if position[needed] > position[key]:
                    return msg("edit.conflict.order", step=placed[key].title, other=placed[needed].title)
        self.steps, self._order = placed, order
        return None

    # --- words ---

    def _change(self, step: Step, edit: Change) -> Msg | None:
        compiled = self._compiled.get(step.key)
        if compiled is not None and (reason := _stale(compiled, edit.base)) is not None:
            return reason
        if edit.words.outage and not step.interrupts:
            return msg("edit.conflict.no_outage", step=step.title)
        if edit.words.no_rollback_reason and step.rollback and edit.words.rollback is None:
            return msg("edit.conflict.has_rollback", step=step.title)
        self.steps = {**self.steps, step.key: _reworded(step, edit.words)}
        return None

    # --- steps left out ---

    def _exclude(self, step: Step, edit: Exclude) -> Msg | None:
        if step.excluded:
            return msg("edit.conflict.excluded", step=step.title)
        compiled = self._compiled.get(step.key)
        if compiled is not None and (reason := _stale(compiled, edit.base)) is not None:
            return reason
        return self._with(replace(step, excluded=edit.reason))

    def _restore(self, step: Step) -> Msg | None:
        if not step.excluded:
            return msg("edit.conflict.not_excluded", step=step.title)
        return self._with(replace(step, excluded=""))

    def _with(self, step: Step) -> Msg | None:
        """Take the step, unless what keeps data safe would be left out."""
        steps = {**self.steps, step.key: step}
        if step.excluded and step.kind is StepKind.GATE:
            return msg("edit.conflict.gate", step=step.title)
        for destructive in (s for s in steps.values() if s.destructive and not s.excluded):
            for guard in _guards(destructive, steps):
                if steps[guard].excluded:
                    return msg("edit.conflict.guard", step=steps[guard].title, other=destructive.title)
        if step.excluded and (lost := self._unanswered(steps)):
            return msg("edit.conflict.blocker", step=step.title, checks=lost)
        self.steps = steps
        return None

    def _unanswered(self, steps: Mapping[str, Step]) -> list[str]:
        """Checks with a blocker that only steps which are left out would answer."""
        waived = {key for use in self._runbook.waivers for key in use.accepts}
        answered = {key for s in steps.values() if not s.excluded for key in s.answers}
        dropped = {key for s in steps.values() if s.excluded for key in s.answers} - answered - waived
        found = (f for r in self._runbook.results for f in r.findings if f.severity is Severity.BLOCKER)
        return sorted({f.check for f in found if f.key in dropped})

    # --- the runbook again ---

    def finished(self) -> Runbook:
        titles = {p.key: p.title for p in self._runbook.phases}
        first = int(self._runbook.phases[0].steps[0].number.partition(".")[0])
        used = {s.phase for s in self.steps.values()} | {p.key for p in self._runbook.phases if not p.steps}
        phases = []
        for number, key in enumerate((key for key in titles if key in used), first):
            inside = [self.steps[k] for k in self._order if self.steps[k].phase == key]
            numbered = (replace(s, number=f"{number}.{position}") for position, s in enumerate(inside, 1))
            phases.append(Phase(key=key, title=titles[key], steps=tuple(numbered)))
        numbers = {s.key: s.number for p in phases for s in p.steps}
        done = tuple(replace(p, steps=tuple(referring(s, numbers) for s in p.steps)) for p in phases)
        steps = [s for p in done for s in p.steps if not s.excluded]
        given = self._runbook.summary
        summary = tuple((what, len(steps) if what.key == "summary.steps" else figure) for what, figure in given)
        return with_times(replace(self._runbook, phases=done, summary=summary))


def _guards(step: Step, steps: Mapping[str, Step]) -> list[str]:
    """What a destructive step rests on: all that it waits for, through its own phase, gates and steps left out."""
    found: dict[str, None] = {}
    waiting = list(step.after)
    while waiting:
        key = waiting.pop()
        if key in found:
            continue
        found[key] = None
        found_step = steps[key]
        if found_step.phase == step.phase or found_step.kind is StepKind.GATE or found_step.excluded:
            waiting += found_step.after
    return list(found)


def _stale(compiled: Step, base: Mapping[str, str]) -> Msg | None:
    """Whether the step says something else than it did when the edit was made."""
    now = base_of(compiled, base)
    anew = [msg(f"edit.field.{field}") for field in base if now[field] != base[field]]
    if not anew:
        return None
    fields = reduce(lambda first, more: msg("edit.fields", first=first, more=more), anew)
    return msg("edit.conflict.anew", step=compiled.title, fields=fields)


def _reworded(step: Step, words: Words) -> Step:
    changes: dict[str, object] = {}
    for field in changed_fields(words):
        value = getattr(words, field)
        if field in ACTIONS:
            value = actions_of(value)
        changes[field] = own(value) if field in TEXTS else value
    if changes.get("rollback"):
        changes["no_rollback_reason"] = None
    return replace(step, origin=Origin.EDITED if step.origin is Origin.COMPILED else step.origin, **changes)


def _own_step(edit: Add, phase: str) -> Step:
    words = edit.words
    role = words.role or Role.CLUSTER_ENGINEER
    return Step(
        key=edit.step,
        phase=phase,
        kind=edit.kind,
        title=own(words.title),
        why=own(words.why),
        role=role,
        actions=actions_of(words.actions or ()),
        expected=own(words.expected),
        verify=actions_of(words.verify or ()),
        rollback=actions_of(words.rollback or ()),
        no_rollback_reason=None if words.rollback else own(words.no_rollback_reason),
        minutes=words.minutes or (0, 0),
        interrupts=edit.interrupts,
        outage=own(words.outage) if edit.interrupts else None,
        destructive=edit.destructive,
        signs=(role,) if edit.kind is StepKind.GATE else (),
        origin=Origin.OWN,
    )


def _keyed(step: Step, keys: Mapping[str, str]) -> Step:
    """The step with keys in place of the numbers by which its way back refers to others."""

    def key_in(action: Action) -> Action:
        if action.text is None or action.text.key != WAY_BACK_OF:
            return action
        number = str(action.text.values["step"])
        return replace(action, text=msg(WAY_BACK_OF, step=keys.get(number, number)))

    return replace(step, rollback=tuple(map(key_in, step.rollback)), number="")

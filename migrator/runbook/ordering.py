"""Order of phases and steps: by their dependencies, otherwise as declared; numbers are given last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

import msgspec

from migrator.errors import MigratorError
from migrator.locale import Msg, msg
from migrator.runbook.model import Action, Phase, Step

WAY_BACK_OF = "do.way_back_of"  # sends the reader to the way back of another step


class PhaseTitle(msgspec.Struct, frozen=True):
    """A phase before its steps are put in."""

    key: str
    title: Msg


def arrange(
    phases: Sequence[PhaseTitle], steps: Iterable[Step], *, first_number: int = 0, keep_empty: bool = False
) -> tuple[Phase, ...]:
    """Phases with their steps in an order in which each step comes after all it names in ``after``, numbered.

    Ties keep the order of declaration, so that equal input gives equal output. Phases without steps are left out.

    Args:
        keep_empty: they stay, for readers who know the phases by their numbers.

    Raises:
        MigratorError: ``runbook_duplicate_key``, ``runbook_unknown_phase``, ``runbook_dangling`` or ``runbook_cycle``,
            each naming the steps concerned.
    """
    given = list(steps)
    by_key = _by_key(given)
    _refuse_unknown(phases, given, by_key)
    members: dict[str, list[Step]] = {p.key: [] for p in phases}
    for step in given:
        members[step.phase].append(step)
    titles = {p.key: p.title for p in phases}
    used = [p.key for p in phases if keep_empty or members[p.key]]
    arranged = []
    for number, key in enumerate(_ordered_phases(used, given, by_key), first_number):
        inside = members[key]
        names = {s.key for s in inside}
        order = stable_order([s.key for s in inside], {s.key: [a for a in s.after if a in names] for s in inside})
        numbered = tuple(
            msgspec.structs.replace(by_key[name], number=f"{number}.{position}")
            for position, name in enumerate(order, 1)
        )
        arranged.append(Phase(key=key, title=titles[key], steps=numbered))
    numbers = {s.key: s.number for p in arranged for s in p.steps}
    return tuple(msgspec.structs.replace(p, steps=tuple(referring(s, numbers) for s in p.steps)) for p in arranged)


def phase_numbers(phases: Sequence[Phase]) -> list[str]:
    """The number of each phase: that before the dot of its steps; one without steps counts on from the one before."""
    numbers: list[str] = []
    for given in phases:
        following = str(int(numbers[-1]) + 1) if numbers else "1"
        numbers.append(given.steps[0].number.partition(".")[0] if given.steps else following)
    return numbers


def referring(step: Step, numbers: Mapping[str, str]) -> Step:
    """The step with the numbers of those whose way back it goes on with, in place of their keys.

    Raises:
        MigratorError: ``runbook_dangling`` where one of them is not in the runbook.
    """
    back: list[Action] = []
    for action in step.rollback:
        if action.text is None or action.text.key != WAY_BACK_OF:
            back.append(action)
            continue
        key = str(action.text.values["step"])
        if key not in numbers:
            raise MigratorError("runbook_dangling", references=[f"{step.key} -> {key}"])
        back.append(msgspec.structs.replace(action, text=msg(WAY_BACK_OF, step=numbers[key])))
    return msgspec.structs.replace(step, rollback=tuple(back))


def without(steps: Sequence[Step], keys: Set[str]) -> list[Step]:
    """The steps but for those; what waited for one of them waits for all that it waited for."""
    by_key = {s.key: s for s in steps}

    def waits_for(names: Iterable[str]) -> Iterable[str]:
        for name in names:
            if name in keys and name in by_key:
                yield from waits_for(by_key[name].after)
            else:
                yield name

    if not keys & by_key.keys():
        return list(steps)
    kept = (s for s in steps if s.key not in keys)
    return [msgspec.structs.replace(s, after=tuple(dict.fromkeys(waits_for(s.after)))) for s in kept]


def stable_order(keys: Sequence[str], after: Mapping[str, Iterable[str]]) -> list[str]:
    """``keys`` so that each follows all in ``after[key]``; of those that could come next, the first declared does.

    Raises:
        MigratorError: ``runbook_cycle`` with ``steps``, the keys that wait for each other, in the order of waiting.
    """
    position = {key: i for i, key in enumerate(keys)}
    sorter = TopologicalSorter({key: tuple(after.get(key, ())) for key in keys})
    try:
        sorter.prepare()
    except CycleError as error:
        raise MigratorError("runbook_cycle", steps=_from_smallest(error.args[1][:-1])) from error
    ready: list[int] = []
    order: list[str] = []
    while sorter.is_active():
        for key in sorter.get_ready():
            heappush(ready, position[key])
        chosen = keys[heappop(ready)]
        order.append(chosen)
        sorter.done(chosen)
    return order


def _by_key(steps: list[Step]) -> dict[str, Step]:
    by_key: dict[str, Step] = {}
    twice = []
    for step in steps:
        if step.key in by_key:
            twice.append(step.key)
        by_key[step.key] = step
    if twice:
        raise MigratorError("runbook_duplicate_key", steps=sorted(set(twice)))
    return by_key


def _refuse_unknown(phases: Sequence[PhaseTitle], steps: list[Step], by_key: Mapping[str, Step]) -> None:
    known = {p.key for p in phases}
    if lost := [f"{s.key} ({s.phase})" for s in steps if s.phase not in known]:
        raise MigratorError("runbook_unknown_phase", steps=lost)
    if dangling := [f"{s.key} -> {a}" for s in steps for a in s.after if a not in by_key]:
        raise MigratorError("runbook_dangling", references=dangling)


def _ordered_phases(used: list[str], steps: list[Step], by_key: Mapping[str, Step]) -> list[str]:
    """A phase comes after every phase that one of its steps waits for."""
    after: dict[str, dict[str, None]] = {key: {} for key in used}
    for step in steps:
        for name in step.after:
            if by_key[name].phase != step.phase:
                after[step.phase][by_key[name].phase] = None
    try:
        return stable_order(used, after)
    except MigratorError as error:
        circle = set(used) & set(_texts(error.values["steps"]))
        across = [
            s.key
            for s in steps
            if s.phase in circle and any(by_key[a].phase in circle and by_key[a].phase != s.phase for a in s.after)
        ]
        raise MigratorError("runbook_cycle", steps=across) from error


def _texts(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _from_smallest(circle: Sequence[str]) -> list[str]:
    """The circle beginning at its smallest key: the same circle always reads the same."""
    start = circle.index(min(circle))
    return [*circle[start:], *circle[:start]]

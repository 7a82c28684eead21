"""When each step goes on and how long each business stands still, worked out from the steps' own order and durations.

A step begins as soon as all that it waits for is done; steps that do not wait for each other go on at the same time,
also those of one role. Everything is reckoned twice, with the shortest and with the longest durations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from migrator.runbook.model import Outage, Phase, Runbook, Slot, Step
from migrator.snapshot.model import ObjectRef

Span = tuple[int, int]
_NAMED = 3  # workloads, and namespaces, that the name of a business tells one by one


def with_times(runbook: Runbook) -> Runbook:
    """The runbook with schedule, outages and both durations of its steps as they are now."""
    schedule = schedule_of(runbook.phases)
    outages = outages_of(runbook.phases, schedule)
    return msgspec.structs.replace(
        runbook,
        schedule=schedule,
        outages=outages,
        minutes=length_of(schedule),
        outage_minutes=standstill_of(outages, schedule),
    )


def schedule_of(phases: Iterable[Phase]) -> tuple[Slot, ...]:
    """One slot for each step, in the order of the steps. A step that a person has taken out lasts no time.

    The steps must stand in an order that respects ``after``, as ``arrange`` gives them.
    """
    steps = [s for p in phases for s in p.steps]
    shortest, longest = _earliest(steps, 0), _earliest(steps, 1)
    slack = _slack(steps, longest)
    return tuple(
        Slot(
            key=s.key,
            start=(shortest[s.key][0], longest[s.key][0]),
            end=(shortest[s.key][1], longest[s.key][1]),
            critical=not s.excluded and slack[s.key] == 0,
        )
        for s in steps
    )


def length_of(schedule: Sequence[Slot]) -> Span:
    """From the beginning of the first step to the end of the last."""
    return (max((s.end[0] for s in schedule), default=0), max((s.end[1] for s in schedule), default=0))


def outages_of(phases: Iterable[Phase], schedule: Sequence[Slot]) -> tuple[Outage, ...]:
    """One outage for each business that stops, in the order of the steps.

    A step with ``stops`` begins one; a step that interrupts and has none goes on with that of the steps it waits for.
    """
    steps = {s.key: s for p in phases for s in p.steps if s.interrupts and not s.excluded}
    slots = {s.key: s for s in schedule}
    members: dict[str, list[Step]] = defaultdict(list)
    root = _roots(steps)
    for step in steps.values():
        members[root[step.key]].append(step)
    return tuple(_outage(group, slots) for group in members.values())


def standstill_of(outages: Iterable[Outage], schedule: Sequence[Slot]) -> Span:
    """Minutes in which any business stands still: what stops at the same time counts once."""
    slots = {s.key: s for s in schedule}
    given = list(outages)
    both = [_union(_interval(o.steps, slots, which) for o in given) for which in (0, 1)]
    return (min(both), max(both))


def times_of_phases(runbook: Runbook) -> dict[str, tuple[Span, Span]]:
    """By name of each phase the minutes in which one of its steps goes on, and those in which a business stands still
    meanwhile. What goes on at the same time counts once, as in the times of the whole."""
    slots = {s.key: s for s in runbook.schedule or schedule_of(runbook.phases)}
    times = {}
    for phase in runbook.phases:
        inside = {s.key for s in phase.steps if s.key in slots}
        stopped = [kept for o in runbook.outages if (kept := [key for key in o.steps if key in inside])]
        work = [_union(_interval([key], slots, which) for key in inside) for which in (0, 1)]
        still = [_union(_interval(keys, slots, which) for keys in stopped) for which in (0, 1)]
        times[phase.key] = ((min(work), max(work)), (min(still), max(still)))
    return times


def _length(step: Step, which: int) -> int:
    return 0 if step.excluded else step.minutes[which]


def _earliest(steps: Sequence[Step], which: int) -> dict[str, Span]:
    """Start and end of each step with its shortest (0) or longest (1) duration."""
    times: dict[str, Span] = {}
    for step in steps:
        start = max((times[name][1] for name in step.after), default=0)
        times[step.key] = (start, start + _length(step, which))
    return times


def _slack(steps: Sequence[Step], times: Mapping[str, Span]) -> dict[str, int]:
    """By how many minutes each step may be late before the whole is."""
    end = max((t[1] for t in times.values()), default=0)
    latest = {s.key: end for s in steps}
    for step in reversed(steps):
        start = latest[step.key] - (times[step.key][1] - times[step.key][0])
        for name in step.after:
            latest[name] = min(latest[name], start)
    return {s.key: latest[s.key] - times[s.key][1] for s in steps}


def _roots(steps: Mapping[str, Step]) -> dict[str, str]:
    """Step -> the step that its outage is told by: the first of those that belong to it."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = key = parent[parent[key]]
        return key

    position = {key: number for number, key in enumerate(steps)}
    for key, step in steps.items():
        parent[key] = key
        for name in () if step.stops else step.after:
            if name in parent:
                first, second = sorted((root(key), root(name)), key=position.__getitem__)
                parent[second] = first
    return {key: root(key) for key in steps}


def _outage(group: Sequence[Step], slots: Mapping[str, Slot]) -> Outage:
    refs = tuple(dict.fromkeys(ref for s in group for ref in s.stops))
    keys = tuple(s.key for s in group)
    spans = [_interval(keys, slots, which) for which in (0, 1)]
    return Outage(
        business=business_name(refs),
        subjects=refs,
        steps=keys,
        minutes=(spans[0][1] - spans[0][0], spans[1][1] - spans[1][0]),
    )


def business_name(refs: Sequence[ObjectRef]) -> str:
    """``shop/db``, ``shop/db, web`` or, of many, the namespaces: ``data, shop``."""
    namespaces = sorted({r.namespace for r in refs})
    if len(namespaces) == 1 and len(refs) <= _NAMED:
        return f"{namespaces[0]}/{', '.join(r.name for r in refs)}"
    more = len(namespaces) - _NAMED
    return ", ".join(namespaces[:_NAMED]) + (f" +{more}" if more > 0 else "")


def _interval(keys: Iterable[str], slots: Mapping[str, Slot], which: int) -> Span:
    found = [slots[key] for key in keys]
    return (min(s.start[which] for s in found), max(s.end[which] for s in found))


def _union(intervals: Iterable[Span]) -> int:
    """Minutes that at least one of the intervals covers."""
    covered = reached = 0
    for start, end in sorted(intervals):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered

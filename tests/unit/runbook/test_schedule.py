"""The schedule: nothing begins before what it waits for, and what can go on at once does; outages are its intervals."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from migrator.locale import msg
from migrator.runbook.model import Phase, Step
from migrator.runbook.schedule import business_name, length_of, outages_of, schedule_of, standstill_of
from migrator.runbook.steps.base import run, step
from migrator.snapshot.model import ObjectRef


def a_step(
    key: str,
    minutes: tuple[int, int],
    *after: str,
    interrupts: bool = False,
    stops: tuple[ObjectRef, ...] = (),
    excluded: str = "",
) -> Step:
    made = step(
        "outage.stop",
        "only",
        actions=[run("true")],
        verify=[run("true")],
        minutes=minutes,
        after=after,
        interrupts=interrupts or bool(stops),
        stops=stops,
        chain="x",
        count=1,
    )
    return msgspec.structs.replace(made, key=key, excluded=excluded)


def phase(*steps: Step) -> tuple[Phase, ...]:
    return (Phase(key="only", title=msg("phase.prepare"), steps=steps),)


def app(namespace: str, name: str) -> ObjectRef:
    return ObjectRef(api_version="apps/v1", kind="Deployment", namespace=namespace, name=name)


def test_steps_that_do_not_wait_go_on_at_the_same_time_and_a_gate_joins_them() -> None:
    phases = phase(
        a_step("a", (5, 10)), a_step("b", (7, 8)), a_step("gate", (1, 1), "a", "b"), a_step("c", (2, 2), "gate")
    )
    schedule = schedule_of(phases)
    assert [(s.key, s.start, s.end, s.critical) for s in schedule] == [
        ("a", (0, 0), (5, 10), True),
        ("b", (0, 0), (7, 8), False),
        ("gate", (7, 10), (8, 11), True),
        ("c", (8, 11), (10, 13), True),
    ]
    assert length_of(schedule) == (10, 13)


def test_a_step_taken_out_lasts_no_time_and_stops_nothing() -> None:
    phases = phase(
        a_step("a", (5, 10)),
        a_step("b", (7, 8), "a", stops=(app("x", "y"),), excluded="done before"),
        a_step("c", (1, 1), "b"),
    )
    schedule = schedule_of(phases)
    assert [s.critical for s in schedule] == [True, False, True]
    assert length_of(schedule) == (6, 11)
    assert outages_of(phases, schedule) == ()


def test_an_outage_lasts_from_the_stop_to_the_last_step_that_brings_it_back() -> None:
    phases = phase(
        a_step("stop:1", (1, 2), stops=(app("shop", "db"),)),
        a_step("start:1", (3, 4), "stop:1", interrupts=True),
        a_step("switch:1", (5, 6), "start:1", interrupts=True),
        a_step("crons", (9, 9), "switch:1"),
        a_step("stop:2", (10, 20), "start:1", stops=(app("data", "kafka"), app("shop", "web"))),
    )
    schedule = schedule_of(phases)
    outages = outages_of(phases, schedule)
    assert [(o.business, o.steps, o.minutes) for o in outages] == [
        ("shop/db", ("stop:1", "start:1", "switch:1"), (9, 12)),
        ("data, shop", ("stop:2",), (10, 20)),
    ]
    assert standstill_of(outages, schedule) == (14, 26), "4 and 6 minutes before the second begins, then both at once"


def test_a_step_that_brings_back_two_businesses_makes_one_outage_of_them() -> None:
    phases = phase(
        a_step("stop:1", (1, 1), stops=(app("a", "a"),)),
        a_step("stop:2", (2, 2), stops=(app("a", "b"),)),
        a_step("switch", (3, 3), "stop:1", "stop:2", interrupts=True),
    )
    schedule = schedule_of(phases)
    assert [(o.business, o.minutes) for o in outages_of(phases, schedule)] == [("a/a, b", (5, 5))]


def test_an_interruption_of_nothing_named_is_the_whole_cluster() -> None:
    phases = phase(a_step("own", (3, 3), interrupts=True))
    assert [o.business for o in outages_of(phases, schedule_of(phases))] == [""]
    assert standstill_of((), ()) == (0, 0)


def test_many_namespaces_are_counted() -> None:
    assert business_name([app(f"n{i}", "a") for i in range(6)]) == "n0, n1, n2 +3"


@st.composite
def plans(draw: st.DrawFn) -> tuple[Phase, ...]:
    steps = []
    for i in range(draw(st.integers(1, 25))):
        low = draw(st.integers(1, 30))
        after = draw(st.sets(st.integers(0, i - 1), max_size=3)) if i else set()
        stops = (app("shop", f"w{i}"),) if draw(st.booleans()) else ()
        made = a_step(f"s{i}", (low, low + draw(st.integers(0, 30))), *(f"s{j}" for j in sorted(after)), stops=stops)
        steps.append(made)
    return phase(*steps)


@given(plans())
def test_no_step_begins_before_what_it_waits_for_and_none_waits_without_need(phases: tuple[Phase, ...]) -> None:
    schedule = {s.key: s for s in schedule_of(phases)}
    for made in phases[0].steps:
        for which in (0, 1):
            ends = [schedule[name].end[which] for name in made.after]
            assert schedule[made.key].start[which] == max(ends, default=0)
            assert schedule[made.key].end[which] - schedule[made.key].start[which] == made.minutes[which]


@given(plans())
def test_the_critical_steps_are_those_whose_delay_delays_all(phases: tuple[Phase, ...]) -> None:
    schedule = schedule_of(phases)
    whole = length_of(schedule)[1]
    assert any(s.critical for s in schedule)
    for slot in schedule[:8]:
        late = tuple(
            msgspec.structs.replace(s, minutes=(s.minutes[0], s.minutes[1] + 1)) if s.key == slot.key else s
            for s in phases[0].steps
        )
        assert (length_of(schedule_of(phase(*late)))[1] > whole) == slot.critical


@given(plans())
def test_all_outages_together_are_no_shorter_than_the_longest_and_no_longer_than_the_whole(
    phases: tuple[Phase, ...],
) -> None:
    schedule = schedule_of(phases)
    outages = outages_of(phases, schedule)
    together = standstill_of(outages, schedule)
    assert together[0] <= together[1] <= length_of(schedule)[1]
    assert together[1] >= max((o.minutes[1] for o in outages), default=0)
    assert together[1] <= max(sum(o.minutes[i] for o in outages) for i in (0, 1))

"""Order by dependencies, otherwise as declared; circles, lost references and numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.errors import MigratorError
from migrator.locale import msg
from migrator.runbook.model import Step
from migrator.runbook.ordering import PhaseTitle, arrange, stable_order, without
from migrator.runbook.steps.base import run, step

PHASES = [PhaseTitle("first", msg("phase.prepare")), PhaseTitle("second", msg("phase.cluster"))]


def a_step(key: str, phase: str = "first", after: tuple[str, ...] = ()) -> Step:
    made = step("prepare.go", phase, key=key, actions=[run("true")], verify=[run("true")], minutes=(1, 2), after=after)
    return Step(**{name: getattr(made, name) for name in made.__struct_fields__} | {"key": key})


def test_without_dependencies_the_order_is_that_of_declaration() -> None:
    assert stable_order(["c", "a", "b"], {}) == ["c", "a", "b"]


def test_a_step_waits_and_the_others_keep_their_places() -> None:
    assert stable_order(["deploy", "x", "backup", "y"], {"deploy": ["backup"]}) == ["x", "backup", "deploy", "y"]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], dict[str, list[str]]]:
    """Graphs without a circle, declared in any order."""
    count = draw(st.integers(1, 25))
    edges = {
        f"s{i}": [f"s{j}" for j in draw(st.sets(st.integers(0, i - 1), max_size=4))] if i else [] for i in range(count)
    }
    return draw(st.permutations(sorted(edges))), edges


@given(graphs())
def test_every_order_respects_the_graph_and_loses_nothing(graph: tuple[list[str], dict[str, list[str]]]) -> None:
    keys, after = graph
    order = stable_order(keys, after)
    assert sorted(order) == sorted(keys)
    position = {key: i for i, key in enumerate(order)}
    assert all(position[b] < position[a] for a in keys for b in after[a])


@given(graphs())
def test_a_step_overtakes_an_earlier_one_only_where_that_had_to_wait(
    graph: tuple[list[str], dict[str, list[str]]],
) -> None:
    """Stability: whenever a later-declared step comes first, the earlier one still waited for something then."""
    keys, after = graph
    order = stable_order(keys, after)
    declared = {key: i for i, key in enumerate(keys)}
    done: set[str] = set()
    for chosen in order:
        ready = [k for k in keys if k not in done and set(after[k]) <= done]
        assert chosen == min(ready, key=declared.__getitem__)
        done.add(chosen)


def test_a_circle_is_named() -> None:
    with pytest.raises(MigratorError) as caught:
        stable_order(["x", "b", "a", "c"], {"a": ["b"], "b": ["c"], "c": ["a"]})
    assert caught.value.code == "runbook_cycle"
    assert sorted(caught.value.values["steps"]) == ["a", "b", "c"]
    assert "a" in caught.value.message("en")


def test_a_step_that_waits_for_itself_is_a_circle() -> None:
    with pytest.raises(MigratorError) as caught:
        stable_order(["a"], {"a": ["a"]})
    assert caught.value.values["steps"] == ["a"]


def test_phases_follow_their_steps_and_numbers_come_last() -> None:
    arranged = arrange(
        PHASES, [a_step("a", "first", ("b",)), a_step("b", "second"), a_step("c", "second")], first_number=0
    )
    assert [p.key for p in arranged] == ["second", "first"]
    assert [(s.key, s.number) for p in arranged for s in p.steps] == [("b", "0.1"), ("c", "0.2"), ("a", "1.1")]


def test_phases_that_wait_for_each_other_name_the_steps_between_them() -> None:
    steps = [a_step("a", "first", ("b",)), a_step("b", "second", ("c",)), a_step("c", "first"), a_step("d", "second")]
    with pytest.raises(MigratorError) as caught:
        arrange(PHASES, steps)
    assert (caught.value.code, caught.value.values["steps"]) == ("runbook_cycle", ["a", "b"])


@pytest.mark.parametrize(
    ("steps", "code", "names"),
    [
        ([a_step("a", after=("gone",))], "runbook_dangling", {"references": ["a -> gone"]}),
        ([a_step("a"), a_step("a")], "runbook_duplicate_key", {"steps": ["a"]}),
        ([a_step("a", "third")], "runbook_unknown_phase", {"steps": ["a (third)"]}),
    ],
)
def test_broken_input_is_named(steps: list[Step], code: str, names: dict[str, list[str]]) -> None:
    with pytest.raises(MigratorError) as caught:
        arrange(PHASES, steps)
    assert (caught.value.code, caught.value.values) == (code, names)


def test_a_phase_without_steps_is_left_out() -> None:
    assert [p.key for p in arrange(PHASES, [a_step("a", "second")])] == ["second"]


def test_a_step_left_out_hands_on_what_it_waited_for() -> None:
    steps = [a_step("a"), a_step("b", after=("a",)), a_step("c", after=("b",)), a_step("d", after=("c", "a"))]
    kept = without(steps, {"b", "c"})
    assert [(s.key, s.after) for s in kept] == [("a", ()), ("d", ("a",))]

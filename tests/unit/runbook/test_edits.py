"""Edits of people over a compiled runbook: what each does, what is refused, and what no edit can break."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.errors import InputError
from migrator.locale import say
from migrator.runbook.edited import Edited, apply_edits, keyed_step
from migrator.runbook.edits import (
    EXCLUDED_ON,
    Add,
    AnyEdit,
    Change,
    Exclude,
    Move,
    Place,
    Restore,
    Typed,
    Words,
    base_of,
    changed_fields,
    checked,
)
from migrator.runbook.model import Origin, Role, Runbook, StepKind, Where
from tests.unit.runbook import clusters
from tests.unit.runbook.clusters import by_key, migrate, steps_of
from tests.unit.runbook.invariants import check_dangers, check_order

COMPILED = migrate(clusters.shop(), target="v1.25")
KEYS = [s.key for s in steps_of(COMPILED)]
OWN_WORDS = Words(
    title="通知客户",
    why="合同要求",
    expected="客户已确认",
    actions=(Typed(where=Where.BASTION, text="打电话"),),
    verify=(Typed(where=Where.BASTION, text="有回执"),),
    no_rollback_reason="通知不能撤回",
    minutes=(5, 10),
)


def edited(*edits: AnyEdit, runbook: Runbook = COMPILED) -> Runbook:
    done = apply_edits(runbook, [checked(e) for e in edits])
    assert done.conflicts == ()
    return done.runbook


def refused(*edits: AnyEdit) -> str:
    """The sentence of the last edit's conflict; the runbook is as without that edit."""
    done = apply_edits(COMPILED, edits)
    assert [c.edit for c in done.conflicts] == [len(edits) - 1]
    assert done.runbook == apply_edits(COMPILED, edits[:-1]).runbook
    assert say(done.conflicts[0].reason, "zh") != say(done.conflicts[0].reason, "en")
    return say(done.conflicts[0].reason, "en")


def title(key: str) -> str:
    return say(by_key(COMPILED)[key].title, "en")


def change(key: str, **words: object) -> Change:
    said = Words(**words)  # type: ignore[arg-type]
    step = keyed_step(COMPILED, key)
    assert step is not None
    return Change(step=key, words=said, base=base_of(step, changed_fields(said)))


# --- order ---


def test_a_step_moves_within_its_dependencies_and_all_are_numbered_again() -> None:
    keys = [
        s.key for s in steps_of(edited(Move(step="prepare.settings", anchor="prepare.bastion", place=Place.BEFORE)))
    ]
    assert keys == ["prepare.settings", *[k for k in KEYS if k != "prepare.settings"]]
    numbers = [s.number for s in edited(Move(step="prepare.settings", anchor="prepare.bastion")).phases[0].steps]
    assert numbers == [f"0.{i}" for i in range(1, len(numbers) + 1)]


def test_what_a_step_needs_must_come_before_it() -> None:
    said = refused(Move(step="nodes.add", anchor="cluster.create", place=Place.BEFORE))
    assert said == f'"{title("nodes.add")}" must come after "{title("cluster.access")}".'


def test_what_waits_for_a_step_must_come_after_it() -> None:
    said = refused(Move(step="cluster.access", anchor="nodes.add"))
    assert said == f'"{title("nodes.add")}" must come after "{title("cluster.access")}".'


def test_a_moved_step_takes_the_phase_of_its_neighbour() -> None:
    late = by_key(edited(Move(step="storage.precopy", anchor="workloads.headless", place=Place.AFTER)))[
        "storage.precopy"
    ]
    assert (late.phase, late.origin) == ("workloads", Origin.EDITED)


def test_references_to_other_steps_follow_the_numbers() -> None:
    before = {s.key: s.number for s in steps_of(COMPILED)}
    moved = edited(Add(step="own:a", anchor="cutover.accept", words=OWN_WORDS))
    after = {s.key: s.number for s in steps_of(moved)}
    told = {
        s.key: [str(a.text.values["step"]) for a in s.rollback if a.text and a.text.key == "do.way_back_of"]
        for s in steps_of(moved)
    }
    was = {
        s.key: [str(a.text.values["step"]) for a in s.rollback if a.text and a.text.key == "do.way_back_of"]
        for s in steps_of(COMPILED)
    }
    assert any(was.values())
    for key, numbers in was.items():
        keys = [next(k for k, n in before.items() if n == number) for number in numbers]
        assert told[key] == [after[k] for k in keys]


# --- own steps ---


def test_an_own_step_stands_between_and_is_waited_for() -> None:
    steps = by_key(edited(Add(step="own:call", anchor="cluster.create", words=OWN_WORDS)))
    assert steps["own:call"].number == "1.2"
    assert steps["own:call"].origin is Origin.OWN
    assert steps["own:call"].after == ("cluster.create",)
    assert "own:call" in steps["cluster.access"].after
    assert say(steps["own:call"].title, "en") == "通知客户"


def test_an_own_step_before_another_waits_for_what_that_one_waits_for() -> None:
    steps = by_key(edited(Add(step="own:call", anchor="retire.delete", place=Place.BEFORE, words=OWN_WORDS)))
    assert steps["own:call"].after == ("retire.sign",)
    assert steps["retire.delete"].after == ("retire.sign", "own:call")


def test_an_own_step_moves_with_what_it_waits_for() -> None:
    first = Add(step="own:call", anchor="cluster.create", words=OWN_WORDS)
    steps = by_key(edited(first, Move(step="own:call", anchor="prepare.record")))
    assert steps["own:call"].after == ("prepare.record",)
    assert "own:call" not in steps["cluster.access"].after


def test_an_own_step_that_destroys_comes_after_every_gate() -> None:
    early = Add(step="own:drop", anchor="cluster.create", words=OWN_WORDS, destructive=True)
    assert refused(early).startswith('"通知客户" must come after')
    late = msgspec.structs.replace(early, anchor="retire.clean_up")
    assert by_key(edited(late))["own:drop"].destructive


def test_an_own_step_counts_in_the_duration() -> None:
    done = edited(Add(step="own:call", anchor="cluster.create", words=OWN_WORDS))
    assert len(done.schedule) == len(KEYS) + 1
    assert done.minutes == (COMPILED.minutes[0] + 5, COMPILED.minutes[1] + 10)
    figures = {m.key: n for m, n in done.summary}
    assert figures["summary.steps"] == len(KEYS) + 1


# --- words ---


def test_words_are_replaced_and_the_rest_stays() -> None:
    step = by_key(edited(change("prepare.backup", title="双份备份", minutes=(30, 60), role=Role.REVIEWER)))[
        "prepare.backup"
    ]
    was = by_key(COMPILED)["prepare.backup"]
    assert (say(step.title, "zh"), step.minutes, step.role) == ("双份备份", (30, 60), Role.REVIEWER)
    assert step.origin is Origin.EDITED
    assert step.actions == was.actions


def test_a_way_back_takes_the_place_of_the_reason_for_none() -> None:
    key = next(s.key for s in steps_of(COMPILED) if s.no_rollback_reason)
    step = by_key(edited(change(key, rollback=(Typed(where=Where.CONSOLE, command="kubectl get ns"),))))[key]
    assert step.no_rollback_reason is None
    assert step.rollback[0].command == "kubectl get ns"


def test_words_written_against_others_are_a_conflict_and_the_compiled_ones_stand() -> None:
    stale = Change(step="prepare.backup", words=Words(title="x", why="y"), base={"title": "other", "why": "other"})
    assert "title, why" in refused(stale)


def test_an_outage_needs_an_interruption() -> None:
    assert "interrupts nothing" in refused(change("prepare.backup", outage="一小时"))


def test_a_step_that_is_gone_is_a_conflict() -> None:
    assert "no-such-step" in refused(Change(step="no-such-step", words=Words(title="x")))
    assert "no-such-step" in refused(Move(step="prepare.backup", anchor="no-such-step"))
    assert "no-such-step" in refused(Add(step="own:a", anchor="no-such-step", words=OWN_WORDS))


# --- steps left out ---


def test_a_step_left_out_stays_with_its_reason_and_takes_no_time() -> None:
    done = edited(Exclude(step="storage.precopy", reason="数据很小"))
    step = by_key(done)["storage.precopy"]
    assert step.excluded == "数据很小"
    slot = next(s for s in done.schedule if s.key == step.key)
    assert slot.start == slot.end
    again = edited(Exclude(step="storage.precopy", reason="数据很小"), Restore(step="storage.precopy"))
    assert by_key(again)["storage.precopy"].excluded == ""


def test_a_step_is_left_out_once() -> None:
    first, second = (Exclude(step="storage.precopy", reason=reason) for reason in ("数据很小", "另有安排"))
    tried = apply_edits(COMPILED, [first, second])
    assert [(c.edit, c.reason.key) for c in tried.conflicts] == [(1, "edit.conflict.excluded")]
    assert by_key(tried.runbook)["storage.precopy"].excluded == "数据很小"
    assert not apply_edits(COMPILED, [first, Restore(step="storage.precopy"), second]).conflicts


@pytest.mark.parametrize("key", [s.key for s in steps_of(COMPILED) if s.kind is StepKind.GATE])
def test_no_gate_is_left_out(key: str) -> None:
    assert "is a gate" in refused(Exclude(step=key, reason="快"))


@pytest.mark.parametrize("key", ["retire.unassociate", "retire.stop", "cutover.observe"])
def test_what_deletion_rests_on_stays_while_the_deletion_does(key: str) -> None:
    assert "rests on" in refused(Exclude(step=key, reason="快"))
    done = edited(Exclude(step="retire.delete", reason="保留"), Exclude(step=key, reason="不需要"))
    assert by_key(done)[key].excluded


def test_deletion_does_not_come_back_without_what_it_rests_on() -> None:
    without = (Exclude(step="retire.delete", reason="保留"), Exclude(step="retire.unassociate", reason="不需要"))
    assert "rests on" in refused(*without, Restore(step="retire.delete"))


def test_a_step_left_out_that_moves_other_objects_by_now_is_a_conflict() -> None:
    key = next(s.key for s in steps_of(COMPILED) if s.key.startswith("storage.claim"))
    step = keyed_step(COMPILED, key)
    assert step is not None
    base = base_of(step, EXCLUDED_ON)
    assert by_key(edited(Exclude(step=key, reason="弃用", base=base)))[key].excluded
    assert "objects concerned" in refused(Exclude(step=key, reason="弃用", base={**base, "subjects": "other"}))


# --- what is wrong with an edit by itself ---


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (Exclude(step="a", reason=" "), "edit_field"),
        (Change(step="a", words=Words()), "edit_field"),
        (Change(step="a", words=Words(minutes=(9, 3))), "edit_field"),
        (Change(step="a", words=Words(rollback=())), "edit_field"),
        (Change(step="a", words=Words(actions=())), "edit_field"),
        (Change(step="a", words=Words(actions=(Typed(where=Where.BASTION),))), "edit_field"),
        (Change(step="a", words=Words(actions=(Typed(where=Where.BASTION, command="a", text="b"),))), "edit_field"),
        (Change(step="a", words=Words(title="x" * 20_001)), "edit_field"),
        (Change(step="a", words=Words(why="mysql://root:S3cr3t-pass@10.0.0.3/db")), "edit_secret"),
        (Move(step="a", anchor="a"), "edit_field"),
        (Add(step="storage.mine", anchor="a", words=OWN_WORDS), "edit_field"),
        (Add(step="own:a", anchor="b", words=Words(title="x")), "edit_field"),
        (Add(step="own:a", anchor="b", words=OWN_WORDS, interrupts=True), "edit_field"),
    ],
)
def test_edits_that_are_wrong_by_themselves(edit: AnyEdit, code: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(edit)
    assert caught.value.code == code
    assert caught.value.message("zh") != caught.value.message("en")
    assert "S3cr3t" not in caught.value.message("en")


def test_edits_are_read_back_as_they_were_written() -> None:
    edits: list[AnyEdit] = [
        Move(step="a", anchor="b", place=Place.BEFORE),
        Add(step="own:a", anchor="b", words=OWN_WORDS),
        change("prepare.backup", title="x", minutes=(1, 2)),
        Exclude(step="a", reason="r", base={"title": "d"}),
        Restore(step="a"),
    ]
    assert msgspec.json.decode(msgspec.json.encode(edits), type=list[AnyEdit]) == edits


# --- properties ---

_keys = st.sampled_from(KEYS)
_places = st.sampled_from(list(Place))
_edits = st.one_of(
    st.builds(Move, step=_keys, anchor=_keys, place=_places),
    st.builds(Exclude, step=_keys, reason=st.just("r")),
    st.builds(Restore, step=_keys),
    st.builds(
        Add,
        step=st.sampled_from(["own:a", "own:b"]),
        anchor=_keys,
        place=_places,
        words=st.just(OWN_WORDS),
        destructive=st.booleans(),
    ),
    st.builds(Move, step=st.sampled_from(["own:a", "own:b"]), anchor=_keys, place=_places),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_edits.filter(lambda e: getattr(e, "anchor", "") != e.step), max_size=12))
def test_whatever_is_edited_order_and_safety_hold(edits: list[AnyEdit]) -> None:
    done = apply_edits(COMPILED, edits)
    check_order(done.runbook)
    check_dangers(done.runbook)
    assert set(KEYS) <= {s.key for s in steps_of(done.runbook)}
    assert apply_edits(COMPILED, edits) == done
    kept = [e for i, e in enumerate(edits) if i not in {c.edit for c in done.conflicts}]
    assert apply_edits(COMPILED, kept) == Edited(runbook=done.runbook)
    left_out = {s.key for s in steps_of(done.runbook) if s.excluded}
    assert not any(by_key(COMPILED)[k].kind is StepKind.GATE for k in left_out if k in by_key(COMPILED))


def test_no_edits_leave_the_very_same_runbook() -> None:
    assert apply_edits(COMPILED, []).runbook is COMPILED

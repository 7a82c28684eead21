"""Two runbooks side by side: every step is told once, by what is different about it."""

from __future__ import annotations

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.locale import say
from migrator.render.difference import difference_json, difference_text
from migrator.runbook.difference import Difference, compare_runbooks
from migrator.runbook.edited import apply_edits
from migrator.runbook.edits import Add, AnyEdit, Change, Exclude, Move, Place, Typed, Words
from migrator.runbook.model import Role, Runbook, Where
from tests.unit.runbook import clusters
from tests.unit.runbook.clusters import migrate, steps_of

COMPILED = migrate(clusters.shop(), target="v1.25")
KEYS = [s.key for s in steps_of(COMPILED)]
WORDS = Words(
    title="通知客户",
    why="合同要求",
    expected="已确认",
    actions=(Typed(where=Where.BASTION, text="打电话"),),
    verify=(Typed(where=Where.BASTION, text="有回执"),),
    no_rollback_reason="不能撤回",
    minutes=(0, 0),
)


def after(*edits: AnyEdit) -> Difference:
    done = apply_edits(COMPILED, edits)
    assert done.conflicts == ()
    return compare_runbooks(COMPILED, done.runbook)


def fields(difference: Difference) -> dict[str, list[str]]:
    return {s.key: [c.field for c in s.changes] for s in difference.changed}


def test_a_runbook_does_not_differ_from_itself() -> None:
    found = compare_runbooks(COMPILED, COMPILED)
    assert not found.differs
    assert found.same == len(KEYS)


def test_an_own_step_came_and_nothing_counts_as_moved_by_its_number() -> None:
    found = after(Add(step="own:a", anchor="cluster.create", words=WORDS))
    assert [(s.key, s.new_number, s.old_number) for s in found.added] == [("own:a", "1.2", "")]
    assert found.moved == found.removed == ()
    assert "cluster.access" in fields(found)
    assert {name for names in fields(found).values() for name in names} == {"after"}
    back = compare_runbooks(
        apply_edits(COMPILED, [Add(step="own:a", anchor="cluster.create", words=WORDS)]).runbook, COMPILED
    )
    assert [s.key for s in back.removed] == ["own:a"]


def test_one_step_that_moves_is_one_step_that_moved() -> None:
    found = after(Move(step="prepare.settings", anchor="prepare.bastion", place=Place.BEFORE))
    assert [(s.key, s.moved) for s in found.moved] == [("prepare.settings", True)]
    assert [c.field for s in found.moved for c in s.changes] == ["origin"]
    assert found.changed == ()


def test_only_the_lines_that_are_other_are_told() -> None:
    words = Words(role=Role.REVIEWER, actions=(Typed(where=Where.CONSOLE, command="kubectl get ns\nkubectl get no"),))
    found = after(Change(step="prepare.backup", words=words))
    change = next(c for s in found.changed for c in s.changes if c.field == "actions")
    assert [say(line, "en") for line in change.new if not isinstance(line, str)] == [
        "Console: kubectl get ns",
        "Console: kubectl get no",
    ]
    assert {"role", "actions", "origin"} <= set(fields(found)["prepare.backup"])


def test_a_step_left_out_has_changed() -> None:
    assert fields(after(Exclude(step="storage.precopy", reason="小"))) == {"storage.precopy": ["excluded"]}


def test_what_differs_of_the_whole_is_told() -> None:
    other = migrate(clusters.shop(), target="v1.21")
    found = {c.field: (c.old, c.new) for c in compare_runbooks(COMPILED, other).overall}
    assert found["target"] == (("v1.25",), ("v1.21",))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_written_for_people_and_for_programs(lang: str) -> None:
    found = after(
        Add(step="own:a", anchor="cluster.create", words=WORDS),
        Exclude(step="storage.precopy", reason="evil\x1b[31m\u202e"),
        Change(step="prepare.backup", words=Words(title="双份备份")),
    )
    shown = difference_text(found, lang)  # type: ignore[arg-type]
    assert "通知客户" in shown
    assert "双份备份" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    told = orjson.loads(difference_json(found, lang))  # type: ignore[arg-type]
    assert told["differs"] is True
    assert [s["key"] for s in told["added"]] == ["own:a"]


@settings(max_examples=20, deadline=None)
@given(st.permutations(KEYS), st.sets(st.sampled_from(KEYS)))
def test_every_step_is_told_exactly_once(order: list[str], without: set[str]) -> None:
    """Whatever the order: reversing the comparison swaps what came and went, and moves the same steps or as few."""
    other = _reordered(order, without)
    found = compare_runbooks(COMPILED, other)
    told = [s.key for name in ("added", "removed", "moved", "changed") for s in getattr(found, name)]
    assert len(told) == len(set(told))
    assert len(told) + found.same == len(KEYS)
    back = compare_runbooks(other, COMPILED)
    assert [s.key for s in back.added] == sorted((s.key for s in found.removed), key=KEYS.index)
    assert len(back.moved) == len(found.moved)


def _reordered(order: list[str], without: set[str]) -> Runbook:
    """All steps in one phase, so that only their order counts."""
    steps = {s.key: s for s in steps_of(COMPILED)}
    phases = []
    for phase in COMPILED.phases:
        inside = [k for k in order if steps[k].phase == phase.key and k not in without]
        phases.append(msgspec.structs.replace(phase, steps=tuple(steps[k] for k in inside)))
    return msgspec.structs.replace(COMPILED, phases=tuple(phases))

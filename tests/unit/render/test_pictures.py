"""Pictures of a runbook: well formed, every step drawn once, names harmless and short."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from migrator.locale import LANGS, Lang
from migrator.render.pictures.base import WIDTH, shortened
from migrator.render.pictures.gantt import Bar, gantt
from migrator.render.pictures.order import order, waits
from migrator.runbook.model import Phase
from tests.hostile import TEXTS
from tests.unit.render.samples import runbook, said, step

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return ["".join(found.itertext()) for found in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def classes(svg: str) -> list[str]:
    return [found.get("class", "") for found in ElementTree.fromstring(svg).iter() if found.get("class")]


def bar(name: str, start: int, end: int, **fields: object) -> Bar:
    return Bar(name=name, start=(start, start * 2), end=(end, end * 2), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("value", TEXTS)
def test_names_are_text_of_the_picture(value: str, lang: Lang) -> None:
    drawn = gantt(value, [bar(value, 0, 60)], lang)
    phases = [("1", Phase(key="p", title=said(value), steps=(step("a", "1.1", "p"),)))]

    assert len(ElementTree.fromstring(drawn.svg).findall(f"{SVG}rect")) == 3
    assert [found.tag for found in ElementTree.fromstring(order(value, phases, lang).svg).iter(f"{SVG}script")] == []


def test_a_chart_shows_what_is_critical_what_stops_and_what_is_signed() -> None:
    bars = [
        bar("first", 0, 60, critical=True),
        bar("gate", 60, 60, gate=True),
        bar("second", 60, 90, outages=((130, 150),)),
    ]
    drawn = gantt("Chart", bars, "en")

    assert [name for name in texts(drawn.svg) if name in ("first", "gate", "second")] == ["first", "gate", "second"]
    found = classes(drawn.svg)
    assert found.count("bar critical") == 2
    assert found.count("bar") == 2
    assert found.count("gate") == 1
    assert found.count("outage") == 1
    assert "0 h" in texts(drawn.svg)
    assert "3 h" in texts(drawn.svg)


def test_a_chart_of_nothing_and_of_no_time_is_drawn() -> None:
    assert gantt("Chart", [], "en").height > 0
    assert gantt("Chart", [bar("x", 0, 0)], "zh").width == WIDTH


def test_only_direct_waits_are_drawn() -> None:
    steps = [
        step("a", "1.1", "p"),
        step("b", "1.2", "p", after=("a",)),
        step("c", "1.3", "p", after=("a", "b")),
        step("d", "1.4", "p", after=("a", "elsewhere")),
    ]

    assert waits(steps) == {"a": [], "b": ["a"], "c": ["b"], "d": ["a"]}


def test_every_step_has_its_box_and_large_runbooks_their_phases() -> None:
    book = runbook()
    few = order("Order", [("1", book.phases[0]), ("2", book.phases[1])], "en")
    steps = tuple(step(f"s{n}", f"1.{n + 1}", "big", after=(f"s{n - 1}",) if n else ()) for n in range(400))
    many = order("Order", [("1", Phase(key="big", title=said("big"), steps=steps))], "en")

    assert [name for name in texts(few.svg) if name[:1].isdigit() and "." in name] == [
        "1.1",
        "1.2",
        "1.3",
        "2.1",
        "2.2",
    ]
    assert "box stop" in classes(few.svg)
    assert "gate" in classes(few.svg)
    assert any("(400 steps)" in name for name in texts(many.svg))
    assert len(many.svg) < 4_000


def test_a_long_chain_goes_on_in_the_next_row() -> None:
    steps = tuple(step(f"s{n}", f"1.{n + 1}", "p", after=(f"s{n - 1}",) if n else ()) for n in range(100))
    drawn = order("Order", [("1", Phase(key="p", title=said("p"), steps=steps))], "en")
    boxes = [found for found in ElementTree.fromstring(drawn.svg).iter(f"{SVG}rect") if found.get("class") == "box"]

    assert len(boxes) == 100
    assert all(0 <= float(found.get("x", "-1")) <= WIDTH - float(found.get("width", "0")) for found in boxes)
    assert len({(found.get("x"), found.get("y")) for found in boxes}) == 100


@pytest.mark.parametrize(("value", "columns", "shown"), [
    ("short", 10, "short"), ("exactly-10", 10, "exactly-10"), ("longer-than-10", 10, "longer-th…"),
    ("节点滚动升级", 8, "节点滚…"), ("", 3, ""),
])  # fmt: skip
def test_names_are_cut_to_their_columns(value: str, columns: int, shown: str) -> None:
    assert shortened(value, columns) == shown

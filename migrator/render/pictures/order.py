"""Which step waits for which: a lane for each phase, from left to right inside it; large runbooks as phases alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from migrator.locale import Lang, text
from migrator.render.pictures.base import WIDTH, Drawing, diamond, drawing, label, number, shortened
from migrator.runbook.model import Phase, Step, StepKind

_MOST_STEPS = 150  # beyond these the phases alone are drawn
_LEFT, _TOP, _FOOT = 20, 14, 28
_BOX, _HIGH, _ROW, _HEAD = 32, 16, 22, 20
_WAVES = 17  # of one lane beside each other; longer lanes go on below


class _Place(msgspec.Struct, frozen=True):
    x: float  # middle of the box
    y: float


def waits(steps: Iterable[Step]) -> dict[str, list[str]]:
    """By key of each step those that it must wait for itself, without those that these wait for already."""
    before: dict[str, set[str]] = {}
    needed: dict[str, list[str]] = {}
    for step in steps:
        known = [key for key in step.after if key in before]
        before[step.key] = set(known).union(*(before[key] for key in known))
        needed[step.key] = [key for key in known if not any(key in before[other] for other in known)]
    return needed


def order(title: str, phases: Sequence[tuple[str, Phase]], lang: Lang) -> Drawing:
    """``phases`` with their numbers."""
    steps = [step for _, phase in phases for step in phase.steps]
    if len(steps) > _MOST_STEPS:
        return _phases(title, phases, lang)
    needed = waits(steps)
    places: dict[str, _Place] = {}
    parts: list[str] = []
    y = float(_TOP)
    for name, phase in phases:
        if not phase.steps:
            continue
        rows = _lane(phase.steps, needed, y + _HEAD, places)
        high = _HEAD + rows * _ROW + 4
        parts.append(f'<rect class="lane" x="8" y="{number(y)}" width="{WIDTH - 16}" height="{number(high)}" rx="4"/>')
        parts.append(label(16, y + 14, f"{name} {shortened(_title(phase, lang), 90)}", "strong"))
        y += high + 8
    parts += [_arrow(places[key], places[step.key]) for step in steps for key in needed[step.key]]
    parts += [part for step in steps for part in _box(step, places[step.key])]
    parts.append(label(12, y + 14, text("document.order.legend", lang), "note"))
    return drawing(title, WIDTH, round(y + _FOOT), parts, lang)


def _title(phase: Phase, lang: Lang) -> str:
    return text(phase.title.key, lang, **phase.title.values)


def _lane(steps: Sequence[Step], needed: Mapping[str, list[str]], top: float, places: dict[str, _Place]) -> int:
    """Give the steps of one phase their places; returns the number of rows that they take."""
    waves: dict[str, int] = {}
    columns: list[list[Step]] = []
    for step in steps:
        wave = max((waves[key] + 1 for key in needed[step.key] if key in waves), default=0)
        waves[step.key] = wave
        columns.extend([] for _ in range(wave + 1 - len(columns)))
        columns[wave].append(step)
    row = 0
    for first in range(0, len(columns), _WAVES):
        piece = columns[first : first + _WAVES]
        pitch = min((WIDTH - 2 * _LEFT - _BOX) / max(min(len(columns), _WAVES) - 1, 1), 88)
        for number_, column in enumerate(piece):
            for below, step in enumerate(column):
                x = _LEFT + _BOX / 2 + number_ * pitch
                places[step.key] = _Place(x, top + (row + below) * _ROW + _HIGH / 2)
        row += max(len(column) for column in piece)
    return row


def _arrow(start: _Place, end: _Place) -> str:
    """From the right edge of one box to the left edge of another; from bottom to top where that is not ahead."""
    half = _BOX / 2
    if end.x > start.x + _BOX and abs(end.y - start.y) < 12 * _ROW:
        x1, x2 = start.x + half, end.x - half
        bend = (x1 + x2) / 2
        curve = f"C{number(bend)} {number(start.y)} {number(bend)} {number(end.y)}"
        return f'<path class="wait" d="M{number(x1)} {number(start.y)} {curve} {number(x2)} {number(end.y)}"/>'
    y1, y2 = start.y + _HIGH / 2, end.y - _HIGH / 2
    bend = max((y2 - y1) / 2, 10)
    curve = f"C{number(start.x)} {number(y1 + bend)} {number(end.x)} {number(y2 - bend)}"
    far = " far" if end.y - start.y > 3 * _ROW else ""
    return f'<path class="wait{far}" d="M{number(start.x)} {number(y1)} {curve} {number(end.x)} {number(y2)}"/>'


def _box(step: Step, place: _Place) -> Iterable[str]:
    x, y = place.x - _BOX / 2, place.y - _HIGH / 2
    if step.kind is StepKind.GATE:
        points = [(x - 3, place.y), (place.x, y - 3), (x + _BOX + 3, place.y), (place.x, y + _HIGH + 3)]
        yield f'<path class="gate" d="M{" L".join(f"{number(a)} {number(b)}" for a, b in points)} Z"/>'
    else:
        names = "box stop" if step.interrupts else "box"
        names += " out" if step.excluded else ""
        yield f'<rect class="{names}" x="{number(x)}" y="{number(y)}" width="{_BOX}" height="{_HIGH}" rx="3"/>'
    if step.point_of_no_return:
        yield (
            f'<rect class="wait" x="{number(x - 3)}" y="{number(y - 3)}" width="{_BOX + 6}" '
            f'height="{_HIGH + 6}" rx="4"/>'
        )
    yield label(place.x, place.y + 4, step.number, "middle note")


def _phases(title: str, phases: Sequence[tuple[str, Phase]], lang: Lang) -> Drawing:
    """One box for each phase, one below the other."""
    wide, high, gap = 480, 30, 16
    x = (WIDTH - wide) / 2
    parts: list[str] = []
    shown = [(name, phase) for name, phase in phases if phase.steps]
    for row, (name, phase) in enumerate(shown):
        y = _TOP + row * (high + gap)
        if row:
            parts.append(f'<path class="wait" d="M{number(WIDTH / 2)} {y - gap} V{y}"/>')
        stop = any(step.interrupts for step in phase.steps)
        kind = "box stop" if stop else "box"
        parts.append(f'<rect class="{kind}" x="{number(x)}" y="{y}" width="{wide}" height="{high}" rx="4"/>')
        count = text("document.order.steps", lang, count=len(phase.steps))
        parts.append(label(WIDTH / 2, y + 19, f"{name} {shortened(_title(phase, lang), 56)} ({count})", "middle"))
        if any(step.kind is StepKind.GATE for step in phase.steps):
            parts.append(diamond(x + wide + 16, y + high / 2, 8))
    height = _TOP + len(shown) * (high + gap) + _FOOT
    parts.append(label(12, height - 8, text("document.order.phases_legend", lang), "note"))
    return drawing(title, WIDTH, height, parts, lang)

"""When what happens: a bar for each step or phase, from the schedule of the runbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from migrator.locale import Lang, text
from migrator.render.pictures.base import WIDTH, Drawing, diamond, drawing, label, number, shortened

_LEFT, _RIGHT = 236, 24  # pixels beside the bars
_TOP, _ROW, _FOOT = 34, 20, 30
_COLUMNS = 36  # of text that fit before the bars
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440, 2880, 7200, 14400)  # minutes between two lines
_MOST_TICKS = 8
_HOUR = 60


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One row. ``start`` and ``end`` are minutes, shortest and longest; ``outages`` spans inside the longest."""

    name: str
    start: tuple[int, int]
    end: tuple[int, int]
    critical: bool = False
    gate: bool = False
    outages: tuple[tuple[int, int], ...] = ()


def gantt(title: str, bars: Sequence[Bar], lang: Lang) -> Drawing:
    """Two thin bars in each row: above as short, below as long as it may take. Times count from the first start."""
    begin = min((bar.start[0] for bar in bars), default=0)
    end = max((bar.end[1] for bar in bars), default=1)
    scale = (WIDTH - _LEFT - _RIGHT) / max(end - begin, 1)
    height = _TOP + _ROW * len(bars) + _FOOT

    def at(minute: int) -> float:
        return _LEFT + (minute - begin) * scale

    parts = [*_lines(begin, end, at, height, lang)]
    for row, bar in enumerate(bars):
        y = _TOP + row * _ROW
        parts.append(label(8, y + 14, shortened(bar.name, _COLUMNS)))
        parts += _bar(bar, y, [at(m) for m in (*bar.start, *bar.end)])
        parts += [_piece("outage", at(a), at(b), y + 10, 7) for a, b in bar.outages]
    parts.append(label(8, height - 10, text("document.gantt.legend", lang), "note"))
    return drawing(title, WIDTH, height, parts, lang)


def _lines(begin: int, end: int, at: Callable[[int], float], height: int, lang: Lang) -> Iterable[str]:
    """Lines of time from top to bottom, with their hours."""
    step = next((tick for tick in _TICKS if (end - begin) / tick <= _MOST_TICKS), _TICKS[-1])
    for minute in range(-(-begin // step) * step, end + 1, step):
        x = at(minute)
        yield f'<path class="line" d="M{number(x)} {_TOP - 8} V{height - _FOOT + 4}"/>'
        whole = minute % _HOUR == 0
        shown = (
            text("document.hours", lang, hours=minute // _HOUR)
            if whole
            else text("document.minutes", lang, minutes=minute)
        )
        yield label(x, _TOP - 14, shown, "middle note")


def _bar(bar: Bar, y: float, places: list[float]) -> Iterable[str]:
    """``places`` are those of both starts, then of both ends."""
    if bar.gate and bar.start[1] == bar.end[1]:
        yield diamond(places[1], y + 10, 6)
        return
    names = "bar critical" if bar.critical else "bar"
    yield _piece(names, places[0], places[2], y + 3, 4)
    yield _piece(names, places[1], places[3], y + 10, 7)
    if bar.gate:
        yield diamond(places[1], y + 13, 5)


def _piece(names: str, start: float, end: float, y: float, height: int) -> str:
    width = number(max(end - start, 1.5))
    return f'<rect class="{names}" x="{number(start)}" y="{number(y)}" width="{width}" height="{height}"/>'

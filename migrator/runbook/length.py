"""How long something takes, as a sentence: the same form in warnings, comparisons and every document."""

from __future__ import annotations

from migrator.locale import Msg, msg

_LONG = 120  # minutes from which hours are easier to read


def length(minutes: tuple[int, int]) -> Msg:
    """``(20, 45)`` as "20–45 min"; hours from two hours on; ``(0, 0)`` as "none"."""
    low, high = minutes
    if high == 0:
        return msg("render.time.none")
    if low == high:
        return _span(high)
    if high < _LONG:
        return msg("render.time.minutes_range", low=low, high=high)
    return msg("render.time.range", low=_span(low), high=_span(high))


def _span(minutes: int) -> Msg:
    if minutes < _LONG:
        return msg("render.time.minutes", minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if rest == 0:
        return msg("render.time.hours", hours=hours)
    return msg("render.time.hours_minutes", hours=hours, minutes=rest)

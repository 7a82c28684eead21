"""Which answers and waivers still hold on a given day. The day comes from whoever calls: the core has no clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from migrator.checks.spec import Attestation, Waiver


def answers_as_of(answers: Iterable[Attestation], today: date) -> tuple[Attestation, ...]:
    """The answers, those whose ``valid_until`` lies before ``today`` marked as expired."""
    return tuple(replace(a, expired=_is_over(a.valid_until, today)) for a in answers)


def waivers_as_of(waivers: Iterable[Waiver], today: date) -> tuple[Waiver, ...]:
    """The waivers, those whose ``until`` lies before ``today`` marked as expired."""
    return tuple(replace(w, expired=_is_over(w.until, today)) for w in waivers)


def _is_over(last_day: str, today: date) -> bool:
    return bool(last_day) and date.fromisoformat(last_day) < today

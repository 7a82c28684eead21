"""Small phrases that every document writes the same way: durations, versions, subjects, sentences of findings."""

from __future__ import annotations

from migrator.checks.spec import CheckResult, Finding, Outcome, Unresolved
from migrator.locale import Lang, Msg, catalogue, say, text
from migrator.runbook.model import Runbook, Step
from migrator.snapshot.model import ObjectRef

_LONG = 120  # minutes from which hours are easier to read


def duration(minutes: tuple[int, int], lang: Lang) -> str:
    """``(20, 45)`` as "20–45 min"; hours from two hours on; ``(0, 0)`` as "none"."""
    low, high = minutes
    if high == 0:
        return text("render.time.none", lang)
    if low == high:
        return _span(high, lang)
    if high < _LONG:
        return text("render.time.minutes_range", lang, low=low, high=high)
    return text("render.time.range", lang, low=_span(low, lang), high=_span(high, lang))


def _span(minutes: int, lang: Lang) -> str:
    if minutes < _LONG:
        return text("render.time.minutes", lang, minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if rest == 0:
        return text("render.time.hours", lang, hours=hours)
    return text("render.time.hours_minutes", lang, hours=hours, minutes=rest)


def words(value: str | Msg, lang: Lang) -> str:
    """A table cell or sentence in ``lang``; plain text stays as it is."""
    return value if isinstance(value, str) else say(value, lang)


def subject(ref: ObjectRef, lang: Lang) -> str:
    """``Ingress book/web``; "the whole cluster" for a finding about no single object."""
    if ref.name:
        return str(ref)
    place = f" {ref.namespace}" if ref.namespace else ""
    return f"{ref.kind}{place}" if ref.kind else text("render.cluster_wide", lang)


def sentence(finding: Finding, lang: Lang) -> str:
    """What is wrong, in words."""
    return text(finding.message, lang, **finding.values)


def check_title(slug: str, lang: Lang) -> str:
    return text(f"check.{slug}.title", lang)


def question(result: CheckResult, lang: Lang) -> str:
    """What a person is asked; the title of the check where its facts are missing and nobody is asked."""
    key = f"check.{result.slug}.question"
    return text(key, lang) if key in catalogue() else check_title(result.slug, lang)


def unresolved(item: Unresolved, lang: Lang) -> str:
    return text("render.questions.unresolved", lang, subject=subject(item.subject, lang), reason=say(item.reason, lang))


def is_open(result: CheckResult) -> bool:
    """Whether something about the check is still to be settled by a person."""
    return result.unanswered or bool(result.unresolved) or result.outcome is Outcome.UNKNOWN


def all_steps(runbook: Runbook) -> list[Step]:
    """Every step in the order of the document."""
    return [step for phase in runbook.phases for step in phase.steps]

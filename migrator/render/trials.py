"""What checks of a person's own said when they were tried, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from migrator.checks.custom.judging import Trial
from migrator.checks.custom.problems import of_object
from migrator.locale import Lang, say, text
from migrator.render.escape import one_line
from migrator.render.jsondoc import dump
from migrator.render.text import Page
from migrator.snapshot.model import ObjectRef

_SHOWN = 50  # objects of each kind of answer, in words


def trials_text(trials: Sequence[Trial], lang: Lang, *, colour: bool = False) -> str:
    page = Page(lang, colour)
    page.heading(text("custom.try.title", lang))
    for tried in trials:
        title = tried.check.title.get(lang) or next(iter(tried.check.title.values()))
        page.lines.append(f"{tried.check.code} {one_line(title)}")
        page.lines.append(f"  {trial_sentence(trial_numbers(tried), lang)}")
        page.lines += [f"  - {one_line(str(ref))}" for ref in tried.found[:_SHOWN]]
        told = [(ref, problem_sentence(problem, lang)) for ref, problem in tried.problems[:_SHOWN]]
        page.lines += [f"  ? {one_line(f'{ref}: {problem}')}" for ref, problem in told]
    return page.finish()


def trial_sentence(numbers: Mapping[str, Any], lang: Lang) -> str:
    """``trial_numbers`` in words."""
    if numbers["beyond_limits"]:
        return text("custom.try.limit", lang)
    looked, found, errors = numbers["looked"], numbers["found"], numbers["problems"]
    return text("custom.try.counts", lang, looked=looked, fine=looked - found - errors, found=found, errors=errors)


def problem_sentence(problem: str, lang: Lang) -> str:
    """Why the expression could not tell of an object, in words, with those of the engine beside them."""
    return say(of_object(problem), lang)


def trial_numbers(tried: Trial) -> dict[str, int | bool]:
    return {
        "looked": tried.looked,
        "found": len(tried.found),
        "problems": len(tried.problems),
        "beyond_limits": tried.is_cut,
    }


def trials_json(trials: Sequence[Trial], lang: Lang) -> bytes:
    return dump({"trials": [trial_plain(tried) for tried in trials]})


def trial_plain(tried: Trial) -> dict[str, object]:
    """Plain values of one trial: numbers, and all objects that are not in order or could not be judged."""
    return {
        "check": tried.check.code,
        "slug": tried.check.slug,
        "looked": tried.looked,
        "found": [_plain(ref) for ref in tried.found],
        "problems": [{**_plain(ref), "problem": problem} for ref, problem in tried.problems],
        "beyond_limits": tried.is_cut,
    }


def _plain(ref: ObjectRef) -> dict[str, str]:
    fields: dict[str, str] = msgspec.to_builtins(ref)
    return {"namespace": "", **fields}

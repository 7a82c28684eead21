"""Phases and steps of a runbook in Markdown: what a person at the keyboard works through, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.checks.spec import Finding
from migrator.locale import text
from migrator.render.escape import cell, fence, prose
from migrator.render.markdown_parts import Refs, anchor, bullets, grid, quote, step_links, table
from migrator.render.words import check_title, duration, subjects
from migrator.runbook.model import Action, Phase, Step, StepKind

_NAMES_SHOWN = 6  # findings named in a step; the checklist names all


def phase(given: Phase, number: str, refs: Refs) -> list[str]:
    """One phase with all its steps."""
    lines = [f'<a id="{anchor(number)}"></a>', "", f"## {number} {refs.say(given.title)}", ""]
    if not given.steps:
        return [*lines, refs.word("render.steps.none"), ""]
    total, outage = spans(given.steps)
    key = "render.phase.facts_with_outage" if outage[1] else "render.phase.facts"
    shown = {"duration": duration(total, refs.lang), "outage": duration(outage, refs.lang)}
    lines += [refs.word(key, steps=len(given.steps), **shown), ""]
    for step in given.steps:
        lines += one_step(step, refs)
    return lines


def spans(steps: Sequence[Step]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Shortest and longest duration of the steps one after the other, and of those that interrupt."""
    stopping = [s for s in steps if s.interrupts]
    return (
        (sum(s.minutes[0] for s in steps), sum(s.minutes[1] for s in steps)),
        (sum(s.minutes[0] for s in stopping), sum(s.minutes[1] for s in stopping)),
    )


def one_step(step: Step, refs: Refs) -> list[str]:
    lines = [
        f'<a id="{anchor(step.number)}"></a>',
        "",
        f"### {step.number} {refs.say(step.title)}{_marks(step, refs)}",
        "",
    ]
    lines += _fields(step, refs)
    lines += _labelled("render.step.why", refs.say(step.why), refs)
    lines += _dangers(step, refs)
    lines += _answers(step, refs)
    lines += _actions("render.step.actions", step.actions, refs)
    lines += _labelled("render.step.expected", refs.say(step.expected), refs)
    lines += _actions("render.step.verify", step.verify, refs)
    lines += _way_back(step, refs)
    if step.tables:  # last, since every sentence of a step may speak of "the table below"
        lines += [f"**{refs.word('render.step.table')}**", ""]
    for given in step.tables:
        lines += table(given, refs)
    record = "render.step.gate_record" if step.kind is StepKind.GATE else "render.step.record"
    return [*lines, text(record, refs.lang), "", "---", ""]


def _marks(step: Step, refs: Refs) -> str:
    keys = [
        ("render.step.mark_gate", step.kind is StepKind.GATE),
        ("render.step.mark_outage", step.interrupts),
        ("render.step.mark_destructive", step.destructive),
        ("render.step.mark_no_return", step.point_of_no_return),
    ]
    marks = [refs.word(key) for key, holds in keys if holds]
    return f" {' '.join(marks)}" if marks else ""


def _fields(step: Step, refs: Refs) -> list[str]:
    names = ("who", "kind", "duration", "interrupts", "after")
    row = (
        refs.word(f"role.{step.role.value}"),
        refs.word(f"render.kind.{step.kind.value}"),
        cell(duration(step.minutes, refs.lang)),
        refs.word("render.step.yes" if step.interrupts else "render.step.no"),
        step_links((refs.steps[key] for key in step.after), refs),
    )
    return grid([refs.word(f"render.step.{name}") for name in names], [row])


def _dangers(step: Step, refs: Refs) -> list[str]:
    lines: list[str] = []
    if step.point_of_no_return:
        lines += quote(refs.word("render.step.mark_no_return"), refs.word("render.step.no_return"))
    if step.destructive:
        lines += quote(refs.word("render.step.mark_destructive"), refs.word("render.step.destructive"))
    if step.outage is not None:
        lines += quote(refs.word("render.step.outage"), refs.say(step.outage))
    label, warnings = refs.word("render.step.warning"), [refs.say(warning) for warning in step.warnings]
    if len(warnings) == 1:
        lines += quote(label, warnings[0])
    elif warnings:
        lines += [f"> **{label}**", ">", *(f"> - {warning}" for warning in warnings), ""]
    return lines


def _answers(step: Step, refs: Refs) -> list[str]:
    by_check: dict[str, list[Finding]] = {}
    for key in step.answers:
        if (finding := refs.findings.get(key)) is not None:
            by_check.setdefault(finding.check, []).append(finding)
    if not by_check:
        return []
    lines = [
        refs.word(
            "render.step.answer",
            check=code,
            title=check_title(refs.slugs[code], refs.lang),
            names=_some(subjects(findings, refs.lang, records=True), refs),
        )
        for code, findings in by_check.items()
    ]
    return [f"**{refs.word('render.step.answers')}**", "", *bullets(lines)]


def _some(names: list[str], refs: Refs) -> list[str]:
    if len(names) <= _NAMES_SHOWN:
        return names
    return [*names[:_NAMES_SHOWN], text("render.step.and_more", refs.lang, count=len(names))]


def _actions(key: str, actions: Sequence[Action], refs: Refs) -> list[str]:
    lines: list[str] = []
    label = refs.word(key)
    for number, action in enumerate(actions, 1):
        count = f" {number}" if len(actions) > 1 else ""
        where = refs.word(f"where.{action.where.value}")
        told = f" {refs.say(action.text)}" if action.text is not None else ""
        lines += [f"**{label}{count}** · {where}{'：' if refs.lang == 'zh' else ':'}{told}", ""]
        if action.command:
            lines += [*fence(action.command, "bash"), ""]
        if action.manifest and action.manifest not in action.command:
            lines += [refs.word("render.step.manifest"), "", *fence(action.manifest, "yaml"), ""]
    return lines


def _way_back(step: Step, refs: Refs) -> list[str]:
    if step.rollback:
        return _actions("render.step.rollback", step.rollback, refs)
    if step.no_rollback_reason is None:
        return []
    return _labelled("render.step.no_rollback", refs.say(step.no_rollback_reason), refs)


def _labelled(key: str, content: str, refs: Refs) -> list[str]:
    return [f"**{prose(text(key, refs.lang))}** {content}", ""]

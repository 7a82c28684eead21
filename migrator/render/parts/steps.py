"""Phases and steps: what a person at the keyboard works through, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.checks.spec import Finding
from migrator.locale import text
from migrator.render.document import (
    Badge,
    Block,
    Callout,
    Field,
    Form,
    Heading,
    Line,
    Mark,
    Paragraph,
    Rule,
    SignOff,
    Tone,
    code,
    code_block,
    grid,
    heading,
    line,
    listing,
    paragraph,
    plain,
    said,
    strong,
)
from migrator.render.parts.refs import Refs, anchor, labelled, step_links, table
from migrator.render.scripts import Part, Script, Unit, units
from migrator.render.words import check_title, duration, subjects
from migrator.runbook.model import Origin, Phase, Step, StepKind

_NAMES_SHOWN = 6  # findings named in a step; the checklist names all
_RANGES_SHOWN, _RANGES_BRIEF = 12, 3  # of steps that go on at the same time
_DONE = (("box", "done"), ("blank", "by"), ("blank", "started"), ("blank", "ended"))
_DECIDED = (("box", "go"), ("box", "no_go"), ("blank", "signature"), ("blank", "date"), ("blank", "remarks"))


def phase(given: Phase, number: str, refs: Refs) -> list[Block]:
    """One phase with all its steps."""
    blocks: list[Block] = [heading(1, refs.say(given.title), number, anchor(number))]
    if not given.steps:
        return [*blocks, paragraph(refs.word("render.steps.none"))]
    total, outage = refs.phases[given.key]
    key = "render.phase.facts_with_outage" if outage[1] else "render.phase.facts"
    shown = {"duration": duration(total, refs.lang), "outage": duration(outage, refs.lang)}
    blocks.append(paragraph(refs.word(key, steps=len(given.steps), **shown)))
    for step in given.steps:
        blocks += one_step(step, refs)
    return blocks


def one_step(step: Step, refs: Refs) -> list[Block]:
    if step.excluded:
        return _excluded(step, refs)
    blocks: list[Block] = [_heading(step, refs), _fields(step, refs)]
    blocks.append(labelled(refs.word("render.step.why"), refs.say(step.why)))
    blocks += _dangers(step, refs)
    blocks += _answers(step, refs)
    blocks += _actions("render.step.actions", step, "do", refs)
    blocks += _files(step, refs)
    blocks.append(labelled(refs.word("render.step.expected"), refs.say(step.expected)))
    blocks += _actions("render.step.verify", step, "check", refs)
    blocks += _way_back(step, refs)
    if step.tables:  # last, since every sentence of a step may speak of "the table below"
        blocks.append(paragraph(strong(refs.word("render.step.table"))))
    for given in step.tables:
        told = refs.word(
            "document.cut_of_step", count=len(given.rows), sheet=refs.sheets.get("tables", ""), number=step.number
        )
        blocks.append(table(given, refs, told))
    return [*blocks, *_record(step, refs), Rule()]


def _excluded(step: Step, refs: Refs) -> list[Block]:
    """A step that a person has taken out: its title and the reason, nothing that could be carried out by mistake."""
    reason = Callout("note", refs.word("document.excluded"), (line(step.excluded),))
    why = labelled(refs.word("render.step.why"), refs.say(step.why))
    return [_heading(step, refs, struck=True), reason, why, Rule()]


def _heading(step: Step, refs: Refs, *, struck: bool = False) -> Heading:
    marks: list[tuple[Badge, str, bool]] = [
        ("excluded", "document.mark_excluded", struck),
        ("gate", "render.step.mark_gate", step.kind is StepKind.GATE),
        ("outage", "render.step.mark_outage", step.interrupts),
        ("destructive", "render.step.mark_destructive", step.destructive),
        ("no_return", "render.step.mark_no_return", step.point_of_no_return),
        ("edited", f"origin.{step.origin.value}", step.origin is Origin.EDITED),
        ("own", f"origin.{step.origin.value}", step.origin is Origin.OWN),
    ]
    plain = heading(2, refs.say(step.title), step.number, anchor(step.number))
    shown = tuple(Mark(badge, refs.word(key)) for badge, key, holds in marks if holds)
    return Heading(plain.level, plain.text, plain.number, plain.anchor, shown, struck)


def _fields(step: Step, refs: Refs) -> Block:
    fields: list[tuple[str, Line]] = [
        ("render.step.who", line(refs.word(f"role.{step.role.value}"))),
        ("render.step.kind", line(refs.word(f"render.kind.{step.kind.value}"))),
        ("render.step.duration", line(duration(step.minutes, refs.lang))),
        ("render.step.interrupts", line(refs.word("render.step.yes" if step.interrupts else "render.step.no"))),
        ("render.step.after", step_links((refs.steps[key] for key in step.after if key in refs.steps), refs)),
    ]
    if (slot := refs.slots.get(step.key)) is not None:
        begins = duration(slot.start, refs.lang) if slot.start[1] else refs.word("document.at_once")
        fields.insert(3, ("document.step.begins", line(begins)))
        most = _RANGES_BRIEF if refs.brief else _RANGES_SHOWN
        fields.append(("document.step.beside", step_links(refs.beside.get(step.key, ()), refs, most)))
    if refs.brief:  # in a line, and without links, which take longer to set than all the rest of the steps
        named = [(strong(refs.word(name)), plain(f" {said(content)}　")) for name, content in fields]
        return Paragraph(tuple(part for pair in named for part in pair))
    return grid([refs.word(name) for name, _ in fields], [[content for _, content in fields]])


def _dangers(step: Step, refs: Refs) -> list[Block]:
    blocks: list[Block] = []

    def box(tone: Tone, label: str, *lines: str) -> None:
        blocks.append(Callout(tone, refs.word(label), tuple(line(said) for said in lines)))

    if step.point_of_no_return:
        box("danger", "render.step.mark_no_return", refs.word("render.step.no_return"))
    if step.destructive:
        told = "render.step.destructive_here" if refs.one_cluster else "render.step.destructive"
        box("danger", "render.step.mark_destructive", refs.word(told))
    if step.outage is not None:
        box("outage", "render.step.outage", refs.say(step.outage))
    if step.warnings:
        box("warning", "render.step.warning", *(refs.say(warning) for warning in step.warnings))
    return blocks


def _answers(step: Step, refs: Refs) -> list[Block]:
    by_check: dict[str, list[Finding]] = {}
    for key in step.answers:
        if (finding := refs.findings.get(key)) is not None:
            by_check.setdefault(finding.check, []).append(finding)
    if not by_check:
        return []
    lines = [
        line(
            refs.word(
                "render.step.answer",
                check=check,
                title=check_title(refs.slugs[check], refs.lang),
                names=some(subjects(findings, refs.lang, records=True), refs),
            )
        )
        for check, findings in by_check.items()
    ]
    return [paragraph(strong(refs.word("render.step.answers"))), *listing(lines)]


def some(names: list[str], refs: Refs) -> list[str]:
    """The first of many names, and how many there are in all."""
    if len(names) <= _NAMES_SHOWN:
        return names
    return [*names[:_NAMES_SHOWN], text("render.step.and_more", refs.lang, count=len(names))]


def _actions(key: str, step: Step, part: Part, refs: Refs) -> list[Block]:
    blocks: list[Block] = []
    given = units(step, part, refs.measure)
    count = sum(len(unit.actions) for unit in given)
    shown = given[: refs.most_actions] if refs.most_actions else given
    for unit in shown:
        last = unit.number + len(unit.actions) - 1
        numbers = f" {unit.number}–{last}" if last > unit.number else f" {unit.number}" if count > 1 else ""
        blocks += _unit(refs.word(key) + numbers, unit, refs)
    if len(shown) < len(given):
        told = refs.word("document.cut_actions", count=count, shown=sum(len(unit.actions) for unit in shown))
        blocks.append(Callout("warning", refs.word("render.step.warning"), (line(told),)))
    return blocks


def _unit(label: str, unit: Unit, refs: Refs) -> list[Block]:
    action = unit.actions[0]
    colon = "：" if refs.lang == "zh" else ":"
    told = f" {refs.say(action.text)}" if action.text is not None else ""
    where = refs.word(f"where.{action.where.value}")
    blocks: list[Block] = [paragraph(strong(label), f" · {where}{colon}{told}")]
    if unit.script is not None:
        blocks += _script(unit.script, refs)
    elif action.command:
        blocks.append(code_block(action.command, "bash"))
    if action.manifest and action.manifest not in action.command:
        blocks += [paragraph(refs.word("render.step.manifest")), code_block(action.manifest, "yaml")]
    return blocks


def _script(script: Script, refs: Refs) -> list[Block]:
    """How a script is called, what it is, and its first lines; all of it where nothing else is at hand."""
    told = paragraph(script_sentence(script, refs))
    if refs.whole_commands:
        return [told, code_block("\n\n".join(script.commands), "bash")]
    return [code_block(script.call, "bash"), told, code_block(script.beginning, "bash")]


def script_sentence(script: Script, refs: Refs) -> str:
    """How much a script holds, where it is and how it is known."""
    several = len(script.commands) > 1
    said = refs.word(
        "document.script_of_many" if several else "document.script",
        path=script.path,
        count=script.lines,
        commands=len(script.commands),
        digest=script.digest,
    )
    return said if script.beside else f"{refs.word('document.script_copied')} {said}"


def _files(step: Step, refs: Refs) -> list[Block]:
    if not step.files:
        return []
    return [paragraph(strong(refs.word("document.step.files"))), *listing((code(path),) for path in step.files)]


def _way_back(step: Step, refs: Refs) -> list[Block]:
    if step.rollback:
        return _actions("render.step.rollback", step, "back", refs)
    if step.no_rollback_reason is None:
        return []
    return [labelled(refs.word("render.step.no_rollback"), refs.say(step.no_rollback_reason))]


def _record(step: Step, refs: Refs) -> list[Block]:
    """Where it is written down by hand that a step was done, or who lets the work go on."""
    if step.kind is not StepKind.GATE:
        return [_form(_DONE, refs)]
    if not step.signs:
        return [_form(_DECIDED, refs)]
    names = ("role", "decision", "signature", "date", "remarks")
    choice = f"☐ {refs.word('document.form.go')}　☐ {refs.word('document.form.no_go')}"
    rows = tuple((refs.word(f"role.{role.value}"), choice, "", "", "") for role in step.signs)
    return [SignOff(tuple(refs.word(f"document.form.{name}") for name in names), rows)]


def _form(fields: Sequence[tuple[str, str]], refs: Refs) -> Form:
    made = [Field("box" if kind == "box" else "blank", refs.word(f"document.form.{name}")) for kind, name in fields]
    return Form(tuple(made))

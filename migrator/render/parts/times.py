"""When what happens, what waits for what, and how long each business stands still."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.render.document import (
    Block,
    Code,
    Line,
    Picture,
    grid,
    heading,
    line,
    link,
    paragraph,
    strong,
)
from migrator.render.parts.refs import Refs, anchor, cell, step_links
from migrator.render.pictures.gantt import Bar, gantt
from migrator.render.pictures.order import order, waits
from migrator.render.words import duration, listed, subject
from migrator.runbook.model import Outage, Phase, Runbook, Step, StepKind
from migrator.runbook.ordering import phase_numbers

_FEW = 40  # steps that one chart shows one by one
_NAMES_SHOWN = 12  # of the workloads of one outage


def times(runbook: Runbook, refs: Refs) -> list[Block]:
    """The chapter on time: charts, order, outages."""
    numbered = list(zip(phase_numbers(runbook.phases), runbook.phases, strict=True))
    blocks: list[Block] = [heading(1, refs.word("document.times"), anchor="c-times")]
    if refs.slots:
        blocks.append(paragraph(refs.word("document.times.intro", duration=duration(runbook.minutes, refs.lang))))
        blocks += _charts(numbered, refs)
    blocks += _outages(runbook, refs)
    if any(phase.steps for phase in runbook.phases):
        blocks += [heading(2, refs.word("document.picture.order")), _order(numbered, refs)]
    return blocks


def _charts(numbered: Sequence[tuple[str, Phase]], refs: Refs) -> list[Block]:
    """One chart of all steps where they are few; otherwise one of the phases, and one of each phase with an outage."""
    timed = [(number, phase, [s for s in phase.steps if s.key in refs.slots]) for number, phase in numbered]
    steps = [step for _, _, steps in timed for step in steps]
    title = refs.word("document.picture.gantt")
    if len(steps) <= _FEW:
        return [_chart("gantt", title, [_step_bar(s, refs) for s in steps], timed, refs)]
    blocks: list[Block] = []
    bars = [_phase_bar(number, phase, steps, refs) for number, phase, steps in timed if steps]
    blocks.append(_chart("gantt", title, bars, timed, refs))
    for number, _, steps in timed:
        if any(step.interrupts for step in steps) and len(steps) <= _FEW:
            caption = refs.word("document.picture.gantt_phase", number=number)
            drawn = gantt(caption, [_step_bar(s, refs) for s in steps], refs.lang)
            blocks.append(Picture(f"gantt-{number}", drawn.svg, drawn.width, drawn.height, caption))
    return blocks


def _chart(
    name: str, title: str, bars: list[Bar], timed: Sequence[tuple[str, Phase, list[Step]]], refs: Refs
) -> Picture:
    """The chart with the times of the phases in words."""
    drawn = gantt(title, bars, refs.lang)
    columns = [refs.word(f"document.times.{column}") for column in ("phase", "begins", "ends")]
    rows = []
    for number, phase, steps in timed:
        if steps:
            slots = [refs.slots[s.key] for s in steps]
            start = min(s.start[0] for s in slots), min(s.start[1] for s in slots)
            end = max(s.end[0] for s in slots), max(s.end[1] for s in slots)
            begins = duration(start, refs.lang) if start[1] else refs.word("document.at_once")
            title_line = line(link(number, anchor(number)), f" {refs.say(phase.title)}")
            rows.append((title_line, line(begins), line(duration(end, refs.lang))))
    return Picture(name, drawn.svg, drawn.width, drawn.height, title, (grid(columns, rows),))


def _step_bar(step: Step, refs: Refs) -> Bar:
    slot = refs.slots[step.key]
    stopped = ((slot.start[1], slot.end[1]),) if step.interrupts else ()
    return Bar(
        name=f"{step.number} {refs.say(step.title)}",
        start=slot.start,
        end=slot.end,
        critical=slot.critical,
        gate=step.kind is StepKind.GATE,
        outages=stopped,
    )


def _phase_bar(number: str, phase: Phase, steps: list[Step], refs: Refs) -> Bar:
    slots = [refs.slots[step.key] for step in steps]
    return Bar(
        name=f"{number} {refs.say(phase.title)}",
        start=(min(s.start[0] for s in slots), min(s.start[1] for s in slots)),
        end=(max(s.end[0] for s in slots), max(s.end[1] for s in slots)),
        critical=any(s.critical for s in slots),
        outages=_merged([(s.start[1], s.end[1]) for s, step in zip(slots, steps, strict=True) if step.interrupts]),
    )


def _merged(times_: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans of time that touch or overlap drawn together."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(times_):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _order(numbered: Sequence[tuple[str, Phase]], refs: Refs) -> Picture:
    title = refs.word("document.picture.order")
    drawn = order(title, numbered, refs.lang)
    return Picture("order", drawn.svg, drawn.width, drawn.height, title, _flowchart(numbered))


def _flowchart(numbered: Sequence[tuple[str, Phase]]) -> tuple[Code, ...]:
    """The order as source of Mermaid, which many viewers of Markdown draw; numbers only, no names, and where there are
    many steps their phases only."""
    steps = [step for _, phase in numbered for step in phase.steps]
    if len(steps) > _FEW:
        return (_flowchart_of_phases(numbered),)
    nodes = {step.key: "s" + step.number.replace(".", "_") for step in steps}
    lines = ["flowchart LR"]
    for number, phase in numbered:
        if phase.steps:
            inside = (f"    {nodes[s.key]}{_box(s)}" for s in phase.steps)
            lines += [f'  subgraph p{number}["{number}"]', *inside, "  end"]
    for key, before in waits(steps).items():
        lines += [f"  {nodes[other]} --> {nodes[key]}" for other in before]
    return (Code("\n".join(lines), "mermaid"),)


def _flowchart_of_phases(numbered: Sequence[tuple[str, Phase]]) -> Code:
    """Which phases have steps that wait for those of which others."""
    phase_of = {step.key: number for number, phase in numbered for step in phase.steps}
    waiting = {
        (phase_of[key], number): None
        for number, phase in numbered
        for step in phase.steps
        for key in step.after
        if phase_of.get(key, number) != number
    }
    lines = [f'  p{number}["{number}"]' for number, phase in numbered if phase.steps]
    lines += [f"  p{first} --> p{then}" for first, then in waiting]
    return Code("\n".join(["flowchart LR", *lines]), "mermaid")


def _box(step: Step) -> str:
    left, right = ("{{", "}}") if step.kind is StepKind.GATE else ("[", "]")
    return f'{left}"{step.number}"{right}'


def _outages(runbook: Runbook, refs: Refs) -> list[Block]:
    blocks: list[Block] = [heading(2, refs.word("document.outages"), anchor="c-outages")]
    if not runbook.outages:
        return [] if runbook.outage_minutes[1] else [*blocks, paragraph(refs.word("document.outages.none"))]
    columns = [refs.word(f"document.outage.{name}") for name in ("business", "objects", "steps", "minutes")]
    rows: list[tuple[Line, ...]] = [_outage(outage, refs) for outage in runbook.outages]
    total = strong(duration(runbook.outage_minutes, refs.lang))
    rows.append(((strong(refs.word("document.outage.all")),), cell(""), cell(""), (total,)))
    told = refs.word("document.cut", count=len(runbook.outages), sheet=refs.sheets["outages"])
    return [*blocks, grid(columns, rows, elsewhere=told)]


def _outage(given: Outage, refs: Refs) -> tuple[Line, ...]:
    names = [subject(ref, refs.lang) for ref in given.subjects]
    if len(names) > _NAMES_SHOWN:
        names = [*names[:_NAMES_SHOWN], refs.word("render.step.and_more", count=len(names))]
    return (
        cell(given.business or refs.word("document.outage.whole")),
        cell(listed(names, refs.lang)),
        step_links((refs.steps[key] for key in given.steps if key in refs.steps), refs),
        line(duration(given.minutes, refs.lang)),
    )

"""What the parts of one runbook refer to in each other: steps, findings, times; and tables in their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from migrator.checks.spec import Finding
from migrator.locale import Lang, Msg, joint, text
from migrator.render.document import Block, Grid, Line, Paragraph, Span, grid, line, link, paragraph, plain
from migrator.render.scripts import Measure, measure_of
from migrator.render.sheetnames import sheet_names
from migrator.render.words import all_steps, words
from migrator.runbook.model import Runbook, Slot, Step, Table
from migrator.runbook.one_cluster import ONE_CLUSTER
from migrator.runbook.schedule import times_of_phases

GAP = "—"  # what stands in an empty cell


class Refs(msgspec.Struct, frozen=True):
    """What the parts of one runbook refer to in each other."""

    lang: Lang
    steps: dict[str, Step]  # by key
    positions: dict[str, int]  # of a step in the document, by key
    findings: dict[str, Finding]  # by key
    answered_by: dict[str, list[Step]]  # steps by the key of the finding they answer
    slugs: dict[str, str]  # slug of a check by its code
    slots: dict[str, Slot]  # by key of the step
    phases: dict[str, tuple[tuple[int, int], tuple[int, int]]]  # minutes of work and of outage by key of the phase
    beside: dict[str, list[Step]]  # steps that may go on at the same time, by key
    sheets: dict[str, str]  # names of the workbook's sheets, see ``sheet_names``
    one_cluster: bool  # whether the runbook stays on one cluster
    measure: Measure  # of commands
    most_actions: int  # of one step that are written out; 0: all
    brief: bool  # whether steps are so many that each takes as little room as it can
    whole_commands: bool  # also those that stand in scripts

    @classmethod
    def of(
        cls,
        runbook: Runbook,
        lang: Lang,
        *,
        most_actions: int = 0,
        brief: bool = False,
        whole_commands: bool = False,
    ) -> Refs:
        steps = all_steps(runbook)
        answered: dict[str, list[Step]] = defaultdict(list)
        for step in steps:
            for key in step.answers:
                answered[key].append(step)
        by_key = {s.key: s for s in steps}
        return cls(
            lang=lang,
            steps=by_key,
            positions={s.key: i for i, s in enumerate(steps)},
            findings={f.key: f for r in runbook.results for f in r.findings},
            answered_by=dict(answered),
            slugs={r.check: r.slug for r in runbook.results},
            slots={slot.key: slot for slot in runbook.schedule},
            phases=times_of_phases(runbook),
            beside=_beside(runbook.schedule, by_key),
            sheets=sheet_names(runbook, lang),
            one_cluster=runbook.playbook in ONE_CLUSTER,
            measure=measure_of(runbook),
            most_actions=most_actions,
            brief=brief,
            whole_commands=whole_commands,
        )

    def word(self, key: str, **values: object) -> str:
        """The sentence of ``key``."""
        return text(key, self.lang, **values)

    def say(self, message: str | Msg) -> str:
        """A message or plain text."""
        return words(message, self.lang)


def _beside(schedule: Iterable[Slot], steps: dict[str, Step]) -> dict[str, list[Step]]:
    """The steps whose times overlap if every step takes as long as it may: none of them waits for another."""
    beside: dict[str, list[Step]] = defaultdict(list)
    running: list[Slot] = []
    timed = (slot for slot in schedule if slot.key in steps and slot.start[1] < slot.end[1])
    for slot in sorted(timed, key=lambda s: s.start[1]):
        running = [other for other in running if other.end[1] > slot.start[1]]
        for other in running:
            beside[slot.key].append(steps[other.key])
            beside[other.key].append(steps[slot.key])
        running.append(slot)
    return dict(beside)


def anchor(number: str) -> str:
    """Where a link to the phase or step with this number leads."""
    return "s" + number.replace(".", "-")


def step_link(step: Step) -> Span:
    return link(step.number, anchor(step.number))


def step_links(steps: Iterable[Step], refs: Refs, most: int = 0) -> Line:
    """Links to steps in document order; neighbours are drawn together ("3.1–3.4"), a dash where there are none.

    ``most`` limits the ranges written out; an ellipsis stands for the rest.
    """
    ordered = sorted(steps, key=lambda s: refs.positions[s.key])
    runs: list[list[Step]] = []
    for step in ordered:
        if runs and _follows(runs[-1][-1], step, refs):
            runs[-1].append(step)
        else:
            runs.append([step])
    shown = [part for run in (runs[:most] if most else runs) for part in _run(run)]
    if most and len(runs) > most:
        shown.append(line("…"))
    return joined(shown, refs.lang) or line(GAP)


def _follows(step: Step, following: Step, refs: Refs) -> bool:
    return step.phase == following.phase and refs.positions[step.key] + 1 == refs.positions[following.key]


def _run(steps: list[Step]) -> list[Line]:
    if len(steps) > 2:
        return [(step_link(steps[0]), plain("–"), step_link(steps[-1]))]
    return [(step_link(step),) for step in steps]


def joined(parts: Sequence[Line], lang: Lang) -> Line:
    """Lines one after the other, in the way of the language."""
    spans: list[Span] = []
    for part in parts:
        spans += [plain(joint(lang)), *part] if spans else part
    return tuple(spans)


def cell(value: str) -> Line:
    """A cell of plain text; an empty one shows a dash."""
    return line(value.strip() or GAP)


def labelled(label: str, content: str) -> Paragraph:
    """A bold label and what it says."""
    return paragraph(Span(label, strong=True), " ", content)


def table(given: Table, refs: Refs, elsewhere: str) -> Block:
    """A table of the runbook; columns of figures stand to the right. ``elsewhere`` tells where all its rows stand."""
    if not given.rows:
        return paragraph(refs.word("render.nothing"))
    rows = [tuple(refs.say(value).strip() for value in row) for row in given.rows]
    right = [i for i in range(len(given.columns)) if _figures([row[i] for row in rows])]
    cells = [[cell(value) for value in row] for row in rows]
    return grid([refs.word(column) for column in given.columns], cells, right=right, elsewhere=elsewhere)


def findings_grid(columns: Sequence[str], rows: Sequence[Sequence[Line]], refs: Refs) -> Grid:
    """A table of findings, which the workbook has one by one."""
    told = refs.word("document.cut_findings", sheet=refs.sheets["findings"])
    return grid(columns, rows, elsewhere=told)


def _figures(cells: list[str]) -> bool:
    """Whether a column holds numbers and nothing else but gaps."""
    filled = [value for value in cells if value not in ("", GAP)]
    return bool(filled) and all(value.isdigit() for value in filled)

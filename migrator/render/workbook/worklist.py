"""The sheets to work from: steps, gates, outages, findings, and the tables that belong to steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, repeat

from migrator.checks.spec import CheckResult, Finding
from migrator.checks.waivers import WaiverState
from migrator.render import scripts
from migrator.render.document import said
from migrator.render.parts.refs import Refs, step_links
from migrator.render.parts.steps import script_sentence, some
from migrator.render.words import all_steps, check_title, listed, sentence, subject
from migrator.render.workbook.sheet import Book, Cell, Column, Part, Row, Sheet, Tint
from migrator.runbook.model import Phase, Runbook, Step, StepKind

STATES = ("open", "running", "done", "failed", "skipped")
_TABLE_WIDTHS = (34, 28, 24, 24, 24, 24)


def columns_of(refs: Refs, *given: tuple[str, int] | tuple[str, int, str]) -> list[Column]:
    """Columns by key and width; "fill", "day", "code" or the key of choices may follow."""
    return [_column(refs, *one) for one in given]


def _column(refs: Refs, key: str, width: int, kind: str = "") -> Column:
    heading = refs.word(f"workbook.column.{key}")
    choices = tuple(refs.word(f"workbook.{kind}.{value}") for value in _CHOICES.get(kind, ()))
    fill = kind in ("fill", "day", *_CHOICES)
    return Column(heading, width, fill=fill, choices=choices, code=kind == "code", day=kind == "day")


_CHOICES = {"status": STATES, "decision": ("go", "no_go"), "handled": ("yes", "no")}


def add_steps(book: Book, runbook: Runbook, refs: Refs) -> str:
    """All steps, one in a row, with cells for state, person and time."""
    columns = columns_of(
        refs,
        ("number", 7),
        ("status", 11, "status"),
        ("title", 34),
        ("who", 14),
        ("kind", 10),
        ("where", 14),
        ("do", 56, "code"),
        ("expected", 32),
        ("verify", 44, "code"),
        ("back", 44, "code"),
        ("warnings", 32),
        ("outage", 24),
        ("shortest", 9),
        ("longest", 9),
        ("begins", 9),
        ("ends", 9),
        ("after", 12),
        ("findings", 30),
        ("files", 30, "code"),
        ("why", 36),
        ("phase", 20),
        ("by", 12, "fill"),
        ("started", 15, "day"),
        ("ended", 15, "day"),
        ("remarks", 28, "fill"),
    )
    rows = (_step(step, phase, refs) for phase in runbook.phases for step in phase.steps)
    return Sheet(book, refs.sheets["steps"]).table(columns, rows, keep=3)


def _step(step: Step, phase: Phase, refs: Refs) -> Row:
    slot = refs.slots.get(step.key)
    cells: list[Cell] = [
        step.number,
        refs.word(f"workbook.status.{'skipped' if step.excluded else 'open'}"),
        refs.say(step.title),
        refs.word(f"role.{step.role.value}"),
        refs.word(f"render.kind.{step.kind.value}"),
        listed(list(dict.fromkeys(refs.word(f"where.{a.where.value}") for a in step.actions)), refs.lang),
        "" if step.excluded else _actions(step, "do", refs),
        refs.say(step.expected),
        "" if step.excluded else _actions(step, "check", refs),
        _way_back(step, refs),
        "\n".join(refs.say(warning) for warning in step.warnings),
        refs.say(step.outage) if step.outage is not None else "",
        *step.minutes,
        *((slot.start[0], slot.end[1]) if slot else (None, None)),
        numbers((refs.steps[key] for key in step.after if key in refs.steps), refs),
        _answered(step, refs),
        "\n".join(step.files),
        refs.say(step.why),
        refs.say(phase.title),
        "",
        "",
        "",
        step.excluded,
    ]
    return Row(cells, _tint(step))


def _tint(step: Step) -> Tint:
    if step.excluded:
        return "excluded"
    if step.destructive or step.point_of_no_return:
        return "danger"
    if step.interrupts:
        return "outage"
    return "gate" if step.kind is StepKind.GATE else ""


def _actions(step: Step, part: scripts.Part, refs: Refs) -> str:
    """Commands and words one below the other; a comment line says where each is done if that changes."""
    given = scripts.units(step, part, refs.measure)
    several = len({unit.actions[0].where for unit in given}) > 1
    lines: list[str] = []
    for unit in given:
        action = unit.actions[0]
        if several:
            lines.append(f"# {refs.word(f'where.{action.where.value}')}")
        if action.text is not None:
            lines.append(refs.say(action.text))
        if unit.script is not None:
            lines += [unit.script.call, f"# {script_sentence(unit.script, refs)}", unit.script.beginning, "…"]
        elif action.command:
            lines.append(action.command.rstrip("\n"))
        if action.manifest and action.manifest not in action.command:
            lines += [f"# {refs.word('render.step.manifest')}", action.manifest.rstrip("\n")]
    return "\n".join(lines)


def _way_back(step: Step, refs: Refs) -> str:
    if step.excluded:
        return ""
    if step.rollback:
        return _actions(step, "back", refs)
    return refs.say(step.no_rollback_reason) if step.no_rollback_reason is not None else ""


def _answered(step: Step, refs: Refs) -> str:
    """Checks and the first objects of each; the sheet of findings has all, by step."""
    by_check: dict[str, dict[str, None]] = defaultdict(dict)
    for key in step.answers:
        if (finding := refs.findings.get(key)) is not None:
            by_check[finding.check][subject(finding.subject, refs.lang)] = None
    return "\n".join(f"{check} {listed(some(list(names), refs), refs.lang)}" for check, names in by_check.items())


def numbers(steps: Iterator[Step] | Sequence[Step], refs: Refs) -> str:
    """``3.1–3.4, 4.2``; nothing for no steps."""
    given = list(steps)
    return said(step_links(given, refs)) if given else ""


def add_gates(book: Book, runbook: Runbook, refs: Refs) -> str:
    """A row for each person who signs a gate; nothing where there are no gates."""
    gates = [s for s in all_steps(runbook) if s.kind is StepKind.GATE and not s.excluded]
    if not gates:
        return ""
    waiting: dict[str, list[Step]] = defaultdict(list)
    for step in all_steps(runbook):
        for key in step.after:
            waiting[key].append(step)
    columns = columns_of(
        refs,
        ("number", 7),
        ("title", 40),
        ("role", 18),
        ("expected", 44),
        ("opens", 20),
        ("decision", 12, "decision"),
        ("name", 14, "fill"),
        ("signature", 18, "fill"),
        ("date", 15, "day"),
        ("remarks", 30, "fill"),
    )
    rows = (
        Row(
            (
                gate.number,
                refs.say(gate.title),
                refs.word(f"role.{role.value}"),
                refs.say(gate.expected),
                numbers(waiting[gate.key], refs),
                *[""] * 5,
            ),
            "gate",
        )
        for gate in gates
        for role in gate.signs or (gate.role,)
    )
    return Sheet(book, refs.sheets["gates"]).table(columns, rows, keep=2)


def add_outages(book: Book, runbook: Runbook, refs: Refs) -> str:
    """How long each business stands still, with cells for what was agreed and what it came to."""
    if not runbook.outages:
        return ""
    columns = columns_of(
        refs,
        ("business", 30),
        ("objects", 44),
        ("steps", 20),
        ("shortest", 9),
        ("longest", 9),
        ("announced", 16, "day"),
        ("agreed", 18, "fill"),
        ("started", 15, "day"),
        ("ended", 15, "day"),
        ("remarks", 28, "fill"),
    )
    rows = (
        Row(
            (
                outage.business or refs.word("document.outage.whole"),
                "\n".join(subject(ref, refs.lang) for ref in outage.subjects),
                numbers([refs.steps[key] for key in outage.steps if key in refs.steps], refs),
                *outage.minutes,
                *[""] * 5,
            )
        )
        for outage in runbook.outages
    )
    return Sheet(book, refs.sheets["outages"]).table(columns, rows)


def add_findings(book: Book, runbook: Runbook, refs: Refs) -> str:
    """Every finding in a row, with the steps that answer it and the waiver that accepts it."""
    accepted = {
        key: f"{use.waiver.approver} · {use.waiver.until}"
        for use in runbook.waivers
        if use.state is WaiverState.APPLIED
        for key in use.accepts
    }
    columns = columns_of(
        refs,
        ("code", 9),
        ("check", 28),
        ("severity", 10),
        ("object_kind", 18),
        ("namespace", 18),
        ("object", 30),
        ("finding", 60),
        ("answered_by", 14),
        ("accepted", 20),
        ("file", 24),
        ("handled", 10, "handled"),
        ("by", 12, "fill"),
        ("remarks", 28, "fill"),
    )
    rows = (_finding(finding, result, accepted, refs) for result in runbook.results for finding in result.findings)
    if not any(result.findings for result in runbook.results):
        return ""
    return Sheet(book, refs.sheets["findings"]).table(columns, rows)


def _finding(finding: Finding, result: CheckResult, accepted: dict[str, str], refs: Refs) -> Row:
    found = finding.subject
    return Row(
        (
            finding.check,
            check_title(result.slug, refs.lang),
            refs.word(f"severity.{finding.severity.value}"),
            found.kind,
            found.namespace,
            found.name or subject(found, refs.lang),
            sentence(finding, refs.lang),
            numbers(refs.answered_by.get(finding.key, ()), refs),
            accepted.get(finding.key, ""),
            finding.file,
            "",
            "",
            "",
        )
    )


def add_step_tables(book: Book, runbook: Runbook, refs: Refs) -> str:
    """The tables of all steps below each other, whole; nothing where no step has one."""
    label = _column(refs, "number", 8)
    parts = [
        Part(
            step.number,
            refs.say(step.title),
            tuple(map(Column, map(refs.word, table.columns), chain(_TABLE_WIDTHS, repeat(18)))),
            (Row([refs.say(value) for value in row]) for row in table.rows),
        )
        for step in all_steps(runbook)
        for table in step.tables
        if table.rows
    ]
    if not parts:
        return ""
    note = refs.word("workbook.tables_note")
    return Sheet(book, refs.sheets["tables"]).parts(label, parts, widths=_TABLE_WIDTHS, note=note)

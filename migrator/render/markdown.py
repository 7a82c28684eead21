"""A runbook as one Markdown document (GitHub flavour) that reads on a screen and prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from migrator.checks.spec import Outcome, Severity
from migrator.locale import Lang, say, text
from migrator.render.escape import cell, code
from migrator.render.markdown_parts import BLANK, Refs, facts, grid, link, quote, step_links, table
from migrator.render.markdown_steps import phase, spans
from migrator.render.markdown_verdict import checklist, path, questions, strategy, waivers
from migrator.render.words import all_steps, decided_sentence, duration
from migrator.runbook.model import Appendix, Phase, Runbook, Step, StepKind

_SIGNATURES = ("prepared", "reviewed", "approved", "performed")
_RANGES_SHOWN = 40  # of steps named in one line of the summary or of the list of phases


def render_markdown(runbook: Runbook, lang: Lang) -> str:
    """The whole document, ending in one line feed."""
    refs = Refs.of(runbook, lang)
    lines = _cover(runbook, refs) + _sign_off(refs) + _summary(runbook, refs) + _contents(runbook, refs)
    lines += path(runbook, refs) + strategy(runbook, refs) + checklist(runbook, refs)
    lines += waivers(runbook, refs) + questions(runbook, refs)
    for number, given in zip(phase_numbers(runbook.phases), runbook.phases, strict=True):
        lines += phase(given, number, refs)
    lines += _appendices(runbook, refs)
    lines += [refs.word("render.footer")]
    return "\n".join(lines) + "\n"


def phase_numbers(phases: Sequence[Phase]) -> list[str]:
    """The number of each phase: that before the dot of its steps; one without steps counts on from the one before."""
    numbers: list[str] = []
    for given in phases:
        following = str(int(numbers[-1]) + 1) if numbers else "1"
        numbers.append(given.steps[0].number.partition(".")[0] if given.steps else following)
    return numbers


def _cover(runbook: Runbook, refs: Refs) -> list[str]:
    lang = refs.lang
    name = runbook.cluster or text("render.unnamed_cluster", lang)
    versions = text("render.arrow", lang, source=str(runbook.source), target=str(runbook.target))
    readiness = runbook.readiness.value
    choice = runbook.choice
    rows = [
        ("render.cover.cluster", cell(name)),
        ("render.cover.versions", cell(versions)),
        *((("render.cover.strategy", cell(text(f"strategy.{choice.strategy.value}", lang))),) if choice else ()),
        ("render.cover.readiness", f"**{refs.word(f'readiness.{readiness}')}**"),
        ("render.cover.duration", cell(duration(runbook.minutes, lang))),
        ("render.cover.outage", cell(duration(runbook.outage_minutes, lang))),
        ("render.cover.profile", cell(runbook.profile)),
        ("render.cover.snapshot", code(runbook.snapshot_digest)),
        ("render.cover.catalog", code(runbook.catalog_digest)),
        ("render.cover.ruleset", code(runbook.ruleset_digest)),
        ("render.cover.engine", cell(runbook.engine_version)),
    ]
    return [
        f"# {refs.word(f'render.title.{runbook.playbook.value}', cluster=name)}",
        "",
        *facts(rows, refs),
        *quote(refs.word(f"readiness.{readiness}"), refs.word(f"render.readiness.{readiness}")),
    ]


def _sign_off(refs: Refs) -> list[str]:
    columns = [refs.word(f"render.sign.{name}") for name in ("task", "name", "signature", "date")]
    rows = [(refs.word(f"render.sign.{task}"), BLANK, BLANK, BLANK) for task in _SIGNATURES]
    return [
        f"## {refs.word('render.sign.heading')}",
        "",
        refs.word("render.sign.intro"),
        "",
        *grid(columns, rows),
    ]


def _summary(runbook: Runbook, refs: Refs) -> list[str]:
    steps = all_steps(runbook)
    times = {"duration": duration(runbook.minutes, refs.lang), "outage": duration(runbook.outage_minutes, refs.lang)}
    lines = [f"## {refs.word('render.summary.heading')}", ""]
    if runbook.summary:
        columns = [refs.word("render.summary.what"), refs.word("render.summary.count")]
        rows = [(cell(say(what, refs.lang)), str(count)) for what, count in runbook.summary]
        lines += grid(columns, rows, right=(1,))
    lines += [_check_sentence(runbook, refs), "", cell(decided_sentence(runbook.results, refs.lang)), ""]
    lines += [_finding_sentence(runbook, refs), ""]
    lines += [refs.word("render.summary.time", steps=len(steps), **times), ""]
    lines += _named("gates", [s for s in steps if s.kind is StepKind.GATE], refs)
    lines += _named("interrupting", [s for s in steps if s.interrupts], refs)
    lines += _named("destructive", [s for s in steps if s.destructive], refs)
    lines += _named("returns", [s for s in steps if s.point_of_no_return], refs)
    return [*lines, ""]


def _named(name: str, steps: list[Step], refs: Refs) -> list[str]:
    shown = step_links(steps, refs, most=_RANGES_SHOWN)
    return [f"- {refs.word(f'render.summary.{name}')} {shown}"]


def _check_sentence(runbook: Runbook, refs: Refs) -> str:
    counts = Counter(result.outcome for result in runbook.results)
    return refs.word(
        "render.summary.checks",
        total=len(runbook.results),
        passed=counts[Outcome.PASS],
        failed=counts[Outcome.FAIL],
        unknown=counts[Outcome.UNKNOWN],
        not_applicable=counts[Outcome.NOT_APPLICABLE],
        unanswered=sum(r.unanswered for r in runbook.results),
    )


def _finding_sentence(runbook: Runbook, refs: Refs) -> str:
    counts = Counter(f.severity for r in runbook.results for f in r.findings)
    return refs.word(
        "render.summary.findings",
        blockers=counts[Severity.BLOCKER],
        warnings=counts[Severity.WARNING],
        infos=counts[Severity.INFO],
    )


def _contents(runbook: Runbook, refs: Refs) -> list[str]:
    names = ("phase", "steps", "duration", "outage", "gates")
    rows = []
    for number, given in zip(phase_numbers(runbook.phases), runbook.phases, strict=True):
        total, outage = spans(given.steps)
        rows.append(
            (
                f"{link(number)} {cell(say(given.title, refs.lang))}",
                str(len(given.steps)),
                cell(duration(total, refs.lang)),
                cell(duration(outage, refs.lang)),
                step_links((s for s in given.steps if s.kind is StepKind.GATE), refs, most=_RANGES_SHOWN),
            )
        )
    columns = [refs.word(f"render.contents.{name}") for name in names]
    return [f"## {refs.word('render.contents.heading')}", "", *grid(columns, rows, right=(1,))]


def _appendices(runbook: Runbook, refs: Refs) -> list[str]:
    if not runbook.appendices:
        return []
    lines = [f"## {refs.word('render.appendices')}", ""]
    for letter, given in zip(_letters(len(runbook.appendices)), runbook.appendices, strict=True):
        lines += _appendix(letter, given, refs)
    return lines


def _letters(count: int) -> list[str]:
    return [chr(ord("A") + i) if i < 26 else f"A{i}" for i in range(count)]


def _appendix(letter: str, given: Appendix, refs: Refs) -> list[str]:
    lines = [f"### {letter} {refs.say(given.title)}", ""]
    for note in given.notes:
        lines += [refs.say(note), ""]
    for one in given.tables:
        lines += table(one, refs)
    return lines

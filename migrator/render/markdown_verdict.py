"""The part of a runbook that says what was judged: path, strategy, checklist, open questions."""

from __future__ import annotations

from migrator.catalog.model import HopRule
from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.locale import say, text
from migrator.paths.model import PathResult, Strategy
from migrator.render.escape import cell, prose
from migrator.render.markdown_parts import BLANK, Refs, bullets, grid, quote, step_links
from migrator.render.ways import RISK_COLUMNS, option_rows, risk_rows, ruled_out
from migrator.render.words import (
    check_title,
    duration,
    grouped,
    is_open,
    left_out,
    listed,
    question,
    subjects,
    unresolved,
    waived,
)
from migrator.runbook.model import Runbook, Step

_RANGES_SHOWN = 6  # of steps that answer one group of findings
_UNSOUND = (Outcome.FAIL, Outcome.UNKNOWN)


def path(runbook: Runbook, refs: Refs) -> list[str]:
    """Whether there is an in-place path, hop by hop, and what was not taken and why."""
    found = runbook.path
    if found is None:
        return []
    lines = [f"## {refs.word('render.path.heading')}", "", _path_sentence(found, refs), ""]
    if found.hops and runbook.choice and runbook.choice.strategy is Strategy.MIGRATE:
        lines += [refs.word("render.path.reference_only"), ""]
    if found.reasons:
        lines += [f"**{refs.word('render.path.reasons_heading')}**", "", *bullets(refs.say(r) for r in found.reasons)]
    if found.hops:
        lines += _hop_table(found.hops, refs)
        for hop in found.hops:
            lines += _hop_details(hop, refs)
    if found.rejected:
        columns = [refs.word("render.path.hop"), refs.word("render.path.reason")]
        rows = [(f"{cell(r.source)} → {cell(r.target)}", cell(say(r.reason, refs.lang))) for r in found.rejected]
        lines += [f"**{refs.word('render.path.rejected')}**", "", *grid(columns, rows)]
    return lines + _risks(found, refs)


def _risks(found: PathResult, refs: Refs) -> list[str]:
    """What is known to happen on the way, but for what the facts of the cluster rule out."""
    if not found.risks:
        return []
    columns = [refs.word(f"path.risk.column.{name}") for name in RISK_COLUMNS]
    rows = [tuple(cell(value) for value in row) for row in risk_rows(found, refs.lang)]
    passed = ruled_out(found, refs.lang)
    return [f"### {refs.word('path.risk.heading')}", "", *grid(columns, rows), *([passed, ""] if passed else [])]


def _path_sentence(found: PathResult, refs: Refs) -> str:
    values = {"source": str(found.source), "target": str(found.target)}
    if not found.found:
        return refs.word("render.path.none", **values)
    if not found.hops:
        return refs.word("render.path.same_minor", **values)
    way = " → ".join([str(found.hops[0].source), *(str(h.target) for h in found.hops)])
    return refs.word("render.path.found", hops=len(found.hops), way=way, **values)


def _hop_table(hops: tuple[HopRule, ...], refs: Refs) -> list[str]:
    names = ("number", "hop", "mode", "start", "way_back", "control_plane", "per_node", "sources")
    rows = [
        (
            str(number),
            f"{hop.source} → {hop.target}",
            " / ".join(refs.word(f"path.mode.{mode.value}") for mode in hop.modes),
            refs.word(f"path.start.{hop.start.value}"),
            refs.word(f"path.rollback.{hop.rollback.value}"),
            cell(duration(hop.minutes, refs.lang)),
            cell(duration(hop.minutes_per_node, refs.lang)),
            cell(", ".join(hop.sources)),
        )
        for number, hop in enumerate(hops, 1)
    ]
    return grid([refs.word(f"render.path.{name}") for name in names], rows, right=(0,))


def _hop_details(hop: HopRule, refs: Refs) -> list[str]:
    told = [
        refs.word("render.path.precondition", text=text(f"path.precondition.{name}", refs.lang))
        for name in hop.preconditions
    ]
    told += [refs.word("render.path.impact", text=text(f"path.impact.{name}", refs.lang)) for name in hop.impacts]
    if hop.changelogs:
        addresses = text("render.listed", refs.lang, names=[f"<{address}>" for address in hop.changelogs])
        told.append(f"{refs.word('render.path.changelog')} {addresses}")
    if not told:
        return []
    heading = refs.word("render.path.details", source=str(hop.source), target=str(hop.target))
    return [f"**{heading}**", "", *bullets(told)]


def strategy(runbook: Runbook, refs: Refs) -> list[str]:
    choice = runbook.choice
    if choice is None:
        return []
    taken, recommended = (text(f"strategy.{s.value}", refs.lang) for s in (choice.strategy, choice.recommended))
    lines = [f"## {refs.word('render.strategy.heading')}", "", refs.word("render.strategy.chosen", strategy=taken), ""]
    if choice.strategy is not choice.recommended:
        lines += quote(refs.word("render.step.warning"), refs.word("render.strategy.differs", recommended=recommended))
        reason = prose(choice.person_reason)
        said = refs.word("strategy.person_reason", reason=reason) if reason else refs.word("strategy.no_person_reason")
        lines += [said, ""]
    if choice.reasons:
        lines += [refs.word("render.strategy.reasons", recommended=recommended), ""]
    lines += bullets(refs.say(reason) for reason in choice.reasons)
    if not choice.options:
        return lines
    names, *rows = option_rows(choice, refs.lang)
    heading = f"### {refs.word('strategy.compare.heading')}"
    return [*lines, heading, "", *grid(names, [tuple(cell(value) for value in row) for row in rows])]


def checklist(runbook: Runbook, refs: Refs) -> list[str]:
    """Every check in the five categories, with all that was found."""
    lines = [f"## {refs.word('render.checklist.heading')}", ""]
    for category in Category:
        results = [r for r in runbook.results if r.category is category]
        if results:
            lines += [f"### {refs.word(f'category.{category.value}')}", "", *_check_table(results, refs)]
            if said := left_out(results, refs.lang):
                lines += [prose(said), ""]
            for result in results:
                lines += _details(result, refs)
    return lines


def _check_table(results: list[CheckResult], refs: Refs) -> list[str]:
    names = ("code", "item", "outcome", "severity", "reason")
    rows = [
        (
            cell(r.check),
            cell(check_title(r.slug, refs.lang)),
            _outcome(r.outcome, refs),
            refs.word(f"severity.{_worst(r).value}") if r.outcome in _UNSOUND else "—",
            cell(_reason(r, refs)),
        )
        for r in results
        if r.outcome is not Outcome.NOT_APPLICABLE
    ]
    return grid([refs.word(f"render.check.{name}") for name in names], rows) if rows else []


def _worst(result: CheckResult) -> Severity:
    """The level of the worst finding; that of the check where nothing was found, as its facts are missing."""
    found = {f.severity for f in result.findings}
    return next((s for s in (Severity.BLOCKER, Severity.WARNING) if s in found), result.severity)


def _reason(result: CheckResult, refs: Refs) -> str:
    """The reason of the outcome, and how many findings are there to be known only."""
    said = say(result.reason, refs.lang)
    if notes := sum(f.severity is Severity.INFO for f in result.findings):
        return text("render.check.reason_and_notes", refs.lang, reason=said, count=notes)
    return said


def _outcome(outcome: Outcome, refs: Refs) -> str:
    word = refs.word(f"outcome.{outcome.value}")
    return f"**{word}**" if outcome in _UNSOUND else word


def _details(result: CheckResult, refs: Refs) -> list[str]:
    body: list[str] = []
    if result.evidence:
        body += [refs.word("render.check.evidence"), "", *bullets(refs.say(e) for e in result.evidence)]
    if result.attestation is not None:
        body += [_attested(result, refs), ""]
    if result.findings:
        body += [_counted(result.findings, refs), "", *_findings(result.findings, refs)]
    if not body:
        return []
    return [f"**{prose(result.check)} {prose(check_title(result.slug, refs.lang))}**", "", *body]


def _counted(findings: tuple[Finding, ...], refs: Refs) -> str:
    notes = sum(f.severity is Severity.INFO for f in findings)
    problems = len(findings) - notes
    name = "findings_and_notes" if problems and notes else "notes_only" if notes else "findings"
    return refs.word(f"render.check.{name}", count=problems, notes=notes)


def _attested(result: CheckResult, refs: Refs) -> str:
    given = result.attestation
    assert given is not None  # noqa: S101 - the caller has looked
    nothing = text("render.check.not_told", refs.lang)
    return refs.word(
        "render.check.attested",
        answer=text(f"outcome.{given.answer.value}", refs.lang),
        evidence=given.evidence,
        by=given.by or nothing,
        on=given.on or nothing,
    )


def _findings(findings: tuple[Finding, ...], refs: Refs) -> list[str]:
    groups = grouped(findings, refs.lang)
    objects = [listed(subjects(group.findings, refs.lang), refs.lang) for group in groups]
    names = ["severity", "description", "object", "answered_by"]
    rows = [
        [
            refs.word(f"severity.{group.severity.value}"),
            cell(group.sentence),
            cell(named),
            step_links(_answering(group.findings, refs), refs, most=_RANGES_SHOWN),
        ]
        for group, named in zip(groups, objects, strict=True)
    ]
    if not any(objects):  # records only: the sentence says it all
        names.pop(2)
        for row in rows:
            row.pop(2)
    return grid([refs.word(f"render.check.{name}") for name in names], rows)


def _answering(findings: tuple[Finding, ...], refs: Refs) -> list[Step]:
    """The steps that answer any of the findings, each once."""
    found = {step.key: step for f in findings for step in refs.answered_by.get(f.key, ())}
    return list(found.values())


def waivers(runbook: Runbook, refs: Refs) -> list[str]:
    """Accepted risks, those that have run out, and those that accept nothing; nothing at all where nobody waived."""
    if not runbook.waivers:
        return []
    columns = [refs.word(f"render.waiver.column.{name}") for name in ("check", "what")]
    rows = [(cell(use.waiver.check), cell(waived(use, refs.lang))) for use in runbook.waivers]
    return [f"## {refs.word('render.waiver.heading')}", "", *grid(columns, rows)]


def questions(runbook: Runbook, refs: Refs) -> list[str]:
    """What nobody could judge yet, with room for the answer on paper."""
    lines = [f"## {refs.word('render.questions.heading')}", ""]
    waiting = [r for r in runbook.results if is_open(r)]
    if not waiting:
        return [*lines, refs.word("render.questions.none"), ""]
    columns = [refs.word(f"render.questions.{name}") for name in ("check", "question", "answer")]
    lines += [refs.word("render.questions.intro"), ""]
    for category in Category:
        rows = [(cell(r.check), _asked(r, refs), BLANK) for r in waiting if r.category is category]
        if rows:
            heading = f"{refs.word(f'category.{category.value}')} ({len(rows)})"
            lines += [f"**{heading}**", "", *grid(columns, rows)]
    return lines


def _asked(result: CheckResult, refs: Refs) -> str:
    asked = [question(result, refs.lang), *(unresolved(u, refs.lang) for u in result.unresolved)]
    if not result.unanswered and not result.unresolved:
        asked.append(say(result.reason, refs.lang))
    return "<br>".join(cell(line) for line in asked)

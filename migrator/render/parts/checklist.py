"""Every check in the five categories, with all that was found."""

from __future__ import annotations

from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.render.document import Block, Line, grid, heading, line, listing, paragraph, strong
from migrator.render.parts.front import answering
from migrator.render.parts.refs import GAP, Refs, cell, findings_grid, step_links
from migrator.render.words import check_title, grouped, left_out, listed, subjects
from migrator.runbook.model import Runbook

_RANGES_SHOWN = 6  # of steps that answer one group of findings
_UNSOUND = (Outcome.FAIL, Outcome.UNKNOWN)


def checklist(runbook: Runbook, refs: Refs) -> list[Block]:
    blocks: list[Block] = [heading(1, refs.word("render.checklist.heading"), anchor="c-checklist")]
    for category in Category:
        results = [r for r in runbook.results if r.category is category]
        if not results:
            continue
        blocks += [heading(2, refs.word(f"category.{category.value}")), *_check_table(results, refs)]
        if said := left_out(results, refs.lang):
            blocks.append(paragraph(said))
        for result in results:
            blocks += _details(result, refs)
    return blocks


def _check_table(results: list[CheckResult], refs: Refs) -> list[Block]:
    names = ("code", "item", "outcome", "severity", "reason")
    rows = [
        (
            cell(r.check),
            cell(check_title(r.slug, refs.lang)),
            _outcome(r.outcome, refs),
            line(refs.word(f"severity.{_worst(r).value}") if r.outcome in _UNSOUND else GAP),
            cell(_reason(r, refs)),
        )
        for r in results
        if r.outcome is not Outcome.NOT_APPLICABLE
    ]
    return [grid([refs.word(f"render.check.{name}") for name in names], rows)] if rows else []


def _worst(result: CheckResult) -> Severity:
    """The level of the worst finding; that of the check where nothing was found, as its facts are missing."""
    found = {f.severity for f in result.findings}
    return next((s for s in (Severity.BLOCKER, Severity.WARNING) if s in found), result.severity)


def _reason(result: CheckResult, refs: Refs) -> str:
    """The reason of the outcome, and how many findings are there to be known only."""
    said = refs.say(result.reason)
    if "notes" in result.reason.values:  # which are counted in it
        return said
    if notes := sum(f.severity is Severity.INFO for f in result.findings):
        return refs.word("render.check.reason_and_notes", reason=said, count=notes)
    return said


def _outcome(outcome: Outcome, refs: Refs) -> Line:
    word = refs.word(f"outcome.{outcome.value}")
    return (strong(word),) if outcome in _UNSOUND else line(word)


def _details(result: CheckResult, refs: Refs) -> list[Block]:
    body: list[Block] = []
    if result.evidence:
        body.append(paragraph(refs.word("render.check.evidence")))
        body += listing(line(refs.say(e)) for e in result.evidence)
    if result.attestation is not None:
        body.append(paragraph(_attested(result, refs)))
    if result.findings:
        body += [paragraph(_counted(result.findings, refs)), _findings(result.findings, refs)]
    if not body:
        return []
    return [heading(3, f"{result.check} {check_title(result.slug, refs.lang)}"), *body]


def _counted(findings: tuple[Finding, ...], refs: Refs) -> str:
    notes = sum(f.severity is Severity.INFO for f in findings)
    problems = len(findings) - notes
    name = "findings_and_notes" if problems and notes else "notes_only" if notes else "findings"
    return refs.word(f"render.check.{name}", count=problems, notes=notes)


def _attested(result: CheckResult, refs: Refs) -> str:
    given = result.attestation
    assert given is not None  # noqa: S101 - the caller has looked
    nothing = refs.word("render.check.not_told")
    return refs.word(
        "render.check.attested",
        answer=refs.word(f"outcome.{given.answer.value}"),
        evidence=given.evidence,
        by=given.by or nothing,
        on=given.on or nothing,
    )


def _findings(findings: tuple[Finding, ...], refs: Refs) -> Block:
    groups = grouped(findings, refs.lang)
    objects = [listed(subjects(group.findings, refs.lang), refs.lang) for group in groups]
    names = ["severity", "description", "object", "answered_by"]
    rows = [
        [
            line(refs.word(f"severity.{group.severity.value}")),
            cell(group.sentence),
            cell(named),
            step_links(answering(group.findings, refs), refs, most=_RANGES_SHOWN),
        ]
        for group, named in zip(groups, objects, strict=True)
    ]
    if not any(objects):  # records only: the sentence says it all
        names.pop(2)
        for row in rows:
            row.pop(2)
    return findings_grid([refs.word(f"render.check.{name}") for name in names], rows, refs)

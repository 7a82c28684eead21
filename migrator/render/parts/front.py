"""What a reader sees first: cover, signatures, the figures in short, what blocks, the phases at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from migrator.checks.spec import Finding, Outcome, Readiness, Severity
from migrator.locale import text
from migrator.render.document import (
    Block,
    Callout,
    Facts,
    Line,
    SignOff,
    Tone,
    code,
    code_block,
    grid,
    heading,
    line,
    link,
    listing,
    paragraph,
    strong,
)
from migrator.render.escape import visible
from migrator.render.parts.refs import Refs, anchor, cell, findings_grid, step_links
from migrator.render.scripts import FOLDER, PLACE, has_scripts
from migrator.render.words import all_steps, decided_sentence, duration, grouped, listed, subjects
from migrator.runbook.kubectl import WORK
from migrator.runbook.model import Edition, Runbook, Signature, Step, StepKind
from migrator.runbook.ordering import phase_numbers

_PAPER = ("prepared", "reviewed", "approved", "performed")
_COVERS = {"submitted": "prepared", "approved": "reviewed"}  # the line on paper that a signature of the service fills
_RANGES_SHOWN = 40  # of steps named in one line of the summary or of the list of phases
_TONES: dict[Readiness, Tone] = {
    Readiness.READY: "good",
    Readiness.READY_WITH_WARNINGS: "warning",
    Readiness.BLOCKED: "danger",
    Readiness.INCOMPLETE: "warning",
}


def name_of(runbook: Runbook, refs: Refs) -> str:
    """The name of the cluster, or words for one without a name."""
    return visible(runbook.cluster) or refs.word("render.unnamed_cluster")


def title(runbook: Runbook, refs: Refs) -> str:
    return refs.word(f"render.title.{runbook.playbook.value}", cluster=name_of(runbook, refs))


def versions(runbook: Runbook, refs: Refs) -> str:
    return refs.word("render.arrow", source=str(runbook.source), target=str(runbook.target))


def edition_name(edition: Edition, refs: Refs) -> str:
    """ "revision 3"; empty where the revision has no number."""
    return refs.word("document.revision", number=edition.revision) if edition.revision else ""


def cover(runbook: Runbook, edition: Edition, refs: Refs) -> tuple[Block, ...]:
    lang, choice = refs.lang, runbook.choice
    rows: list[tuple[str, Line]] = [
        ("render.cover.cluster", line(name_of(runbook, refs))),
        ("render.cover.versions", line(versions(runbook, refs))),
        ("document.cover.playbook", line(refs.word(f"playbook.{runbook.playbook.value}"))),
        *((("render.cover.strategy", line(refs.word(f"strategy.{choice.strategy.value}"))),) if choice else ()),
        ("render.cover.profile", cell(runbook.profile)),
        ("render.cover.readiness", (strong(_verdict(runbook, refs)),)),
        ("render.cover.duration", line(duration(runbook.minutes, lang))),
        ("render.cover.outage", line(duration(runbook.outage_minutes, lang))),
    ]
    if edition.revision:
        rows.append(("document.cover.revision", line(str(edition.revision))))
    if edition.digest:
        rows.append(("document.cover.digest", (code(edition.digest),)))
    rows += [
        ("render.cover.snapshot", (code(runbook.snapshot_digest),)),
        ("render.cover.catalog", (code(runbook.catalog_digest),)),
        ("render.cover.ruleset", (code(runbook.ruleset_digest),)),
        ("render.cover.engine", cell(runbook.engine_version)),
    ]
    columns = refs.word("render.cover.item"), refs.word("render.cover.content")
    return (
        Facts(columns, tuple((refs.word(name), content) for name, content in rows if content[0].text)),
        readiness(runbook, refs),
        *_sign_off(edition, refs),
    )


def readiness(runbook: Runbook, refs: Refs) -> Callout:
    """The verdict and what follows from it; where nothing was checked, that."""
    if not runbook.is_checked:
        return Callout("note", _verdict(runbook, refs), (line(refs.word("render.readiness.no_checks")),))
    verdict = runbook.readiness
    said = refs.word(f"render.readiness.{verdict.value}")
    return Callout(_TONES[verdict], _verdict(runbook, refs), (line(said),))


def _verdict(runbook: Runbook, refs: Refs) -> str:
    return refs.word(f"readiness.{runbook.readiness.value}" if runbook.is_checked else "readiness.no_checks")


def _sign_off(edition: Edition, refs: Refs) -> tuple[Block, ...]:
    columns = tuple(refs.word(f"render.sign.{name}") for name in ("task", "name", "signature", "date"))
    signed = [_signed(given, refs) for given in edition.signatures]
    filled = {_COVERS[s.act] for s in edition.signatures if s.act in _COVERS}
    blank = [(refs.word(f"render.sign.{task}"), "", "", "") for task in _PAPER if task not in filled]
    return (
        heading(1, refs.word("render.sign.heading"), anchor="c-sign"),
        paragraph(refs.word("render.sign.intro")),
        SignOff(columns, (*signed, *blank)),
    )


def _signed(given: Signature, refs: Refs) -> tuple[str, ...]:
    """One line that the service has filled in."""
    said = refs.word("document.signed")
    if given.comment:
        said = refs.word("document.signed_with", comment=given.comment)
    return tuple(visible(part) for part in (refs.word(f"signature.{given.act}"), given.name, said, given.at))


def summary(runbook: Runbook, refs: Refs) -> list[Block]:
    steps = all_steps(runbook)
    times = {"duration": duration(runbook.minutes, refs.lang), "outage": duration(runbook.outage_minutes, refs.lang)}
    blocks: list[Block] = [heading(1, refs.word("render.summary.heading"), anchor="c-summary")]
    if runbook.summary:
        columns = [refs.word("render.summary.what"), refs.word("render.summary.count")]
        rows = [(cell(refs.say(what)), line(str(count))) for what, count in runbook.summary]
        blocks.append(grid(columns, rows, right=(1,)))
    blocks += [
        *_checked(runbook, refs),
        paragraph(refs.word("render.summary.time", steps=len(steps), **times)),
    ]
    named = [
        ("gates", [s for s in steps if s.kind is StepKind.GATE]),
        ("interrupting", [s for s in steps if s.interrupts]),
        ("destructive", [s for s in steps if s.destructive]),
        ("returns", [s for s in steps if s.point_of_no_return]),
        ("excluded", [s for s in steps if s.excluded]),
    ]
    return [*blocks, *listing(_named(name, found, refs) for name, found in named if found or name != "excluded")]


def _named(name: str, steps: list[Step], refs: Refs) -> Line:
    return line(f"{refs.word(f'render.summary.{name}')} ", *step_links(steps, refs, most=_RANGES_SHOWN))


def _checked(runbook: Runbook, refs: Refs) -> list[Block]:
    if not runbook.is_checked:
        return [paragraph(refs.word("render.readiness.no_checks"))]
    return [
        paragraph(_check_sentence(runbook, refs)),
        paragraph(decided_sentence(runbook.results, refs.lang)),
        paragraph(_finding_sentence(runbook, refs)),
    ]


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


def blockers(runbook: Runbook, refs: Refs) -> list[Block]:
    """What stands in the way, in one table with the steps that answer it; nothing at all where nothing blocks."""
    rows: list[tuple[Line, ...]] = []
    for result in runbook.results:
        found = [f for f in result.findings if f.severity is Severity.BLOCKER]
        for group in grouped(found, refs.lang):
            rows.append(
                (
                    line(result.check),
                    cell(group.sentence),
                    cell(listed(subjects(group.findings, refs.lang), refs.lang)),
                    step_links(answering(group.findings, refs), refs, most=6),
                )
            )
    if not rows:
        return []
    columns = [refs.word(f"render.check.{name}") for name in ("code", "description", "object", "answered_by")]
    return [heading(2, refs.word("document.blockers")), findings_grid(columns, rows, refs)]


def answering(findings: Sequence[Finding], refs: Refs) -> list[Step]:
    """The steps that answer any of the findings, each once."""
    found = {step.key: step for f in findings for step in refs.answered_by.get(f.key, ())}
    return list(found.values())


def at_a_glance(runbook: Runbook, refs: Refs) -> list[Block]:
    names = ("phase", "steps", "duration", "outage", "gates")
    rows = []
    for number, given in zip(phase_numbers(runbook.phases), runbook.phases, strict=True):
        total, outage = refs.phases[given.key]
        rows.append(
            (
                line(link(number, anchor(number)), f" {refs.say(given.title)}"),
                line(str(len(given.steps))),
                line(duration(total, refs.lang)),
                line(duration(outage, refs.lang)),
                step_links((s for s in given.steps if s.kind is StepKind.GATE), refs, most=_RANGES_SHOWN),
            )
        )
    columns = [text(f"render.contents.{name}", refs.lang) for name in names]
    return [heading(2, refs.word("render.contents.heading"), anchor="c-phases"), grid(columns, rows, right=(1,))]


def scripts(runbook: Runbook, refs: Refs) -> list[Block]:
    """Where the scripts are and how they are checked; nothing where there are none."""
    if not has_scripts(runbook):
        return []
    placing = f'mkdir -p -m 700 "{WORK}" && cp -R {FOLDER} "{WORK}/"\n(cd "{PLACE}" && sha256sum -c SHA256SUMS)'
    return [
        heading(2, refs.word("document.scripts"), anchor="c-scripts"),
        paragraph(refs.word("document.scripts.intro")),
        code_block(placing, "bash"),
    ]

"""What was judged, in short: path, strategy, accepted risks, open questions."""

from __future__ import annotations

from migrator.catalog.model import HopRule
from migrator.checks.spec import Category, CheckResult
from migrator.paths.model import PathResult, Strategy
from migrator.render.document import (
    Block,
    Callout,
    Line,
    Picture,
    address,
    grid,
    heading,
    line,
    listing,
    paragraph,
    strong,
)
from migrator.render.parts.refs import GAP, Refs, cell, joined
from migrator.render.pathgraph import way_svg
from migrator.render.ways import RISK_COLUMNS, option_rows, risk_rows, ruled_out
from migrator.render.words import duration, is_open, question, unresolved, waived
from migrator.runbook.model import Runbook


def path(runbook: Runbook, refs: Refs) -> list[Block]:
    """Whether there is an in-place path, hop by hop, and what was not taken and why."""
    found = runbook.path
    if found is None:
        return []
    blocks: list[Block] = [heading(1, refs.word("render.path.heading"), anchor="c-path")]
    blocks.append(paragraph(_path_sentence(found, refs)))
    if found.hops and runbook.choice and runbook.choice.strategy is Strategy.MIGRATE:
        blocks.append(paragraph(refs.word("render.path.reference_only")))
    if found.reasons:
        blocks.append(paragraph(strong(refs.word("render.path.reasons_heading"))))
        blocks += listing(line(refs.say(r)) for r in found.reasons)
    if found.hops or found.rejected:
        drawn = way_svg(found, refs.lang)
        blocks.append(Picture("path", drawn.svg, drawn.width, drawn.height, refs.word("document.picture.path")))
    if found.hops:
        blocks.append(_hop_table(found.hops, refs))
        for hop in found.hops:
            blocks += _hop_details(hop, refs)
    if found.rejected:
        columns = [refs.word("render.path.hop"), refs.word("render.path.reason")]
        rows = [(line(f"{r.source} → {r.target}"), cell(refs.say(r.reason))) for r in found.rejected]
        blocks += [paragraph(strong(refs.word("render.path.rejected"))), grid(columns, rows)]
    return [*blocks, *_risks(found, refs)]


def _risks(found: PathResult, refs: Refs) -> list[Block]:
    """What is known to happen on the way, but for what the facts of the cluster rule out."""
    if not found.risks:
        return []
    columns = [refs.word(f"path.risk.column.{name}") for name in RISK_COLUMNS]
    rows = [tuple(cell(value) for value in row) for row in risk_rows(found, refs.lang)]
    blocks: list[Block] = [heading(2, refs.word("path.risk.heading")), grid(columns, rows)]
    if passed := ruled_out(found, refs.lang):
        blocks.append(paragraph(passed))
    return blocks


def _path_sentence(found: PathResult, refs: Refs) -> str:
    values = {"source": str(found.source), "target": str(found.target)}
    if not found.found:
        return refs.word("render.path.none", **values)
    if not found.hops:
        return refs.word("render.path.same_minor", **values)
    way = " → ".join([str(found.hops[0].source), *(str(h.target) for h in found.hops)])
    return refs.word("render.path.found", hops=len(found.hops), way=way, **values)


def _hop_table(hops: tuple[HopRule, ...], refs: Refs) -> Block:
    names = ("number", "hop", "mode", "start", "way_back", "control_plane", "per_node", "sources")
    rows = [
        [
            cell(value)
            for value in (
                str(number),
                f"{hop.source} → {hop.target}",
                " / ".join(refs.word(f"path.mode.{mode.value}") for mode in hop.modes),
                refs.word(f"path.start.{hop.start.value}"),
                refs.word(f"path.rollback.{hop.rollback.value}"),
                duration(hop.minutes, refs.lang),
                duration(hop.minutes_per_node, refs.lang),
                ", ".join(hop.sources),
            )
        ]
        for number, hop in enumerate(hops, 1)
    ]
    return grid([refs.word(f"render.path.{name}") for name in names], rows, right=(0,))


def _hop_details(hop: HopRule, refs: Refs) -> list[Block]:
    told: list[Line] = [
        line(refs.word("render.path.precondition", text=refs.word(f"path.precondition.{name}")))
        for name in hop.preconditions
    ]
    told += [line(refs.word("render.path.impact", text=refs.word(f"path.impact.{name}"))) for name in hop.impacts]
    if hop.changelogs:
        urls = joined([(address(url),) for url in hop.changelogs], refs.lang)
        told.append(line(f"{refs.word('render.path.changelog')} ", *urls))
    if not told:
        return []
    title = refs.word("render.path.details", source=str(hop.source), target=str(hop.target))
    return [paragraph(strong(title)), *listing(told)]


def strategy(runbook: Runbook, refs: Refs) -> list[Block]:
    choice = runbook.choice
    if choice is None:
        return []
    taken, recommended = (refs.word(f"strategy.{s.value}") for s in (choice.strategy, choice.recommended))
    blocks: list[Block] = [heading(1, refs.word("render.strategy.heading"), anchor="c-strategy")]
    blocks.append(paragraph(refs.word("render.strategy.chosen", strategy=taken)))
    if choice.strategy is not choice.recommended:
        told = refs.word("render.strategy.differs", recommended=recommended)
        reason = choice.person_reason
        said = refs.word("strategy.person_reason", reason=reason) if reason else refs.word("strategy.no_person_reason")
        blocks += [Callout("warning", refs.word("render.step.warning"), (line(told),)), paragraph(said)]
    if choice.reasons:
        blocks.append(paragraph(refs.word("render.strategy.reasons", recommended=recommended)))
    blocks += listing(line(refs.say(reason)) for reason in choice.reasons)
    if not choice.options:
        return blocks
    names, *rows = option_rows(choice, refs.lang)
    compared = grid(names, [[cell(value) for value in row] for row in rows])
    return [*blocks, heading(2, refs.word("strategy.compare.heading")), compared]


def waivers(runbook: Runbook, refs: Refs) -> list[Block]:
    """Accepted risks, those that have run out, and those that accept nothing; nothing at all where nobody waived."""
    if not runbook.waivers:
        return []
    columns = [refs.word(f"render.waiver.column.{name}") for name in ("check", "what")]
    rows = [(cell(use.waiver.check), cell(waived(use, refs.lang))) for use in runbook.waivers]
    return [heading(1, refs.word("render.waiver.heading"), anchor="c-waivers"), grid(columns, rows)]


def questions(runbook: Runbook, refs: Refs) -> list[Block]:
    """What nobody could judge yet, with room for the answer on paper."""
    blocks: list[Block] = [heading(1, refs.word("render.questions.heading"), anchor="c-questions")]
    waiting = [r for r in runbook.results if is_open(r)]
    if not waiting:
        return [*blocks, paragraph(refs.word("render.questions.none"))]
    columns = [refs.word(f"render.questions.{name}") for name in ("check", "question", "answer")]
    blocks.append(paragraph(refs.word("render.questions.intro")))
    for category in Category:
        rows = [(cell(r.check), cell(_asked(r, refs)), line("")) for r in waiting if r.category is category]
        if rows:
            title = f"{refs.word(f'category.{category.value}')} ({len(rows)})"
            blocks += [paragraph(strong(title)), grid(columns, rows)]
    return blocks


def _asked(result: CheckResult, refs: Refs) -> str:
    asked = [question(result, refs.lang), *(unresolved(u, refs.lang) for u in result.unresolved)]
    if not result.unanswered and not result.unresolved:
        asked.append(refs.say(result.reason))
    return "\n".join(asked) or GAP

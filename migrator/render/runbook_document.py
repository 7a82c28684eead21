"""A compiled runbook as a document of blocks, in one language: the one model of every layout."""

from __future__ import annotations

from migrator.locale import Lang, text
from migrator.render.document import Block, Contents, Document, PageBreak, cut, paragraph
from migrator.render.escape import visible
from migrator.render.parts import front, times, verdict
from migrator.render.parts.checklist import checklist
from migrator.render.parts.end import appendices
from migrator.render.parts.refs import Refs
from migrator.render.parts.steps import phase
from migrator.runbook.model import Edition, Runbook

_ROWS_SHOWN = 60  # of one table, on paper
_STEPS_LISTED = 150  # up to these the table of contents names the steps


def runbook_document(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> Document:
    """All of the runbook. ``edition`` tells revision, digest and signatures; without it there are none."""
    given = edition or Edition()
    refs = Refs.of(runbook, lang)
    title = visible(front.title(runbook, refs))
    named = front.edition_name(given, refs)
    depth = 2 if len(refs.steps) <= _STEPS_LISTED else 1
    body: list[Block] = [Contents(refs.word("document.contents"), depth), PageBreak()]
    body += front.summary(runbook, refs) + front.blockers(runbook, refs) + front.at_a_glance(runbook, refs)
    body += times.times(runbook, refs) + verdict.path(runbook, refs) + verdict.strategy(runbook, refs)
    body += verdict.waivers(runbook, refs) + verdict.questions(runbook, refs)
    for number, part in zip(front.phase_numbers(runbook.phases), runbook.phases, strict=True):
        body += [PageBreak(), *phase(part, number, refs)]
    body += [PageBreak(), *checklist(runbook, refs), PageBreak(), *appendices(runbook, refs)]
    return Document(
        lang=lang,
        title=title,
        subtitle=visible(" · ".join(filter(None, (front.versions(runbook, refs), named)))),
        running=" · ".join(filter(None, (title, named))),
        cover=front.cover(runbook, given, refs),
        body=(*body, paragraph(refs.word("render.footer"))),
    )


def paged_document(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> Document:
    """The same for layouts that a person turns page by page: long tables are cut, and say where the rest stands."""
    return cut(runbook_document(runbook, lang, edition), _ROWS_SHOWN, text("document.cut_text", lang))

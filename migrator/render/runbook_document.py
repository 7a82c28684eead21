"""A compiled runbook as a document of blocks, in one language: the one model of every layout."""

from __future__ import annotations

import msgspec

from migrator.locale import Lang
from migrator.render.document import Block, Contents, Cuts, Document, PageBreak, cut, paragraph
from migrator.render.escape import visible
from migrator.render.parts import front, times, verdict
from migrator.render.parts.checklist import checklist
from migrator.render.parts.end import appendices
from migrator.render.parts.refs import Refs
from migrator.render.parts.steps import phase
from migrator.render.scripts import MANY_STEPS
from migrator.runbook.model import Edition, Runbook
from migrator.runbook.ordering import phase_numbers

# Beyond ``MANY_STEPS`` the table of contents names no steps, and more is cut.
_FEW_STEPS = Cuts(rows=60, items=60, code=150, code_shown=40, remarks=20, text=600, names=600)
_MANY_STEPS = Cuts(rows=20, items=20, code=40, code_shown=20, remarks=6, text=600, names=600)
_IN_MANY_STEPS = Cuts(rows=2, items=2, code=12, code_shown=6, remarks=3, text=600, names=120)
_ACTIONS, _ACTIONS_OF_MANY = 24, 4  # of one step that are written out


def runbook_document(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> Document:
    """All of the runbook. ``edition`` tells revision, digest and signatures; without it there are none."""
    return _document(runbook, edition or Edition(), Refs.of(runbook, lang))


def paged_document(runbook: Runbook, lang: Lang, edition: Edition | None = None) -> Document:
    """The same for layouts that a person turns page by page: what is very long is cut, and says where the rest is."""
    if sum(len(part.steps) for part in runbook.phases) > MANY_STEPS:
        refs = Refs.of(runbook, lang, most_actions=_ACTIONS_OF_MANY, brief=True)
        made = cut(_document(runbook, edition or Edition(), refs), _MANY_STEPS, _IN_MANY_STEPS)
        return msgspec.structs.replace(made, dense=True)
    return cut(_document(runbook, edition or Edition(), Refs.of(runbook, lang, most_actions=_ACTIONS)), _FEW_STEPS)


def _document(runbook: Runbook, given: Edition, refs: Refs) -> Document:
    title = visible(front.title(runbook, refs))
    named = front.edition_name(given, refs)
    depth = 2 if len(refs.steps) <= MANY_STEPS else 1
    body: list[Block] = [Contents(refs.word("document.contents"), depth), PageBreak()]
    body += front.summary(runbook, refs) + front.blockers(runbook, refs) + front.at_a_glance(runbook, refs)
    body += front.scripts(runbook, refs)
    body += times.times(runbook, refs) + verdict.path(runbook, refs) + verdict.strategy(runbook, refs)
    body += verdict.waivers(runbook, refs) + verdict.questions(runbook, refs)
    for number, part in zip(phase_numbers(runbook.phases), runbook.phases, strict=True):
        body += [PageBreak(), *phase(part, number, refs)]
    body += [PageBreak(), *checklist(runbook, refs), PageBreak(), *appendices(runbook, refs)]
    return Document(
        lang=refs.lang,
        title=title,
        subtitle=visible(" · ".join(filter(None, (front.versions(runbook, refs), named)))),
        running=" · ".join(filter(None, (title, named))),
        cover=front.cover(runbook, given, refs),
        body=(*body, paragraph(refs.word("render.footer"))),
    )

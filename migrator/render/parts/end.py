"""The registers at the end of a document."""

from __future__ import annotations

from migrator.render.document import Block, heading, paragraph
from migrator.render.parts.refs import Refs, table
from migrator.render.sheetnames import appendix_key
from migrator.runbook.model import Appendix, Runbook


def appendices(runbook: Runbook, refs: Refs) -> list[Block]:
    if not runbook.appendices:
        return []
    blocks: list[Block] = [heading(1, refs.word("render.appendices"), anchor="c-appendices")]
    letters = _letters(len(runbook.appendices))
    for position, (letter, given) in enumerate(zip(letters, runbook.appendices, strict=True)):
        blocks += _appendix(letter, given, refs.sheets.get(appendix_key(position), ""), refs)
    return blocks


def _letters(count: int) -> list[str]:
    return [chr(ord("A") + i) if i < 26 else f"A{i}" for i in range(count)]


def _appendix(letter: str, given: Appendix, sheet: str, refs: Refs) -> list[Block]:
    blocks: list[Block] = [heading(2, refs.say(given.title), letter, f"a-{letter.lower()}")]
    blocks += [paragraph(refs.say(note)) for note in given.notes]
    for one in given.tables:
        blocks.append(table(one, refs, refs.word("document.cut", count=len(one.rows), sheet=sheet)))
    return blocks

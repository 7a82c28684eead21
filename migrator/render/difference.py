"""Two runbooks compared, for a terminal and for programs: layout only."""

from __future__ import annotations

from migrator.locale import Lang, say, text
from migrator.render.escape import one_line, visible
from migrator.render.jsondoc import dump, plain
from migrator.render.text import Page
from migrator.runbook.difference import Difference, FieldChange, Line, StepDifference

_SHOWN = 20  # lines of one field; the JSON document has all


def difference_json(difference: Difference, lang: Lang) -> bytes:
    """The whole comparison, field by field as in ``migrator.runbook.difference``."""
    return dump({"differs": difference.differs, **plain(difference, lang)})


def difference_text(difference: Difference, lang: Lang, *, colour: bool = False) -> str:
    """What differs of the whole, then the steps that came, went, moved and changed."""
    page = Page(lang, colour)
    counts = {name: len(getattr(difference, name)) for name in ("added", "removed", "moved", "changed")}
    page.rows([(page.word("difference.counts", same=difference.same, **counts),)], indent=0)
    if difference.overall:
        page.heading(page.word("difference.overall"))
        for change in difference.overall:
            _change(change, page, 2)
    for name in counts:
        if steps := getattr(difference, name):
            page.heading(page.word(f"difference.{name}"))
            for step in steps:
                page.rows([(step_number(step, lang), one_line(say(step.title, lang)))])
                for change in step.changes:
                    _change(change, page, 6)
    return page.finish()


def step_number(step: StepDifference, lang: Lang) -> str:
    """``3.2``, or ``3.2 → 3.4`` where it is another."""
    if step.old_number and step.new_number and step.old_number != step.new_number:
        return text("difference.renumbered", lang, old=step.old_number, new=step.new_number)
    return step.new_number or step.old_number


def line_text(line: Line, lang: Lang) -> str:
    return visible(line if isinstance(line, str) else say(line, lang))


def _change(change: FieldChange, page: Page, indent: int) -> None:
    page.rows([(page.word(f"difference.field.{change.field}"),)], indent)
    rows = []
    for mark, lines in (("-", change.old), ("+", change.new)):
        rows += [(mark, one_line(line_text(line, page.lang))) for line in lines[:_SHOWN]]
        if (more := len(lines) - _SHOWN) > 0:
            rows.append((mark, page.word("difference.more", count=more)))
    page.rows(rows, indent + 2)

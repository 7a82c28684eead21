"""The new cluster against the old one, for a terminal, for programs, and as tables of a document: layout only."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.locale import Lang, text
from migrator.reconcile import Entrance, Item, Reconciled, Reconciliation, State, Verdict
from migrator.render.comparison import count_rows, side_text
from migrator.render.document import Block, Line, grid, heading, line, paragraph
from migrator.render.escape import one_line
from migrator.render.jsondoc import dump, plain
from migrator.render.text import Page

_SHOWN = 100  # objects of one area on a terminal; the JSON document has all
_ITEM_SHADES = {State.MISSING: "bad", State.DIFFERENT: "bad", State.EXTRA: "care", State.UNTOLD: "care"}
_SHADES = {Verdict.COMPLETE: "good", Verdict.INCOMPLETE: "care", Verdict.FAILED: "bad"}


def reconciliation_json(found: Reconciliation, lang: Lang) -> bytes:
    """The whole reconciliation, field by field as in ``migrator.reconcile``."""
    return dump({"verdict": found.verdict.value, **plain(found, lang)})


def reconciliation_text(found: Reconciliation, lang: Lang, *, colour: bool = False) -> str:
    """Verdict, counts of workloads, areas in one table, what is not the same in each, addresses old and new."""
    page = Page(lang, colour)
    verdict = page.paint(page.word(f"reconcile.verdict.{found.verdict}"), _SHADES[found.verdict])
    page.rows(
        [
            (page.word("reconcile.old"), side_text(found.old, page)),
            (page.word("reconcile.new"), side_text(found.new, page)),
            (page.word("compare.result"), verdict),
        ],
        indent=0,
    )
    if found.counts:
        page.heading(page.word("compare.counts"))
        page.rows(count_rows(found.counts, page))
    page.heading(page.word("reconcile.areas"))
    page.rows([_figures(area, page) for area in found.areas])
    for area in found.areas:
        if area.items:
            page.heading(page.word(f"reconcile.area.{area.area}"))
            shown = area.items[:_SHOWN]
            page.rows([_told(item, page) for item in shown], shades=[_ITEM_SHADES[i.state] for i in shown])
            if (more := len(area.items) - _SHOWN) > 0:
                page.rows([(page.word("compare.more", count=more),)])
    if found.entrances:
        page.heading(page.word("reconcile.entrances"))
        page.rows([_entrance(entrance, page) for entrance in found.entrances])
    return page.finish()


def reconciliation_blocks(found: Reconciliation, lang: Lang, level: int = 2) -> list[Block]:
    """The same as chapters of a document, below headings of ``level``."""

    def word(key: str, **values: object) -> str:
        return text(key, lang, **values)

    page = Page(lang, colour=False)
    columns = [word(f"reconcile.column.{c}") for c in ("area", "old", "new", "same", *State)]
    blocks: list[Block] = [
        heading(level, word("reconcile.title")),
        paragraph(word(f"reconcile.verdict.{found.verdict}")),
        grid(columns, (_row(area, lang) for area in found.areas), right=range(1, len(columns))),
    ]
    if items := [(area, item) for area in found.areas for item in area.items]:
        names = [word(f"reconcile.column.{c}") for c in ("state", "object", "what")]
        rows = ((line(_state(i, lang)), line(object_text(i)), line(what_text(i, lang))) for _, i in items)
        blocks += [heading(level + 1, word("reconcile.items")), grid(names, rows)]
    if found.entrances:
        names = [word(f"reconcile.column.{c}") for c in ("object", "old_address", "new_address")]
        cells = (_entrance(e, page) for e in found.entrances)
        blocks += [
            heading(level + 1, word("reconcile.entrances")),
            grid(names, ([line(" ".join(c[:2])), line(c[2]), line(c[3])] for c in cells)),
        ]
    return blocks


def object_text(item: Item) -> str:
    return f"{item.kind} {item.namespace}/{item.name}"


def what_text(item: Item, lang: Lang) -> str:
    """What is different, or whose the object is; empty where its state says all."""
    return text("reconcile.listed", lang, parts=list(what_lines(item, lang))) if any(what_lines(item, lang)) else ""


def what_lines(item: Item, lang: Lang) -> Iterator[str]:
    """One line for each thing that is not as it was."""
    for mismatch in item.mismatches:
        sides = {side: getattr(mismatch, side) or text("reconcile.nothing", lang) for side in ("old", "new")}
        yield text("reconcile.mismatch", lang, field=text(f"reconcile.field.{mismatch.field}", lang), **sides)
    if item.belongs_to:
        yield text("reconcile.belongs_to", lang, owner=item.belongs_to)


def _state(item: Item, lang: Lang) -> str:
    return text(f"reconcile.state.{item.state}", lang)


def _row(area: Reconciled, lang: Lang) -> list[Line]:
    states = [sum(i.state is state for i in area.items) for state in State]
    name = text(f"reconcile.area.{area.area}", lang)
    if not area.comparable:
        name = text("reconcile.not_comparable", lang, area=name)
    return [line(name), *(line(str(n)) for n in (area.old, area.new, area.same, *states))]


def _figures(area: Reconciled, page: Page) -> tuple[str, str, str, str]:
    told = [page.word("reconcile.same", count=area.same)]
    for state in State:
        if count := sum(item.state is state for item in area.items):
            told.append(f"{page.word(f'reconcile.state.{state}')} {count}")
    if not area.comparable:
        told.append(page.word("reconcile.not_looked"))
    return (page.word(f"reconcile.area.{area.area}"), f"{area.old:>6}", f"{area.new:>6}", "  ".join(told))


def _told(item: Item, page: Page) -> tuple[str, str]:
    what = one_line(what_text(item, page.lang))
    return _state(item, page.lang), f"{one_line(object_text(item))}  {what}".rstrip()


def _entrance(entrance: Entrance, page: Page) -> tuple[str, str, str, str]:
    old, new = (one_line(", ".join(a)) or page.word("reconcile.nothing") for a in (entrance.old, entrance.new))
    name = one_line(f"{entrance.kind} {entrance.namespace}/{entrance.name}")
    return name, one_line(", ".join(entrance.hosts)), old, page.word("reconcile.to", address=new)

"""The new cluster against the old one, for a terminal, for programs, and as tables of a document: layout only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

import msgspec

from migrator.locale import Lang, Msg, msg, say, text
from migrator.reconcile import Entrance, Item, Reconciled, Reconciliation, Scaled, State, Verdict
from migrator.render.comparison import count_rows, side_text
from migrator.render.document import Block, grid, line, paragraph
from migrator.render.escape import one_line
from migrator.render.jsondoc import dump, plain
from migrator.render.text import Page
from migrator.render.words import words
from migrator.runbook.model import Appendix, Runbook, Table
from migrator.snapshot.compare import Count

_SHOWN = 100  # objects of one area on a terminal; the JSON document has all
_FIGURES = {f"reconcile.column.{c}" for c in ("old", "new", "same", *(state.value for state in State))}
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
    if found.scaled:
        page.heading(page.word("reconcile.scaled"))
        page.rows([tuple(map(one_line, _scaled_row(scaled))) for scaled in found.scaled[:_SHOWN]])
        if (more := len(found.scaled) - _SHOWN) > 0:
            page.rows([(page.word("compare.more", count=more),)])
    if found.entrances:
        page.heading(page.word("reconcile.entrances"))
        page.rows([_entrance(entrance, page) for entrance in found.entrances])
    return page.finish()


def reconciliation_appendix(found: Reconciliation) -> Appendix:
    """The same as an appendix of the runbook that the move was made by, whatever the layout and the language."""
    columns = ["area", "old", "new", "same", *(state.value for state in State)]
    tables = [_table(columns, map(_area_row, found.areas))]
    if found.counts:
        tables.append(_table(["namespace", "kind", "old", "new"], map(_count_row, found.counts)))
    items = [item for area in found.areas for item in area.items]
    if items:
        tables.append(_table(["state", "object", "what"], map(_item_row, items)))
    if found.scaled:
        tables.append(_table(["scaled", "old", "new", "autoscaler"], map(_scaled_row, found.scaled)))
    if found.entrances:
        tables.append(_table(["object", "hosts", "old_address", "new_address"], map(_entrance_row, found.entrances)))
    return Appendix(
        key="reconciliation",
        title=msg("reconcile.title"),
        tables=tuple(tables),
        notes=(
            msg(f"reconcile.verdict.{found.verdict}"),
            msg("reconcile.sides", old=found.old.digest, new=found.new.digest),
        ),
    )


def with_reconciliation(runbook: Runbook, found: Reconciliation) -> Runbook:
    """The runbook with the reconciliation as its last appendix."""
    return msgspec.structs.replace(runbook, appendices=(*runbook.appendices, reconciliation_appendix(found)))


def reconciliation_blocks(found: Reconciliation, lang: Lang) -> list[Block]:
    """The same as a part of a page."""
    appendix = reconciliation_appendix(found)
    return [
        *(paragraph(say(note, lang)) for note in appendix.notes[:1]),
        *(
            grid(
                [text(column, lang) for column in table.columns],
                ([line(words(cell, lang)) for cell in row] for row in table.rows),
                right=[i for i, column in enumerate(table.columns) if column in _FIGURES],
            )
            for table in appendix.tables
        ),
    ]


def _table(columns: Sequence[str], rows: Iterable[tuple[str | Msg, ...]]) -> Table:
    return Table(columns=tuple(f"reconcile.column.{c}" for c in columns), rows=tuple(rows))


def _area_row(area: Reconciled) -> tuple[str | Msg, ...]:
    name = msg(f"reconcile.area.{area.area}")
    figures = (area.old, area.new, area.same, *(sum(i.state is state for i in area.items) for state in State))
    return (name if area.comparable else msg("reconcile.not_comparable", area=name), *map(str, figures))


def _count_row(count: Count) -> tuple[str | Msg, ...]:
    figures = (msg("compare.count.unknown") if n is None else str(n) for n in (count.old, count.new))
    return (count.namespace, count.kind, *figures)


def _item_row(item: Item) -> tuple[str | Msg, ...]:
    return (msg(f"reconcile.state.{item.state}"), object_text(item), _what(item))


def _scaled_row(scaled: Scaled) -> tuple[str, ...]:
    return (f"{scaled.kind} {scaled.namespace}/{scaled.name}", scaled.old, scaled.new, scaled.autoscaler)


def _entrance_row(entrance: Entrance) -> tuple[str | Msg, ...]:
    name = f"{entrance.kind} {entrance.namespace}/{entrance.name}"
    return (name, *(", ".join(part) or "—" for part in (entrance.hosts, entrance.old, entrance.new)))


def _what(item: Item) -> str | Msg:
    """What is different, or whose the object is; a dash where its state says all."""
    parts = list(_parts(item))
    return reduce(lambda first, more: msg("reconcile.cells", first=first, more=more), parts) if parts else "—"


def _parts(item: Item) -> Iterator[Msg]:
    for mismatch in item.mismatches:
        sides = {side: getattr(mismatch, side) or msg("reconcile.nothing") for side in ("old", "new")}
        yield msg("reconcile.mismatch", field=msg(f"reconcile.field.{mismatch.field}"), **sides)
    if item.belongs_to:
        yield msg("reconcile.belongs_to", owner=item.belongs_to)


def object_text(item: Item) -> str:
    return f"{item.kind} {item.namespace}/{item.name}" if item.namespace else f"{item.kind} {item.name}"


def _state(item: Item, lang: Lang) -> str:
    return text(f"reconcile.state.{item.state}", lang)


def _figures(area: Reconciled, page: Page) -> tuple[str, str, str, str]:
    told = [page.word("reconcile.same", count=area.same)]
    for state in State:
        if count := sum(item.state is state for item in area.items):
            told.append(f"{page.word(f'reconcile.state.{state}')} {count}")
    if not area.comparable:
        told.append(page.word("reconcile.not_looked"))
    return (page.word(f"reconcile.area.{area.area}"), f"{area.old:>6}", f"{area.new:>6}", "  ".join(told))


def _told(item: Item, page: Page) -> tuple[str, str]:
    what = one_line(words(_what(item), page.lang)).removesuffix("—")
    return _state(item, page.lang), f"{one_line(object_text(item))}  {what}".rstrip()


def _entrance(entrance: Entrance, page: Page) -> tuple[str, str, str, str]:
    old, new = (one_line(", ".join(a)) or page.word("reconcile.nothing") for a in (entrance.old, entrance.new))
    name = one_line(f"{entrance.kind} {entrance.namespace}/{entrance.name}")
    return name, one_line(", ".join(entrance.hosts)), old, page.word("reconcile.to", address=new)

"""Two snapshots compared, for a terminal and for programs: layout only."""

from __future__ import annotations

from collections import defaultdict

from migrator.locale import Lang, text
from migrator.render.escape import one_line
from migrator.render.facts import field_name, section_title, value_text
from migrator.render.jsondoc import dump, plain
from migrator.render.text import Page
from migrator.snapshot.compare import Change, Compared, Count, Entry, SectionDifference, Side, SnapshotComparison
from migrator.snapshot.model import CoverageState

_SHOWN = 50  # of one list; the JSON document has all


def comparison_json(comparison: SnapshotComparison, lang: Lang) -> bytes:
    """The whole comparison, field by field as in ``migrator.snapshot.compare``, with the titles of the sections."""
    sections = [
        {"title": section_title(s.section, lang), "differs": s.differs, **plain(s, lang)} for s in comparison.sections
    ]
    return dump({"differs": comparison.differs, **plain(comparison, lang), "sections": sections})


def comparison_text(comparison: SnapshotComparison, lang: Lang, *, colour: bool = False) -> str:
    """Counts of workloads, then the sections in one table, then what differs in each."""
    page = Page(lang, colour)
    differs = comparison.differs
    result = page.word("compare.result.differs" if differs else "compare.result.same")
    page.rows(
        [
            (page.word("compare.old"), side_text(comparison.old, page)),
            (page.word("compare.new"), side_text(comparison.new, page)),
            (page.word("compare.result"), page.paint(result, "care" if differs else "good")),
        ],
        indent=0,
    )
    if comparison.counts:
        page.heading(page.word("compare.counts"))
        page.rows(count_rows(comparison.counts, page))
    page.heading(page.word("compare.sections"))
    page.rows([_figures(s, page) for s in comparison.sections])
    for section in comparison.sections:
        if not section.passing:
            _details(section, page)
    return page.finish()


def change_text(change: Change, lang: Lang) -> str:
    """``replicas: 2 → 3``; of two lists what came and what went."""
    name = field_name(change.field, lang)
    old, new = change.old, change.new
    if isinstance(old, list) and isinstance(new, list):
        came, went = [i for i in new if i not in old], [i for i in old if i not in new]
        if came or went:
            marked = [f"-{value_text(change.field, i, lang)}" for i in went]
            marked += [f"+{value_text(change.field, i, lang)}" for i in came]
            return text("compare.change.list", lang, field=name, items=" ".join(marked))
    old_text, new_text = (value_text(change.field, value, lang) for value in (old, new))
    return text("compare.change", lang, field=name, old=old_text, new=new_text)


def state_word(state: CoverageState, lang: Lang) -> str:
    return text(f"compare.state.{state.value}", lang)


def side_text(compared: Compared, page: Page) -> str:
    name = one_line(compared.name) or page.word("render.unnamed_cluster")
    version = compared.version or page.word("render.text.version_unknown")
    return f"{name}  {version}  {compared.digest}"


def count_rows(counts: tuple[Count, ...], page: Page) -> list[tuple[str, str]]:
    """One row for all namespaces together, and one for each."""
    rows: dict[str, list[Count]] = defaultdict(list)
    for count in counts:
        rows[count.namespace].append(count)
    kinds = sorted({c.kind for c in counts})
    every = [_total(kind, [c for c in counts if c.kind == kind]) for kind in kinds]
    named = [(page.word("compare.count.total"), every), *((one_line(n), found) for n, found in rows.items())]
    return [(name, "  ".join(_count(c, page) for c in found)) for name, found in named]


def _total(kind: str, counts: list[Count]) -> Count:
    old, new = ([c.old for c in counts], [c.new for c in counts])
    return Count(namespace="", kind=kind, old=_sum(old), new=_sum(new))


def _sum(numbers: list[int | None]) -> int | None:
    return None if None in numbers else sum(n for n in numbers if n is not None)


def _count(count: Count, page: Page) -> str:
    old, new = (page.word("compare.count.unknown") if n is None else str(n) for n in (count.old, count.new))
    figures = old if old == new else page.word("compare.count", old=old, new=new)
    return f"{count.kind} {figures}"


def _figures(section: SectionDifference, page: Page) -> tuple[str, str, str, str]:
    old, new = section.old, section.new
    if _comparable(section):
        figures = [len(section.added), len(section.removed), len(section.changed), section.unchanged]
        if untold := len(section.untold_old) + len(section.untold_new):
            figures.append(untold)
        told = " ".join(f"{mark}{count:<5}" for mark, count in zip("+-~=?", figures, strict=False))
    else:
        states = {"old": state_word(old.state, page.lang), "new": state_word(new.state, page.lang)}
        told = page.word("compare.not_compared", **states)
    return (section_title(section.section, page.lang), _number(old), _number(new), told)


def _comparable(section: SectionDifference) -> bool:
    """Whether anything can be said of the section, be it of some kinds or by accident."""
    looked = CoverageState.READ in (section.old.state, section.new.state)
    return (looked and _has(section.old) and _has(section.new)) or bool(section.unchanged or section.changed)


def _has(side: Side) -> bool:
    return side.state is CoverageState.READ or side.count > 0


def _number(side: Side) -> str:
    return f"{side.count if _has(side) else '-':>6}"


def _details(section: SectionDifference, page: Page) -> None:
    rows: list[tuple[str, str]] = []
    told = [e for e in section.changed if not e.state_only]
    for mark, entries in (("+", section.added), ("-", section.removed), ("~", tuple(told))):
        rows += _listed(mark, entries, page)
    if silent := len(section.changed) - len(told):
        rows.append(("~", page.word("compare.state_only", count=silent)))
    if _comparable(section):
        for name in ("untold_old", "untold_new"):
            if entries := getattr(section, name):
                rows.append(("?", page.word(f"compare.{name}", count=len(entries))))
                rows += _listed("?", entries, page)
    if refused := sorted({*section.old.refused, *section.new.refused}):
        rows.append(("?", page.word("compare.refused_kinds", kinds=refused)))
    if rows:
        page.heading(section_title(section.section, page.lang))
        page.rows(rows)


def _listed(mark: str, entries: tuple[Entry, ...], page: Page) -> list[tuple[str, str]]:
    rows = [(mark, _described(entry, page)) for entry in entries[:_SHOWN]]
    if (more := len(entries) - _SHOWN) > 0:
        rows.append((mark, page.word("compare.more", count=more)))
    return rows


def _described(entry: Entry, page: Page) -> str:
    changes: list[str] = [one_line(change_text(c, page.lang)) for c in entry.changes]
    return "  ".join([one_line(entry.key) or page.word("check.section.cluster"), *changes])

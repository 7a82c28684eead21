"""Inventory and verdict as plain text for a terminal of 100 columns; Chinese characters count as two.

Nothing of the input reaches the terminal as a control sequence: see ``escape.visible``. Colour only on request.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from migrator.checks.assessment import Assessment
from migrator.checks.compare import Comparison
from migrator.checks.spec import Category, CheckResult, Outcome, Readiness, Severity
from migrator.locale import Lang, say, text
from migrator.paths.model import PathResult
from migrator.render.corrections import correction_text
from migrator.render.escape import one_line
from migrator.render.jsondoc import distinct_objects, kind_counts, nodes_looked_at, section_count
from migrator.render.ways import option_rows, risk_rows, ruled_out
from migrator.render.words import (
    Group,
    check_title,
    decided_sentence,
    grouped,
    is_open,
    left_out,
    listed,
    question,
    subjects,
    told_by,
    unresolved,
    waived,
)
from migrator.snapshot.corrections import CorrectionUse
from migrator.snapshot.model import ClusterFacts, Coverage, Section, Snapshot

WIDTH = 100
_SECRETS_SHOWN = 10
_CJK = "\u2e80-\u9fff\uff00-\uffef"
# A word or a Chinese character, with the brackets that open before it and the punctuation that must not begin a line.
_UNBROKEN = re.compile(rf"\s+|[（《【]*(?:[^\s{_CJK}]+|.)[，。、；：）》】！？]*")
_COLOURS = {"bad": "31", "care": "33", "good": "32", "head": "1"}
_CLUSTER_FACTS = (
    "category", "type", "flavor", "platform_version", "network_mode", "container_cidr", "service_cidr", "proxy_mode",
)  # fmt: skip
_BETWEEN = {"zh": "；", "en": "; "}
_SHADES = {
    Readiness.READY: "good",
    Readiness.READY_WITH_WARNINGS: "care",
    Readiness.BLOCKED: "bad",
    Readiness.INCOMPLETE: "care",
    Outcome.PASS: "good",
    Outcome.FAIL: "bad",
    Outcome.UNKNOWN: "care",
    Severity.BLOCKER: "bad",
    Severity.WARNING: "care",
}


class Page:
    """Lines of one terminal text."""

    def __init__(self, lang: Lang, colour: bool) -> None:
        self.lang = lang
        self.colour = colour
        self.lines: list[str] = []

    def word(self, key: str, **values: object) -> str:
        return one_line(text(key, self.lang, **values))

    def paint(self, value: str, shade: object) -> str:
        """``value`` in the colour of an outcome, severity or readiness, or in a named one."""
        name = shade if isinstance(shade, str) and shade in _COLOURS else _SHADES.get(shade, "")  # type: ignore[call-overload]
        return f"\x1b[{_COLOURS[name]}m{value}\x1b[0m" if self.colour and name else value

    def heading(self, value: str) -> None:
        self.lines += ["", self.paint(value, "head")]

    def rows(self, rows: Sequence[Sequence[str]], indent: int = 2, shades: Sequence[object] = ()) -> None:
        """Aligned columns; the last one is wrapped. ``shades`` colours the first column, row by row."""
        if not rows:
            return
        widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
        left = indent + sum(widths) + 2 * len(widths)
        for number, row in enumerate(rows):
            cells = [pad(value, size) for value, size in zip(row, widths, strict=False)]
            if shades:
                cells[0] = self.paint(cells[0], shades[number])
            last = wrap(row[-1], max(WIDTH - left, 30))
            self.lines.append((" " * indent + "".join(f"{c}  " for c in cells) + last[0]).rstrip())
            self.lines += [" " * left + more for more in last[1:]]

    def finish(self) -> str:
        return "\n".join(self.lines).lstrip("\n") + "\n"


def width(value: str) -> int:
    """Columns that ``value`` takes on a terminal."""
    if value.isascii():
        return len(value)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in value)


def pad(value: str, size: int) -> str:
    return value + " " * (size - width(value))


def wrap(value: str, size: int) -> list[str]:
    """``value`` in lines of at most ``size`` columns; a single longer word, such as a name, is kept whole."""
    lines, line, used = [], "", 0
    for piece in _UNBROKEN.findall(value):
        wide = width(piece)
        if used + wide > size and line and not piece.isspace():
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not piece.isspace():
            line += piece
            used += wide
    return [*lines, line.rstrip()]


def inspect_text(
    snapshot: Snapshot, lang: Lang, corrections: Sequence[CorrectionUse] = (), *, colour: bool = False
) -> str:
    """What was read: cluster, contents by section, kinds of object, files, dropped credentials; what was corrected."""
    page = Page(lang, colour)
    page.rows(_overview(snapshot, page), indent=0)
    _corrections(corrections, page)
    page.heading(page.word("render.text.sections"))
    page.rows([_section_row(snapshot, position, page) for position in range(len(snapshot.coverage))])
    page.heading(page.word("render.text.kinds"))
    page.rows([(one_line(kind), str(count)) for kind, count in kind_counts(snapshot).items()])
    page.heading(page.word("render.text.files"))
    page.rows([(page.word(f"render.status.{i.status}"), f"{i.objects:>6}", one_line(i.file)) for i in snapshot.inputs])
    if snapshot.secrets:
        page.heading(page.word("render.text.secrets", count=len(snapshot.secrets)))
        page.rows([(one_line(str(n.ref)), one_line(n.field)) for n in snapshot.secrets[:_SECRETS_SHOWN]])
        if (more := len(snapshot.secrets) - _SECRETS_SHOWN) > 0:
            page.lines.append("  " + page.word("render.text.secrets_more", count=more))
    return page.finish()


def _overview(snapshot: Snapshot, page: Page) -> list[tuple[str, str]]:
    cluster = snapshot.cluster
    name = one_line(cluster.name) or page.word("render.unnamed_cluster")
    total, distinct = len(snapshot.objects), distinct_objects(snapshot)  # rows of tables are none
    objects = "render.text.objects_count" if total != distinct else "render.text.objects_all_distinct"
    inputs = Counter(i.status for i in snapshot.inputs)
    rows = [
        (page.word("render.text.cluster"), f"{name}  {_version(cluster, page)}"),
        (page.word("render.text.objects"), page.word(objects, total=total, distinct=distinct)),
        (
            page.word("render.text.inputs"),
            page.word(
                "render.text.inputs_count",
                files=len(snapshot.inputs),
                read=inputs["read"],
                broken=inputs["partial"] + inputs["unreadable"],
                other=inputs["not_recognised"],
            ),
        ),
    ]
    known = [f"{name}={one_line(value)}" for name in _CLUSTER_FACTS if (value := getattr(cluster, name))]
    if known:
        rows.insert(1, (page.word("render.text.facts"), "  ".join(known)))
    return rows


def _version(cluster: ClusterFacts, page: Page) -> str:
    if cluster.version is None:
        return page.word("render.text.version_unknown")
    if not cluster.version_source:
        return str(cluster.version)
    source = page.word(f"fact.value.version_source.{cluster.version_source}")
    return page.word("render.text.version_from", version=str(cluster.version), source=source)


def _section_row(snapshot: Snapshot, position: int, page: Page) -> tuple[str, str, str]:
    covered = snapshot.coverage[position]
    count = section_count(snapshot, covered.section.value)
    return (
        page.word(f"check.section.{covered.section.value}"),
        f"{count if covered.read or covered.refused or _known_otherwise(snapshot, covered) else '-':>6}",
        _BETWEEN[page.lang].join(_section_words(snapshot, covered, page)),
    )


def _section_words(snapshot: Snapshot, covered: Coverage, page: Page) -> Iterator[str]:
    """What was read of a section, and what was not."""
    if denied := [k for k in covered.refused if k not in covered.kinds]:
        yield page.word("render.text.refused", kinds=denied)
    if partly := [k for k in covered.refused if k in covered.kinds]:
        yield page.word("render.text.in_part", kinds=partly)
    if not covered.read and not covered.refused:
        told = _known_otherwise(snapshot, covered)
        yield page.word("render.text.no_node_files" if told else "render.text.not_read")
    if covered.kinds and covered.section is not Section.OBJECTS:  # all of them: listed below anyway
        yield page.word("render.text.read_from", kinds=[told_by(k, page.lang) for k in covered.kinds])
    if covered.section is Section.NODE_SETTINGS and (looked := nodes_looked_at(snapshot)):
        yield page.word("render.text.nodes_looked_at", **looked)


def _known_otherwise(snapshot: Snapshot, covered: Coverage) -> bool:
    """Settings of nodes are told by pods and scripts too, without a look at any node."""
    return covered.section is Section.NODE_SETTINGS and bool(snapshot.node_settings)


def assess_text(
    snapshot: Snapshot,
    assessment: Assessment,
    lang: Lang,
    comparison: Comparison | None = None,
    corrections: Sequence[CorrectionUse] = (),
    *,
    colour: bool = False,
) -> str:
    """The verdict, the way, every check by category, every finding, every open question; what changed, where asked."""
    page = Page(lang, colour)
    readiness = assessment.readiness
    verdict = page.paint(page.word(f"readiness.{readiness.value}"), readiness)
    name = one_line(snapshot.cluster.name) or page.word("render.unnamed_cluster")
    versions = page.word("render.arrow", source=str(assessment.source), target=str(assessment.target))
    page.rows(
        [
            (page.word("render.text.cluster"), name),
            (page.word("render.text.versions"), versions),
            (page.word("render.text.strategy"), page.word(f"strategy.{assessment.choice.strategy.value}")),
            (page.word("render.text.path"), way(assessment.path, page)),
            (page.word("render.text.readiness"), verdict),
            ("", page.word(f"render.readiness.{readiness.value}")),
            (page.word("render.text.decided"), decided_sentence(assessment.results, lang)),
        ],
        indent=0,
    )
    page.rows([("-", one_line(say(reason, lang))) for reason in assessment.choice.reasons])
    if assessment.choice.person_reason:
        page.rows([("-", page.word("strategy.person_reason", reason=assessment.choice.person_reason))])
    _options(assessment, page)
    _risks(assessment.path, page)
    _corrections(corrections, page)
    for category in Category:
        results = [r for r in assessment.results if r.category is category]
        _checks(category, results, page)
    _findings(assessment.results, page)
    _questions([r for r in assessment.results if is_open(r)], page)
    if assessment.waivers:
        page.heading(page.word("render.waiver.heading"))
        page.rows([(use.waiver.check, one_line(waived(use, lang))) for use in assessment.waivers])
    if comparison is not None:
        _comparison(comparison, page)
    return page.finish()


def _options(assessment: Assessment, page: Page) -> None:
    names, *points = option_rows(assessment.choice, page.lang)
    page.heading(page.word("strategy.compare.heading"))
    for point, *values in points:
        page.rows([(point,)])
        page.rows([(name, one_line(value)) for name, value in zip(names[1:], values, strict=True)], indent=4)


def _risks(path: PathResult, page: Page) -> None:
    if not path.risks:
        return
    page.heading(page.word("path.risk.heading"))
    page.rows([(concern, kind, one_line(title)) for concern, kind, _, title, *_ in risk_rows(path, page.lang)])
    if passed := ruled_out(path, page.lang):
        page.lines.append(f"  {passed}")


def _corrections(uses: Sequence[CorrectionUse], page: Page) -> None:
    if uses:
        page.heading(page.word("render.text.corrections", count=len(uses)))
        states = [page.word(f"correction.state.{use.state.value}") for use in uses]
        page.rows([(s, one_line(correction_text(use, page.lang))) for s, use in zip(states, uses, strict=True)])


def _comparison(comparison: Comparison, page: Page) -> None:
    page.heading(page.word("baseline.heading"))
    page.rows([("-", one_line(say(remark, page.lang))) for remark in comparison.remarks])
    for name, findings in (("new", comparison.new), ("fixed", comparison.fixed)):
        page.rows([(page.word(f"baseline.{name}"), str(len(findings)))])
        for group in grouped(findings, page.lang):
            _group(group, page)
    page.rows([(page.word("baseline.not_comparable"), str(len(comparison.not_comparable)))])
    page.rows([(n.check, one_line(say(n.reason, page.lang))) for n in comparison.not_comparable], indent=4)
    page.rows([(page.word("baseline.unchanged"), str(len(comparison.unchanged)))])


def way(path: PathResult, page: Page) -> str:
    values = {"source": str(path.source), "target": str(path.target)}
    if not path.found:
        return page.word("render.path.none", **values)
    if not path.hops:
        return page.word("render.path.same_minor", **values)
    return " → ".join([str(path.hops[0].source), *(str(h.target) for h in path.hops)])


def _checks(category: Category, results: list[CheckResult], page: Page) -> None:
    if not results:
        return
    page.heading(f"{page.word('render.text.checks')} · {page.word(f'category.{category.value}')}")
    applicable = [r for r in results if r.outcome is not Outcome.NOT_APPLICABLE]
    rows = [
        (
            page.word(f"outcome.{r.outcome.value}"),
            r.check,
            f"{check_title(r.slug, page.lang)} — {one_line(say(r.reason, page.lang))}",
        )
        for r in applicable
    ]
    page.rows(rows, shades=[r.outcome for r in applicable])
    if said := left_out(results, page.lang):
        page.lines.append("  " + one_line(said))


def _findings(results: Sequence[CheckResult], page: Page) -> None:
    for severity in Severity:
        chosen = [(r, [f for f in r.findings if f.severity is severity]) for r in results]
        total = sum(len(found) for _, found in chosen)
        if not total:
            continue
        word = page.paint(page.word(f"severity.{severity.value}"), severity)
        page.heading(f"{page.word('render.text.findings')} · {word} ({total})")
        for result, found in chosen:
            if found:
                page.rows([(result.check, f"{check_title(result.slug, page.lang)} ({len(found)})")])
            for group in grouped(found, page.lang):
                _group(group, page)


def _group(group: Group, page: Page) -> None:
    """One object and what is wrong with it; for several objects the sentence first, then their names."""
    names = [one_line(name) for name in subjects(group.findings, page.lang)]
    if len(names) < 2:
        page.rows([("-", " — ".join([*names, one_line(group.sentence)]))], indent=4)
        return
    page.rows([("-", f"{one_line(group.sentence)} ({len(group.findings)})")], indent=4)
    page.rows([("", listed(names, page.lang))], indent=6)


def _questions(waiting: list[CheckResult], page: Page) -> None:
    """A line each, however long: to be searched and cut by other programs, so not wrapped."""
    if not waiting:
        return
    page.heading(f"{page.word('render.text.questions')} ({len(waiting)})")
    for category in Category:
        asked = [r for r in waiting if r.category is category]
        if asked:
            page.lines.append(f"  {page.word(f'category.{category.value}')} ({len(asked)})")
        for result in asked:
            page.lines.append(f"    {result.check}  {one_line(question(result, page.lang))}")
            page.lines += [f"      {one_line(unresolved(u, page.lang))}" for u in result.unresolved]

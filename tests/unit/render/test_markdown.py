"""The Markdown runbook: every field of a step is there, links lead somewhere, nothing of a dump becomes layout."""

from __future__ import annotations

import re

import msgspec
import pytest
from markdown_it import MarkdownIt

from migrator.checks.spec import Category, Outcome, Severity
from migrator.locale import LANGS, Lang, msg, text
from migrator.render.escape import prose, visible
from migrator.render.markdown import render_markdown
from migrator.runbook.model import Phase
from tests.unit.render.samples import HOSTILE, finding, result, runbook, said, step

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})


def headings(document: str) -> list[str]:
    tokens = MARKDOWN.parse(document)
    return [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]


def shape(document: str) -> list[str]:
    """The blocks of a document without their text: headings, tables with their cells, code, lists."""
    kept = ("heading_open", "tr_open", "td_open", "th_open", "fence", "bullet_list_open", "blockquote_open", "hr")
    return [f"{t.type}{t.tag}" for t in MARKDOWN.parse(document) if t.type in kept]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_does_not_change_the_shape(value: str, lang: Lang) -> None:
    document = render_markdown(runbook(value), lang)

    assert shape(document) == shape(render_markdown(runbook("web"), lang))
    assert document == visible(document)


@pytest.mark.parametrize("lang", LANGS)
def test_every_link_leads_to_one_place(lang: Lang) -> None:
    document = render_markdown(runbook(), lang)

    anchors = re.findall(r'<a id="([^"]+)"></a>', document)
    assert len(set(anchors)) == len(anchors)
    assert {"s1", "s1-1", "s1-2", "s1-3", "s2", "s2-1", "s2-2"} <= set(anchors)
    assert set(re.findall(r"\]\(#([^)]+)\)", document)) <= set(anchors)


@pytest.mark.parametrize("lang", LANGS)
def test_all_fields_of_a_step_are_there(lang: Lang) -> None:
    document = render_markdown(runbook(), lang)
    part = document.split('<a id="s1-1"></a>')[1].split('<a id="s1-2"></a>')[0]

    for key in ("title", "why", "expected"):
        assert prose(text("render.path.impact", lang, text=f"{key} of one")) in part
    assert "```bash\nkubectl apply -f one.yaml\n```" in part
    assert "```bash\nkubectl get one\n```" in part
    assert "```bash\nkubectl delete -f one.yaml\n```" in part
    assert text("role.cluster_engineer", lang) in part
    assert text("render.time.minutes_range", lang, low=5, high=10) in part
    assert f"API001 {text('check.removed-api.title', lang)}" in part
    assert "Ingress shop/web" in part
    assert f"☐ {text('document.form.done', lang)}" in part
    assert f"{text('document.form.by', lang)} ____________" in part


@pytest.mark.parametrize("lang", LANGS)
def test_the_step_without_return_says_so_in_heading_and_text(lang: Lang) -> None:
    document = render_markdown(runbook(), lang)
    part = document.split('<a id="s2-2"></a>')[1]

    heading = next(line for line in part.splitlines() if line.startswith("### 2.2"))
    for key in ("render.step.mark_no_return", "render.step.mark_destructive"):
        assert prose(text(key, lang)) in heading
        assert f"> **{prose(text(key, lang))}**" in part
    assert prose(text("render.path.impact", lang, text="gone web")) in part


@pytest.mark.parametrize("lang", LANGS)
def test_gate_has_a_line_to_sign_and_the_interruption_tells_what_stops(lang: Lang) -> None:
    document = render_markdown(runbook(), lang)

    gate = document.split('<a id="s1-3"></a>')[1].split('<a id="s2"></a>')[0]
    assert f"☐ {text('document.form.go', lang)}" in gate
    assert f"☐ {text('document.form.no_go', lang)}" in gate
    assert f"☐ {text('document.form.done', lang)}" not in gate
    stop = document.split('<a id="s2-1"></a>')[1].split('<a id="s2-2"></a>')[0]
    assert (
        f"**{prose(text('render.step.outage', lang))}** {prose(text('render.path.impact', lang, text='web'))}" in stop
    )


def test_steps_before_are_drawn_together() -> None:
    document = render_markdown(runbook(), "en")

    assert "| [1.1](#s1-1)–[1.3](#s1-3) |" in document
    assert "| [1.1](#s1-1), [1.2](#s1-2) |" in document


def test_cover_tells_versions_times_and_digests() -> None:
    document = render_markdown(runbook(), "en")

    assert document.startswith("# Cross-version migration runbook: web\n")
    assert "v1.13.10-r0 → v1.25.3-r0" in document
    assert "50 min to 4 h" in document
    assert "30 min to 3 h 20 min" in document
    for letter in "abc":
        assert f"`sha256:{letter * 64}`" in document


def test_checklist_names_findings_with_the_step_that_answers_them() -> None:
    document = render_markdown(runbook(), "en")

    checklist = document.split("## Checklist")[1]
    rows = [line for line in checklist.splitlines() if "| Ingress shop/" in line]
    assert rows == [
        "| Blocker | Impact: web | Ingress shop/web | [1.1](#s1-1) |",
        "| Blocker | Impact: other | Ingress shop/other | — |",
    ]


def test_findings_that_say_the_same_share_a_row() -> None:
    same = [msgspec.structs.replace(finding(name), values={"text": "same"}) for name in ("web", "cart")]
    book = runbook()
    failed = msgspec.structs.replace(book.results[2], findings=tuple(same))

    document = render_markdown(msgspec.structs.replace(book, results=(failed,)), "en")

    assert "| Blocker | Impact: same | Ingress shop/web, shop/cart | [1.1](#s1-1) |" in document


def test_problems_and_what_is_only_to_be_known_are_counted_apart() -> None:
    book = runbook()
    notes = [msgspec.structs.replace(finding(name), severity=Severity.INFO) for name in ("b", "c")]
    problem = msgspec.structs.replace(finding("a"), severity=Severity.WARNING)
    mixed = msgspec.structs.replace(book.results[2], findings=(problem, *notes))
    passed = msgspec.structs.replace(book.results[2], outcome=Outcome.PASS, findings=tuple(notes))

    document = render_markdown(msgspec.structs.replace(book, results=(mixed,)), "en")
    assert "Findings: 1, to be known: 2" in document
    row = next(line for line in document.splitlines() if line.startswith(f"| {mixed.check} "))
    assert "| Warning |" in row, "the level is that of the worst finding, not of the check"
    assert "Also 2 to be known." in row

    counted = msgspec.structs.replace(mixed, reason=msg("check.reason.findings_and_notes", count=1, notes=2))
    document = render_markdown(msgspec.structs.replace(book, results=(counted,)), "en")
    row = next(line for line in document.splitlines() if line.startswith(f"| {mixed.check} "))
    assert row.endswith("| Problems found: 1; notes beside them: 2. |"), "the notes are counted once"

    document = render_markdown(msgspec.structs.replace(book, results=(passed,)), "en")
    assert "To be known (2):" in document


def test_open_questions_list_what_nobody_answered() -> None:
    document = render_markdown(runbook("disk-1"), "en")
    part = document.split("## Open questions")[1].split("\n## ")[0]

    asked = [line.split(" | ")[0] for line in part.splitlines() if re.match(r"\| [A-Z]{3}\d", line)]
    assert asked == ["| CLU001", "| STO001"]
    assert "PersistentVolume disk-1: Impact: disk-1" in part


def test_checks_that_do_not_apply_share_a_line_below_their_category() -> None:
    here, elsewhere = (
        result(code, "node-not-ready", Category.CLUSTER, outcome)
        for code, outcome in (("CLU001", Outcome.PASS), ("CLU002", Outcome.NOT_APPLICABLE))
    )
    document = render_markdown(runbook(results=(here, elsewhere)), "en")
    nothing = render_markdown(runbook(results=(elsewhere,)), "en")

    assert "\n1 do not apply: CLU002\n" in document
    assert "| CLU001 |" in document
    assert "| CLU002 |" not in document
    assert "Outcome | Severity" not in nothing


def test_headings_come_in_the_order_of_the_document() -> None:
    found = headings(render_markdown(runbook(), "zh"))

    chapters = "签署 目录 概要 阻断项 阶段一览 时间安排与断服 步骤的先后依赖 升级路径 策略与理由 未决问题"
    assert found[1:11] == chapters.split()
    assert [h.split()[0] for h in found if re.match(r"\d", h)] == ["1", "1.1", "1.2", "1.3", "2", "2.1", "2.2"]
    assert found.index("检查清单") > found.index(next(h for h in found if h.startswith("2.2 ")))
    assert found[-2] == "附录"


def test_a_phase_without_steps_says_so() -> None:
    book = runbook()
    empty = Phase(key="empty", title=said("nothing"), steps=())

    document = render_markdown(msgspec.structs.replace(book, phases=(*book.phases, empty)), "en")

    nothing = "The old cluster holds nothing that this phase deals with: there is nothing to do."
    assert f"## 3 Impact: nothing\n\n{nothing}\n" in document


def test_every_step_of_a_long_phase_is_written() -> None:
    steps = tuple(step(f"s{i}", f"1.{i + 1}", "big", after=(f"s{i - 1}",) if i else ()) for i in range(1_000))
    book = runbook(phases=(Phase(key="big", title=said("big"), steps=steps),))

    assert render_markdown(book, "zh").count("\n### 1.") == 1_000

"""Text for a terminal: aligned although Chinese is twice as wide, wrapped, without control sequences of a dump."""

from __future__ import annotations

import re

import msgspec
import pytest

from migrator.checks.spec import Category, Outcome
from migrator.locale import LANGS, Lang, text
from migrator.render.text import WIDTH, Page, assess_text, inspect_text, pad, width, wrap
from migrator.snapshot.model import KubeObject, ObjectRef, SecretNotice
from tests.unit.render.samples import HOSTILE, finding, result, runbook
from tests.unit.render.test_jsondoc import snapshot, verdict


def test_a_chinese_character_takes_two_columns() -> None:
    assert [width(v) for v in ("abc", "集群", "v1.13 集群", "e\u0301")] == [3, 4, 10, 1]
    assert pad("集群", 6) == "集群  "


def test_columns_are_aligned_whatever_the_script() -> None:
    page = Page("zh", colour=False)
    page.rows([("集群", "1", "x"), ("node pools", "22", "y")], indent=0)

    assert page.finish() == "集群        1   x\nnode pools  22  y\n"


def test_lines_break_between_words_and_between_chinese_characters() -> None:
    assert wrap("one two three four", 9) == ["one two", "three", "four"]
    assert wrap("节点与负载均衡", 6) == ["节点与", "负载均", "衡"]
    assert wrap("节点，负载", 6) == ["节点，", "负载"], "a comma never begins a line"
    assert wrap("参数（内核）", 5) == ["参数", "（内", "核）"], "a bracket never ends a line"
    assert wrap("", 10) == [""]


def test_a_long_name_is_kept_whole() -> None:
    assert wrap(f"a {'x' * 50} b", 20) == ["a", "x" * 50, "b"]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_of_a_dump_reaches_the_terminal_as_a_control(value: str, lang: Lang) -> None:
    book = runbook(value)
    ref = ObjectRef(api_version="v1", kind="Secret", namespace="a", name=value)
    seen = msgspec.structs.replace(
        snapshot(), objects=(KubeObject(ref=ref),), secrets=(SecretNotice(ref=ref, field=value),)
    )

    for page in (inspect_text(seen, lang), assess_text(seen, verdict(book), lang)):
        assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page) is None


@pytest.mark.parametrize("lang", LANGS)
def test_the_verdict_comes_first_and_every_check_is_listed(lang: Lang) -> None:
    book = runbook()

    lines = assess_text(snapshot(), verdict(book), lang).splitlines()

    assert text("readiness.blocked", lang) in "\n".join(lines[:6])
    for code in ("CLU001", "WKL001", "API001", "STO001", "OPS001"):
        assert any(code in line for line in lines)
    asked = [line for line in lines if line.startswith("    CLU001 ")]
    assert [line for line in lines if width(line) > WIDTH] == [line for line in asked if width(line) > WIDTH]


def test_open_questions_stand_by_category_a_line_each() -> None:
    page = assess_text(snapshot(), verdict(runbook()), "en")

    part = page.split("Open questions (2)\n")[1].splitlines()
    asked = text("check.node-address-written-elsewhere.question", "en")
    assert part[:2] == [f"  {text('category.cluster', 'en')} (1)", f"    CLU001  {asked}"]
    assert part[2:4] == [
        f"  {text('category.storage', 'en')} (1)",
        f"    STO001  {text('check.storage-origin.title', 'en')}",
    ]
    assert part[4].startswith("      PersistentVolume web: ")


def test_what_does_not_apply_is_one_line_of_its_category() -> None:
    outcomes = {
        "CLU001": Outcome.NOT_APPLICABLE,
        "CLU002": Outcome.PASS,
        "CLU003": Outcome.NOT_APPLICABLE,
        "CLU004": Outcome.NOT_APPLICABLE,
        "PRE001": Outcome.NOT_APPLICABLE,
        "PRE005": Outcome.NOT_APPLICABLE,
        "PRE010": Outcome.NOT_APPLICABLE,
    }
    results = tuple(result(code, "node-not-ready", Category.CLUSTER, outcome) for code, outcome in outcomes.items())

    zh, en = (assess_text(snapshot(), verdict(runbook(results=results)), lang) for lang in LANGS)

    assert "\n  6 项不适用：CLU001、CLU003、CLU004、PRE001–PRE010\n" in zh
    assert "\n  6 do not apply: CLU001, CLU003, CLU004, PRE001–PRE010\n" in en
    assert zh.count("reason of") == 1


def test_findings_that_say_the_same_stand_together() -> None:
    book = runbook()
    three = tuple(msgspec.structs.replace(finding(name), values={"text": "same"}) for name in ("a", "b", "c"))
    failed = msgspec.structs.replace(book.results[2], findings=three)

    page = assess_text(snapshot(), verdict(runbook(results=(failed,))), "en")

    assert "    -  Impact: same (3)\n        Ingress shop/a, shop/b, shop/c\n" in page


def test_colour_only_on_request() -> None:
    book = verdict(runbook())

    assert "\x1b[" not in assess_text(snapshot(), book, "en")
    assert "\x1b[31m" in assess_text(snapshot(), book, "en", colour=True)


def test_inventory_tells_what_was_not_read() -> None:
    page = inspect_text(snapshot(), "en")

    assert re.search(r"^  nodes +1  from Node$", page, flags=re.M)
    assert re.search(r"^  pods +-  not in the input$", page, flags=re.M)
    assert re.search(r"^  Services +0  refused or left out: Service$", page, flags=re.M)
    assert re.search(r"^  node settings +0  from limits.conf; files of 1 of 1 nodes$", page, flags=re.M)
    assert re.search(r"^  unreadable +0  b\.yaml$", page, flags=re.M)
    assert "v1.13.10-r0 (from the kubelets)" in page


def test_result_without_findings_has_no_heading_of_findings() -> None:
    passed = [r for r in runbook().results if not r.findings]

    page = assess_text(snapshot(), verdict(runbook(results=tuple(passed))), "en")

    assert text("render.text.findings", "en") not in page

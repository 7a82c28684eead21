"""Properties that hold for every check."""

from __future__ import annotations

import string

import msgspec
import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.checks.registry import Registry, all_checks, check, find_check, ruleset_digest
from migrator.checks.runner import run_checks
from migrator.checks.spec import Category, CheckSpec, Outcome, Severity
from migrator.locale import LANGS, catalogue, say
from migrator.paths.model import Strategy
from tests.checks.support import CATALOG, cases, context_of, snapshot_of

ALL = all_checks()
IDS = [c.spec.code for c in ALL]
COURSE = {
    "CL-1": Category.CLUSTER,
    "WL-1": Category.WORKLOAD,
    "ST-1": Category.STORAGE,
    "ST-2": Category.STORAGE,
    "NW-1": Category.NETWORK,
    "NW-2": Category.NETWORK,
    "OM-1": Category.OPERATIONS,
}


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_codes_and_slugs_are_unique() -> None:
    assert len({c.spec.code for c in ALL}) == len({c.spec.slug for c in ALL}) == len(ALL)


def test_order_is_the_checklist_of_the_course_then_the_code() -> None:
    places = [(list(Category).index(c.spec.category), c.spec.code) for c in ALL]
    assert places == sorted(places)
    assert [c.value for c in Category] == ["cluster", "workload", "storage", "network", "operations"]


def test_the_seven_items_of_the_course_are_there() -> None:
    assert {c.spec.course_item: c.spec.category for c in ALL if c.spec.course_item} == COURSE


@pytest.mark.parametrize("registered", ALL, ids=IDS)
def test_texts_are_written_in_both_languages(registered) -> None:
    spec = registered.spec
    parts = ["title", "rationale", "remediation"] + (["question"] if spec.may_ask else [])
    for part in parts:
        for lang in LANGS:
            assert catalogue()[f"check.{spec.slug}.{part}"][lang].strip()
    assert spec.may_ask == (f"check.{spec.slug}.question" in catalogue())


def test_no_text_speaks_of_a_check_that_is_not_there() -> None:
    shared = {"reason", "section", "load_balancer", "answers", "listed", "condition"}
    slugs = {key.split(".")[1] for key in catalogue() if key.startswith("check.")}
    assert slugs - shared == {c.spec.slug for c in ALL}


def test_both_languages_use_the_same_placeholders() -> None:
    for key, sentence in catalogue().items():
        if key.startswith(("check.", "error.answer_")):
            assert fields(sentence["zh"]) == fields(sentence["en"]), key


def test_sources_are_known_to_the_catalog() -> None:
    tags = {source.tag for source in shipped_catalog().sources}
    assert {tag for c in ALL for tag in c.spec.references} <= tags
    assert all(c.spec.references for c in ALL)


@pytest.mark.parametrize("registered", ALL, ids=IDS)
def test_every_check_has_its_cases(registered) -> None:
    spec = registered.spec
    if spec.code.startswith("PRE") and spec.asks and not any(code == spec.code for code, _, _ in cases()):
        return  # a question made from its row: test_precheck goes through all of them
    outcomes = {case["expect"]["outcome"] for code, _, case in cases() if code == spec.code}
    wanted = {"pass"} if spec.severity is Severity.INFO else {"pass", "fail"}
    assert wanted <= outcomes


def test_no_case_without_a_check() -> None:
    assert {code for code, _, _ in cases()} <= set(IDS)


@pytest.mark.parametrize("registered", ALL, ids=IDS)
def test_a_missing_section_is_named_and_never_passes(registered) -> None:
    spec = registered.spec
    for section in sorted(spec.needs):
        snapshot = snapshot_of({"absent": [section.value]})
        strategy = sorted(spec.strategies)[0]
        context = context_of(snapshot, target="v1.29.1-r0", strategy=strategy)
        (result,) = run_checks(context, (), [registered])
        assert context.target in spec.applies
        assert (result.outcome, result.reason.key) == (Outcome.UNKNOWN, "check.reason.sections_absent")
        assert result.reason.values["sections"] == [section.value]
        assert catalogue()[f"check.section.{section.value}"]["zh"] in say(result.reason, "zh")


@pytest.mark.parametrize("strategy", list(Strategy))
def test_the_healthy_cluster_passes_everything_once_a_person_has_answered(strategy) -> None:
    seen = sorted({kind for c in ALL for kind in c.kinds})
    context = context_of(snapshot_of({"seen": seen}), strategy=strategy)
    results = run_checks(context)
    assert [r.check for r in results] == IDS
    asked = {c.spec.code for c in ALL if c.spec.asks and strategy in c.spec.strategies}
    for result in results:
        wanted = {Outcome.PASS} if result.check not in asked else {Outcome.UNKNOWN}
        wanted.add(Outcome.NOT_APPLICABLE)
        assert result.outcome in wanted, result


def test_lookup_by_code_and_slug() -> None:
    assert find_check("API001") is find_check("api001") is find_check("removed-api")
    assert find_check("API999") is None


def test_a_frozen_registry_takes_no_more() -> None:
    with pytest.raises(ValueError, match="frozen"):
        check(CheckSpec(code="CLU999", slug="late", category=Category.CLUSTER, severity=Severity.INFO))(lambda _: ())


@pytest.mark.parametrize(
    ("code", "slug"),
    [("CLU001", "other"), ("CLU002", "first"), ("CLU1", "short"), ("XYZ001", "family"), ("CLU003", "A B")],
)
def test_a_taken_or_malformed_name_is_refused(code: str, slug: str) -> None:
    registry = Registry()
    first = CheckSpec(code="CLU001", slug="first", category=Category.CLUSTER, severity=Severity.INFO)
    registry.check(first)(lambda _: ())
    with pytest.raises(ValueError, match=code):
        registry.check(msgspec.structs.replace(first, code=code, slug=slug))(lambda _: ())


def test_digest_is_stable_and_follows_the_catalog() -> None:
    digest = ruleset_digest(CATALOG)
    assert digest.startswith("sha256:")
    assert len(digest) == 71
    assert digest == ruleset_digest(CATALOG)
    assert digest != ruleset_digest(msgspec.structs.replace(CATALOG, digest="sha256:other"))

"""Every sentence stands in both languages, says the same with the same values, and is used."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from string import Formatter

import pytest
import yaml

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Mode, Rollback, Start
from migrator.checks.registry import all_checks
from migrator.checks.spec import Category, Outcome, Readiness, Severity
from migrator.locale import LANGS, catalogue
from migrator.paths.model import Strategy
from migrator.runbook.model import Playbook, Role, StepKind, Where
from migrator.snapshot.correctable import ValueType
from migrator.snapshot.corrections import CorrectionState
from migrator.snapshot.model import CoverageState, Section
from tests.unit.locale.keys import ROOT, Named

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Words that a Chinese engineer writes in English too.
# Sentences that come whole from elsewhere, one value for each language.
BROUGHT_ALONG = {"catalog.told"}
SAME_IN_CHINESE = {"check.load-balancers-and-ingresses.evidence.ingress"}
FAMILIES: dict[str, type[StrEnum]] = {
    "category": Category,
    "severity": Severity,
    "outcome": Outcome,
    "readiness": Readiness,
    "render.readiness": Readiness,
    "strategy": Strategy,
    "role": Role,
    "where": Where,
    "path.mode": Mode,
    "path.start": Start,
    "path.rollback": Rollback,
    "check.section": Section,
    "compare.state": CoverageState,
    "correction.state": CorrectionState,
    "correction.told": CorrectionState,
    "correction.expected": ValueType,
    "render.title": Playbook,
    "render.kind": StepKind,
}

STEP_FIELDS = {"title", "why", "expected", "no_rollback", "outage"}


@cache
def named() -> Named:
    return Named({key.partition(".")[0] for key in catalogue()} - {"error"})


def placeholders(template: str) -> list[str]:
    return sorted({field for _, field, spec, conversion in Formatter().parse(template) if field is not None})


def keys() -> list[str]:
    return sorted(catalogue())


def test_no_key_stands_twice_in_a_file() -> None:
    """YAML itself would let the second win in silence."""
    for file in sorted((ROOT / "migrator" / "locale").glob("*.yaml")):
        root = yaml.compose(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
        found = [key.value for key, _ in root.value]
        assert sorted(found) == sorted(set(found)), file.name


def test_keys_are_written_one_way() -> None:
    assert [k for k in keys() if not re.fullmatch(r"[a-z_]+(\.[a-z0-9_-]+)+", k)] == []


def test_both_languages_say_it_with_the_same_values() -> None:
    wrong = [
        f"{key}: {problem}" for key in keys() if key not in BROUGHT_ALONG for problem in _problems(catalogue()[key])
    ]
    assert wrong == []


def _problems(sentence: dict[str, str]) -> list[str]:
    if sorted(sentence) != sorted(LANGS):
        return [f"languages {sorted(sentence)}"]
    found = [f"{lang} is empty" for lang in LANGS if not sentence[lang].strip()]
    found += [f"{lang} has spaces around it" for lang in LANGS if sentence[lang].strip() != sentence[lang]]
    values = {lang: placeholders(sentence[lang]) for lang in LANGS}
    found += [f"{lang}: {name!r} is no name" for lang in LANGS for name in values[lang] if not name.isidentifier()]
    if values["zh"] != values["en"]:
        found.append(f"values differ: {values}")
    return found


def test_chinese_is_chinese_and_english_is_not() -> None:
    without = {k for k, s in catalogue().items() if not CHINESE.search(s["zh"]) and _has_words(s["zh"])}
    assert without - SAME_IN_CHINESE == set(), "write these in Chinese, or list them as the same in Chinese"
    assert SAME_IN_CHINESE - without == set(), "these are written in Chinese now: take them off the list"
    # English quotes the Chinese label of a console where the reader has to find it.
    quoted = re.compile(r"([\u4e00-\u9fff]+ )?\([^)]*\)|\"[^\"]*\"")
    assert [k for k, s in catalogue().items() if CHINESE.search(quoted.sub("", s["en"]))] == []


def _has_words(template: str) -> bool:
    """Whether anything but placeholders and signs is in it."""
    return re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", template)) is not None


def test_chinese_uses_its_own_punctuation() -> None:
    """A half-width comma, colon or question mark between two Chinese characters is a slip of the keyboard."""
    slip = re.compile(r"[\u4e00-\u9fff][,;:?!()][\u4e00-\u9fff]")
    assert [k for k, s in catalogue().items() if slip.search(s["zh"])] == []


@pytest.mark.parametrize(("prefix", "members"), FAMILIES.items(), ids=FAMILIES.keys())
def test_a_family_has_a_sentence_for_every_member(prefix: str, members: type[StrEnum]) -> None:
    assert [m.value for m in members if f"{prefix}.{m.value}" not in catalogue()] == []


def test_every_check_has_its_sentences() -> None:
    wanted = []
    for check in all_checks():
        parts = ["title", "rationale", "remediation", *(["question"] if check.spec.may_ask else [])]
        wanted += [f"check.{check.spec.slug}.{part}" for part in parts]
    assert [key for key in wanted if key not in catalogue()] == []


def test_every_hop_and_removal_of_the_catalog_has_its_sentences() -> None:
    catalog = shipped_catalog()
    hops = [hop for profile in catalog.profiles for hop in profile.hops]
    wanted = {f"path.precondition.{name}" for hop in hops for name in hop.preconditions}
    wanted |= {f"path.impact.{name}" for hop in hops for name in hop.impacts}
    wanted |= {f"api.change.{api.change}" for api in catalog.api_removals if api.change}
    assert sorted(wanted - catalogue().keys()) == []


def test_every_key_that_the_code_names_exists() -> None:
    missing = {key: place for key, place in named().literals.items() if key not in catalogue() and not _no_key(key)}
    assert missing == {}


def test_every_family_that_the_code_builds_has_a_member() -> None:
    empty = {p: place for p, place in named().families.items() if not any(re.fullmatch(p, k) for k in catalogue())}
    assert empty == {}


def test_every_error_that_the_code_raises_has_a_sentence() -> None:
    missing = {code: place for code, place in named().errors.items() if f"error.{code}" not in catalogue()}
    assert missing == {}


def test_every_sentence_is_used() -> None:
    """By its whole key, as a member of a family, or as the code of an error."""
    unused = [key for key in catalogue() if not _used(key)]
    assert unused == []


def _no_key(literal: str) -> bool:
    """The name of a step, the beginning of a family that the code completes, or an API group."""
    is_step = f"step.{literal}.title" in catalogue()
    if literal.endswith(".uid"):  # a field of a row that another row points to
        return True
    return is_step or literal.endswith(".k8s.io") or any(k.startswith(f"{literal}.") for k in catalogue())


def _used(key: str) -> bool:
    if key.startswith("error."):
        return key in named().words or key.removeprefix("error.") in named().words
    if key.startswith("check.") and (slug := key.split(".")[1]) in _slugs():
        part = key.removeprefix(f"check.{slug}.")
        return part in _always(slug) or named().part(part) or named().part(part.partition(".")[2])
    if key.startswith("step."):
        name, _, field = key.removeprefix("step.").rpartition(".")
        return field in STEP_FIELDS and named().part(name)
    return key in named().literals or named().built(key) or _catalog_word(key)


@cache
def _slugs() -> set[str]:
    return {check.spec.slug for check in all_checks()}


def _always(slug: str) -> set[str]:
    """The parts that every check has; a question only where it asks."""
    asks = next(check.spec.may_ask for check in all_checks() if check.spec.slug == slug)
    return {"title", "rationale", "remediation", "finding", "unresolved"} | ({"question"} if asks else set())


def _catalog_word(key: str) -> bool:
    """Sentences whose last part is a word of the catalog's data."""
    catalog = shipped_catalog()
    hops = [hop for profile in catalog.profiles for hop in profile.hops]
    by_prefix = {
        "path.precondition": {name for hop in hops for name in hop.preconditions},
        "path.impact": {name for hop in hops for name in hop.impacts},
        "api.change": {api.change for api in catalog.api_removals},
    }
    prefix, _, name = key.rpartition(".")
    return name in by_prefix.get(prefix, set())

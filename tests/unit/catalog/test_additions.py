"""An administrator's additions join the shipped catalog, or are refused by the rules of its own files."""

from __future__ import annotations

import msgspec
import pytest

from migrator.catalog.additions import Addition, AdditionKind, extended
from migrator.catalog.loader import shipped_catalog
from migrator.checks.spec import Outcome
from migrator.engine import Request, assess, find_route
from migrator.errors import CatalogError
from migrator.locale import LANGS, say
from migrator.paths.model import Strategy
from migrator.snapshot.model import AddOn, ClusterFacts, Coverage, Section, Snapshot
from migrator.versions import Version

CATALOG = shipped_catalog()
HOP = """
source: "1.17"
target: "1.19"
modes: [in_place]
start: ticket
rollback: on_failure
minutes: ["20", "25"]
sources: [support letter of 2023-05]
"""
RISK = """
name: our-agent
kind: precaution
title: {zh: 安全代理会阻止升级, en: Our security agent stops the upgrade}
remedy: {zh: 先停用安全代理, en: Switch the agent off first}
source: "==1.17"
sources: [support letter of 2023-05]
"""
ROW = """
addon: our-agent
versions: ">=2.0.1,<=2.0.9"
clusters: ["1.17", "1.19"]
sources: [support letter of 2023-05]
"""
OLD = Snapshot(cluster=ClusterFacts(version=Version.parse("v1.17.9-r0")))


def hop(text: str = HOP, profile: str = "ctyun", name: str = "ours") -> Addition:
    return Addition(kind=AdditionKind.HOP, name=name, text=text, profile=profile)


def risk(text: str = RISK) -> Addition:
    return Addition(kind=AdditionKind.RISK, name="agent", text=text)


def row(text: str = ROW, name: str = "agent versions") -> Addition:
    return Addition(kind=AdditionKind.ADDON, name=name, text=text)


def problems(*additions: Addition) -> list[tuple[str, str]]:
    with pytest.raises(CatalogError) as caught:
        extended(CATALOG, additions)
    found = caught.value.values["problems"]
    assert isinstance(found, list)
    for lang in LANGS:
        assert all(say(problem, lang) for problem in found)
    return [(p.key.removeprefix("catalog.problem."), str(p.values["field"])) for p in found]


def test_without_additions_it_is_the_same_catalog() -> None:
    assert extended(CATALOG, ()) is CATALOG


def test_an_added_hop_is_taken_and_an_added_risk_shown() -> None:
    catalog = extended(CATALOG, (hop(), risk()))
    route = find_route(OLD, Request(target="1.19", strategy="upgrade"), catalog)
    assert [h.key for h in route.path.hops] == ["1.17->1.19"]
    assert "our-agent" in {r.risk.name for r in route.path.risks}
    assert route.choice.strategy is Strategy.UPGRADE
    assert not find_route(OLD, Request(target="1.19"), CATALOG).path.found


def test_an_added_row_of_an_addon_decides_what_the_tables_left_open() -> None:
    agent = AddOn(name="our-agent", version="2.0.3")
    snapshot = msgspec.structs.replace(OLD, addons=(agent,), coverage=(Coverage(section=Section.ADDONS, read=True),))
    outcomes = []
    for catalog in (extended(CATALOG, (hop(),)), extended(CATALOG, (hop(), row()))):
        assessment = assess(snapshot, Request(target="1.19", strategy="upgrade"), catalog)
        outcomes.append(next(r.outcome for r in assessment.results if r.check == "OPS003"))
    assert outcomes == [Outcome.UNKNOWN, Outcome.PASS]


def test_other_profiles_stay_as_they_are() -> None:
    catalog = extended(CATALOG, (hop(),))
    assert [p for p in catalog.profiles if p.name != "ctyun"] == [p for p in CATALOG.profiles if p.name != "ctyun"]


def test_the_digest_tells_the_additions_apart_and_not_their_order() -> None:
    digests = {extended(CATALOG, a).digest for a in ((hop(),), (risk(),), (hop(), risk()), (risk(), hop()))}
    assert len(digests) == 3
    assert CATALOG.digest not in digests


def test_an_assessment_carries_the_digest_of_the_catalog_it_used() -> None:
    catalog = extended(CATALOG, (hop(),))
    assert assess(OLD, Request(target="1.19"), catalog).catalog_digest == catalog.digest


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        (hop(HOP.replace('"1.19"', '"1.15"')), ("hop_not_upwards", "target")),
        (hop(HOP.replace('"1.19"', '"1.18"')), ("unknown_release", "target")),
        (hop(HOP.replace("[in_place]", "[]")), ("empty_list", "modes")),
        (hop(HOP.replace("[in_place]", "[magic]")), ("not_one_of", "modes[0]")),
        (hop(HOP.replace("ticket", "letter")), ("not_one_of", "start")),
        (hop(HOP + "impacts: [made_up]\n"), ("no_sentence", "impacts")),
        (hop(HOP + "surprise: yes\n"), ("unknown_key", "surprise")),
        (hop(HOP.replace("minutes:", "hours:")), ("missing_field", "minutes")),
        (hop(HOP.replace("[support letter of 2023-05]", "[]")), ("no_source", "sources")),
        (hop(HOP.replace('"1.17"', '"1.15"').replace('"1.19"', '"1.17"')), ("not_unique", "-")),
        (hop(profile="nobody"), ("unknown_profile", "-")),
        (hop("{"), ("syntax", "-")),
        (hop(""), ("empty_file", "-")),
        (hop("- a"), ("not_a_mapping", "-")),
        (hop("a: &x b\nc: *x"), ("alias", "c")),
        (row(ROW.replace("our-agent", "Our agent")), ("addon_value", "addon")),
        (row(ROW.replace(">=2.0.1,<=2.0.9", "2.0.1-2.0.9")), ("addon_versions", "versions")),
        (row(ROW.replace("our-agent", "coredns").replace(">=2.0.1,<=2.0.9", "==1.30")), ("addon_overlap", "versions")),
        (row(ROW.replace('"1.17", "1.19"', '"1.19", "1.17"')), ("span_reversed", "clusters")),
        (row(ROW.replace('"1.19"]', '"newest"]')), ("not_a_minor", "clusters[1]")),
        (row(ROW.replace("[support letter of 2023-05]", "[]")), ("no_source", "sources")),
        (risk(RISK.replace("our-agent", "flexvolume-gone")), ("not_unique", "name")),
        (risk(RISK.replace('"==1.17"', "old")), ("risk_value", "source")),
        (risk(RISK.replace("zh: 安全代理会阻止升级, ", "")), ("title_languages", "title")),
        (risk(RISK + "condition: full_moon\n"), ("no_sentence", "condition")),
        (risk(RISK + "profiles: [nobody]\n"), ("risk_value", "profiles[0]")),
    ],
)
def test_what_does_not_fit_is_refused(addition: Addition, expected: tuple[str, str]) -> None:
    assert expected in problems(addition)


def test_two_additions_must_not_say_the_same() -> None:
    assert problems(hop(), hop(name="again")) == [("not_unique", "-")]

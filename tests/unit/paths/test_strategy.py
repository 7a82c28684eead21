"""Upgrade or migrate: the recommendation, its reasons, and what a person may choose against it."""

from __future__ import annotations

import msgspec
import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Rollback, Start
from migrator.errors import PathError
from migrator.locale import LANGS, say
from migrator.paths.model import Strategy, StrategyChoice
from migrator.paths.planner import find_path
from migrator.paths.strategy import choose_strategy
from migrator.snapshot.model import Node, NodeKind, Snapshot
from migrator.versions import Version

EMPTY = Snapshot()
METAL = Snapshot(nodes=(Node(name="bms-1", kind=NodeKind.BARE_METAL),))
CATALOG = shipped_catalog()


def choose(
    source: str, target: str, profile: str = "ctyun", snapshot: Snapshot = EMPTY, wanted: Strategy | None = None
) -> StrategyChoice:
    path = find_path(Version.parse(source), Version.parse(target), CATALOG, profile, snapshot)
    return choose_strategy(path, snapshot, CATALOG, wanted)


def keys(choice: StrategyChoice) -> list[str]:
    return [reason.key.removeprefix("strategy.reason.") for reason in choice.reasons]


@pytest.mark.parametrize(
    ("source", "target", "profile", "snapshot", "recommended", "because"),
    [
        ("1.13", "1.25", "ctyun", EMPTY, Strategy.MIGRATE, "no_path"),
        ("1.15", "1.17", "ctyun", EMPTY, Strategy.UPGRADE, "short_path"),
        ("1.15", "1.17", "ctyun", METAL, Strategy.MIGRATE, "no_path"),
        ("1.13", "1.15", "ctyun", EMPTY, Strategy.MIGRATE, "ticket_no_rollback"),
        ("1.13", "1.17", "ctyun", EMPTY, Strategy.MIGRATE, "ticket_no_rollback"),
        ("1.19", "1.29", "otc-2026", EMPTY, Strategy.MIGRATE, "many_hops"),
        ("1.27", "1.31", "otc-2026", EMPTY, Strategy.UPGRADE, "short_path"),
        ("1.27", "1.31", "otc-2026", METAL, Strategy.MIGRATE, "bare_metal"),
        ("1.15.6", "1.15.11", "ctyun", EMPTY, Strategy.UPGRADE, "patch_only"),
    ],
)
def test_the_recommendation_and_the_reason_for_it(
    source: str, target: str, profile: str, snapshot: Snapshot, recommended: Strategy, because: str
) -> None:
    choice = choose(source, target, profile, snapshot)
    assert (choice.strategy, choice.recommended) == (recommended, recommended)
    assert keys(choice)[0] == because
    assert all(say(reason, lang) for reason in choice.reasons for lang in LANGS)


def test_a_migration_is_recommended_with_its_price() -> None:
    assert keys(choose("1.13", "1.25")) == ["no_path", "old_cluster_stays", "new_addresses"]


@pytest.mark.parametrize(("target", "told"), [("1.25", 0), ("1.25.3-r0", 0), ("1.25.16-r40", 0), ("1.25.17", 1)])
def test_a_patch_that_the_catalog_does_not_know_is_remarked_upon(target: str, told: int) -> None:
    choice = choose("1.13", target)
    assert keys(choice).count("patch_not_known") == told
    if told:
        assert "v1.25.17" in say(choice.reasons[-1], "zh")
        assert ">=1.25.1,<=1.25.16-r40" in say(choice.reasons[-1], "en")


def test_an_upgrade_is_recommended_with_its_risk() -> None:
    assert keys(choose("1.15", "1.17")) == ["short_path", "keeps_addresses", "rollback_untold"]


@pytest.mark.parametrize(("source", "target", "unsure"), [("1.15.6", "1.15.11", True), ("1.19.10", "1.19.16", False)])
def test_below_1_19_a_patch_is_to_be_asked_for_first(source: str, target: str, unsure: bool) -> None:
    assert keys(choose(source, target)) == ["patch_only"] + ["patch_untold"] * unsure


def test_the_course_s_hop_by_ticket_is_named_as_such() -> None:
    sentences = [say(reason, "zh") for reason in choose("1.13", "1.15").reasons]
    assert sentences[0] == "1.13 升级到 1.15 不能在控制台操作，需提交工单申请，且升级后不支持回退。"


def test_a_hop_by_ticket_speaks_for_a_move_whatever_its_way_back() -> None:
    path = find_path(Version.parse("1.15"), Version.parse("1.17"), CATALOG, "ctyun", EMPTY)
    by_ticket = msgspec.structs.replace(path.hops[0], start=Start.TICKET, rollback=Rollback.ON_FAILURE)
    choice = choose_strategy(msgspec.structs.replace(path, hops=(by_ticket,)), EMPTY, CATALOG, None)
    assert (choice.recommended, keys(choice)[0]) == (Strategy.MIGRATE, "ticket")
    assert "1.17" in say(choice.reasons[0], "en")


@pytest.mark.parametrize("wanted", list(Strategy))
def test_a_person_s_choice_is_followed_and_the_recommendation_stays_visible(wanted: Strategy) -> None:
    free = choose("1.13", "1.17")
    chosen = choose("1.13", "1.17", wanted=wanted)
    assert chosen.strategy is wanted
    assert (chosen.recommended, chosen.reasons) == (free.recommended, free.reasons)


def test_upgrading_without_a_path_is_refused_with_the_reasons() -> None:
    with pytest.raises(PathError) as caught:
        choose("1.13", "1.25", wanted=Strategy.UPGRADE)
    assert caught.value.code == "no_path"
    assert 'the path table "ctyun" leads to 1.17 only, not to 1.25' in caught.value.message("en")


def test_migrating_to_a_version_not_on_sale_is_refused_with_the_versions_that_are() -> None:
    with pytest.raises(PathError) as caught:
        choose("1.15", "1.17", "otc-2026", wanted=Strategy.MIGRATE)
    assert caught.value.code == "target_not_sold"
    assert caught.value.values["known"] == ["1.29", "1.30", "1.31", "1.32", "1.33"]
    assert caught.value.message("zh").startswith("按升级路径表“otc-2026”，不能新购 1.17 集群")


def test_with_neither_path_nor_sale_there_is_no_strategy() -> None:
    with pytest.raises(PathError) as caught:
        choose("1.9", "1.13")
    assert caught.value.code == "target_not_sold"
    assert caught.value.values["target"] == "1.13"


def test_a_long_way_is_taken_where_no_cluster_of_the_target_can_be_bought() -> None:
    choice = choose("1.15", "1.28", "otc-2026")
    assert choice.strategy is Strategy.UPGRADE
    assert keys(choice)[0] == "many_hops"
    assert keys(choice)[-1] == "target_not_sold"

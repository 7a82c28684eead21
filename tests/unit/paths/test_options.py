"""Both strategies side by side."""

from __future__ import annotations

from migrator.catalog.loader import shipped_catalog
from migrator.engine import Request, compare_strategies, find_route
from migrator.locale import LANGS, say
from migrator.paths.model import Outage, StrategyOption
from migrator.snapshot.model import (
    Claim,
    ClusterFacts,
    Coverage,
    Node,
    NodeKind,
    OutageClass,
    Section,
    Snapshot,
    Volume,
)
from migrator.versions import Version

READ = tuple(Coverage(section=s, read=True) for s in Section)


def shop(outage: OutageClass = OutageClass.NONE, nodes: int = 10, **cluster: object) -> Snapshot:
    return Snapshot(
        cluster=ClusterFacts(version=Version.parse("v1.13.10-r0"), **cluster),  # type: ignore[arg-type]
        nodes=tuple(Node(name=f"n{i}", kind=NodeKind.VIRTUAL_MACHINE) for i in range(nodes)),
        volumes=(Volume(name="pv-1", outage=outage),),
        claims=(Claim(namespace="shop", name="c", volume="pv-1", mounted_by=("shop/Deployment/web",)),),
        coverage=READ,
    )


def options(snapshot: Snapshot, **asked: str) -> tuple[StrategyOption, StrategyOption]:
    upgrade, migrate = find_route(snapshot, Request(**{"target": "1.17", **asked})).choice.options  # type: ignore[arg-type]
    return upgrade, migrate


def test_the_upgrade_counts_hops_tickets_and_the_minutes_of_every_node() -> None:
    upgrade, _ = options(shop())
    assert (upgrade.feasible, upgrade.hops, upgrade.tickets) == (True, ("1.13->1.15", "1.15->1.17"), ("1.13->1.15",))
    assert (upgrade.minutes, upgrade.nodes) == ((2 * (15 + 3 * 10), 2 * (25 + 3 * 10)), 10)
    assert upgrade.outage is Outage.PARTLY
    assert upgrade.rollback.values == {"final": ["1.13->1.15"], "untold": ["1.15->1.17"]}


def test_in_place_hops_do_not_interrupt_and_only_reset_does() -> None:
    assert options(shop(), source="1.15", target="1.19", profile="otc-2026")[0].outage is Outage.NO
    assert options(shop(), source="1.11", target="1.15", profile="otc-2022")[0].outage is Outage.YES


def test_without_a_way_the_upgrade_is_not_feasible_and_says_why() -> None:
    upgrade, migrate = options(shop(), target="1.25")
    assert (upgrade.feasible, upgrade.minutes, migrate.feasible) == (False, None, True)
    assert [m.key for m in upgrade.obstacles] == ["path.reason.table_ends"]


def test_a_cluster_that_stays_at_its_version_can_neither_be_upgraded_nor_moved() -> None:
    request = Request(target="1.13", stays=True)
    for option in find_route(shop(), request).choice.options:
        assert (option.feasible, [m.key for m in option.obstacles]) == (False, ["strategy.reason.at_target"])
        assert all(say(m, lang) for m in option.obstacles for lang in LANGS)


def test_the_move_interrupts_by_the_storage_that_is_mounted() -> None:
    seen = {o: options(shop(o))[1].outage for o in OutageClass}
    assert seen == {
        OutageClass.NONE: Outage.NO,
        OutageClass.OUTAGE: Outage.YES,
        OutageClass.COPY: Outage.YES,
        OutageClass.UNKNOWN: Outage.UNKNOWN,
    }
    assert options(Snapshot(), source="1.13")[1].outage is Outage.UNKNOWN


def test_what_cannot_be_changed_in_place_is_said_with_its_value() -> None:
    upgrade, migrate = options(shop(network_mode="overlay_l2", container_cidr="172.16.0.0/16"))
    assert {"network model: overlay_l2", "container CIDR: 172.16.0.0/16", "VPC: unknown"} <= {
        say(m, "en") for m in upgrade.unchangeable
    }
    assert {"network model", "container CIDR", "service CIDR"} <= {say(m, "en") for m in migrate.changeable}


def test_a_person_s_reason_stands_beside_their_choice() -> None:
    asked = Request(target="1.17", strategy="upgrade", strategy_reason="no budget for a second cluster")
    choice = find_route(shop(), asked).choice
    assert (choice.strategy.value, choice.recommended.value) == ("upgrade", "migrate")
    assert choice.person_reason == "no budget for a second cluster"
    assert find_route(shop(), Request(target="1.17", strategy_reason="x")).choice.person_reason == ""


def test_a_comparison_judges_both_by_their_own_checks() -> None:
    upgrade, migrate = compare_strategies(shop(OutageClass.OUTAGE), Request(target="1.17"), shipped_catalog()).options
    assert upgrade.blockers is not None
    assert migrate.blockers is not None
    assert migrate.minutes is not None
    assert migrate.minutes[1] > 0


def test_what_is_not_feasible_is_not_judged() -> None:
    upgrade, migrate = compare_strategies(shop(), Request(target="1.25")).options
    assert (upgrade.blockers, upgrade.minutes) == (None, None)
    assert migrate.blockers is not None

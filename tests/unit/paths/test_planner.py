"""The planner takes the shortest way the profile allows and explains what it did not take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Catalog, Mode
from migrator.engine import Request, find_route
from migrator.errors import PathError, VersionError
from migrator.locale import LANGS, say
from migrator.paths.model import Limits, PathResult
from migrator.paths.planner import find_path, resolve_target
from migrator.snapshot.model import ClusterFacts, Node, NodeKind, NodePool, Snapshot
from migrator.versions import Version

EMPTY = Snapshot()
CATALOG = shipped_catalog()
PROFILES = [profile.name for profile in CATALOG.profiles]
MINORS = [str(release.minor) for release in CATALOG.releases]


def path(source: str, target: str, profile: str = "ctyun", snapshot: Snapshot = EMPTY) -> PathResult:
    return find_path(Version.parse(source), Version.parse(target), CATALOG, profile, snapshot)


def route(result: PathResult) -> list[str]:
    return [hop.key for hop in result.hops]


def resolve(target: str, source: str, catalog: Catalog = CATALOG) -> str:
    return str(resolve_target(Version.parse(target), Version.parse(source), catalog, "ctyun"))


@pytest.mark.parametrize(
    ("profile", "source", "target", "expected"),
    [
        ("ctyun", "v1.13.10-r0", "1.15", "1.13->1.15"),
        ("ctyun", "v1.13.10-r0", "1.17", "1.13->1.15 1.15->1.17"),
        ("ctyun", "v1.15.11-r1", "1.17", "1.15->1.17"),
        ("hwc-2021", "1.9.10", "1.15", "1.9->1.13 1.13->1.15"),
        ("otc-2022", "1.11", "1.23", "1.11->1.15 1.15->1.19 1.19->1.21 1.21->1.23"),
        ("otc-2023", "1.13", "1.25", "1.13->1.15 1.15->1.19 1.19->1.23 1.23->1.25"),
        ("otc-2026", "1.15", "1.28", "1.15->1.19 1.19->1.23 1.23->1.27 1.27->1.28"),
        ("otc-2026", "1.17", "1.31", "1.17->1.19 1.19->1.23 1.23->1.27 1.27->1.28 1.28->1.31"),
        ("otc-2026", "1.19", "1.28", "1.19->1.23 1.23->1.27 1.27->1.28"),
        ("otc-2026", "1.21", "1.33", "1.21->1.23 1.23->1.27 1.27->1.28 1.28->1.31 1.31->1.32 1.32->1.33"),
        ("otc-2026", "1.25", "1.33", "1.25->1.27 1.27->1.28 1.28->1.31 1.31->1.32 1.32->1.33"),
        ("hwc-2025", "1.19", "1.28", "1.19->1.23 1.23->1.28"),
    ],
)
def test_the_route_with_the_fewest_hops(profile: str, source: str, target: str, expected: str) -> None:
    result = path(source, target, profile)
    assert result.found
    assert route(result) == expected.split()
    assert result.reasons == ()


def test_of_equally_short_ways_the_one_that_reaches_newer_versions_earlier() -> None:
    result = path("1.19", "1.25", "otc-2023")
    assert route(result) == ["1.19->1.23", "1.23->1.25"]
    assert ("1.21", "1.25", "path.reason.equal") in {(r.source, r.target, r.reason.key) for r in result.rejected}


def test_without_an_edge_from_the_source_the_reason_says_so() -> None:
    result = path("v1.14.10-gke.27", "1.25")
    assert (result.found, result.hops) == (False, ())
    assert [say(reason, "en") for reason in result.reasons] == ['the path table "ctyun" has no upgrade from 1.14']


def test_where_the_table_ends_the_reason_names_the_furthest_version() -> None:
    result = path("1.13", "1.25")
    assert [say(reason, "en") for reason in result.reasons] == [
        'the path table "ctyun" leads to 1.17 only, not to 1.25'
    ]
    assert [(r.source, r.target, r.reason.key) for r in result.rejected] == [
        ("1.13", "1.15", "path.reason.dead_end"),
        ("1.15", "1.17", "path.reason.dead_end"),
    ]


def test_known_bare_metal_nodes_close_the_way_and_are_named() -> None:
    nodes = (
        Node(name="bms-2", kind=NodeKind.BARE_METAL),
        Node(name="bms-1", kind=NodeKind.BARE_METAL),
        Node(name="vm-1", kind=NodeKind.VIRTUAL_MACHINE),
    )
    result = path("1.13", "1.17", snapshot=Snapshot(nodes=nodes))
    assert not result.found
    assert [reason.key for reason in result.reasons] == ["path.reason.bare_metal_nodes"]
    assert result.reasons[0].values == {"nodes": ["bms-1", "bms-2"]}
    assert [(r.source, r.target, r.reason.key) for r in result.rejected] == [
        ("1.13", "1.15", "path.reason.bare_metal_nodes"),
        ("1.15", "1.17", "path.reason.bare_metal_nodes"),
    ]


def test_a_bare_metal_pool_with_nodes_counts_and_an_empty_one_does_not() -> None:
    full = Snapshot(node_pools=(NodePool(name="metal", type="ElasticBMS", node_count=1),))
    empty = Snapshot(node_pools=(NodePool(name="metal", type="ElasticBMS", node_count=0),))
    assert not path("1.13", "1.15", snapshot=full).found
    assert path("1.13", "1.15", snapshot=empty).found


def test_nodes_of_unknown_kind_leave_the_way_open_and_the_precondition_to_confirm() -> None:
    result = path("1.13", "1.15", snapshot=Snapshot(nodes=(Node(name="n1"),)))
    assert result.found
    assert "vm_nodes_only" in result.hops[0].preconditions


def test_a_filter_judges_only_the_hops_that_ask_for_it() -> None:
    metal = Snapshot(nodes=(Node(name="bms", kind=NodeKind.BARE_METAL),))
    assert path("1.15", "1.19", "otc-2022", metal).found


@pytest.mark.parametrize(
    ("source", "snapshot", "reason"),
    [
        ("1.9.10", Snapshot(nodes=(Node(name="k", architecture="arm64"),)), "path.reason.arm_nodes"),
        ("1.9.10", Snapshot(cluster=ClusterFacts(category="Turbo")), "path.reason.turbo_cluster"),
        ("1.9.2-r1", EMPTY, "path.reason.patch_too_old"),
    ],
)
def test_other_filters_of_the_older_tables(source: str, snapshot: Snapshot, reason: str) -> None:
    result = path(source, "1.13", "hwc-2020", snapshot)
    assert not result.found
    assert reason in {r.key for r in result.reasons}


def test_arm_nodes_stay_below_1_21_by_the_manuals_of_2023_alone() -> None:
    arm = Snapshot(nodes=(Node(name="k", architecture="arm64"),))
    closed = path("1.15", "1.23", "otc-2023", arm)
    assert (closed.found, [r.key for r in closed.reasons]) == (False, ["path.reason.arm_nodes"])
    assert path("1.15", "1.19", "otc-2023", arm).found
    assert path("1.15", "1.23", "otc-2022", arm).found
    assert path("1.15", "1.23", "otc-2023", Snapshot(nodes=(Node(name="x", architecture="amd64"),))).found


@pytest.mark.parametrize("profile", ["otc-2022", "otc-2023", "otc-2026", "hwc-2025"])
@pytest.mark.parametrize("source", ["1.15", "1.17"])
def test_every_way_to_1_19_asks_for_certificates_with_a_san(profile: str, source: str) -> None:
    (hop,) = path(source, "1.19", profile).hops
    assert "webhook_certificates_have_san" in hop.preconditions


@pytest.mark.parametrize(("mode", "found"), [("overlay_l2", True), ("", True), ("vpc-router", False)])
def test_the_oldest_hop_needs_the_tunnel_network(mode: str, found: bool) -> None:
    assert path("1.7.3-r13", "1.9", "hwc-2020", Snapshot(cluster=ClusterFacts(network_mode=mode))).found is found


def test_a_patch_move_is_found_without_hops() -> None:
    result = path("1.15.6-r0", "1.15.11-r1")
    assert (result.found, result.hops, result.rejected) == (True, (), ())


@given(st.sampled_from(PROFILES), st.sampled_from(MINORS), st.sampled_from(MINORS), st.booleans())
def test_every_answer_holds_together(profile: str, one: str, other: str, metal: bool) -> None:
    source, target = sorted((one, other), key=lambda text: Version.parse(text).order)
    snapshot = Snapshot(nodes=(Node(name="b", kind=NodeKind.BARE_METAL),)) if metal else EMPTY
    result = path(source, target, profile, snapshot)
    here = source
    for hop in result.hops:
        assert str(hop.source) == here
        here = str(hop.target)
    assert (here == target) is result.found
    assert bool(result.reasons) is not result.found
    start, goal = Version.parse(source).as_minor, Version.parse(target).as_minor
    on_the_way = {h.key for h in CATALOG.profile(profile).hops if start <= h.source < goal}
    explained = {f"{r.source}->{r.target}" for r in result.rejected}
    assert explained | set(route(result)) == on_the_way
    assert not explained & set(route(result))
    for lang in LANGS:
        assert all(say(message, lang) for message in (*result.reasons, *(r.reason for r in result.rejected)))


# The table of domain facts A.2, with OVW as it was in 2026: every worked route, and where there is none.
WORKED = {
    ("1.15", "1.28"): "1.15->1.19 1.19->1.23 1.23->1.27 1.27->1.28",
    ("1.17", "1.31"): "1.17->1.19 1.19->1.23 1.23->1.27 1.27->1.28 1.28->1.31",
    ("1.19", "1.28"): "1.19->1.23 1.23->1.27 1.27->1.28",
    ("1.21", "1.33"): "1.21->1.23 1.23->1.27 1.27->1.28 1.28->1.31 1.31->1.32 1.32->1.33",
    ("1.25", "1.33"): "1.25->1.27 1.27->1.28 1.28->1.31 1.31->1.32 1.32->1.33",
}


@pytest.mark.parametrize(("ends", "expected"), WORKED.items(), ids=str)
def test_every_worked_route_of_the_table(ends: tuple[str, str], expected: str) -> None:
    assert route(path(*ends, "otc-2026")) == expected.split()


@pytest.mark.parametrize("target", [m for m in MINORS if Version.parse(m) >= Version.parse("1.19")])
def test_from_1_13_no_way_leads_to_1_19_and_above(target: str) -> None:
    for profile, reason in (("otc-2026", "path.reason.no_hop_from_source"), ("ctyun", "path.reason.table_ends")):
        result = path("1.13", target, profile)
        assert (result.found, [r.key for r in result.reasons]) == (False, [reason])


# Column by column, what the table offers from each source.
EDGES = {
    "ctyun": "1.13->1.15 1.15->1.17",
    "hwc-2020": "1.7->1.9 1.9->1.11 1.9->1.13 1.11->1.13 1.13->1.15",
    "hwc-2021": "1.9->1.11 1.9->1.13 1.11->1.13 1.13->1.15",
    "otc-2022": "1.9->1.15 1.11->1.15 1.13->1.15 1.15->1.19 1.17->1.19 1.19->1.21 1.21->1.23",
    "otc-2023": "1.13->1.15 1.15->1.19 1.17->1.19 1.19->1.21 1.19->1.23 1.21->1.23 1.21->1.25 1.23->1.25",
    "otc-2026": "1.15->1.19 1.17->1.19 1.19->1.21 1.19->1.23 1.21->1.23 1.23->1.25 1.23->1.27 1.25->1.27 1.27->1.28 "
    "1.28->1.29 1.28->1.31 1.29->1.30 1.29->1.31 1.30->1.31 1.31->1.32 1.32->1.33",
    "hwc-2025": "1.15->1.19 1.17->1.19 1.19->1.21 1.19->1.23 1.21->1.23 1.23->1.25 1.23->1.27 1.23->1.28 1.25->1.27 "
    "1.25->1.28 1.27->1.28 1.28->1.29 1.28->1.31 1.29->1.30 1.29->1.31 1.30->1.31 1.31->1.32 1.32->1.33",
}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_edges_are_those_of_the_table(profile: str) -> None:
    assert {hop.key for hop in CATALOG.profile(profile).hops} == set(EDGES[profile].split())


def test_a_hop_by_ticket_is_closed_where_tickets_are_ruled_out() -> None:
    limits = Limits(tickets=False)
    result = find_path(Version.parse("1.13"), Version.parse("1.17"), CATALOG, "ctyun", EMPTY, limits=limits)
    assert (result.found, [r.key for r in result.reasons]) == (False, ["path.reason.ticket"])
    assert path("1.15", "1.17").found


def test_a_hop_in_another_mode_than_those_allowed_is_closed() -> None:
    limits = Limits(modes=(Mode.IN_PLACE,))
    result = find_path(Version.parse("1.15"), Version.parse("1.17"), CATALOG, "ctyun", EMPTY, limits=limits)
    assert not result.found
    assert [say(r, "en") for r in result.reasons] == [
        "only these modes are allowed, and this upgrade has none of them: in-place upgrade"
    ]
    assert find_path(Version.parse("1.15"), Version.parse("1.19"), CATALOG, "otc-2026", EMPTY, limits=limits).found


def test_a_hop_past_the_target_is_explained() -> None:
    rejected = {(r.source, r.target): r.reason.key for r in path("1.19", "1.21", "otc-2026").rejected}
    assert rejected == {("1.19", "1.23"): "path.reason.beyond_target"}


@pytest.mark.parametrize(
    ("target", "source", "expected"),
    [
        ("1.25", "v1.13.10-r0", "v1.25"),
        ("v1.25.3-r0", "v1.13.10-r0", "v1.25.3-r0"),
        ("1.15.11-r1", "1.15.6-r0", "v1.15.11-r1"),
        ("1.25", "v1.14.10-gke.27", "v1.25"),
    ],
)
def test_a_target_that_cce_offers_is_taken(target: str, source: str, expected: str) -> None:
    assert resolve(target, source) == expected


@pytest.mark.parametrize(
    ("target", "source", "code", "values"),
    [
        ("1.99", "1.29", "version_unknown", {"known": ["1.30", "1.31", "1.32", "1.33"]}),
        ("2.1", "1.31", "version_unknown", {"known": ["1.32", "1.33"]}),
        ("1.5", "1.33", "version_unknown", {"known": MINORS}),
        ("v1.25.3-r999", "1.13", "version_unknown", {"version": "v1.25.3-r999", "known": ["1.25"]}),
        ("1.25.99", "1.13", "version_unknown", {"version": "v1.25.99", "asked": "target"}),
        ("1.24", "1.13", "target_not_offered", {"nearest": ["1.23", "1.25"]}),
        ("1.24", "1.25", "target_not_above_source", {"source": "v1.25", "target": "v1.24"}),
        ("1.13", "1.13.10-r0", "target_not_above_source", {"target": "v1.13"}),
        ("1.13.10", "1.13.10-r0", "target_not_above_source", {"target": "v1.13.10"}),
        ("1.25-beta", "1.13", "version_unreadable", {"version": "v1.25-beta"}),
    ],
)
def test_a_target_that_cannot_be_is_refused(target: str, source: str, code: str, values: dict[str, object]) -> None:
    with pytest.raises(VersionError) as caught:
        resolve(target, source)
    assert caught.value.code == code
    assert values.items() <= caught.value.values.items()
    assert all(caught.value.message(lang) for lang in LANGS)


@pytest.mark.parametrize("source", ["0.5", "1.3", "1.13.99", "1.13.10-r200"])
def test_a_source_that_cce_never_had_is_refused(source: str) -> None:
    with pytest.raises(VersionError) as caught:
        find_route(EMPTY, Request(target="1.25", source=source))
    assert (caught.value.code, caught.value.values["asked"]) == ("version_unknown", "source")
    assert all(source in caught.value.message(lang) for lang in LANGS)


@pytest.mark.parametrize("source", ["1.7", "v1.14.10-gke.27", "v1.19.16-r60"])
def test_a_source_of_any_later_version_is_taken(source: str) -> None:
    assert str(find_route(EMPTY, Request(target="1.25", source=source)).source).endswith(source.removeprefix("v"))


def test_an_unknown_profile_is_refused_with_the_names_there_are() -> None:
    for call in (resolve_target, lambda t, s, c, p: find_path(s, t, c, p, EMPTY)):
        with pytest.raises(PathError) as caught:
            call(Version.parse("1.25"), Version.parse("1.13"), CATALOG, "aliyun")
        assert caught.value.code == "profile_unknown"
        assert caught.value.values == {"profile": "aliyun", "known": PROFILES}
        assert "hwc-2021" in caught.value.message("en")

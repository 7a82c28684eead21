"""Versions of CCE clusters: order, round trip, ranges and the minors a move crosses."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrator.errors import VersionError
from migrator.versions import Minor, Version, VersionRange, minors_crossed, removed_on_the_way

numbers = st.integers(0, 999)
suffixes = st.one_of(st.just(""), st.from_regex(r"[-+][A-Za-z][0-9A-Za-z.]{0,12}", fullmatch=True))


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """Any version as ``Version.parse`` may give it."""
    patch = draw(st.integers(-1, 999))
    revision = draw(st.integers(-1, 999)) if patch >= 0 else -1
    suffix = draw(suffixes)
    assume(not (suffix.startswith("-r") and suffix[2:].isdecimal()))
    return Version(draw(numbers), draw(numbers), patch, revision, suffix)


@given(versions())
def test_a_version_written_and_read_again_is_the_same(version: Version) -> None:
    assert Version.parse(str(version)) == version


@given(versions(), versions())
def test_exactly_one_of_below_above_or_same_order_holds(one: Version, other: Version) -> None:
    assert [one < other, one > other, one.order == other.order].count(True) == 1
    assert (one <= other) == (not one > other)
    assert (one >= other) == (not one < other)


@given(st.lists(versions(), max_size=6))
def test_sorting_versions_sorts_their_numbers(several: list[Version]) -> None:
    assert [v.order for v in sorted(several)] == sorted(v.order for v in several)


@given(versions(), suffixes)
def test_a_build_suffix_takes_no_part_in_the_order(version: Version, suffix: str) -> None:
    other = Version(version.major, version.minor, version.patch, version.revision, suffix)
    assert not version < other
    assert not version > other


@given(st.text(max_size=30) | st.from_regex(r"v?1\.[0-9]{1,2}[-+.0-9a-zA-Z]{0,12}", fullmatch=True))
def test_any_text_is_read_for_good_or_refused_with_a_version_error(text: str) -> None:
    with contextlib.suppress(VersionError):  # any other error is a defect
        version = Version.parse(text)
        assert Version.parse(str(version)) == version


@pytest.mark.parametrize(
    ("text", "order", "suffix"),
    [
        ("1.25", (1, 25, -1, -1), ""),
        (" v1.15.11-r1\n", (1, 15, 11, 1), ""),
        ("V1.13.10-r0", (1, 13, 10, 0), ""),
        ("v1.19.8-r1-CCE21.4.1.B003", (1, 19, 8, 1), "-CCE21.4.1.B003"),
        ("v1.14.10-gke.27", (1, 14, 10, -1), "-gke.27"),
        ("1.14+", (1, 14, -1, -1), ""),
        ("v1.19.0-rc.1", (1, 19, 0, -1), "-rc.1"),
        ("v1.20.4+k3s1", (1, 20, 4, -1), "+k3s1"),
        ("v1.19.16-r60", (1, 19, 16, 60), ""),
    ],
)
def test_the_forms_clusters_and_kubelets_report(text: str, order: tuple[int, ...], suffix: str) -> None:
    version = Version.parse(text)
    assert (version.order, version.suffix) == (order, suffix)


@pytest.mark.parametrize(
    "text",
    ["", "v1", "1.", "1.25.", "1..2", "1.25.x", "1.25.1a", "latest", "1.25 1.27", "1.٢٥", "-1.25", "1.25.123456"],
)
def test_what_is_no_version_is_refused_with_the_text_given(text: str) -> None:
    with pytest.raises(VersionError) as caught:
        Version.parse(text)
    assert caught.value.code == "version_unreadable"
    assert caught.value.values["version"] == text


def test_1_9_is_below_1_13_and_r9_below_r10() -> None:
    assert Version.parse("1.9.10") < Version.parse("1.13.7")
    assert Version.parse("v1.19.16-r9") < Version.parse("v1.19.16-r10")
    assert Version.parse("v1.15.11") < Version.parse("v1.15.11-r0")
    assert Minor.parse("1.9") < Minor.parse("v1.13.10-r0") == Minor(1, 13)


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [
        (">=1.15,<1.17", ["1.15", "1.15.0", "1.15.11-r1", "1.16.9"], ["1.14.10", "1.17", "1.17.9-r0"]),
        ("<=1.15", ["1.9", "1.15.11-r1"], ["1.16", "1.17.17"]),
        (">1.15", ["1.16", "1.17.9"], ["1.15", "1.15.99"]),
        ("==1.25", ["1.25", "1.25.16-r40"], ["1.24.9", "1.26"]),
        (">=1.19.16-r4", ["1.19.16-r4", "1.19.16-r60", "1.21"], ["1.19.16-r3", "1.19.10-r0", "1.17"]),
        ("<1.21.10", ["1.21.9-r5", "1.19"], ["1.21.10", "1.21.10-r0", "1.23"]),
        ("", ["1.7", "1.33"], []),
    ],
)
def test_a_range_holds_what_its_bounds_say(bounds: str, inside: list[str], outside: list[str]) -> None:
    versions_range = VersionRange.parse(bounds)
    assert [text for text in inside if Version.parse(text) not in versions_range] == []
    assert [text for text in outside if Version.parse(text) in versions_range] == []


@pytest.mark.parametrize("text", ["1.15", "~1.15", ">=", "=>1.15", ">=1.15 <1.17", "!=1.15"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(VersionError):
        VersionRange.parse(text)


def test_a_range_is_written_as_it_was_read() -> None:
    assert str(VersionRange.parse(" >= 1.15 , <1.19.16-r4")) == ">=1.15,<1.19.16-r4"


@given(numbers, numbers, numbers)
def test_a_bound_without_patch_speaks_of_the_whole_minor(minor: int, patch: int, revision: int) -> None:
    version = Version(1, minor, patch, revision)
    assert version in VersionRange.parse(f"<=1.{minor}")
    assert version in VersionRange.parse(f">=1.{minor}")
    assert version in VersionRange.parse(f"==1.{minor}")
    assert version not in VersionRange.parse(f"<1.{minor}")
    assert version not in VersionRange.parse(f">1.{minor}")


def test_a_move_crosses_the_even_minors_too() -> None:
    crossed = minors_crossed(Version.parse("v1.15.11-r1"), Version.parse("1.19"))
    assert [str(minor) for minor in crossed] == ["1.16", "1.17", "1.18", "1.19"]


def test_a_move_within_a_minor_crosses_none() -> None:
    assert list(minors_crossed(Version.parse("1.15.6"), Version.parse("1.15.11"))) == []


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_lost_on_the_way_is_exactly_what_a_crossed_minor_removes(source: int, target: int, removed: int) -> None:
    one, other, minor = Version(1, source), Version(1, target), Minor(1, removed)
    assert removed_on_the_way(minor, one, other) == (minor in set(minors_crossed(one, other)))

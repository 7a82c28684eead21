"""The tables of add-ons: what they say of a version, and how an add-on comes over the hops of an upgrade."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.catalog.addons import Fit, fits, info_of, newest, passages, rows_of
from migrator.catalog.loader import shipped_catalog
from migrator.versions import Minor, Version

CATALOG = shipped_catalog()
MINORS = [release.minor for release in CATALOG.releases]


@pytest.mark.parametrize(
    ("name", "version", "minor", "expected"),
    [
        ("coredns", "1.17.9", "1.19", True),
        ("coredns", "1.17.9", "1.21", False),
        ("coredns", "1.25.11", "1.25", True),
        ("coredns", "1.30.40", "1.25", None),  # 1.30.33 is made for it, 1.30.43 is not
        ("coredns", "1.25.20", "1.25", True),  # between two versions that are
        ("coredns", "1.25.20", "1.28", False),
        ("coredns", "1.25.20", "1.27", None),
        ("coredns", "1.6.5", "1.15", None),  # older than all
        ("coredns", "1.99.0", "1.33", None),  # newer than all
        ("everest", "1.1.11", "1.17", True),
        ("everest", "2.4.197", "1.25", False),
        ("gpu-device-plugin", "2.6.4", "1.29", True),
        ("gpu-beta", "2.6.4", "1.30", False),
        ("autoscaler", "1.23.120", "1.23", True),
        ("autoscaler", "1.23.120", "1.25", False),
        ("cluster-autoscaler", "1.28.1", "1.28", True),
        ("node-problem-detector", "1.18.50", "1.21", True),
    ],
)
def test_which_clusters_a_version_is_made_for(name: str, version: str, minor: str, expected: bool | None) -> None:
    assert fits(rows_of(CATALOG, name), Version.parse(version), Minor.parse(minor)) is expected


def test_what_became_of_the_old_ones() -> None:
    told = {i.name: (str(i.last), i.successor) for i in CATALOG.addons if i.last}
    assert told == {"kube-dns": ("1.9", "coredns"), "storage-driver": ("1.13", "everest")}
    known = info_of(CATALOG, "gpu-device-plugin")
    assert known is not None
    assert known.name == "gpu-beta"
    assert info_of(CATALOG, "our-agent") is None


def hops(*minors: str) -> list[tuple[Minor, Minor]]:
    read = [Minor.parse(minor) for minor in minors]
    return list(pairwise(read))


def way(name: str, version: str, *minors: str) -> list[tuple[Fit, str]]:
    return [(p.fit, p.version) for p in passages(rows_of(CATALOG, name), Version.parse(version), hops(*minors))]


def test_an_addon_is_upgraded_before_a_hop_or_after_it_and_then_carries_on() -> None:
    assert way("coredns", "1.17.9", "1.15", "1.19", "1.23", "1.27", "1.28") == [
        (Fit.FITS, ""),
        (Fit.BEFORE, "1.27.4"),
        (Fit.FITS, ""),
        (Fit.BEFORE, "1.30.43"),
    ]
    assert way("autoscaler", "1.21.3", "1.21", "1.23", "1.25") == [(Fit.AFTER, "1.23.x"), (Fit.AFTER, "1.25.x")]


def test_nothing_is_said_of_hops_beyond_the_first_of_which_nothing_is_known() -> None:
    assert way("coredns", "1.6.5", "1.13", "1.15", "1.17") == [(Fit.UNKNOWN, "")]
    assert way("node-local-dns", "1.6.80", "1.32", "1.33") == [(Fit.NONE, "")]


@given(st.sampled_from(["coredns", "everest", "gpu-beta", "npd"]), st.data())
def test_the_version_named_for_a_hop_is_made_for_its_target(name: str, data: st.DataObject) -> None:
    rows = rows_of(CATALOG, name)
    installed = data.draw(st.sampled_from(rows)).lowest
    first = data.draw(st.integers(0, len(MINORS) - 2))
    minors = [str(m) for m in MINORS[first:]]
    for passage in passages(rows, installed, hops(*minors)):
        if passage.fit is Fit.BEFORE:
            row = next(r for r in rows if r.newest == passage.version)
            assert row.fits(passage.source)
            assert row.fits(passage.target)
        elif passage.fit is Fit.AFTER:
            assert newest(rows, passage.source, passage.target) is None
            assert newest(rows, passage.target) is not None

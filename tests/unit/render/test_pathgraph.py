"""The drawn graph holds every hop, and the way stands out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import msgspec
import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.locale import LANGS, Lang
from migrator.paths.model import PathResult
from migrator.paths.planner import find_path
from migrator.render.pathgraph import path_svg
from migrator.snapshot.model import Snapshot
from migrator.versions import Version

CATALOG = shipped_catalog()


def way(source: str, target: str, profile: str) -> PathResult:
    return find_path(Version.parse(source), Version.parse(target), CATALOG, profile, Snapshot())


def arcs(svg: str) -> dict[str, str]:
    """The class of each arc by the hop that its title names."""
    root = ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    found = {}
    for arc in root.iter(f"{space}path"):
        title = arc.find(f"{space}title")
        assert title is not None
        assert title.text is not None
        found[title.text.split(":")[0]] = arc.get("class", "")
    return found


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("profile", CATALOG.profiles, ids=lambda p: p.name)
def test_every_hop_of_a_profile_is_drawn_once(profile, lang: Lang) -> None:  # type: ignore[no-untyped-def]
    assert set(arcs(path_svg(profile, lang))) == {f"{h.source} → {h.target}" for h in profile.hops}


def test_the_chosen_way_stands_out_and_is_drawn_last() -> None:
    svg = path_svg(CATALOG.profile("otc-2026"), "en", way("1.15", "1.28", "otc-2026"))
    found = arcs(svg)
    assert [hop for hop, name in found.items() if "taken" in name] == list(found)[-4:]
    assert list(found)[-4:] == ["1.15 → 1.19", "1.19 → 1.23", "1.23 → 1.27", "1.27 → 1.28"]
    assert "v1.15 to v1.28" in svg


def test_a_hop_by_ticket_is_dashed_and_a_missing_way_is_said() -> None:
    svg = path_svg(CATALOG.profile("ctyun"), "zh", way("1.13", "1.25", "ctyun"))
    assert arcs(svg) == {"1.13 → 1.15": "hop ticket", "1.15 → 1.17": "hop"}
    assert "v1.13 到 v1.25 没有升级路径" in svg
    assert len(re.findall('class="version[^"]* end"', svg)) == 2


def test_names_are_escaped() -> None:
    profile = msgspec.structs.replace(CATALOG.profile("ctyun"), title={"zh": "<b>", "en": 'a & "b" <script>'})
    svg = path_svg(profile, "en")
    assert "<script>" not in svg
    ElementTree.fromstring(svg)

"""Cross-checks over the whole catalog: what one record cannot know of the others."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.catalog.reading import Place, Problems
from migrator.catalog.validation.addons import check_addons
from migrator.catalog.validation.parts import Parts
from migrator.catalog.validation.paths import check_profile, check_releases, check_risks
from migrator.catalog.validation.platform import check_node_settings, check_platform, check_precheck
from migrator.catalog.validation.removals import check_other_removals, check_removals, check_served
from migrator.catalog.validation.values import check_url, unique


def validate(parts: Parts, problems: Problems) -> None:
    """Record every contradiction between the records."""
    _check_sources(parts, problems)
    check_releases(parts, problems)
    known = {release.minor for _, release in parts.releases}
    if not parts.profiles:
        problems.add("no_profile", Place("profiles"))
    unique(((place, profile.name) for place, profile in parts.profiles), "name", problems)
    for place, profile in parts.profiles:
        check_profile(place, profile, parts.hop_places[profile.name], known, problems)
    check_removals(parts, problems)
    check_other_removals(parts, problems)
    check_served(parts, problems)
    check_platform(parts, problems)
    check_node_settings(parts, problems)
    check_precheck(parts, problems)
    check_risks(parts, problems)
    check_addons(parts, problems)


def _check_sources(parts: Parts, problems: Problems) -> None:
    unique(((place, source.tag) for place, source in parts.sources), "tag", problems)
    for place, source in parts.sources:
        if source.url:
            check_url(source.url, place.key("url"), problems)
    known = {source.tag for _, source in parts.sources}
    for place, tags in _source_lists(parts):
        if not tags:
            problems.add("no_source", place.key("sources"))
        for number, tag in enumerate(tags):
            if tag not in known:
                problems.add("unknown_source", place.key("sources").index(number), value=tag)


def _source_lists(parts: Parts) -> Iterable[tuple[Place, tuple[str, ...]]]:
    for records in (
        parts.releases,
        parts.api_removals,
        parts.served_apis,
        parts.node_defaults,
        parts.platform_made,
        parts.storage_ports,
        parts.precheck_items,
        parts.removals,
        parts.known_risks,
        parts.addons,
        parts.addon_versions,
    ):
        yield from ((place, record.sources) for place, record in records)
    yield from parts.group_sources
    for place, profile in parts.profiles:
        yield place, profile.sources
        for where, hop in zip(parts.hop_places[profile.name], profile.hops, strict=True):
            yield where, hop.sources

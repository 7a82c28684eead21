"""Releases, profiles with their hops, and known risks."""

from __future__ import annotations

import re
from collections import Counter

from migrator.catalog.model import HopRule, KnownRisk, Profile, Release
from migrator.catalog.reading import Place, Problems
from migrator.catalog.validation.parts import Parts
from migrator.catalog.validation.values import (
    NAME,
    check_languages,
    check_sentence,
    check_url,
    is_range,
    unique,
)
from migrator.errors import VersionError
from migrator.versions import Minor, Version, VersionRange

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


def check_releases(parts: Parts, problems: Problems) -> None:
    unique(((place, release.minor) for place, release in parts.releases), "minor", problems)
    for place, release in parts.releases:
        dates = {name: getattr(release, name) for name in ("community", "offered", "end_of_service")}
        given = {name: date for name, date in dates.items() if date}
        for name, date in given.items():
            if not _MONTH.fullmatch(date):
                problems.add("not_a_month", place.key(name), value=date)
        if list(given.values()) != sorted(given.values()):
            problems.add("dates_out_of_order", place, dates=list(given.values()))
        _check_patches(release, place.key("patches"), problems)


def _check_patches(release: Release, place: Place, problems: Problems) -> None:
    try:
        bounds = VersionRange.parse(release.patches).bounds
    except VersionError:
        bounds = ()
    if release.patches and {bound.as_minor for _, bound in bounds} != {release.minor}:
        problems.add("not_its_patches", place, value=release.patches, minor=str(release.minor))


def check_profile(
    place: Place, profile: Profile, hop_places: list[Place], known: set[Minor], problems: Problems
) -> None:
    if not NAME.fullmatch(profile.name) or place.file != f"profiles/{profile.name}.yaml":
        problems.add("name_not_of_file", place.key("name"), value=profile.name)
    check_languages(profile.title, place.key("title"), problems)
    _ascending(profile.migration_targets, place.key("migration_targets"), problems)
    for number, minor in enumerate(profile.migration_targets):
        if minor not in known:
            problems.add("unknown_release", place.key("migration_targets").index(number), value=str(minor))
    unique(((where, hop.key) for where, hop in zip(hop_places, profile.hops, strict=True)), "", problems)
    for where, hop in zip(hop_places, profile.hops, strict=True):
        check_hop(where, hop, known, problems)


def _ascending(minors: tuple[Minor, ...], place: Place, problems: Problems) -> None:
    if list(minors) != sorted(set(minors)):
        problems.add("not_ascending", place)


def check_hop(place: Place, hop: HopRule, known: set[Minor], problems: Problems) -> None:
    for name, minor in (("source", hop.source), ("target", hop.target)):
        if minor not in known:
            problems.add("unknown_release", place.key(name), value=str(minor))
    if hop.target <= hop.source:  # every hop leads upwards: hence no cycle is possible
        problems.add("hop_not_upwards", place.key("target"), source=str(hop.source), target=str(hop.target))
    if not hop.modes:
        problems.add("empty_list", place.key("modes"))
    for name, span in (("minutes", hop.minutes), ("minutes_per_node", hop.minutes_per_node)):
        if span[0] > span[1]:
            problems.add("span_reversed", place.key(name))
    _check_names("precondition", hop.preconditions, place.key("preconditions"), problems)
    _check_names("impact", hop.impacts, place.key("impacts"), problems)
    for number, url in enumerate(hop.changelogs):
        check_url(url, place.key("changelogs").index(number), problems)


def _check_names(kind: str, names: tuple[str, ...], place: Place, problems: Problems) -> None:
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            problems.add("not_unique", place, value=name)
        check_sentence(f"path.{kind}.{name}", place, problems)


def check_risks(parts: Parts, problems: Problems) -> None:
    """Texts in every language, ranges that can be read, names of profiles and conditions that exist."""
    unique(((place, risk.name) for place, risk in parts.known_risks), "name", problems)
    profiles = {profile.name for _, profile in parts.profiles}
    for place, risk in parts.known_risks:
        check_risk(place, risk, profiles, problems)


def check_risk(place: Place, risk: KnownRisk, profiles: set[str], problems: Problems) -> None:
    if not NAME.fullmatch(risk.name):
        problems.add("risk_value", place.key("name"), value=risk.name)
    for field, texts in (("title", risk.title), ("remedy", risk.remedy)):
        check_languages(texts, place.key(field), problems)
    _check_limits(place, risk, problems)
    for number, name in enumerate(risk.profiles):
        if profiles and name not in profiles:
            problems.add("risk_value", place.key("profiles").index(number), value=name)
    if risk.condition:
        check_sentence(f"path.condition.{risk.condition}", place.key("condition"), problems)


def _check_limits(place: Place, risk: KnownRisk, problems: Problems) -> None:
    for field, limits in (("source", risk.source), ("target", risk.target)):
        if not is_range(limits):
            problems.add("risk_value", place.key(field), value=limits)
    for field, patches in (("target_patches", risk.target_patches), ("source_patches", risk.source_patches)):
        for number, patch in enumerate(patches):
            if not _names_a_patch(patch):
                problems.add("risk_value", place.key(field).index(number), value=patch)


def _names_a_patch(value: str) -> bool:
    try:
        return Version.parse(value).patch >= 0
    except VersionError:
        return False

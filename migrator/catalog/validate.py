"""Cross-checks over the whole catalog: what one record cannot know of the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable

import msgspec

from migrator.catalog.model import (
    ApiRemoval,
    Catalog,
    HopRule,
    KnownRisk,
    NodeDefaults,
    PlatformMade,
    PrecheckItem,
    Profile,
    Release,
    Removal,
    RemovalKind,
    ServedApi,
    SettingCategory,
    Source,
)
from migrator.catalog.reading import Place, Problems
from migrator.errors import VersionError
from migrator.locale import LANGS, catalogue
from migrator.versions import Minor, VersionRange

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
_API_VERSION = re.compile(r"([a-z0-9.-]+/)?v\d+((alpha|beta)\d+)?", re.ASCII)
_KIND = re.compile(r"[A-Z][A-Za-z0-9]+", re.ASCII)
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)
_OBJECT = re.compile(r"[A-Z][A-Za-z0-9]+(/[a-z0-9-]+)?/[a-z0-9.-]+", re.ASCII)
_SETTING = re.compile(r"[a-z0-9_]+(\.[A-Za-z0-9_-]+)+", re.ASCII)
PRECHECK_ITEMS = 73  # of the platform's list (C)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


class Parts(msgspec.Struct):
    """The records as read, each with the place it stands at."""

    sources: list[tuple[Place, Source]] = []
    releases: list[tuple[Place, Release]] = []
    profiles: list[tuple[Place, Profile]] = []
    hop_places: dict[str, list[Place]] = {}
    api_removals: list[tuple[Place, ApiRemoval]] = []
    removals: list[tuple[Place, Removal]] = []
    served_apis: list[tuple[Place, ServedApi]] = []
    custom_groups: list[tuple[Place, str]] = []
    system_namespaces: list[tuple[Place, str]] = []
    platform_objects: list[tuple[Place, str]] = []
    node_defaults: list[tuple[Place, NodeDefaults]] = []
    platform_made: list[tuple[Place, PlatformMade]] = []
    precheck_items: list[tuple[Place, PrecheckItem]] = []
    known_risks: list[tuple[Place, KnownRisk]] = []
    group_sources: list[tuple[Place, tuple[str, ...]]] = []


def validate(parts: Parts, problems: Problems) -> None:
    """Record every contradiction between the records."""
    _check_sources(parts, problems)
    _check_releases(parts, problems)
    known = {release.minor for _, release in parts.releases}
    if not parts.profiles:
        problems.add("no_profile", Place("profiles"))
    _unique(((place, profile.name) for place, profile in parts.profiles), "name", problems)
    for place, profile in parts.profiles:
        _check_profile(place, profile, parts.hop_places[profile.name], known, problems)
    _check_removals(parts, problems)
    _check_other_removals(parts, problems)
    _check_served(parts, problems)
    _check_platform(parts, problems)
    _check_node_settings(parts, problems)
    _check_precheck(parts, problems)
    _check_risks(parts, problems)


def _unique(items: Iterable[tuple[Place, Hashable]], field: str, problems: Problems) -> None:
    listed = list(items)
    counts = Counter(value for _, value in listed)
    seen: set[Hashable] = set()
    for place, value in listed:
        if counts[value] > 1 and value in seen:
            problems.add("not_unique", place.key(field) if field else place, value=str(value))
        seen.add(value)


def _check_sources(parts: Parts, problems: Problems) -> None:
    _unique(((place, source.tag) for place, source in parts.sources), "tag", problems)
    for place, source in parts.sources:
        if source.url:
            _check_url(source.url, place.key("url"), problems)
    known = {source.tag for _, source in parts.sources}
    for place, tags in _source_lists(parts):
        if not tags:
            problems.add("no_source", place.key("sources"))
        for number, tag in enumerate(tags):
            if tag not in known:
                problems.add("unknown_source", place.key("sources").index(number), value=tag)


def _source_lists(parts: Parts) -> Iterable[tuple[Place, tuple[str, ...]]]:
    yield from ((place, release.sources) for place, release in parts.releases)
    yield from ((place, removal.sources) for place, removal in parts.api_removals)
    yield from ((place, served.sources) for place, served in parts.served_apis)
    yield from ((place, group.sources) for place, group in parts.node_defaults)
    yield from ((place, made.sources) for place, made in parts.platform_made)
    yield from ((place, item.sources) for place, item in parts.precheck_items)
    yield from ((place, removal.sources) for place, removal in parts.removals)
    yield from ((place, risk.sources) for place, risk in parts.known_risks)
    yield from parts.group_sources
    for place, profile in parts.profiles:
        yield place, profile.sources
        for where, hop in zip(parts.hop_places[profile.name], profile.hops, strict=True):
            yield where, hop.sources


def _check_precheck(parts: Parts, problems: Problems) -> None:
    """Every item once, each with a check: its own, which then has a slug, or one with a code of another family."""
    _unique(((place, item.number) for place, item in parts.precheck_items), "number", problems)
    _unique(((place, item.page) for place, item in parts.precheck_items), "page", problems)
    if {item.number for _, item in parts.precheck_items} != set(range(1, PRECHECK_ITEMS + 1)):
        problems.add("precheck_incomplete", Place("precheck_items.yaml"), count=PRECHECK_ITEMS)
    for place, item in parts.precheck_items:
        given = {
            "page": re.fullmatch(r"\d{4}", item.page, re.ASCII) is not None,
            "slug": (_NAME.fullmatch(item.slug) is not None) if item.is_own else not item.slug,
            "category": f"category.{item.category}" in catalogue(),
            "severity": f"severity.{item.severity}" in catalogue(),
            "data": bool(item.data),
            "targets": _is_range(item.targets),
            "condition": not item.condition or f"check.condition.{item.condition}" in catalogue(),
            "decided_by": item.is_own or re.fullmatch(r"(CLU|WKL|STO|NET|OPS|API)\d{3}", item.decided_by) is not None,
        }
        for name, sound in given.items():
            if not sound:
                problems.add("precheck_value", place.key(name), value=str(getattr(item, name)))


def _is_range(text: str) -> bool:
    try:
        VersionRange.parse(text)
    except VersionError:
        return False
    return True


def _check_url(url: str, place: Place, problems: Problems) -> None:
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+\.[a-z]{2,}(/\S*)?", url):
        problems.add("not_https", place, value=url)


def _check_releases(parts: Parts, problems: Problems) -> None:
    _unique(((place, release.minor) for place, release in parts.releases), "minor", problems)
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


def _check_profile(
    place: Place, profile: Profile, hop_places: list[Place], known: set[Minor], problems: Problems
) -> None:
    if not _NAME.fullmatch(profile.name) or place.file != f"profiles/{profile.name}.yaml":
        problems.add("name_not_of_file", place.key("name"), value=profile.name)
    _check_languages(profile.title, place.key("title"), problems)
    _ascending(profile.migration_targets, place.key("migration_targets"), problems)
    for number, minor in enumerate(profile.migration_targets):
        if minor not in known:
            problems.add("unknown_release", place.key("migration_targets").index(number), value=str(minor))
    _unique(((where, hop.key) for where, hop in zip(hop_places, profile.hops, strict=True)), "", problems)
    for where, hop in zip(hop_places, profile.hops, strict=True):
        _check_hop(where, hop, known, problems)


def _check_risks(parts: Parts, problems: Problems) -> None:
    """Texts in every language, ranges that can be read, names of profiles and conditions that exist."""
    _unique(((place, risk.name) for place, risk in parts.known_risks), "name", problems)
    profiles = {profile.name for _, profile in parts.profiles}
    for place, risk in parts.known_risks:
        _check_risk(place, risk, profiles, problems)


def _check_risk(place: Place, risk: KnownRisk, profiles: set[str], problems: Problems) -> None:
    if not _NAME.fullmatch(risk.name):
        problems.add("risk_value", place.key("name"), value=risk.name)
    for field, texts in (("title", risk.title), ("remedy", risk.remedy)):
        _check_languages(texts, place.key(field), problems)
    for field, limits in (("source", risk.source), ("target", risk.target)):
        if not _is_range(limits):
            problems.add("risk_value", place.key(field), value=limits)
    for number, name in enumerate(risk.profiles):
        if profiles and name not in profiles:
            problems.add("risk_value", place.key("profiles").index(number), value=name)
    if risk.condition:
        _check_sentence(f"path.condition.{risk.condition}", place.key("condition"), problems)


def judge_addition(place: Place, made: HopRule | KnownRisk, profile: str, catalog: Catalog, problems: Problems) -> bool:
    """Whether a hop for ``profile``, or a risk, fits a catalog that is sound; every problem is recorded.

    Its sources are tags of the catalog or, other than in shipped data, whatever a person names.
    """
    before = len(problems.as_messages())
    if not made.sources:
        problems.add("no_source", place.key("sources"))
    profiles = {p.name: p for p in catalog.profiles}
    if isinstance(made, KnownRisk):
        _check_risk(place, made, set(profiles), problems)
        if made.name in {risk.name for risk in catalog.known_risks}:
            problems.add("not_unique", place.key("name"), value=made.name)
    elif profile not in profiles:
        problems.add("unknown_profile", place, value=profile)
    else:
        _check_hop(place, made, {release.minor for release in catalog.releases}, problems)
        if made.key in {hop.key for hop in profiles[profile].hops}:
            problems.add("not_unique", place, value=made.key)
    return len(problems.as_messages()) == before


def _check_languages(texts: dict[str, str], place: Place, problems: Problems) -> None:
    for lang in sorted(set(LANGS) ^ texts.keys()):
        problems.add("title_languages", place, value=lang)


def _ascending(minors: tuple[Minor, ...], place: Place, problems: Problems) -> None:
    if list(minors) != sorted(set(minors)):
        problems.add("not_ascending", place)


def _check_hop(place: Place, hop: HopRule, known: set[Minor], problems: Problems) -> None:
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
        _check_url(url, place.key("changelogs").index(number), problems)


def _check_names(kind: str, names: tuple[str, ...], place: Place, problems: Problems) -> None:
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            problems.add("not_unique", place, value=name)
        _check_sentence(f"path.{kind}.{name}", place, problems)


def _check_sentence(key: str, place: Place, problems: Problems) -> None:
    if key not in catalogue():
        problems.add("no_sentence", place, sentence=key)


def _check_removals(parts: Parts, problems: Problems) -> None:
    pairs = ((place, f"{removal.api_version} {removal.kind}") for place, removal in parts.api_removals)
    _unique(pairs, "", problems)
    gone = {f"{removal.api_version} {removal.kind}": removal.removed_in for _, removal in parts.api_removals}
    for place, removal in parts.api_removals:
        _check_removal(place, removal, problems)
        _check_replacement(place, removal, gone, problems)


def _check_other_removals(parts: Parts, problems: Problems) -> None:
    _unique(((place, removal.name) for place, removal in parts.removals), "name", problems)
    for place, removal in parts.removals:
        told = not removal.told_by or re.fullmatch(r"(CLU|WKL|STO|NET|OPS|API|PRE)\d{3}", removal.told_by) is not None
        sound = {
            "name": _NAME.fullmatch(removal.name) is not None,
            "pattern": bool(removal.pattern),
            "value": _is_expression(removal.value),
            "objects": bool(removal.objects) == (removal.kind is RemovalKind.FIELD),
            "replacement": bool(removal.replacement) or not removal.kind.in_objects,
            "severity": f"severity.{removal.severity}" in catalogue(),
            "told_by": told,
        }
        for name, holds in sound.items():
            if not holds:
                problems.add("removal_value", place.key(name), value=str(getattr(removal, name)))
        if not removal.kind.in_objects:
            _check_sentence(f"removal.{removal.name}", place.key("name"), problems)


def _is_expression(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _check_removal(place: Place, removal: ApiRemoval, problems: Problems) -> None:
    if not _API_VERSION.fullmatch(removal.api_version):
        problems.add("not_an_api_version", place.key("api_version"), value=removal.api_version)
    if not _KIND.fullmatch(removal.kind):
        problems.add("not_a_kind", place.key("kind"), value=removal.kind)
    if removal.deprecated_in is not None and removal.deprecated_in >= removal.removed_in:
        problems.add("removed_before_deprecated", place.key("removed_in"), value=str(removal.removed_in))
    if removal.change:
        _check_sentence(f"api.change.{removal.change}", place.key("change"), problems)


def _check_replacement(place: Place, removal: ApiRemoval, gone: dict[str, Minor], problems: Problems) -> None:
    if not removal.replacement:
        if removal.replacement_since is not None:
            problems.add("since_without_replacement", place.key("replacement_since"))
        return
    where = place.key("replacement")
    api_version, _, kind = removal.replacement.partition(" ")
    if not (_API_VERSION.fullmatch(api_version) and _KIND.fullmatch(kind)):
        problems.add("not_a_replacement", where, value=removal.replacement)
    if removal.replacement_since is None:
        problems.add("missing_field", place.key("replacement_since"))
    elif removal.replacement_since > removal.removed_in:
        problems.add("replacement_too_late", place.key("replacement_since"), value=str(removal.replacement_since))
    successor_gone = gone.get(removal.replacement)
    if successor_gone is not None and successor_gone <= removal.removed_in:
        problems.add("replacement_gone", where, value=removal.replacement)


def _check_served(parts: Parts, problems: Problems) -> None:
    kinds = [
        (place.key("kinds").index(number), served.api_version, kind)
        for place, served in parts.served_apis
        for number, kind in enumerate(served.kinds)
    ]
    _unique(((place, f"{api_version} {kind}") for place, api_version, kind in kinds), "", problems)
    _unique(parts.custom_groups, "", problems)
    versions = ((place.key("api_version"), served.api_version) for place, served in parts.served_apis)
    _matching(versions, _API_VERSION.fullmatch, "not_an_api_version", problems)
    _matching(((place, kind) for place, _, kind in kinds), _KIND.fullmatch, "not_a_kind", problems)
    gone = {(removal.api_version, removal.kind) for _, removal in parts.api_removals}
    for place, api_version, kind in kinds:
        if (api_version, kind) in gone:
            problems.add("served_and_removed", place, value=f"{api_version} {kind}")


def _check_platform(parts: Parts, problems: Problems) -> None:
    _unique(parts.system_namespaces, "", problems)
    _unique(parts.platform_objects, "", problems)
    _matching(parts.system_namespaces, _NAMESPACE.fullmatch, "not_a_namespace", problems)
    _matching(parts.platform_objects, _OBJECT.fullmatch, "not_an_object", problems)
    for place, name in parts.system_namespaces:
        if name == "default":  # business lives there
            problems.add("not_a_namespace", place, value=name)


def _check_node_settings(parts: Parts, problems: Problems) -> None:
    """A setting stands once for each range of kernels; a group of one without a range holds for every kernel."""
    settings = [
        (place.key("values").key(key), (group.category, key, group.kernel_from, group.kernel_before))
        for place, group in parts.node_defaults
        for key in group.values
    ]
    _unique(settings, "", problems)
    parameters = ((place, found[1]) for place, found in settings if found[0] is SettingCategory.SYSCTL)
    _matching(parameters, _SETTING.fullmatch, "not_a_setting", problems)
    patterns = (
        (place.key("patterns").index(number), pattern)
        for place, made in parts.platform_made
        for number, pattern in enumerate(made.patterns)
    )
    _matching(patterns, _is_pattern, "not_a_pattern", problems)


def _is_pattern(value: str) -> bool:
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _matching(items: Iterable[tuple[Place, str]], test: Callable[[str], object], kind: str, problems: Problems) -> None:
    for place, value in items:
        if not test(value):
            problems.add(kind, place, value=value)

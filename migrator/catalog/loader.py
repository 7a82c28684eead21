"""Reads ``catalog/data`` into a ``Catalog``, or refuses it with every problem named by file and field.

Every file in the folder must be claimed by a reader: a file with a wrong name is an error, not a file silently unread.
The digest is taken over the names and bytes of all files, so that two assessments can tell whether they knew the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec

from migrator.catalog.convert import Refused, convert, record, records, refuse_unknown
from migrator.catalog.model import (
    AddOnInfo,
    AddOnVersions,
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
    ServedApi,
    Source,
    StoragePorts,
)
from migrator.catalog.reading import Place, Plain, Problems, read_yaml
from migrator.catalog.validation import validate
from migrator.catalog.validation.parts import Parts
from migrator.errors import CatalogError

Reader = Callable[[Plain, Place, Parts, Problems], None]

SCHEMA = (1, 0)  # newest shape that this program reads
_REQUIRED = (
    "schema.yaml",
    "sources.yaml",
    "releases.yaml",
    "platform.yaml",
    "node_settings.yaml",
    "served_apis.yaml",
    "precheck_items.yaml",
    "known_risks.yaml",
    "addons.yaml",
)
_SHIPPED = Path(__file__).with_name("data")


@cache
def shipped_catalog() -> Catalog:
    """The catalog that comes with the program, read once per process."""
    return load_catalog(_SHIPPED)


def load_catalog(folder: Path) -> Catalog:
    """The catalog of ``folder``.

    Raises:
        CatalogError: ``catalog_broken``; ``values['problems']`` holds a sentence (``Msg``) for every problem.
    """
    problems, parts = Problems(), Parts()
    files = _files(folder)
    for name, data in files.items():
        place = Place(name)
        reader = _reader_of(name)
        if reader is None:
            problems.add("unclaimed_file", place)
            continue
        raw = read_yaml(data, place, problems)
        if raw is not None:
            reader(raw, place, parts, problems)
    for name in _REQUIRED:
        if name not in files:
            problems.add("missing_file", Place(name))
    validate(parts, problems)
    if problems:
        raise CatalogError("catalog_broken", folder=folder.name, problems=problems.as_messages())
    return _assemble(parts, _digest(files))


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise CatalogError("catalog_missing", folder=folder.name)
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}


def _digest(files: dict[str, bytes]) -> str:
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name])}\0".encode())
        total.update(files[name])
    return "sha256:" + total.hexdigest()


def _assemble(parts: Parts, digest: str) -> Catalog:
    return Catalog(
        digest=digest,
        releases=tuple(sorted((r for _, r in parts.releases), key=lambda r: r.minor)),
        profiles=tuple(sorted((p for _, p in parts.profiles), key=lambda p: p.name)),
        api_removals=tuple(
            sorted((r for _, r in parts.api_removals), key=lambda r: (r.removed_in, r.api_version, r.kind))
        ),
        removals=tuple(sorted((r for _, r in parts.removals), key=lambda r: (r.since, r.kind, r.pattern))),
        served_apis=tuple(s for _, s in parts.served_apis),
        custom_groups=tuple(sorted(name for _, name in parts.custom_groups)),
        sources=tuple(sorted((s for _, s in parts.sources), key=lambda s: s.tag)),
        system_namespaces=tuple(sorted(name for _, name in parts.system_namespaces)),
        platform_objects=tuple(sorted(name for _, name in parts.platform_objects)),
        node_defaults=tuple(group for _, group in parts.node_defaults),
        precheck_items=tuple(sorted((i for _, i in parts.precheck_items), key=lambda i: i.number)),
        known_risks=tuple(sorted((r for _, r in parts.known_risks), key=lambda r: r.name)),
        addons=tuple(sorted((a for _, a in parts.addons), key=lambda a: a.name)),
        addon_versions=tuple(sorted((v for _, v in parts.addon_versions), key=lambda v: (v.addon, v.lowest.order))),
        platform_made=tuple(group for _, group in parts.platform_made),
        storage_ports=tuple(sorted((p for _, p in parts.storage_ports), key=lambda p: p.storage)),
    )


def _reader_of(name: str) -> Reader | None:
    folder, _, file = name.rpartition("/")
    if not file.endswith(".yaml"):
        return None
    return _FOLDERS.get(folder) if folder else _FILES.get(file)


def _only(raw: Plain, known: set[str], place: Place, problems: Problems) -> dict[str, Plain]:
    """``raw`` as the mapping a file must be, with exactly the ``known`` keys."""
    if not isinstance(raw, dict):
        problems.add("not_a_mapping", place)
        return {}
    refuse_unknown(raw, known, place, problems)
    for key in sorted(known - raw.keys()):
        problems.add("missing_field", place.key(key))
    return {key: value for key, value in raw.items() if key in known}


def _texts(raw: Plain | None, place: Place, problems: Problems) -> tuple[str, ...]:
    if raw is None:
        return ()
    try:
        texts: tuple[str, ...] = convert(raw, tuple[str, ...], place, problems)
    except Refused:
        return ()
    return texts


def _schema(raw: Plain, place: Place, _parts: Parts, problems: Problems) -> None:
    text = _only(raw, {"schema"}, place, problems).get("schema")
    if text is None:
        return
    major, _, minor = text.partition(".") if isinstance(text, str) else ("", "", "")
    if not (major.isdecimal() and minor.isdecimal()):
        problems.add("schema_unreadable", place.key("schema"))
    elif int(major) != SCHEMA[0] or int(minor) > SCHEMA[1]:
        problems.add("schema_unsupported", place.key("schema"), given=str(text), supported=f"{SCHEMA[0]}.{SCHEMA[1]}")


def _sources(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    items = _only(raw, {"sources"}, place, problems).get("sources", [])
    parts.sources += records(items, Source, place.key("sources"), problems)


def _releases(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    items = _only(raw, {"releases"}, place, problems).get("releases", [])
    parts.releases += records(items, Release, place.key("releases"), problems)


def _removals(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    items = _only(raw, {"removals"}, place, problems).get("removals", [])
    parts.api_removals += records(items, ApiRemoval, place.key("removals"), problems)


def _other_removals(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    items = _only(raw, {"removals"}, place, problems).get("removals", [])
    parts.removals += records(items, Removal, place.key("removals"), problems)


def _served(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    content = _only(raw, {"served", "custom_groups"}, place, problems)
    parts.served_apis += records(content.get("served", []), ServedApi, place.key("served"), problems)
    where = place.key("custom_groups")
    group = _only(content.get("custom_groups", {}), {"sources", "names"}, where, problems)
    _note_sources(group, where, parts, problems)
    names = _texts(group.get("names"), where.key("names"), problems)
    parts.custom_groups += [(where.key("names").index(number), name) for number, name in enumerate(names)]


def _platform(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    groups = _only(raw, {"system_namespaces", "platform_objects", "storage_ports"}, place, problems)
    parts.storage_ports += records(groups.get("storage_ports", []), StoragePorts, place.key("storage_ports"), problems)
    for key, into in (("system_namespaces", parts.system_namespaces), ("platform_objects", parts.platform_objects)):
        if key not in groups:
            continue
        where = place.key(key)
        group = _only(groups[key], {"sources", "names"}, where, problems)
        _note_sources(group, where, parts, problems)
        names = _texts(group.get("names"), where.key("names"), problems)
        into += [(where.key("names").index(number), name) for number, name in enumerate(names)]


def _node_settings(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    content = _only(raw, {"groups", "platform_made"}, place, problems)
    parts.node_defaults += records(content.get("groups", []), NodeDefaults, place.key("groups"), problems)
    parts.platform_made += records(content.get("platform_made", []), PlatformMade, place.key("platform_made"), problems)


def _precheck(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    items = _only(raw, {"items"}, place, problems).get("items", [])
    parts.precheck_items += records(items, PrecheckItem, place.key("items"), problems)


def _risks(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    items = _only(raw, {"risks"}, place, problems).get("risks", [])
    parts.known_risks += records(items, KnownRisk, place.key("risks"), problems)


def _addons(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    content = _only(raw, {"addons", "versions"}, place, problems)
    parts.addons += records(content.get("addons", []), AddOnInfo, place.key("addons"), problems)
    parts.addon_versions += records(content.get("versions", []), AddOnVersions, place.key("versions"), problems)


def _note_sources(group: dict[str, Plain], place: Place, parts: Parts, problems: Problems) -> None:
    parts.group_sources.append((place, _texts(group.get("sources"), place.key("sources"), problems)))


def _profile(raw: Plain, place: Place, parts: Parts, problems: Problems) -> None:
    """One profile; its own ``preconditions`` and ``impacts`` hold for every hop and add up with the hop's."""
    if not isinstance(raw, dict):
        problems.add("not_a_mapping", place)
        return
    common = {key: _texts(raw.get(key), place.key(key), problems) for key in ("preconditions", "impacts")}
    hops = records(raw.get("hops", []), HopRule, place.key("hops"), problems)
    rest = {key: value for key, value in raw.items() if key not in common and key != "hops"}
    if "hops" not in raw:
        problems.add("missing_field", place.key("hops"))
    profile = record({**rest, "hops": []}, Profile, place, problems)
    if profile is None:
        return
    merged = tuple(
        msgspec.structs.replace(
            hop,
            preconditions=common["preconditions"] + hop.preconditions,
            impacts=common["impacts"] + hop.impacts,
        )
        for _, hop in hops
    )
    parts.hop_places[profile.name] = [where for where, _ in hops]
    parts.profiles.append((place, msgspec.structs.replace(profile, hops=merged)))


_FILES: dict[str, Reader] = {
    "schema.yaml": _schema,
    "sources.yaml": _sources,
    "releases.yaml": _releases,
    "platform.yaml": _platform,
    "node_settings.yaml": _node_settings,
    "served_apis.yaml": _served,
    "precheck_items.yaml": _precheck,
    "known_risks.yaml": _risks,
    "addons.yaml": _addons,
}
_FOLDERS: dict[str, Reader] = {"profiles": _profile, "api_removals": _removals, "removals": _other_removals}

"""What releases take away, and what they still serve."""

from __future__ import annotations

import re

from migrator.catalog.model import ApiRemoval, RemovalKind
from migrator.catalog.reading import Place, Problems
from migrator.catalog.validation.parts import Parts
from migrator.catalog.validation.values import NAME, check_sentence, is_expression, matching, unique
from migrator.locale import catalogue
from migrator.versions import Minor

_API_VERSION = re.compile(r"([a-z0-9.-]+/)?v\d+((alpha|beta)\d+)?", re.ASCII)
_KIND = re.compile(r"[A-Z][A-Za-z0-9]+", re.ASCII)


def check_removals(parts: Parts, problems: Problems) -> None:
    pairs = ((place, f"{removal.api_version} {removal.kind}") for place, removal in parts.api_removals)
    unique(pairs, "", problems)
    gone = {f"{removal.api_version} {removal.kind}": removal.removed_in for _, removal in parts.api_removals}
    for place, removal in parts.api_removals:
        _check_removal(place, removal, problems)
        _check_replacement(place, removal, gone, problems)


def _check_removal(place: Place, removal: ApiRemoval, problems: Problems) -> None:
    if not _API_VERSION.fullmatch(removal.api_version):
        problems.add("not_an_api_version", place.key("api_version"), value=removal.api_version)
    if not _KIND.fullmatch(removal.kind):
        problems.add("not_a_kind", place.key("kind"), value=removal.kind)
    if removal.deprecated_in is not None and removal.deprecated_in >= removal.removed_in:
        problems.add("removed_before_deprecated", place.key("removed_in"), value=str(removal.removed_in))
    if removal.change:
        check_sentence(f"api.change.{removal.change}", place.key("change"), problems)


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


def check_other_removals(parts: Parts, problems: Problems) -> None:
    unique(((place, removal.name) for place, removal in parts.removals), "name", problems)
    for place, removal in parts.removals:
        told = not removal.told_by or re.fullmatch(r"(CLU|WKL|STO|NET|OPS|API|PRE)\d{3}", removal.told_by) is not None
        sound = {
            "name": NAME.fullmatch(removal.name) is not None,
            "pattern": bool(removal.pattern),
            "value": is_expression(removal.value),
            "objects": bool(removal.objects) == (removal.kind is RemovalKind.FIELD),
            "replacement": bool(removal.replacement) or not removal.kind.in_objects,
            "severity": f"severity.{removal.severity}" in catalogue(),
            "told_by": told,
        }
        for name, holds in sound.items():
            if not holds:
                problems.add("removal_value", place.key(name), value=str(getattr(removal, name)))
        if not removal.kind.in_objects:
            check_sentence(f"removal.{removal.name}", place.key("name"), problems)


def check_served(parts: Parts, problems: Problems) -> None:
    kinds = [
        (place.key("kinds").index(number), served.api_version, kind)
        for place, served in parts.served_apis
        for number, kind in enumerate(served.kinds)
    ]
    unique(((place, f"{api_version} {kind}") for place, api_version, kind in kinds), "", problems)
    unique(parts.custom_groups, "", problems)
    versions = ((place.key("api_version"), served.api_version) for place, served in parts.served_apis)
    matching(versions, _API_VERSION.fullmatch, "not_an_api_version", problems)
    matching(((place, kind) for place, _, kind in kinds), _KIND.fullmatch, "not_a_kind", problems)
    gone = {(removal.api_version, removal.kind) for _, removal in parts.api_removals}
    for place, api_version, kind in kinds:
        if (api_version, kind) in gone:
            problems.add("served_and_removed", place, value=f"{api_version} {kind}")

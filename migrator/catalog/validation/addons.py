"""Add-ons and the tables of their versions."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.catalog.model import AddOnInfo, AddOnVersions
from migrator.catalog.reading import Place, Problems
from migrator.catalog.validation.parts import Parts
from migrator.catalog.validation.values import NAME, check_languages, is_range, unique
from migrator.versions import VersionRange

_SHAPES = (("==",), (">=", "<="))  # a version or a branch of them; the first and the last


def check_addons(parts: Parts, problems: Problems) -> None:
    """Every name once, successors that are there, and rows that do not say two things of one version."""
    names = [(place.key("name"), info.name) for place, info in parts.addons]
    names += [
        (place.key("also").index(number), name) for place, info in parts.addons for number, name in enumerate(info.also)
    ]
    unique(names, "", problems)
    known = {info.name for _, info in parts.addons}
    for place, info in parts.addons:
        _check_info(place, info, known, problems)
    sound: list[AddOnVersions] = []
    for place, row in parts.addon_versions:
        if row.addon not in known:
            problems.add("addon_value", place.key("addon"), value=row.addon)
        if check_versions(place, row, sound, problems):
            sound.append(row)


def _check_info(place: Place, info: AddOnInfo, known: set[str], problems: Problems) -> None:
    for field, name in (("name", info.name), *((f"also[{number}]", also) for number, also in enumerate(info.also))):
        if not NAME.fullmatch(name):
            problems.add("addon_value", place.key(field), value=name)
    check_languages(info.title, place.key("title"), problems)
    if (info.last is None) == bool(info.successor) or (info.successor and info.successor not in known - {info.name}):
        problems.add("addon_value", place.key("successor"), value=info.successor)
    for number, limits in enumerate(info.stuck):
        if not is_range(limits):
            problems.add("addon_value", place.key("stuck").index(number), value=limits)


def check_versions(place: Place, row: AddOnVersions, others: Iterable[AddOnVersions], problems: Problems) -> bool:
    """Whether the row can be read and none of the ``others``, which can, speaks of a version that it speaks of."""
    before = len(problems.as_messages())
    if not NAME.fullmatch(row.addon):
        problems.add("addon_value", place.key("addon"), value=row.addon)
    if row.clusters[0] > row.clusters[1]:
        problems.add("span_reversed", place.key("clusters"))
    if not _is_span(row.versions):
        problems.add("addon_versions", place.key("versions"), value=row.versions)
        return False
    for other in others:
        if other.addon == row.addon and (other.holds(row.lowest) or row.holds(other.lowest)):
            problems.add("addon_overlap", place.key("versions"), value=row.versions, other=other.versions)
    return len(problems.as_messages()) == before


def _is_span(text: str) -> bool:
    if not is_range(text):
        return False
    bounds = VersionRange.parse(text).bounds
    return tuple(operator for operator, _ in bounds) in _SHAPES and bounds[0][1] <= bounds[-1][1]

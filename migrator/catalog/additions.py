"""The shipped catalog with what an administrator adds for their platform: hops, known risks, rows of add-ons.

Additions are read by the same typed reader and judged by the same rules as the shipped files; what contradicts them, or
repeats what is shipped, is refused. The outcome is a catalog of its own, with its own digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from migrator.catalog.convert import record
from migrator.catalog.model import AddOnVersions, Catalog, HopRule, KnownRisk, Record
from migrator.catalog.reading import Place, Plain, Problems, read_yaml
from migrator.catalog.validation.additions import Added, judge_addition
from migrator.errors import CatalogError


class AdditionKind(StrEnum):
    HOP = "hop"
    RISK = "risk"
    ADDON = "addon"


RECORDS: dict[AdditionKind, type[Record]] = {
    AdditionKind.HOP: HopRule,
    AdditionKind.RISK: KnownRisk,
    AdditionKind.ADDON: AddOnVersions,
}


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    """One record that a person wrote: ``text`` is the YAML of a hop, a known risk or a row of an add-on's versions, as
    in the shipped files.

    ``name`` is how the person calls it; problems are told with it. ``profile`` is the path table that a hop joins.
    """

    kind: AdditionKind
    name: str
    text: str
    profile: str = ""


def extended(catalog: Catalog, additions: Sequence[Addition]) -> Catalog:
    """``catalog`` with the additions; the very same where there are none. The order of the additions plays no part.

    Raises:
        CatalogError: ``catalog_broken``, with a sentence for every problem, as ``load_catalog``.
    """
    if not additions:
        return catalog
    problems = Problems()
    ordered = sorted(additions, key=msgspec.structs.astuple)
    read = [(Place(a.name), a, _read(a, problems)) for a in ordered]
    grown = catalog
    for place, addition, made in read:
        if made is not None and judge_addition(place, made, addition.profile, grown, problems):
            grown = _with(grown, addition, made)
    if problems:
        raise CatalogError("catalog_broken", folder="-", problems=problems.as_messages())
    return msgspec.structs.replace(grown, digest=_digest(catalog.digest, ordered))


def _read(addition: Addition, problems: Problems) -> Added | None:
    place = Place(addition.name)
    raw: Plain | None = read_yaml(addition.text.encode(), place, problems)
    if raw is None:
        return None
    made = record(raw, RECORDS[addition.kind], place, problems)
    return made if isinstance(made, Added) else None


def _with(catalog: Catalog, addition: Addition, made: Added) -> Catalog:
    if isinstance(made, KnownRisk):
        risks = sorted((*catalog.known_risks, made), key=lambda risk: risk.name)
        return msgspec.structs.replace(catalog, known_risks=tuple(risks))
    if isinstance(made, AddOnVersions):
        rows = sorted((*catalog.addon_versions, made), key=lambda row: (row.addon, row.lowest.order))
        return msgspec.structs.replace(catalog, addon_versions=tuple(rows))
    profiles = (
        msgspec.structs.replace(p, hops=(*p.hops, made)) if p.name == addition.profile else p for p in catalog.profiles
    )
    return msgspec.structs.replace(catalog, profiles=tuple(profiles))


def _digest(base: str, additions: Iterable[Addition]) -> str:
    total = hashlib.sha256(base.encode())
    for addition in additions:
        total.update(b"\0" + msgspec.json.encode(addition))
    return "sha256:" + total.hexdigest()

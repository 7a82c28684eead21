"""What the tables of add-ons say of one that is installed: which clusters its version is made for, and what is newer.

Tables are not complete: a version that lies between two listed ones is judged by both where they agree, otherwise
nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from migrator.catalog.model import AddOnInfo, AddOnVersions, Catalog
from migrator.versions import Minor, Version


class Fit(StrEnum):
    """How an add-on comes over one hop."""

    FITS = "fits"
    BEFORE = "before"  # upgraded first, to a version made for both ends of the hop
    AFTER = "after"  # no version is made for both: upgraded after the cluster, and maybe down meanwhile (A.4)
    NONE = "none"  # no version is made for the hop's target
    UNKNOWN = "unknown"  # the table does not tell


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One hop of an add-on; ``version`` is the version to upgrade to, where there is one."""

    source: Minor
    target: Minor
    fit: Fit
    version: str = ""


def info_of(catalog: Catalog, name: str) -> AddOnInfo | None:
    """What is known of the add-on installed under ``name``."""
    return next((info for info in catalog.addons if name == info.name or name in info.also), None)


def rows_of(catalog: Catalog, name: str) -> list[AddOnVersions]:
    """The rows of the add-on installed under ``name``, the oldest version first."""
    info = info_of(catalog, name)
    known = {name} if info is None else {info.name, *info.also}
    return [row for row in catalog.addon_versions if row.addon in known]


def fits(rows: Sequence[AddOnVersions], version: Version, minor: Minor) -> bool | None:
    """Whether ``version`` is made for clusters of ``minor``; None where the rows do not tell."""
    for row in rows:
        if row.holds(version):
            return row.fits(minor)
    below = [row for row in rows if row.lowest < version]
    above = [row for row in rows if row.lowest > version]
    if below and above and below[-1].fits(minor) == above[0].fits(minor):
        return above[0].fits(minor)
    return None


def newest(rows: Sequence[AddOnVersions], *minors: Minor) -> AddOnVersions | None:
    """The newest row that is made for all of ``minors``."""
    return next((row for row in reversed(rows) if all(row.fits(minor) for minor in minors)), None)


def passages(rows: Sequence[AddOnVersions], version: Version, hops: Sequence[tuple[Minor, Minor]]) -> list[Passage]:
    """How the add-on of ``version`` comes over ``hops``, one after the other, upgraded where it must be."""
    found: list[Passage] = []
    taken: AddOnVersions | None = None
    for source, target in hops:
        known = fits(rows, version, target) if taken is None else taken.fits(target)
        if known is None:
            found.append(Passage(source=source, target=target, fit=Fit.UNKNOWN))
            break  # nor is anything known of the hops that follow
        if known:
            found.append(Passage(source=source, target=target, fit=Fit.FITS))
            continue
        both, after = newest(rows, source, target), newest(rows, target)
        fit = Fit.BEFORE if both else Fit.AFTER if after else Fit.NONE
        taken = both or after
        found.append(Passage(source=source, target=target, fit=fit, version=taken.newest if taken else ""))
        if taken is None:
            break
    return found

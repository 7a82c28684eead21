"""Versions of CCE clusters and of Kubernetes: parse, order, ranges, community minors crossed.

A CCE version is a Kubernetes version with a patch suffix, ``v1.15.11-r1``; order is (major, minor, patch, r).
kubelets append build marks (``v1.19.8-r1-CCE21.4.1.B003``) and other clouds their own (``v1.14.10-gke.27``): such a
suffix is kept for display and takes no part in the order. ``packaging`` and ``semver`` get these wrong (``-r1`` as a
pre-release, or refused), hence our own parser. Source: domain facts A.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from migrator.errors import VersionError

_VERSION = re.compile(
    r"[vV]?(?P<major>\d{1,3})\.(?P<minor>\d{1,3})\+?"
    r"(?:\.(?P<patch>\d{1,4})(?![0-9A-Za-z])(?:-r(?P<revision>\d{1,4})(?!\w))?)?"
    r"(?P<suffix>(?(patch)[-+.]|[-+])[0-9A-Za-z.+_-]{1,60})?",
    re.ASCII,
)


class Minor(NamedTuple):
    """A community minor release such as 1.22."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, value: str) -> Minor:
        return Version.parse(value).as_minor


class Version(msgspec.Struct, frozen=True, order=False):
    """One version; ``patch`` and ``revision`` are -1 where the text does not give them.

    ``1.25`` therefore sorts before ``1.25.0`` and, as a target, stands for "the offered patch of 1.25".
    """

    major: int
    minor: int
    patch: int = -1
    revision: int = -1
    suffix: str = ""

    @classmethod
    def parse(cls, value: str) -> Version:
        """Read ``1.25``, ``v1.15.11-r1`` or a kubelet's version.

        Raises:
            VersionError: ``version_unreadable``, with the text that was given.
        """
        found = _VERSION.fullmatch(value.strip())
        if found is None:
            raise VersionError("version_unreadable", version=value[:60])
        return cls(
            int(found["major"]),
            int(found["minor"]),
            int(found["patch"]) if found["patch"] else -1,
            int(found["revision"]) if found["revision"] else -1,
            found["suffix"] or "",
        )

    @property
    def as_minor(self) -> Minor:
        return Minor(self.major, self.minor)

    @property
    def order(self) -> tuple[int, int, int, int]:
        return (self.major, self.minor, self.patch, self.revision)

    def __lt__(self, other: Version) -> bool:
        return self.order < other.order

    def __le__(self, other: Version) -> bool:
        return self.order <= other.order

    def __gt__(self, other: Version) -> bool:
        return self.order > other.order

    def __ge__(self, other: Version) -> bool:
        return self.order >= other.order

    def __str__(self) -> str:
        patch = f".{self.patch}" if self.patch >= 0 else ""
        revision = f"-r{self.revision}" if self.revision >= 0 else ""
        return f"v{self.major}.{self.minor}{patch}{revision}{self.suffix}"


class VersionRange(msgspec.Struct, frozen=True):
    """A conjunction of bounds such as ``>=1.15,<1.17``; an empty one holds every version.

    A bound without a patch speaks of the whole minor: ``<=1.15`` holds every 1.15.x, ``>1.15`` begins at 1.16.
    """

    bounds: tuple[tuple[str, Version], ...] = ()

    @classmethod
    def parse(cls, value: str) -> VersionRange:
        """Read comma-separated bounds with ``>= > <= < ==``; raises ``VersionError`` ``range_unreadable``."""
        bounds = []
        for part in filter(None, (p.strip() for p in value.split(","))):
            found = re.fullmatch(r"(>=|<=|==|>|<)\s*(\S+)", part)
            if found is None:
                raise VersionError("range_unreadable", range=value[:80])
            bounds.append((found[1], Version.parse(found[2])))
        return cls(tuple(bounds))

    def __contains__(self, version: Version) -> bool:
        return all(_holds(version, operator, bound) for operator, bound in self.bounds)

    def __str__(self) -> str:
        return ",".join(f"{operator}{str(bound)[1:]}" for operator, bound in self.bounds)


def _holds(version: Version, operator: str, bound: Version) -> bool:
    given = 2 if bound.patch < 0 else 3 if bound.revision < 0 else 4
    ours, theirs = version.order[:given], bound.order[:given]
    return {
        ">=": ours >= theirs,
        ">": ours > theirs,
        "<=": ours <= theirs,
        "<": ours < theirs,
        "==": ours == theirs,
    }[operator]


def minors_crossed(source: Version, target: Version) -> Iterator[Minor]:
    """Every community minor that a move enters: 1.15 -> 1.17 gives 1.16 and 1.17, although CCE never offers 1.16."""
    for minor in range(source.minor + 1, target.minor + 1):
        yield Minor(source.major, minor)


@lru_cache(maxsize=4096)  # asked for every object of a cluster
def removed_on_the_way(removed_in: Minor, source: Version, target: Version) -> bool:
    """Whether something that minor ``removed_in`` no longer has is lost: ``source < removed_in <= target`` (A.0)."""
    return source.as_minor < removed_in <= target.as_minor

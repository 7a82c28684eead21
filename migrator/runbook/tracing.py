"""Application names for Pinpoint: at most 24 characters, lower case and hyphens, each workload its own (I.3)."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable

import msgspec

LONGEST = 24
_HASH = 4
_OTHER = re.compile(r"[^a-z0-9]+")


class Traced(msgspec.Struct, frozen=True, kw_only=True):
    """The name of one workload, and why it is not simply namespace and name."""

    key: str  # ``Workload.key``
    name: str
    full: str  # as it would be were there no bound
    clashes: tuple[str, ...] = ()  # keys of the workloads that would have had the same name

    @property
    def is_cut(self) -> bool:
        return self.name != self.full


def application_names(workloads: Iterable[tuple[str, str, str]]) -> tuple[Traced, ...]:
    """Names for ``(key, namespace, name)``: "namespace-name", cut where it is too long.

    Where several would come out alike, each gets a few characters of its own key's digest instead, so that adding a
    workload changes no other name but those it clashes with.
    """
    given = [(key, _plain(f"{namespace}-{name}")) for key, namespace, name in workloads]
    alike: dict[str, list[str]] = defaultdict(list)
    for key, full in given:
        alike[_cut(full, LONGEST)].append(key)
    made = []
    for key, full in given:
        short = _cut(full, LONGEST)
        others = tuple(k for k in alike[short] if k != key)
        made.append(Traced(key=key, name=_told_apart(full, key) if others else short, full=full, clashes=others))
    return tuple(made)


def _plain(text: str) -> str:
    return _OTHER.sub("-", text.lower()).strip("-") or "app"


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip("-")


def _told_apart(full: str, key: str) -> str:
    mark = hashlib.sha256(key.encode()).hexdigest()[:_HASH]
    return f"{_cut(full, LONGEST - _HASH - 1)}-{mark}"

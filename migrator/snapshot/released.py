"""ConfigMaps of add-ons as their Helm releases hold them, against the live ones: the same, or edited by hand.

Both sides are digests that live as long as the reading; of the outcome a snapshot keeps yes or no.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from migrator.snapshot.model import ConfigEntry, ObjectRef
from migrator.snapshot.values import Body, mapping

Key = tuple[str, str]  # namespace and name


class ReleasedConfigs:
    """What the newest deployed release of each add-on holds."""

    def __init__(self) -> None:
        self._held: dict[Key, tuple[int, bytes]] = {}

    def add(self, ref: ObjectRef, body: Body, revision: int) -> None:
        key = (ref.namespace, ref.name)
        if key not in self._held or self._held[key][0] <= revision:
            self._held[key] = (revision, digest(body))

    def judged(self, entries: Iterable[ConfigEntry], live: dict[Key, bytes]) -> tuple[ConfigEntry, ...]:
        """The entries, each ConfigMap that a release holds too with whether it still is what the release made."""
        return tuple(self._judged(entry, live) for entry in entries)

    def _judged(self, entry: ConfigEntry, live: dict[Key, bytes]) -> ConfigEntry:
        key = (entry.namespace, entry.name)
        if entry.kind != "ConfigMap" or key not in self._held or key not in live:
            return entry
        return msgspec.structs.replace(entry, as_released=self._held[key][1] == live[key])


def digest(body: Body) -> bytes:
    """Of the data of a ConfigMap; blanks at the end of lines and of texts say nothing."""
    data = mapping(body.get("data"))
    lines = {str(k): [line.rstrip() for line in str(v).strip().splitlines()] for k, v in data.items()}
    return hashlib.sha256(msgspec.json.encode(lines, order="sorted")).digest()

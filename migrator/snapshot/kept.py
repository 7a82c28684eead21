"""Of an object that the input tells of more than once: the better instance."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import msgspec

from migrator.snapshot.model import ObjectRef
from migrator.snapshot.values import Body, metadata, number

_ENCODER = msgspec.json.Encoder(order="deterministic")


class _Instance(msgspec.Struct, frozen=True):
    fact: Any
    api_version: str
    uid: Any  # of the object's metadata, as they are there
    resource_version: Any

    def is_better_than(self, other: _Instance) -> bool:
        mine, theirs = self._rank(), other._rank()
        return mine > theirs or (mine == theirs and fact_bytes(self.fact) > fact_bytes(other.fact))

    def contradicts(self, other: _Instance) -> bool:
        """Whether nothing tells which of two is the right one, and they are not the same."""
        return (
            self.api_version == other.api_version
            and self.uid == other.uid
            and self._rank() == other._rank()
            and fact_bytes(self.fact) != fact_bytes(other.fact)
        )

    def _rank(self) -> tuple[bool, int, int]:
        version = number(self.resource_version)
        return bool(self.uid), _grade(self.api_version), -1 if version is None else version


class Kept:
    """The facts of one kind by identity, of an object met twice the better instance.

    The one the server told of (it has a uid) wins over a manifest, a stable API version over an old one (a backup may
    hold both), the highest resourceVersion over others; equal ones are told apart by their bytes, so that the order of
    the files does not matter, and remembered in ``contradicted``.
    """

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, ...], _Instance] = {}
        self.contradicted: set[ObjectRef] = set()

    def add(self, key: tuple[str, ...], ref: ObjectRef, body: Body, fact: Any) -> None:
        meta = metadata(body)
        instance = _Instance(fact, ref.api_version, meta.get("uid"), meta.get("resourceVersion"))
        known = self._by_key.setdefault(key, instance)
        if known is instance:
            return
        if instance.contradicts(known):
            self.contradicted.add(ref)
        if instance.is_better_than(known):
            self._by_key[key] = instance

    def sorted(self) -> list[Any]:
        return [instance.fact for _, instance in sorted(self._by_key.items(), key=itemgetter(0))]


def fact_bytes(fact: Any) -> bytes:
    """What tells two facts apart that are of one rank."""
    return _ENCODER.encode(fact)


def _grade(api_version: str) -> int:
    """How long a version of an API lasts; the group ``extensions`` was given up before all others."""
    if api_version.startswith("extensions/"):
        return 0
    return 1 if "alpha" in api_version else 2 if "beta" in api_version else 3

"""Two stored snapshots compared: worked out once, kept in the cache under both digests, read a section at a time.

Snapshots never change, and equal digests mean equal facts, so what is kept can only run out, never be wrong.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from django.core.cache import cache

from apps.inventory import adapters
from apps.inventory.models import Snapshot
from migrator import __version__
from migrator.snapshot.compare import Compared, Count, Entry, SectionDifference, Side, compare_snapshots

LISTS = ("added", "removed", "changed", "untold_old", "untold_new")  # of a SectionDifference
_SECONDS = 6 * 3600
_SUMMARY = "summary"


class SectionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a section differs; ``changed`` counts those whose configuration differs, ``state_only`` the rest."""

    section: str
    old: Side
    new: Side
    differs: bool
    passing: bool
    added: int
    removed: int
    changed: int
    state_only: int
    untold_old: int
    untold_new: int
    unchanged: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison without its entries."""

    old: Compared
    new: Compared
    differs: bool
    counts: tuple[Count, ...]
    sections: tuple[SectionSummary, ...]


def comparison_summary(old: Snapshot, new: Snapshot) -> Summary:
    """What differs between what was read, corrections left aside, as numbers.

    Raises:
        InputError: ``snapshot_schema`` where another version of the program wrote a snapshot.
    """
    return msgspec.msgpack.decode(_kept(old, new, _SUMMARY), type=Summary)


def comparison_section(old: Snapshot, new: Snapshot, section: str) -> SectionDifference:
    """Every entry of one section, which must be one of the summary's; raises as ``comparison_summary``."""
    return msgspec.msgpack.decode(_kept(old, new, section), type=SectionDifference)


def comparison_entries(section: SectionDifference, change: str, search: str) -> Iterator[tuple[str, Entry]]:
    """The entries of one list of a section, or of all, whose key holds ``search``, each with the name of its list."""
    for name in LISTS:
        if change in ("", name):
            yield from ((name, entry) for entry in getattr(section, name) if search in entry.key)


def comparison_tag(old: Snapshot, new: Snapshot, *more: str) -> str:
    """Equal for equal answers: for an ETag."""
    return f'"{zlib.crc32(repr((_key(old, new, ""), *more)).encode()):08x}-{old.digest[7:23]}-{new.digest[7:23]}"'


def _kept(old: Snapshot, new: Snapshot, part: str) -> bytes:
    found = cache.get(_key(old, new, part))
    if found is None:
        parts = _parts(old, new)
        cache.set_many({_key(old, new, name): data for name, data in parts.items()}, _SECONDS)
        found = parts[part]
    return zlib.decompress(found)


def _parts(old: Snapshot, new: Snapshot) -> dict[str, bytes]:
    facts = (adapters.snapshot_facts(old), adapters.snapshot_facts(new))
    made = compare_snapshots(*facts, digests=(old.digest, new.digest))
    sections = {s.section: s for s in made.sections}
    summary = Summary(
        old=made.old,
        new=made.new,
        differs=made.differs,
        counts=made.counts,
        sections=tuple(_summary(s) for s in made.sections),
    )
    return {name: _packed(value) for name, value in ({_SUMMARY: summary} | sections).items()}


def _summary(section: SectionDifference) -> SectionSummary:
    state_only = sum(entry.state_only for entry in section.changed)
    return SectionSummary(
        section=section.section,
        old=section.old,
        new=section.new,
        differs=section.differs,
        passing=section.passing,
        added=len(section.added),
        removed=len(section.removed),
        changed=len(section.changed) - state_only,
        state_only=state_only,
        untold_old=len(section.untold_old),
        untold_new=len(section.untold_new),
        unchanged=section.unchanged,
    )


def _packed(value: Any) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(value), 1)


def _key(old: Snapshot, new: Snapshot, part: str) -> str:
    return f"inventory.comparison:{__version__}:{old.digest}:{new.digest}:{part}"

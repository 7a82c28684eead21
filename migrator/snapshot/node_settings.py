"""Settings of nodes as checks, runbooks and pages speak of them: whose they are, and those of equal value together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migrator.snapshot.model import NodeSetting

EVERY_NODE = "*"
UNKNOWN_NODE = "?"
_NAMED = 8


def of_pool(name: str) -> str:
    """How ``NodeSetting.node`` names all nodes of a pool."""
    return f"NodePool {name}"


class SharedSetting(NamedTuple):
    """One setting of one value, with all nodes that have it; ``*`` stands alone."""

    category: str
    key: str
    value: str
    nodes: tuple[str, ...]


def by_value(settings: Iterable[NodeSetting]) -> list[SharedSetting]:
    """The settings, those of equal value once; by category and key, then what holds everywhere first."""
    nodes: dict[tuple[str, str, bool, str], set[str]] = defaultdict(set)
    for s in settings:
        nodes[s.category, s.key, s.node != EVERY_NODE, s.value].add(s.node)
    return [
        SharedSetting(category, key, value, tuple(sorted(having)))
        for (category, key, _, value), having in sorted(nodes.items())
    ]


def shortened(names: Sequence[str]) -> list[str]:
    """The first few names and how many more there are, for a sentence or a cell."""
    more = len(names) - _NAMED
    return [*names[:_NAMED], f"… (+{more})"] if more > 0 else list(names)

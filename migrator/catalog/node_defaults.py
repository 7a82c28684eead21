"""Which settings of a node are those that an untouched node has, or that the platform makes by itself."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Catalog
from migrator.catalog.model import NodeDefaults as Group
from migrator.versions import Minor

_KERNEL = re.compile(r"(\d{1,3})\.(\d{1,3})")


class NodeDefaults:
    """The node defaults of a catalog, ready for many questions."""

    def __init__(self, catalog: Catalog) -> None:
        self._groups: dict[tuple[str, str], list[tuple[Group, frozenset[str]]]] = defaultdict(list)
        for group in catalog.node_defaults:
            for key, value in group.values.items():
                alternatives = frozenset(one_spaced(v) for v in value.split(" | "))
                self._groups[group.category, key].append((group, alternatives))
        self._made: dict[str, re.Pattern[str]] = {
            category: re.compile("|".join(f"(?:{p})" for made in of for p in made.patterns))
            for category in {made.category for made in catalog.platform_made}
            if (of := [m for m in catalog.platform_made if m.category == category])
        }

    def untouched(self, category: str, key: str, value: str, kernel: str = "") -> bool | None:
        """Whether a new node has this value too; None where nothing is known of the setting.

        Args:
            kernel: release of the node's kernel, such as ``3.10.0-862.14.1``; where it is empty only a value that is
                the default of every kernel counts as untouched.
        """
        if (pattern := self._made.get(category)) is not None and pattern.fullmatch(f"{key} {value}"):
            return True
        groups = self._groups.get((category, key))
        if groups is None:
            return None
        version = kernel_version(kernel)
        fitting = [values for group, values in groups if version is None or _holds(group, version)]
        return bool(fitting) and all(one_spaced(value) in values for values in fitting)


def kernel_version(release: str) -> Minor | None:
    """The first two numbers of a kernel release, None where it has none."""
    found = _KERNEL.match(release)
    return Minor(int(found[1]), int(found[2])) if found else None


def one_spaced(value: str) -> str:
    """``value`` with single spaces: the kernel separates numbers by tabs, people by spaces."""
    return " ".join(value.split())


def _holds(group: Group, version: Minor) -> bool:
    return not (group.kernel_from and version < group.kernel_from) and not (
        group.kernel_before and version >= group.kernel_before
    )


@cache
def shipped_node_defaults() -> NodeDefaults:
    """Those of the catalog that comes with the program."""
    return NodeDefaults(shipped_catalog())

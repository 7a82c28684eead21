"""The order of the objects of a snapshot, in which the order of the input files takes no part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from operator import attrgetter
from typing import Any

from migrator.snapshot.model import KubeObject


def sorted_objects(objects: Iterable[KubeObject]) -> tuple[KubeObject, ...]:
    """By type and name, of one name by all that is left."""
    by_type: dict[tuple[str, str], list[KubeObject]] = defaultdict(list)
    for o in objects:
        by_type[o.ref.api_version, o.ref.kind].append(o)
    return tuple(o for key in sorted(by_type) for o in _sorted_by_name(by_type[key]))


def _sorted_by_name(objects: list[KubeObject]) -> list[KubeObject]:
    found = _by_name(objects)
    if any(a.ref == b.ref for a, b in pairwise(found)):  # what stands second takes its time, and is hardly ever needed
        found = _by_name(sorted(objects, key=_order_of_one_name))
    return found


def _by_name(objects: list[KubeObject]) -> list[KubeObject]:
    """By namespace, then by name. Texts sorted twice are several times faster than pairs of them sorted once."""
    return sorted(sorted(objects, key=attrgetter("ref.name")), key=attrgetter("ref.namespace"))


def _order_of_one_name(o: KubeObject) -> tuple[Any, ...]:
    applied = (o.applied_api_version, o.applied_kind)
    return (o.uid, o.owner, *applied, o.managed_api_versions, o.managers, o.file, o.document)

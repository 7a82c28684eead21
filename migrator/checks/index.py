"""The facts of one snapshot in the order in which checks ask for them, each made in one pass.

A large cluster lies scattered in memory: what costs is to go through all of it, so no check does so by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from migrator.snapshot.model import KubeObject, Manifest, ObjectRef, Snapshot, Workload


class Objects(NamedTuple):
    """The objects of the snapshot.

    Attributes:
        files: each object, once, with the first file that holds it; it may stand in several files of one dump.
        by_kind: by API version and kind; an object that stands in several files as often.
        written: those of which the server tells in which other API versions they were applied or written.
    """

    files: dict[ObjectRef, str]
    by_kind: dict[tuple[str, str], list[KubeObject]]
    written: list[KubeObject]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Objects:
        found = cls({}, {}, [])
        files, by_kind = found.files, defaultdict[tuple[str, str], list[KubeObject]](list)
        for thing in snapshot.objects:
            ref, file = thing.ref, thing.file
            if files.setdefault(ref, file) > file:
                files[ref] = file
            by_kind[ref.api_version, ref.kind].append(thing)
            if thing.applied_api_version or thing.managed_api_versions:
                found.written.append(thing)
        found.by_kind.update(by_kind)
        return found

    def refs(self, kinds: Iterable[tuple[str, str]]) -> Iterator[ObjectRef]:
        """The objects of these API versions and kinds, each once."""
        for kind in kinds:
            yield from dict.fromkeys(thing.ref for thing in self.by_kind[kind])

    def named(self, *kinds: str) -> Iterator[ObjectRef]:
        """The objects of these kinds in whatever API version, each once."""
        return self.refs([pair for pair in self.by_kind if pair[1] in kinds])


class Manifests:
    """The contents of objects by kind."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._all = snapshot.manifests
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, manifest in enumerate(self._all):
            self._places[manifest.ref.kind].append(place)

    def of(self, kinds: Iterable[str]) -> Iterator[Manifest]:
        """Those of these kinds, in the order of the snapshot."""
        places = sorted(chain.from_iterable(self._places.get(kind, ()) for kind in set(kinds)))
        return (self._all[place] for place in places)


class Mounts:
    """What workloads mount."""

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self._by_kind: dict[str, list[tuple[Workload, list[str]]]] = defaultdict(list)
        for workload in workloads:
            targets: dict[str, set[str]] = defaultdict(set)
            for mount in workload.mounts:
                targets[mount.kind].add(mount.target)
            for kind, named in targets.items():
                self._by_kind[kind].append((workload, sorted(named)))

    def of(self, kind: str) -> list[tuple[Workload, list[str]]]:
        """The workloads that have mounts of this kind (``Mount.kind``), each with what these name, sorted."""
        return self._by_kind.get(kind, [])

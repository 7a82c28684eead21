"""Velero, formerly Ark: what a backup says of itself, in the file that lies beside its archive.

``velero-backup.json`` is the Backup object with which it was ordered. A Backup among the objects of an archive is
another backup's, and an object like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from migrator.snapshot.model import Fact
from migrator.snapshot.readers import Event, Format, Found, Looked, Told
from migrator.snapshot.readers.filenames import KINDS_BY_RESOURCE
from migrator.snapshot.values import Body, dig, mapping, metadata, number, text, texts, truth

_LARGEST = 1 << 20
_GROUPS = (b'"velero.io/v1"', b'"ark.heptio.com/v1"')
_AMONG_OBJECTS = re.compile(r"(?:^|/)resources/backups\.")
_CLUSTER_SCOPED = frozenset(("Node", "PersistentVolume", "StorageClass"))
_ALL = "*"


class Backup(Fact, frozen=True, kw_only=True):
    """What a backup was asked to hold, and how it ended. Nothing included means all that is not excluded."""

    file: str
    name: str = ""
    namespaces: tuple[str, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()  # of any scope, and since 1.11 of namespaces
    excluded_resources: tuple[str, ...] = ()
    cluster_resources: tuple[str, ...] | None = None  # since 1.11: those asked for by name
    has_cluster_resources: bool | None = None  # None: those that belong to the included namespaces
    has_selector: bool = False
    phase: str = ""
    errors: int = 0

    @property
    def is_partial(self) -> bool:
        is_restricted = self.namespaces or self.excluded_namespaces or self.resources or self.excluded_resources
        return bool(is_restricted or self.has_selector or self.has_cluster_resources is False)

    @property
    def is_unfinished(self) -> bool:
        return self.phase not in ("", "Completed")

    def looked_at(self) -> Iterator[Looked]:
        """The kinds of which the archive holds all objects, so that those it does not hold are not there."""
        if self.has_selector or self.is_unfinished:
            return
        for kind, resource in KINDS_BY_RESOURCE.items():
            if _named(resource, self.excluded_resources):
                continue
            if kind.kind in _CLUSTER_SCOPED and not self._has_cluster_scoped(resource):
                continue
            if kind.kind in _CLUSTER_SCOPED or not self.resources or _named(resource, self.resources):
                yield kind

    def _has_cluster_scoped(self, resource: str) -> bool:
        if self.cluster_resources is not None:
            return _named(resource, self.cluster_resources)
        if self.resources and not _named(resource, self.resources):
            return False
        if self.has_cluster_resources is None:
            return not (self.namespaces or self.excluded_namespaces)
        return self.has_cluster_resources


def _named(resource: str, given: tuple[str, ...]) -> bool:
    """Velero takes ``deployments`` and ``deployments.apps``."""
    return any(name.partition(".")[0].lower() == resource or name == _ALL for name in given)


def _body(content: bytes) -> Body:
    if len(content) > _LARGEST or not any(group in content for group in _GROUPS):
        return {}
    try:
        value = mapping(orjson.loads(content))
    except orjson.JSONDecodeError:
        return {}
    is_backup = value.get("kind") == "Backup" and text(value.get("apiVersion")).partition("/")[0] in (
        "velero.io",
        "ark.heptio.com",
    )
    return value if is_backup else {}


def _recognises(content: bytes, name: str) -> bool:
    return bool(_body(content)) and _AMONG_OBJECTS.search(name) is None


def _read(content: bytes, name: str) -> Iterator[Event]:
    value = _body(content)
    spec, status = mapping(value.get("spec")), mapping(value.get("status"))
    yield Found(text(value.get("apiVersion")), "Backup", value, 1)
    yield Told(
        Backup(
            file=name,
            name=text(metadata(value).get("name")),
            namespaces=_restricting(spec, "includedNamespaces"),
            excluded_namespaces=texts(spec.get("excludedNamespaces")),
            resources=_restricting(spec, "includedResources", "includedNamespaceScopedResources"),
            excluded_resources=(
                *texts(spec.get("excludedResources")),
                *texts(spec.get("excludedNamespaceScopedResources")),
                *texts(spec.get("excludedClusterScopedResources")),
            ),
            cluster_resources=texts(spec.get("includedClusterScopedResources")) or None,
            has_cluster_resources=truth(spec.get("includeClusterResources")),
            has_selector=bool(dig(spec, "labelSelector") or dig(spec, "orLabelSelectors")),
            phase=text(status.get("phase")),
            errors=number(status.get("errors")) or 0,
        )
    )


def _restricting(spec: Body, *fields: str) -> tuple[str, ...]:
    """What is included, empty where that is everything."""
    given = tuple(name for field in fields for name in texts(spec.get(field)))
    return () if _ALL in given else given


VELERO_BACKUP = Format("velero_backup", _recognises, _read)

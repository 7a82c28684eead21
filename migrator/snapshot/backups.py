"""Backups of Velero and Ark in an input: which files are their objects, and what the backups say of them.

An archive holds each object as ``resources/<resource.group>/cluster/<name>.json`` or ``.../namespaces/<namespace>/
<name>.json``. Since Velero 1.4 it is there a second time under its version (``v1-preferredversion``), and where asked
for under the other versions that the server knows: all of them are one object with one uid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from migrator.snapshot.build import Builder
from migrator.snapshot.model import InputReport
from migrator.snapshot.readers.velero import Backup
from migrator.snapshot.sources import Source

_OBJECT = re.compile(
    r"(?P<root>(?:.*/)?)resources/(?P<resource>[a-z0-9.-]+)/"
    r"(?P<version>[a-z0-9]+(?P<preferred>-preferredversion)?/)?(?P<rest>(?:cluster|namespaces/[^/]+)/[^/]+\.json)"
)
_NAMED = 5


def is_in_backup(file: str) -> bool:
    """Whether a file lies where Velero writes an object: there one uid under two groups is one object."""
    return _OBJECT.fullmatch(file) is not None


def copies(sources: Sequence[Source]) -> set[str]:
    """The names of files that hold what another file holds: the second place of an object under its own version."""
    sizes = {s.name: s.size for s in sources}
    found = set()
    for source in sources:
        parts = _OBJECT.fullmatch(source.name)
        if parts is not None and parts["preferred"] and source.size is not None:
            plain = f"{parts['root']}resources/{parts['resource']}/{parts['rest']}"
            if sizes.get(plain) == source.size:
                found.add(source.name)
    return found


def cover(builder: Builder, reports: Sequence[InputReport]) -> None:
    """Let the kinds that a backup holds as a whole count as looked at."""
    for backup in _read_backups(builder, _roots(reports)):
        for looked in backup.looked_at():
            builder.look(looked)


def remarks(builder: Builder, reports: Sequence[InputReport]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """File, code and values of what is to be said of the backups whose objects were read."""
    roots = _roots(reports)
    if len(roots) > 1:
        shown = ", ".join(sorted(root.rstrip("/") or "." for root in roots)[:_NAMED])
        yield min(r.file for r in reports if _root(r)), "input_several_backups", {"backups": shown}
    for backup in _read_backups(builder, roots):
        if backup.is_partial:
            yield backup.file, "input_backup_partial", _scope(backup)
        if backup.is_unfinished:
            values = {"backup": backup.name, "phase": backup.phase, "errors": backup.errors}
            yield backup.file, "input_backup_unfinished", values


def _scope(backup: Backup) -> dict[str, Any]:
    lists = {
        "namespaces": backup.namespaces or ("*",),
        "excluded_namespaces": backup.excluded_namespaces,
        "resources": backup.resources or ("*",),
        "excluded_resources": backup.excluded_resources,
    }
    selected = "labelSelector" if backup.has_selector else "-"
    return {"backup": backup.name, "selector": selected} | {k: ", ".join(v) or "-" for k, v in lists.items()}


def _root(one: InputReport) -> str | None:
    parts = _OBJECT.fullmatch(one.file) if one.objects else None
    return parts["root"] if parts else None


def _roots(reports: Sequence[InputReport]) -> set[str]:
    """Where the archives of the input begin: what stands before their ``resources/``."""
    return {root for r in reports if (root := _root(r)) is not None}


def _read_backups(builder: Builder, roots: set[str]) -> Iterator[Backup]:
    """The backups whose objects are in the input: those that lie above the beginning of an archive."""
    for backup in builder.backups:
        folder = backup.file.rpartition("/")[0]
        if any(root.startswith(f"{folder}/" if folder else "") for root in roots):
            yield backup

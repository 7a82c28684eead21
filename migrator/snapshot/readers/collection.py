"""``collection.json``: the collector's own word on what it asked for and what became of it.

Kinds that were refused are told as such, also where a part of them was collected: what is missing could matter. What
failed is remarked upon; a list whose objects do not come to the number that was counted is told as lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from migrator.errors import VersionError
from migrator.snapshot.model import ClusterFacts, Fact
from migrator.snapshot.readers import Event, Format, Looked, Problem, Refused, Told
from migrator.snapshot.readers.kubernetes import is_type
from migrator.snapshot.redaction import mask_text
from migrator.snapshot.values import Body, mapping, mappings, number, text, texts
from migrator.versions import Version

FORMAT = 1
_MARK = b'"CceMigratorCollection"'
_HEAD = 200
_NAMED = 40
_REASON = 300


class CollectedList(Fact, frozen=True, kw_only=True):
    """The files that the collector wrote of one resource, as names in the input, and the objects it counted in them."""

    collection: str
    resource: str
    files: tuple[str, ...]
    count: int


def _recognises(content: bytes, name: str) -> bool:
    return _MARK in content[:_HEAD]


def _read(content: bytes, name: str) -> Iterator[Event]:
    try:
        value = mapping(orjson.loads(content))
    except orjson.JSONDecodeError:
        yield Problem("input_collection_broken", {})
        return
    if value.get("format") != FORMAT:
        yield Problem("input_collection_format", {"given": text(value.get("format"))[:20], "known": FORMAT})
        return
    yield Told(_server(value))
    rows = mappings(value.get("resources"))
    for row in rows:
        yield from _row(row, name)
    if refused := sorted({_label(r) for r in rows if r.get("status") == "refused"}):
        yield Problem("input_collect_refused", {"count": len(refused), "resources": ", ".join(refused[:_NAMED])})
    for node in mappings(value.get("nodes")):
        if node.get("status") != "collected":
            yield Problem("input_collect_node", {"node": text(node.get("node")), "reason": _reason(node)})
    if value.get("complete") is not True:
        yield Problem("input_collect_incomplete", {})


def _server(value: Body) -> ClusterFacts:
    """The version of the API server, for a cluster of which the CCE API tells none."""
    try:
        version = Version.parse(text(value.get("server")))
    except VersionError:
        return ClusterFacts()
    return ClusterFacts(version=version, version_source="server")


def _row(row: Body, name: str) -> Iterator[Event]:
    status, kind = row.get("status"), text(row.get("kind"))
    api = "/".join(filter(None, (text(row.get("group")), text(row.get("version")))))
    known = is_type(api, kind)
    if status in ("collected", "partial"):
        folder = name.rpartition("/")[0]
        files = tuple(f"{folder}/{f}" if folder else f for f in texts(row.get("files")))
        if kind:  # the metrics hold no objects
            told = CollectedList(
                collection=name, resource=_label(row), files=files, count=number(row.get("count")) or 0
            )
            yield Told(told)
    if status == "collected" and known:
        yield Looked(api, kind)
    elif status in ("partial", "refused") and known:
        yield Refused(api, kind, partly=status == "partial")
    if status in ("partial", "failed"):
        yield Problem(f"input_collect_{status}", {"resource": _label(row), "reason": _reason(row)})


def _label(row: Body) -> str:
    return ".".join(filter(None, (text(row.get("resource")), text(row.get("group")))))[:120]


def _reason(row: dict[str, Any]) -> str:
    return mask_text(text(row.get("reason")))[:_REASON] or "?"


COLLECTION = Format("collection", _recognises, _read)

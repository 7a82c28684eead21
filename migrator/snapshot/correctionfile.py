"""Reads corrections from a file of ``migrator.entries``: a list, or an object with the list under ``corrections``.

    - section: volumes
      key: pv-data             # left out for the cluster itself
      field: storage
      value: nfs
      read: other              # what the dump says; where a later dump says something else, that is told
      reason: NFS 服务器 10.0.0.9 由客户自建
      by: 张工
      on: 2026-03-01

``section``, ``field``, ``value`` and ``reason`` must be there. Addresses and other lists are written as lists.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from migrator.entries import Entries
from migrator.errors import InputError
from migrator.snapshot.correctable import correctable
from migrator.snapshot.corrections import Correction, checked

_KEYS = ("section", "key", "field", "value", "read", "reason", "by", "on")
_FILE = Entries("correction_file_unreadable", "correction_entry")


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """The corrections in the file, checked.

    Raises:
        InputError: ``correction_file_unreadable`` (file), ``correction_entry`` (one entry), ``correction_twice``.
    """
    return parse_corrections(_FILE.content(path), path.name)


def parse_corrections(data: bytes, name: str) -> tuple[Correction, ...]:
    """The corrections in ``data``; ``name`` is the file that errors speak of. Raises as ``read_corrections``."""
    document = _FILE.document(data, name)
    if isinstance(document, dict) and set(document) == {"corrections"}:
        document = document["corrections"]
    if not isinstance(document, list):
        raise _FILE.unreadable(name, "correction.no_list")
    corrections = tuple(_entry(entry, name, number) for number, entry in enumerate(document, start=1))
    seen: set[tuple[str, str, str]] = set()
    for c in corrections:
        if (c.section, c.key, c.field) in seen:
            raise InputError("correction_twice", section=c.section, key=c.key, field=c.field)
        seen.add((c.section, c.key, c.field))
    return corrections


def _entry(entry: Any, name: str, number: int) -> Correction:
    required = ("section", "field", "value", "reason")
    given = _FILE.texts(entry, name, number, keys=_KEYS, required=required, lists=("value", "read"))
    try:
        field = correctable(given["section"], given["field"])
        read = msgspec.UNSET
        if "read" in given:
            read = field.parse(given["read"]) if given["read"] else field.untold
        return checked(
            Correction(
                section=given["section"],
                key=given.get("key", ""),
                field=given["field"],
                value=given["value"],
                read=read,
                reason=given["reason"],
                by=given.get("by", ""),
                on=_FILE.day(given, "on", name, number),
            )
        )
    except InputError as error:
        if error.code == "correction_entry":
            raise
        raise _FILE.wrong(name, number, f"error.{error.code}", **error.values) from error

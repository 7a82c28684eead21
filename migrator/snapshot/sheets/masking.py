"""Credentials that somebody pasted into a cell, masked as in the facts of a dump.

A row that was cleaned once stays as it is: what is exported is clean, and reading it again changes nothing.
"""

from __future__ import annotations

import re

from migrator.snapshot.objects import CLUSTER_SCOPED
from migrator.snapshot.redaction import (
    mask_annotations,
    mask_corefile,
    mask_labels,
    mask_map,
    mask_option,
    mask_text,
)
from migrator.snapshot.sheets.cells import Value
from migrator.snapshot.sheets.tables import Column, Secrecy

_IMAGE = re.compile(r"[a-z0-9][a-z0-9._/-]*(?::\d+/[a-z0-9._/-]+)?(?::(?P<tag>[\w.-]+))?(?:@sha256:[0-9a-f]+)?")
_PLACE = re.compile(r"(?P<kind>[A-Z][A-Za-z]+) (?P<name>[\w.:-]+(?P<inside>/[\w.:-]+)?): (?P<field>.*)", re.DOTALL)

_QUANTITY = re.compile(r"\s*\d[\d.]*\s*(?:[kKMGTPE]i?)?B?\s*|")

Row = dict[str, Value]


def masked(column: Column, value: Value, row: Row) -> Value:
    """``value`` of a column without credentials; ``row`` tells what stands beside it."""
    if isinstance(value, dict):
        return _masked_map(column, value)
    if isinstance(value, list):
        return [_masked(column, v, row) for v in value]
    return _masked(column, value, row) if isinstance(value, str) else value


def _masked_map(column: Column, value: dict[str, str]) -> dict[str, str]:
    if column.secrecy is Secrecy.LABELS:
        return mask_labels(value)
    return mask_map(value) if column.secrecy is Secrecy.OPTIONS else mask_annotations(value)


def _masked(column: Column, value: str, row: Row) -> str:
    match column.secrecy:
        case Secrecy.IMAGE:
            found = _IMAGE.fullmatch(value)
            return value if found and mask_text(found["tag"] or "") == (found["tag"] or "") else mask_text(value)
        case Secrecy.ENTRY | Secrecy.TAINT:
            return _entry(column, value)
        case Secrecy.PLACE:
            found = _PLACE.fullmatch(value)
            if found is None or not (found["inside"] or found["kind"] in CLUSTER_SCOPED):
                return mask_text(value)
            return f"{found['kind']} {found['name']}: {mask_text(found['field'])}"
        case Secrecy.SETTING:
            return mask_option(str(row.get("key") or ""), value)
        case Secrecy.COREFILE:
            return mask_corefile(value)
    return mask_text(value)


def _entry(column: Column, value: str) -> str:
    fields = column.entry.read(value)
    clean = {k: mask_text(v) if isinstance(v, str) else v for k, v in fields.items()}
    if column.secrecy is Secrecy.TAINT:
        clean["value"] = mask_labels({fields["key"]: fields["value"]})[fields["key"]]
    if "request" in clean and not _QUANTITY.fullmatch(fields["request"]):  # "password=x" is no template of a claim
        clean["request"] = mask_option(fields["name"], fields["request"])
    return column.entry.write(clean) if clean != fields else value

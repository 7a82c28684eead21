"""Workbooks made by hand, with a library that the product neither writes nor reads with, and what becomes of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

from migrator.locale import text
from migrator.snapshot.model import InputReport, Snapshot
from migrator.snapshot.read import read_sources
from tests.unit.snapshot.helpers import kube, source

NODES = [["节点名称", "私有 IP"], ["n1", "10.0.0.1"]]


def book(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook with these sheets, their cells row by row."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(list(row))
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def changed(content: bytes, members: Mapping[str, bytes]) -> bytes:
    """The same zip with these members in place of its own, or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in members:
                new.writestr(name, old.read(name))
        for name, data in members.items():
            new.writestr(name, data)
    return buffer.getvalue()


def member(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def read(content: bytes, name: str = "tables.xlsx", *more: Any) -> Snapshot:
    """The snapshot of a file that a person chose by name, and of ``more``."""
    return read_sources([source(name, content)._replace(explicit=True), *more])


def report_of(content: bytes, name: str = "tables.xlsx") -> InputReport:
    """What became of the file, beside a dump that can be read."""
    snapshot = read(content, name, source("dump.json", kube("Namespace", "shop")))
    return next(r for r in snapshot.inputs if r.file == name)


def problems(content: bytes) -> list[str]:
    """What an unreadable workbook is told to be, in English."""
    report = report_of(content)
    assert report.status == "unreadable"
    return [text(f"error.{p.code}", "en", **p.values) for p in report.problems]

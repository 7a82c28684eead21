"""One value as one cell, and back.

A text that a spreadsheet program would take for a formula, or that would not come back as it is (white space around it,
a word of a drop-down list that is meant as plain text), stands behind an apostrophe, which is taken off on reading.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cache
from typing import Any

from migrator.errors import VersionError
from migrator.locale import LANGS, Lang, text
from migrator.snapshot.sheets.entries import (
    TEXT,
    EntryFault,
    joined,
    list_of,
    quoted,
    read_map,
    unquoted,
    write_map,
)
from migrator.snapshot.sheets.tables import UNKNOWN, Column, Type
from migrator.versions import Version

LONGEST = 32_767  # characters in a cell of a workbook
REMARK = "※"  # begins a row that is no data

_APOSTROPHE = "'"
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_EXACT = 2**53  # above it a floating-point number, which is what a workbook holds, has lost digits
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SHORTENED = re.compile(r"\d\.\d+E\+\d{2}")
_YES = frozenset(("yes", "y", "true", "1", "√", "✓", "✔"))
_NO = frozenset(("no", "n", "false", "0", "×", "✗", "✘"))
# What the console calls the kinds of Kubernetes.
_OF_THE_CONSOLE = {
    **dict.fromkeys(("无状态负载", "无状态工作负载"), "Deployment"),
    **dict.fromkeys(("有状态负载", "有状态工作负载"), "StatefulSet"),
    **dict.fromkeys(("守护进程集", "守护进程"), "DaemonSet"),
    **dict.fromkeys(("普通任务", "任务"), "Job"),
    "定时任务": "CronJob",
    "容器组": "Pod",
    "集群内访问": "ClusterIP",
    "节点访问": "NodePort",
    "负载均衡": "LoadBalancer",
}
_SHORTEST_WORD = 2  # that may stand for a longer label
# 1.1 in a number cell may have been typed as 1.10.
_CUT_VERSION = re.compile(r"1\.[123]")

Value = str | int | bool | list[str] | dict[str, str] | None


class CellFault(ValueError):
    """A cell that cannot be read: ``code`` of the sentence and its values, never the content of the cell."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def tidy(value: str) -> str:
    """``value`` without characters that no file of tables can hold, its line breaks in one form."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("\ufffd", value)


def normal(value: str) -> str:
    """A word or heading as it is compared: full width, case and white space take no part."""
    return "".join(unicodedata.normalize("NFKC", value).casefold().split())


def label(column: Column, choice: str, lang: Lang) -> str:
    """A choice as the drop-down list shows it."""
    return text(f"sheets.choice.{column.labels}.{choice.lower()}", lang) if column.labels else choice


def yes_no(value: bool | str, lang: Lang) -> str:
    if value == UNKNOWN:
        return text("sheets.unknown", lang)
    return text("sheets.yes", lang) if value else text("sheets.no", lang)


def offered(column: Column, lang: Lang) -> list[str]:
    """What the drop-down list of a column holds; empty where it has none."""
    if column.type is Type.YES_NO:
        return [yes_no(v, lang) for v in (True, False, *((UNKNOWN,) if column.derived else ()))]
    return [label(column, choice, lang) for choice in column.choices]


@cache
def _choices(column: Column) -> dict[str, str]:
    """Every way to write a choice in full -> the choice; an exact value goes before a label."""
    found: dict[str, str] = {}
    for choice in column.choices:
        found.setdefault(normal(choice), choice)
    for choice in column.choices:
        for lang in LANGS:
            found.setdefault(normal(label(column, choice, lang)), choice)
    for word, choice in _OF_THE_CONSOLE.items():
        if choice in column.choices:
            found.setdefault(normal(word), choice)
    return found


def _chosen(column: Column, value: str) -> str | None:
    """The choice that ``value`` names: in full, or by the beginning of its label where that is of one label only."""
    word, known = normal(value), _choices(column)
    if word in known:
        return known[word]
    begun = {choice for written, choice in known.items() if written.startswith(word)} if column.labels else set()
    return begun.pop() if len(begun) == 1 and len(word) >= _SHORTEST_WORD else None


# --- writing ----------------------------------------------------------------------------------------------------


def write_cell(column: Column, value: Value, lang: Lang) -> str | int:
    """The cell of a value: a number for a number, text for everything else, empty for None."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return yes_no(value, lang)
    if isinstance(value, int):
        return value if value < _EXACT else str(value)
    if isinstance(value, list):
        return _safe(joined(quoted(v, "") for v in value) if column.entry is TEXT else joined(value))
    if isinstance(value, dict):
        return _safe(write_map(value))
    if column.type is Type.YES_NO:
        return yes_no(value, lang)
    if value in column.choices:
        return label(column, value, lang)
    safe = _safe(value)
    return safe if safe != value else _exact(column, value)


def write_field(column: Column, value: Value) -> Value:
    """A value as a field of JSON that ``read_cell`` takes back."""
    return _exact(column, value) if isinstance(value, str) and column.type is not Type.YES_NO else value


def _safe(value: str) -> str:
    return _APOSTROPHE + value if value.startswith((*_FORMULA, _APOSTROPHE, REMARK)) else value


def _exact(column: Column, value: str) -> str:
    """``value`` as it stands, or behind an apostrophe where it would be read as something else."""
    try:
        same = _read_text(column, value) == value
    except CellFault:
        same = False
    return value if same else _APOSTROPHE + value


# --- reading ----------------------------------------------------------------------------------------------------


def read_cell(column: Column, raw: object) -> Value:
    """The value of a cell, or of a field of JSON; None for an empty one.

    Raises:
        CellFault: what is wrong with it.
    """
    if raw is None or raw == "" or raw in _too_long():
        return None
    try:
        if column.type is Type.LIST:
            return _read_list(column, raw)
        if column.type is Type.MAP:
            return _read_map(raw)
    except EntryFault as error:
        raise CellFault(error.code, form=column.entry.example) from None
    if column.type is Type.NUMBER:
        return _read_number(raw)
    if column.type is Type.YES_NO:
        return _read_yes_no(column, raw)
    return _read_text(column, _as_text(raw)) or None


@cache
def _too_long() -> tuple[str, ...]:
    """What an export writes where the content did not fit into a cell: nothing is told of it."""
    return tuple(text("sheets.too_long", lang) for lang in LANGS)


def _as_text(raw: object) -> str:
    """A scalar as a person would have typed it."""
    if isinstance(raw, str):
        if _SHORTENED.fullmatch(raw.strip()):
            raise CellFault("number_cut")
        return tidy(raw)
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float):
        if not math.isfinite(raw) or abs(raw) >= _EXACT:
            raise CellFault("number_cut")
        return str(int(raw)) if raw.is_integer() else repr(raw)
    if isinstance(raw, int):
        return str(raw)
    raise CellFault("not_scalar" if isinstance(raw, list | dict) else "date")


def _read_text(column: Column, value: str) -> str:
    if value.startswith(_APOSTROPHE):
        return value[1:]
    value = value.strip()
    if column.type is Type.VERSION and value:
        if _CUT_VERSION.fullmatch(value):
            raise CellFault("version_cut")
        try:
            Version.parse(value)
        except VersionError:
            raise CellFault("version") from None
    if column.choices and value:
        choice = _chosen(column, value)
        if choice is None and column.type is Type.CHOICE:
            raise CellFault("choice", allowed=[_both(column, c) for c in column.choices])
        return choice or value
    return value


def _both(column: Column, choice: str) -> str:
    return " / ".join(dict.fromkeys(label(column, choice, lang) for lang in LANGS))


def _read_number(raw: object) -> int | None:
    value = unicodedata.normalize("NFKC", _as_text(raw)).strip().removeprefix(_APOSTROPHE)
    if not value:
        return None
    found = re.fullmatch(r"(\d{1,18})(?:\.0+)?", value, re.ASCII)
    if found is None:
        raise CellFault("number")
    return int(found[1])


def _read_yes_no(column: Column, raw: object) -> bool | str | None:
    word = normal(_as_text(raw).removeprefix(_APOSTROPHE))
    if not word:
        return None
    if word in _YES or word in {normal(text("sheets.yes", lang)) for lang in LANGS}:
        return True
    if word in _NO or word in {normal(text("sheets.no", lang)) for lang in LANGS}:
        return False
    if column.derived and word in {UNKNOWN, *(normal(text("sheets.unknown", lang)) for lang in LANGS)}:
        return UNKNOWN
    raise CellFault("yes_no")


def _read_list(column: Column, raw: object) -> list[str] | None:
    if isinstance(raw, dict):
        raise CellFault("not_list")
    if isinstance(raw, list):
        parts = [quoted(tidy(p), "") if column.entry is TEXT else tidy(p) for p in _texts(raw)]
    else:
        parts = list_of(_as_text(raw).removeprefix(_APOSTROPHE))
    read = [unquoted(p) if column.entry is TEXT else _checked(column, p) for p in parts]
    return [p for p in read if p] or None


def _texts(raw: list[object]) -> list[str]:
    if not all(isinstance(p, str | int) and not isinstance(p, bool) for p in raw):
        raise CellFault("not_list")
    return [str(p) for p in raw]


def _checked(column: Column, part: str) -> str:
    """A compound entry in its one form of writing."""
    return column.entry.write(column.entry.read(part))


def _read_map(raw: object) -> dict[str, str] | None:
    if isinstance(raw, list):
        raise CellFault("map")
    if isinstance(raw, dict):
        return {tidy(str(k)): _as_text(v) for k, v in raw.items() if v is not None} or None
    return read_map(_as_text(raw).removeprefix(_APOSTROPHE)) or None

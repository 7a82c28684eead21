"""Facts as rows of plain values, and back: pure functions on the definition of the tables.

A row holds, by the key of its column, text, a number, true or false, a list of text or a map of text; what is not told
is left out. Both ways lose nothing: ``fact_of(table, row_of(table, fact))`` is the fact, with its credentials masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

import msgspec

from migrator.snapshot.model import (
    Claim,
    ClusterFacts,
    Fact,
    LoadBalancerKind,
    Provisioning,
    Snapshot,
    StorageKind,
    Workload,
)
from migrator.snapshot.sheets.cells import CellFault, Value, read_cell, tidy
from migrator.snapshot.sheets.entries import TEXT
from migrator.snapshot.sheets.masking import Row, masked
from migrator.snapshot.sheets.tables import CLAIMS, CLUSTER, TABLES, UNKNOWN, VOLUMES, Column, Table
from migrator.snapshot.storage import outage_of, provisioning_of, shared_of
from migrator.versions import Version

_LARGEST = 10**18  # what a cell can tell; no count of anything comes near it
_REF = ("namespace", "kind", "name", "api_version")


class Sheet(NamedTuple):
    """The rows of one table. ``complete``: there is nothing of this kind beside them, also where there are none."""

    table: Table
    rows: list[Row]
    complete: bool = True


class RowFault(NamedTuple):
    """What is wrong with a cell; one that speaks of its whole row stands at the first column."""

    table: Table
    row: int
    column: str
    code: str
    values: dict[str, Any]


class FilledTable(NamedTuple):
    """The rows of a table that are right, by their numbers, what was wrong, and where a credential stood."""

    table: Table
    rows: list[tuple[int, Row]]
    faults: list[RowFault]
    secrets: list[tuple[int, str]]  # row, key of the column

    @property
    def facts(self) -> list[tuple[int, Fact]]:
        return [(number, fact_of(self.table, row)) for number, row in self.rows]


# --- facts to rows ----------------------------------------------------------------------------------------------


def sheets_of(snapshot: Snapshot) -> list[Sheet]:
    """The tables of a snapshot: read again they give the same rows, and beside its dump they change nothing.

    A section that was not looked at has no sheet; where some of it was met all the same, its sheet is not complete.
    """
    found = []
    for table in TABLES:
        rows = [row for fact in _facts(snapshot, table) if (row := row_of(table, fact))]
        if table is VOLUMES:
            _tell_claims(rows, snapshot)
        complete = snapshot.covers(table.section)
        if rows or complete:
            found.append(Sheet(table, rows, complete))
    return found


def _facts(snapshot: Snapshot, table: Table) -> Iterable[Fact]:
    if table is CLUSTER:
        return [snapshot.cluster] if snapshot.cluster != ClusterFacts() else []
    facts: Iterable[Fact] = getattr(snapshot, table.key)
    return facts


def _tell_claims(rows: list[Row], snapshot: Snapshot) -> None:
    """Whether the claim that a volume names is there: it has a row of its own then."""
    there = {(c.namespace, c.name) for c in snapshot.claims}
    for row in rows:
        if "claim_name" in row:
            row["claim_exists"] = (row.get("claim_namespace", ""), row["claim_name"]) in there


def row_of(table: Table, fact: Fact) -> Row:
    """The row of a fact; empty where a required column has no value (an object without a name)."""
    row: Row = {}
    for column in table.columns:
        value = _value(column, fact)
        if value is not None:
            row[column.key] = value
    if any(c.required and c.key not in row for c in table.columns):
        return {}
    return {c.key: masked(c, row[c.key], row) for c in table.columns if c.key in row}


def identity_of(table: Table, fact: Fact) -> tuple[str, ...]:
    """What tells a fact from others of its table, as a row would carry it."""
    row: Row = {key: _value(table.column(key), fact) for key in table.identity}
    return tuple(str(masked(table.column(key), row[key], row) or "") for key in table.identity)


def _value(column: Column, fact: Fact) -> Value:
    if column.key == "claim_exists":
        return None  # no field: see ``_tell_claims``
    source = fact.ref if isinstance(fact, Workload) and column.key in _REF else fact
    value = getattr(source, column.key)
    if column.derived:
        return UNKNOWN if value is None else _plain(column, value)
    if value == _defaults(type(source)).get(column.key) and not (column.shown or column.required):
        return None
    return _plain(column, value)


def _plain(column: Column, value: Any) -> Value:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        parts = [column.entry.write(msgspec.structs.asdict(v)) if isinstance(v, Fact) else tidy(v) for v in value]
        return [p for p in parts if p] or None
    if isinstance(value, dict):
        return {tidy(k): tidy(v) for k, v in value.items()} or None
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if 0 <= value < _LARGEST else None
    return None if value is None else tidy(str(value)) or None


@cache
def _defaults(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The default of every field of a fact; None where it has none, or makes an empty mapping."""
    return {f.name: f.default if f.default is not msgspec.NODEFAULT else None for f in msgspec.structs.fields(kind)}


# --- rows to facts ----------------------------------------------------------------------------------------------


def read_rows(table: Table, given: Iterable[tuple[int, Mapping[str, object]]]) -> FilledTable:
    """Rows as cells or fields of JSON hold them; the number of a row is that of its line for a person."""
    filled = FilledTable(table, [], [], [])
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in given:
        row, faults = _read_row(table, number, cells)
        if not row and not faults:
            continue
        identity = tuple(row.get(key) or "" for key in table.identity)
        wrong = {fault.column for fault in faults}
        if not wrong & set(table.identity) and (first := seen.setdefault(identity, number)) != number:
            code = "one_row" if table.single else "row_twice"
            faults.append(RowFault(table, number, table.columns[0].key, code, {"first": first}))
        filled.faults.extend(faults)
        clean = {c.key: masked(c, row[c.key], row) for c in table.columns if c.key in row}
        filled.secrets.extend((number, key) for key in row if clean[key] != row[key])
        if not faults:
            filled.rows.append((number, clean))
    return filled


def implied_claims(filled: Iterable[FilledTable]) -> list[Claim]:
    """The claims that volumes name and that have no row of their own: a person need not write them twice."""
    by_table = {f.table.key: f.rows for f in filled}
    written = {(row.get("namespace"), row.get("name")) for _, row in by_table.get(CLAIMS.key, ())}
    return [
        Claim(
            namespace=str(row.get("claim_namespace", "")),
            name=str(row["claim_name"]),
            volume=str(row["name"]),
            storage_class=str(row.get("storage_class", "")),
            access_modes=tuple(_texts(row.get("access_modes"))),
            request=str(row.get("capacity", "")),
        )
        for _, row in by_table.get(VOLUMES.key, ())
        if "claim_name" in row
        and "claim_exists" not in row
        and (row.get("claim_namespace"), row["claim_name"]) not in written
    ]


def _texts(value: Value) -> list[str]:
    return value if isinstance(value, list) else []


def _read_row(table: Table, number: int, cells: Mapping[str, object]) -> tuple[Row, list[RowFault]]:
    """The values of one row, and what is wrong with its cells; neither where the row is empty."""
    row: Row = {}
    faults: list[RowFault] = []
    for column in table.columns:
        try:
            value = read_cell(column, cells.get(column.key))
        except CellFault as fault:
            faults.append(RowFault(table, number, column.key, fault.code, fault.values))
        else:
            if value is not None:
                row[column.key] = value
    if row or faults:
        told = {*row, *(fault.column for fault in faults)}
        missing = [c for c in table.columns if c.required and c.key not in told]
        faults.extend(RowFault(table, number, c.key, "required", {}) for c in missing)
    return row, faults


def fact_of(table: Table, row: Row) -> Fact:
    """The fact of a row; what the row leaves out has the default of the fact or follows from the rest."""
    fields: dict[str, Any] = {}
    for column in table.columns:
        value = row.get(column.key)
        if value is None:
            continue
        is_compound = isinstance(value, list) and column.entry is not TEXT
        fields[column.key] = [column.entry.read(v) for v in value] if is_compound else value  # type: ignore[union-attr]
    if (complete := _COMPLETED.get(table.key)) is not None:
        complete(fields)
    return msgspec.convert(fields, table.fact)


def _cluster(fields: dict[str, Any]) -> None:
    if "version" in fields:
        fields["version"] = msgspec.to_builtins(Version.parse(fields["version"]))
        fields["version_source"] = "given"


def _workload(fields: dict[str, Any]) -> None:
    fields["ref"] = {"api_version": "", **{k: fields.pop(k) for k in _REF if k in fields}}


def _volume(fields: dict[str, Any]) -> None:
    fields.pop("claim_exists", None)
    storage, driver = StorageKind(fields["storage"]), fields.get("driver", "")
    provisioning = fields.setdefault("provisioning", provisioning_of(storage, driver))
    shared = fields.get("shared", shared_of(storage, tuple(fields.get("access_modes", ()))))
    fields["shared"] = None if shared == UNKNOWN else shared
    fields.setdefault("outage", outage_of(storage, Provisioning(provisioning), fields["shared"], driver))


def _claim(fields: dict[str, Any]) -> None:
    fields.setdefault("namespace", "")


def _service(fields: dict[str, Any]) -> None:
    fields.setdefault("namespace", "")
    kind = fields.get("type")
    if kind == "DNAT":
        fields.setdefault("load_balancer", LoadBalancerKind.DNAT)
    elif kind == "LoadBalancer":
        fields.setdefault("load_balancer", LoadBalancerKind.UNKNOWN)


def _entered(fields: dict[str, Any]) -> None:
    fields["origin"] = "form"


def _setting(fields: dict[str, Any]) -> None:
    fields.setdefault("node", "*")
    _entered(fields)


_COMPLETED: dict[str, Callable[[dict[str, Any]], None]] = {
    "cluster": _cluster,
    "workloads": _workload,
    "volumes": _volume,
    "claims": _claim,
    "services": _service,
    "address_uses": _entered,
    "node_settings": _setting,
}

"""Tables as people fill them in, with a credential in every cell that takes text, and in some that take none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from migrator.snapshot.sheets.cells import write_cell
from migrator.snapshot.sheets.headings import both, sheet_name
from migrator.snapshot.sheets.rows import sheets_of
from migrator.snapshot.sheets.tables import TABLES, Column, Table, Type
from tests.secrets.marks import mark
from tests.unit.snapshot.helpers import deployment, kube, read
from tests.unit.snapshot.sheets.books import book

Row = dict[str, str]


def _harmless() -> dict[str, Row]:
    """A row of each table that is read without a problem, by the keys of its columns."""
    pods = {"containers": [{"name": "a", "image": "nginx:1", "args": ["sysctl -w vm.max_map_count=1"]}]}
    pods["containers"][0]["securityContext"] = {"privileged": True}  # type: ignore[index]
    node = {"addresses": [{"type": "InternalIP", "address": "10.0.0.11"}], "nodeInfo": {"kubeletVersion": "v1.13.10"}}
    snapshot = read(
        {"apiVersion": "v3", "kind": "Cluster", "metadata": {"name": "c", "uid": "1"}, "spec": {"version": "v1.13.10"}},
        kube("Node", "node-1", status=node),
        deployment("web", pods=pods),
        kube(
            "PersistentVolume",
            "pv",
            spec={"flexVolume": {"driver": "huawei.com/fuxivol", "options": {"volumeID": "d"}}},
        ),
        kube("PersistentVolumeClaim", "data", "shop", spec={"volumeName": "pv"}),
        kube("Service", "web", "shop", spec={"type": "LoadBalancer", "ports": [{"port": 80}]}),
        kube("ConfigMap", "conf", "shop", data={"hosts": "10.0.0.11"}),
    )
    rows = {
        sheet.table.key: {c.key: str(write_cell(c, sheet.rows[0].get(c.key), "en")) for c in sheet.table.columns}
        for sheet in sheets_of(snapshot)
    }
    assert set(rows) == {table.key for table in TABLES}
    return rows


def _cell(table: Table, column: Column, kind: str) -> str:
    place = f"{kind} {table.key} {column.key}"
    if column.type is Type.MAP:
        return f"token={mark(f'{place}, by name')}\nurl=https://u:{mark(f'{place}, by form')}@h/x"
    return f"https://u:{mark(f'{place}, login')}@h/x password={mark(f'{place}, assigned')}"


def _filled(kind: str) -> Iterator[tuple[Table, Column, Row]]:
    """A row for each column, with the credential in that column alone: one wrong cell stops a whole file."""
    harmless = _harmless()
    for table in TABLES:
        row = harmless[table.key]
        for number, column in enumerate(table.columns):
            if "name" in table.identity:  # rows of one name are one fact, of which others may win
                row = {**row, "name": f"{harmless[table.key]['name']}-{number}"}
            yield table, column, {**row, column.key: _cell(table, column, kind)}
        if table.key == "node_settings":
            yield (
                table,
                table.column("value"),
                {**row, "key": "agent.token", "value": mark(f"{kind} setting by its key")},
            )


def _lines(table: Table, row: Row) -> list[list[str]]:
    return [[both(table, column) for column in table.columns], [row[column.key] for column in table.columns]]


def csv_tables() -> Mapping[str, bytes]:
    files = {}
    for number, (table, column, row) in enumerate(_filled("CSV")):
        stream = io.StringIO()
        csv.writer(stream).writerows(_lines(table, row))
        files[f"{number:03}-{table.key}-{column.key}.csv"] = stream.getvalue().encode()
    table = TABLES[1]
    head = ",".join([*(both(table, c) for c in table.columns), f"password={mark('CSV heading')}"])
    files["heading.csv"] = f"{head}\nnode-1{',' * len(table.columns)}{mark('CSV under no heading')}\n".encode()
    files["open.csv"] = f'{head.rpartition(",")[0]}\n"node-1 password={mark("CSV, a cell without an end")}\n'.encode()
    files["latin.csv"] = head.encode() + b"\nnode-\xff," + mark("CSV that is no UTF-8").encode() + b"\n"
    return files


def workbooks() -> Mapping[str, bytes]:
    files = {}
    for number, (table, column, row) in enumerate(_filled("XLSX")):
        if column.type in (Type.TEXT, Type.LIST, Type.MAP, Type.NUMBER):
            files[f"{number:03}-{table.key}-{column.key}.xlsx"] = book({sheet_name(table): _lines(table, row)})
    table = TABLES[1]
    hidden = {"notes": [["password", mark("XLSX, another sheet")]], f"token={mark('XLSX')[:20]}": [["x"]]}
    lines = _lines(table, _harmless()[table.key])
    return files | {"more.xlsx": book({sheet_name(table): lines, **hidden}), "cut.xlsx": book(hidden)[:-100]}

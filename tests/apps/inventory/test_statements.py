"""How many statements an import takes: as many for a large cluster as for a small one, batches of rows apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.inventory.models import AddressUse, Claim, Node, Service, Snapshot, Volume, Workload
from apps.inventory.services import BATCH, cluster_create, import_start_from_paths
from apps.operations.runner import run_operation
from tests.bench.dump import write_json

SMALL, LARGE = 0.005, 0.05  # 10 and 100 nodes, 60 and 600 workloads
TABLES = (Node, Workload, Volume, Claim, Service, AddressUse)


@pytest.fixture
def statements(manager, data_folder, no_broker, tmp_path: Path):
    """Imports the cluster of the bench at a scale; gives the statements on tables of the inventory, and the rows."""

    def measure(scale: float) -> tuple[list[str], int]:
        path = tmp_path / f"{scale}.json"
        write_json(path, scale)
        cluster = cluster_create(actor=manager, name=str(scale))
        operation = import_start_from_paths(cluster=cluster, actor=manager, paths=[path])
        with CaptureQueriesContext(connection) as captured:
            assert run_operation(str(operation.uid))
        snapshot = Snapshot.objects.get(operation=operation)
        rows = sum(table.objects.filter(snapshot=snapshot).count() for table in TABLES)
        return [shape for q in captured if (shape := _shape(q["sql"]))], rows

    return measure


def test_a_cluster_ten_times_as_large_takes_as_many_statements(statements):
    small, few = statements(SMALL)
    large, many = statements(LARGE)
    assert many > 9 * few > 1000
    assert many < BATCH * len(TABLES)
    assert large == small


def _shape(statement: str) -> str:
    """What it does and with which table, such as ``INSERT INTO inventory_node``; empty for other tables' statements."""
    found = re.search(r"(SELECT|INSERT INTO|UPDATE|DELETE)\b.*?(inventory_[a-z]+)", statement[:500])
    return f"{found[1]} {found[2]}" if found else ""


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite prepares one statement and fills it again")
def test_the_driver_puts_many_rows_into_a_statement(statements):
    def inserts() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Com_insert'")
            return int(cursor.fetchone()[1])

    before = inserts()
    _, rows = statements(LARGE)
    assert inserts() - before < rows / 50

"""The files of an operation: their states reach the reader while it runs, in few statements, and never from a loser."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.operations.models import Operation, OperationFile
from apps.operations.runner import LeaseLost, Run, run_operation
from apps.operations.services import operation_cancel, operation_claim, operation_create


@pytest.fixture
def running(kinds, no_broker):
    """A run of an operation on three waiting files."""
    operation = operation_create(kind="test.make", files=[("a.yaml", 10), ("b.yaml", 20), ("c.yaml", None)])
    return Run(operation_claim(str(operation.uid)))


def states(operation: Operation) -> list[tuple[str, str]]:
    return list(OperationFile.objects.filter(operation=operation).order_by("position").values_list("name", "status"))


def statements(do) -> int:
    """How many rows-changing statements a call costs."""
    with CaptureQueriesContext(connection) as captured:
        do()
    return sum(not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for q in captured)


def test_files_wait_from_the_beginning(running):
    assert states(running.operation) == [("a.yaml", "waiting"), ("b.yaml", "waiting"), ("c.yaml", "waiting")]


def test_what_was_found_takes_the_place_of_what_was_sent(running):
    running.files.found([("dump/a.yaml", 5)])
    running.progress(phase="read")
    assert states(running.operation) == [("dump/a.yaml", "waiting")]


def test_a_change_is_stored_with_the_next_progress(running, settings):
    running.files.found([("a.yaml", 10), ("b.yaml", 20)])
    running.progress(phase="read")
    running.files.change(0, status="unreadable", reason="input_not_a_dump", values={"file": "a.yaml"})
    running.files.change(1, status="reading", objects_read=512, objects_expected=2000)
    running.progress(phase="read", done=1)
    assert states(running.operation) == [("a.yaml", "waiting"), ("b.yaml", "waiting")], "not in every moment"
    settings.OPERATION_PROGRESS_SECONDS = 0
    running.progress(phase="read", done=1)
    first, second = OperationFile.objects.filter(operation=running.operation).order_by("position")
    assert (first.status, first.reason, first.values) == ("unreadable", "input_not_a_dump", {"file": "a.yaml"})
    assert (second.status, second.objects_read, second.objects_expected, second.size) == ("reading", 512, 2000, 20)
    assert OperationFile.objects.count() == 2


def test_thousands_of_files_cost_a_handful_of_statements(running):
    running.files.found([(f"{n}.yaml", n) for n in range(3000)])
    # the lease, the old rows, three batches; SQLite takes fewer values in one statement
    most = 40 if connection.vendor == "sqlite" else 5
    assert statements(running.write) <= most
    for number in range(3000):
        running.files.change(number, status="read", objects_read=number)
    assert statements(running.write) <= most
    assert statements(running.write) == 1, "nothing has changed: the lease alone"
    assert OperationFile.objects.filter(status="read").count() == 3000


def test_whoever_has_lost_the_operation_writes_nothing(running):
    Operation.objects.filter(pk=running.operation.pk).update(lease_token="another")
    running.files.found([("mine.yaml", 1)])
    with pytest.raises(LeaseLost):
        running.progress(phase="read")
    assert [name for name, _ in states(running.operation)] == ["a.yaml", "b.yaml", "c.yaml"]


def test_an_operation_that_ends_leaves_no_file_waiting(running):
    running.files.found([("a.yaml", 1), ("b.yaml", 1), ("c.yaml", 1)])
    running.files.change(0, status="read")
    running.files.change(1, status="reading")
    running.write()
    operation_cancel(operation=running.operation, actor=None)
    assert [status for _, status in states(running.operation)] == ["read", "not_reached", "not_reached"]


def test_a_refused_input_still_shows_how_far_it_came(kinds, no_broker):
    from apps.operations import registry
    from migrator.errors import MigratorError

    def refuse(run):
        run.files.found([("a.yaml", 1)])
        run.progress(phase="read")
        run.files.change(0, status="unreadable", reason="input_not_a_dump", values={"file": "a.yaml"})
        raise MigratorError("input_not_a_dump", file="a.yaml")

    registry.operation_kind("test.refuse_files", label="x")(refuse)
    operation = operation_create(kind="test.refuse_files")
    assert run_operation(str(operation.uid))
    assert states(operation) == [("a.yaml", "unreadable")]


def test_the_list_is_paged_filtered_and_in_the_reader_s_language(api, running):
    running.files.found([(f"{n}.yaml", n) for n in range(120)])
    running.files.change(7, status="unreadable", reason="input_not_a_dump", values={"file": "7.yaml"})
    running.write()
    operation = api.get(f"/api/v1/operations/{running.operation.uid}/").json()
    address = operation["files"].removeprefix("http://testserver")
    page = api.get(address, {"page": 2}).json()
    assert (page["count"], len(page["results"]), page["results"][0]["file"]) == (120, 50, "50.yaml")
    (bad,) = api.get(address, {"status": "unreadable"}).json()["results"]
    assert (bad["file"], bad["size"], bad["status"], bad["objects"]) == ("7.yaml", 7, "unreadable", 0)
    assert "7.yaml" in bad["message"]
    (chinese,) = api.get(address, {"status": "unreadable"}, HTTP_ACCEPT_LANGUAGE="zh-CN").json()["results"]
    assert chinese["message"] != bad["message"]
    assert api.get(address, {"status": "nonsense"}).status_code == 400
    assert api.get("/api/v1/operations/00000000-0000-4000-8000-000000000000/files/").status_code == 404


def test_the_list_needs_as_many_queries_for_fifty_files_as_for_one(api, running):
    address = f"/api/v1/operations/{running.operation.uid}/files/"
    counted = []
    for count in (1, 50):
        running.files.found([(f"{n}.yaml", n) for n in range(count)])
        running.write()
        with CaptureQueriesContext(connection) as captured:
            assert len(api.get(address).json()["results"]) == count
        counted.append(len(captured))
    assert counted[0] == counted[1]

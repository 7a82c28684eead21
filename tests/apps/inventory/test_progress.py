"""How far an import is can be seen while it runs: every file, also those of an archive, and inside a large file."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable

import pytest

from apps.inventory.services import import_run, import_start_from_paths
from apps.operations.models import Operation, OperationFile
from apps.operations.runner import Run, run_operation
from apps.operations.services import operation_claim
from tests.conftest import SMALL_DUMP


class Watched(Run):
    """Looks into the database after each write, as a reader of the page would."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(operation)
        self.seen: list[tuple[dict, list[tuple[str, str, int]]]] = []

    def write(self) -> None:
        super().write()
        rows = OperationFile.objects.filter(operation=self.operation).order_by("position")
        operation = Operation.objects.get(pk=self.operation.pk)
        self.seen.append((operation.progress, list(rows.values_list("name", "status", "objects_read"))))


@pytest.fixture
def watch(cluster, manager, data_folder, no_broker, settings) -> Callable[..., Watched]:
    settings.OPERATION_PROGRESS_SECONDS = 0

    def begin(*paths) -> Watched:
        operation = import_start_from_paths(cluster=cluster, actor=manager, paths=paths)
        run = Watched(operation_claim(str(operation.uid)))
        import_run(run)
        return run

    return begin


def written_list(path, count: int):
    items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{n}"}} for n in range(count)]
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return path


def test_members_of_an_archive_are_shown_from_waiting_to_read(watch, tmp_path):
    with tarfile.open(tmp_path / "dump.tar.gz", "w:gz") as archive:
        for name, content in (
            ("d/all.yaml", SMALL_DUMP),
            ("d/broken.yaml", b"kind: [unclosed\n"),
            ("d/note", b"hello"),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    run = watch(tmp_path / "dump.tar.gz")
    phases = [progress["phase"] for progress, _ in run.seen]
    assert list(dict.fromkeys(phases)) == ["unpack", "read", "store"]
    unpacking = run.seen[0]
    assert (unpacking[0]["text"], unpacking[1]) == ("dump.tar.gz", [("dump.tar.gz", "waiting", 0)])
    states = [[status for _, status, _ in files] for progress, files in run.seen if progress["phase"] == "read"]
    assert states[0] == ["waiting", "waiting", "waiting"]
    assert ["read", "reading", "waiting"] in states
    final = [("all.yaml", "read", 3), ("broken.yaml", "unreadable", 0), ("note", "not_recognised", 0)]
    assert run.seen[-1][1] == final
    reasons = OperationFile.objects.order_by("position").values_list("reason", flat=True)
    assert [bool(reason) for reason in reasons] == [False, True, True]


def test_a_single_large_file_moves(watch, tmp_path):
    run = watch(written_list(tmp_path / "all.json", 3000))
    reading = [(p, files[0]) for p, files in run.seen if files[0][1] == "reading" and files[0][2]]
    assert [objects for _, (_, _, objects) in reading] == list(range(256, 3000, 256))
    percent = [progress["percent"] for progress, _ in reading]
    assert percent == sorted(percent)
    assert percent[0] < 10
    assert percent[-1] > 90


def test_the_files_of_the_operation_are_those_of_the_snapshot(imported):
    told = OperationFile.objects.filter(operation=imported.operation).order_by("position")
    stored = imported.inputfile_rows.all()
    assert [(f.name, f.status, f.objects_read, f.reason) for f in told] == [
        (f.file, f.status, f.objects_read, f.reason) for f in stored
    ]


def test_a_remark_that_comes_last_reaches_the_file_too(cluster, manager, data_folder, no_broker, tmp_path):
    """That files tell of different clusters is known only when all have been read."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(
            json.dumps({"kind": "Cluster", "apiVersion": "v3", "metadata": {"name": name, "uid": name}, "spec": {}})
        )
    operation = import_start_from_paths(cluster=cluster, actor=manager, paths=[tmp_path])
    run_operation(str(operation.uid))
    first, second = OperationFile.objects.filter(operation=operation).order_by("position")
    assert (first.status, first.reason) == ("read", "input_several_clusters")
    assert (second.status, second.reason) == ("read", "")


def test_a_second_attempt_begins_anew(cluster, manager, small_dump, data_folder, no_broker):
    operation = import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    first = Run(operation_claim(str(operation.uid)))
    first.files.found([("left-by-the-first.yaml", 1)])
    first.write()
    Operation.objects.filter(pk=operation.pk).update(status="queued", lease_token="")
    assert run_operation(str(operation.uid))
    assert list(OperationFile.objects.values_list("name", "status")) == [("all.yaml", "read")]

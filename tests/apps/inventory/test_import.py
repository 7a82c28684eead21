"""From files to a stored snapshot: all or nothing, no secret left behind, the same digest as the command line."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from apps.core.errors import Malformed, TooLarge
from apps.inventory import adapters, selectors, services
from apps.inventory.models import AddressUse, ImportFile, Node, Snapshot, Workload
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from migrator.errors import InputError
from migrator.snapshot import codec
from migrator.snapshot.read import read_paths
from tests.conftest import MARKED_SECRET, MARKED_SECRET_BASE64, ROOT

SAMPLE = ROOT / "docs" / "sample" / "yunhe-mall"


@pytest.fixture
def start(cluster, manager, data_folder, no_broker):
    """Starts an import and runs it as a worker would; gives the operation as it then stands."""

    def begin(*paths: Path) -> Operation:
        operation = services.import_start_from_paths(cluster=cluster, actor=manager, paths=paths)
        run_operation(str(operation.uid))
        operation.refresh_from_db()
        return operation

    return begin


def test_the_stored_facts_are_those_that_the_command_line_reads(start, small_dump):
    operation = start(small_dump)
    snapshot = Snapshot.objects.get()
    read = read_paths([small_dump])
    assert adapters.snapshot_facts(snapshot) == read
    assert snapshot.digest == codec.digest(read)
    assert operation.result == {
        "cluster": str(snapshot.cluster.uid),
        "snapshot": str(snapshot.uid),
        "digest": snapshot.digest,
    }
    assert (snapshot.version, snapshot.number, snapshot.imported_by.username) == ("v1.13.10-r0", 1, "manager")
    assert (snapshot.files_read, snapshot.files_not_read) == (1, 0)


def test_the_sample_cluster_is_stored_with_all_its_parts(start):
    operation = start(SAMPLE)
    assert operation.status == "succeeded", operation.problem
    facts = read_paths([SAMPLE])
    snapshot = Snapshot.objects.get()
    assert adapters.snapshot_facts(snapshot) == facts
    for model, made in (*adapters.part_rows(facts), *adapters.register_rows(facts, snapshot)):
        assert model.objects.filter(snapshot=snapshot).count() == len(made), model
    assert [n.name for n in selectors.parts(Node, snapshot)] == [n.name for n in facts.nodes]
    assert [w.name for w in selectors.parts(Workload, snapshot)] == [w.ref.name for w in facts.workloads]


def test_the_page_and_the_counts_tell_whose_files_were_read(start, small_dump, admin_pages, api):
    conf = small_dump.parent / "nodes" / "gone-7" / "etc" / "sysctl.conf"
    start(small_dump.parent)
    conf.parent.mkdir(parents=True)
    conf.write_text("vm.swappiness = 1\nnet.core.somaxconn = 4096\n")
    start(small_dump.parent)
    without, looked = Snapshot.objects.order_by("number")
    counts = [api.get(f"/api/v1/snapshots/{s.uid}/").json()["counts"]["node_files"] for s in (without, looked)]
    assert counts == [0, 1]
    address = reverse("admin:inventory_snapshot_change", args=[looked.pk])
    assert (
        'gone-7</td><td class="compare-name">kernel parameter'
        in admin_pages.get(address, headers={"accept-language": "en"}).content.decode()
    )
    address = reverse("admin:inventory_snapshot_change", args=[without.pk])
    assert "没有读取任何节点的文件" in admin_pages.get(address, headers={"accept-language": "zh-hans"}).content.decode()


def test_a_folder_and_an_archive_of_it_give_the_same_snapshot(start, tmp_path, small_dump):
    second = small_dump.parent / "more" / "node.yaml"
    second.parent.mkdir()
    second.write_text("apiVersion: v1\nkind: Node\nmetadata: {name: node-2}\n")
    start(small_dump.parent)
    with tarfile.open(tmp_path / "dump.tar.gz", "w:gz") as archive:
        archive.add(small_dump.parent, "dump")
    start(tmp_path / "dump.tar.gz")
    first, second_row = Snapshot.objects.order_by("number")
    assert first.digest == second_row.digest
    assert first.inputfile_rows.count() == second_row.inputfile_rows.count() == 2
    assert [f.file for f in first.inputfile_rows.all()] == [f.file for f in second_row.inputfile_rows.all()]


def test_each_import_is_a_snapshot_of_its_own(start, small_dump, cluster):
    start(small_dump)
    start(small_dump)
    assert [s.number for s in Snapshot.objects.order_by("id")] == [1, 2]
    assert selectors.latest_snapshot(cluster).number == 2


def test_files_and_keys_are_gone_after_success(start, small_dump, settings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        start(small_dump)
    assert list(settings.SPOOL_DIR.iterdir()) == []
    assert [f.key for f in ImportFile.objects.all()] == [None]


def test_files_and_keys_are_gone_after_failure(start, tmp_path, settings, django_capture_on_commit_callbacks):
    (tmp_path / "notes.txt").write_text("no dump at all")
    with django_capture_on_commit_callbacks(execute=True):
        operation = start(tmp_path / "notes.txt")
    assert operation.status == "failed"
    assert operation.problem["code"] == "input_not_a_dump"
    assert "notes.txt" in operation.problem["details"]["zh"]
    assert list(settings.SPOOL_DIR.iterdir()) == []
    assert [f.key for f in ImportFile.objects.all()] == [None]
    assert not Snapshot.objects.exists()


def test_a_partly_broken_dump_is_imported_with_the_reason(start, small_dump):
    (small_dump.parent / "broken.yaml").write_text("kind: [unclosed\n")
    operation = start(small_dump.parent)
    assert operation.status == "succeeded"
    snapshot = Snapshot.objects.get()
    assert (snapshot.files_read, snapshot.files_not_read) == (1, 1)
    bad = snapshot.inputfile_rows.get(file="broken.yaml")
    assert bad.status == "unreadable"
    assert bad.reason


def test_a_spooled_file_that_was_lost_fails_the_import(cluster, manager, small_dump, data_folder, settings, no_broker):
    operation = services.import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    for path in settings.SPOOL_DIR.iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert (operation.status, operation.problem["code"]) == ("failed", "upload_lost")
    assert operation.problem["values"] == {"file": "all.yaml"}
    assert not Snapshot.objects.exists()


def test_no_transaction_means_no_rows(start, small_dump, monkeypatch):
    """The last insert fails: then neither the snapshot nor any part of it is there."""

    def broken(objs, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(AddressUse._default_manager, "bulk_create", broken, raising=False)
    operation = start(small_dump)
    assert operation.problem["code"] == "internal_error"
    assert not Snapshot.objects.exists()
    assert not Node.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_full_database_is_told_and_nothing_is_half_stored(cluster, manager, data_folder, no_broker):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite can be given a limit for one connection")
    operation = services.import_start_from_paths(cluster=cluster, actor=manager, paths=[SAMPLE])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no room is left over
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + 10}")
        try:
            run_operation(str(operation.uid))
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    operation.refresh_from_db()
    assert (operation.status, operation.problem and operation.problem["code"]) == ("failed", "database_full")
    assert not Snapshot.objects.exists()
    assert not Node.objects.exists()


def test_names_longer_than_a_column_do_not_fail_the_import(start, tmp_path):
    long = "n" * 400
    (tmp_path / "node.yaml").write_text(f"apiVersion: v1\nkind: Node\nmetadata: {{name: {long}}}\n")
    assert start(tmp_path / "node.yaml").status == "succeeded"
    assert adapters.snapshot_facts(Snapshot.objects.get()).nodes[0].name == long
    assert Node.objects.get().name == "n" * 252 + "…"


def test_a_missing_path_is_refused_and_leaves_nothing(cluster, manager, data_folder, tmp_path, small_dump, settings):
    with pytest.raises(InputError) as caught:
        services.import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump, tmp_path / "nowhere"])
    assert caught.value.code == "input_missing"
    assert not Operation.objects.exists()
    assert not settings.SPOOL_DIR.exists() or list(settings.SPOOL_DIR.iterdir()) == []


def test_too_much_is_refused_and_leaves_nothing(cluster, manager, data_folder, small_dump, settings):
    settings.IMPORT_BYTES_MOST = 100
    with pytest.raises(TooLarge):
        services.import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    assert list(settings.SPOOL_DIR.iterdir()) == []


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../b", "a//b", "", "a\\b", "a\0b", "x" * 1025])
def test_odd_names_are_refused(cluster, manager, data_folder, settings, name):
    import io

    upload = services.NamedUpload(name, services.spool.spool_stream(io.BytesIO(b"abc")))
    with pytest.raises(Malformed) as caught:
        services.import_start(cluster=cluster, actor=manager, uploads=[upload])
    assert caught.value.code == "upload_path_refused"
    assert caught.value.message("zh")
    assert list(settings.SPOOL_DIR.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_the_value_of_a_secret_is_nowhere(cluster, manager, small_dump, data_folder, settings, no_broker, tmp_path):
    """Not in the spool while it waits, not in the database afterwards, not in any file of the data folder."""
    operation = services.import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    waiting = b"".join(path.read_bytes() for path in settings.SPOOL_DIR.iterdir())
    run_operation(str(operation.uid))
    dumped = tmp_path / "database.json"
    call_command("dumpdata", output=str(dumped), verbosity=0)
    documents = b"".join(adapters.document_json(s) for s in Snapshot.objects.all())
    files = [dumped.read_bytes(), waiting, documents]
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        files += [p.read_bytes() for p in Path(name).parent.glob(Path(name).name + "*")]
    files += [p.read_bytes() for p in Path(settings.DATA_DIR).rglob("*") if p.is_file()]
    assert any(b"node-1" in content for content in files), "the dump itself was found, so the search works"
    for content in files:
        assert MARKED_SECRET not in content
        assert MARKED_SECRET_BASE64 not in content


@pytest.mark.parametrize("before", ["queued", "running"])
def test_cancelling_removes_the_uploads(
    cluster, manager, small_dump, data_folder, settings, no_broker, before, django_capture_on_commit_callbacks
):
    from apps.operations.services import operation_cancel, operation_claim

    operation = services.import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    if before == "running":
        operation_claim(str(operation.uid))
    with django_capture_on_commit_callbacks(execute=True):
        operation_cancel(operation=operation, actor=manager)
    assert list(settings.SPOOL_DIR.iterdir()) == []
    assert [f.key for f in ImportFile.objects.all()] == [None]


@pytest.mark.cases
def test_a_real_dump_is_stored_as_it_is_read(start):
    folder = ROOT.parent / "shared" / "cases" / "A01-gke114-get-all"
    if not folder.is_dir():
        pytest.skip("the real inputs are not beside the project")
    assert start(folder).status == "succeeded"
    snapshot = Snapshot.objects.get()
    assert adapters.snapshot_facts(snapshot) == read_paths([folder])
    assert (snapshot.counts["workloads"], snapshot.counts["objects"]) == (63, 703)

"""Bad input through the service: every import ends with a sentence for its reader, and never with half a snapshot."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.inventory.models import AddressUse, ImportFile, NodeSetting, Part, Snapshot
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from tests.bad_inputs import TABLE
from tests.conftest import SMALL_DUMP
from tests.unit.snapshot.sheets.books import book


@pytest.fixture
def send(api, cluster, no_broker, data_folder, django_capture_on_commit_callbacks):
    """Imports the given files over the API as a worker would; gives the operation as it is shown then."""

    def done(*files: tuple[str, bytes]):
        uploads = [SimpleUploadedFile(name, content) for name, content in files]
        address = f"/api/v1/clusters/{cluster.uid}/imports/"
        with django_capture_on_commit_callbacks(execute=True):
            answer = api.post(address, {"files": uploads}, format="multipart")
            assert answer.status_code == 202, answer.content
            assert run_operation(answer.json()["uid"])
        return api.get(f"/api/v1/operations/{answer.json()['uid']}/").json()

    return done


def files_of(api, operation) -> list[dict]:
    return api.get(operation["files"].removeprefix("http://testserver"), {"page_size": 500}).json()["results"]


def stored_rows() -> int:
    parts = [kind for part in Part.__subclasses__() for kind in (part, *part.__subclasses__(), *_grandchildren(part))]
    kinds = [kind for kind in parts if not kind._meta.abstract]
    return sum(kind._default_manager.count() for kind in (*kinds, AddressUse, NodeSetting, Snapshot))


def _grandchildren(part) -> list[type]:
    return [kind for child in part.__subclasses__() for kind in child.__subclasses__()]


@pytest.mark.parametrize("case", TABLE)
def test_a_bad_input_alone_ends_with_its_reason(api, send, settings, case):
    bad = TABLE[case]
    operation = send((bad.name, bad.content()))
    (file,) = files_of(api, operation)
    assert (file["status"], file["reason"]) == (bad.status, bad.reason)
    if bad.status == "unreadable":
        assert operation["status"] == "failed"
        assert operation["problem"]["code"] == bad.reason
        assert stored_rows() == 0, "nothing half stored"
        assert operation["problem"]["detail"] == file["message"]
    else:
        assert operation["status"] == "succeeded", operation["problem"]
    assert bad.name in file["message"], "the reader is told which file"
    chinese = api.get(f"/api/v1/operations/{operation['uid']}/files/", HTTP_ACCEPT_LANGUAGE="zh-CN").json()["results"]
    assert chinese[0]["message"] != file["message"]
    assert list(settings.SPOOL_DIR.iterdir()) == []
    assert [f.key for f in ImportFile.objects.all()] == [None]


def test_bad_inputs_beside_a_good_one_are_marked_and_the_good_one_is_read(api, send):
    operation = send(("all.yaml", SMALL_DUMP), *((f"{bad.name}", bad.content()) for bad in TABLE.values()))
    assert operation["status"] == "succeeded", operation["problem"]
    told = {file["file"]: (file["status"], file["reason"]) for file in files_of(api, operation)}
    assert told["all.yaml"] == ("read", "")
    for bad in TABLE.values():
        found = [state for name, state in told.items() if name.startswith(bad.name.removesuffix(".gz"))]
        assert (bad.status, bad.reason) in found, (bad.name, found)
    snapshot = Snapshot.objects.get()
    assert snapshot.node_rows.get().name == "node-1"
    assert snapshot.files_not_read == sum(bad.status != "read" for bad in TABLE.values())


def test_a_dump_without_any_object_fails(api, send):
    operation = send(("all.json", b'{"kind": "List", "apiVersion": "v1", "items": []}'))
    assert (operation["status"], operation["problem"]["code"]) == ("failed", "input_no_objects")
    assert "all.json" in operation["problem"]["detail"]
    assert stored_rows() == 0


def test_every_wrong_cell_of_a_table_alone_is_named(admin_client, send):
    rows = [["name", "ready"], ["n1", "maybe"], ["", "yes"], *([f"n{i}", "perhaps"] for i in range(2, 150))]
    for name, content in (
        ("nodes.xlsx", book({"nodes": rows})),
        ("nodes.csv", "\n".join(",".join(row) for row in rows).encode()),
    ):
        operation = send((name, content))
        problem = operation["problem"]
        assert operation["status"] == "failed"
        told = [(problem["detail"], problem["values"]), *((p["detail"], p["values"]) for p in problem["further"])]
        assert [values["row"] for _, values in told] == list(range(2, 102)), "as many as the command line names"
        assert all(f"row {values['row']}" in detail for detail, values in told)
        key = Operation.objects.get(uid=operation["uid"]).pk
        page = admin_client.get(
            reverse("admin:operations_operation_change", args=(key,)), headers={"Accept-Language": "en"}
        )
        assert b"row 2," in page.content
        assert b"row 101," in page.content

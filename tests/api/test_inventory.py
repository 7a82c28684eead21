"""The inventory over HTTP: statuses, problem codes, shapes, and queries that do not grow with the rows."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.inventory.models import AddressUse, Cluster, ImportFile, Snapshot
from apps.inventory.services import cluster_create
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from migrator.snapshot import codec
from tests.conftest import SMALL_DUMP

CLUSTERS = "/api/v1/clusters/"
NOBODY = "00000000-0000-4000-8000-000000000000"


def upload(name: str, content: bytes = SMALL_DUMP) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def post_files(api, cluster, *files, **fields):
    return api.post(f"{CLUSTERS}{cluster.uid}/imports/", {"files": list(files), **fields}, format="multipart")


# --- clusters ---------------------------------------------------------------------------------------------------


def test_a_cluster_is_registered_changed_and_removed(api, manager):
    made = api.post(CLUSTERS, {"name": "old", "region": "cn-sh1", "billing": "pay_per_use"})
    assert made.status_code == 201
    body = made.json()
    assert made["Location"].endswith(f"{CLUSTERS}{body['uid']}/")
    assert (body["name"], body["created_by"], body["latest_snapshot"]) == ("old", "manager", None)
    changed = api.patch(f"{CLUSTERS}{body['uid']}/", {"note": "moves in May"})
    assert (changed.status_code, changed.json()["note"], changed.json()["region"]) == (200, "moves in May", "cn-sh1")
    assert api.delete(f"{CLUSTERS}{body['uid']}/").status_code == 204
    assert api.get(f"{CLUSTERS}{body['uid']}/").status_code == 404


@pytest.mark.parametrize("field", ["name", "business", "region", "owner", "note"])
def test_a_credential_typed_into_a_cluster_is_refused(api, cluster, field):
    said = "login root:S3cr3t-pass, mysql://root:S3cr3t-pass@10.0.0.3/db"
    for answer in (
        api.post(CLUSTERS, {"name": "new", field: said}),
        api.patch(f"{CLUSTERS}{cluster.uid}/", {field: said}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "text_secret")
        assert "S3cr3t" not in answer.content.decode()
    assert Cluster.objects.count() == 1


def test_names_are_unique_and_case_matters(api, cluster):
    again = api.post(CLUSTERS, {"name": cluster.name})
    assert (again.status_code, again.json()["code"]) == (409, "cluster_name_taken")
    assert again.json()["values"] == {"name": "old-cluster"}
    assert api.post(CLUSTERS, {"name": "Old-Cluster"}).status_code == 201


def test_an_unknown_billing_points_at_its_field(api):
    response = api.post(CLUSTERS, {"name": "x", "billing": "free"})
    assert response.status_code == 400
    assert [e["pointer"] for e in response.json()["errors"]] == ["#/billing"]


def test_a_cluster_with_history_stays(api, imported):
    response = api.delete(f"{CLUSTERS}{imported.cluster.uid}/")
    assert (response.status_code, response.json()["code"]) == (409, "still_used")
    assert Cluster.objects.exists()


def test_the_list_filters_and_orders(api, manager):
    for name in ("b", "a", "c"):
        cluster_create(actor=manager, name=name, region="r1" if name != "c" else "r2")
    assert [c["name"] for c in api.get(CLUSTERS).json()["results"]] == ["a", "b", "c"]
    assert [c["name"] for c in api.get(CLUSTERS, {"region": "r2"}).json()["results"]] == ["c"]
    assert [c["name"] for c in api.get(CLUSTERS, {"ordering": "-name"}).json()["results"]] == ["c", "b", "a"]


# --- imports ----------------------------------------------------------------------------------------------------


@pytest.fixture
def work(no_broker, data_folder):
    """Does the operation that an answer names, and gives it as the API shows it."""

    def done(api, accepted):
        assert accepted.status_code == 202, accepted.content
        address = accepted["Location"].removeprefix("http://testserver")
        before = api.get(address)
        assert (before.json()["status"], before["Retry-After"]) == ("queued", "1")
        run_operation(before.json()["uid"])
        after = api.get(address)
        assert "Retry-After" not in after
        return after.json()

    return done


def test_a_file_becomes_a_snapshot(api, cluster, work, settings, django_capture_on_commit_callbacks):
    accepted = post_files(api, cluster, upload("all.yaml"))
    assert accepted["Retry-After"] == "1"
    with django_capture_on_commit_callbacks(execute=True):
        told = work(api, accepted)
    assert (told["status"], told["kind"], told["actor"]) == ("succeeded", "inventory.import", "manager")
    shown = api.get(f"/api/v1/snapshots/{told['result']['snapshot']}/").json()
    assert (shown["number"], shown["version"], shown["counts"]["workloads"]) == (1, "v1.13.10-r0", 1)
    assert shown["digest"] == told["result"]["digest"]
    latest = api.get(f"{CLUSTERS}{cluster.uid}/").json()["latest_snapshot"]
    assert (latest["uid"], latest["number"]) == (shown["uid"], 1)
    assert list(settings.SPOOL_DIR.iterdir()) == []


def test_several_files_with_paths_and_a_zip_of_them_are_the_same(api, cluster, work):
    node = b"apiVersion: v1\nkind: Node\nmetadata: {name: node-2}\n"
    first = work(
        api, post_files(api, cluster, upload("all.yaml"), upload("node.yaml", node), paths=["all.yaml", "n/node.yaml"])
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("all.yaml", SMALL_DUMP)
        archive.writestr("n/node.yaml", node)
    second = work(api, post_files(api, cluster, upload("dump.zip", packed.getvalue())))
    assert first["result"]["digest"] == second["result"]["digest"]
    files = [
        [f["file"] for f in api.get(f"/api/v1/snapshots/{told['result']['snapshot']}/inputs/").json()["results"]]
        for told in (first, second)
    ]
    assert files == [["all.yaml", "n/node.yaml"]] * 2


def test_a_file_that_is_no_dump_fails_with_a_problem(api, cluster, work):
    told = work(api, post_files(api, cluster, upload("notes.txt", b"hello")))
    assert told["status"] == "failed"
    assert (told["problem"]["code"], told["problem"]["values"]["file"]) == ("input_not_a_dump", "notes.txt")
    assert "notes.txt" in told["problem"]["detail"]
    chinese = api.get(f"/api/v1/operations/{told['uid']}/", HTTP_ACCEPT_LANGUAGE="zh-CN,zh;q=0.9").json()
    assert chinese["problem"]["detail"] != told["problem"]["detail"]


def test_what_could_not_be_read_is_listed_with_its_reason(api, cluster, work):
    told = work(api, post_files(api, cluster, upload("all.yaml"), upload("broken.yaml", b"kind: [unclosed\n")))
    assert told["status"] == "succeeded"
    address = f"/api/v1/snapshots/{told['result']['snapshot']}/inputs/"
    bad = api.get(address, {"status": "unreadable"}).json()["results"]
    assert [f["file"] for f in bad] == ["broken.yaml"]
    assert "broken.yaml" in bad[0]["message"]


def test_an_upload_is_encrypted_while_it_waits(api, cluster, no_broker, data_folder, settings):
    post_files(api, cluster, upload("all.yaml"))
    (waiting,) = settings.SPOOL_DIR.iterdir()
    assert b"node-1" not in waiting.read_bytes()
    assert ImportFile.objects.get().spool == waiting.name


def test_too_much_is_413_and_leaves_nothing(api, cluster, no_broker, data_folder, settings):
    settings.IMPORT_BYTES_MOST = 1 << 20
    for content in (b"x" * ((1 << 20) + 1), b"x" * (1 << 23)):
        response = post_files(api, cluster, upload("big.yaml", content))
        assert (response.status_code, response.json()["code"]) == (413, "upload_too_large")
        assert response.json()["values"] == {"limit": 1}
    assert not Operation.objects.exists()
    assert not settings.SPOOL_DIR.exists() or list(settings.SPOOL_DIR.iterdir()) == []


@pytest.mark.parametrize(
    ("files", "fields", "code"),
    [
        (["a.yaml", "a.yaml"], {}, "upload_names_equal"),
        (["a.yaml"], {"paths": ["../a.yaml"]}, "upload_path_refused"),
        (["a.yaml"], {"paths": ["/a.yaml"]}, "upload_path_refused"),
        (["a.yaml"], {"paths": ["a.yaml", "b.yaml"]}, "upload_paths_count"),
        ([], {}, "invalid"),
    ],
)
def test_a_refused_upload_leaves_nothing(api, cluster, no_broker, data_folder, settings, files, fields, code):
    response = post_files(api, cluster, *(upload(name) for name in files), **fields)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert not Operation.objects.exists()
    assert not settings.SPOOL_DIR.exists() or list(settings.SPOOL_DIR.iterdir()) == []


def test_an_upload_to_nowhere_or_by_nobody_leaves_nothing(api, anonymous_api, cluster, data_folder, settings):
    cluster.uid = NOBODY
    assert post_files(api, cluster, upload("a.yaml")).status_code == 404
    assert post_files(anonymous_api, cluster, upload("a.yaml")).status_code == 401
    assert not settings.SPOOL_DIR.exists() or list(settings.SPOOL_DIR.iterdir()) == []


def test_an_operation_can_be_cancelled_once(api, cluster, no_broker, data_folder):
    uid = post_files(api, cluster, upload("a.yaml")).json()["uid"]
    assert api.post(f"/api/v1/operations/{uid}/cancellation/").json()["status"] == "cancelled"
    again = api.post(f"/api/v1/operations/{uid}/cancellation/")
    assert (again.status_code, again.json()["code"]) == (409, "operation_ended")
    assert not run_operation(uid)


# --- snapshots --------------------------------------------------------------------------------------------------


def test_the_document_is_the_canonical_json(api, imported):
    response = api.get(f"/api/v1/snapshots/{imported.uid}/document/")
    facts = codec.decode(response.content)
    assert codec.digest(facts) == imported.digest
    assert json.loads(response.content)["cluster"]["version"]


def test_parts_are_listed_and_filtered(api, imported):
    address = f"/api/v1/snapshots/{imported.uid}/"
    (node,) = api.get(f"{address}nodes/").json()["results"]
    assert (node["name"], node["private_ips"], node["eips"]) == ("node-1", ["10.0.0.11"], ["203.0.113.7"])
    (workload,) = api.get(f"{address}workloads/", {"namespace": "shop"}).json()["results"]
    assert (workload["kind"], workload["name"], workload["images"]) == ("Deployment", "web", ["nginx:1.15"])
    assert api.get(f"{address}workloads/", {"namespace": "Shop"}).json()["results"] == []
    for part in ("volumes", "claims", "services", "ingresses", "addons", "inputs"):
        assert api.get(f"{address}{part}/").status_code == 200, part


@pytest.mark.parametrize(
    "address", ["snapshots/{}/", "snapshots/{}/nodes/", "clusters/{}/snapshots/", "operations/{}/"]
)
def test_what_does_not_exist_is_404_and_nobody_sees_anything(api, anonymous_api, address):
    path = "/api/v1/" + address.format(NOBODY)
    assert (api.get(path).status_code, api.get(path).json()["code"]) == (404, "not_found")
    assert anonymous_api.get(path).status_code == 401


# --- registers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "entry", "change"),
    [
        ("address-uses", {"address": "10.0.0.11", "location": "whitelist"}, {"owner": "DBA"}),
        ("node-settings", {"category": "sysctl", "key": "vm.max_map_count"}, {"value": "262144"}),
    ],
)
def test_an_entry_is_made_changed_and_removed(api, cluster, name, entry, change):
    address = f"{CLUSTERS}{cluster.uid}/{name}/"
    made = api.post(address, entry)
    assert (made.status_code, made.json()["origin"]) == (201, "form")
    assert entry.items() <= made.json().items()
    item = f"{address}{made.json()['uid']}/"
    assert change.items() <= api.patch(item, change).json().items()
    assert [e["uid"] for e in api.get(address).json()["results"]] == [made.json()["uid"]]
    assert api.delete(item).status_code == 204
    assert api.get(address).json()["results"] == []


def test_an_entry_of_another_cluster_is_not_found(api, cluster, manager):
    other = cluster_create(actor=manager, name="other")
    made = api.post(f"{CLUSTERS}{other.uid}/address-uses/", {"address": "10.0.0.11", "location": "dns"}).json()
    assert api.patch(f"{CLUSTERS}{cluster.uid}/address-uses/{made['uid']}/", {"owner": "x"}).status_code == 404
    assert AddressUse.objects.get().owner == ""


# --- number of queries ------------------------------------------------------------------------------------------


def queries(api, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert api.get(path).status_code == 200
    return len(captured)


def test_lists_need_as_many_queries_for_twenty_rows_as_for_one(api, manager, imported):
    cluster = imported.cluster
    paths = [CLUSTERS, f"{CLUSTERS}{cluster.uid}/snapshots/", f"{CLUSTERS}{cluster.uid}/address-uses/"]
    paths += [f"/api/v1/snapshots/{imported.uid}/workloads/", "/api/v1/operations/"]
    fields = {"address": "10.0.0.1", "location": "dns"}
    api.post(paths[2], fields)
    before = [queries(api, path) for path in paths]
    facts = codec.decode(api.get(f"/api/v1/snapshots/{imported.uid}/document/").content)
    from apps.inventory.services import snapshot_prepare, snapshot_store
    from apps.operations.services import operation_create

    for number in range(20):
        cluster_create(actor=manager, name=f"c{number}")
        operation = operation_create(kind="inventory.import", actor=manager)
        snapshot_store(snapshot_prepare(cluster=cluster, facts=facts, operation=operation, actor_id=operation.actor_id))
        api.post(paths[2], {**fields, "location": f"dns {number}"})
    workload = imported.workload_rows.get()
    for number in range(20):
        workload.pk, workload.position = None, number + 1
        workload.save()
    assert [queries(api, path) for path in paths] == before
    assert Snapshot.objects.count() == 21

"""Tables over HTTP: templates, exports, uploads of sheets, and clusters filled in by form."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.inventory import exports
from apps.inventory.models import ExportFile, Node, Snapshot
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from migrator.snapshot import codec
from migrator.snapshot.sheets.tables import TABLES
from tests.conftest import CHINESE, ENGLISH, SMALL_DUMP

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORM = {
    "tables": {
        "cluster": [{"name": "old", "version": "v1.13.10-r0"}],
        "nodes": [
            {"name": "n1", "private_ips": ["10.0.0.1"], "ready": True, "labels": {"a": "b"}},
            {"name": "n2", "private_ips": "10.0.0.2; 10.0.0.3", "ready": "no"},
        ],
        "workloads": [{"namespace": "shop", "kind": "Deployment", "name": "web", "api_version": "extensions/v1beta1"}],
        "services": [],
    },
    "not_complete": ["workloads"],
}


def forms(cluster) -> str:
    return f"/api/v1/clusters/{cluster.uid}/forms/"


def imported_tables(cluster, api, name: str, content: bytes) -> Snapshot:
    """The snapshot of an upload, read as a worker would."""
    files = {"files": [SimpleUploadedFile(name, content)]}
    answer = api.post(f"/api/v1/clusters/{cluster.uid}/imports/", files, format="multipart")
    assert answer.status_code == 202
    assert run_operation(answer.json()["uid"])
    return Snapshot.objects.latest("id")


# --- definition, template, export ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "title", "choice"), [("zh-hans", "节点", "虚拟机"), ("en", "Nodes", "virtual machine")]
)
def test_the_definition_speaks_the_language_of_the_request(api, language, title, choice):
    body = api.get("/api/v1/tables/", headers={"accept-language": language}).json()
    assert [t["key"] for t in body] == [t.key for t in TABLES]
    nodes = body[1]
    assert nodes["title"] == title
    kind = next(c for c in nodes["columns"] if c["key"] == "kind")
    assert kind["choices"][0] == {"value": "vm", "label": choice}
    assert [c["key"] for c in nodes["columns"] if c["required"]] == ["name"]


def test_the_template_is_a_workbook_or_a_zip_of_csv(api):
    answer = api.get("/api/v1/tables/template/", {"lang": "en"})
    assert (answer.status_code, answer["Content-Type"]) == (200, XLSX)
    assert answer["Content-Disposition"] == 'attachment; filename="cce-tables-en.xlsx"'
    assert len(openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames) == len(TABLES) + 1
    answer = api.get("/api/v1/tables/template/", {"format": "csv"}, headers={"accept-language": "zh-hans"})
    assert (answer["Content-Type"], "cce-tables-zh.csv.zip" in answer["Content-Disposition"]) == (
        "application/zip",
        True,
    )
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert sorted(archive.namelist()) == sorted(f"{t.key}.csv" for t in TABLES)
    assert "必填" in archive.read("nodes.csv").decode("utf-8-sig")


def test_an_unknown_form_of_file_is_refused(api):
    answer = api.get("/api/v1/tables/template/", {"format": "docx"})
    assert answer.status_code == 400
    assert [e["pointer"] for e in answer.json()["errors"]] == ["#/format"]


def test_nobody_downloads_without_a_login(client, db):
    assert client.get("/api/v1/tables/template/").status_code == 401


def test_an_export_imported_again_holds_the_same(api, imported):
    address = f"/api/v1/snapshots/{imported.uid}/tables/"
    answer = api.get(address)
    assert answer["Content-Disposition"] == f'attachment; filename="{imported.cluster.name}-1.xlsx"'
    again = imported_tables(imported.cluster, api, "tables.xlsx", answer.content)
    assert again.number == 2
    assert api.get(f"/api/v1/snapshots/{again.uid}/tables/").content == answer.content
    zipped = api.get(address, {"format": "csv"})
    third = imported_tables(imported.cluster, api, "tables.zip", zipped.content)
    assert third.counts["workloads"] == imported.counts["workloads"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("dump.yaml", SMALL_DUMP)
        archive.writestr("tables.xlsx", answer.content)
    beside = imported_tables(imported.cluster, api, "both.zip", packed.getvalue())
    assert beside.digest == imported.digest


def test_a_name_of_a_file_may_be_chinese(api, imported):
    imported.cluster.name = "云和商城"
    imported.cluster.save()
    answer = api.get(f"/api/v1/snapshots/{imported.uid}/tables/")
    assert "filename*=utf-8''%E4%BA%91%E5%92%8C" in answer["Content-Disposition"]


def test_a_sheet_with_a_wrong_cell_is_named_by_its_import(api, cluster):
    answer = api.post(
        f"/api/v1/clusters/{cluster.uid}/imports/",
        {"files": [SimpleUploadedFile("nodes.csv", "节点名称,是否就绪\nn1,也许\n".encode("gbk"))]},
        format="multipart",
        headers={"accept-language": "zh-hans"},
    )
    run_operation(answer.json()["uid"])
    operation = api.get(f"/api/v1/operations/{answer.json()['uid']}/", headers={"accept-language": "zh-hans"}).json()
    assert operation["status"] == "failed"
    assert operation["problem"]["code"] == "sheet_cell"
    assert "第 2 行“是否就绪 / Ready”列：应填“是”或“否”" in operation["problem"]["detail"]
    assert not Snapshot.objects.exists()


# --- forms ---------------------------------------------------------------------------------------------------------


def test_a_cluster_is_filled_in_from_nothing_and_edited_again(api, cluster, manager):
    assert api.get(forms(cluster)).json() == {"snapshot": None, "tables": {}, "not_complete": []}
    answer = api.post(forms(cluster), FORM, format="json")
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert answer["Location"].endswith(f"/api/v1/snapshots/{body['uid']}/")
    assert (body["origin"], body["number"], body["version"], body["operation"]) == ("form", 1, "v1.13.10-r0", None)
    assert body["imported_by"] == "manager"
    assert (body["counts"]["nodes"], body["files_read"]) == (2, 1)
    read = {c["section"]: c["read"] for c in body["coverage"]}
    assert (read["nodes"], read["services"], read["workloads"], read["volumes"]) == (True, True, False, False)
    snapshot = Snapshot.objects.get()
    facts = codec.decode(json.dumps(api.get(f"/api/v1/snapshots/{snapshot.uid}/document/").json()).encode())
    assert codec.digest(facts) == snapshot.digest == body["digest"]
    assert [n.name for n in Node.objects.filter(snapshot=snapshot)] == ["n1", "n2"]
    shown = api.get(forms(cluster)).json()
    assert (shown["snapshot"], shown["not_complete"]) == (body["uid"], ["workloads"])
    again = api.post(forms(cluster), {k: shown[k] for k in ("tables", "not_complete")}, format="json")
    assert (again.json()["number"], again.json()["digest"]) == (2, body["digest"])


def test_a_form_begins_with_the_latest_form_not_with_a_dump(api, imported):
    api.post(forms(imported.cluster), {"tables": {"nodes": [{"name": "n9"}]}}, format="json")
    files = {"files": [SimpleUploadedFile("dump.yaml", SMALL_DUMP)]}
    run_operation(
        api.post(f"/api/v1/clusters/{imported.cluster.uid}/imports/", files, format="multipart").json()["uid"]
    )
    assert Snapshot.objects.latest("id").origin == "import"
    assert api.get(forms(imported.cluster)).json()["tables"]["nodes"] == [{"name": "n9"}]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_wrong_cells_are_pointed_at_and_nothing_is_stored(api, cluster, language):
    wrong = {
        "nodes": [{"name": "n1"}, {"name": "n1"}, {"ready": "perhaps", "password=MARK": 1}],
        "services": [{"name": "web", "ports": ["http"]}],
    }
    answer = api.post(forms(cluster), {"tables": wrong}, format="json", headers={"accept-language": language})
    body = answer.json()
    assert (answer.status_code, answer["Content-Type"], body["code"]) == (400, "application/problem+json", "invalid")
    assert [(e["pointer"], e["code"]) for e in body["errors"]] == [
        ("#/tables/nodes/1/name", "row_twice"),
        ("#/tables/nodes/2/ready", "yes_no"),
        ("#/tables/nodes/2/name", "required"),
        ("#/tables/nodes/2/password=<masked>", "unknown_key"),
        ("#/tables/services/0/ports", "entry"),
    ]
    assert ("应填" in body["errors"][1]["detail"]) == (language == "zh-hans")
    assert "MARK" not in answer.content.decode()
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"tables": {}}, 422, "form_empty"),
        ({"tables": {"nodes": []}}, 422, "form_empty"),
        ({"tables": {"pods": []}}, 400, "invalid"),
        ({"tables": {"nodes": "n1"}}, 400, "invalid"),
        ({"tables": {"nodes": ["n1"]}}, 400, "invalid"),
        ({"tables": []}, 400, "invalid"),
        ({}, 400, "invalid"),
        ({"tables": {}, "not_complete": ["pods"]}, 400, "invalid"),
        ({"tables": {"nodes": [{"name": str(i)} for i in range(2001)]}}, 400, "form_too_many_rows"),
    ],
)
def test_what_is_no_form_is_refused(api, cluster, form, status, code):
    answer = api.post(forms(cluster), form, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Snapshot.objects.exists()


def test_a_hundred_wrong_cells_are_shown(api, cluster):
    answer = api.post(forms(cluster), {"tables": {"nodes": [{"zone": "z"}] * 150}}, format="json")
    assert len(answer.json()["errors"]) == 100


def test_a_cluster_that_is_not_there_takes_no_form(api, db):
    assert (
        api.post("/api/v1/clusters/00000000-0000-4000-8000-000000000000/forms/", FORM, format="json").status_code == 404
    )


def test_the_tables_of_a_large_snapshot_are_written_by_a_worker_and_kept(api, admin_pages, imported, monkeypatch):
    address = f"/api/v1/snapshots/{imported.uid}/tables/"
    small = api.get(address, {"lang": "en"}).content
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 0)
    first, second = (api.get(address, {"lang": "en"}) for _ in range(2))
    assert (first.status_code, first.json()["kind"]) == (202, exports.EXPORT)
    assert second.json()["uid"] == first.json()["uid"], "one operation, however often it is asked for"
    assert run_operation(first.json()["uid"])
    made = api.get(address, {"lang": "en"})
    assert (made.status_code, made.content) == (200, small)
    page = reverse("admin:inventory_snapshot_download_tables", args=[imported.pk])
    assert admin_pages.get(page, **ENGLISH).content == small
    led = admin_pages.get(page, **CHINESE)
    operation = Operation.objects.latest("pk")
    assert led["Location"] == reverse("admin:operations_operation_change", args=[operation.pk])
    assert run_operation(str(operation.uid))
    assert page in admin_pages.get(led["Location"]).content.decode()
    ExportFile.objects.update(created_at=timezone.now() - exports.KEPT - timedelta(minutes=1))
    assert exports.exports_expire() == 2
    assert api.get(address, {"lang": "en"}).status_code == 202

"""The pages of the tables: template, form and download, in both languages."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from apps.inventory import tables
from apps.inventory.models import Snapshot
from apps.inventory.services import cluster_create
from migrator.snapshot.sheets.form import read_form
from migrator.snapshot.sheets.tables import TABLES
from tests.conftest import CHINESE, ENGLISH


def page_of(cluster) -> str:
    return reverse("admin:inventory_cluster_fill_in", args=[cluster.pk])


def sent(**tables_sent):
    """The fields of the page with these rows (cells by column) and ``<table>_state``."""
    fields = {}
    for table in TABLES:
        rows = tables_sent.get(table.key, [])
        fields |= {f"{table.key}-TOTAL_FORMS": len(rows), f"{table.key}-INITIAL_FORMS": 0}
        fields[f"{table.key}-state"] = tables_sent.get(f"{table.key}_state", "complete" if rows else "")
        fields |= {f"{table.key}-{i}-{k}": v for i, row in enumerate(rows) for k, v in row.items()}
    return fields


def cell(html: str, name: str) -> str:
    """The markup of one cell, with what is said below it."""
    start = html.index(f'name="{name}"')
    return html[start : html.index("</td>", start)]


@pytest.mark.parametrize(("language", "word"), [(CHINESE, "虚拟机"), (ENGLISH, "virtual machine")])
def test_the_page_of_an_empty_cluster_offers_every_column(admin_pages, cluster, language, word):
    html = admin_pages.get(page_of(cluster), **language).content.decode()
    for table in TABLES:
        for column in table.columns:
            assert f'name="{table.key}-0-{column.key}"' in html
    assert f'<option value="vm" data-words="虚拟机|virtual machine">{word}</option>' in html
    assert '<datalist id="cluster-type-words">' in html
    assert "<script>" not in html.split("data-sheets", 1)[1]


def test_a_cluster_is_filled_in_and_edited_again(admin_pages, cluster, administrator):
    rows = [{"name": f"n{i}", "private_ips": f"10.0.0.{i}", "ready": "true", "kind": "vm"} for i in range(20)]
    answer = admin_pages.post(
        page_of(cluster),
        sent(nodes=[*rows, {}], cluster=[{"name": "旧集群", "version": "v1.13.10-r0"}], services_state="complete"),
    )
    snapshot = Snapshot.objects.get()
    assert answer.url == reverse("admin:inventory_snapshot_change", args=[snapshot.pk])
    assert (snapshot.origin, snapshot.imported_by, snapshot.counts["nodes"]) == ("form", administrator, 20)
    read = {c["section"]: c["read"] for c in snapshot.coverage}
    assert (read["nodes"], read["services"], read["workloads"]) == (True, True, False)
    assert admin_pages.get(answer.url).status_code == 200
    html = admin_pages.get(page_of(cluster)).content.decode()
    assert 'value="n9"' in cell(html, "nodes-19-name")  # by name
    assert '<option value="true" selected' in cell(html, "nodes-19-ready")
    assert '<option value="complete" selected>' in html.split('name="services-state"', 1)[1].split("</select>")[0]
    assert '<option value="" selected>' in html.split('name="workloads-state"', 1)[1].split("</select>")[0]


@pytest.mark.parametrize(
    ("language", "words"), [(CHINESE, "应填不小于 0 的整数"), (ENGLISH, "whole number of 0 or more")]
)
def test_what_is_wrong_stands_beside_its_cell(admin_pages, cluster, language, words):
    wrong = sent(nodes=[{"name": "n1"}, {}, {"name": "n3", "max_pods": "many"}, {"name": "n1"}])
    answer = admin_pages.post(page_of(cluster), wrong, **language)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert words in cell(html, "nodes-2-max_pods")
    assert "sheet-wrong" in cell(html, "nodes-3-name")
    assert "sheet-wrong" not in cell(html, "nodes-0-name")
    assert 'value="many"' in cell(html, "nodes-2-max_pods")
    assert not Snapshot.objects.exists()


def test_rows_come_with_the_word_whether_they_are_all(admin_pages, cluster):
    answer = admin_pages.post(page_of(cluster), sent(nodes=[{"name": "n1"}], nodes_state=""), **ENGLISH)
    assert "Say whether these rows are all there are." in answer.content.decode()
    assert not Snapshot.objects.exists()
    admin_pages.post(page_of(cluster), sent(nodes=[{"name": "n1"}], nodes_state="partial"))
    read = {c["section"]: c["read"] for c in Snapshot.objects.get().coverage}
    assert not read["nodes"]


def test_an_empty_page_is_not_stored(admin_pages, cluster):
    answer = admin_pages.post(page_of(cluster), sent(nodes_state="complete"), **ENGLISH)
    assert "No row is filled in" in answer.content.decode()
    assert not Snapshot.objects.exists()


def test_a_page_without_its_fields_is_not_stored(admin_pages, cluster):
    assert admin_pages.post(page_of(cluster), {}).status_code == 200
    assert not Snapshot.objects.exists()


def test_the_page_begins_with_the_latest_import_and_says_so(admin_pages, imported):
    html = admin_pages.get(page_of(imported.cluster), **ENGLISH).content.decode()
    assert "to add to a dump" in html
    assert 'name="workloads-0-name"' in html
    start = tables.form_start(imported.cluster)
    assert (start.snapshot, start.rows) == (imported, sum(len(r) for r in start.answers.tables.values()))


def test_more_rows_than_a_page_holds_are_left_to_files(admin_pages, manager, monkeypatch):
    cluster = cluster_create(actor=manager, name="large")
    form = {"nodes": [{"name": f"n{i}"} for i in range(301)]}
    assert read_form(form).faults == []
    tables.form_save(cluster=cluster, actor=manager, tables=form)
    html = admin_pages.get(page_of(cluster), **ENGLISH).content.decode()
    assert "301 rows, too many for this page" in html
    assert 'value="n1"' not in html


def test_the_template_and_the_export_are_downloaded_in_the_language_of_the_page(admin_pages, imported):
    page = reverse("admin:inventory_cluster_download_template", args=[imported.cluster.pk])
    for language, word in ((CHINESE, "必填"), (ENGLISH, "Required")):
        answer = admin_pages.get(page, **language)
        assert answer["Content-Type"].endswith("spreadsheetml.sheet")
        nodes = openpyxl.load_workbook(io.BytesIO(answer.content))["节点 Nodes"]
        assert word in nodes.cell(2, 1).value
    page = reverse("admin:inventory_snapshot_download_tables", args=[imported.pk])
    book = openpyxl.load_workbook(io.BytesIO(admin_pages.get(page).content))
    assert book["工作负载 Workloads"].cell(3, 3).value


def test_without_the_permission_nothing_is_filled_in_or_downloaded(client, stranger, imported):
    client.force_login(stranger)
    assert client.post(page_of(imported.cluster), sent(nodes=[{"name": "n1"}])).status_code == 403
    assert client.get(reverse("admin:inventory_snapshot_download_tables", args=[imported.pk])).status_code == 403
    assert Snapshot.objects.count() == 1

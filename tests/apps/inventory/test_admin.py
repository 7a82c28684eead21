"""The admin's pages: they open in both languages, write through the services, and do not grow in queries."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.inventory.models import AddressUse, Cluster, NodeSetting, Part, Snapshot
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from tests.conftest import CHINESE, ENGLISH, SMALL_DUMP


def cluster_form(**changes):
    form = {"name": "old", "business": "", "region": "", "billing": "", "owner": "", "note": ""}
    for prefix in ("snapshot_rows", "addressuse_rows", "nodesetting_rows", "snapshots", "corrections"):
        form |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return form | changes


def test_a_credential_typed_into_a_cluster_is_refused_at_its_field(admin_pages):
    form = cluster_form(note="mysql://root:S3cr3t-pass@10.0.0.3/db")
    response = admin_pages.post(reverse("admin:inventory_cluster_add"), form, **ENGLISH)
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["note"]
    assert not Cluster.objects.exists()


def test_a_cluster_with_its_registers_is_made_and_changed(admin_pages, administrator):
    new = cluster_form(
        **{
            "addressuse_rows-TOTAL_FORMS": "1",
            "addressuse_rows-0-address": "10.0.0.11",
            "addressuse_rows-0-location": "whitelist",
            "nodesetting_rows-TOTAL_FORMS": "1",
            "nodesetting_rows-0-node": "*",
            "nodesetting_rows-0-category": "sysctl",
            "nodesetting_rows-0-key": "net.core.somaxconn",
            "nodesetting_rows-0-value": "32768",
        }
    )
    response = admin_pages.post(reverse("admin:inventory_cluster_add"), new)
    assert response.status_code == 302, response.context["errors"]
    cluster = Cluster.objects.get()
    entry = AddressUse.objects.get()
    assert (cluster.created_by, entry.created_by, entry.origin) == (administrator, administrator, "form")
    assert NodeSetting.objects.get().key == "net.core.somaxconn"
    removed = cluster_form(
        **{
            "name": "renamed",
            "addressuse_rows-TOTAL_FORMS": "1",
            "addressuse_rows-INITIAL_FORMS": "1",
            "addressuse_rows-0-id": str(entry.pk),
            "addressuse_rows-0-cluster": str(cluster.pk),
            "addressuse_rows-0-address": "10.0.0.11",
            "addressuse_rows-0-location": "whitelist",
            "addressuse_rows-0-DELETE": "on",
        }
    )
    response = admin_pages.post(reverse("admin:inventory_cluster_change", args=[cluster.pk]), removed)
    assert response.status_code == 302, response.context["errors"]
    assert Cluster.objects.get().name == "renamed"
    assert not AddressUse.objects.exists()


def test_a_name_that_is_taken_is_told_in_the_form(admin_pages, cluster):
    response = admin_pages.post(reverse("admin:inventory_cluster_add"), cluster_form(name=cluster.name), **ENGLISH)
    assert response.status_code == 200
    assert "name" in response.context["adminform"].form.errors


def test_a_dump_is_imported_from_the_clusters_page(admin_pages, cluster, no_broker, data_folder):
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])
    assert b'type="file"' in admin_pages.get(page).content
    files = [SimpleUploadedFile("all.yaml", SMALL_DUMP), SimpleUploadedFile("notes.txt", b"hello")]
    response = admin_pages.post(page, {"files": files})
    operation = Operation.objects.get()
    assert response.url == reverse("admin:operations_operation_change", args=[operation.pk])
    run_operation(str(operation.uid))
    snapshot = Snapshot.objects.get()
    assert snapshot.files_read == 1
    assert admin_pages.get(response.url).status_code == 200
    assert admin_pages.get(reverse("admin:inventory_snapshot_change", args=[snapshot.pk])).status_code == 200


@pytest.mark.parametrize("names", [[], ["a.yaml", "a.yaml"]])
def test_a_refused_upload_is_told_in_the_form(admin_pages, cluster, data_folder, settings, names):
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])
    response = admin_pages.post(page, {"files": [SimpleUploadedFile(name, b"x") for name in names]})
    assert response.status_code == 200
    assert response.context["form"].errors["files"]
    assert not Operation.objects.exists()
    assert not settings.SPOOL_DIR.exists() or list(settings.SPOOL_DIR.iterdir()) == []


def test_without_the_permission_nothing_can_be_imported(client, stranger, cluster):
    client.force_login(stranger)
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])
    assert client.post(page, {"files": [SimpleUploadedFile("a.yaml", b"x")]}).status_code == 403
    assert not Operation.objects.exists()


def our_admins():
    return [
        a for m, a in admin.site._registry.items() if m._meta.app_label in ("inventory", "operations", "auth", "knox")
    ]


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_every_list_and_page_opens(admin_pages, imported, language):
    for model_admin in our_admins():
        opts = model_admin.model._meta
        name = f"admin:{opts.app_label}_{opts.model_name}"
        assert admin_pages.get(reverse(f"{name}_changelist"), **language).status_code == 200, opts
        assert admin_pages.get(reverse(f"{name}_changelist") + "?q=web", **language).status_code in (200, 302), opts
        first = model_admin.model._default_manager.first()
        if first is not None:
            assert admin_pages.get(reverse(f"{name}_change", args=[first.pk]), **language).status_code == 200, opts


def test_what_is_insert_only_cannot_be_changed_by_hand(admin_pages, imported):
    for model in (Snapshot, Operation, *Part.__subclasses__()):
        for concrete in [model, *model.__subclasses__()]:
            if concrete._meta.abstract or (row := concrete._default_manager.first()) is None:
                continue
            opts = concrete._meta
            page = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
            assert admin_pages.post(page, {}).status_code == 403, concrete


def test_the_lists_need_as_many_queries_for_twenty_rows_as_for_one(admin_pages, imported):
    workload = imported.workload_rows.get()
    page = reverse("admin:inventory_workload_changelist") + f"?snapshot__id__exact={imported.pk}"

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin_pages.get(page).status_code == 200
        return len(captured)

    before = count()
    for number in range(20):
        workload.pk, workload.position = None, number + 1
        workload.save()
    assert count() == before

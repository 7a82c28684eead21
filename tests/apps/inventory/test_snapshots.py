"""A snapshot is never changed or removed, whoever tries, and imports that run at once leave each other alone."""

from __future__ import annotations

import threading

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.forms.models import model_to_dict
from django.urls import get_resolver, reverse

from apps.inventory.adapters import document_json
from apps.inventory.models import AddressUse, Cluster, NodeSetting, Part, Snapshot
from apps.inventory.services import import_start_from_paths
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from tests.apps.inventory.test_admin import cluster_form
from tests.conftest import SMALL_DUMP

READING = {"get", "head", "options"}


def state() -> list[object]:
    """Everything that is stored of the snapshots."""
    rows = [document_json(snapshot) for snapshot in Snapshot.objects.order_by("pk")]
    kinds = [kind for kind in (Snapshot, AddressUse, NodeSetting, *_parts(Part)) if not kind._meta.abstract]
    return rows + [model_to_dict(row) for kind in kinds for row in kind._default_manager.order_by("pk")]


def _parts(kind) -> list[type]:
    return [kind, *(below for child in kind.__subclasses__() for below in _parts(child))]


# --- immutable --------------------------------------------------------------------------------------------------


def test_the_api_offers_nothing_that_writes_a_snapshot():
    """Every address that names a snapshot only reads; the kept upload beside it can be erased."""
    writing = set()
    for pattern, methods in _methods(get_resolver().url_patterns):
        if pattern.startswith("api/v1/snapshots/") and (found := methods - READING):
            writing.add((pattern, *sorted(found)))
    assert writing == {("api/v1/snapshots/<uuid:snapshot_uid>/originals/<uuid:uid>/", "delete")}


def _methods(patterns, prefix=""):
    for entry in patterns:
        address = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from _methods(entry.url_patterns, address)
        elif (actions := getattr(entry.callback, "actions", None)) is not None:
            yield address, set(actions)
        elif (view := getattr(entry.callback, "cls", None)) is not None:
            yield address, {name for name in view.http_method_names if hasattr(view, name)}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_trying_over_the_api_changes_nothing(api, manager, imported, method):
    manager.is_superuser = True
    manager.save()
    before = state()
    one = f"/api/v1/snapshots/{imported.uid}/"
    cluster = f"/api/v1/clusters/{imported.cluster.uid}/snapshots/"
    for address in ("/api/v1/snapshots/", one, f"{one}document/", f"{one}nodes/", f"{one}inputs/", cluster):
        answer = getattr(api, method)(address, {"version": "v9.9.9"})
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), address
    assert state() == before


def test_trying_in_the_admin_changes_nothing(admin_pages, imported):
    before = state()
    for model in [Snapshot, *_parts(Part)]:
        if model not in admin.site._registry or (row := model._default_manager.first()) is None:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert admin_pages.post(reverse(f"{name}_add"), {}).status_code == 403
        assert admin_pages.post(reverse(f"{name}_change", args=[row.pk]), {"version": "x"}).status_code == 403
        assert admin_pages.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        admin_pages.post(reverse(f"{name}_changelist"), chosen)
    assert state() == before


def test_what_a_dump_told_is_not_changed_through_the_form_of_its_cluster(admin_pages, imported):
    found = AddressUse.objects.create(
        cluster=imported.cluster, snapshot=imported, origin="dump", address="10.0.0.11", location="ConfigMap shop/app"
    )
    before = state()
    forged = cluster_form(
        **{
            "name": imported.cluster.name,
            "addressuse_rows-TOTAL_FORMS": "1",
            "addressuse_rows-INITIAL_FORMS": "1",
            "addressuse_rows-0-id": str(found.pk),
            "addressuse_rows-0-cluster": str(imported.cluster.pk),
            "addressuse_rows-0-address": "10.9.9.9",
            "addressuse_rows-0-location": "elsewhere",
            "addressuse_rows-0-DELETE": "on",
        }
    )
    admin_pages.post(reverse("admin:inventory_cluster_change", args=[imported.cluster.pk]), forged)
    assert state() == before


def test_neither_its_cluster_nor_its_importer_can_be_removed_from_under_it(admin_pages, api, imported):
    before = state()
    assert api.delete(f"/api/v1/clusters/{imported.cluster.uid}/").status_code == 409
    admin_pages.post(reverse("admin:inventory_cluster_delete", args=[imported.cluster.pk]), {"post": "yes"})
    admin_pages.post(reverse("admin:auth_user_delete", args=[imported.imported_by.pk]), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [imported.cluster.pk], "post": "yes"}
    admin_pages.post(reverse("admin:inventory_cluster_changelist"), chosen)
    assert state() == before
    assert Cluster.objects.count() == 1
    assert User.objects.filter(pk=imported.imported_by.pk).exists()


# --- lists ------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(cluster, manager, imported, no_broker, data_folder, tmp_path):
    """Three snapshots: two of one cluster, the second with another version, and one of another cluster."""
    from apps.inventory.services import cluster_create

    other = cluster_create(actor=manager, name="other")
    (tmp_path / "new.yaml").write_bytes(SMALL_DUMP.replace(b"v1.13.10-r0", b"v1.15.11-r1"))
    for target in (cluster, other):
        operation = import_start_from_paths(cluster=target, actor=manager, paths=[tmp_path / "new.yaml"])
        assert run_operation(str(operation.uid))
    return cluster, other


def test_snapshots_of_all_clusters_are_listed_filtered_ordered_and_paged(api, several, imported):
    cluster, other = several

    def listed(**query):
        answer = api.get("/api/v1/snapshots/", query)
        assert answer.status_code == 200, answer.content
        return [(s["cluster"], s["number"]) for s in answer.json()["results"]]

    one, two = str(cluster.uid), str(other.uid)
    assert listed() == [(two, 1), (one, 2), (one, 1)]
    assert listed(cluster=one) == [(one, 2), (one, 1)]
    assert listed(version="v1.13.10-r0") == [(one, 1)]
    assert listed(version_contains="1.15") == [(two, 1), (one, 2)]
    assert listed(digest=imported.digest) == [(one, 1)]
    assert listed(created_before=imported.created_at.isoformat()) == []
    assert listed(created_after=imported.created_at.isoformat(), ordering="created_at")[0] == (one, 1)
    assert listed(page_size=1, page=2) == [(one, 2)]
    assert api.get("/api/v1/snapshots/", {"cluster": "nonsense"}).status_code == 400


def test_the_admin_filters_and_searches_them(admin_pages, several, imported):
    page = reverse("admin:inventory_snapshot_changelist")

    def shown(query: str) -> int:
        answer = admin_pages.get(page + query)
        assert answer.status_code == 200
        return answer.context["cl"].result_count

    assert shown("") == 3
    assert shown(f"?cluster__id__exact={several[0].pk}") == 2
    assert shown("?version=v1.13.10-r0") == 1
    assert shown(f"?imported_by__id__exact={imported.imported_by.pk}") == 3
    assert shown("?q=other") == 1
    assert shown(f"?q={imported.digest}") == 1


# --- at the same time -------------------------------------------------------------------------------------------


def at_once(*uids: str) -> list[bool]:
    """Runs the operations in threads that begin together; whether each was claimed."""
    claimed: list[bool] = []
    start = threading.Barrier(len(uids))

    def work(uid: str) -> None:
        start.wait()
        try:
            claimed.append(run_operation(uid))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(uid,)) for uid in uids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return claimed


@pytest.mark.django_db(transaction=True)
def test_imports_of_one_cluster_at_once_get_numbers_one_after_the_other(
    cluster, manager, small_dump, data_folder, no_broker
):
    operations = [import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump]) for _ in range(4)]
    assert at_once(*(str(o.uid) for o in operations)) == [True] * 4
    assert [o.status for o in Operation.objects.all()] == ["succeeded"] * 4
    assert sorted(Snapshot.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_twice_at_once_gives_one_snapshot(cluster, manager, small_dump, data_folder, no_broker):
    operation = import_start_from_paths(cluster=cluster, actor=manager, paths=[small_dump])
    assert sorted(at_once(*[str(operation.uid)] * 4)) == [False, False, False, True]
    assert not run_operation(str(operation.uid)), "nor once more afterwards"
    snapshot = Snapshot.objects.get()
    assert (snapshot.number, snapshot.operation) == (1, operation)
    assert snapshot.node_rows.count() == 1

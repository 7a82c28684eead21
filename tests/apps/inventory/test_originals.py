"""Originals are kept only where installation and import both say so, open only with the ring, and go for good."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import Conflict
from apps.core.keyring import KeyRing
from apps.inventory import originals, spool
from apps.inventory.models import ImportFile, Original, Snapshot
from apps.inventory.services import import_start, spool_tidy, uploads_named
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.operations.services import operation_cancel
from tests.conftest import ENGLISH, MARKED_SECRET, SMALL_DUMP

RING = {"2026": b"k" * 32, "2025": b"o" * 32}


@pytest.fixture
def keeping(settings):
    """An installation that keeps originals for three days."""
    settings.KEEP_ORIGINALS = 3
    settings.ORIGINALS_KEYS = RING


@pytest.fixture
def send(api, cluster, no_broker, data_folder):
    """An import over the API, run to its end; the answer where it was refused."""

    def post(content=SMALL_DUMP, name="all.yaml", **fields):
        address = f"/api/v1/clusters/{cluster.uid}/imports/"
        answer = api.post(address, {"files": SimpleUploadedFile(name, content), **fields}, format="multipart")
        if answer.status_code == 202:
            run_operation(answer.json()["uid"])
        return answer

    return post


@pytest.fixture
def original(keeping, send, django_capture_on_commit_callbacks):
    """The kept original of an import."""
    with django_capture_on_commit_callbacks(execute=True):
        assert send(keep_original=True).status_code == 202
    return Original.objects.get()


def allow(user, *codenames):
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    for cache in ("_perm_cache", "_user_perm_cache"):  # of what the user could do before
        user.__dict__.pop(cache, None)


def spooled(settings) -> list[str]:
    return sorted(p.name for p in settings.SPOOL_DIR.iterdir())


def address_of(original, end="") -> str:
    return f"/api/v1/snapshots/{original.snapshot.uid}/originals/{original.uid}/{end}"


# --- off, which is the default ----------------------------------------------------------------------------------


def test_nothing_is_kept_unless_the_installation_says_so(send, settings, django_capture_on_commit_callbacks):
    assert settings.KEEP_ORIGINALS == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert send().status_code == 202
    assert not Original.objects.exists()
    assert spooled(settings) == []
    assert [f.key for f in ImportFile.objects.all()] == [None]


def test_asking_for_it_is_refused_where_it_is_off(send, settings):
    answer = send(keep_original=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "originals_off")
    assert not Operation.objects.exists()
    assert spooled(settings) == []


def test_nothing_is_kept_unless_the_import_asks_for_it(keeping, send, settings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert send().status_code == 202
    assert not Original.objects.exists()
    assert spooled(settings) == []


def test_an_installation_that_stops_keeping_keeps_no_waiting_import(
    keeping, cluster, manager, no_broker, data_folder, settings, django_capture_on_commit_callbacks
):
    operation = waiting(cluster, manager)
    settings.KEEP_ORIGINALS = 0
    with django_capture_on_commit_callbacks(execute=True):
        run_operation(str(operation.uid))
    assert Snapshot.objects.exists()
    assert not Original.objects.exists()
    assert spooled(settings) == []


def waiting(cluster, manager, content=SMALL_DUMP) -> Operation:
    from apps.inventory.uploads import SpooledUpload

    upload = SpooledUpload(spool.spool_stream(SimpleUploadedFile("all.yaml", content)), "all.yaml", None)
    return import_start(cluster=cluster, actor=manager, uploads=uploads_named([upload]), keep_original=True)


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_an_import_without_a_snapshot_keeps_nothing(
    keeping, cluster, manager, no_broker, data_folder, settings, django_capture_on_commit_callbacks, end
):
    operation = waiting(cluster, manager, b"no dump at all")
    with django_capture_on_commit_callbacks(execute=True):
        if end == "failed":
            run_operation(str(operation.uid))
        else:
            operation_cancel(operation=operation, actor=manager)
    operation.refresh_from_db()
    assert operation.status == end
    assert not Original.objects.exists()
    assert spooled(settings) == []


# --- kept -------------------------------------------------------------------------------------------------------


def test_it_is_kept_for_its_time_under_a_wrapped_key(original, settings):
    assert (original.name, original.size) == ("all.yaml", len(SMALL_DUMP))
    assert timedelta(days=2.9) < original.keep_until - timezone.now() < timedelta(days=3)
    assert original.wrapped_key.startswith("2026:")
    assert [f.key for f in ImportFile.objects.all()] == [None], "the bare key is gone with the import"
    assert spooled(settings) == [original.spool]


def test_neither_the_disk_nor_the_database_alone_nor_both_open_it(original, settings, tmp_path):
    sealed = (settings.SPOOL_DIR / original.spool).read_bytes()
    dumped = tmp_path / "database.json"
    call_command("dumpdata", output=str(dumped), verbosity=0)
    key = KeyRing(RING).unwrap(original.wrapped_key, original.uid.bytes)
    for content in (sealed, dumped.read_bytes()):
        for secret in (MARKED_SECRET, key, base64.b64encode(key), *RING.values()):
            assert secret not in content


def test_the_sweeper_leaves_it_alone_until_its_time_is_over(original, settings, django_capture_on_commit_callbacks):
    import os

    os.utime(settings.SPOOL_DIR / original.spool, (0, 0))
    with django_capture_on_commit_callbacks(execute=True):
        originals.originals_expire()
        spool_tidy()
    assert spooled(settings) == [original.spool]
    Original.objects.update(keep_until=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        originals.originals_expire()
    assert spooled(settings) == []
    original.refresh_from_db()
    assert original.wrapped_key == ""
    assert original.erased_at is not None
    assert original.erased_by is None


# --- download ---------------------------------------------------------------------------------------------------


def test_it_is_listed_with_its_snapshot_and_downloaded_by_who_may(original, api, manager):
    (listed,) = api.get(f"/api/v1/snapshots/{original.snapshot.uid}/originals/").json()["results"]
    assert (listed["file"], listed["size"], listed["erased_at"]) == ("all.yaml", len(SMALL_DUMP), None)
    refused = api.get(address_of(original, "content/"))
    assert (refused.status_code, refused.json()["code"]) == (403, "original_download_forbidden")
    allow(manager, "download_original")
    answer = api.get(address_of(original, "content/"))
    assert answer.getvalue() == SMALL_DUMP
    assert answer["Content-Length"] == str(len(SMALL_DUMP))
    assert answer["Content-Disposition"] == 'attachment; filename="all.yaml"'
    assert answer["Cache-Control"] == "no-store"


def test_a_name_in_chinese_survives_the_download(keeping, send, api, manager):
    send(name="生产:订单.yaml", keep_original=True)
    allow(manager, "download_original")
    answer = api.get(address_of(Original.objects.get(), "content/"))
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E7%94%9F")


def test_an_original_of_another_snapshot_is_not_found(original, api, manager, send):
    allow(manager, "download_original", "erase_original")
    send()
    other = Snapshot.objects.exclude(pk=original.snapshot_id).get()
    address = f"/api/v1/snapshots/{other.uid}/originals/{original.uid}/"
    assert api.get(f"{address}content/").status_code == 404
    assert api.delete(address).status_code == 404


@pytest.mark.parametrize(
    ("ring", "code"), [({"2027": b"n" * 32}, "key_missing"), ({"2026": b"x" * 32}, "key_wrong"), ({}, "key_missing")]
)
def test_without_its_ring_it_stays_closed(original, api, manager, settings, ring, code):
    settings.ORIGINALS_KEYS = ring
    allow(manager, "download_original")
    answer = api.get(address_of(original, "content/"))
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_a_ring_with_a_new_key_in_front_still_opens_it(original, api, manager, settings):
    settings.ORIGINALS_KEYS = {"2027": b"n" * 32, **RING}
    allow(manager, "download_original")
    assert api.get(address_of(original, "content/")).getvalue() == SMALL_DUMP


def test_a_wrapped_key_fits_its_own_file_only(original):
    with pytest.raises(Conflict) as caught:
        KeyRing(RING).unwrap(original.wrapped_key, b"another uid")
    assert caught.value.code == "key_wrong"


# --- erased -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_key_goes_before_the_file(original, manager, settings):
    """If the process died in between, the file that is left could not be opened, and is swept away later."""
    allow(manager, "erase_original")
    with transaction.atomic():
        originals.originals_erase(Original.objects.all(), actor=manager)
        assert Original.objects.get().wrapped_key == ""
        assert spooled(settings) == [original.spool], "not before the key is gone for good"
    assert spooled(settings) == []


def test_it_is_erased_on_demand_by_who_may(original, api, manager, settings, django_capture_on_commit_callbacks):
    refused = api.delete(address_of(original))
    assert (refused.status_code, refused.json()["code"]) == (403, "original_erase_forbidden")
    assert spooled(settings) == [original.spool]
    allow(manager, "erase_original", "download_original")
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(address_of(original)).status_code == 204
    assert spooled(settings) == []
    gone = api.get(address_of(original, "content/"))
    assert (gone.status_code, gone.json()["code"]) == (410, "original_erased")
    (listed,) = api.get(f"/api/v1/snapshots/{original.snapshot.uid}/originals/").json()["results"]
    assert listed["erased_by"] == "manager"
    assert listed["erased_at"]
    assert original.wrapped_key.encode() not in database_bytes()


def database_bytes() -> bytes:
    """The rows of the table as they are stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM inventory_original")
        return repr(cursor.fetchall()).encode()


# --- admin ------------------------------------------------------------------------------------------------------


def test_the_form_offers_it_where_the_installation_allows_it(admin_pages, cluster, keeping, settings):
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])
    shown = admin_pages.get(page, **ENGLISH).content.decode()
    assert "Keep the original for 3 days" in shown
    assert "values of Secrets included" in shown
    settings.KEEP_ORIGINALS = 0
    assert "keep_original" not in admin_pages.get(page, **ENGLISH).content.decode()


def test_it_is_kept_downloaded_and_erased_in_the_admin(
    admin_pages, cluster, keeping, no_broker, data_folder, settings, django_capture_on_commit_callbacks
):
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])
    admin_pages.post(page, {"files": SimpleUploadedFile("all.yaml", SMALL_DUMP), "keep_original": "on"})
    run_operation(str(Operation.objects.get().uid))
    original = Original.objects.get()
    snapshot = reverse("admin:inventory_snapshot_change", args=[original.snapshot_id])
    download = reverse("admin:inventory_snapshot_original", args=[original.snapshot_id, original.pk])
    erase = reverse("admin:inventory_snapshot_erase_originals", args=[original.snapshot_id])
    shown = admin_pages.get(snapshot, **ENGLISH).content.decode()
    assert download in shown
    assert erase in shown
    assert admin_pages.get(download).getvalue() == SMALL_DUMP
    assert "all.yaml" in admin_pages.get(erase, **ENGLISH).content.decode()
    assert spooled(settings) == [original.spool], "looking at the page erases nothing"
    with django_capture_on_commit_callbacks(execute=True):
        assert admin_pages.post(erase).status_code == 302
    assert spooled(settings) == []
    shown = admin_pages.get(snapshot, **ENGLISH).content.decode()
    assert download not in shown
    assert erase not in shown
    assert "all.yaml" in shown, "that there was one stays known"


def test_in_the_admin_too_only_who_may(client, original, manager, settings):
    allow(manager, "view_snapshot", "view_original")
    client.force_login(manager)
    download = reverse("admin:inventory_snapshot_original", args=[original.snapshot_id, original.pk])
    erase = reverse("admin:inventory_snapshot_erase_originals", args=[original.snapshot_id])
    assert client.get(download).status_code == 302, "back to the page, with the reason"
    assert client.get(erase).status_code == 403
    assert client.post(erase).status_code == 403
    assert spooled(settings) == [original.spool]

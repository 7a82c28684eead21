"""Files that answers rest on: what is refused, how they are kept, and how they come back."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import ProtectedError
from django.urls import reverse

from apps.checklists import evidence
from apps.checklists.models import Attestation, EvidenceFile
from apps.checklists.services import attestation_create, today

ASKS = "node-address-written-elsewhere"
SCRIPT = b"<script>alert(1)</script>"


@pytest.fixture
def attestation(cluster, manager, data_folder, settings) -> Attestation:
    settings.EVIDENCE_DIR = data_folder / "evidence"
    return attestation_create(actor=manager, cluster=cluster, check=ASKS, answer="pass", evidence="see the file")


@pytest.fixture
def address(attestation) -> str:
    return f"/api/v1/clusters/{attestation.cluster.uid}/attestations/{attestation.uid}/files/"


def kept(settings) -> list[Path]:
    folder = Path(settings.EVIDENCE_DIR)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def sent(api, address, *files):
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return api.post(address, {"files": uploads}, format="multipart")


def test_files_are_kept_under_names_that_say_nothing_and_come_back_as_attachments(api, address, settings):
    made = sent(api, address, ("page.html", SCRIPT), ("截图.png", b"\x89PNG"))
    assert made.status_code == 201, made.content
    first, second = made.json()
    assert (first["name"], first["size"], second["name"]) == ("page.html", len(SCRIPT), "截图.png")
    assert api.get(address).json()["results"] == [first, second]
    for path in kept(settings):
        assert len(path.name) == 32
        assert int(path.name, 16)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    back = api.get(f"{address}{first['uid']}/")
    assert b"".join(back.streaming_content) == SCRIPT
    assert back["Content-Type"] == "application/octet-stream"
    assert back["Content-Disposition"].startswith("attachment")
    assert back["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        (".htaccess", "htaccess"),
        ('a"b;c$(x).txt', "a_b_c_(x).txt"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie_ x"),
        ("ab\u202egnp.exe", "abgnp.exe"),
        ("..", "file"),
        ("", "file"),
        ("n" * 300 + ".pdf", "n" * 116 + ".pdf"),
    ],
)
def test_names_lose_what_could_do_harm(given, name):
    assert evidence.safe_name(given) == name


def test_too_large_and_empty_files_leave_nothing_behind(api, address, settings):
    settings.EVIDENCE_BYTES_MOST = 2**20
    refused = sent(api, address, ("good.txt", b"x"), ("large.txt", b"x" * (2**20 + 1)))
    assert (refused.status_code, refused.json()["code"]) == (413, "evidence_too_large")
    assert "large.txt" in refused.json()["detail"]
    assert "1 MiB" in refused.json()["detail"]
    empty = sent(api, address, ("good.txt", b"x"), ("none.txt", b""))
    assert (empty.status_code, empty.json()["code"]) == (422, "evidence_empty")
    assert api.post(address, {}, format="multipart").status_code == 400
    assert kept(settings) == []
    assert not EvidenceFile.objects.exists()
    assert sent(api, address, ("just.txt", b"x" * 2**20)).status_code == 201


def test_an_answer_has_no_more_files_than_allowed(api, address, monkeypatch, settings):
    monkeypatch.setattr(evidence, "FILES_MOST", 2)
    assert sent(api, address, ("a", b"x"), ("b", b"x")).status_code == 201
    refused = sent(api, address, ("c", b"x"))
    assert (refused.status_code, refused.json()["code"]) == (409, "evidence_too_many")
    assert len(kept(settings)) == 2


def test_a_failure_on_the_way_removes_what_was_written(api, address, monkeypatch, settings):
    monkeypatch.setattr(EvidenceFile.objects, "create", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sent(api, address, ("a", b"x"))
    assert kept(settings) == []


def test_only_old_files_that_no_answer_has_are_tidied_away(api, address, settings, capsys):
    sent(api, address, ("a.txt", b"kept"))
    folder = kept(settings)[0].parent
    orphan, young, foreign = (folder / name for name in ("a" * 32, "b" * 32, "notes.txt"))
    for path in (orphan, young, foreign):
        path.write_bytes(b"12345")
    for path in folder.iterdir():
        if path != young:
            os.utime(path, (0, 0))
    call_command("tidy_evidence", "--dry-run")
    assert orphan.exists()
    call_command("tidy_evidence")
    assert capsys.readouterr().out == "to remove: 1 files, 5 bytes\nremoved: 1 files, 5 bytes\n"
    assert not orphan.exists()
    assert len(list(folder.iterdir())) == 3


def test_content_that_was_changed_on_the_disk_is_not_handed_out(api, address, settings):
    uid = sent(api, address, ("a.txt", b"true")).json()[0]["uid"]
    kept(settings)[0].write_bytes(b"lies")
    answer = api.get(f"{address}{uid}/")
    assert (answer.status_code, answer.json()["code"]) == (422, "evidence_lost")


def test_only_the_right_address_leads_to_a_file(api, anonymous_api, address, cluster, manager):
    uid = sent(api, address, ("a.txt", b"x")).json()[0]["uid"]
    other = attestation_create(actor=manager, cluster=cluster, check=ASKS, answer="pass", evidence="x")
    elsewhere = f"/api/v1/clusters/{cluster.uid}/attestations/{other.uid}/files/"
    assert api.get(f"{elsewhere}{uid}/").status_code == 404
    assert api.get(f"{address}{uuid4()}/").status_code == 404
    assert anonymous_api.get(f"{address}{uid}/").status_code == 401
    assert api.delete(f"{address}{uid}/").status_code == 405


def test_nothing_that_is_deleted_takes_evidence_along(api, address, attestation, settings):
    sent(api, address, ("a.txt", b"x"))
    with pytest.raises(ProtectedError):
        attestation.cluster.delete()
    assert api.delete(f"/api/v1/clusters/{attestation.cluster.uid}/").status_code == 409
    assert len(kept(settings)) == EvidenceFile.objects.count() == 1


def test_files_come_with_an_answer_in_the_admin(admin_client, cluster, attestation, settings):
    add = reverse("admin:checklists_attestation_add")
    page = admin_client.get(add, headers={"accept-language": "en"}).content.decode()
    assert "manifests of Secrets" in page
    given = {"cluster": cluster.pk, "check_code": attestation.check_code, "answer": "pass", "evidence": "x"}
    given["answered_on"] = today().isoformat()
    late = {**given, "evidence_files": [SimpleUploadedFile("none.txt", b"")]}
    assert admin_client.post(add, late).status_code == 200
    assert Attestation.objects.count() == 1
    done = admin_client.post(add, {**given, "evidence_files": [SimpleUploadedFile("page.html", SCRIPT)]})
    assert done.status_code == 302
    row = EvidenceFile.objects.get()
    assert row.attestation != attestation
    link = reverse("admin:checklists_attestation_file", args=(row.attestation_id, row.pk))
    shown = admin_client.get(reverse("admin:checklists_attestation_change", args=(row.attestation_id,)))
    assert link in shown.content.decode()
    back = admin_client.get(link)
    assert b"".join(back.streaming_content) == SCRIPT
    assert (back["X-Content-Type-Options"], back["Content-Type"]) == ("nosniff", "application/octet-stream")
    more = reverse("admin:checklists_attestation_add_files", args=(attestation.pk,))
    assert (
        more
        in admin_client.get(reverse("admin:checklists_attestation_change", args=(attestation.pk,))).content.decode()
    )
    admin_client.post(more, {"files": [SimpleUploadedFile("b.txt", b"x")]})
    assert attestation.files.get().name == "b.txt"

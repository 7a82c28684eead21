"""Receiving uploads: limits, odd names, damaged forms, full disks; what is refused says why and leaves nothing."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.core.bodies import ChunkedBodies
from apps.inventory.models import ImportFile
from apps.operations.models import Operation
from tests.conftest import CHINESE, ENGLISH, ROOT, SMALL_DUMP

BOUNDARY = "boundary-5d1f"
LONG = "很长的名字" * 50  # 250 characters, 750 bytes

SPOOL_UNDER_A_LIMIT = """
import io, resource, sys
from pathlib import Path
from django.conf import settings
settings.configure(SPOOL_DIR=Path(sys.argv[1]))
from apps.core.errors import NoSpace
from apps.inventory.spool import spool_stream
resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))
try:
    spool_stream(io.BytesIO(bytes(8 << 20)))
except NoSpace as error:
    print(error.code, error.status, list(settings.SPOOL_DIR.iterdir()))
"""


def form(*parts: tuple[str, bytes], end: str = f"--{BOUNDARY}--\r\n") -> bytes:
    """A form by hand: ``(name of the file as it is sent, content)``."""
    pieces = []
    for name, content in parts:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        pieces += [head.encode(), content, b"\r\n"]
    return b"".join([*pieces, end.encode()])


@pytest.fixture
def send(api, cluster, no_broker, data_folder):
    """Sends a form to the import of the cluster over the API."""

    def post(body: bytes, **headers):
        address = f"/api/v1/clusters/{cluster.uid}/imports/"
        return api.generic("POST", address, body, f"multipart/form-data; boundary={BOUNDARY}", **headers)

    return post


@pytest.fixture
def nothing_left(settings):
    """At the end of the test the spool is empty and no import has been started."""
    yield
    assert not settings.SPOOL_DIR.exists() or list(settings.SPOOL_DIR.iterdir()) == []
    assert not Operation.objects.exists()
    assert not ImportFile.objects.exists()


# --- limits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "code", "values"),
    [
        ({"IMPORT_BYTES_MOST": 3 << 20}, "upload_too_large", {"limit": 3}),
        ({"IMPORT_FILE_BYTES_MOST": 1 << 20}, "upload_file_too_large", {"file": "second.yaml", "limit": 1}),
        ({"IMPORT_FILES_MOST": 2}, "upload_too_many_files", {"limit": 2}),
    ],
)
def test_too_much_of_anything_is_413(send, settings, nothing_left, limit, code, values):
    for name, value in limit.items():
        setattr(settings, name, value)
    answer = send(
        form(("first.yaml", b"x" * 1000), ("second.yaml", b"x" * (2 << 20)), ("third.yaml", b"x" * (2 << 20)))
    )
    assert (answer.status_code, answer.json()["code"]) == (413, code)
    assert answer.json()["values"] == values
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_long_is_refused_before_it_is_read(send, settings, nothing_left):
    settings.IMPORT_BYTES_MOST = 1 << 20

    class Unread(io.BytesIO):
        def read(self, *args):
            raise AssertionError("the body was touched")

    answer = send(b"", **{"CONTENT_LENGTH": str(1 << 30), "wsgi.input": Unread()})
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


def test_a_body_that_does_not_fit_the_disk_is_refused_before_it_is_read(api, send, settings, nothing_left):
    settings.IMPORT_BYTES_MOST = 1 << 60
    api.raise_request_exception = False  # what ends with 5xx is also reported as an error of the server
    answer = send(b"", CONTENT_LENGTH=str(1 << 59))
    assert (answer.status_code, answer.json()["code"]) == (507, "upload_no_space")


@pytest.mark.parametrize(
    ("language", "words"), [(CHINESE, "上传的文件合计超过 1 MiB"), (ENGLISH, "exceed 1 MiB together")]
)
def test_the_admin_tells_on_a_page_what_is_too_large(
    admin_pages, cluster, data_folder, settings, nothing_left, language, words
):
    settings.IMPORT_BYTES_MOST = 1 << 20
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])

    def files():
        return {"files": SimpleUploadedFile("big.yaml", b"x" * (2 << 20))}

    answer = admin_pages.post(page, files(), **language)
    assert answer.status_code == 413
    assert words in answer.content.decode()
    assert f'href="{page}"' in answer.content.decode()
    told = admin_pages.post(page, files(), HTTP_ACCEPT="application/json", **language)
    assert (told.status_code, told.json()["code"]) == (413, "upload_too_large")
    assert words in told.json()["detail"]


def test_the_script_of_the_page_knows_the_limits(admin_pages, cluster, settings):
    settings.IMPORT_BYTES_MOST, settings.IMPORT_FILE_BYTES_MOST, settings.IMPORT_FILES_MOST = 7 << 20, 5 << 20, 9
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])
    shown = admin_pages.get(page, **ENGLISH).content.decode()
    for words in (f'data-total="{7 << 20}"', f'data-file="{5 << 20}"', 'data-files="9"', "{file}", "7 MiB", "5 MiB"):
        assert words in shown


def test_the_script_is_led_to_the_operation_or_told_what_is_wrong(admin_pages, cluster, no_broker, data_folder):
    page = reverse("admin:inventory_cluster_import_dump", args=[cluster.pk])
    json_wanted = {"HTTP_ACCEPT": "application/json", **ENGLISH}
    sent = admin_pages.post(page, {"files": SimpleUploadedFile("all.yaml", SMALL_DUMP)}, **json_wanted)
    operation = Operation.objects.get()
    assert (sent.status_code, sent.json()) == (
        202,
        {"location": reverse("admin:operations_operation_change", args=[operation.pk])},
    )
    twice = [SimpleUploadedFile("a.yaml", b"x"), SimpleUploadedFile("a.yaml", b"x")]
    told = admin_pages.post(page, {"files": twice}, **json_wanted)
    assert told.status_code == 400
    assert "a.yaml" in told.json()["detail"]


def test_nobody_can_fill_the_disk_without_logging_in(client, db, data_folder, settings):
    for page in ("/admin/login/", "/i18n/setlang/"):
        answer = client.post(page, {"files": SimpleUploadedFile("a.yaml", b"x" * (2 << 20))})
        assert answer.status_code == 403, page
    assert not settings.SPOOL_DIR.exists() or list(settings.SPOOL_DIR.iterdir()) == []


def test_json_is_small(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
    answer = api.post("/api/v1/clusters/", {"name": "x", "note": "n" * (2 << 20)})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


# --- broken off, full -------------------------------------------------------------------------------------------


def test_half_an_upload_is_no_upload(send, nothing_left):
    """The first file has come in completely, the connection breaks in the second."""
    body = form(("first.yaml", SMALL_DUMP), ("second.yaml", b"x" * 300_000))
    for length in (len(body) - 100_000, len(body) - len(BOUNDARY) - 4):
        answer = send(body[:length])
        assert (answer.status_code, answer.json()["code"]) == (400, "upload_cut_off"), length


def test_a_connection_that_breaks_leaves_nothing(send, nothing_left):
    body = form(("first.yaml", SMALL_DUMP), ("second.yaml", b"x" * 3_000_000))

    class Breaking(io.BytesIO):
        def read(self, *args):
            if self.tell() > 2_000_000:
                raise ConnectionResetError
            return super().read(*args)

    answer = send(b"", **{"CONTENT_LENGTH": str(len(body)), "wsgi.input": Breaking(body)})
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_cut_off")


def test_a_damaged_form_is_told(send, nothing_left):
    answer = send(form(("a.yaml", b"x")).replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1))
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_form_damaged")


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    """A process of its own that may write files of 3 MiB at most: the kernel refuses the rest, as a full disk does."""
    command = [sys.executable, "-c", SPOOL_UNDER_A_LIMIT, str(tmp_path / "spool")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "upload_no_space 507 []", done.stderr


# --- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("pods:all.yaml", "pods:all.yaml"),
        ("生产集群　订单.yaml", "生产集群　订单.yaml"),
        ("a b.yaml", "a b.yaml"),
        ("C:\\dump\\all.yaml", "all.yaml"),
        ("/etc/all.yaml", "all.yaml"),
        ("../../all.yaml", "all.yaml"),
        (LONG, LONG),
    ],
)
def test_names_are_kept_as_they_are_without_their_folder(send, sent, kept):
    assert send(form((sent, SMALL_DUMP))).status_code == 202
    assert ImportFile.objects.get().name == kept


@pytest.mark.parametrize("name", ["..", ".", "a/..", "dump/", "a\tb.yaml", "a\u202eb.yaml", "a\x7fb.yaml"])
def test_names_that_cannot_be_used_are_refused_not_dropped(send, nothing_left, name):
    answer = send(form(("all.yaml", SMALL_DUMP), (name, b"x")))
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_path_refused")
    assert answer.json()["values"]["path"].isprintable()


def test_equal_names_are_refused(send, nothing_left):
    answer = send(form(("a/all.yaml", b"x"), ("b/all.yaml", b"x")))
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_names_equal")


def test_a_name_too_long_for_a_header_is_told(send, nothing_left):
    answer = send(form(("x" * 5000, b"x")))
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_form_damaged")


def test_as_many_paths_as_files_are_allowed(api, cluster, no_broker, data_folder):
    """The framework's own limit of fields is lower than ours of files."""
    files = [SimpleUploadedFile(f"{n}.yaml", b"x") for n in range(1010)]
    paths = [f"d/{n}.yaml" for n in range(1010)]
    address = f"/api/v1/clusters/{cluster.uid}/imports/"
    assert api.post(address, {"files": files, "paths": paths}, format="multipart").status_code == 202
    assert ImportFile.objects.count() == 1010


# --- bodies in chunks -------------------------------------------------------------------------------------------


class Slow(io.BytesIO):
    """Gives out a few bytes at a time, as a socket may."""

    def read(self, size=-1):
        return super().read(min(size, 1000) if size >= 0 else 1000)


@pytest.mark.parametrize(
    ("kind", "sent", "length", "left"),
    [
        ("multipart/form-data; boundary=x", 5_000, "70000", 5_000),
        ("application/json", 5_000, "5000", 5_000),
        ("application/json", 50_000, "8001", 8_001),
        ("", 10, "10", 10),
    ],
)
def test_a_body_in_chunks_gets_a_length(kind, sent, length, left):
    seen = {}
    app = ChunkedBodies(lambda environ, start: seen.update(environ) or [], form_most=70_000, other_most=8_000)
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Slow(b"x" * sent), "wsgi.input_terminated": True}
    app({**environ, "CONTENT_TYPE": kind}, lambda *a: None)
    assert seen["CONTENT_LENGTH"] == length
    content = b"".join(iter(lambda: seen["wsgi.input"].read(4096), b""))
    assert len(content) == left


def test_a_stream_that_does_not_end_by_itself_is_left_alone():
    seen = {}
    app = ChunkedBodies(lambda environ, start: seen.update(environ) or [], form_most=7, other_most=8)
    app({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": None}, lambda *a: None)
    assert "CONTENT_LENGTH" not in seen

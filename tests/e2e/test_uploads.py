"""Large, broken and refused uploads on a real connection: memory stays small, the disk holds nothing readable."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.process import HttpClient, Running, wait_for, web_process
from tests.e2e.test_production import login

MIB = 1 << 20
LARGE = 300 * MIB
MEMORY_MOST = 40 * MIB  # more than before the upload; a piece of the spool has 1 MiB
MARK = b"marker-of-the-upload-c41b "
BOUNDARY = "boundary-7be2"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="all.yaml"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
BLOCK = (MARK * (MIB // len(MARK) + 1))[:MIB]


@dataclass
class Service:
    client: HttpClient
    process: Running
    data: Path
    cluster: str

    def connect(self, length: int | None, *, expect: bool = False) -> socket.socket:
        """A connection on which the head of an upload has been sent; without a length the body comes in chunks."""
        where = urlsplit(self.client.address)
        link = socket.create_connection((where.hostname, where.port), timeout=60)
        lines = [
            f"POST /api/v1/clusters/{self.cluster}/imports/ HTTP/1.1",
            f"Host: {where.netloc}",
            f"Authorization: {self.client.headers['Authorization']}",
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
            "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}",
            "Connection: close",
            *(["Expect: 100-continue"] if expect else []),
        ]
        link.sendall("\r\n".join([*lines, "", ""]).encode())
        return link

    def left(self) -> list[str]:
        spool = self.data / "spool"
        return [p.name for p in spool.iterdir()] if spool.exists() else []

    def open_files(self) -> Iterator[bytes]:
        """The content of the regular files that the server holds open, those without a name among them."""
        for process in _family(self.process.process.pid):
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                target = os.readlink(descriptor)
                if target.startswith("/") and not target.startswith(("/dev", "/proc", "/usr", "/lib")):
                    yield descriptor.read_bytes() if descriptor.is_file() else b""

    def memory(self) -> int:
        """The largest peak of memory among the processes of the server, in bytes."""
        peaks = []
        for process in _family(self.process.process.pid):
            status = Path(f"/proc/{process}/status").read_text()
            peaks += [int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")]
        return max(peaks)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(p for child in children for p in _family(int(child)))]


@pytest.fixture
def service(environment: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    """A web server of its own with its own data folder; parameters are environment variables, ``BEFORE`` a command."""
    given = dict(getattr(request, "param", {}))
    before = given.pop("BEFORE", ())
    data = tmp_path / "data"
    with web_process({**environment, "DATA_DIR": str(data), **given}, tmp_path / "web.log", *before) as (
        address,
        process,
    ):
        client = HttpClient(address)
        login(client)
        cluster = client.post("/api/v1/clusters/", {"name": f"uploads {tmp_path.name}"}).json()["uid"]
        yield Service(client, process, data, cluster)


def answer_of(link: socket.socket) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer; interim answers are passed over."""
    received = b""
    while part := link.recv(65536):
        received += part
    link.close()
    while received.startswith(b"HTTP/1.1 100"):
        received = received.partition(b"\r\n\r\n")[2]
    head, _, body = received.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = body.partition(b"\r\n")[2].rpartition(b"\r\n0\r\n")[0]
    return int(head.split()[1]), json.loads(body)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
def test_a_large_upload_takes_little_memory_and_leaves_nothing_readable(service: Service, chunked: bool) -> None:
    before = service.memory()
    link = service.connect(None if chunked else len(HEAD) + LARGE + len(TAIL))
    form = chunk if chunked else bytes
    link.sendall(form(HEAD))
    for number in range(LARGE // MIB):
        link.sendall(form(BLOCK))
        if number == LARGE // MIB // 2:
            wait_for(service.left, 30)
            for path in service.data.rglob("*"):
                assert not path.is_file() or MARK not in path.read_bytes(), path
            held = list(service.open_files())
            assert held, "the spooled file itself is open"
            assert all(MARK not in content for content in held)
    link.sendall(form(TAIL) + (b"0\r\n\r\n" if chunked else b""))
    status, operation = answer_of(link)
    assert status == 202, operation
    assert service.memory() - before < MEMORY_MOST
    (file,) = service.client.get(f"/api/v1/operations/{operation['uid']}/files/").json()["results"]
    assert (file["file"], file["size"], file["status"]) == ("all.yaml", LARGE, "waiting")
    (name,) = service.left()
    assert (service.data / "spool" / name).stat().st_size >= LARGE


LIMITED = {"IMPORT_BYTES_MOST": str(5 * MIB)}


@pytest.mark.parametrize("service", [LIMITED], indirect=True)
def test_too_long_a_body_is_refused_before_it_is_sent(service: Service) -> None:
    link = service.connect(1 << 40, expect=True)
    status, problem = answer_of(link)
    assert (status, problem["code"], problem["values"]) == (413, "upload_too_large", {"limit": 5})
    assert service.left() == []


@pytest.mark.parametrize("service", [LIMITED], indirect=True)
def test_too_long_a_body_in_chunks_is_refused_while_it_comes_in(service: Service) -> None:
    link = service.connect(None)
    link.sendall(chunk(HEAD))
    with suppress(ConnectionError):  # it answers without waiting for the rest
        for _ in range(50):
            link.sendall(chunk(BLOCK))
    status, problem = answer_of(link)
    assert (status, problem["code"]) == (413, "upload_too_large")
    assert service.left() == []


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
def test_an_upload_that_breaks_off_leaves_nothing(service: Service, chunked: bool) -> None:
    link = service.connect(None if chunked else len(HEAD) + LARGE + len(TAIL))
    form = chunk if chunked else bytes
    link.sendall(form(HEAD))
    for _ in range(5):
        link.sendall(form(BLOCK))
    wait_for(service.left, 30)
    link.close()
    wait_for(lambda: service.left() == [], 30)
    operations = service.client.get(f"/api/v1/operations/?target=cluster:{service.cluster}").json()
    assert operations["count"] == 0


@pytest.mark.parametrize("service", [{"BEFORE": ("sh", "-c", 'ulimit -f 8192; exec "$@"', "sh")}], indirect=True)
def test_a_full_disk_is_told_and_leaves_nothing(service: Service) -> None:
    """The server may write files of a few MiB at most: the kernel refuses the rest, as a full disk does."""
    link = service.connect(len(HEAD) + 20 * MIB + len(TAIL))
    with suppress(ConnectionError):
        link.sendall(HEAD + BLOCK * 20 + TAIL)
    status, problem = answer_of(link)
    assert (status, problem["code"]) == (507, "upload_no_space")
    assert service.left() == []

"""``manage.py run``, the whole of ``make run`` after the set-up: from nothing to served pages, and cleanly away."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.process import ROOT, HttpClient, Running, reachable, running, wait_for
from tests.services.private import free_port

PASSWORD_LINE = re.compile(r"name (\S+), password (\S+) \(shown only this once")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "SECRET_KEY")
    }
    return {**inherited, "DATA_DIR": str(tmp_path / "var"), "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


@contextmanager
def started(environment: dict[str, str], port: int, log: Path) -> Iterator[Running]:
    with running(environment, log, sys.executable, "manage.py", "run", "--port", str(port)) as process:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: reachable(address) or process.process.poll() is not None, 180, process.output)
        assert process.process.poll() is None, process.output()
        yield process


def interrupt(process: Running) -> int:
    """Ctrl-C, as the terminal sends it to the command."""
    os.kill(process.process.pid, signal.SIGINT)
    return process.process.wait(40)


def left_behind(environment: dict[str, str]) -> list[str]:
    """Command lines of processes that still live with this test's data folder in their environment."""
    mark = f"DATA_DIR={environment['DATA_DIR']}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return found


def test_first_and_second_run(environment: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with started(environment, port, tmp_path / "first.log") as process:
        wait_for(lambda: f"{address}/admin/" in process.output(), 30, process.output)
        first = process.output()
        name, password = PASSWORD_LINE.search(first).groups()  # type: ignore[union-attr]
        token = HttpClient(address).post("/api/v1/auth/token/", {"username": name, "password": password})
        assert token.status_code == 200, token.content
        page = HttpClient(address).get("/admin/login/")
        assert "CCE Migrator" in page.content.decode()
        assert interrupt(process) == 0, process.output()
    assert left_behind(environment) == []
    assert "Traceback" not in process.output()
    files = sorted((tmp_path / "var" / "runbooks").rglob("*.*"))
    assert {f.suffix for f in files} >= {".md", ".json"}
    for file in files:
        assert str(file) in first or file.name in first
    assert re.search(r"Readiness +\w+", first)
    assert re.search(r"Inventory +[6-9]\d* nodes, [2-9]\d+ workloads", first)
    before = {f: f.read_bytes() for f in files}

    with started(environment, port, tmp_path / "second.log") as process:
        wait_for(lambda: f"{address}/admin/" in process.output(), 30, process.output)
        second = process.output()
        assert not PASSWORD_LINE.search(second)
        assert "its data is kept" in second
        client = HttpClient(address)
        token = client.post("/api/v1/auth/token/", {"username": name, "password": password})
        client.headers["Authorization"] = f"Bearer {token.json()['token']}"
        clusters = client.get("/api/v1/clusters/").json()
        assert clusters["count"] == 1
        assert interrupt(process) == 0, process.output()
    assert {f: f.read_bytes() for f in files} == before
    assert left_behind(environment) == []


def test_children_do_not_outlive_a_killed_supervisor(environment: dict[str, str], tmp_path: Path) -> None:
    with started(environment, free_port(), tmp_path / "log") as process:
        os.kill(process.process.pid, signal.SIGKILL)
        process.process.wait()
        wait_for(lambda: not left_behind(environment), 30, lambda: str(left_behind(environment)))


@pytest.mark.parametrize(("language", "words"), [("zh_CN.UTF-8", "已被占用"), ("C.UTF-8", "is already in use")])
def test_taken_port_gives_one_clear_line(environment: dict[str, str], language: str, words: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "run", "--port", str(port)],
            cwd=ROOT,
            env={**environment, "LC_ALL": language},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert words in done.stderr
    assert str(port) in done.stderr

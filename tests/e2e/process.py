"""Starts the product's own processes for a test: migrate, web server, worker, each a real process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.services.private import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """Run ``manage.py`` and return what it prints; a failure fails the test with its output."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"manage.py {arguments}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def production(database: str, broker: str, data: Path) -> dict[str, str]:
    """The environment of the production profile; leases are short, so that a killed worker is noticed soon,
    and yet longer than a busy machine keeps a worker from renewing them."""
    return {
        **os.environ,
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": broker,
        "CACHE_URL": broker.rsplit("/", 1)[0] + "/1",
        "DATA_DIR": str(data),
        "SECRET_KEY": "for-tests-only-" + "x" * 50,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "OPERATION_LEASE_SECONDS": "10",
        "OPERATION_SWEEP_SECONDS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def create_user(environment: Mapping[str, str], name: str = "admin") -> None:
    manage(
        {**environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        "createsuperuser",
        "--noinput",
        "--username",
        name,
        "--email",
        "a@example.com",
    )


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    log: Path

    def kill_hard(self) -> None:
        """``kill -9`` of the process and of all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")


@contextmanager
def running(environment: Mapping[str, str], log: Path, *command: str) -> Iterator[Running]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        yield Running(process, log)
    finally:
        # Only the process that was started is asked to end: its children finish what they are at, as in a deployment.
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def worker(environment: Mapping[str, str], log: Path) -> Iterator[Running]:
    command = (sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "prefork", "--concurrency", "1")
    with running(environment, log, *command, "--without-gossip", "--without-mingle", "--loglevel", "INFO") as process:
        yield process


@contextmanager
def web(environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """The web server on a free port; yields its address without a slash at the end."""
    with web_process(environment, log) as (address, _):
        yield address


@contextmanager
def web_process(environment: Mapping[str, str], log: Path, *before: str) -> Iterator[tuple[str, Running]]:
    """Like ``web``, and its process; ``before`` are the words of a command that runs the server."""
    port = free_port()
    command = (sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    options = ("--workers", "1", "--blocking-threads", "4", "config.wsgi:application")
    with running(environment, log, *before, *command, *options) as process:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: reachable(address), 60, process.output)
        yield address, process


def reachable(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def wait_for(condition: Any, seconds: float, explain: Any = lambda: "") -> Any:
    """Poll until ``condition()`` is true and return its value; fails with ``explain()`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not reached within {seconds} s\n{explain()}")


@dataclass
class Answer:
    """An HTTP answer in the shape that Django's test client has, as far as the tests use it."""

    status_code: int
    content: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.content)

    def __getitem__(self, header: str) -> str:
        return self.headers[header.lower()]


@dataclass
class HttpClient:
    """A plain HTTP client with the ``get``/``post`` of the route tests."""

    address: str
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None, {})

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        return self._send("POST", path, json.dumps(body or {}).encode(), {"Content-Type": "application/json"})

    def post_files(self, path: str, files: list[tuple[str, bytes]], name: str = "files") -> Answer:
        """Upload as multipart/form-data; each file is ``(relative path, content)``, the paths go along in ``paths``."""
        boundary = uuid.uuid4().hex
        parts: list[bytes] = []
        for file_name, content in files:
            place = f'--{boundary}\r\nContent-Disposition: form-data; name="paths"\r\n\r\n{file_name}\r\n'
            parts.append(place.encode())
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
            parts += [head.encode(), content, b"\r\n"]
        parts.append(f"--{boundary}--\r\n".encode())
        return self._send("POST", path, b"".join(parts), {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        address = path if path.startswith("http") else self.address + path
        request = urllib.request.Request(address, data=body, method=method, headers={**self.headers, **headers})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return Answer(answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()})
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), {k.lower(): v for k, v in error.headers.items()})

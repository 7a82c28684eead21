"""The whole route over the REST API, from logging in to the downloaded runbook, for any client and any worker.

``walk`` takes a client (Django's test client or a real HTTP connection) and ``finish``, which sees to it that an
operation ends: by running it in this process, or by waiting for a worker.
"""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

API = "/api/v1"
LANGS = ("zh", "en")
FORMATS = ("md", "json")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Client(Protocol):
    def get(self, path: str, **query: str) -> Answer: ...
    def post(self, path: str, body: Any = None, files: Mapping[str, bytes] | None = None) -> Answer: ...
    def login(self, token: str) -> None: ...


Finish = Callable[[Client, dict[str, Any]], dict[str, Any]]
"""Takes an operation as the API showed it, returns it as it stands when it has ended."""


class InProcess:
    """Django's test client; nothing listens on a port."""

    def __init__(self, language: str = "en") -> None:
        from django.test import Client as DjangoClient

        self._client = DjangoClient(headers={"accept-language": language})
        self._headers: dict[str, str] = {}

    def login(self, token: str) -> None:
        self._headers = {"authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str) -> Answer:
        return _answer(self._client.get(path, query, headers=self._headers))

    def post(self, path: str, body: Any = None, files: Mapping[str, bytes] | None = None) -> Answer:
        content, media_type = _encoded(body, files)
        return _answer(self._client.post(path, content, content_type=media_type, headers=self._headers))

    def patch(self, path: str, body: Any) -> Answer:
        content, media_type = _encoded(body, None)
        return _answer(self._client.patch(path, content, content_type=media_type, headers=self._headers))

    def delete(self, path: str) -> Answer:
        return _answer(self._client.delete(path, headers=self._headers))


class OverHttp:
    """A real connection to ``base``, such as ``http://127.0.0.1:8000``."""

    def __init__(self, base: str, language: str = "en", timeout: float = 60) -> None:
        self._base = base.rstrip("/")
        self._headers = {"Accept-Language": language}
        self._timeout = timeout

    def login(self, token: str) -> None:
        self._headers = {**self._headers, "Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str) -> Answer:
        return self._send(urllib.request.Request(self._address(path, query), headers=self._headers))

    def post(self, path: str, body: Any = None, files: Mapping[str, bytes] | None = None) -> Answer:
        content, media_type = _encoded(body, files)
        headers = {**self._headers, "Content-Type": media_type}
        return self._send(urllib.request.Request(self._address(path, {}), content, headers, method="POST"))

    def _address(self, path: str, query: Mapping[str, str]) -> str:
        return self._base + path + ("?" + urllib.parse.urlencode(query) if query else "")

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


def run_here(client: Client, operation: dict[str, Any]) -> dict[str, Any]:
    """``Finish``: the worker's task, called in this process."""
    from apps.operations.tasks import run

    run(operation["uid"])
    return shown(client, f"{API}/operations/{operation['uid']}/")


def wait_for_worker(client: Client, operation: dict[str, Any], seconds: float = 120) -> dict[str, Any]:
    """``Finish``: ask until a worker elsewhere has ended it."""
    deadline = time.monotonic() + seconds
    while operation["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, f"not ended after {seconds} s: {operation}"
        time.sleep(0.2)
        operation = shown(client, f"{API}/operations/{operation['uid']}/")
    return operation


@dataclass
class Walked:
    """What the route led to, as the API showed it."""

    cluster: dict[str, Any] = field(default_factory=dict)
    snapshot: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    path: dict[str, Any] = field(default_factory=dict)
    assessment: dict[str, Any] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)  # of the assessment, by language
    runbook: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)  # of the runbook, by the command line's names


def walk(
    client: Client,
    finish: Finish,
    *,
    username: str,
    password: str,
    dump: Mapping[str, bytes],
    target: str,
    name: str = "old-cluster",
) -> Walked:
    """Log in, register a cluster, import ``dump`` (content by relative path), plan, assess, compile, download."""
    done = Walked()
    log_in(client, username, password)
    done.cluster = created(client, f"{API}/clusters/", {"name": name})
    done.snapshot = import_dump(client, finish, done.cluster["uid"], dump)
    done.plan = created(client, f"{API}/plans/", {"cluster": done.cluster["uid"], "target": target})
    plan = f"{API}/plans/{done.plan['uid']}"
    done.path = shown(client, f"{plan}/path/")
    made = succeeded(finish(client, accepted(client, f"{plan}/assessments/")))
    assessment = f"{API}/assessments/{made['assessment']}"
    done.assessment = shown(client, f"{assessment}/")
    done.results = listed(client, f"{assessment}/results/")
    done.findings = listed(client, f"{assessment}/findings/")
    done.documents = {lang: fetched(client, f"{assessment}/document/", lang=lang).content for lang in LANGS}
    made = succeeded(finish(client, accepted(client, f"{plan}/runbooks/")))
    assert made["assessment"] == done.assessment["uid"], "an assessment that still holds is not made again"
    runbook = f"{API}/runbooks/{made['runbook']}"
    done.runbook = shown(client, f"{runbook}/")
    done.steps = listed(client, f"{runbook}/steps/")
    for lang in LANGS:
        for form in FORMATS:
            answer = fetched(client, f"{runbook}/download/", format=form, lang=lang)
            done.files[f"runbook-{lang}.{form}"] = answer.content
    return done


def log_in(client: Client, username: str, password: str) -> None:
    answer = client.post(f"{API}/auth/token/", {"username": username, "password": password})
    assert answer.status == 200, answer
    client.login(answer.json()["token"])


def import_dump(client: Client, finish: Finish, cluster: str, dump: Mapping[str, bytes]) -> dict[str, Any]:
    """The snapshot that the dump became."""
    answer = client.post(f"{API}/clusters/{cluster}/imports/", files=dump)
    assert answer.status == 202, answer
    made = succeeded(finish(client, answer.json()))
    return shown(client, f"{API}/snapshots/{made['snapshot']}/")


def dump_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder by relative path, as ``walk`` takes them."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def created(client: Client, path: str, body: Any) -> dict[str, Any]:
    answer = client.post(path, body)
    assert answer.status == 201, answer
    return answer.json()


def accepted(client: Client, path: str) -> dict[str, Any]:
    answer = client.post(path)
    assert answer.status == 202, answer
    operation = answer.json()
    assert answer.headers["location"].endswith(f"{API}/operations/{operation['uid']}/")
    return operation


def succeeded(operation: dict[str, Any]) -> dict[str, Any]:
    """The result of an operation that has succeeded."""
    assert operation["status"] == "succeeded", operation
    return operation["result"]


def fetched(client: Client, path: str, **query: str) -> Answer:
    answer = client.get(path, **query)
    assert answer.status == 200, answer
    return answer


def shown(client: Client, path: str) -> dict[str, Any]:
    return fetched(client, path).json()


def listed(client: Client, path: str, **query: str) -> list[dict[str, Any]]:
    """All rows of a list, page after page."""
    rows: list[dict[str, Any]] = []
    page = 1
    while True:
        answer = fetched(client, path, page=str(page), page_size="500", **query).json()
        rows += answer["results"]
        if not answer["next"]:
            assert len(rows) == answer["count"]
            return rows
        page += 1


def _answer(response: Any) -> Answer:
    return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)


def _encoded(body: Any, files: Mapping[str, bytes] | None) -> tuple[bytes, str]:
    if files is None:
        return json.dumps(body if body is not None else {}).encode(), "application/json"
    boundary = f"boundary-{secrets.token_hex(16)}"
    parts = []
    for path, content in files.items():
        name = path.rpartition("/")[2]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        parts += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", content, b"\r\n"]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="paths"\r\n\r\n'
        parts += [head.encode(), path.encode(), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"

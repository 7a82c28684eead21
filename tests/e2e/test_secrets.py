"""Marked credentials through a real web server and a real worker: nothing of them in what either of them leaves."""

from __future__ import annotations

import http.cookiejar
import os
import re
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import PASSWORD, HttpClient, create_user, manage, wait_for, web, worker
from tests.e2e.test_production import login
from tests.secrets import sinks
from tests.secrets.forms import each_once
from tests.secrets.marks import found_in, mark

_OUTSIDE = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL")
_ADDRESS = re.compile(r'href="(/admin/(?:inventory|checklists|planning|runbooks|operations)/[^"?#]*)"')


@dataclass
class Service:
    """The embedded profile, its processes running; ``log`` holds all that they wrote."""

    client: HttpClient
    data: Path
    log: Path

    def ended(self, answer: Any) -> dict[str, Any]:
        """The operation of a 202, once it has ended."""
        assert answer.status_code == 202, answer.content
        address = f"/api/v1/operations/{answer.json()['uid']}/"
        return wait_for(
            lambda: (o := self.client.get(address).json())["status"] in ("succeeded", "failed") and o,
            45,
            self.log.read_text,
        )

    def database(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        with closing(sqlite3.connect(f"file:{self.data}/db.sqlite3?mode=ro", uri=True)) as link:
            tables = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for row in link.execute(f'SELECT * FROM "{table}"'):
                    for value in row:
                        content = value if isinstance(value, bytes) else str(value).encode()
                        if marks := found_in(content):
                            found.setdefault(table, set()).update(marks)
        assert "inventory_snapshot" in tables
        return found

    def pages(self) -> dict[str, set[str]]:
        """Every page of the admin that its index and its lists lead to."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := http.cookiejar.CookieJar()))
        entrance = f"{self.client.address}/admin/login/"
        opener.open(entrance).read()
        token = next(cookie.value for cookie in jar if "csrf" in cookie.name)
        form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": token, "next": "/admin/"}
        sent = urllib.request.Request(entrance, urllib.parse.urlencode(form).encode(), {"Referer": entrance})
        seen = {"/admin/": opener.open(sent).read()}
        for _ in range(2):  # lists, then what they list
            known = {a for page in list(seen.values()) for a in _ADDRESS.findall(page.decode())}
            for address in sorted(a for a in known - seen.keys() if "/delete/" not in a)[:60]:
                with opener.open(self.client.address + address) as answer:
                    seen[address] = answer.read()
        assert len(seen) > 10, seen.keys()
        return {address: marks for address, page in seen.items() if (marks := found_in(page))}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    environment = {
        **{k: v for k, v in os.environ.items() if k not in _OUTSIDE},
        "DATA_DIR": str(tmp_path / "data"),
        "SECRET_KEY": "for-tests-only-" + "x" * 50,
        "LOG_LEVEL": "DEBUG",
        "PYTHONUNBUFFERED": "1",
    }
    manage(environment, "migrate", "--noinput", "--verbosity", "0")
    create_user(environment)
    log = tmp_path / "service.log"
    with web(environment, log) as address, worker(environment, log):
        client = HttpClient(address)
        login(client)
        yield Service(client, tmp_path / "data", log)


def test_nothing_is_left_by_a_web_server_and_a_worker(service: Service) -> None:
    client = service.client
    cluster = client.post("/api/v1/clusters/", {"name": "marked"}).json()["uid"]
    done = service.ended(client.post_files(f"/api/v1/clusters/{cluster}/imports/", list(each_once())))
    assert done["status"] == "succeeded", done
    given = {"cluster": cluster, "target": "1.25", "source": "v1.13.10-r0"}
    plan = client.post("/api/v1/plans/", given).json()["uid"]
    made = service.ended(client.post(f"/api/v1/plans/{plan}/runbooks/"))
    assert made["status"] == "succeeded", made
    snapshot = f"/api/v1/snapshots/{done['result']['snapshot']}/"
    lists = ("clusters", "snapshots", "plans", "operations", "runbooks", "assessments")
    answers = {a: client.get(a) for a in (*(f"/api/v1/{name}/" for name in lists), snapshot, f"{snapshot}document/")}
    assert {a: answer.status_code for a, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert {a: m for a, answer in answers.items() if (m := found_in(answer.content))} == {}
    assert service.pages() == {}
    assert service.database() == {}
    assert sinks.files(service.data) == {}
    assert found_in(service.log.read_bytes()) == set()
    assert done["uid"] in service.log.read_text(), "the log is the one of this import"


def test_a_mark_in_the_database_or_in_a_file_would_be_found(service: Service) -> None:
    """The searches mean something."""
    client = service.client
    client.post("/api/v1/clusters/", {"name": "leaking", "note": mark("a note")})
    (service.data / "left behind").write_bytes(mark("a file").encode())
    assert service.database() == {"inventory_cluster": {"a note"}}
    assert {"a note"} in service.pages().values()
    assert set.union(*sinks.files(service.data).values()) >= {"a file"}

"""The production profile: MariaDB, Redis, a web server and a worker as processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from migrator.render import FORMATS
from tests.e2e.process import PASSWORD, ROOT, HttpClient, manage, wait_for, web, worker


def login(client: HttpClient) -> None:
    answer = client.post("/api/v1/auth/token/", {"username": "admin", "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"


@contextmanager
def logged_in(environment: dict[str, str], tmp_path: Path) -> Iterator[HttpClient]:
    with web(environment, tmp_path / "web.log") as address:
        client = HttpClient(address)
        login(client)
        yield client


def files_of(folder: Path) -> list[tuple[str, bytes]]:
    return [(str(p.relative_to(folder)), p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()]


def started(answer: Any) -> str:
    """The operation's address of a 202 answer."""
    assert answer.status_code == 202, answer.content
    return str(answer["Location"])


def ended(client: HttpClient, operation: str, seconds: float = 60) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        shown: dict[str, Any] = client.get(operation).json()
        return shown if shown["status"] in ("succeeded", "failed", "cancelled") else None

    found: dict[str, Any] = wait_for(over, seconds, lambda: str(client.get(operation).json()))
    return found


def imported(client: HttpClient, name: str, folder: Path) -> str:
    """The uid of a cluster that holds one snapshot of the dump in ``folder``."""
    cluster: str = client.post("/api/v1/clusters/", {"name": name}).json()["uid"]
    operation = started(client.post_files(f"/api/v1/clusters/{cluster}/imports/", files_of(folder)))
    shown = ended(client, operation)
    assert shown["status"] == "succeeded", shown
    return cluster


def planned(client: HttpClient, cluster: str, target: str = "1.25") -> str:
    answer = client.post("/api/v1/plans/", {"cluster": cluster, "target": target})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["uid"])


def command_line(*arguments: str) -> bytes:
    done = subprocess.run([sys.executable, "-m", "migrator", *arguments], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode in (0, 1, 2), done.stderr.decode()
    return done.stdout


@pytest.mark.cases
def test_the_same_dump_gives_the_same_verdict_and_the_same_bytes(
    environment: dict[str, str], real_dump: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for lang in ("zh", "en"):
        command_line(
            "plan",
            str(real_dump),
            "--target",
            "1.25",
            "--out",
            str(out),
            "--lang",
            lang,
            "--formats",
            ",".join(FORMATS),
        )
    verdict = json.loads(command_line("assess", str(real_dump), "--target", "1.25", "--format", "json", "--lang", "zh"))

    with logged_in(environment, tmp_path) as client, worker(environment, tmp_path / "worker.log"):
        plan = planned(client, imported(client, "a01", real_dump))
        assessed = ended(client, started(client.post(f"/api/v1/plans/{plan}/assessments/")))
        assert assessed["status"] == "succeeded", assessed
        assessment = assessed["result"]["assessment"]
        client.headers["Accept-Language"] = "zh-hans"
        assert client.get(f"/api/v1/assessments/{assessment}/document/").json() == verdict
        shown = client.get(f"/api/v1/assessments/{assessment}/findings/?check=API001&page_size=100").json()
        assert sorted(f["subject"]["name"] for f in shown["results"]) == sorted(
            f["subject"]["name"] for f in verdict["findings"] if f["check"] == "API001"
        )
        compiled = ended(client, started(client.post(f"/api/v1/plans/{plan}/runbooks/")))
        assert compiled["status"] == "succeeded", compiled
        runbook = compiled["result"]["runbook"]
        for name, lang in ((name, lang) for name in FORMATS for lang in ("zh", "en")):
            address = f"/api/v1/runbooks/{runbook}/download/?format={name}&lang={lang}"
            answer = client.get(address)
            if answer.status_code == 202:  # a worker writes it
                assert ended(client, started(answer), 120)["status"] == "succeeded"
                answer = client.get(address)
            assert answer.status_code == 200
            assert answer.content == (out / f"runbook-{lang}.{name}").read_bytes(), (name, lang)
            assert f"runbook-{lang}.{name}" in answer["Content-Disposition"]


def rows_not_committed(database: str) -> int:
    """How many rows the transactions that are open now have written, as the database server tells."""
    import MySQLdb

    where = urlsplit(database)
    link = MySQLdb.connect(host=where.hostname, port=where.port, user=where.username)
    with closing(link), link.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(trx_rows_modified), 0) FROM information_schema.innodb_trx")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("moment", ["reading", "storing"])
def test_worker_killed_in_the_middle_of_an_import_ends_in_one_complete_snapshot(
    environment: dict[str, str], tmp_path: Path, moment: str
) -> None:
    from tests.bench.dump import write_json

    def spooled() -> set[Path]:
        folder = Path(environment["DATA_DIR"]) / "spool"
        return set(folder.iterdir()) if folder.is_dir() else set()

    before = spooled()
    dump = tmp_path / "dump"
    dump.mkdir()
    write_json(dump / "cluster.json", 1.0)  # takes a few seconds, time enough to be killed in the middle
    with logged_in(environment, tmp_path) as client:
        cluster = client.post("/api/v1/clusters/", {"name": f"killed while {moment}"}).json()["uid"]
        with worker(environment, tmp_path / "first.log") as first:
            operation = started(client.post_files(f"/api/v1/clusters/{cluster}/imports/", files_of(dump)))
            if moment == "reading":
                reading = f"{operation}files/?status=reading"
                wait_for(lambda: client.get(reading).json()["count"], 30, first.output)
            else:
                wait_for(lambda: rows_not_committed(environment["DATABASE_URL"]) > 1000, 60, first.output)
            first.kill_hard()
        shown = client.get(operation).json()
        assert shown["status"] == "running", "the import was over before the worker was killed: make the dump larger"
        assert shown["progress"]["phase"] == {"reading": "read", "storing": "store"}[moment]
        assert client.get(f"/api/v1/clusters/{cluster}/snapshots/").json()["count"] == 0
        with worker(environment, tmp_path / "second.log") as second:
            shown = ended(client, operation, 120)
            assert shown["status"] == "succeeded", (shown, second.output())
        assert shown["attempts"] == 2
        snapshots = client.get(f"/api/v1/clusters/{cluster}/snapshots/").json()
        assert snapshots["count"] == 1
        assert snapshots["results"][0]["number"] == 1
        uid = snapshots["results"][0]["uid"]
        assert snapshots["results"][0]["counts"]["workloads"] == 12_000
        assert client.get(f"/api/v1/snapshots/{uid}/workloads/").json()["count"] == 12_000
        (file,) = client.get(f"{operation}files/").json()["results"]
        assert (file["file"], file["status"]) == ("cluster.json", "read")
    assert spooled() <= before, "the import left its upload in the spool"


def test_operation_started_while_no_worker_and_no_broker_message_is_left_is_done_later(
    environment: dict[str, str], servers: tuple[str, str], sample: Path, tmp_path: Path
) -> None:
    import redis

    fast = {**environment, "OPERATION_REPUBLISH_SECONDS": "1"}
    with logged_in(fast, tmp_path) as client:
        cluster = client.post("/api/v1/clusters/", {"name": "later"}).json()["uid"]
        operation = started(client.post_files(f"/api/v1/clusters/{cluster}/imports/", files_of(sample)))
        redis.Redis.from_url(servers[1]).flushdb()
        assert client.get(operation).json()["status"] == "queued"
        with worker(fast, tmp_path / "worker.log"):
            assert ended(client, operation)["status"] == "succeeded"


def test_checks_of_the_deployment_are_clean(environment: dict[str, str]) -> None:
    manage(environment, "check", "--database", "default", "--fail-level", "WARNING")
    manage(environment, "makemigrations", "--check", "--dry-run")

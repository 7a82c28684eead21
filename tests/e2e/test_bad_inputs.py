"""Bad inputs one after the other through one worker: it lives, stays small, and does the next good one."""

from __future__ import annotations

from pathlib import Path

from tests.bad_inputs import TABLE
from tests.conftest import SMALL_DUMP
from tests.e2e.process import HttpClient, Running, wait_for, worker
from tests.e2e.test_production import ended, logged_in, started

MEMORY_MOST = 600 << 20  # of a worker, Django and all; the bombs of the table would unpack to 400 MiB each


def send(client: HttpClient, cluster: str, name: str, content: bytes) -> dict:
    address = f"/api/v1/clusters/{cluster}/imports/"
    return ended(client, started(client.post_files(address, [(name, content)])))


def child_of(process: Running) -> int:
    """The process of the pool, in which the work is done."""
    pid = process.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


def peak(pid: int) -> int:
    (line,) = (li for li in Path(f"/proc/{pid}/status").read_text().splitlines() if li.startswith("VmHWM"))
    return int(line.split()[1]) << 10


def test_a_worker_survives_all_bad_inputs(environment: dict[str, str], tmp_path: Path) -> None:
    with logged_in(environment, tmp_path) as client, worker(environment, tmp_path / "worker.log") as process:
        cluster = client.post("/api/v1/clusters/", {"name": "bad inputs"}).json()["uid"]
        child = wait_for(lambda: child_of(process), 30, process.output)
        for case, bad in TABLE.items():
            shown = send(client, cluster, bad.name, bad.content())
            expected = "failed" if bad.status == "unreadable" else "succeeded"
            assert (case, shown["status"], shown["attempts"]) == (case, expected, 1), shown["problem"]
            if expected == "failed":
                assert shown["problem"]["code"] == bad.reason
                assert bad.name in shown["problem"]["detail"]
        assert child_of(process) == child, "the same process did them all"
        assert peak(child) < MEMORY_MOST
        assert send(client, cluster, "all.yaml", SMALL_DUMP)["status"] == "succeeded"
        good = sum(bad.status == "read" for bad in TABLE.values()) + 1
        assert client.get(f"/api/v1/clusters/{cluster}/snapshots/").json()["count"] == good
    assert "marker-3b1d" not in process.output(), "the token of the kubeconfig"

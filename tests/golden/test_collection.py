"""What the product tells of a collector's archive, refusals and files of nodes among it, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.locale import LANGS
from migrator.render.jsondoc import inspect_json
from migrator.render.text import inspect_text
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths
from tests.unit.collector.cluster import FORBIDDEN, TIMEOUT, Bastion, answers, named, typed

GOLDEN = Path(__file__).parent / "collection"
NODE = """\
# cce-migrator node-facts 1 node=web-1
@@ command sysctl -a
 kernel.osrelease = 3.10.0-862
 vm.max_map_count = 262144
@@ file /etc/security/limits.conf
 * soft nofile 1048576
@@ file /etc/docker/daemon.json
 {"insecure-registries": ["192.168.0.12:5000"], "proxies": {"http-proxy": "http://<masked>@10.0.0.8:3128"}}
@@ absent /etc/containerd/config.toml
@@ unreadable /etc/cron.d/backup
@@ end
"""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("bastion")
    given = answers() | {"/api/v1/services": FORBIDDEN, "/apis/batch/v1/jobs": TIMEOUT}
    for space in ("default", "shop", "kube-system"):
        given[f"/api/v1/namespaces/{space}/services"] = FORBIDDEN
    given["/api/v1/pods"] = typed("Pod", "v1", named("web-1", "shop"), go_on="next")
    given["/api/v1/pods?continue=next"] = TIMEOUT
    bastion = Bastion(folder, given)
    # The parameters of the machine that runs the test are nobody's: the node answers with a file of its own.
    (folder / "facts.sh").write_text(f"cat <<'END'\n{NODE}END\n")
    (folder / "pods").write_text("web-1 pod-of-web-1 Running\nweb-2 pod-of-web-2 Pending\n")
    done = bastion.run("--node-facts=daemonset", "--node-wait=0")
    assert done.archive is not None
    return read_paths([done.archive])


@pytest.mark.parametrize("lang", LANGS)
def test_inspect_in_words(snapshot: Snapshot, golden: Callable[[Path, bytes], None], lang: str) -> None:
    golden(GOLDEN / f"inspect.{lang}.txt", inspect_text(snapshot, lang).encode())  # type: ignore[arg-type]


def test_inspect_for_programs(snapshot: Snapshot, golden: Callable[[Path, bytes], None]) -> None:
    golden(GOLDEN / "inspect.json", inspect_json(snapshot, "en"))

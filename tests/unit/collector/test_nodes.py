"""The collector's part for nodes: by a DaemonSet and over ssh, from the same script, into the same facts."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from migrator.snapshot.model import Section
from migrator.snapshot.read import read_paths
from tests.unit.collector.cluster import SHELLS, Bastion, few
from tests.unit.collector.node import NODE_SCRIPT, STATES, node_root

SETTINGS = {
    ("sysctl", "vm.max_map_count"): "262144",
    ("sysctl", "net.core.somaxconn"): "32768",
    ("container_engine", "insecure-registries"): "10.0.0.9:5000",
    ("container_engine", "HTTP_PROXY"): "http://<masked>@10.0.0.8:1",
    ("system", "rc.local 1"): "/opt/agent/start --token=<masked>",
    ("system", "cron 1"): "0 3 * * * root /opt/backup.sh",
    ("system", "hosts 192.168.0.12"): "db",
    ("system", "mount /data"): "/dev/vdc xfs rw",
    ("kubelet", "max-pods"): "200",
    ("kubelet", "kube-api-qps"): "300",
}


@pytest.fixture
def bastion(tmp_path: Path) -> Bastion:
    made = Bastion(tmp_path, few())
    node_root(tmp_path)
    (tmp_path / "facts.sh").write_text(NODE_SCRIPT)
    (tmp_path / "pods").write_text("web-1 pod-of-web-1 Running\nweb-2 pod-of-web-2 Running\n")
    return made


def settings(archive: Path | None, node: str) -> dict[tuple[str, str], str]:
    assert archive is not None
    found = read_paths([archive]).node_settings
    told = {(s.category, s.key): s.value for s in found if s.node in (node, "*")}
    return {key: value for key, value in told.items() if key in SETTINGS}  # the machine of the test has parameters too


def test_a_daemonset_reads_every_node_and_is_removed(bastion: Bastion) -> None:
    image = "swr.example.com/tools/busybox:1"
    done = bastion.run("--node-facts", "daemonset", "--image", image, "--node-namespace=ops")
    assert done.code == 0, done.said
    made = yaml.safe_load((bastion.folder / "created").read_text())
    pod = made["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert (made["kind"], made["metadata"]["namespace"]) == ("DaemonSet", "ops")
    assert container["image"] == image
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert container["volumeMounts"] == [{"name": "node", "mountPath": "/node", "readOnly": True}]
    assert next(e["value"] for e in container["env"] if e["name"] == "FACTS").rstrip() == NODE_SCRIPT.rstrip()
    assert (bastion.folder / "deleted").read_text().split() == [made["metadata"]["name"]]
    for node in ("web-1", "web-2"):
        assert settings(done.archive, node) == SETTINGS
    assert done.archive is not None
    snapshot = read_paths([done.archive])
    assert [c.node for c in snapshot.node_coverage] == ["web-1", "web-2"]
    assert snapshot.covers(Section.NODE_SETTINGS)
    for node in ("web-1", "web-2"):
        told = {s.key: s.value for s in snapshot.node_states if s.node == node and not s.key.startswith("free ")}
        assert told == STATES


def test_nodes_that_do_not_answer_are_named(bastion: Bastion) -> None:
    (bastion.folder / "pods").write_text("web-1 pod-of-web-1 Running\nweb-2 pod-of-web-2 Pending\n")
    done = bastion.run("--node-facts=daemonset", "--node-wait=1")
    assert done.code == 1
    assert [(n["node"], n["status"]) for n in done.manifest["nodes"]] == [("web-1", "collected"), ("web-2", "failed")]
    assert "Pending" in done.manifest["nodes"][1]["reason"]
    assert done.archive is not None
    snapshot = read_paths([done.archive])
    assert [c.node for c in snapshot.node_coverage] == ["web-1"]
    assert [p.code for i in snapshot.inputs for p in i.problems] == ["input_collect_node"]


def test_files_that_come_cut_off_are_asked_for_again_and_then_given_up(bastion: Bastion) -> None:
    (bastion.folder / "broken-web-2").touch()
    done = bastion.run("--node-facts=daemonset", "--node-wait=1")
    assert [n["status"] for n in done.manifest["nodes"]] == ["collected", "failed"]


@pytest.mark.parametrize("shell", sorted(SHELLS.keys() - {"sh"}))
def test_a_node_that_never_ends_its_answer_holds_up_no_other(bastion: Bastion, shell: str) -> None:
    (bastion.folder / "hanging-web-1").touch()
    started = time.monotonic()
    done = bastion.run("--node-facts=daemonset", "--node-wait=2", shell=shell)
    assert time.monotonic() - started < 30
    assert {n["node"]: (n["status"], n["reason"]) for n in done.manifest["nodes"]} == {
        "web-1": ("failed", "no_end_in_2s"),
        "web-2": ("collected", ""),
    }
    assert bastion.calls().count("exec pod-of-web-1") == 1
    assert (bastion.folder / "deleted").exists()


@pytest.mark.parametrize("shell", sorted(SHELLS.keys() - {"sh"}))
def test_interrupted_while_a_node_is_asked_nothing_is_left_running(bastion: Bastion, shell: str) -> None:
    (bastion.folder / "hanging-web-1").touch()
    done = bastion.interrupted("--node-facts=daemonset", shell=shell, until="exec pod-of-web-1")
    assert done.code == 130
    assert (bastion.folder / "deleted").exists()


def test_a_daemonset_that_is_refused_ends_nothing_else(bastion: Bastion) -> None:
    (bastion.folder / "create.error").write_text("Error from server (Forbidden): daemonsets.apps is forbidden\n")
    done = bastion.run("--node-facts=daemonset")
    assert done.code == 1
    assert "Cannot make the DaemonSet: Error from server (Forbidden)" in done.said
    assert done.rows()["pods"] == "collected"
    assert not (bastion.folder / "deleted").exists()


@pytest.mark.parametrize("shell", sorted(SHELLS.keys() - {"sh"}))
def test_interrupted_the_daemonset_is_removed_all_the_same(bastion: Bastion, shell: str) -> None:
    (bastion.folder / "pods").write_text("web-1 pod-of-web-1 Pending\n")
    done = bastion.interrupted("--node-facts=daemonset", shell=shell, until="get pods")
    assert done.code == 130
    assert "Removed the DaemonSet" in done.said
    assert (bastion.folder / "deleted").exists()


_SSH = """#!/bin/sh
printf '%s\\n' "$*" >>"${0%/*}/ssh-calls"
while [ $# -gt 2 ]; do shift; done
case $1 in *gone*) echo 'ssh: connect to host gone port 22: Connection refused' >&2; exit 255 ;; esac
ROOT=${0%/*}/root exec sh -c "$2"
"""


def test_over_ssh_each_host_of_the_list_is_read(bastion: Bastion) -> None:
    ssh = bastion.folder / "ssh"
    ssh.write_text(_SSH)
    ssh.chmod(0o755)
    (bastion.folder / "hosts").write_text("# nodes\nroot@192.168.0.11 web-1\n\nroot@gone web-2\n")
    done = bastion.run("--node-facts", "ssh", "--hosts", "hosts", SSH=f"{ssh} -p 2222")
    assert done.code == 1
    assert settings(done.archive, "web-1") == SETTINGS
    assert [(n["node"], n["status"]) for n in done.manifest["nodes"]] == [("web-1", "collected"), ("web-2", "failed")]
    assert done.manifest["nodes"][1]["reason"].endswith("Connection refused")
    calls = (bastion.folder / "ssh-calls").read_text()
    assert "-p 2222 -o ServerAliveInterval=20" in calls  # a host that dies in the middle
    assert "-o BatchMode=yes -o ConnectTimeout=15 root@192.168.0.11" in calls


def test_a_host_that_is_no_host_is_refused(bastion: Bastion) -> None:
    (bastion.folder / "hosts").write_text("root@h '$(reboot)'\n")
    done = bastion.run("--node-facts=ssh", "--hosts=hosts", SSH="false")
    assert done.code == 2
    assert "reboot" in done.said

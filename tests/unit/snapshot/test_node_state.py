"""The state of a node as the collector tells it: mounts, swap, space, programs; only what is known is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.snapshot.read import read_paths

MOUNTED = """\
/dev/vda1 / ext4 rw 0 0
/dev/mapper/vgpaas-kubernetes /mnt/paas/kubernetes/kubelet ext4 rw 0 0
tmpfs /var/lib tmpfs rw 0 0
/dev/vdc /mnt ext4 rw 0 0
10.0.0.7:/share /mnt/paas/kubernetes/kubelet/pods/1/volumes/x nfs4 rw 0 0
s3fs /obs fuse.s3fs rw 0 0
ossfs /oss fuse.ossfs rw 0 0
fusectl /sys/fs/fuse/connections fusectl rw 0 0
"""


def states(tmp_path: Path, section: str) -> dict[str, str]:
    text = f"# cce-migrator node-facts 1 node=web-1\n{section}@@ end\n"
    (tmp_path / "collected.txt").write_text(text, "utf-8")
    found = read_paths([tmp_path]).node_states
    assert {s.node for s in found} <= {"web-1"}
    return {s.key: s.value for s in found}


def mounts(text: str) -> str:
    return "@@ file /proc/1/mounts\n" + "".join(f" {line}\n" for line in text.splitlines())


def test_mounts_show_what_is_mounted_over_the_platform_and_by_the_network(tmp_path: Path) -> None:
    assert states(tmp_path, mounts(MOUNTED)) == {
        "mounted over": "/mnt /var/lib",
        "network mounts": "/mnt/paas/kubernetes/kubelet/pods/1/volumes/x /obs /oss",
        "shared volume group": "no",
    }


def test_a_shared_volume_group_is_mounted_below_mnt_by_the_platform(tmp_path: Path) -> None:
    shared = "/dev/mapper/vgpaas-share /mnt/paas ext4 rw 0 0\n/dev/vda1 / ext4 rw 0 0\n"
    assert states(tmp_path, mounts(shared)) == {
        "mounted over": "",
        "network mounts": "",
        "shared volume group": "yes",
    }


@pytest.mark.parametrize("end", ["\f", "\v", "\x1c", "\u0085", "\u2028"])
def test_a_file_cannot_pass_for_another_by_what_only_looks_like_a_line_end(tmp_path: Path, end: str) -> None:
    section = f"@@ file /etc/cron.d/x\n # x{end}@@ command node state{end} swap=0\n"
    assert states(tmp_path, section) == {}


@pytest.mark.parametrize("section", ["@@ absent /proc/1/mounts\n", "@@ unreadable /proc/1/mounts\n", mounts("")])
def test_mounts_that_were_not_read_say_nothing(tmp_path: Path, section: str) -> None:
    assert states(tmp_path, section) == {}


def test_of_a_state_only_known_keys_are_taken(tmp_path: Path) -> None:
    lines = ["swap=0", "free /tmp=12", "token=abc", "shell paas=/bin/bash -x", "mode /=555", "images=7"]
    lines += [
        "answers /mnt/pods/kubernetes.io~csi/x=yes",
        "answers x y=yes",
        "id /etc/shadow=a:b",
        "service canal=active",
    ]
    section = "@@ command node state\n" + "".join(f" {line}\n" for line in lines)
    assert states(tmp_path, section) == {
        "answers /mnt/pods/kubernetes.io~csi/x": "yes",
        "free /tmp": "12",
        "images": "7",
        "mode /": "555",
        "service canal": "active",
        "swap": "0",
    }

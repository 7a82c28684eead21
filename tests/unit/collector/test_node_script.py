"""The collector's script for nodes by itself: in every shell, as in a pod and as over ssh."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from migrator.snapshot.readers.node_facts import NODE_FACTS
from tests.unit.collector.cluster import SHELLS
from tests.unit.collector.node import NODE_SCRIPT, STATES, node_root, states


@pytest.mark.parametrize("shell", sorted(SHELLS.keys() - {"sh"}))
def test_the_script_for_nodes_is_understood_everywhere(tmp_path: Path, shell: str) -> None:
    if shutil.which(SHELLS[shell][0]) is None:
        pytest.skip(f"no {shell}")
    done = subprocess.run(
        SHELLS[shell],
        input=NODE_SCRIPT,
        env={"PATH": os.environ["PATH"], "NODE": "n1", "ROOT": str(node_root(tmp_path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("# cce-migrator node-facts 1 node=n1\n@@ command sysctl -a\n ")
    assert done.stdout.endswith("@@ end\n")
    assert " vm.max_map_count = 262144\n@@ " in done.stdout
    said = dict(states(done.stdout.encode()))
    free = {key: said.pop(key) for key in sorted(said) if key.startswith("free ")}
    assert list(free) == ["free /", "free /tmp", "free /var/lib/docker"]
    assert all(int(left) > 0 for left in free.values())
    assert said == STATES
    for secret in ("Agent-T0ken", "Pr0xy-Pw", "c2VjcmV0LXZhbHVl", "Server-Pw"):
        assert secret not in done.stdout


def test_what_a_node_does_not_show_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    done = subprocess.run(
        ["sh"],
        input=NODE_SCRIPT,
        env={"PATH": os.environ["PATH"], "NODE": "n1", "ROOT": str(tmp_path / "root")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {key for key, _ in states(done.stdout.encode())} == {"free /", "mode /"}


@pytest.mark.parametrize("name", ["web 1", "web/1", "node=x\n@@ end", "结点", "x" * 300])
def test_a_node_of_an_odd_name_is_read_all_the_same(tmp_path: Path, name: str) -> None:
    root = write(tmp_path / "root", **{"proc/swaps": "Filename\n"})
    done = subprocess.run(
        ["sh"],
        input=NODE_SCRIPT.encode(),
        env={"PATH": os.environ["PATH"], "NODE": name, "ROOT": str(root)},
        capture_output=True,
        check=True,
    )
    assert NODE_FACTS.recognises(done.stdout, "node.txt")
    assert ("swap", "0") in states(done.stdout)


# Programs of a node, as a bastion's ssh finds them: each says what it was called with.
_PROGRAMS = {
    "systemctl": """case $1 in
show) printf 'LoadState=not-found\\nActiveState=inactive\\n\\nLoadState=loaded\\nActiveState=active\\n\\n'
    printf 'ActiveState=failed\\nLoadState=loaded\\n\\nLoadState=loaded\\nActiveState=activating\\n' ;;
*) cat; exit 3 ;;
esac
""",
    "rpm": "cat; exit 0\n",
    "dpkg": "cat; exit 0\n",
    "sudo": "cat; exit 0\n",
    "crictl": "printf 'sha256:a\\nsha256:b\\n'\n",
    "lsattr": "printf -- '----i---------e----- %s\\n' \"$1\"\n",
}


def programs(folder: Path, **others: str) -> str:
    """A search path with the programs of a node before those of the machine."""
    folder.mkdir()
    for name, does in {**_PROGRAMS, **others}.items():
        (folder / name).write_text(f"#!/bin/sh\n{does}")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def seen_over_ssh(path: str, shell: str = "sh") -> dict[str, str]:
    """What the script tells of this machine, with the given programs. It comes by the standard input, as over ssh."""
    done = subprocess.run(
        [*SHELLS[shell], "-s"],
        input=NODE_SCRIPT,
        env={"PATH": path, "NODE": "n1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("@@ end\n")
    return dict(states(done.stdout.encode()))


@pytest.mark.parametrize("shell", sorted(SHELLS.keys() - {"sh"}))
def test_over_ssh_the_programs_of_the_node_are_asked(tmp_path: Path, shell: str) -> None:
    if shutil.which(SHELLS[shell][0]) is None:
        pytest.skip(f"no {shell}")
    told = seen_over_ssh(programs(tmp_path / "bin"), shell)
    services = {key: value for key, value in told.items() if key.startswith("service ")}
    assert services == {
        "service canal": "absent",
        "service yangtse": "active",
        "service kube-proxy": "failed",
        "service cce-agent": "activating",
    }
    manager = "dpkg" if Path("/etc/debian_version").exists() else "rpm"
    answers = {key: value for key, value in told.items() if key.startswith("answers ") and "/" not in key}
    assert answers == {f"answers {manager}": "yes", "answers systemctl": "yes"}  # 3: kubelet does not run
    assert told["images"] == "2"
    assert 0 <= int(told["cpu used"]) <= 100


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("exit 0", "yes"),
        ("echo 'sudo: parse error in /etc/sudoers' >&2; exit 1", "no"),
        ("echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1", None),
        ("echo 'root is not in the sudoers file.' >&2; exit 1", None),
        ("echo 'Sorry, user root is not allowed to execute true as root on n1.' >&2; exit 1", None),
    ],
    ids=["works", "broken", "wants-a-terminal", "not-for-root", "not-for-this"],
)
def test_sudo_is_tried_where_root_may_tell_of_it(tmp_path: Path, does: str, told: str | None) -> None:
    root = "echo 0\n"
    assert seen_over_ssh(programs(tmp_path / "bin", sudo=f"{does}\n", id=root)).get("sudo") == told


def test_a_user_is_not_reported_for_trying_sudo(tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    told = seen_over_ssh(programs(tmp_path / "bin", sudo=f"touch {tried}\n", id="echo 1000\n"))
    assert "sudo" not in told
    assert not tried.exists()


def test_a_command_that_fails_or_hangs_does_not_answer(tmp_path: Path) -> None:
    hangs = "trap '' TERM; sleep 60\n"
    fast = 'shift 3; exec /usr/bin/timeout -s KILL 1 "$@"\n'  # the same, in less time
    path = programs(tmp_path / "bin", rpm=hangs, dpkg=hangs, systemctl="exit 1\n", timeout=fast)
    told = seen_over_ssh(path)
    manager = "dpkg" if Path("/etc/debian_version").exists() else "rpm"
    assert told[f"answers {manager}"] == "no"
    assert told["answers systemctl"] == "no"


def test_without_a_limit_of_time_nothing_is_asked(tmp_path: Path) -> None:
    path = programs(tmp_path / "bin", timeout="exit 125\n")
    told = seen_over_ssh(path)
    assert not {key for key in told if key.startswith(("answers ", "service canal"))}


def facts_of(top: Path, path: str = os.environ["PATH"]) -> dict[str, str]:
    """What the script tells of the root of a node, as in a pod."""
    done = subprocess.run(
        ["sh"],
        input=NODE_SCRIPT,
        env={"PATH": path, "NODE": "n1", "ROOT": str(top)},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(states(done.stdout.encode()))


def write(top: Path, **files: str) -> Path:
    for name, content in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return top


def test_flags_of_the_sudoers_files_are_seen_where_the_files_are(tmp_path: Path) -> None:
    top = write(tmp_path / "root", **{"etc/sudoers": "", "etc/sudoers.d/sudoerspaas": ""})
    told = facts_of(top, programs(tmp_path / "bin"))
    assert (told["immutable /etc/sudoers"], told["immutable /etc/sudoers.d/sudoerspaas"]) == ("yes", "yes")
    free = "printf -- '--------------e----- %s\\n' \"$1\"\n"
    told = facts_of(top, programs(tmp_path / "other", lsattr=free))
    assert (told["immutable /etc/sudoers"], told["immutable /etc/sudoers.d/sudoerspaas"]) == ("no", "no")
    told = facts_of(top, programs(tmp_path / "third", lsattr="echo 'lsattr: Inappropriate ioctl' >&2; exit 1\n"))
    assert not {key for key in told if key.startswith("immutable ")}


def test_mounts_by_the_network_are_tried(tmp_path: Path) -> None:
    """Of a path with a blank, and of what is mounted elsewhere than on the node, nothing is told."""
    root = tmp_path / "root"
    mounted = "".join(
        f"10.0.0.7:/x {place} nfs4 rw 0 0\n"
        for place in (f"{root}/a", f"{root}/hung", f"{root}/with\\040blank", "/elsewhere")
    )
    write(root, **{"proc/self/mounts": mounted + f"/dev/vdb {root}/disk ext4 rw 0 0\n", "a/x": "", "hung/x": ""})
    hangs = 'case $* in *hung) exit 137 ;; esac; exec /usr/bin/timeout "$@"\n'
    told = facts_of(root, programs(tmp_path / "bin", timeout=hangs))
    assert answers(told) == {"/a": "yes", "/hung": "no"}


def answers(told: dict[str, str]) -> dict[str, str]:
    return {key.removeprefix("answers "): value for key, value in told.items() if key.startswith("answers /")}


FAST = "exec /usr/bin/sleep 0.02\n"  # a second of the script is over sooner


def test_a_mount_that_not_even_a_kill_frees_is_left_behind(tmp_path: Path) -> None:
    """What is in use by programs in user space may wait for good; what was told before and what follows is kept."""
    root = tmp_path / "root"
    mounted = "".join(f"x {root}/{place} fuse.ossfs rw 0 0\n" for place in ("a", "b", "c"))
    write(root, **{"proc/self/mounts": mounted, "a/x": "", "b/x": "", "c/x": "", "proc/1/comm": "systemd\n"})
    waits = 'case $* in */b) exec /usr/bin/sleep 20 ;; esac; exec /usr/bin/timeout "$@"\n'
    started = time.monotonic()
    told = facts_of(root, programs(tmp_path / "bin", timeout=waits, sleep=FAST))
    assert time.monotonic() - started < 15
    assert answers(told) == {"/a": "yes", "/b": "no"}
    assert told["running chronyd"] == "no"


def test_a_mount_that_refuses_at_once_may_be_lost(tmp_path: Path) -> None:
    """As one whose program has ended: 'Transport endpoint is not connected'."""
    root = tmp_path / "root"
    write(root, **{"proc/self/mounts": f"x {root}/gone fuse.obsfs rw 0 0\n"})
    assert answers(facts_of(root)) == {}


def test_space_that_cannot_be_asked_for_holds_nothing_up(tmp_path: Path) -> None:
    root = write(tmp_path / "root", **{"tmp/x": "", "proc/swaps": "Filename\n", "proc/1/comm": "systemd\n"})
    waits = 'case $* in */tmp) exec /usr/bin/sleep 20 ;; esac; exec /usr/bin/df "$@"\n'
    started = time.monotonic()
    told = facts_of(root, programs(tmp_path / "bin", df=waits, sleep=FAST))
    assert time.monotonic() - started < 15
    assert {key for key in told if key.startswith("free ")} == {"free /"}
    assert (told["swap"], told["running ntpd"]) == ("0", "no")


def test_where_processes_cannot_be_listed_no_program_is_said_to_have_stopped(tmp_path: Path) -> None:
    root = write(tmp_path / "root", **{"proc/1/comm": "systemd\n", "proc/2/comm": "chronyd\n"})
    assert not {k for k in facts_of(root, programs(tmp_path / "bin", sort="exit 127\n")) if k.startswith("running ")}


def test_of_other_programs_than_kubelet_no_command_line_is_read(tmp_path: Path) -> None:
    """Reading it waits where the program waits for a file system that is lost: here for somebody who writes."""
    root = write(tmp_path / "root", **{"proc/1/comm": "systemd\n", "proc/9/comm": "backup\n"})
    os.mkfifo(root / "proc/9/cmdline")
    assert facts_of(root)["running ntpd"] == "no"


def test_processors_are_seen_at_work_for_a_second(tmp_path: Path) -> None:
    """Of 200 ticks 40 were idle and 10 were waited for the disk; 20 went to other machines of the host."""
    stat = write(tmp_path / "root", **{"proc/stat": "cpu 100 0 100 1000 50 0 0 10 0 0\ncpu0 1 1 1 1\n"}) / "proc/stat"
    grown = " ".join(f"$((${{{n}}} + {more}))" for n, more in enumerate((90, 10, 20, 40, 10, 5, 5, 20, 9, 0), start=2))
    later = f"set -- $(head -n 1 {stat}); echo cpu {grown} >{stat}.$$; mv {stat}.$$ {stat}\n"  # by each second
    assert facts_of(tmp_path / "root", programs(tmp_path / "bin", sleep=later))["cpu used"] == "65"
    assert "cpu used" not in facts_of(tmp_path / "root", programs(tmp_path / "other", sleep=""))


SNAPSHOTS = "var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots"


def test_docker_beside_containerd_does_not_hide_what_containerd_holds(tmp_path: Path) -> None:
    """Docker was added to a node of containerd by hand, and holds little."""
    of_docker = "var/lib/docker/image/overlay2"
    files = {f"{of_docker}/layerdb/sha256/aa/diff": "", f"{of_docker}/imagedb/content/sha256/aa": "{}"}
    files |= {"proc/1/comm": "systemd\n", "proc/8/comm": "dockerd\n", "proc/9/comm": "containerd\n"}
    root = write(tmp_path / "root", **files, **{f"{SNAPSHOTS}/{n}/x": "" for n in range(3)})
    told = facts_of(root)
    assert told["layers at most"] == "4"
    assert not {"layers", "images"} & told.keys()
    shutil.rmtree(root / SNAPSHOTS)
    told = facts_of(root)
    assert (told["layers"], told["images"]) == ("1", "1")
    shutil.rmtree(root / of_docker / "layerdb/sha256/aa")
    (root / of_docker / "imagedb/content/sha256/aa").unlink()
    told = facts_of(root)  # left over where Docker has moved elsewhere
    assert not {"layers", "images"} & told.keys()


def test_layers_in_the_folders_of_containerd_are_the_most_that_there_can_be(tmp_path: Path) -> None:
    files = {"proc/1/comm": "systemd\n", "proc/9/comm": "containerd\n", f"{SNAPSHOTS}/1/x": "", f"{SNAPSHOTS}/2/x": ""}
    told = facts_of(write(tmp_path / "root", **files))
    assert told["layers at most"] == "2"
    assert "layers" not in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "empty"),
        (" \n\n", "empty"),
        ("\r\ni-07\r\n", "i-07"),
        ("id = i-07", "other"),
        ("x" * 65, "other"),
    ],
)
def test_of_a_file_that_should_hold_an_id_only_an_id_is_told(tmp_path: Path, content: str, told: str) -> None:
    top = write(tmp_path / "root", **{"var/paas/conf/server.conf": content})
    found = facts_of(top)
    assert found["id /var/paas/conf/server.conf"] == told
    assert found["id /var/lib/cloud/data/instance-id"] == "absent"

"""Files of nodes: recognised by content, judged by the catalog's defaults, settled for all nodes of the cluster."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from migrator.snapshot.model import NodeSetting, Section, Snapshot
from migrator.snapshot.read import read_paths

OUTPUT = """\
fs.file-nr = 4064\t0\t1613000
fs.inotify.max_user_watches = 524288
kernel.hostname = web-1
kernel.osrelease = 3.10.0-862.14.1.6.h438.eulerosv2r7.x86_64
kernel.panic = 10
kernel.random.uuid = 7c1e3f6a-0b52-4a5e-9a51-1b8f3a0d2c11
net.core.somaxconn = 32768
net.ipv4.ip_local_port_range = 32768\t60999
net.ipv4.tcp_max_tw_buckets = 5000
net.ipv4.tcp_tw_reuse = 0
net.netfilter.nf_conntrack_max = 262144
vm.max_map_count = 262144
vm.some_new_parameter = 7
"""
KEY = "net.ipv4.tcp_fastopen_key = 0a1b2c3d-0a1b2c3d-0a1b2c3d-0a1b2c3d\n"
SYSCTL_CONF = "# sysctl settings\nvm.max_map_count = 262144\nnet.ipv4.tcp_keepalive_time=600\nfs.file-max = 1048576\n"
LIMITS = "# /etc/security/limits.conf\n* soft nofile 1048576\n*\thard\tnofile\t1048576\n* soft nproc 4096\n"
DAEMON = {
    "storage-driver": "overlay2",
    "storage-opts": ["dm.basesize=20G", "dm.fs=ext4"],
    "live-restore": True,
    "registry-mirrors": ["https://mirror.example.com"],
    "insecure-registries": ["192.168.0.40:5000"],
    "log-opts": {"max-size": "20m"},
    "proxies": {"http-proxy": "http://ops:Pr0xy-Pw@192.168.0.50:3128"},
}
CONTAINERD = """\
version = 2
root = "/data/containerd"
disabled_plugins = []
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  max_concurrent_downloads = 3
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
  endpoint = ["https://mirror.example.com"]
[plugins."io.containerd.grpc.v1.cri".registry.configs."hub.example.com".auth]
  username = "ci"
  password = "Reg-Pw-1"
"""
KUBELET = (
    "/opt/cloud/cce/kubernetes/kubelet/kubelet --max-pods=200 --kube-api-qps=100 --hostname-override=web-1 --v 2\n"
)
KUBELET_FILE = """\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 110
kubeAPIQPS: 200
cpuManagerPolicy: static
allowedUnsafeSysctls: [net.core.somaxconn]
clusterDNS: [10.247.3.10]
"""
CRON = """\
SHELL=/bin/bash
01 * * * * root run-parts /etc/cron.hourly
30 2 * * * root /usr/bin/mysqldump -uroot -pDump-Pw-1 shop | ssh 192.168.0.12 'cat > /b.sql'
*/5 * * * * root /opt/cloud/cce/bin/check.sh
"""
RC_LOCAL = """\
#!/bin/bash
# THIS FILE IS ADDED FOR COMPATIBILITY PURPOSES: rc.local
touch /var/lock/subsys/local
echo 8192 > /proc/sys/net/ipv4/tcp_max_syn_backlog
/opt/agent/start.sh --token T0k3n-Agent
"""
FSTAB = """\
# /etc/fstab
UUID=1111 / ext4 defaults 1 1
/dev/vdc /data xfs defaults,noatime 0 0
192.168.0.60:/share /mnt/nfs nfs vers=3 0 0
/dev/vgpaas/dockersys /var/lib/docker ext4 defaults 0 0
"""
MOUNTS = """\
proc /proc proc rw,relatime 0 0
/dev/vda1 / ext4 rw,relatime 0 0
/dev/vdc /data xfs rw,noatime,attr2 0 0
/dev/vdd /mnt/paas/kubernetes/kubelet/pods/1/volumes/x ext4 rw 0 0
overlay /var/lib/docker/overlay2/1/merged overlay rw 0 0
"""
HOSTS = "127.0.0.1 localhost\n::1 localhost\n192.168.0.11 web-1\n192.168.0.12 db.internal old-db # by hand\n"
RESOLV = "nameserver 192.168.0.53\noptions timeout:1 single-request-reopen\n"
UNIT = """\
[Unit]
Description=Agent of the shop
[Service]
ExecStart=/opt/shop/agent --password=Unit-Pw-1
LimitNOFILE=65536
[Install]
WantedBy=multi-user.target
"""
PROXY = '[Service]\nEnvironment="HTTP_PROXY=http://ops:Pr0xy-Pw@192.168.0.50:3128" "NO_PROXY=localhost"\n'
ULIMIT = """\
core file size          (blocks, -c) 0
open files                      (-n) 65535
stack size              (kbytes, -s) 8192
"""
SECRETS = ("Pr0xy-Pw", "Reg-Pw-1", "Dump-Pw-1", "T0k3n-Agent", "Unit-Pw-1")


def node(name: str, ip: str, kernel: str = "3.10.0-862") -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "status": {
            "addresses": [{"type": "InternalIP", "address": ip}],
            "nodeInfo": {"kernelVersion": kernel, "kubeletVersion": "v1.15.11-r1"},
        },
    }


def read(folder: Path, files: dict[str, str], nodes: tuple[str, ...] = ("web-1",)) -> Snapshot:
    """The snapshot of a folder of these files and of a cluster of these nodes, 192.168.0.11 and on."""
    objects = [node(name, f"192.168.0.{11 + n}") for n, name in enumerate(nodes)]
    given = {"nodes.json": json.dumps({"apiVersion": "v1", "kind": "NodeList", "items": objects}), **files}
    for name, content in given.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    return read_paths([folder])


def told(snapshot: Snapshot, category: str = "") -> dict[str, str]:
    """key -> value of the settings; on one node, or all nodes alike."""
    return {s.key: s.value for s in snapshot.node_settings if category in ("", s.category)}


# --- each form ---


def test_of_an_output_only_what_no_untouched_node_has_is_a_setting(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"anything.txt": OUTPUT})
    assert told(snapshot) == {
        "fs.inotify.max_user_watches": "524288",
        "net.core.somaxconn": "32768",
        "net.ipv4.tcp_max_tw_buckets": "5000",
        "vm.max_map_count": "262144",
    }
    assert {s.node for s in snapshot.node_settings} == {"web-1"}, "the output itself tells its host"


def test_of_a_file_written_by_hand_unknown_parameters_count_too(tmp_path: Path) -> None:
    assert told(read(tmp_path, {"web-1/99-x.conf": SYSCTL_CONF})) == {
        "fs.file-max": "1048576",
        "net.ipv4.tcp_keepalive_time": "600",
        "vm.max_map_count": "262144",
    }


@pytest.mark.parametrize(("kernel", "counts"), [("3.10.0-862", True), ("5.10.0-60", False)])
def test_the_default_is_that_of_the_kernel_of_the_node(tmp_path: Path, kernel: str, counts: bool) -> None:
    output = f"kernel.osrelease = {kernel}\nnet.core.somaxconn = 4096\nnet.core.rmem_max = 212992\n"
    assert bool(read(tmp_path, {"web-1/sysctl.txt": output}).node_settings) is counts


def test_limits(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"web-1/limits.conf": LIMITS, "web-1/ulimit.txt": ULIMIT})
    assert told(snapshot, "limits") == {
        "* soft nofile": "1048576",
        "* hard nofile": "1048576",
        "ulimit open files": "65535",
    }


def test_docker(tmp_path: Path) -> None:
    assert told(read(tmp_path, {"web-1/daemon.json": json.dumps(DAEMON)}), "container_engine") == {
        "insecure-registries": "192.168.0.40:5000",
        "log-opts.max-size": "20m",
        "proxies.http-proxy": "http://<masked>@192.168.0.50:3128",
        "registry-mirrors": "https://mirror.example.com",
        "storage-opts.dm.basesize": "20G",
    }


def test_logins_of_the_docker_client_are_told_of_and_dropped(tmp_path: Path) -> None:
    given = json.dumps({"auths": {"hub.example.com": {"auth": "Y2k6UmVnLVB3LTE="}}})
    snapshot = read(tmp_path, {"web-1/config.json": given})
    assert told(snapshot) == {"auths.hub.example.com": "<masked>"}
    assert [(n.ref.kind, n.ref.name, n.field) for n in snapshot.secrets] == [
        ("Node", "web-1", "daemon.json: auths.hub.example.com")
    ]


def test_containerd(tmp_path: Path) -> None:
    assert told(read(tmp_path, {"web-1/config.toml": CONTAINERD}), "container_engine") == {
        "registry.configs.hub.example.com.auth.password": "<masked>",
        "registry.configs.hub.example.com.auth.username": "<masked>",
        "registry.mirrors.docker.io.endpoint": "https://mirror.example.com",
        "root": "/data/containerd",
    }


@pytest.mark.parametrize(
    "content",
    [
        KUBELET,
        KUBELET.strip().replace(" ", "\0") + "\0",
        KUBELET.replace(" ", "\n"),
        "UID        PID  PPID  C STIME TTY          TIME CMD\nroot      1200     1  3 10:00 ?        00:10:00 "
        + KUBELET,
    ],
)
def test_the_command_line_of_the_kubelet(tmp_path: Path, content: str) -> None:
    assert told(read(tmp_path, {"web-1/kubelet": content})) == {"max-pods": "200"}


def test_the_file_of_the_kubelet_and_its_command_line_that_overrules_it(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    assert told(read(tmp_path / "alone", {"web-1/kubelet.yaml": KUBELET_FILE}))["kube-api-qps"] == "200"
    files = {"web-1/kubelet.yaml": KUBELET_FILE, "web-1/ps.txt": "/usr/bin/kubelet --kube-api-qps=300\n"}
    snapshot = read(tmp_path / "both", files)
    assert told(snapshot) == {
        "allowed-unsafe-sysctls": "[net.core.somaxconn]",
        "cpu-manager-policy": "static",
        "kube-api-qps": "300",
    }
    assert [o.ref.kind for o in snapshot.objects] == ["Node"], "it is no object of the cluster"


def test_jobs_are_numbered_and_those_of_the_system_left_out(tmp_path: Path) -> None:
    assert told(read(tmp_path, {"web-1/crontab": CRON})) == {
        "cron 1": "30 2 * * * root /usr/bin/mysqldump -uroot -p<masked> shop | ssh 192.168.0.12 'cat > /b.sql'"
    }


def test_commands_at_boot_and_the_parameters_that_they_set(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"web-1/rc.local": RC_LOCAL})
    assert [(s.category, s.key, s.value) for s in snapshot.node_settings] == [
        ("sysctl", "net.ipv4.tcp_max_syn_backlog", "8192"),
        ("system", "rc.local 1", "/opt/agent/start.sh --token <masked>"),
    ]


def test_mounts_that_no_platform_makes_with_the_options_of_fstab(tmp_path: Path) -> None:
    assert told(read(tmp_path, {"web-1/fstab": FSTAB, "web-1/mounts": MOUNTS})) == {
        "mount /data": "/dev/vdc xfs defaults,noatime",
        "mount /mnt/nfs": "192.168.0.60:/share nfs vers=3",
    }
    printed = "/dev/vdc on /data type xfs (rw,noatime)\nproc on /proc type proc (rw)\n"
    (tmp_path / "other").mkdir()
    assert told(read(tmp_path / "other", {"web-1/mount.txt": printed})) == {"mount /data": "/dev/vdc xfs rw,noatime"}


def test_names_without_the_node_s_own_are_settings_and_uses_of_addresses(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"nodes/web-1/etc/hosts": HOSTS, "nodes/web-1/etc/resolv.conf": RESOLV}, ("web-1", "db"))
    assert told(snapshot) == {"hosts 192.168.0.12": "db.internal old-db", "resolv.conf nameserver": "192.168.0.53"}
    assert [(u.address, u.location) for u in snapshot.address_uses] == [
        ("192.168.0.12", "Node web-1: hosts 192.168.0.12")
    ]


def test_services_made_by_hand_and_the_environment_of_the_engine(tmp_path: Path) -> None:
    files = {"web-1/agent.service": UNIT, "web-1/docker.service.d/proxy.conf": PROXY}
    settings = read(tmp_path, files).node_settings
    assert [(s.category, s.key, s.value) for s in settings] == [
        ("container_engine", "HTTP_PROXY", "http://<masked>@192.168.0.50:3128"),
        ("container_engine", "NO_PROXY", "localhost"),
        ("system", "agent LimitNOFILE", "65536"),
        ("system", "unit agent", "/opt/shop/agent --password=<masked>"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "dev.url=http://x\ndev.user=y\n",  # properties of some program
        "a = 1\nb = 2\n",
        "#!/bin/sh\nsysctl -w vm.max_map_count=262144\n",  # a script, but of whom?
        '{"kind": "Config", "log-driver": "x"}',
        "server {\n  listen 80;\n}\n",
        "just a note\n",
    ],
)
def test_what_is_no_file_of_a_node_is_none(tmp_path: Path, content: str) -> None:
    snapshot = read(tmp_path, {"web-1/sysctl.conf": content})
    assert snapshot.node_settings == ()
    assert snapshot.node_coverage == ()


# --- damage ---


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ('{"log-driver": "json-file",\n "bip": }', "input_node_file_broken", 2),
        ("disabled_plugins = []\n[plugins]\nx = \n", "input_node_file_broken", 3),
        (KUBELET_FILE + "evictionHard: {\n", "input_node_file_broken", 9),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, content: str, code: str, line: int) -> None:
    report = next(i for i in read(tmp_path, {"web-1/broken": content}).inputs if i.file == "web-1/broken")
    assert (report.status, report.reason, report.values["line"]) == ("unreadable", code, line)


def test_a_file_that_tells_of_no_node_is_kept_under_a_question_mark_and_remarked(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"daemon.json": '{"registry-mirrors": ["https://m"]}'})
    assert [s.node for s in snapshot.node_settings] == ["?"]
    assert snapshot.node_coverage == ()
    report = next(i for i in snapshot.inputs if i.file == "daemon.json")
    assert (report.status, report.reason) == ("read", "input_node_unknown")


# --- which node ---


@pytest.mark.parametrize(
    "name",
    [
        "web-1/x",
        "nodes/web-1/etc/x",
        "facts/192.168.0.11/x",
        "sysctl-web-1.txt",
        "dump/WEB-1.example.com/etc/security/x",
    ],
)
def test_the_path_of_a_file_tells_its_node(tmp_path: Path, name: str) -> None:
    snapshot = read(tmp_path, {name: SYSCTL_CONF, "web-10/y": LIMITS}, ("web-1", "web-10"))
    assert {s.node for s in snapshot.node_settings if s.category == "sysctl"} == {"web-1"}
    assert {s.node for s in snapshot.node_settings if s.category == "limits"} == {"web-10"}


def test_a_node_that_the_dump_does_not_know_keeps_the_name_of_its_folder(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"nodes/gone-7/etc/sysctl.conf": SYSCTL_CONF})
    assert {s.node for s in snapshot.node_settings} == {"gone-7"}
    assert [c.node for c in snapshot.node_coverage] == ["gone-7"]


# --- all nodes ---


def test_what_truly_all_nodes_have_stands_once(tmp_path: Path) -> None:
    names = ("web-1", "web-2", "web-3")
    files = {f"{n}/sysctl.conf": "vm.max_map_count = 262144\n" for n in names}
    files["web-2/limits.conf"] = files["web-3/limits.conf"] = "* soft nofile 65536\n"
    assert [(s.node, s.key) for s in read(tmp_path, files, names).node_settings] == [
        ("*", "vm.max_map_count"),
        ("web-2", "* soft nofile"),
        ("web-3", "* soft nofile"),
    ]


def test_what_all_nodes_that_were_looked_at_have_is_not_what_all_have(tmp_path: Path) -> None:
    files = {f"{n}/sysctl.conf": "vm.max_map_count = 262144\n" for n in ("web-1", "web-2")}
    snapshot = read(tmp_path, files, ("web-1", "web-2", "web-3"))
    assert [s.node for s in snapshot.node_settings] == ["web-1", "web-2"]
    assert [(c.node, c.categories) for c in snapshot.node_coverage] == [("web-1", ("sysctl",)), ("web-2", ("sysctl",))]
    covered = next(c for c in snapshot.coverage if c.section is Section.NODE_SETTINGS)
    assert (covered.read, covered.kinds) == (True, ("sysctl.conf",))


def test_without_files_of_nodes_the_section_is_absent(tmp_path: Path) -> None:
    assert not read(tmp_path, {}).covers(Section.NODE_SETTINGS)


def test_what_the_kernel_tells_holds_over_what_a_file_says(tmp_path: Path) -> None:
    files = {"web-1/sysctl.txt": OUTPUT, "web-1/sysctl.conf": "vm.max_map_count = 655300\nfs.file-max = 1048576\n"}
    settings = told(read(tmp_path, files))
    assert settings["vm.max_map_count"] == "262144"
    assert settings["fs.file-max"] == "1048576"


def test_of_two_files_the_one_that_the_system_reads_last_holds(tmp_path: Path) -> None:
    files = {
        "web-1/sysctl.d/10-a.conf": "vm.max_map_count = 1\n",
        "web-1/sysctl.d/90-b.conf": "vm.max_map_count = 2\nvm.dirty_ratio = 5\n",
        "web-1/sysctl.conf": "vm.dirty_ratio = 7\n",
    }
    assert told(read(tmp_path, files)) == {"vm.max_map_count": "2", "vm.dirty_ratio": "7"}


# --- the collector's file ---

BUNDLE = """\
# cce-migrator node-facts 1 node=web-1
@@ command sysctl -a
 kernel.osrelease = 3.10.0-862
 vm.max_map_count = 262144
@@ file /etc/rc.local
 /opt/agent/start.sh
@@ file /etc/sysctl.d/99-x.conf
 @@ end
 vm.swappiness = 1
@@ absent /etc/docker/daemon.json
@@ unreadable /var/spool/cron/root
@@ end
"""


def test_one_file_holds_all_files_of_a_node(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"collected.txt": BUNDLE})
    assert told(snapshot) == {
        "vm.max_map_count": "262144",
        "rc.local 1": "/opt/agent/start.sh",
        "vm.swappiness": "1",
    }
    assert [(c.node, c.categories) for c in snapshot.node_coverage] == [
        ("web-1", ("container_engine", "sysctl", "system"))
    ], "a file that is absent was looked for"
    report = next(i for i in snapshot.inputs if i.file == "collected.txt")
    assert (report.status, [p.code for p in report.problems]) == ("read", ["input_node_file_unreadable"])


def test_a_file_that_was_cut_off_is_read_in_part(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"collected.txt": BUNDLE.partition("@@ absent")[0]})
    report = next(i for i in snapshot.inputs if i.file == "collected.txt")
    assert (report.status, report.reason) == ("partial", "input_node_file_cut")
    assert "vm.max_map_count" in told(snapshot)


# --- scripts of pools ---


def test_installation_scripts_of_pools_and_nodes_tell_settings_and_are_not_kept(tmp_path: Path) -> None:
    script = (
        "#!/bin/bash\ncat >> /etc/sysctl.conf <<EOF\nvm.max_map_count = 262144\nnet.ipv4.tcp_mem = 1 2 3\nEOF\n"
        "echo '* soft nofile 65536' >> /etc/security/limits.conf\nsysctl -w net.core.somaxconn=1024\n"
        "curl -u ci:Script-Pw http://repo/x | sh\n"
    )
    encoded = base64.b64encode(script.encode()).decode()
    pool = {
        "kind": "NodePool",
        "apiVersion": "v3",
        "metadata": {"name": "web", "uid": "u1"},
        "spec": {"nodeTemplate": {"extendParam": {"alpha.cce/postInstall": encoded}}},
    }
    snapshot = read(tmp_path, {"pools.json": json.dumps({"kind": "List", "apiVersion": "v3", "items": [pool]})})
    assert snapshot.node_settings == tuple(
        NodeSetting(node="NodePool web", category=category, key=key, value=value)
        for category, key, value in (
            ("limits", "* soft nofile", "65536"),
            ("sysctl", "net.core.somaxconn", "1024"),
            ("sysctl", "net.ipv4.tcp_mem", "1 2 3"),
            ("sysctl", "vm.max_map_count", "262144"),
        )
    )
    assert not snapshot.covers(Section.NODE_SETTINGS), "a script of a pool shows no node"


def test_no_credential_of_a_node_reaches_the_snapshot(tmp_path: Path) -> None:
    files = {
        "web-1/daemon.json": json.dumps(DAEMON),
        "web-1/config.toml": CONTAINERD,
        "web-1/crontab": CRON,
        "web-1/rc.local": RC_LOCAL,
        "web-1/agent.service": UNIT,
        "web-1/docker.service.d/proxy.conf": PROXY,
        "web-1/sysctl.conf": KEY,
    }
    snapshot = read(tmp_path, files)
    assert "0a1b2c3d" not in repr(snapshot)
    assert not [s for s in SECRETS if s in repr(snapshot)]
    fields = {n.field for n in snapshot.secrets}
    assert {"crontab: cron", "rc.local: rc.local", "daemon.json: proxies.http-proxy"} <= fields
    assert "systemd units: HTTP_PROXY" in fields

"""A node for the collector: its file system, and what the script for nodes tells of it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from migrator.snapshot.node_files import NodeFile
from migrator.snapshot.readers import Told
from migrator.snapshot.readers.node_facts import NODE_FACTS

NODE_SCRIPT = files("migrator.collector").joinpath("node.sh").read_text("utf-8")
FILES = {
    "etc/sysctl.conf": "vm.max_map_count = 262144",  # no line end
    "etc/sysctl.d/90-shop.conf": "net.core.somaxconn = 32768\n@@ end\n",
    "etc/docker/daemon.json": (
        '{"insecure-registries": ["10.0.0.9:5000"], "auths": {"x": {"auth": "c2VjcmV0LXZhbHVl"}}}'
    ),
    "etc/rc.d/rc.local": "#!/bin/bash\n/opt/agent/start --token=Agent-T0ken\n",
    "etc/cron.d/backup": "0 3 * * * root /opt/backup.sh\n",
    "etc/hosts": "127.0.0.1 localhost\n192.168.0.12 db\n",
    "etc/systemd/system/docker.service.d/proxy.conf": '[Service]\nEnvironment="HTTP_PROXY=http://u:Pr0xy-Pw@10.0.0.8:1"\n',
    "proc/1/mounts": "/dev/vdc /data xfs rw 0 0\n10.0.0.7:/share /share nfs rw 0 0\n/dev/vdd /var ext4 rw 0 0\n",
    "proc/1/comm": "systemd\n",
    "proc/20/comm": "chronyd\n",
    "proc/21/comm": "systemd-journal\n",
    "proc/22/comm": "dockerd\n",
    "proc/swaps": "Filename Type Size Used Priority\n/dev/vdb partition 4 0 -2\n",
    "proc/meminfo": "MemTotal: 8000 kB\nMemFree: 100 kB\nMemAvailable: 2000 kB\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\npaas:x:1000:1000::/home/paas:/sbin/nologin\n",
    "sys/class/net/bond0/mtu": "9000\n",
    "tmp/x": "",
    "run/containerd/containerd.sock": "",
    "usr/bin/chown": "",
    "usr/bin/chmod": "",
    "bin/mkdir": "",
    "usr/bin/ln": "",
    "usr/bin/touch": "",
    "usr/sbin/pidof": "",
    "opt/cloud/cce/kubernetes/kubelet/pki/kubelet-server-1.pem": "",
    "opt/cloud/cce/kubernetes/kubelet/pki/kubelet-server-2.pem": "",
    "var/lib/docker/image/overlay2/imagedb/content/sha256/aa": "{}",
    "var/lib/docker/image/overlay2/imagedb/content/sha256/bb": "{}",
    "var/lib/docker/image/overlay2/layerdb/sha256/aa/diff": "",
    "var/lib/docker/image/overlay2/layerdb/sha256/bb/diff": "",
    "var/lib/docker/image/overlay2/layerdb/sha256/cc/diff": "",
    "proc/23/comm": "ntpd\n",  # in a container
    "proc/23/cgroup": "0::/../../burstable/pod0f6e1a52-7d0b-4c55-9a0e-1f2d3c4b5a61/9\n",
    "proc/30/comm": "kube-proxy\n",
    "proc/30/cgroup": "4:memory:/system.slice/kube-proxy.service\n1:name=systemd:/system.slice/kube-proxy.service\n",
    "proc/31/cgroup": "0::/../../system.slice/yangtse.service/agent\n",
    "proc/32/cgroup": "0::/kubepods.slice/kubepods-pod1.slice/docker-9.scope/system.slice/canal.service\n",
    "usr/bin/sudo": "",
    "opt/cloud/cce/kubernetes/kubelet/kubelet": "",
    "opt/cloud/cce/kubernetes/kubelet/kubelet_config.yaml": "",
    "etc/sysconfig/docker": "OPTIONS=''\n",
    "var/lib/cloud/data/instance-id": "0f6e1a52-7d0b-4c55-9a0e-1f2d3c4b5a61\n",
    "var/paas/conf/server.conf": "password=Server-Pw\n",
    "proc/77/comm": "kubelet\n",
    "proc/77/cmdline": "/usr/bin/kubelet\0--max-pods=200\0--config=/etc/kubelet_config.yaml\0",
    "etc/kubelet_config.yaml": (
        "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nkubeAPIQPS: 300\n"
    ),
}
STATES = {
    "command chage": "no",
    "command chmod": "yes",
    "command chown": "yes",
    "command ln": "yes",
    "command mkdir": "yes",
    "command pidof": "yes",
    "command touch": "yes",
    "containerd socket": "yes",
    "file /etc/default/docker": "no",
    "file /etc/sysconfig/docker": "yes",
    "file /opt/cloud/cce/kubernetes/kube-proxy/kube-proxy": "no",
    "file /opt/cloud/cce/kubernetes/kubelet/kubelet": "yes",
    "file /opt/cloud/cce/kubernetes/kubelet/kubelet_config.yaml": "yes",
    "id /var/lib/cloud/data/instance-id": "0f6e1a52-7d0b-4c55-9a0e-1f2d3c4b5a61",
    "id /var/paas/conf/server.conf": "other",
    "images": "2",
    "immutable /etc/sudoers": "absent",
    "immutable /etc/sudoers.d/sudoerspaas": "absent",
    "kubelet certificates": "2",
    "layers": "3",
    "link /var/lib/containerd": "absent",
    "link /var/lib/docker": "absent",
    "link /var/lib/kubelet": "/mnt/paas/kubernetes/kubelet",
    "memory used": "75",
    "mode /": "555",
    "mounted over": "/var",
    "mtu bond0": "9000",
    "network mounts": "/share",
    "running NetworkManager": "no",
    "running chronyd": "yes",
    "running kube-proxy": "yes",
    "running ntpd": "no",
    "running systemd-journald": "yes",
    "service kube-proxy": "active",
    "service yangtse": "active",
    "shared volume group": "no",
    "shell paas": "/sbin/nologin",
    "swap": "1",
}


def node_root(folder: Path) -> Path:
    """The file system of a node; ``/etc/rc.local`` is a link, also one that leads out of the mounted root."""
    top = folder / "root"
    for name, content in FILES.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (top / "etc/rc.local").symlink_to("/etc/rc.d/rc.local")
    (top / "var/lib/kubelet").symlink_to("/mnt/paas/kubernetes/kubelet")
    top.chmod(0o555)
    return top


def states(facts: bytes) -> list[tuple[str, str]]:
    """What the reader takes from one node's facts."""
    told = [e.fact for e in NODE_FACTS.read(facts, "node.txt") if isinstance(e, Told)]
    return [s for fact in told if isinstance(fact, NodeFile) for s in fact.states]

"""What a snapshot says about its nodes, network and workloads that decides over an upgrade in place."""

from __future__ import annotations

from migrator.snapshot.model import NodeKind, Snapshot, Workload
from migrator.versions import Minor

# Kernel parameters that every pod may set without leave, and the minor from which on it may (K8S).
_SAFE_SYSCTLS = {
    **dict.fromkeys(("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"), Minor(1, 4)),
    "net.ipv4.ping_group_range": Minor(1, 18),
    "net.ipv4.ip_unprivileged_port_start": Minor(1, 22),
    "net.ipv4.ip_local_reserved_ports": Minor(1, 27),
    **dict.fromkeys(("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout"), Minor(1, 29)),
    **dict.fromkeys(("net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"), Minor(1, 29)),
    **dict.fromkeys(("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"), Minor(1, 32)),
}


def bare_metal_nodes(snapshot: Snapshot) -> list[str]:
    """Nodes and node pools that are known to be bare metal, by name; a node of unknown kind is not among them."""
    nodes = [node.name for node in snapshot.nodes if node.kind is NodeKind.BARE_METAL]
    pools = [pool.name for pool in snapshot.node_pools if pool.type == "ElasticBMS" and pool.node_count]
    return sorted({*nodes, *pools})


def arm_nodes(snapshot: Snapshot) -> list[str]:
    """Nodes that are known to have ARM processors, by name."""
    return sorted(node.name for node in snapshot.nodes if node.architecture in ("arm64", "aarch64"))


def container_network(snapshot: Snapshot) -> str:
    """The network mode of the cluster as the CCE API names it, empty where unknown."""
    return snapshot.cluster.network_mode


def unsafe_sysctls(workload: Workload, target: Minor) -> list[str]:
    """Kernel parameters that its pods set and that a kubelet of ``target`` refuses unless it was told to allow them."""
    return sorted(k for k in workload.sysctls if (since := _SAFE_SYSCTLS.get(k)) is None or target < since)

"""What a snapshot says about its nodes and network that decides over an upgrade in place."""

from __future__ import annotations

from migrator.snapshot.model import NodeKind, Snapshot


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

"""Which workloads have pods on which nodes, and in what portions nodes are emptied."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from migrator.runbook.inventory import Inventory
from migrator.runbook.served import Identity
from migrator.runbook.steps.findings import owners
from migrator.snapshot.model import Node, Workload

_FIRST, _GROWS, _MOST = 1, 4, 20  # nodes at a time: one as a trial, then four times as many, 20 at most (A.4)


def workloads_by_node(inventory: Inventory) -> Mapping[str, tuple[Workload, ...]]:
    """Node -> the business's workloads with a pod there, as the snapshot saw them; empty where it holds no pods."""
    mine = {("", w.ref.kind, w.ref.namespace, w.ref.name): w for w in inventory.workloads}
    owner_of = owners(inventory)
    found: dict[str, dict[Identity, Workload]] = defaultdict(dict)
    for pod in inventory.snapshot.pods:
        kind, _, name = pod.owner.partition("/")
        wanted: Identity | None = ("", kind, pod.namespace, name) if name else ("", "Pod", pod.namespace, pod.name)
        for _ in range(3):
            if wanted is None or wanted in mine:
                break
            wanted = owner_of.get(wanted)
        if wanted in mine and pod.node and wanted is not None:
            found[pod.node][wanted] = mine[wanted]
    return {node: tuple(found[node][key] for key in sorted(found[node])) for node in found}


def portions(inventory: Inventory) -> tuple[tuple[Node, ...], ...]:
    """The nodes in the order of emptying: the smallest pool first, in it the node with the fewest pods."""
    sizes = Counter(n.pool for n in inventory.nodes)
    pods = Counter(p.node for p in inventory.snapshot.pods)
    order = sorted(inventory.nodes, key=lambda n: (sizes[n.pool], n.pool, pods[n.name], n.name))
    return tuple(_growing(order))


def _growing(nodes: Sequence[Node]) -> list[tuple[Node, ...]]:
    made = []
    start, size = 0, _FIRST
    while start < len(nodes):
        made.append(tuple(nodes[start : start + size]))
        start, size = start + size, min(size * _GROWS, _MOST)
    return made

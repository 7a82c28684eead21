"""What the metrics API measured on nodes, as their state: CPU and memory in use (C, items 11 and 16)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from migrator.snapshot.model import Fact, Node, NodeState
from migrator.snapshot.values import Body, mapping, text

_QUANTITY = re.compile(r"(?P<number>\d{1,18}(?:\.\d{1,9})?)(?P<unit>[numkMGT]?|[KMGT]i)", re.ASCII)
_UNITS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_UNITS |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


class NodeUsage(Fact, frozen=True, kw_only=True):
    """One ``NodeMetrics``: quantities as Kubernetes writes them."""

    node: str
    cpu: str = ""
    memory: str = ""


def usage_of(name: str, body: Body) -> NodeUsage:
    usage = mapping(body.get("usage"))
    return NodeUsage(node=name, cpu=text(usage.get("cpu")), memory=text(usage.get("memory")))


def with_usage(
    states: tuple[NodeState, ...], measured: Sequence[NodeUsage], nodes: Iterable[Node]
) -> tuple[NodeState, ...]:
    """The states and what was measured, in per cent of the node's capacity; of two looks the one that saw more."""
    if not measured:
        return states
    by_name = {n.name: n for n in nodes}
    found = {(s.node, s.key): s for s in states}
    for usage in measured:
        node = by_name.get(usage.node)
        if node is None:
            continue
        for key, used, most in (("cpu used", usage.cpu, node.cpu), ("memory used", usage.memory, node.memory)):
            share = _percent(used, most)
            seen = found.get((node.name, key))
            if share is not None and (seen is None or not seen.value.isdigit() or int(seen.value) < share):
                found[node.name, key] = NodeState(node=node.name, key=key, value=str(share))
    return tuple(found[place] for place in sorted(found))


def _percent(used: str, most: str) -> int | None:
    """Rounded up: what is more than 90 per cent must not look like 90."""
    part, whole = quantity(used), quantity(most)
    return math.ceil(round(part * 100 / whole, 6)) if part is not None and whole else None


def quantity(value: str) -> float | None:
    """``250m`` as 0.25, ``1Ki`` as 1024; None for what is no quantity."""
    found = _QUANTITY.fullmatch(value)
    return float(found["number"]) * _UNITS[found["unit"]] if found else None

"""CLU002 and on: nodes that an upgrade cannot take along, or that the target no longer knows (A.1, A.5, C)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import cluster_ref, node_ref, pool_ref
from migrator.errors import VersionError
from migrator.paths.model import Strategy
from migrator.snapshot.model import Node, NodeKind, Section
from migrator.versions import Version, VersionRange

_UPGRADE = frozenset({Strategy.UPGRADE})
_NODES = frozenset({Section.NODES})

BARE_METAL = CheckSpec(
    code="CLU002",
    slug="bare-metal-node",
    category=Category.CLUSTER,
    severity=Severity.BLOCKER,
    needs=_NODES,
    strategies=_UPGRADE,
    references=("course",),
)

DOCKER = CheckSpec(
    code="CLU005",
    slug="docker-runtime",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=_NODES,
    applies=VersionRange.parse(">=1.27"),
    precheck_items=(59, 60),
    references=("BYS", "PRE"),
)

NOT_READY = CheckSpec(
    code="CLU006",
    slug="node-not-ready",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=_NODES,
    precheck_items=(15, 20),
    references=("PRE", "OTC22"),
)

TAINTED = CheckSpec(
    code="CLU007",
    slug="node-taint-of-failed-upgrade",
    category=Category.CLUSTER,
    severity=Severity.BLOCKER,
    needs=_NODES,
    strategies=_UPGRADE,
    precheck_items=(25,),
    references=("PRE",),
)

BEHIND = CheckSpec(
    code="CLU008",
    slug="node-behind-cluster",
    category=Category.CLUSTER,
    severity=Severity.BLOCKER,
    needs=_NODES,
    strategies=_UPGRADE,
    precheck_items=(7,),
    references=("PRE",),
)

# Left on a node by an upgrade that skipped it, or by a broken container network (C-1, C-25).
_BLOCKING_TAINTS = ("node.kubernetes.io/upgrade", "node.cloudprovider.kubernetes.io/cni-problem")


@check(BARE_METAL)
def bare_metal(context: CheckContext) -> Iterator[Yield]:
    """Only clusters of virtual machines can be upgraded (A.1); tables of later manuals say nothing of it."""
    snapshot, hops = context.snapshot, context.path.hops
    demanded = not hops or any("vm_nodes_only" in hop.preconditions for hop in hops)
    severity = Severity.BLOCKER if demanded else Severity.WARNING
    if snapshot.cluster.type == "BareMetal":
        yield finding(BARE_METAL, cluster_ref(snapshot), "cluster", severity=severity)
    for node in snapshot.nodes:
        if node.kind is NodeKind.BARE_METAL:
            yield finding(BARE_METAL, node_ref(node), "node", severity=severity, flavor=node.flavor)
        elif node.kind is NodeKind.UNKNOWN:
            yield unresolved(BARE_METAL, node_ref(node))
    for pool in snapshot.node_pools:
        if pool.type == "ElasticBMS":
            yield finding(BARE_METAL, pool_ref(pool), "pool", severity=severity, flavor=pool.flavor)


@check(DOCKER)
def docker(context: CheckContext) -> Iterator[Yield]:
    """Docker is not recommended from 1.27 on (C-59, C-60)."""
    for node in context.snapshot.nodes:
        if not node.runtime:
            yield unresolved(DOCKER, node_ref(node))
        elif node.runtime.startswith("docker"):
            yield finding(DOCKER, node_ref(node), "node", runtime=node.runtime)
    for pool in context.snapshot.node_pools:
        if pool.runtime.startswith("docker"):
            yield finding(DOCKER, pool_ref(pool), "pool", runtime=pool.runtime)


@check(NOT_READY)
def not_ready(context: CheckContext) -> Iterator[Yield]:
    """An upgrade stops at a node that is not Ready (C-20); for a migration it only hides part of the picture."""
    severity = Severity.BLOCKER if context.strategy is Strategy.UPGRADE else Severity.WARNING
    for node in context.snapshot.nodes:
        if node.ready is None and not node.phase:
            yield unresolved(NOT_READY, node_ref(node))
        elif node.ready is False or (node.ready is None and node.phase != "Active"):
            yield finding(NOT_READY, node_ref(node), severity=severity, phase=node.phase or "NotReady")


@check(TAINTED)
def tainted(context: CheckContext) -> Iterator[Yield]:
    for node in context.snapshot.nodes:
        keys = sorted({t.key for t in node.taints if t.key in _BLOCKING_TAINTS})
        if keys:
            yield finding(TAINTED, node_ref(node), taints=keys)


@check(BEHIND)
def behind(context: CheckContext) -> Iterator[Yield]:
    """A node whose kubelet is of an older minor than the cluster was left over by an earlier upgrade (C-7)."""
    for node in context.snapshot.nodes:
        kubelet = _kubelet(node)
        if kubelet is None:
            yield unresolved(BEHIND, node_ref(node))
        elif kubelet.as_minor < context.source.as_minor:
            yield finding(BEHIND, node_ref(node), kubelet=node.kubelet_version, cluster=str(context.source))


def _kubelet(node: Node) -> Version | None:
    try:
        return Version.parse(node.kubelet_version)
    except VersionError:
        return None

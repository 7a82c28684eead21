"""CLU100 to CLU103, OPS100: numbers and kernel parameters that a new node or a new version takes otherwise (A.6, G)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import node_ref, node_setting_ref, pool_ref
from migrator.paths.facts import unsafe_sysctls
from migrator.snapshot.model import Section
from migrator.snapshot.node_settings import by_value
from migrator.versions import VersionRange

TAINTS = CheckSpec(
    code="CLU100",
    slug="too-many-taints",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=frozenset({Section.NODES}),
    references=("OTC22",),
)

PODS = CheckSpec(
    code="CLU101",
    slug="pods-near-limit-of-node",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=frozenset({Section.NODES, Section.PODS}),
    references=("course",),
)

PORT_RANGE = CheckSpec(
    code="CLU102",
    slug="local-ports-meet-node-ports",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=frozenset({Section.NODE_SETTINGS}),
    applies=VersionRange.parse(">=1.24"),
    references=("HWC-web",),
)

CONNTRACK = CheckSpec(
    code="CLU103",
    slug="conntrack-maximum-lowered",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=frozenset({Section.NODE_SETTINGS}),
    applies=VersionRange.parse(">=1.29"),
    references=("BYS",),
)

UNSAFE_SYSCTL = CheckSpec(
    code="OPS100",
    slug="unsafe-sysctl",
    category=Category.OPERATIONS,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS}),
    applies=VersionRange.parse(">=1.17"),
    references=("OTC22",),
)

_MOST_TAINTS = 10  # of a node pool (G.3)
_FULL = 0.9
_NODE_PORTS = (30000, 32767)


@check(TAINTS)
def taints(context: CheckContext) -> Iterator[Yield]:
    for pool in context.snapshot.node_pools:
        if len(pool.taints) > _MOST_TAINTS:
            yield finding(TAINTS, pool_ref(pool), count=len(pool.taints), most=_MOST_TAINTS)
    for node in context.snapshot.nodes:
        if len(node.taints) > _MOST_TAINTS:
            yield finding(TAINTS, node_ref(node), count=len(node.taints), most=_MOST_TAINTS)


@check(PODS)
def pods(context: CheckContext) -> Iterator[Yield]:
    """The number of pods of a node is set when it is made; what is drained from a full one needs room elsewhere."""
    running = Counter(
        pod.node for pod in context.snapshot.pods if pod.node and pod.phase not in ("Succeeded", "Failed")
    )
    for node in context.snapshot.nodes:
        if node.max_pods and running[node.name] >= _FULL * node.max_pods:
            yield finding(PODS, node_ref(node), pods=running[node.name], most=node.max_pods)


@check(PORT_RANGE)
def port_range(context: CheckContext) -> Iterator[Yield]:
    for setting in by_value(context.snapshot.node_settings):
        if setting.key == "net.ipv4.ip_local_port_range" and _meets(setting.value):
            yield finding(PORT_RANGE, node_setting_ref(setting), value=setting.value, nodes=list(setting.nodes))


def _meets(value: str) -> bool:
    ends = [int(part) for part in value.split() if part.isdigit()]
    return len(ends) == 2 and ends[0] <= _NODE_PORTS[1] and ends[1] >= _NODE_PORTS[0]


@check(CONNTRACK)
def conntrack(context: CheckContext) -> Iterator[Yield]:
    for setting in by_value(context.snapshot.node_settings):
        if setting.key in ("net.netfilter.nf_conntrack_max", "net.nf_conntrack_max"):
            yield finding(CONNTRACK, node_setting_ref(setting), value=setting.value, nodes=list(setting.nodes))


@check(UNSAFE_SYSCTL)
def unsafe_sysctl(context: CheckContext) -> Iterator[Yield]:
    """Kubelet refuses pods with these unless the node's pool allows them."""
    for workload in context.user_workloads:
        if unsafe := unsafe_sysctls(workload, context.target.as_minor):
            yield finding(UNSAFE_SYSCTL, workload.ref, sysctls=unsafe)

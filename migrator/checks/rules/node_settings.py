"""OPS001, the course's OM-1: kernel parameters and system settings made on the nodes by hand (B.1, G.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from migrator.catalog.model import SettingCategory
from migrator.catalog.node_defaults import NodeDefaults
from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Finding, Severity, Yield
from migrator.checks.subjects import cluster_ref, node_setting_ref, pool_ref
from migrator.locale import msg
from migrator.snapshot.model import NodeSetting, Section, Snapshot
from migrator.snapshot.node_settings import EVERY_NODE, SharedSetting, by_value, of_pool, shortened

SPEC = CheckSpec(
    code="OPS001",
    slug="node-private-configuration",
    category=Category.OPERATIONS,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS}),
    asks=True,
    course_item="OM-1",
    references=("course",),
)


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    """Settings told by the dump or a person; pods that set or may set kernel parameters; pools with scripts."""
    snapshot = context.snapshot
    changed = by_value(_changed(context))
    yield evidence(SPEC, "total", settings=len(changed), nodes=len(snapshot.nodes))
    if snapshot.node_coverage:
        yield from _coverage(snapshot)
    for shared in changed:
        yield _finding(shared)
    for workload in snapshot.user_workloads:
        if workload.sysctls:
            yield finding(
                SPEC, workload.ref, "pod_sysctls", sysctls=[f"{k}={v}" for k, v in sorted(workload.sysctls.items())]
            )
        elif workload.privileged:
            yield finding(SPEC, workload.ref, "privileged", severity=Severity.INFO)
    for pool in snapshot.node_pools:
        if pool.has_install_scripts:
            yield finding(SPEC, pool_ref(pool), "install_scripts", severity=Severity.INFO)


def _changed(context: CheckContext) -> list[NodeSetting]:
    """The settings that an untouched node does not have: a new one will not have them either."""
    defaults = NodeDefaults(context.catalog)
    nodes = context.snapshot.nodes
    kernels: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        for name in (node.name, EVERY_NODE, of_pool(node.pool)):
            kernels[name].add(node.kernel_version)
    return [
        s
        for s in context.snapshot.node_settings
        if not all(defaults.untouched(s.category, s.key, s.value, k) for k in kernels.get(s.node, {""}))
    ]


def _finding(shared: SharedSetting) -> Finding:
    subject, nodes = node_setting_ref(shared), list(shared.nodes)
    what = {"category": shared.category, "key": shared.key, "value": shared.value}
    if len(nodes) == 1:
        variant = "setting_everywhere" if nodes == [EVERY_NODE] else "setting"
        return finding(SPEC, subject, variant, severity=None, node=nodes[0], **what)
    examples = shortened(nodes)
    return finding(
        SPEC, subject, "setting_shared", severity=None, nodes=nodes, count=len(nodes), examples=examples, **what
    )


def _coverage(snapshot: Snapshot) -> Iterator[Yield]:
    """Which nodes' own files were looked at, and which are missing."""
    looked = {c.node: set(c.categories) for c in snapshot.node_coverage}
    names = sorted({n.name for n in snapshot.nodes} | looked.keys())
    yield evidence(SPEC, "looked", looked=len(looked), nodes=len(names))
    if unseen := [n for n in names if n not in looked]:
        yield unresolved(
            SPEC, cluster_ref(snapshot), "nodes", looked=len(looked), nodes=len(names), examples=shortened(unseen)
        )
    for category in SettingCategory:
        if partly := [n for n in names if n in looked and category not in looked[n]]:
            part = msg(f"node_setting.category.{category}")
            yield unresolved(
                SPEC, cluster_ref(snapshot), "part", part=part, count=len(partly), examples=shortened(partly)
            )

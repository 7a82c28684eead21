"""OPS001, the course's OM-1: kernel parameters and system settings made on the nodes by hand (B.1, G.4)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import node_setting_ref, pool_ref
from migrator.snapshot.model import NodeSetting, Section

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
    changed = [s for s in snapshot.node_settings if not _untouched(s, context)]
    yield evidence(SPEC, "total", settings=len(changed), nodes=len(snapshot.nodes))
    for setting in changed:
        yield finding(
            SPEC,
            node_setting_ref(setting),
            "setting" if setting.node != "*" else "setting_everywhere",
            node=setting.node,
            category=setting.category,
            key=setting.key,
            value=setting.value,
        )
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


def _untouched(setting: NodeSetting, context: CheckContext) -> bool:
    """Whether the value is the one that an untouched CCE node has, so that a new node has it too."""
    default = context.catalog.node_setting_defaults.get(setting.key)
    return setting.category == "sysctl" and default is not None and setting.value == default

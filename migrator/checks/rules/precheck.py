"""PRE001 to PRE073: the items of the platform's pre-upgrade check that no other check decides (C).

Each is made from its row of the catalog. What facts can tell of it they tell here; the rest a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Decider, PrecheckItem
from migrator.checks.objects import Content, contents
from migrator.checks.registry import check, object_check
from migrator.checks.report import evidence, finding
from migrator.checks.rules.precheck_facts import FACT_LOOKS
from migrator.checks.rules.precheck_nginx import nginx
from migrator.checks.rules.precheck_nodes import NODE_LOOKS
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import cluster_ref, node_ref, pool_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import Section
from migrator.snapshot.nodes import DEFAULT_POOL
from migrator.versions import Version, VersionRange

Look = Callable[[CheckSpec, CheckContext], Iterator[Yield]]
Judge = Callable[[CheckSpec, CheckContext, Content], Iterator[Yield]]

_POOL_LABEL = "cce.cloud.com/cce-nodepool"
_METRICS_API = re.compile(r"v\d\w*\.metrics\.k8s\.io")  # not those of custom and external metrics
_METRICS = ("metrics-server", "prometheus", "cce-prometheus", "kube-prometheus-stack", "cloud-native-prometheus")
_ACL = tuple(f"kubernetes.io/elb.acl-{part}" for part in ("id", "status", "type"))
_UNREADY = ("tolerate-unready-endpoints", "service.alpha.kubernetes.io/tolerate-unready-endpoints")
_HINTS = "service.kubernetes.io/topology-aware-hints"
_FINISHED = ("succeeded", "success", "completed", "finished")
_BUSY_POOL = re.compile(r"(?i)synchroniz|soldout|error|delet|creat|scal|abnormal")


def _nodes(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    for node in context.snapshot.nodes:
        if node.phase and node.phase != "Active":
            yield finding(spec, node_ref(node), phase=node.phase)
        pool = node.labels.get(_POOL_LABEL, "")
        if pool and node.pool == DEFAULT_POOL and pool.lower() != DEFAULT_POOL.lower():
            yield finding(spec, node_ref(node), "pool", label=f"{_POOL_LABEL}={pool}")


def _pools(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    for pool in context.snapshot.node_pools:
        if _BUSY_POOL.search(pool.phase):
            yield finding(spec, pool_ref(pool), phase=pool.phase)


def _kernels(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """The EulerOS 2.8 image for ARM is defective in 1.17."""
    for node in context.snapshot.nodes:
        arm = node.architecture in ("arm64", "aarch64") or "aarch64" in node.kernel_version
        if context.source.as_minor == Version.parse("1.17").as_minor and arm and "eulerosv2r8" in node.kernel_version:
            yield finding(spec, node_ref(node), kernel=node.kernel_version)


def _metrics(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Who serves the API need not be an add-on: its APIService tells as well."""
    served = any(_METRICS_API.fullmatch(ref.name) for ref in context.objects.named("APIService"))
    if not served and not any(addon.name in _METRICS for addon in context.snapshot.addons):
        yield finding(spec, cluster_ref(context.snapshot))


def _package_versions(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """They are named by the private address of their node."""
    snapshot = context.snapshot
    known = {name for n in snapshot.nodes for name in (n.name, *n.private_ips)}
    if not snapshot.covers(Section.NODES):
        return
    for held in snapshot.manifests:
        if held.ref.kind.lower() == "packageversion" and held.ref.name not in known:
            yield finding(spec, held.ref)


def _drainages(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    kinds = {m.ref.kind for m in context.snapshot.manifests if m.ref.kind.lower() == "drainage"}
    for content in contents(context, *sorted(kinds)):
        status = content.body.get("status")
        phase = str(status.get("phase", "")) if isinstance(status, dict) else ""
        if phase.lower() not in _FINISHED:
            yield finding(spec, content.ref, phase=phase or "-")


def _containerd(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    count = sum(node.runtime.startswith("containerd") for node in context.snapshot.nodes)
    yield evidence(spec, "nodes", count=count)


def _gpu_installer(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    for content in contents(context, "DaemonSet"):
        strategy = content.spec.get("updateStrategy")
        kind = strategy.get("type") if isinstance(strategy, dict) else None
        if content.ref.name == "nvidia-driver-installer" and kind == "OnDelete":
            yield finding(spec, content.ref)


def _annotations(spec: CheckSpec, context: CheckContext, service: Content) -> Iterator[Yield]:
    """The hints are gone in 1.27 only."""
    used = service.metadata.get("annotations") or {}
    discarded = (*_UNREADY, _HINTS) if context.target.as_minor >= Version.parse("1.27").as_minor else _UNREADY
    for name in discarded:
        if name in used:
            yield finding(spec, service.ref, annotation=name)
            return


def _access_control(spec: CheckSpec, _context: CheckContext, service: Content) -> Iterator[Yield]:
    used = service.metadata.get("annotations") or {}
    missing = [name for name in _ACL if not used.get(name)]
    if 0 < len(missing) < len(_ACL):
        yield finding(spec, service.ref, missing=missing)


_LOOKS: dict[int, Look] = {
    **FACT_LOOKS,
    **NODE_LOOKS,
    1: _nodes,
    5: _pools,
    18: _kernels,
    27: _metrics,
    50: _package_versions,
    53: nginx,
    54: _containerd,
    55: _gpu_installer,
    64: _drainages,
}
_JUDGES: dict[int, Judge] = {8: _annotations, 57: _access_control}
_NEEDS = {27: frozenset({Section.ADDONS})}


def _spec(item: PrecheckItem) -> CheckSpec:
    return CheckSpec(
        code=item.decided_by,
        slug=item.slug,
        category=Category(item.category),
        severity=Severity(item.severity),
        needs=_NEEDS.get(item.number, frozenset()),
        asks=item.decider is Decider.PERSON,
        precheck_items=(item.number,),
        condition=item.condition,
        strategies=frozenset({Strategy.UPGRADE}),
        applies=VersionRange.parse(item.targets),
        references=item.sources,
    )


def _register(item: PrecheckItem) -> None:
    spec = _spec(item)
    if item.number in _JUDGES:
        judge = _JUDGES[item.number]
        object_check(spec, "Service")(lambda context, content: judge(spec, context, content))
        return
    look = _LOOKS.get(item.number)
    check(spec)(lambda context: look(spec, context) if look else ())


for _item in shipped_catalog().precheck_items:
    if _item.is_own:
        _register(_item)

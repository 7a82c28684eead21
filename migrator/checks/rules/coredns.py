"""CLU003 and NET003: CoreDNS, which an upgrade replaces together with the cluster (A.1, A.5, A.6)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import cluster_ref, corefile_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import Section, Workload
from migrator.versions import Minor

REPLICAS = CheckSpec(
    code="CLU003",
    slug="coredns-short-of-nodes",
    category=Category.CLUSTER,
    severity=Severity.BLOCKER,
    needs=frozenset({Section.NODES, Section.WORKLOADS}),
    strategies=frozenset({Strategy.UPGRADE}),
    references=("course", "HWC2021"),
)

COREFILE = CheckSpec(
    code="NET003",
    slug="corefile-proxy",
    category=Category.NETWORK,
    severity=Severity.BLOCKER,
    needs=frozenset({Section.CONFIG_MAPS}),
    references=("course",),
)

# Zones of a Corefile that CCE writes itself; any other was added for the business (B.2 NW-4).
_OWN_ZONES = (".", "cluster.local", "in-addr.arpa", "ip6.arpa")


@check(REPLICAS)
def replicas(context: CheckContext) -> Iterator[Yield]:
    """At least as many nodes as CoreDNS instances, and all instances running, or the upgrade fails (A.1)."""
    coredns = _coredns(context)
    nodes = len(context.snapshot.nodes)
    if coredns is None or coredns.replicas is None or coredns.ready is None:
        yield unresolved(REPLICAS, coredns.ref if coredns else cluster_ref(context.snapshot))
        return
    if nodes < coredns.replicas:
        yield finding(REPLICAS, coredns.ref, "too_few_nodes", replicas=coredns.replicas, nodes=nodes)
    if coredns.ready < coredns.replicas:
        yield finding(REPLICAS, coredns.ref, "not_running", replicas=coredns.replicas, ready=coredns.ready)
    if nodes < 2:
        yield finding(REPLICAS, cluster_ref(context.snapshot), "one_node", severity=Severity.WARNING, nodes=nodes)


@check(COREFILE)
def corefile(context: CheckContext) -> Iterator[Yield]:
    """The CoreDNS of 1.15 no longer knows ``proxy``; a migration must not carry the line over (A.6)."""
    text = context.snapshot.cluster.corefile
    if text is None:
        yield evidence(COREFILE, "absent") if _runs_without(context) else unresolved(COREFILE, corefile_ref())
        return
    lines = [line.split("#", 1)[0].strip() for line in text.splitlines()]
    proxies = [" ".join(line.split()) for line in lines if line.split()[:1] == ["proxy"]]
    if proxies and context.target.as_minor >= Minor(1, 15):
        upgrade = context.strategy is Strategy.UPGRADE
        yield finding(
            COREFILE, corefile_ref(), "proxy", severity=None if upgrade else Severity.WARNING, lines=_once(proxies)
        )
    zones = _zones(lines)
    if zones:
        yield finding(COREFILE, corefile_ref(), "zones", severity=Severity.INFO, zones=zones)


def _coredns(context: CheckContext) -> Workload | None:
    named = [
        w
        for w in context.snapshot.workloads
        if w.ref.namespace == "kube-system" and w.ref.name in ("coredns", "kube-dns")
    ]
    return next((w for w in named if w.ref.name == "coredns"), named[0] if named else None)


def _runs_without(context: CheckContext) -> bool:
    """Whether the platform's ConfigMaps were read and CoreDNS has none: an old cluster with kube-dns."""
    names = {c.name for c in context.snapshot.configs if c.kind == "ConfigMap" and c.namespace == "kube-system"}
    return bool(names) and "coredns" not in names


def _zones(lines: list[str]) -> list[str]:
    """Server blocks of zones that the platform does not write: ``example.com:53 {`` at the outermost level."""
    zones: list[str] = []
    depth = 0
    for line in lines:
        if depth == 0 and line.endswith("{"):
            names = (name.removeprefix("dns://").partition(":")[0] for name in line[:-1].replace(",", " ").split())
            zones += [name for name in names if name not in _OWN_ZONES]
        depth += line.count("{") - line.count("}")
    return _once(zones)


def _once(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))

"""What holds for every playbook of any cluster, over clusters that nobody thought of."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.checks.spec import Category, CheckResult, Finding, Outcome, Severity
from migrator.locale import msg
from migrator.runbook.model import Playbook, Runbook, StepKind
from migrator.snapshot.model import (
    Claim,
    ClusterFacts,
    ConfigEntry,
    Ingress,
    IngressRoute,
    KubeObject,
    LoadBalancerKind,
    Mount,
    Namespace,
    Node,
    NodeKind,
    ObjectRef,
    OutageClass,
    Pod,
    Provisioning,
    Service,
    ServicePort,
    Snapshot,
    StorageKind,
    Volume,
    Workload,
)
from tests.unit.runbook.clusters import beside, hop, migrate, steps_of, upgrade, workload
from tests.unit.runbook.invariants import before, check_all, check_names

NAMES = st.text("abcdefgh0123456789", min_size=1, max_size=4)
SPACES = st.sampled_from(["data", "default", "shop", "site"])
KINDS = ("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "StatefulSet")
CLOUD = {
    StorageKind.EVS: OutageClass.OUTAGE,
    StorageKind.SFS: OutageClass.NONE,
    StorageKind.OBS: OutageClass.NONE,
    StorageKind.HOST_PATH: OutageClass.COPY,
    StorageKind.OTHER: OutageClass.UNKNOWN,
}


@st.composite
def volumes(draw: st.DrawFn, claims: list[tuple[str, str]]) -> tuple[Volume, ...]:
    made = []
    for number, (namespace, claim) in enumerate(claims):
        kind = draw(st.sampled_from(list(CLOUD)))
        local = kind is StorageKind.HOST_PATH
        made.append(
            Volume(
                name=f"pv-{number}",
                storage=kind,
                provisioning=Provisioning.NODE_LOCAL if local else Provisioning.CLOUD,
                outage=CLOUD[kind],
                flex_volume=draw(st.booleans()) and not local,
                volume_id=f"id-{number}",
                path="/data" if local else "",
                capacity="10Gi",
                access_modes=("ReadWriteOnce",),
                reclaim_policy=draw(st.sampled_from(["Delete", "Retain", ""])),
                zone=draw(st.sampled_from(["az-1", "az-2", ""])),
                claim_namespace=namespace,
                claim_name=claim,
            )
        )
    return tuple(made)


@st.composite
def given_workloads(draw: st.DrawFn, claims: list[tuple[str, str]]) -> tuple[Workload, ...]:
    made = {}
    for _ in range(draw(st.integers(0, 8))):
        namespace, name, kind = draw(SPACES), draw(NAMES), draw(st.sampled_from(KINDS))
        mine = [c for n, c in claims if n == namespace]
        mounts = [Mount(name="m", kind="claim", target=c) for c in draw(st.sets(st.sampled_from(mine)))] if mine else []
        mounts += [Mount(name="p", kind="host_path", target="/srv/data")] if draw(st.booleans()) else []
        values: dict[str, object] = {"mounts": tuple(mounts)}
        if kind in ("Deployment", "StatefulSet"):
            values["replicas"] = draw(st.integers(0, 3))
        if kind == "CronJob":
            values["schedule"] = "0 3 * * *"
        made[namespace, kind, name] = workload(kind, namespace, name, **values)
    return tuple(made[key] for key in sorted(made))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    claims = sorted(draw(st.sets(st.tuples(SPACES, NAMES), max_size=6)))
    workloads = draw(given_workloads(claims))
    nodes = tuple(
        Node(
            name=f"node-{i}",
            kind=NodeKind.VIRTUAL_MACHINE,
            private_ips=(f"192.168.0.{i + 10}",),
            eips=(f"203.0.113.{i + 10}",) if draw(st.booleans()) else (),
            pool=draw(st.sampled_from(["", "DefaultPool", "web"])),
            billing=draw(st.sampled_from(["", "pay_per_use", "yearly_monthly"])),
        )
        for i in range(draw(st.integers(1, 7)))
    )
    entries = sorted(draw(st.sets(st.tuples(SPACES, NAMES), max_size=4)))
    services = tuple(
        Service(
            namespace=namespace,
            name=name,
            ports=(ServicePort(port=80),),
            selector={"app": draw(NAMES)},
            type=draw(st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"])),
            load_balancer_id=draw(st.sampled_from(["", "elb-1", "elb-2"])),
        )
        for namespace, name in entries
    )
    ingresses = tuple(
        Ingress(
            ref=ObjectRef(api_version="extensions/v1beta1", kind="Ingress", namespace=namespace, name=name),
            routes=(IngressRoute(host=f"{name}.example.com", path="/", service=name, port="80"),),
            load_balancer=LoadBalancerKind.CLASSIC,
            load_balancer_id=draw(st.sampled_from(["", "elb-1"])),
        )
        for namespace, name in entries[:2]
    )
    holders = {(w.ref.namespace, m.target): w.key for w in workloads for m in w.mounts if m.kind == "claim"}
    named = sorted(draw(st.sets(st.tuples(SPACES, NAMES), max_size=3)))
    return Snapshot(
        cluster=ClusterFacts(name="old", billing=draw(st.sampled_from(["", "pay_per_use"]))),
        nodes=nodes,
        namespaces=tuple(Namespace(name=n) for n in ("data", "default", "shop", "site")),
        workloads=workloads,
        pods=tuple(
            Pod(
                namespace=w.ref.namespace,
                name=f"{w.ref.name}-0",
                node=draw(st.sampled_from(nodes)).name,
                owner=f"{w.ref.kind}/{w.ref.name}",
            )
            for w in workloads
            if w.ref.kind in ("Deployment", "StatefulSet")
        ),
        volumes=draw(volumes(claims)),
        claims=tuple(
            Claim(namespace=n, name=c, volume=f"pv-{i}", mounted_by=(holders[n, c],) if (n, c) in holders else ())
            for i, (n, c) in enumerate(claims)
        ),
        services=services,
        ingresses=ingresses,
        configs=tuple(ConfigEntry(namespace=n, name=c, keys=("a",)) for n, c in named),
        objects=tuple(
            KubeObject(ref=ObjectRef(api_version="v1", kind="ServiceAccount", namespace=n, name=c)) for n, c in named
        ),
    )


@st.composite
def results_of(draw: st.DrawFn, snapshot: Snapshot) -> tuple[CheckResult, ...]:
    """Findings of any weight about objects of the cluster, and of the cluster as a whole."""
    refs = [w.ref for w in snapshot.user_workloads] + [ObjectRef(api_version="", kind="Cluster", name="old")]
    made = []
    for number, category in enumerate(draw(st.lists(st.sampled_from(list(Category)), max_size=4))):
        code = f"X{number:03}"
        found = tuple(
            Finding(check=code, severity=draw(st.sampled_from(list(Severity))), subject=ref, message="appendix.empty")
            for ref in draw(st.lists(st.sampled_from(refs), max_size=2, unique=True))
        )
        slug = draw(st.sampled_from(["removed-api", "node-private-configuration", "helm-release-uses-removed-api"]))
        asks = slug == "node-private-configuration" and draw(st.booleans())
        made.append(
            CheckResult(
                check=code,
                slug=slug,
                category=category,
                severity=Severity.BLOCKER,
                outcome=Outcome.FAIL if found else Outcome.UNKNOWN if asks else Outcome.PASS,
                reason=msg("appendix.empty"),
                findings=found,
                unanswered=asks,
            )
        )
    return tuple(made)


@st.composite
def clusters(draw: st.DrawFn) -> tuple[Snapshot, tuple[CheckResult, ...]]:
    snapshot = draw(snapshots())
    return snapshot, draw(results_of(snapshot))


def check_gates(runbook: Runbook) -> None:
    """What blocks is answered by a step or stands at a gate; each gate has somebody to sign it."""
    steps = {s.key: s for s in steps_of(runbook)}
    assert all(s.signs for s in steps.values() if s.kind is StepKind.GATE)
    shown = {str(row[0]) for s in steps.values() for t in s.tables for row in t.rows}
    for result in runbook.results:
        if result.unanswered or result.outcome is Outcome.UNKNOWN:
            assert result.check in shown, "an open question is asked somewhere"
    last = next((s for s in steps.values() if s.point_of_no_return), None)
    if last is not None and runbook.playbook in (Playbook.MIGRATION, Playbook.RETIREMENT):
        assert "retire.sign" in before(steps, last.key)


MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@MANY
@given(clusters(), st.sampled_from(["v1.15", "v1.21", "v1.25", "v1.31"]))
def test_migration(cluster: tuple[Snapshot, tuple[CheckResult, ...]], target: str) -> None:
    snapshot, results = cluster
    runbook = migrate(snapshot, target=target, results=results)
    check_all(runbook, snapshot)
    check_names(steps_of(runbook), snapshot)
    check_gates(runbook)


@MANY
@given(clusters(), st.booleans())
def test_upgrade(cluster: tuple[Snapshot, tuple[CheckResult, ...]], two: bool) -> None:
    snapshot, results = cluster
    hops = (hop("1.13", "1.15"), hop("1.15", "1.17")) if two else (hop("1.15", "1.17"),)
    runbook = upgrade(snapshot, *hops, results=results)
    check_all(runbook, snapshot)
    check_gates(runbook)


@pytest.mark.parametrize("playbook", [Playbook.NODES, Playbook.OPERATIONS, Playbook.RETIREMENT])
@settings(MANY, max_examples=20)
@given(cluster=clusters())
def test_playbooks_beside_the_strategies(playbook: Playbook, cluster: tuple[Snapshot, tuple[CheckResult, ...]]) -> None:
    snapshot, results = cluster
    runbook = beside(snapshot, playbook, results=results)
    check_all(runbook, snapshot)
    check_gates(runbook)
    if playbook is not Playbook.OPERATIONS:
        check_names(steps_of(runbook), snapshot)


@MANY
@given(clusters())
def test_no_outage_is_longer_than_the_whole_and_none_is_forgotten(
    cluster: tuple[Snapshot, tuple[CheckResult, ...]],
) -> None:
    snapshot, _ = cluster
    runbook = migrate(snapshot)
    interrupting = {s.key for s in steps_of(runbook) if s.interrupts}
    assert {key for o in runbook.outages for key in o.steps} == interrupting
    assert runbook.outage_minutes[1] <= runbook.minutes[1]
    stopped = [ref for o in runbook.outages for ref in o.subjects]
    assert len(stopped) == len(set(stopped)), "a workload stops once"

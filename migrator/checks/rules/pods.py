"""WKL020 to WKL027: what stands in pod specifications and budgets, and shows only when pods move (A.6, B.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from migrator.checks.objects import Content, contents
from migrator.checks.registry import check, object_check
from migrator.checks.report import finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.paths.model import Strategy
from migrator.snapshot.model import Workload
from migrator.snapshot.quality import QosClass, qos_of
from migrator.snapshot.values import dig, mapping, mappings, number, text
from migrator.versions import Minor, VersionRange, removed_on_the_way

_UPGRADE = frozenset({Strategy.UPGRADE})
_SERVING = ("Deployment", "StatefulSet", "DaemonSet")
_WITH_PODS = (*_SERVING, "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod")

SINGLE = CheckSpec(
    code="WKL020",
    slug="single-replica",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    references=("course",),
)

READINESS = CheckSpec(
    code="WKL021",
    slug="readiness-probe-missing",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    references=("K8S",),
)

EXEC_PROBE = CheckSpec(
    code="WKL022",
    slug="exec-probe-without-timeout",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    applies=VersionRange.parse(">=1.20"),
    references=("BYS",),
)

PRIVILEGED = CheckSpec(
    code="WKL023",
    slug="pod-beyond-baseline",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    applies=VersionRange.parse(">=1.25"),
    references=("BYS", "K8S"),
)

QOS = CheckSpec(
    code="WKL026",
    slug="qos-changes-with-init-containers",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    strategies=_UPGRADE,
    applies=VersionRange.parse(">=1.16"),
    references=("BYS",),
)

BUDGET = CheckSpec(
    code="WKL027",
    slug="disruption-budget-stops-drain",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    strategies=_UPGRADE,
    references=("K8S",),
)

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_TIMEOUT_ENFORCED = Minor(1, 20)
_INIT_COUNTED = Minor(1, 16)
# (class of the init containers, class of the others): pods of these start anew when kubelet counts both (BYS, table 1).
_RESTARTS = frozenset(
    {
        (QosClass.GUARANTEED, QosClass.BEST_EFFORT),
        (QosClass.BEST_EFFORT, QosClass.GUARANTEED),
        (QosClass.BURSTABLE, QosClass.BEST_EFFORT),
        (QosClass.BURSTABLE, QosClass.GUARANTEED),
    }
)


@object_check(SINGLE, "Deployment", "StatefulSet")
def single(context: CheckContext, content: Content) -> Iterator[Yield]:
    """One pod cannot serve while it moves from node to node; into a new cluster both run side by side."""
    replicas = number(content.spec.get("replicas", 1))
    if replicas == 1 and not content.system:
        severity = Severity.WARNING if context.strategy is Strategy.UPGRADE else Severity.INFO
        yield finding(SINGLE, content.ref, context.strategy.value, severity=severity)


@object_check(READINESS, *_SERVING)
def readiness(context: CheckContext, content: Content) -> Iterable[Yield]:
    """Without the probe a pod gets traffic before its program listens, at every move."""
    unready = [c for c in content.containers if c.get("ports") and not c.get("readinessProbe")]
    if content.system or not unready:
        return ()
    return (finding(READINESS, content.ref, containers=[text(c.get("name")) for c in unready]),)


@object_check(EXEC_PROBE, *_SERVING, "Pod")
def exec_probe(context: CheckContext, content: Content) -> Iterable[Yield]:
    """Since 1.20 the timeout counts, and is one second where nothing is written."""
    names = [
        f"{text(container.get('name'))} {probe}"
        for container in content.containers
        for probe in _PROBES
        if probe in container and dig(container, probe, "exec") and dig(container, probe, "timeoutSeconds") is None
    ]
    if not names or content.system or not removed_on_the_way(_TIMEOUT_ENFORCED, context.source, context.target):
        return ()
    return (finding(EXEC_PROBE, content.ref, probes=names),)


@object_check(PRIVILEGED, *_WITH_PODS)
def privileged(context: CheckContext, content: Content) -> Iterable[Yield]:
    """What the level ``baseline`` of Pod Security, which takes the place of PodSecurityPolicy, does not allow."""
    pods = content.pods
    reasons = [field for field in ("hostNetwork", "hostPID", "hostIPC") if pods.get(field) is True]
    reasons += ["hostPath" for volume in mappings(pods.get("volumes")) if "hostPath" in volume][:1]
    containers = [*mappings(pods.get("initContainers")), *content.containers]
    if [c for c in containers if "securityContext" in c and dig(c, "securityContext", "privileged") is True]:
        reasons.append("privileged")
    if [port for c in containers if "ports" in c for port in mappings(c["ports"]) if port.get("hostPort")]:
        reasons.append("hostPort")
    if not reasons or content.system:
        return ()
    return (finding(PRIVILEGED, content.ref, reasons=reasons, pods_in=content.ref.namespace or "—"),)


@object_check(QOS, *_SERVING, "Pod")
def qos(context: CheckContext, content: Content) -> Iterator[Yield]:
    """Kubelet 1.16 counts the init containers: where the class changes the pod's hash does, and the pod restarts."""
    init = mappings(content.pods.get("initContainers"))
    if not init or not removed_on_the_way(_INIT_COUNTED, context.source, context.target):
        return
    classes = (qos_of(init), qos_of(mappings(content.pods.get("containers"))))
    if classes in _RESTARTS:
        yield finding(QOS, content.ref, init=classes[0].value, others=classes[1].value)


@check(BUDGET, "PodDisruptionBudget")
def budget(context: CheckContext) -> Iterator[Yield]:
    """A budget that lets no pod go stops the draining of nodes, and with it the upgrade."""
    workloads: dict[str, list[Workload]] = defaultdict(list)
    for workload in context.snapshot.workloads:
        workloads[workload.ref.namespace].append(workload)
    for content in contents(context, "PodDisruptionBudget"):
        least, most = text(content.spec.get("minAvailable")), text(content.spec.get("maxUnavailable"))
        if most in ("0", "0%") or least == "100%":
            written = f"maxUnavailable {most}" if most else f"minAvailable {least}"
            yield finding(BUDGET, content.ref, "none", budget=written)
        elif least.isdigit():
            yield from _all_needed(content, int(least), workloads[content.ref.namespace])


def _all_needed(content: Content, least: int, workloads: list[Workload]) -> Iterator[Yield]:
    wanted = mapping(dig(content.spec, "selector", "matchLabels"))
    for workload in workloads:
        replicas = workload.replicas
        if wanted and replicas is not None and replicas <= least and wanted.items() <= workload.labels.items():
            yield finding(BUDGET, content.ref, "all", workload=str(workload.ref), replicas=replicas, least=least)

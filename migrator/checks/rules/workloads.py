"""WKL002 and on: workloads that would not come up, or not stay up, in the new version or the new cluster (B.2, A.6)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.catalog.model import Change, Removal, RemovalKind
from migrator.checks.objects import Content, contents
from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import cluster_ref, pod_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import Pod, Section
from migrator.snapshot.values import dig, mapping, mappings, text
from migrator.snapshot.workloads import GROUPS
from migrator.versions import VersionRange

_WORKLOADS = frozenset({Section.WORKLOADS})

ABNORMAL = CheckSpec(
    code="WKL002",
    slug="abnormal-pod",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.PODS}),
    references=("OTC22", "VEL"),
)

BARE = CheckSpec(
    code="WKL003",
    slug="bare-pod",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=_WORKLOADS,
    references=("K8S",),
)

BY_HAND = CheckSpec(
    code="WKL029",
    slug="data-inside-containers",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=_WORKLOADS,
    asks=True,
    references=("OTC22",),
)

NO_SELECTOR = CheckSpec(
    code="WKL004",
    slug="selector-missing",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=_WORKLOADS,
    applies=VersionRange.parse(">=1.16"),
    references=("K8S",),
)

SELECTOR_LOST = CheckSpec(
    code="WKL005",
    slug="node-selector-lost",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=_WORKLOADS,
    references=("OTC22", "OTC23"),
)

ENGINE_SOCKET = CheckSpec(
    code="WKL006",
    slug="container-engine-socket-mounted",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=_WORKLOADS,
    precheck_items=(41,),
    references=("PRE",),
)

POD_SECURITY = CheckSpec(
    code="WKL007",
    slug="pod-security-policy-in-use",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.OBJECTS}),
    applies=VersionRange.parse(">=1.25"),
    references=("BYS", "K8S"),
)

_SELECTED_KINDS = ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet")
_WITHOUT_ROLLOUT = ("ReplicaSet", "ReplicationController")
_DEMANDING = ("In", "Exists", "Gt", "Lt")  # operators that a node without the label does not satisfy
_NAMESPACE_SELECTOR = "scheduler.alpha.kubernetes.io/node-selector"  # of all pods of a namespace (H.4)
_SOCKETS = ("docker.sock", "containerd.sock")


@check(ABNORMAL)
def abnormal(context: CheckContext) -> Iterator[Yield]:
    for pod in context.snapshot.pods:
        if pod.system or pod.phase == "Succeeded":
            continue
        if not pod.phase or (pod.phase == "Running" and pod.ready is None and not pod.waiting_reason):
            yield unresolved(ABNORMAL, pod_ref(pod))
        elif pod.phase != "Running" or not pod.ready or pod.waiting_reason:
            yield finding(ABNORMAL, pod_ref(pod), state=_state(pod), owner=pod.owner)


@check(BY_HAND)
def by_hand(context: CheckContext) -> Iterator[Yield]:
    """What somebody wrote into a running container is in no dump, and gone with the container (B.2 WL-3)."""
    yield evidence(BY_HAND, "workloads", count=len(context.user_workloads))


@check(BARE)
def bare(context: CheckContext) -> Iterator[Yield]:
    """Nothing makes a bare pod again once its node is drained, reset or left; bare controllers only do not roll."""
    for workload in context.user_workloads:
        if workload.ref.kind == "Pod":
            yield finding(BARE, workload.ref)
        elif workload.ref.kind in _WITHOUT_ROLLOUT:
            yield finding(BARE, workload.ref, "controller", severity=Severity.INFO)


@check(NO_SELECTOR)
def no_selector(context: CheckContext) -> Iterator[Yield]:
    """A valid old object, refused by apps/v1, where the selector is required and never changes (D.2 a-d)."""
    for workload in context.user_workloads:
        if workload.ref.kind in _SELECTED_KINDS and not workload.has_selector:
            labels = [f"{key}={value}" for key, value in sorted(workload.labels.items())]
            yield finding(NO_SELECTOR, workload.ref, "" if labels else "no_labels", labels=labels)


@check(SELECTOR_LOST)
def selector_lost(context: CheckContext) -> Iterator[Yield]:
    """Pods that ask for a label which no node will have stay Pending."""
    migrate = context.strategy is Strategy.MIGRATE
    for workload in context.user_workloads:
        wanted = workload.node_selector
        if not wanted:
            continue
        gone = [f"{label} -> {row.replacement}" for label in sorted(wanted) if (row := gone_label(label, context))]
        if gone:
            yield finding(SELECTOR_LOST, workload.ref, "labels_gone", labels=gone)
        own = [f"{key}={wanted[key]}" for key in sorted(wanted) if not _by_platform(key)]
        if migrate and "kubernetes.io/hostname" in wanted:
            yield finding(SELECTOR_LOST, workload.ref, "hostname", hostname=wanted["kubernetes.io/hostname"])
        if migrate and own:
            yield finding(SELECTOR_LOST, workload.ref, "own_labels", severity=Severity.INFO, labels=own)
    if migrate:
        yield from _demanded(context)


def _demanded(context: CheckContext) -> Iterator[Yield]:
    """Labels that the new nodes must be given because an affinity, or a whole namespace, asks for them."""
    users = {workload.ref for workload in context.user_workloads}
    for content in contents(context, *GROUPS, mentioning="nodeAffinity"):
        if content.ref in users and (labels := _affine(content)):
            yield finding(SELECTOR_LOST, content.ref, "affinity", severity=Severity.INFO, labels=labels)
    for content in contents(context, "Namespace"):
        if wanted := text(mapping(content.metadata.get("annotations")).get(_NAMESPACE_SELECTOR)):
            yield finding(SELECTOR_LOST, content.ref, "namespace", severity=Severity.INFO, labels=[wanted])


def _affine(content: Content) -> list[str]:
    """What the required node affinity demands, as ``key in a, b``; what only excludes nodes demands nothing."""
    place = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    found = set()
    for term in mappings(dig(content.pods, *place)):
        for rule in mappings(term.get("matchExpressions")):
            key, values = text(rule.get("key")), rule.get("values")
            own = not _by_platform(key) or key == "kubernetes.io/hostname"
            if own and rule.get("operator") in _DEMANDING:
                given = ", ".join(text(v) for v in values) if isinstance(values, list) else ""
                found.add(f"{key} {rule['operator']} {given}".strip())
    return sorted(found)


@check(ENGINE_SOCKET)
def engine_socket(context: CheckContext) -> Iterator[Yield]:
    """A mounted socket breaks when the engine restarts, and docker.sock is gone where containerd takes over (C-41)."""
    for workload, paths in context.mounts.of("host_path"):
        sockets = [path for path in paths if path.endswith(_SOCKETS)]
        if sockets:
            yield finding(ENGINE_SOCKET, workload.ref, sockets=sockets)


@check(POD_SECURITY)
def pod_security(context: CheckContext) -> Iterator[Yield]:
    """The policies end with 1.25; what they forbade must be forbidden by Pod Security Admission (D.2 m)."""
    policies = sorted({ref.name for ref in context.objects.named("PodSecurityPolicy")})
    if policies:
        yield finding(POD_SECURITY, cluster_ref(context.snapshot), policies=policies)


def _state(pod: Pod) -> str:
    return pod.waiting_reason or (pod.phase if pod.phase != "Running" else "NotReady")


def _by_platform(label: str) -> bool:
    """Whether every node gets the label from Kubernetes or CCE."""
    prefix, slash, _ = label.partition("/")
    return prefix.endswith(("kubernetes.io", "k8s.io")) if slash else label.startswith("os.")


def gone_label(label: str, context: CheckContext) -> Removal | None:
    """The row of a label that nodes of the target no longer have, None for any other."""
    row = context.removals[RemovalKind.LABEL].get(label)
    return row if row is not None and row.change is Change.REMOVED else None

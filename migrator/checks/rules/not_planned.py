"""WKL008 and WKL009: what runs and is not moved one by one: an operator's works, and the platform's namespaces.

Neither may be lost silently. An operator makes its workloads again from the custom resource, once both are in the new
cluster; of a platform's namespace the new cluster brings the platform's own, and nothing else (H.4, B.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import claim_ref, service_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import ConfigEntry, ObjectRef, Section, Service, Snapshot
from migrator.snapshot.workloads import GROUPS

_MIGRATE = frozenset({Strategy.MIGRATE})

OPERATED = CheckSpec(
    code="WKL008",
    slug="workload-of-an-operator",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS}),
    strategies=_MIGRATE,
    references=("K8S",),
)

OWN_IN_PLATFORM = CheckSpec(
    code="WKL009",
    slug="own-object-in-platform-namespace",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS}),
    strategies=_MIGRATE,
    references=("course", "VEL"),
)

# Secrets that a cluster makes for itself.
_MADE_BY_CLUSTERS = ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "helm.sh/release.v1")


class _Made(msgspec.Struct):
    """What an operator made for one custom resource."""

    workloads: list[str] = []
    pods: int = 0


@check(OPERATED)
def operated(context: CheckContext) -> Iterator[Yield]:
    """One finding a custom resource: whether the input holds it decides what is to be done."""
    snapshot = context.snapshot
    made: dict[tuple[str, str], _Made] = defaultdict(_Made)
    for workload in snapshot.workloads:
        if workload.owner and not workload.system:
            made[workload.ref.namespace, workload.owner].workloads.append(f"{workload.ref.kind} {workload.ref.name}")
    for pod in snapshot.pods:
        if _of_a_custom_resource(pod.owner) and not pod.system:
            made[pod.namespace, pod.owner].pods += 1
    kinds = {owner.partition("/")[0] for _, owner in made}
    held = {(r.namespace, f"{r.kind}/{r.name}"): r for r in context.objects.named(*kinds)}
    for place, works in sorted(made.items()):
        subject = held.get(place) or _unseen(*place)
        yield finding(
            OPERATED,
            subject,
            "held" if place in held else "not_held",
            resource=str(subject),
            workloads=works.workloads,
            pods=works.pods,
        )


def _of_a_custom_resource(owner: str) -> bool:
    kind = owner.partition("/")[0]
    return bool(kind) and kind != "Node" and kind not in GROUPS


def _unseen(namespace: str, owner: str) -> ObjectRef:
    kind, _, name = owner.partition("/")
    return ObjectRef(api_version="", kind=kind, namespace=namespace, name=name)


@check(OWN_IN_PLATFORM)
def own_in_platform(context: CheckContext) -> Iterator[Yield]:
    """Workloads without a mark of the platform, and whatever holds data or lets the business in."""
    snapshot = context.snapshot
    parts = sorted({w.platform_part for w in snapshot.workloads if w.platform_part})
    yield evidence(OWN_IN_PLATFORM, "platform", parts=parts) if parts else evidence(OWN_IN_PLATFORM, "no_platform")
    for workload in snapshot.workloads:
        if workload.system and not workload.platform_part:
            yield finding(OWN_IN_PLATFORM, workload.ref, "workload", images=list(workload.images))
    for claim in snapshot.claims:
        if claim.system:
            yield finding(
                OWN_IN_PLATFORM,
                claim_ref(claim.namespace, claim.name),
                "claim",
                request=claim.request,
                volume=claim.volume,
            )
    for service in snapshot.services:
        if service.system and service.load_balancer is not None:
            yield finding(OWN_IN_PLATFORM, service_ref(service), "load_balancer", addresses=list(service.addresses))
    for ingress in snapshot.ingresses:
        if ingress.system:
            yield finding(
                OWN_IN_PLATFORM, ingress.ref, "ingress", hosts=sorted({r.host or "*" for r in ingress.routes})
            )
    others = [*_services(snapshot), *_configs(context)]
    if others:
        yield evidence(OWN_IN_PLATFORM, "others", names=others)


def _services(snapshot: Snapshot) -> Iterator[str]:
    """Services of the platform's namespaces that lead to no workload of the platform."""
    platform = [w.labels for w in snapshot.workloads if w.platform_part]
    for service in snapshot.services:
        if service.system and service.load_balancer is None and not _leads_to(service, platform):
            yield f"Service {service.namespace}/{service.name}"


def _leads_to(service: Service, labels: list[dict[str, str]]) -> bool:
    return bool(service.selector) and any(service.selector.items() <= given.items() for given in labels)


def _configs(context: CheckContext) -> Iterator[str]:
    for entry in context.snapshot.configs:
        if entry.system and not _of_the_platform(entry, context):
            yield f"{entry.kind} {entry.namespace}/{entry.name}"


def _of_the_platform(entry: ConfigEntry, context: CheckContext) -> bool:
    made = entry.type in _MADE_BY_CLUSTERS or entry.keys == ("release",)  # the latter of Tiller
    return made or context.catalog.is_platform_object(entry.kind, entry.namespace, entry.name)

"""WKL028: custom resources whose definition the input does not hold (H.4, B.5): the new cluster would refuse them."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import finding, unresolved
from migrator.checks.rules.unknown_apis import defined_groups, is_built_in
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import cluster_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import ObjectRef, Section

SPEC = CheckSpec(
    code="WKL028",
    slug="custom-resource-without-definition",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.OBJECTS}),
    strategies=frozenset({Strategy.MIGRATE}),
    references=("VEL", "K8S"),
)

_PLATFORM = "cce.io"  # Drainage, PackageVersion and other kinds of the platform, which every new cluster brings along
_DEFINITION = "CustomResourceDefinition"
# Groups under k8s.io without a definition: requests and answers, aggregated APIs, files of configuration (as is every
# *.config.k8s.io); and those whose definitions Everest or the API server of the time brings along.
_DEFINED_ELSEWHERE = frozenset(
    (
        *("admission.k8s.io", "apiserver.k8s.io", "audit.k8s.io", "client.authentication.k8s.io"),
        *("imagepolicy.k8s.io", "kops.k8s.io", "kubeadm.k8s.io", "servicecatalog.k8s.io"),
        *("metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"),
        *("csi.storage.k8s.io", "snapshot.storage.k8s.io"),
    )
)


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    """One finding a kind; definitions are named ``<plural>.<group>``."""
    snapshot = context.snapshot
    kinds = [ObjectRef(api_version=api_version, kind=kind) for api_version, kind in context.objects.by_kind]
    own = [kind for kind in kinds if _is_own(kind.group, context)]
    if own and _DEFINITION not in snapshot.kinds_seen:
        yield unresolved(SPEC, cluster_ref(snapshot), kinds=sorted({k.kind for k in own}))
        return
    defined = defined_groups(context)
    for kind in own:
        if kind.group not in defined:
            resources = sum(1 for _ in context.objects.refs([(kind.api_version, kind.kind)]))
            yield finding(SPEC, kind, resources=resources)


def _is_own(group: str, context: CheckContext) -> bool:
    if group in context.catalog.custom_groups:
        return group not in _DEFINED_ELSEWHERE and not group.endswith(".config.k8s.io")
    return not is_built_in(group) and not f".{group}".endswith(f".{_PLATFORM}")

"""API003: objects under a name of Kubernetes that no release of it ever served, such as ``v1 Deployment``.

Such names are published in many a manual. No API server takes them, so nothing can be said of their removal either:
they must neither be dropped nor pass as fine. Groups of custom resources are another's to know and stay out of it; a
group without a dot cannot be one, and ``*.k8s.io`` and ``*.kubernetes.io`` are kept for Kubernetes by its own policy.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.snapshot.model import Section

SPEC = CheckSpec(
    code="API003",
    slug="unknown-api",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.OBJECTS}),
    references=("K8S",),
)


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    """One finding per object, with the API versions in which Kubernetes does know its kind."""
    catalog = context.catalog
    current = {(served.api_version, kind) for served in catalog.served_apis for kind in served.kinds}
    known = current | {(removal.api_version, removal.kind) for removal in catalog.api_removals}
    custom = {*catalog.custom_groups, *defined_groups(context)}
    for ref in context.objects.refs(pair for pair in context.objects.by_kind if pair not in known):
        if not is_built_in(ref.group) or ref.group in custom:
            continue
        system = ref.namespace in catalog.system_namespaces
        instead = sorted(api_version for api_version, kind in current if kind == ref.kind)
        yield finding(
            SPEC,
            ref,
            "platform" if system else "misnamed" if instead else "nowhere",
            severity=Severity.INFO if system else None,
            api_version=ref.api_version,
            use_instead=instead,
        )


def is_built_in(group: str) -> bool:
    return "." not in group or group.endswith((".k8s.io", ".kubernetes.io"))


def defined_groups(context: CheckContext) -> set[str]:
    """Groups of the custom resources that the dump itself defines: the name is ``<plural>.<group>``."""
    return {ref.name.partition(".")[2] for ref in context.objects.named("CustomResourceDefinition")}

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


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    """One finding a kind; definitions are named ``<plural>.<group>``."""
    snapshot = context.snapshot
    kinds = {
        pair: refs
        for pair, refs in context.refs_by_kind.items()
        if not is_built_in(group := refs[0].group)
        and group not in context.catalog.custom_groups
        and not f".{group}".endswith(f".{_PLATFORM}")
    }
    if kinds and _DEFINITION not in snapshot.kinds_seen:
        yield unresolved(SPEC, cluster_ref(snapshot), kinds=sorted({kind for _, kind in kinds}))
        return
    defined = defined_groups(context)
    for (api_version, kind), refs in sorted(kinds.items()):
        if api_version.rpartition("/")[0] not in defined:
            yield finding(SPEC, ObjectRef(api_version=api_version, kind=kind), resources=len(refs))

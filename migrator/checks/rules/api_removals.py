"""API001 and API002: objects and manifests in API versions that the target no longer serves (D.1).

One check each over the rows of the catalog. A removal hits over every community minor crossed, although CCE skips even
minors up to 1.27 (A.0).
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.catalog.model import ApiRemoval
from migrator.checks.registry import check
from migrator.checks.report import evidence, finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.snapshot.model import KubeObject, ObjectRef, Section
from migrator.versions import removed_on_the_way

REMOVED = CheckSpec(
    code="API001",
    slug="removed-api",
    category=Category.WORKLOAD,
    severity=Severity.BLOCKER,
    needs=frozenset({Section.OBJECTS}),
    references=("K8S", "BYS"),
)

APPLIED = CheckSpec(
    code="API002",
    slug="applied-manifest-uses-removed-api",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.OBJECTS}),
    references=("K8S",),
)

# Kinds of requests and sub-resources: no export can hold one.
_NEVER_STORED = frozenset(
    {
        "DeploymentRollback",
        "Eviction",
        "JobTemplate",
        "LocalSubjectAccessReview",
        "Policy",
        "Scale",
        "SelfSubjectAccessReview",
        "SelfSubjectRulesReview",
        "SubjectAccessReview",
        "TokenReview",
    }
)


@check(REMOVED)
def removed(context: CheckContext) -> Iterator[Yield]:
    """One finding per object, however many files of the dump hold it: ``files`` names them, ``instances`` counts it.

    Kinds that were removed but of which the dump holds no object are named: the dump may simply not have them.
    """
    rows = removals_on_the_way(context)
    unique: dict[ObjectRef, list[KubeObject]] = {}
    for thing in context.snapshot.objects:
        unique.setdefault(thing.ref, []).append(thing)
    yield evidence(REMOVED, "total", objects=len(unique), kinds=len({(r.api_version, r.kind) for r in unique}))
    unseen = sorted({kind for _, kind in rows} - {ref.kind for ref in unique} - _NEVER_STORED)
    if unseen:
        yield evidence(REMOVED, "unseen", kinds=unseen)
    for ref, things in unique.items():
        row = rows.get((ref.api_version, ref.kind))
        if row is not None:
            replacement = context.catalog.replacement_at(row, context.target)
            yield finding(
                REMOVED,
                ref,
                "replaced" if replacement else "gone",
                removed_in=str(row.removed_in),
                replacement=replacement,
                deprecated_in=str(row.deprecated_in or ""),
                files=sorted({thing.file for thing in things}),
                instances=len(things),
            )


@check(APPLIED)
def applied(context: CheckContext) -> Iterator[Yield]:
    """The server stores the object in a newer version, but the manifest in the customer's hands would be refused."""
    rows = removals_on_the_way(context)
    told = set()
    for thing in context.snapshot.objects:
        row = rows.get((thing.applied_api_version, thing.applied_kind or thing.ref.kind))
        if row is None or thing.ref in told or (thing.ref.api_version, thing.ref.kind) in rows:
            continue
        told.add(thing.ref)
        replacement = context.catalog.replacement_at(row, context.target)
        system = thing.ref.namespace in context.catalog.system_namespaces
        yield finding(
            APPLIED,
            thing.ref,
            "platform" if system else "replaced" if replacement else "gone",
            severity=Severity.INFO if system else None,
            applied_api_version=thing.applied_api_version,
            gone_in=str(row.removed_in),
            use_instead=replacement,
        )


def removals_on_the_way(context: CheckContext) -> dict[tuple[str, str], ApiRemoval]:
    """The removals on the way, by API version and kind."""
    return {
        (row.api_version, row.kind): row
        for row in context.catalog.api_removals
        if removed_on_the_way(row.removed_in, context.source, context.target)
    }

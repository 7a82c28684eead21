"""API001 and API002: objects and manifests in API versions that the target no longer serves (D.1).

One check each over the rows of the catalog. A removal hits over every community minor crossed, although CCE skips even
minors up to 1.27 (A.0).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from migrator.catalog.model import ApiRemoval
from migrator.checks.registry import check
from migrator.checks.report import evidence, finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Unresolved, Yield
from migrator.checks.subjects import cluster_ref
from migrator.locale import msg
from migrator.snapshot.backups import is_in_backup
from migrator.snapshot.model import KubeObject, ObjectRef, Section
from migrator.snapshot.workloads import GROUPS
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
        "APIGroupDiscovery",
        "DeploymentRollback",
        "Eviction",
        "JobTemplate",
        "LocalSubjectAccessReview",
        "Policy",
        "Scale",
        "SelfSubjectAccessReview",
        "SelfSubjectReview",
        "SelfSubjectRulesReview",
        "SubjectAccessReview",
        "TokenReview",
    }
)
# Kinds that the tables and forms of this product know.
_WRITTEN_DOWN = frozenset((*GROUPS, "PersistentVolume", "PersistentVolumeClaim", "Service", "Ingress")) - {"ReplicaSet"}


@check(REMOVED)
def removed(context: CheckContext) -> Iterator[Yield]:
    """One finding per object, however many files of the dump hold it: ``files`` names them, ``instances`` counts it.

    Kinds that were removed but of which the dump holds no object are named: the dump may simply not have them. Those
    that the cluster refused to tell, or told in part, leave the check undecided. Where a backup holds one object (by
    its uid) under two groups and the target serves one of them, there is nothing to do.
    """
    rows = context.once(removals_on_the_way)
    kinds = context.objects.by_kind
    yield evidence(REMOVED, "total", objects=len(context.objects.files), kinds=len(kinds))
    unseen = sorted({kind for _, kind in rows} - {kind for _, kind in kinds} - _NEVER_STORED)
    if unseen:
        yield evidence(REMOVED, "unseen", kinds=unseen)
    if refused := sorted({kind for _, kind in rows} & context.snapshot.kinds_refused):
        yield Unresolved(cluster_ref(context.snapshot), msg("check.reason.kinds_refused", kinds=refused))
    found: dict[ObjectRef, list[KubeObject]] = defaultdict(list)
    for pair, things in kinds.items():
        if pair in rows:
            for thing in things:
                found[thing.ref].append(thing)
    served = _served_as_well(context.snapshot.objects, found, rows)
    for ref, things in found.items():
        removal = rows[ref.api_version, ref.kind]
        if not served or not all((t.uid, ref.kind) in served for t in things):
            yield finding(
                REMOVED,
                ref,
                removal.variant,
                removed_in=removal.removed_in,
                replacement=removal.replacement,
                deprecated_in=removal.deprecated_in,
                files=[things[0].file] if len(things) == 1 else sorted({thing.file for thing in things}),
                instances=len(things),
            )


def _served_as_well(
    objects: Sequence[KubeObject], found: dict[ObjectRef, list[KubeObject]], rows: Container[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Uid and kind of what a backup holds under a removed and under a served group; elsewhere a uid proves nothing."""
    backed_up = set(filter(is_in_backup, {thing.file for held in found.values() for thing in held}))
    if not backed_up:
        return set()
    things = (thing for held in found.values() for thing in held if thing.uid and thing.file in backed_up)
    gone = {(thing.uid, thing.ref.kind) for thing in things}
    left = (o for o in objects if (o.uid, o.ref.kind) in gone and (o.ref.api_version, o.ref.kind) not in rows)
    return {(o.uid, o.ref.kind) for o in left if is_in_backup(o.file)}


@check(APPLIED)
def applied(context: CheckContext) -> Iterator[Yield]:
    """The server stores the object in a newer version, but the manifest in the customer's hands would be refused."""
    rows = context.once(removals_on_the_way)
    yield from contents_not_seen(APPLIED, context)
    told = set()
    for thing in context.objects.written:
        if not thing.applied_api_version:
            continue
        removal = rows.get((thing.applied_api_version, thing.applied_kind or thing.ref.kind))
        if removal is None or thing.ref in told or (thing.ref.api_version, thing.ref.kind) in rows:
            continue
        told.add(thing.ref)
        system = thing.ref.namespace in context.system_namespaces
        yield finding(
            APPLIED,
            thing.ref,
            "platform" if system else removal.variant,
            severity=Severity.INFO if system else None,
            applied_api_version=thing.applied_api_version,
            gone_in=removal.removed_in,
            use_instead=removal.replacement,
        )


def contents_not_seen(spec: CheckSpec, context: CheckContext) -> Iterator[Yield]:
    """Objects of which a person wrote down the names alone: nobody has seen how they were applied and written."""
    for ref in context.named_only:
        if ref.kind in _WRITTEN_DOWN:
            yield Unresolved(ref, msg("check.reason.no_content"))


class Removal(NamedTuple):
    """A row of the catalog as findings tell it, for one target."""

    row: ApiRemoval
    removed_in: str
    deprecated_in: str  # empty where nobody says
    replacement: str  # empty where nothing is left at the target

    @property
    def variant(self) -> str:
        return "replaced" if self.replacement else "gone"


def removals_on_the_way(context: CheckContext) -> dict[tuple[str, str], Removal]:
    """The removals on the way, by API version and kind."""
    return {
        (row.api_version, row.kind): Removal(
            row,
            str(row.removed_in),
            str(row.deprecated_in or ""),
            context.catalog.replacement_at(row, context.target),
        )
        for row in context.catalog.api_removals
        if removed_on_the_way(row.removed_in, context.source, context.target)
    }

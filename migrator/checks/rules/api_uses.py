"""API004 to API006: removed API versions that no stored object shows (D.1).

Who writes an object, what Helm will send again, and what clients ask for: each is a client to be brought up to date,
whatever the version in which the server stores the object.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.rules.api_removals import Removal, contents_not_seen, removals_on_the_way
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import cluster_ref, release_ref
from migrator.errors import VersionError
from migrator.snapshot.addons import ADDON_RELEASE
from migrator.snapshot.model import ApiUse, ApiUseSource, HelmRelease, KubeObject, ObjectRef, Section
from migrator.versions import Minor, removed_on_the_way

MANAGED = CheckSpec(
    code="API004",
    slug="fields-written-in-removed-api",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.OBJECTS}),
    references=("K8S",),
)

HELM = CheckSpec(
    code="API005",
    slug="helm-release-uses-removed-api",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    needs=frozenset({Section.OBJECTS}),
    asks_unseen=True,
    precheck_items=(4,),
    references=("K8S",),
)

REQUESTED = CheckSpec(
    code="API006",
    slug="removed-api-requested",
    category=Category.WORKLOAD,
    severity=Severity.WARNING,
    asks_unseen=True,
    precheck_items=(32,),
    references=("K8S",),
)

_COUNTED_SINCE = Minor(1, 19)  # apiserver_requested_deprecated_apis
_MOST_REVISIONS = 10


@check(MANAGED)
def managed(context: CheckContext) -> Iterator[Yield]:
    """The server keeps with each object in which version its fields were written: some client still speaks it.

    What API001 or API002 tells of the same object is left to them.
    """
    rows = context.once(removals_on_the_way)
    yield from contents_not_seen(MANAGED, context)
    objects = {thing.ref: thing for thing in context.objects.written if thing.managed_api_versions}
    yield evidence(MANAGED, "total" if objects else "none", total=len(objects))
    for ref, thing in objects.items():
        if (ref.api_version, ref.kind) in rows:
            continue
        for version in thing.managed_api_versions:
            removal = rows.get((version, ref.kind))
            if removal is not None and version != thing.applied_api_version:
                yield _written(context, thing, removal)
                break


def _written(context: CheckContext, thing: KubeObject, removal: Removal) -> Yield:
    version = removal.row.api_version
    system = thing.ref.namespace in context.system_namespaces
    return finding(
        MANAGED,
        thing.ref,
        "platform" if system else removal.variant,
        severity=Severity.INFO if system else None,
        managed_api_version=version,
        managers=[m.removesuffix(f" {version}") for m in thing.managers if m.endswith(f" {version}")],
        gone_in=removal.removed_in,
        use_instead=removal.replacement,
    )


@check(HELM)
def helm(context: CheckContext) -> Iterator[Yield]:
    """Before an upgrade Helm asks the server for every object of the current revision, in the version written there.

    Once that is gone the release can be neither upgraded nor rolled back, although its objects live on.
    """
    revisions = context.snapshot.helm_releases
    yield evidence(HELM, "total", releases=len(set(map(release_ref, revisions))), revisions=len(revisions))
    if not context.snapshot.covers(Section.HELM_RELEASES):
        yield unresolved(HELM, cluster_ref(context.snapshot), "secrets")
    current = _current(revisions)
    for release in current.values():
        if not release.manifest_read:
            yield unresolved(HELM, release_ref(release), "record", release=release.place)
    held: dict[ObjectRef, list[HelmRelease]] = defaultdict(list)
    for use in _uses(context, ApiUseSource.HELM):
        if use.place in current:
            held[use.ref].append(current[use.place])
    rows = context.once(removals_on_the_way)
    for ref, releases in held.items():
        removal = rows.get((ref.api_version, ref.kind))
        if removal is not None:
            yield _held(ref, removal, releases)
    yield from _past(context, current, rows)


def _current(releases: Iterable[HelmRelease]) -> dict[str, HelmRelease]:
    """By place, the revision that Helm compares with at the next upgrade: the newest deployed, else the newest left."""
    newest: dict[tuple[str, ObjectRef], HelmRelease] = {}
    for release in releases:
        if release.status == "uninstalled":
            continue
        key = (release.helm, release_ref(release))
        known = newest.get(key)
        if known is None or _weight(release) > _weight(known):
            newest[key] = release
    return {release.place: release for release in newest.values()}


def _weight(release: HelmRelease) -> tuple[bool, int]:
    return release.status == "deployed", release.revision


def _held(ref: ObjectRef, removal: Removal, releases: list[HelmRelease]) -> Yield:
    system = all(r.name.startswith(ADDON_RELEASE) for r in releases)
    return finding(
        HELM,
        ref,
        "platform" if system else removal.variant,
        severity=Severity.INFO if system else None,
        releases=[release.place for release in releases],
        charts=sorted({f"{release.chart} {release.chart_version}".strip() for release in releases}),
        gone_in=removal.removed_in,
        use_instead=removal.replacement,
    )


def _past(
    context: CheckContext, current: dict[str, HelmRelease], rows: dict[tuple[str, str], Removal]
) -> Iterator[Yield]:
    """Revisions to which no rollback will be possible, once for each release."""
    past = {r.place: r for r in context.snapshot.helm_releases if r.place not in current}
    kinds: dict[ObjectRef, dict[str, None]] = defaultdict(dict)
    revisions: dict[ObjectRef, set[int]] = defaultdict(set)
    for use in _uses(context, ApiUseSource.HELM):
        release = past.get(use.place)
        if release is not None and (use.ref.api_version, use.ref.kind) in rows:
            kinds[release_ref(release)][f"{use.ref.api_version} {use.ref.kind}"] = None
            revisions[release_ref(release)].add(release.revision)
    for subject, found in kinds.items():
        newest = sorted(revisions[subject], reverse=True)
        shown = [str(n) for n in newest[:_MOST_REVISIONS]] + ["…"] * (len(newest) > _MOST_REVISIONS)
        name = "/".join(filter(None, (subject.namespace, subject.name)))
        yield finding(
            HELM, subject, "rollback", severity=Severity.INFO, release=name, revisions=shown, kinds=list(found)
        )


@check(REQUESTED)
def requested(context: CheckContext) -> Iterator[Yield]:
    """Clients leave no trace in the objects that they only read; the server counts what they ask for."""
    snapshot = context.snapshot
    if not snapshot.covers(Section.API_REQUESTS):
        if context.source.as_minor < _COUNTED_SINCE:
            yield evidence(REQUESTED, "not_counted", since=str(_COUNTED_SINCE))
        else:
            yield unresolved(REQUESTED, cluster_ref(snapshot))
        # An audit log tells of requests as well, without ever being the whole.
        if not any(_uses(context, ApiUseSource.METRICS)):
            return
    rows = {(version, _resource(kind)): found for (version, kind), found in context.once(removals_on_the_way).items()}
    uses = list(_uses(context, ApiUseSource.METRICS))
    yield evidence(REQUESTED, "total", total=len(uses))
    asked: dict[tuple[str, str], list[str]] = defaultdict(list)
    for use in uses:
        key = (use.ref.api_version, _asked(use))
        if key in rows:
            asked[key].append(use.ref.kind)
        elif _removed_in_its_own_words(use, context):
            yield finding(REQUESTED, use.ref, "told", resources=[use.ref.kind], gone_in=use.place)
    for key, resources in asked.items():
        removal = rows[key]
        yield finding(
            REQUESTED,
            ObjectRef(api_version=removal.row.api_version, kind=removal.row.kind),
            removal.variant,
            resources=resources,
            gone_in=removal.removed_in,
            use_instead=removal.replacement,
        )


def _uses(context: CheckContext, source: ApiUseSource) -> Iterator[ApiUse]:
    return (use for use in context.snapshot.api_uses if use.source is source)


def _asked(use: ApiUse) -> str:
    """The resource that was asked for; of a sub-resource that is a kind of its own, that one (``pods/eviction``)."""
    resource, _, below = use.ref.kind.partition("/")
    return _resource(below) if below and below != "status" else resource


def _resource(kind: str) -> str:
    """The resource of a kind, as Kubernetes forms it."""
    lower = kind.lower()
    if lower.endswith(("s", "x", "ch", "sh")):
        return lower if lower == "endpoints" else lower + "es"
    return lower[:-1] + "ies" if lower.endswith("y") and lower[-2] not in "aeiou" else lower + "s"


def _removed_in_its_own_words(use: ApiUse, context: CheckContext) -> bool:
    """Whether the server itself names a release on the way as the first without it."""
    try:
        return removed_on_the_way(Minor.parse(use.place), context.source, context.target)
    except VersionError:
        return False

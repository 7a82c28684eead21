"""OPS003 and OPS004: whether add-ons come along to the target, by the tables of their versions (H.7, A.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.catalog.addons import Fit, Passage, fits, info_of, newest, passages, rows_of
from migrator.catalog.model import AddOnInfo, AddOnVersions
from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import addon_ref
from migrator.errors import VersionError
from migrator.paths.model import Strategy
from migrator.snapshot.model import AddOn, Section
from migrator.versions import Minor, Version

VERSIONS = CheckSpec(
    code="OPS003",
    slug="addon-version-unfit",
    category=Category.OPERATIONS,
    severity=Severity.BLOCKER,
    needs=frozenset({Section.ADDONS}),
    asks_unseen=True,
    references=("OTC-umn", "PRE"),
)

RETIRED = CheckSpec(
    code="OPS004",
    slug="addon-retired",
    category=Category.OPERATIONS,
    severity=Severity.WARNING,
    needs=frozenset({Section.ADDONS}),
    references=("course", "OTC-umn"),
)


@check(VERSIONS)
def versions(context: CheckContext) -> Iterator[Yield]:
    """In place, every hop must be passed; a new cluster takes the version made for it, configured as before."""
    judge = _upgraded if context.strategy is Strategy.UPGRADE else _installed_anew
    for addon in context.snapshot.addons:
        if _retired(context, addon) is not None:
            continue  # OPS004 tells of it
        if rows := rows_of(context.catalog, addon.name):
            yield from judge(context, addon, rows)
        else:
            yield unresolved(VERSIONS, addon_ref(addon), "not_listed", version=addon.version or "-")


def _upgraded(context: CheckContext, addon: AddOn, rows: Sequence[AddOnVersions]) -> Iterator[Yield]:
    version = _version(addon)
    if version is None:
        yield unresolved(VERSIONS, addon_ref(addon), "unreadable", version=addon.version or "-")
        return
    hops = [(hop.source, hop.target) for hop in context.path.hops]
    way = passages(rows, version, hops or [(context.source.as_minor, context.target.as_minor)])
    ref, last = addon_ref(addon), way[-1]
    if before := [p for p in way if p.fit is Fit.BEFORE]:
        severity = None if way[0].fit is Fit.BEFORE else Severity.WARNING  # of a later hop there is time to care
        yield finding(
            VERSIONS, ref, "before", severity=severity, version=addon.version, steps=[_step(p) for p in before]
        )
    if after := [p for p in way if p.fit is Fit.AFTER]:
        steps = [_step(p) for p in after]
        yield finding(VERSIONS, ref, "after", severity=Severity.WARNING, version=addon.version, steps=steps)
    if last.fit is Fit.NONE:
        yield finding(VERSIONS, ref, "none", version=addon.version, target=str(last.target))
    elif last.fit is Fit.UNKNOWN:
        yield unresolved(VERSIONS, ref, "untold", version=addon.version, target=str(last.target))


def _installed_anew(context: CheckContext, addon: AddOn, rows: Sequence[AddOnVersions]) -> Iterator[Yield]:
    target = context.target.as_minor
    offered, version = newest(rows, target), _version(addon)
    if offered is None:
        yield finding(
            VERSIONS,
            addon_ref(addon),
            "none",
            severity=Severity.WARNING,
            version=addon.version or "-",
            target=str(target),
        )
    elif version is None or not fits(rows, version, target):
        values = {"version": addon.version or "-", "target": str(target), "newest": offered.newest}
        yield finding(VERSIONS, addon_ref(addon), "anew", severity=Severity.INFO, **values)
    else:
        yield evidence(VERSIONS, "fits", addon=addon.name, version=addon.version, target=str(target))


@check(RETIRED)
def retired(context: CheckContext) -> Iterator[Yield]:
    for addon in context.snapshot.addons:
        info = _retired(context, addon)
        if info is not None:
            yield finding(RETIRED, addon_ref(addon), last=str(info.last), successor=_successor(context, info))


def _successor(context: CheckContext, info: AddOnInfo) -> str:
    """The add-on that takes its place, with its newest version for the target where the tables have one."""
    offered = newest(rows_of(context.catalog, info.successor), context.target.as_minor)
    return f"{info.successor} {offered.newest}" if offered else info.successor


def _retired(context: CheckContext, addon: AddOn) -> AddOnInfo | None:
    """What is known of the add-on where clusters of the target no longer have it."""
    info = info_of(context.catalog, addon.name)
    last: Minor | None = None if info is None else info.last
    return info if last is not None and last < context.target.as_minor else None


def _version(addon: AddOn) -> Version | None:
    try:
        return Version.parse(addon.version)
    except VersionError:
        return None


def _step(passage: Passage) -> str:
    return f"{passage.source} → {passage.target}: {passage.version}"

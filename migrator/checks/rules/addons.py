"""OPS002: add-ons that stop an upgrade (C-3, C-26)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.catalog.addons import info_of
from migrator.catalog.model import AddOnInfo
from migrator.checks.registry import check
from migrator.checks.report import finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import addon_ref
from migrator.errors import VersionError
from migrator.paths.model import Strategy
from migrator.snapshot.model import AddOn, Section
from migrator.versions import Version, VersionRange

SPEC = CheckSpec(
    code="OPS002",
    slug="addon-stops-upgrade",
    category=Category.OPERATIONS,
    severity=Severity.BLOCKER,
    needs=frozenset({Section.ADDONS}),
    strategies=frozenset({Strategy.UPGRADE}),
    asks_unseen=True,
    precheck_items=(3, 26),
    references=("PRE",),
)


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    for addon in context.snapshot.addons:
        if not addon.status:
            yield unresolved(SPEC, addon_ref(addon), "state")
        elif addon.status.lower() not in ("running", "available", "normal"):
            yield finding(SPEC, addon_ref(addon), "not_running", status=addon.status)
        info = info_of(context.catalog, addon.name)
        if info is not None and info.stuck:
            yield from _stuck(addon, info)


def _stuck(addon: AddOn, info: AddOnInfo) -> Iterator[Yield]:
    """Versions that cannot be upgraded along with the cluster (C-26)."""
    try:
        version = Version.parse(addon.version)
    except VersionError:
        yield unresolved(SPEC, addon_ref(addon), version=addon.version or "-")
        return
    if any(version in VersionRange.parse(limits) for limits in info.stuck):
        yield finding(SPEC, addon_ref(addon), "everest", version=addon.version)

"""OPS002: add-ons that stop an upgrade (C-3, C-26)."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.errors import VersionError
from migrator.paths.model import Strategy
from migrator.snapshot.model import AddOn, ObjectRef, Section
from migrator.versions import Version

SPEC = CheckSpec(
    code="OPS002",
    slug="addon-stops-upgrade",
    category=Category.OPERATIONS,
    severity=Severity.BLOCKER,
    needs=frozenset({Section.ADDONS}),
    strategies=frozenset({Strategy.UPGRADE}),
    precheck_items=(3, 26),
    references=("PRE",),
)

# Versions of Everest that cannot be upgraded along with the cluster (C-26), both ends included.
_BAD_EVEREST = (("1.0.2", "1.0.7"), ("1.1.1", "1.1.5"))


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    for addon in context.snapshot.addons:
        if addon.status and addon.status.lower() not in ("running", "available", "normal"):
            yield finding(SPEC, _ref(addon), "not_running", status=addon.status)
        if addon.name == "everest":
            yield from _everest(addon)


def _everest(addon: AddOn) -> Iterator[Yield]:
    try:
        version = Version.parse(addon.version)
    except VersionError:
        yield unresolved(SPEC, _ref(addon), version=addon.version or "-")
        return
    if any(Version.parse(first) <= version <= Version.parse(last) for first, last in _BAD_EVEREST):
        yield finding(SPEC, _ref(addon), "everest", version=addon.version)


def _ref(addon: AddOn) -> ObjectRef:
    return ObjectRef(api_version="v3", kind="Addon", name=addon.name)

"""The one route from facts to a verdict and a runbook, shared by the command line and the service.

``assess`` and ``compile_runbook`` are pure: a snapshot, a request and a catalog in, the same bytes out every time.
"""

from __future__ import annotations

import msgspec

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import Catalog, Mode
from migrator.checks.assessment import Assessment
from migrator.checks.custom.judging import registered
from migrator.checks.custom.model import CustomCheck
from migrator.checks.readiness import readiness_of
from migrator.checks.registry import all_checks, ruleset_digest
from migrator.checks.runner import run_checks
from migrator.checks.spec import Attestation, CheckContext, CheckResult, Readiness, Severity, Waiver
from migrator.checks.waivers import accepted_by, use_waivers
from migrator.conversion.bundle import convert_all
from migrator.conversion.model import Bundle, Options
from migrator.errors import PathError, VersionError
from migrator.memory import without_cyclic_collection
from migrator.paths.model import Limits, PathResult, Strategy, StrategyChoice, StrategyOption
from migrator.paths.planner import check_source, find_path, resolve_target
from migrator.paths.strategy import choose_strategy
from migrator.runbook.application.compiler import compile_form
from migrator.runbook.application.form import ApplicationForm
from migrator.runbook.compiler import compile_playbook
from migrator.runbook.model import Playbook, Runbook
from migrator.snapshot.codec import digest
from migrator.snapshot.model import Snapshot
from migrator.versions import Version


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked of the engine; versions as a person wrote them."""

    target: str
    source: str = ""  # empty: the version the snapshot tells
    profile: str = "ctyun"
    strategy: str = "auto"  # or a value of ``Strategy``
    strategy_reason: str = ""  # why a person chose so
    modes: tuple[str, ...] = ()  # of upgrades that are allowed, values of ``Mode``; empty: all
    tickets: bool = True  # whether upgrades by ticket are allowed
    answers: tuple[Attestation, ...] = ()  # both as of the day on which it is asked, see ``checks.dates``
    waivers: tuple[Waiver, ...] = ()
    custom_checks: tuple[CustomCheck, ...] = ()
    only_offered: bool = True  # whether a minor that CCE never offered is refused, and not judged as any other
    stays: bool = False  # whether the target may be the version that the cluster has, as for ``STAYING`` playbooks


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The way from source to target as versions of the catalog, and the strategy that follows from it."""

    source: Version
    target: Version
    path: PathResult
    choice: StrategyChoice


def find_route(snapshot: Snapshot, request: Request, catalog: Catalog | None = None) -> Route:
    """Resolve the versions, find the path and choose the strategy, without running a check.

    Raises:
        VersionError: source or target not understood, unknown, or target not above the source.
        PathError: strategy ``upgrade`` was demanded and there is no path, or no cluster of the target can be bought.
    """
    catalog = catalog or shipped_catalog()
    source = check_source(_source(snapshot, request), catalog)
    target = resolve_target(
        Version.parse(request.target),
        source,
        catalog,
        request.profile,
        stays=request.stays,
        only_offered=request.only_offered,
    )
    path = find_path(source, target, catalog, request.profile, snapshot, limits=_limits(request))
    choice = choose_strategy(path, snapshot, catalog, _wanted_strategy(request), request.strategy_reason)
    return Route(source=source, target=target, path=path, choice=choice)


@without_cyclic_collection()
def assess(snapshot: Snapshot, request: Request, catalog: Catalog | None = None) -> Assessment:
    """Find the route and run every check on it; raises as ``find_route``."""
    catalog = catalog or shipped_catalog()
    route = find_route(snapshot, request, catalog)
    context = CheckContext(
        snapshot=snapshot,
        catalog=catalog,
        source=route.source,
        target=route.target,
        strategy=route.choice.strategy,
        path=route.path,
    )
    checks = (*all_checks(), *map(registered, request.custom_checks))
    results = run_checks(context, request.answers, checks)
    waivers = use_waivers(results, request.waivers)
    return Assessment(
        source=route.source,
        target=route.target,
        profile=request.profile,
        path=route.path,
        choice=_with_blockers(route.choice, results),
        results=results,
        readiness=_offered(route, catalog) or readiness_of(results, accepted_by(waivers)),
        snapshot_digest=digest(snapshot),
        catalog_digest=catalog.digest,
        ruleset_digest=ruleset_digest(catalog, request.custom_checks),
        waivers=waivers,
        custom_checks=request.custom_checks,
    )


def compare_strategies(snapshot: Snapshot, request: Request, catalog: Catalog | None = None) -> StrategyChoice:
    """The choice with blockers and durations of both strategies: each that is feasible is assessed and compiled.

    Raises as ``find_route``.
    """
    route = find_route(snapshot, request, catalog)
    choice = route.choice
    if route.source == route.target:  # neither has anything to do, and so no runbook to measure
        return choice
    options = (
        _measured(option, snapshot, request, catalog) if option.feasible else option for option in choice.options
    )
    return msgspec.structs.replace(choice, options=tuple(options))


def _measured(option: StrategyOption, snapshot: Snapshot, request: Request, catalog: Catalog | None) -> StrategyOption:
    """The option with the blockers of its checks and, where no source gives a duration, that of its runbook."""
    assessment = assess(snapshot, msgspec.structs.replace(request, strategy=option.strategy.value), catalog)
    found = next(o for o in assessment.choice.options if o.strategy is option.strategy)
    minutes = found.minutes or compile_runbook(snapshot, assessment, catalog).minutes
    return msgspec.structs.replace(found, minutes=minutes)


@without_cyclic_collection()
def compile_runbook(
    snapshot: Snapshot,
    assessment: Assessment,
    catalog: Catalog | None = None,
    playbook: Playbook | None = None,
    bundle: Bundle | None = None,
) -> Runbook:
    """The ordered runbook for an assessment of this very snapshot: of its strategy, or of ``playbook``; raises as
    ``compile_playbook``. A migration applies the manifests of ``bundle``, or of one that is made here."""
    return compile_playbook(snapshot, assessment, catalog or shipped_catalog(), playbook, bundle)


def compile_application(form: ApplicationForm, target: str, catalog: Catalog | None = None) -> Runbook:
    """The runbook that brings an application from a virtual machine onto a cluster of ``target``.

    Raises:
        VersionError: ``target`` is not understood.
    """
    return compile_form(form, Version.parse(target), catalog or shipped_catalog())


def convert(
    snapshot: Snapshot,
    source: Version,
    target: Version,
    catalog: Catalog | None = None,
    options: Options | None = None,
) -> Bundle:
    """Every object of the snapshot as a manifest for a new cluster of ``target``, in the order to apply them."""
    return convert_all(snapshot, source, target, catalog or shipped_catalog(), options)


def _offered(route: Route, catalog: Catalog) -> Readiness | None:
    """Blocked, whatever the checks say, where there never was such a cluster to move or upgrade to."""
    same = route.source.as_minor == route.target.as_minor
    return None if same or catalog.release_of(route.target) else Readiness.BLOCKED


def _wanted_strategy(request: Request) -> Strategy | None:
    if request.strategy == "auto":
        return None
    try:
        return Strategy(request.strategy)
    except ValueError:
        raise PathError("strategy_unknown", strategy=request.strategy, known=["auto", *Strategy]) from None


def _limits(request: Request) -> Limits:
    try:
        return Limits(modes=tuple(Mode(mode) for mode in request.modes), tickets=request.tickets)
    except ValueError:
        raise PathError("mode_unknown", modes=list(request.modes), known=list(Mode)) from None


def _with_blockers(choice: StrategyChoice, results: tuple[CheckResult, ...]) -> StrategyChoice:
    """The choice with the blockers that the checks of the chosen strategy found."""
    count = sum(f.severity is Severity.BLOCKER for r in results for f in r.findings)
    options = (
        msgspec.structs.replace(o, blockers=count) if o.strategy is choice.strategy else o for o in choice.options
    )
    return msgspec.structs.replace(choice, options=tuple(options))


def _source(snapshot: Snapshot, request: Request) -> Version:
    if request.source:
        return Version.parse(request.source)
    if snapshot.cluster.version is None:
        raise VersionError("source_unknown")
    return snapshot.cluster.version

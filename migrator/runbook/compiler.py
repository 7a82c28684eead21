"""From a verdict to an ordered runbook. Pure: the same snapshot, assessment and catalog give the same runbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

import migrator
from migrator.catalog.model import Catalog
from migrator.checks.assessment import Assessment
from migrator.checks.readiness import readiness_of
from migrator.checks.spec import CheckResult
from migrator.checks.waivers import accepted_by
from migrator.conversion.bundle import convert_all
from migrator.conversion.model import Bundle
from migrator.errors import MigratorError, VersionError
from migrator.locale import Msg, msg
from migrator.paths.model import Strategy
from migrator.runbook.appendices import appendices
from migrator.runbook.bundled import with_files
from migrator.runbook.concerns import concerning, waivers_of
from migrator.runbook.inventory import Inventory, take_inventory
from migrator.runbook.migration import migration_phases
from migrator.runbook.model import Phase, Playbook, Runbook, StepKind
from migrator.runbook.nodes import nodes_phases
from migrator.runbook.one_cluster import ONE_CLUSTER, on_one_cluster
from migrator.runbook.operations import operations_phases
from migrator.runbook.retirement import retirement_phases
from migrator.runbook.schedule import with_times
from migrator.runbook.upgrade import upgrade_phases
from migrator.snapshot.model import Snapshot


def compile_playbook(
    snapshot: Snapshot,
    assessment: Assessment,
    catalog: Catalog,
    playbook: Playbook | None = None,
    bundle: Bundle | None = None,
) -> Runbook:
    """The runbook for an assessment of this very snapshot: of the strategy that was chosen, or of ``playbook``.

    The steps of a migration apply the manifests of ``bundle``; without one they are converted here, as nobody decided
    anything about them. Other playbooks need none.

    Raises:
        MigratorError: ``playbook_by_strategy`` for one of the two strategies that was not chosen,
            ``playbook_of_a_form`` for the one that no cluster leads to.
        VersionError: ``target_not_above_source`` for a strategy where the cluster is at its target already.
    """
    by_strategy = Playbook.MIGRATION if assessment.choice.strategy is Strategy.MIGRATE else Playbook.UPGRADE
    wanted = playbook or by_strategy
    if wanted is by_strategy:
        if assessment.source == assessment.target:
            raise VersionError("target_not_above_source", source=str(assessment.source), target=str(assessment.target))
        return _of_strategy(snapshot, assessment, catalog, wanted, bundle)
    if wanted not in _BESIDE:
        code = "playbook_of_a_form" if wanted is Playbook.CONTAINERISE else "playbook_by_strategy"
        raise MigratorError(code, playbook=wanted.value, strategy=assessment.choice.strategy.value)
    return _beside(snapshot, assessment, catalog, wanted)


def _of_strategy(
    snapshot: Snapshot, assessment: Assessment, catalog: Catalog, playbook: Playbook, bundle: Bundle | None
) -> Runbook:
    source, target = assessment.source, assessment.target
    if playbook is Playbook.MIGRATION:
        bundle = bundle or convert_all(snapshot, source, target, catalog)
        inventory = take_inventory(snapshot, source, target, catalog, bundle)
        phases = with_files(migration_phases(inventory, assessment.results), inventory.applied)
    else:
        inventory = take_inventory(snapshot, source, target, catalog)
        phases = upgrade_phases(inventory, assessment.path, assessment.results)
    made = _runbook(inventory, assessment, playbook, phases)
    return with_times(msgspec.structs.replace(made, path=assessment.path, choice=assessment.choice))


# Playbooks beside the two strategies: they cross no version, but for what runs after the move, which is of the target.
_BESIDE: Mapping[Playbook, Callable[[Inventory, tuple[CheckResult, ...]], tuple[Phase, ...]]] = {
    Playbook.NODES: nodes_phases,
    Playbook.RETIREMENT: retirement_phases,
    Playbook.OPERATIONS: operations_phases,
}

STAYING = frozenset(_BESIDE)  # have steps for a cluster that is at its target already


def _beside(snapshot: Snapshot, assessment: Assessment, catalog: Catalog, playbook: Playbook) -> Runbook:
    target = assessment.target if playbook is Playbook.OPERATIONS else assessment.source
    inventory = take_inventory(snapshot, assessment.source, target, catalog)
    results = concerning(playbook, assessment.results)
    waivers = waivers_of(results, assessment.waivers)
    made = _runbook(inventory, assessment, playbook, _BESIDE[playbook](inventory, results))
    readiness = readiness_of(results, accepted_by(waivers))
    return with_times(msgspec.structs.replace(made, results=results, waivers=waivers, readiness=readiness))


def _runbook(inventory: Inventory, assessment: Assessment, playbook: Playbook, phases: tuple[Phase, ...]) -> Runbook:
    stays = playbook in ONE_CLUSTER
    return Runbook(
        playbook=playbook,
        cluster=inventory.snapshot.cluster.name,
        source=inventory.source,
        target=inventory.target,
        profile=assessment.profile,
        readiness=assessment.readiness,
        results=assessment.results,
        waivers=assessment.waivers,
        phases=on_one_cluster(phases) if stays else phases,
        summary=_summary(inventory, phases),
        appendices=appendices(inventory, stays=stays),
        snapshot_digest=assessment.snapshot_digest,
        catalog_digest=assessment.catalog_digest,
        ruleset_digest=assessment.ruleset_digest,
        engine_version=migrator.__version__,
    )


def _summary(inventory: Inventory, phases: tuple[Phase, ...]) -> tuple[tuple[Msg, int], ...]:
    held = list(inventory.held)
    balanced = sum(e.kind == "Service" for e in inventory.entries)
    figures = (
        ("nodes", len(inventory.nodes)),
        ("namespaces", len(inventory.namespaces)),
        ("workloads", len(inventory.workloads)),
        ("volumes", sum(h.volume is not None for h in held)),
        ("claims", sum(h.claim is not None for h in held)),
        ("services", len(inventory.services)),
        ("balancers", balanced),
        ("ingresses", len(inventory.ingresses)),
        ("outages", sum(s.kind is StepKind.GATE and s.key.startswith("outage.") for p in phases for s in p.steps)),
        ("undecided", len(inventory.undecided)),
        ("left_behind", sum(w.system for w in inventory.snapshot.workloads)),
        ("steps", sum(len(p.steps) for p in phases)),
    )
    return tuple((msg(f"summary.{name}"), figure) for name, figure in figures)

"""From a verdict to an ordered runbook. Pure: the same snapshot, assessment and catalog give the same runbook."""

from __future__ import annotations

import migrator
from migrator.catalog.model import Catalog
from migrator.checks.assessment import Assessment
from migrator.locale import Msg, msg
from migrator.paths.model import Strategy
from migrator.runbook.appendices import appendices
from migrator.runbook.inventory import Inventory, take_inventory
from migrator.runbook.migration import migration_phases
from migrator.runbook.model import Phase, Playbook, Runbook, StepKind
from migrator.runbook.schedule import with_times
from migrator.runbook.upgrade import upgrade_phases
from migrator.snapshot.model import Snapshot


def compile_playbook(snapshot: Snapshot, assessment: Assessment, catalog: Catalog) -> Runbook:
    """The runbook of the strategy that was chosen, for an assessment of this very snapshot."""
    inventory = take_inventory(snapshot, assessment.source, assessment.target, catalog)
    if assessment.choice.strategy is Strategy.MIGRATE:
        playbook, phases = Playbook.MIGRATION, migration_phases(inventory, assessment.results)
    else:
        playbook, phases = Playbook.UPGRADE, upgrade_phases(inventory, assessment.path, assessment.results)
    compiled = Runbook(
        playbook=playbook,
        cluster=snapshot.cluster.name,
        source=assessment.source,
        target=assessment.target,
        profile=assessment.profile,
        path=assessment.path,
        choice=assessment.choice,
        readiness=assessment.readiness,
        results=assessment.results,
        waivers=assessment.waivers,
        phases=phases,
        summary=_summary(inventory, phases),
        appendices=appendices(inventory),
        snapshot_digest=assessment.snapshot_digest,
        catalog_digest=assessment.catalog_digest,
        ruleset_digest=assessment.ruleset_digest,
        engine_version=migrator.__version__,
    )
    return with_times(compiled)


def _summary(inventory: Inventory, phases: tuple[Phase, ...]) -> tuple[tuple[Msg, int], ...]:
    held = list(inventory.held)
    balanced = sum(e.kind == "Service" for e in inventory.entries)
    figures = (
        ("nodes", len(inventory.nodes)),
        ("namespaces", len(inventory.namespaces)),
        ("workloads", len(inventory.snapshot.user_workloads)),
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

"""Retiring a cluster whose business runs elsewhere: hibernate, un-associate, sign, delete (H.1, H.2)."""

from __future__ import annotations

import msgspec

from migrator.checks.spec import CheckResult
from migrator.locale import msg
from migrator.runbook.concerns import answers_of
from migrator.runbook.filters import RESTORING
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK
from migrator.runbook.model import Phase, Playbook, Role, Step, StepKind, Where
from migrator.runbook.ordering import PhaseTitle, arrange, without
from migrator.runbook.steps.base import do, estimate, run, step, table
from migrator.runbook.steps.cluster import access
from migrator.runbook.steps.fate import fate
from migrator.runbook.steps.findings import Answering, answered, remaining
from migrator.runbook.steps.prepare import (
    bastion,
    count_command,
    find_addresses,
    questions,
    record,
    save_yaml,
    start_gate,
    workload_counts,
)
from migrator.runbook.steps.retire import retirement_alone
from migrator.runbook.steps.storage import protect

PHASE = "prepare"


def retirement_phases(inventory: Inventory, results: tuple[CheckResult, ...]) -> tuple[Phase, ...]:
    """Preparation is phase 0, retiring phase 1."""
    steps = [
        bastion(inventory, RESTORING, moved=True),
        _reach_new(inventory),
        record(inventory),
        save_yaml(inventory),
        find_addresses(inventory),
    ]
    if inventory.snapshot.volumes:
        steps.append(protect(inventory, PHASE, "prepare.protect", "retire.protect"))
    steps.append(fate(inventory, PHASE, ["prepare.bastion"]))
    steps.append(_ready(inventory))
    steps += [asked] if (asked := questions(results)) else []
    body = without(retirement_alone(inventory), set() if any(n.eips for n in inventory.nodes) else {"retire.eips"})
    rules = Answering(by_slug=answers_of(Playbook.RETIREMENT), platform=("retire.fate",))
    done, rest = answered([*steps, *body], results, inventory, rules)
    prepared = [s.key for s in done if s.phase == PHASE]
    gate = remaining(rest, results, PHASE, prepared)
    gates: list[Step] = [gate] if gate else []
    gates.append(start_gate([*prepared, *(g.key for g in gates)]))
    titles = [PhaseTitle(PHASE, msg("phase.prepare_retirement")), PhaseTitle("retire", msg("phase.retire_alone"))]
    return arrange(titles, [*done, *gates], first_number=0)


def _reach_new(inventory: Inventory) -> Step:
    """The cluster that carries the business now is looked at all the way."""
    made = access(inventory, "retire.access")
    return msgspec.structs.replace(made, key="cluster.access", phase=PHASE, after=("prepare.bastion",))


def _ready(inventory: Inventory) -> Step:
    counts = workload_counts(inventory)
    return step(
        "retire.ready",
        PHASE,
        kind=StepKind.VERIFY,
        role=Role.BUSINESS_OWNER,
        actions=[run(count_command(inventory, "new")), do(Where.CONSOLE, "old_traffic_is_zero")],
        verify=[
            run(f'diff "{WORK}/counts-old.tsv" "{WORK}/counts-new.tsv"'),
            do(Where.BASTION, "explain_last_differences"),
        ],
        minutes=estimate((20, 40), (2, 5), len(inventory.entries)),
        after=["prepare.record", "cluster.access"],
        tables=[table("entry hosts old_address", (e.row for e in inventory.entries))],
        total=sum(counts.values()),
        entries=len(inventory.entries),
    )

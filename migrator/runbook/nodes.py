"""Rolling node upgrade and move to another node pool: new nodes, drain, release by billing mode (G.5)."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.checks.spec import CheckResult
from migrator.errors import MigratorError
from migrator.locale import msg
from migrator.runbook.concerns import answers_of
from migrator.runbook.filters import RESTORING
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK
from migrator.runbook.model import Phase, Playbook, Role, Step, StepKind, Where
from migrator.runbook.ordering import PhaseTitle, arrange
from migrator.runbook.steps.base import do, estimate, run, service_ref, step, table
from migrator.runbook.steps.findings import Answering, answered, remaining
from migrator.runbook.steps.prepare import (
    bastion,
    count_command,
    find_addresses,
    find_ill,
    find_settings,
    questions,
    record,
    save_yaml,
    start_gate,
    workload_counts,
)
from migrator.runbook.steps.rolling import MOVE, NEW, RELEASE, REVIEW, move, new_nodes, release, review, whitelist
from migrator.runbook.steps.storage import held_refs

PHASE = "prepare"


def nodes_phases(inventory: Inventory, results: tuple[CheckResult, ...]) -> tuple[Phase, ...]:
    """Preparation is phase 0; then the review, new nodes, the move, the release.

    Raises:
        MigratorError: ``playbook_without_nodes`` where the snapshot tells of none.
    """
    if not inventory.nodes:
        raise MigratorError("playbook_without_nodes")
    steps = [
        bastion(inventory, RESTORING, moves=False),
        record(inventory, "before"),
        find_ill(inventory),
        save_yaml(inventory),
        find_addresses(inventory),
        find_settings(inventory),
    ]
    steps += [asked] if (asked := questions(results)) else []
    looked = review(inventory)
    body = [new_nodes(inventory), whitelist(inventory), *move(inventory)]
    accept = _accept(inventory, [body[-1].key])
    rules = Answering(by_slug=answers_of(Playbook.NODES), platform=("rolling.new_nodes",), too_late=("rolling.accept",))
    done, rest = answered([*steps, looked, *body, accept, *release(inventory, [accept.key])], results, inventory, rules)
    prepared = [s.key for s in done if s.phase in (PHASE, REVIEW)]
    gate = remaining(rest, results, REVIEW, prepared)
    gates: list[Step] = [gate] if gate else []
    gates.append(start_gate([*prepared, *(g.key for g in gates)], REVIEW))
    titles = [PhaseTitle(PHASE, msg("phase.prepare_nodes"))]
    titles += [PhaseTitle(key, msg(f"phase.{key}")) for key in (REVIEW, NEW, MOVE, RELEASE)]
    return arrange(titles, [*done, *gates], first_number=0)


def _accept(inventory: Inventory, after: Sequence[str]) -> Step:
    """Everything runs on the new nodes: the counts are those of before."""
    counts = workload_counts(inventory)
    refs = [w.ref for w in inventory.workloads]
    refs += [ref for h in inventory.held for ref in held_refs(h)]
    refs += [service_ref(s) for s in inventory.services] + [i.ref for i in inventory.ingresses]
    return step(
        "rolling.accept",
        MOVE,
        kind=StepKind.VERIFY,
        role=Role.BUSINESS_OWNER,
        actions=[run(count_command(inventory, "old")), do(Where.OLD_CLUSTER, "test_after_upgrade")],
        verify=[run(f'diff "{WORK}/counts-before.tsv" "{WORK}/counts-old.tsv"')],
        minutes=estimate((20, 60), (0.1, 0.5), sum(counts.values())),
        after=after,
        subjects=refs,
        tables=[table("namespace kind count", ((ns, kind, str(n)) for (ns, kind), n in sorted(counts.items())))],
        total=sum(counts.values()),
    )

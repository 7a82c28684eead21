"""Operations after the move, the third chapter of the course: logs, tracing, monitoring, scaling, rights (I.2, I.3)."""

from __future__ import annotations

import msgspec

from migrator.checks.spec import CheckResult
from migrator.locale import msg
from migrator.runbook.concerns import answers_of
from migrator.runbook.contents import contents_of
from migrator.runbook.filters import programs_in
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import kubectl
from migrator.runbook.model import Action, Phase, Playbook, Role, Step, StepKind, Where
from migrator.runbook.ordering import PhaseTitle, arrange
from migrator.runbook.steps import logs as logs_of
from migrator.runbook.steps import traces as traces_of
from migrator.runbook.steps.base import do, estimate, node_ref, run, service_ref, step
from migrator.runbook.steps.cluster import access
from migrator.runbook.steps.findings import Answering, answered, remaining
from migrator.runbook.steps.prepare import bastion, questions, start_gate
from migrator.runbook.steps.running import MONITORING, RIGHTS, SCALING, monitoring, rights, scaling
from migrator.runbook.steps.storage import held_refs

PHASE, FINISH = "prepare", "operations.finish"


def operations_phases(inventory: Inventory, results: tuple[CheckResult, ...]) -> tuple[Phase, ...]:
    """Preparation is phase 0; the parts after it do not wait for each other, but scaling needs the figures."""
    contents = contents_of(inventory.snapshot)
    reach = msgspec.structs.replace(access(inventory), phase=PHASE, after=("prepare.bastion",))
    body = [
        *logs_of.logs(inventory, contents, ["prepare.go"]),
        *traces_of.traces(inventory, contents, ["prepare.go"]),
        *monitoring(inventory, ["prepare.go"]),
        *scaling(inventory, contents, ["monitoring.addons"]),
        *rights(inventory, contents, ["prepare.go"]),
    ]
    steps = [bastion(inventory, programs_in(body)), reach]
    steps += [asked] if (asked := questions(results)) else []
    accept = _accept(inventory, [s.key for s in body])
    rules = Answering(
        by_slug=answers_of(Playbook.OPERATIONS), platform=("monitoring.addons",), too_late=("operations.accept",)
    )
    done, rest = answered([*steps, *body, accept], results, inventory, rules)
    prepared = [s.key for s in steps]
    gate = remaining(rest, results, PHASE, prepared)
    gates: list[Step] = [gate] if gate else []
    gates.append(start_gate([*prepared, *(g.key for g in gates)]))
    titles = [PhaseTitle(PHASE, msg("phase.prepare_operations"))]
    parts = (logs_of.PHASE, traces_of.PHASE, MONITORING, SCALING, RIGHTS, FINISH)
    titles += [PhaseTitle(key, msg(f"phase.{key}")) for key in parts]
    return arrange(titles, [*done, *gates], first_number=0)


def _accept(inventory: Inventory, after: list[str]) -> Step:
    refs = [w.ref for w in inventory.workloads]
    refs += [ref for h in inventory.held for ref in held_refs(h)]
    refs += [service_ref(s) for s in inventory.services] + [i.ref for i in inventory.ingresses]
    refs += [node_ref(n) for n in inventory.nodes]
    return step(
        "operations.accept",
        FINISH,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.CLUSTER_ENGINEER),
        actions=[do(Where.NEW_CLUSTER, "rehearse_operations"), _keep_current(inventory)],
        verify=[
            run(kubectl("new", "get pods --all-namespaces -o wide") + " | grep -Ev ' (Running|Completed) ' || true"),
            do(Where.BASTION, "operations_signed"),
        ],
        minutes=estimate((30, 60), (0.05, 0.2), len(inventory.workloads)),
        after=after,
        subjects=refs,
        workloads=len(inventory.workloads),
    )


def _keep_current(inventory: Inventory) -> Action:
    """How often to upgrade (A.2), with the month in which the platform stops to maintain the target."""
    version, until = str(inventory.target.as_minor), inventory.maintained_until
    if not until:
        return do(Where.BASTION, "keep_current")
    return do(Where.BASTION, "keep_current_until", version=version, until=until)

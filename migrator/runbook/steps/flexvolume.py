"""FlexVolume to CSI inside the cluster, before a hop to 1.17 or later, where FlexVolume is gone (E.6, A.1)."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.conversion.storage import can_carry
from migrator.locale import Msg, msg
from migrator.runbook.chains import Chain, chains_of
from migrator.runbook.holdings import Held
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import kubectl, named
from migrator.runbook.model import Action, Role, Step, StepKind, Where
from migrator.runbook.steps.base import do, estimate, run, step
from migrator.runbook.steps.outage import chain_title
from migrator.runbook.steps.stopping import restore_held, resume, stop_commands
from migrator.runbook.steps.storage import get_claims, held_refs, import_actions, retain_warnings, volume_table
from migrator.runbook.steps.workloads import workload_table


def conversion(inventory: Inventory, phase: str, after: Sequence[str]) -> list[Step]:
    """One step for each set of workloads on FlexVolume storage; those that share a claim go together."""
    chains = chains_of(
        inventory.workloads, inventory.held, inventory.holders, inventory.services, stops=_is_flex, paths={}
    )
    steps = [_convert(chain, inventory, phase, after) for chain in chains]
    in_chains = {h.name for c in chains for h in c.held}
    rest = [h for h in inventory.held if h.volume and h.volume.flex_volume and h.name not in in_chains]
    if rest:
        steps.append(
            step(
                "flex.unused",
                phase,
                kind=StepKind.GATE,
                role=Role.BUSINESS_OWNER,
                actions=[do(Where.BASTION, "decide_volumes")],
                verify=[run(_flex_left())],
                minutes=estimate((10, 20), (2, 10), len(rest)),
                after=after,
                subjects=[ref for h in rest for ref in held_refs(h)],
                tables=[volume_table(h.volume for h in rest if h.volume)],
                count=len(rest),
            )
        )
    return steps


def _is_flex(held: Held) -> bool:
    return held.volume is not None and held.volume.flex_volume


def _flex_left() -> str:
    return (
        kubectl("old", "get pv -o json")
        + " \\\n  | jq -r '.items[] | select(.spec.flexVolume) | [.metadata.name, .spec.flexVolume.driver] | @tsv'"
    )


def _convert(chain: Chain, inventory: Inventory, phase: str, after: Sequence[str]) -> Step:
    volumes = [h.volume.name for h in chain.held if h.volume]
    actions: list[Action] = [
        run("\n".join(stop_commands(chain.workloads))),
        run(kubectl("old", "get pods -o wide", namespace=chain.namespace)),
        do(Where.OLD_CLUSTER, "pods_have_ended"),
        do(Where.CONSOLE, "snapshot_disks"),
        do(Where.CONSOLE, "unassociate_flex", volumes=volumes),
        run(_left(chain.held, volumes)),
        do(Where.OLD_CLUSTER, "nothing_of_these_left"),
    ]
    notes: list[Msg] = retain_warnings(inventory)
    carried = [h for h in chain.held if h.volume and can_carry(h.volume)]
    made, open_points = import_actions(carried, inventory, "old")
    actions += made
    notes += open_points
    if any(w.claim_templates for w in chain.workloads):
        actions.append(do(Where.OLD_CLUSTER, "claim_templates"))
        notes.append(msg("runbook.warning.claim_templates"))
    actions += resume(chain.workloads)
    return step(
        "flex.convert",
        phase,
        key=chain.key,
        actions=actions,
        verify=[
            run("\n".join(get_claims("old", chain.held))),
            run(kubectl("old", "get pods -o wide", namespace=chain.namespace)),
            do(Where.OLD_CLUSTER, "data_is_there"),
        ],
        rollback=[
            run("\n".join(stop_commands(chain.workloads))),
            run(kubectl("old", "get pods -o wide", namespace=chain.namespace)),
            do(Where.OLD_CLUSTER, "pods_have_ended"),
            do(Where.CONSOLE, "unassociate_csi", volumes=volumes),
            run(_left(chain.held, volumes)),
            do(Where.OLD_CLUSTER, "nothing_of_these_left"),
            *restore_held(chain.held),
            *resume(chain.workloads),
        ],
        minutes=estimate((8, 15), (3, 8), len(chain.held)),
        interrupts=True,
        stops=[w.ref for w in chain.workloads],
        after=after,
        subjects=[*(w.ref for w in chain.workloads), *(ref for h in chain.held for ref in held_refs(h))],
        tables=[workload_table(chain.workloads), volume_table(h.volume for h in chain.held if h.volume)],
        warnings=notes,
        chain=chain_title(chain),
        count=len(chain.held),
    )


def _left(held: Sequence[Held], volumes: Sequence[str]) -> str:
    """Lists the claims and volumes that are still there. The saved ones have the same names and another source, which
    no server lets one change: they are put back only when the names are free."""
    return "\n".join(
        [*get_claims("old", held, " --ignore-not-found"), kubectl("old", "get pv --ignore-not-found", named(volumes))]
    )


def conversion_check(phase: str, key: str, after: Sequence[str]) -> Step:
    """No PersistentVolume with a FlexVolume source may be left before the hop."""
    return step(
        "flex.check",
        phase,
        key=key,
        kind=StepKind.VERIFY,
        actions=[run(_flex_left())],
        verify=[run(f'test -z "$({_flex_left()})" && echo none')],
        minutes=(3, 10),
        after=after,
    )

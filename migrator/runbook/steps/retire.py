"""Phase "retire": the course's step 7. Volumes are un-associated first, a person signs, the old cluster goes (H.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from migrator.locale import Msg, msg
from migrator.runbook.holdings import Transfer
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, kubectl
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import TICK, do, estimate, node_ref, run, service_ref, show, step, table
from migrator.runbook.steps.cutover import scale_marked
from migrator.runbook.steps.fate import balancers
from migrator.runbook.steps.hibernate import hibernation
from migrator.runbook.steps.prepare import old_addresses
from migrator.runbook.steps.stopping import SCALED, restore, resume_commands, stop_commands
from migrator.runbook.steps.storage import held_refs, retain_warnings, volume_table
from migrator.runbook.windows import Window
from migrator.snapshot.model import NodeKind, ObjectRef, StorageKind, Volume, Workload

PHASE = "retire"
_CLOUD = (StorageKind.EVS, StorageKind.SFS, StorageKind.OBS, StorageKind.SFS_TURBO)  # what CCE can un-associate


def retirement(inventory: Inventory, windows: Iterable[Window]) -> list[Step]:
    """After a migration: what the windows stopped or released is gone from the old cluster by now."""
    moved = {h.volume.name for c in inventory.chains for h in c.held if h.volume and h.transfer is Transfer.REATTACH}
    volumes = [v for v in inventory.snapshot.volumes if v.name not in moved]
    still = sorted({w.ref.namespace for window in windows if not window.chain for w in window.followers})
    left = [w for w in inventory.free if w.ref.kind in SCALED]
    back = [scale_marked("old", "yes", '"$replicas"', still)] if left and still else []
    stop = _stop(inventory.free, back)
    return _in_order(inventory, stop, volumes)


def retirement_alone(inventory: Inventory) -> list[Step]:
    """Of a cluster whose business went elsewhere in another way: all of the snapshot is still in it."""
    workloads = [w for w in inventory.workloads if w.ref.kind != "Job"]
    jobs = [w.ref for w in inventory.workloads if w.ref.kind == "Job"]
    scaled = [w for w in workloads if w.ref.kind in SCALED]
    others = [w for w in workloads if w.ref.kind in ("CronJob", "Pod")]
    stop = _stop(workloads, resume_commands([*scaled, *others]), stop_commands(others))
    stop = msgspec.structs.replace(stop, subjects=(*(w.ref for w in workloads), *jobs))
    balanced = [*(service_ref(s) for s in inventory.services), *(i.ref for i in inventory.ingresses)]
    steps = _in_order(inventory, stop, list(inventory.snapshot.volumes), balanced)
    held = tuple(ref for h in inventory.held for ref in held_refs(h))
    mine = {"retire.unassociate": held, "retire.delete": tuple(node_ref(n) for n in inventory.nodes)}
    steps = [msgspec.structs.replace(s, subjects=mine.get(s.key, s.subjects)) for s in steps]
    return [msgspec.structs.replace(s, after=("prepare.go",)) if s.key == "retire.approve" else s for s in steps]


def _in_order(
    inventory: Inventory, stop: Step, volumes: list[Volume], balanced: Sequence[ObjectRef] = ()
) -> list[Step]:
    """The course's order, whatever led there: stop, hibernate, un-associate, sign, delete, clear what is left."""
    asleep = hibernation(inventory, [stop.key])
    awake = [asleep[-1].key]
    kept = [_unassociate(volumes, inventory, awake)]
    if inventory.entries or balanced:
        kept.append(balancers(inventory, awake, balanced))
    kept.append(_eips(inventory, awake))
    sign = _sign(inventory, [stop.key, *(s.key for s in kept)])
    return [_approve(inventory), stop, *asleep, *kept, sign, _delete(inventory), _clean_up(inventory)]


def _approve(inventory: Inventory) -> Step:
    return step(
        "retire.approve",
        PHASE,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.SOLUTION_MANAGER),
        actions=[do(Where.BASTION, "retire_conditions")],
        verify=[do(Where.BASTION, "retire_signed")],
        minutes=(15, 30),
        after=["cutover.observe"],
        cluster=_cluster(inventory),
    )


def _stop(given: Sequence[Workload], back: list[str], also: Sequence[str] = ()) -> Step:
    """After a migration CronJobs are left alone: they were suspended at the cut-over, and going back must not wake
    them. ``back`` sets going what ran until now; ``also`` stops what is no Deployment and the like."""
    left = [w for w in given if w.ref.kind in SCALED]
    others = [w for w in given if w.ref.kind == "DaemonSet"]
    lines = [*stop_commands(left), *stop_commands(others), *also]
    back = [*back, *resume_commands(others)]
    return step(
        "retire.stop",
        PHASE,
        actions=[run("\n".join(lines))] if lines else [do(Where.OLD_CLUSTER, "nothing_runs")],
        verify=[
            run(kubectl("old", "get pods --all-namespaces -o wide") + " | grep -Ev '^kube-' || true"),
            do(Where.NEW_CLUSTER, "business_unaffected"),
        ],
        rollback=[run("\n".join(back))] if back else [do(Where.OLD_CLUSTER, "nothing_to_undo")],
        minutes=estimate((5, 10), (0.05, 0.2), len(left)),
        after=["retire.approve"],
        count=len(left) + len(others) + len(also),
    )


def _unassociate(volumes: list[Volume], inventory: Inventory, after: Sequence[str]) -> Step:
    mine = [v for v in volumes if v.storage in _CLOUD]
    others = [v for v in volumes if v.storage not in _CLOUD]
    claims = [f"{v.claim_namespace}/{v.claim_name}" for v in volumes if v.claim_name]
    policies = (
        "get pv -o custom-columns=NAME:.metadata.name,POLICY:.spec.persistentVolumeReclaimPolicy,STATUS:.status.phase"
    )
    made = step(
        "retire.unassociate" if mine or not others else "retire.keep_storage",
        PHASE,
        kind=StepKind.CONSOLE,
        actions=[
            run(kubectl("old", policies)),
            *([do(Where.CONSOLE, "unassociate_all", count=len(mine))] if mine or not others else []),
            *([do(Where.CONSOLE, "keep_other_volumes", count=len(others))] if others else []),
        ],
        verify=[
            run(kubectl("old", "get pv,pvc --all-namespaces")),
            do(Where.CONSOLE, "storage_still_exists"),
            run(kubectl("new", "get pv,pvc --all-namespaces")),
        ],
        rollback=[do(Where.CONSOLE, "associate_again"), *restore(volumes, claims)]
        if volumes
        else [do(Where.OLD_CLUSTER, "nothing_to_undo")],
        minutes=estimate((5, 10), (1, 4), len(volumes)),
        after=after,
        tables=[volume_table(mine), volume_table(others)],
        warnings=[*retain_warnings(inventory), msg("runbook.warning.stuck_volume")] if mine else [],
        count=len(mine) or len(others),
    )
    return msgspec.structs.replace(made, key="retire.unassociate")


def _eips(inventory: Inventory, after: Sequence[str]) -> Step:
    rows = [(n.name, show(n.eips), TICK) for n in inventory.nodes if n.eips]
    return step(
        "retire.eips",
        PHASE,
        kind=StepKind.CONSOLE,
        role=Role.NETWORK_ENGINEER,
        actions=[do(Where.CONSOLE, "unbind_eips")],
        verify=[do(Where.CONSOLE, "eips_unbound")],
        rollback=[do(Where.CONSOLE, "bind_eips_again")],
        minutes=estimate((5, 10), (2, 5), len(rows)),
        after=after,
        tables=[table("node eip decision", rows)],
        count=len(rows),
    )


def _sign(inventory: Inventory, after: Sequence[str]) -> Step:
    return step(
        "retire.sign",
        PHASE,
        kind=StepKind.GATE,
        role=Role.REVIEWER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "delete_conditions")],
        verify=[
            run(f"{kubectl('old', 'get pv')}\n{kubectl('old', 'get pvc --all-namespaces')}"),
            do(Where.BASTION, "delete_signed"),
        ],
        minutes=(20, 40),
        after=after,
        tables=[table("condition done", ((msg(f"table.value.delete_{n}"), TICK) for n in range(1, 9)))],
        cluster=_cluster(inventory),
    )


def _delete(inventory: Inventory) -> Step:
    billing = inventory.snapshot.cluster.billing
    way = (
        "unsubscribe"
        if billing == "yearly_monthly"
        else "delete_cluster"
        if billing == "pay_per_use"
        else "unsubscribe_or_delete"
    )
    yearly = [n.name for n in inventory.nodes if n.billing == "yearly_monthly"]
    warnings = [msg("runbook.warning.delete_takes_nodes"), msg("runbook.warning.delete_leftovers")]
    if yearly:
        warnings.append(msg("runbook.warning.yearly_nodes", names=yearly))
    if any(n.kind is NodeKind.BARE_METAL for n in inventory.nodes):
        warnings.append(msg("runbook.warning.bare_metal_retire"))
    return step(
        "retire.delete",
        PHASE,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, way)],
        verify=[do(Where.CONSOLE, "cluster_gone"), do(Where.CONSOLE, "storage_still_exists")],
        minutes=(5, 20),
        after=["retire.sign"],
        warnings=warnings,
        destructive=True,
        point_of_no_return=True,
        cluster=_cluster(inventory),
        nodes=len(inventory.nodes),
    )


def _cluster(inventory: Inventory) -> Msg:
    name = inventory.snapshot.cluster.name
    return msg("chain.old_named", name=name) if name else msg("chain.old_cluster")


def _clean_up(inventory: Inventory) -> Step:
    addresses = old_addresses(inventory)
    return step(
        "retire.clean_up",
        PHASE,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[
            do(Where.CONSOLE, "remove_old_addresses"),
            run(f'rm -f "{WORK}/old.json" "{WORK}/old-download.json"'),
            do(Where.CONSOLE, "restore_ttl"),
        ],
        verify=[do(Where.CONSOLE, "no_old_address_left")],
        rollback=[do(Where.CONSOLE, "put_addresses_back")],
        minutes=estimate((20, 40), (2, 10), len(addresses)),
        after=["retire.delete"],
        count=len(addresses),
        cluster=_cluster(inventory),
    )

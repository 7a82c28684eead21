"""Phase "retire": the course's step 7. Volumes are un-associated first, a person signs, the old cluster goes (H.1)."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from migrator.locale import Msg, msg
from migrator.runbook.holdings import Transfer
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, kubectl, named
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import TICK, do, estimate, run, show, step, table
from migrator.runbook.steps.cutover import scale_marked
from migrator.runbook.steps.prepare import old_addresses
from migrator.runbook.steps.stopping import SCALED, restore, resume_commands, stop_commands
from migrator.runbook.steps.storage import retain_warnings, volume_table
from migrator.runbook.windows import windows_of
from migrator.snapshot.model import NodeKind, StorageKind, Volume

PHASE = "retire"
_CLOUD = (StorageKind.EVS, StorageKind.SFS, StorageKind.OBS, StorageKind.SFS_TURBO)  # what CCE can un-associate


def retirement(inventory: Inventory) -> list[Step]:
    volumes = _still_there(inventory)
    return [
        _approve(inventory),
        _stop(inventory),
        _unassociate(volumes, inventory),
        _eips(inventory),
        _sign(inventory),
        _delete(inventory),
        _clean_up(inventory),
    ]


def _still_there(inventory: Inventory) -> list[Volume]:
    """All volumes that are in the old cluster at this point, the platform's own included: deletion would take them."""
    gone = {h.volume.name for c in inventory.chains for h in c.held if h.volume and h.transfer is Transfer.REATTACH}
    return [v for v in inventory.snapshot.volumes if v.name not in gone]


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


def _stop(inventory: Inventory) -> Step:
    """CronJobs are left alone: they were suspended at the cut-over, and going back must not wake them."""
    left = [w for w in inventory.free if w.ref.kind in SCALED]
    by_namespace: dict[tuple[str, str], list[str]] = defaultdict(list)
    for w in left:
        by_namespace[(w.ref.namespace, w.ref.kind)].append(w.ref.name)
    lines = [
        kubectl("old", f"scale --replicas=0 {kind.lower()}", named(names), namespace=ns)
        for (ns, kind), names in by_namespace.items()
    ]
    others = [w for w in inventory.free if w.ref.kind == "DaemonSet"]
    lines += stop_commands(others)
    # Back go only those that ran until now: what a window stopped or handed over runs in the new cluster.
    still = sorted({w.ref.namespace for window in windows_of(inventory) if not window.chain for w in window.followers})
    back = [scale_marked("old", "yes", '"$replicas"', still)] if left and still else []
    back += resume_commands(others)
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
        warnings=[msg("runbook.warning.hibernate_first")],
        count=len(left) + len(others),
    )


def _unassociate(volumes: list[Volume], inventory: Inventory) -> Step:
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
        after=["retire.stop"],
        tables=[volume_table(mine), volume_table(others)],
        warnings=[*retain_warnings(inventory), msg("runbook.warning.stuck_volume")] if mine else [],
        count=len(mine) or len(others),
    )
    return msgspec.structs.replace(made, key="retire.unassociate")


def _eips(inventory: Inventory) -> Step:
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
        after=["retire.approve"],
        tables=[table("node eip decision", rows)],
        count=len(rows),
    )


def _sign(inventory: Inventory) -> Step:
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
        after=["retire.stop", "retire.unassociate", "retire.eips"],
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
    if (inventory.source.minor, inventory.source.patch) <= (13, 10):
        warnings.append(msg("runbook.warning.listener_names"))
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
            run(f'rm "{WORK}/old.json" "{WORK}/old-download.json"'),
            do(Where.CONSOLE, "restore_ttl"),
        ],
        verify=[do(Where.CONSOLE, "no_old_address_left")],
        rollback=[do(Where.CONSOLE, "put_addresses_back")],
        minutes=estimate((20, 40), (2, 10), len(addresses)),
        after=["retire.delete"],
        count=len(addresses),
        cluster=_cluster(inventory),
    )

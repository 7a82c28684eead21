"""What the deletion of a cluster destroys, what it leaves behind, and how to keep what is wanted (H.1)."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.locale import Msg, msg
from migrator.runbook.inventory import Inventory
from migrator.runbook.model import Role, Step, StepKind, Table, Where
from migrator.runbook.steps.base import do, estimate, or_dash, show, step, table
from migrator.runbook.steps.hibernate import by_billing
from migrator.snapshot.model import LoadBalancerKind, Node, ObjectRef, Provisioning, StorageKind, Volume
from migrator.snapshot.node_settings import shortened

_CLOUD = (StorageKind.EVS, StorageKind.SFS, StorageKind.OBS, StorageKind.SFS_TURBO)


def fate(inventory: Inventory, phase: str, after: Sequence[str]) -> Step:
    """A register of all that hangs on the old cluster; the people who sign the deletion read it first."""
    tables = [_node_fates(inventory.nodes), _volume_fates(inventory.snapshot.volumes), balancer_fates(inventory)]
    return step(
        "retire.fate",
        phase,
        kind=StepKind.MANUAL,
        role=Role.SOLUTION_MANAGER,
        actions=[do(Where.BASTION, "read_fates")],
        verify=[do(Where.BASTION, "fates_agreed")],
        minutes=estimate((20, 40), (0.5, 2), sum(len(t.rows) for t in tables if t)),
        after=after,
        tables=tables,
        warnings=[msg("runbook.warning.delete_takes_nodes"), msg("runbook.warning.delete_leftovers")],
        nodes=len(inventory.nodes),
        volumes=len(inventory.snapshot.volumes),
        balancers=len(inventory.entries),
    )


def _node_fates(nodes: Sequence[Node]) -> Table | None:
    return table(
        "object names fate keep",
        (
            (
                msg(f"table.value.nodes_{kind}"),
                show(shortened(tuple(n.name for n in given))),
                msg(f"table.value.fate_node_{kind}"),
                msg(f"table.value.keep_node_{kind}"),
            )
            for kind, given in by_billing(nodes).items()
        ),
    )


def _volume_fates(volumes: Sequence[Volume]) -> Table | None:
    return table(
        "volume storage reclaim fate keep",
        (
            (
                v.name,
                msg(f"table.value.storage_{v.storage.value}"),
                or_dash(v.reclaim_policy),
                msg(f"table.value.fate_volume_{(kind := _volume_fate(v))}"),
                msg(f"table.value.keep_volume_{kind}"),
            )
            for v in volumes
        ),
    )


def _volume_fate(volume: Volume) -> str:
    if volume.provisioning is Provisioning.NODE_LOCAL:
        return "local"
    if volume.storage not in _CLOUD:
        return "other"
    if volume.storage is StorageKind.OBS:
        return "bucket"
    return "retain" if volume.reclaim_policy == "Retain" or volume.retain_volume_only else "delete"


def balancer_fates(inventory: Inventory) -> Table | None:
    """Each entry's load balancer: whether the old cluster made it, and so may take it along."""
    rows: list[tuple[str | Msg, ...]] = []
    made = {(s.namespace, s.name): s.load_balancer_auto_created for s in inventory.services}
    made_for = {(i.ref.namespace, i.ref.name): i.load_balancer_auto_created for i in inventory.ingresses}
    for entry in inventory.entries:
        place = (entry.namespace, entry.name)
        auto = (made if entry.kind == "Service" else made_for).get(place)
        told = "unknown" if auto is None else "auto" if auto else "given"
        kind = "dnat" if entry.balancer is LoadBalancerKind.DNAT else told
        rows.append(
            (
                f"{entry.kind} {entry.namespace}/{entry.name}",
                or_dash(entry.balancer_id),
                show(entry.addresses),
                msg(f"table.value.fate_balancer_{kind}"),
                msg(f"table.value.keep_balancer_{kind}"),
            )
        )
    return table("entry balancer_id address fate keep", rows)


def balancers(inventory: Inventory, after: Sequence[str], subjects: Sequence[ObjectRef] = ()) -> Step:
    """Nothing of the old load balancers may be left half deleted, nor taken from another business."""
    warnings = []
    if (inventory.source.minor, inventory.source.patch) <= (13, 10):
        warnings.append(msg("runbook.warning.listener_names"))
    return step(
        "retire.balancers",
        "retire",
        kind=StepKind.CONSOLE,
        role=Role.NETWORK_ENGINEER,
        actions=[do(Where.CONSOLE, "look_at_listeners"), do(Where.CONSOLE, "release_balancers")],
        verify=[do(Where.CONSOLE, "balancers_decided")],
        rollback=[do(Where.CONSOLE, "keep_balancers")],
        minutes=estimate((10, 20), (2, 5), len(inventory.entries)),
        after=after,
        subjects=subjects,
        tables=[balancer_fates(inventory)],
        warnings=warnings,
        count=len(inventory.entries),
    )

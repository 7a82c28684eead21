"""What becomes of the nodes on a hop: replaced by new ones (rolling) or installed anew (reset) (A.3, G.5)."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.catalog.model import HopRule
from migrator.locale import Msg, msg
from migrator.runbook.holdings import Held
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import kubectl, word
from migrator.runbook.model import Role, Step, StepKind, Table, Where
from migrator.runbook.steps.base import FILL_IN, TICK, do, estimate, or_dash, run, show, step, table
from migrator.runbook.steps.copying import pinned_warnings, source_table, sources_of, whole_copy
from migrator.runbook.steps.nodes import settings_actions, user_labels
from migrator.runbook.steps.prepare import old_addresses, setting_table
from migrator.runbook.steps.stopping import SCALED, resume, resume_commands, stop_commands
from migrator.snapshot.model import Node, ObjectRef, Provisioning, Volume, Workload

_PODS = "get pods --all-namespaces -o wide"


def phase_of(hop: HopRule) -> str:
    return f"hop:{hop.key}"


def rolling(hop: HopRule, inventory: Inventory, after: str, *, first: bool) -> list[Step]:
    """New nodes beside the old, the load moved, a signature, the old ones released.

    ``first``: the nodes of the snapshot are still there; on later hops their names are those of the hop before.
    """
    local = local_data(inventory, phase_of(hop), hop.key, f"hop.new_nodes:{hop.key}")
    return [
        _buy(hop, inventory, after, first=first),
        _whitelist(hop, inventory, first=first),
        *local,
        _drain(hop, inventory, [n.name for n in inventory.nodes] if first else [], [s.key for s in local]),
        _release_gate(hop),
        _release(hop, inventory),
    ]


def _node_table(nodes: Sequence[Node], *, known: bool = True) -> Table | None:
    """``known``: the nodes are still those of the snapshot; otherwise their names and addresses are written in."""
    return table(
        "node address flavor zone version labels",
        (
            (
                n.name if known else FILL_IN,
                show((*n.private_ips, *n.eips)) if known else FILL_IN,
                or_dash(n.flavor),
                or_dash(n.zone),
                or_dash(n.kubelet_version) if known else FILL_IN,
                show(f"{k}={v}" for k, v in user_labels(n).items()),
            )
            for n in nodes
        ),
    )


def _buy(hop: HopRule, inventory: Inventory, after: str, *, first: bool) -> Step:
    count = len(inventory.nodes)
    return step(
        "hop.new_nodes",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.CONSOLE,
        actions=[
            do(Where.CONSOLE, "buy_rolling_nodes", count=count),
            *settings_actions(inventory.snapshot.node_settings),
        ],
        verify=[run(kubectl("old", "get nodes -o wide"))],
        rollback=[do(Where.CONSOLE, "delete_new_nodes")],
        minutes=estimate((15, 30), (1, 3), count),
        after=[after],
        tables=[_node_table(inventory.nodes, known=first), setting_table(inventory)],
        count=count,
        source=str(hop.source),
        target=str(hop.target),
    )


def _whitelist(hop: HopRule, inventory: Inventory, *, first: bool) -> Step:
    """Later hops, and dumps without nodes, have addresses that nobody knows yet: lines to write them in."""
    known = [row for row in old_addresses(inventory) if row[1].startswith("Node")] if first else []
    rows = known or [(FILL_IN, FILL_IN, FILL_IN)] * max(len(inventory.nodes), 1)
    return step(
        "hop.whitelist",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[run(kubectl("old", "get nodes -o wide")), do(Where.CONSOLE, "whitelist_new_addresses")],
        verify=[do(Where.NEW_NODE, "reach_partners")],
        rollback=[do(Where.CONSOLE, "remove_new_addresses")],
        minutes=(20, 60),
        after=[f"hop.new_nodes:{hop.key}"],
        tables=[table("address belongs_to used_in new_address done", ((*row, FILL_IN, TICK) for row in rows))],
        target=str(hop.target),
    )


def local_data(inventory: Inventory, phase: str, key: str, after: str) -> list[Step]:
    """Data on the disks of the nodes, which go or are wiped: copied with its workloads stopped."""
    chains = [c for c in inventory.chains if c.paths or any(_is_local(h) for h in c.held)]
    if not chains:
        return []
    workloads = [w for c in chains for w in c.workloads]
    sources = [
        s for c in chains for s in sources_of(c, inventory) if s.path or (s.volume and _is_local_volume(s.volume))
    ]
    made = step(
        "hop.local_data",
        phase,
        key=key,
        kind=StepKind.MANUAL,
        actions=[
            run("\n".join(stop_commands(workloads))),
            do(Where.OLD_NODE, "copy_local_data"),
            *resume(workloads),
        ],
        verify=[do(Where.NEW_NODE, "compare_checksums"), do(Where.OLD_CLUSTER, "data_is_there")],
        rollback=resume(workloads) or [do(Where.OLD_CLUSTER, "nothing_to_undo")],
        minutes=whole_copy(sources),
        interrupts=True,
        stops=[w.ref for w in workloads],
        after=[after],
        tables=[source_table(sources)],
        warnings=[
            msg("runbook.warning.copy_speed"),
            *pinned_warnings(workloads, "runbook.warning.pin_to_new_node"),
        ],
        count=len(sources),
        names=[f"{w.ref.namespace}/{w.ref.name}" for w in workloads],
    )
    return [made]


def _is_local(held: Held) -> bool:
    return held.volume is not None and _is_local_volume(held.volume)


def _is_local_volume(volume: Volume) -> bool:
    return volume.provisioning is Provisioning.NODE_LOCAL


def pods_alone(inventory: Inventory) -> list[Workload]:
    """Pods without a controller: nothing makes them again on another node."""
    return [w for w in inventory.workloads if w.ref.kind == "Pod"]


def _single(inventory: Inventory) -> list[ObjectRef]:
    """Workloads with one pod only: nothing answers for them while it starts on another node."""
    return [w.ref for w in inventory.workloads if one_pod(w)]


def one_pod(workload: Workload) -> bool:
    scaled = workload.ref.kind in SCALED and (1 if workload.replicas is None else workload.replicas) == 1
    return scaled or workload.ref.kind == "Pod"


def bare_pods(pods: Sequence[Workload]) -> list[Msg]:
    names = [f"{w.ref.namespace}/{w.ref.name}" for w in pods]
    return [msg("runbook.warning.bare_pods_drained", names=names)] if pods else []


DRAIN = 'drain --ignore-daemonsets "$flag" --timeout=15m'


def ask_flag() -> str:
    """kubectl renamed the flag of ``DRAIN`` in 1.20 and dropped the old name later: the program at hand is asked."""
    return (
        f"flag=$({kubectl('old', 'drain --help')} | grep -q delete-emptydir-data \\\n"
        "  && echo --delete-emptydir-data || echo --delete-local-data)"
    )


def _drain(hop: HopRule, inventory: Inventory, names: list[str], local: list[str]) -> Step:
    ask, drain = ask_flag(), DRAIN
    pods = pods_alone(inventory)
    if names:
        lines = [kubectl("old", "cordon", word(n)) for n in names] + [kubectl("old", drain, word(n)) for n in names]
        back = [kubectl("old", "uncordon", word(n)) for n in names]
    else:
        unschedulable = "get nodes -o jsonpath='{.items[?(@.spec.unschedulable==true)].metadata.name}'"
        loop = f"for node in $({kubectl('old', unschedulable)}); do"
        lines = [loop, f'  {kubectl("old", drain)} "$node"', "done"]
        back = [loop, f'  {kubectl("old", "uncordon")} "$node"', "done"]
    per_node = max(hop.minutes_per_node[1], 5)
    return step(
        "hop.drain",
        phase_of(hop),
        key=hop.key,
        actions=[
            *([run("\n".join(stop_commands(pods)))] if pods else []),
            run("\n".join([ask, *lines])),
            *([run("\n".join(resume_commands(pods)))] if pods else []),
        ],
        verify=[run(f"{kubectl('old', _PODS)}\n{kubectl('old', 'get nodes')}")],
        rollback=[run("\n".join(back))],
        minutes=estimate((5, 10), (5, per_node), len(inventory.nodes)),
        interrupts=True,
        stops=_single(inventory),
        after=[f"hop.new_nodes:{hop.key}", f"hop.whitelist:{hop.key}", *local],
        warnings=[
            msg("runbook.warning.drain_local_data"),
            msg("runbook.warning.drain_single_replica"),
            *bare_pods(pods),
            *pinned_warnings(inventory.workloads, "runbook.warning.pin_to_new_node"),
        ],
        source=str(hop.source),
        target=str(hop.target),
    )


def _release_gate(hop: HopRule) -> Step:
    return step(
        "hop.release_gate",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "old_nodes_conditions")],
        verify=[do(Where.BASTION, "hop_signed")],
        minutes=(10, 20),
        after=[f"hop.drain:{hop.key}"],
    )


def _release(hop: HopRule, inventory: Inventory) -> Step:
    return step(
        "hop.release_nodes",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "delete_old_nodes")],
        verify=[run(kubectl("old", "get nodes -o wide"))],
        minutes=estimate((5, 10), (1, 2), len(inventory.nodes)),
        after=[f"hop.release_gate:{hop.key}"],
        warnings=[msg("runbook.warning.node_disks_and_eips")],
        destructive=True,
        target=str(hop.target),
    )


def reset(hop: HopRule, inventory: Inventory, after: str) -> list[Step]:
    """Nodes installed anew in batches; what is local to them is lost, so a person signs first."""
    count = len(inventory.nodes)
    pods = pods_alone(inventory)
    shortest, longest = max(hop.minutes_per_node[0], 3), max(hop.minutes_per_node[1], 10)
    nodes = step(
        "hop.reset_nodes",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.CONSOLE,
        actions=[
            *([run("\n".join(stop_commands(pods)))] if pods else []),
            do(Where.CONSOLE, "reset_batches"),
            *settings_actions(inventory.snapshot.node_settings),
            *([run("\n".join(resume_commands(pods)))] if pods else []),
        ],
        verify=[run(f"{kubectl('old', 'get nodes -o wide --show-labels')}\n{kubectl('old', _PODS)}")],
        minutes=estimate((20, 40), (shortest, longest), count),
        interrupts=True,
        stops=_single(inventory),
        after=[f"hop.reset_gate:{hop.key}"],
        tables=[_node_table(inventory.nodes), setting_table(inventory)],
        warnings=[
            msg("runbook.warning.reset_losses"),
            msg("runbook.warning.drain_single_replica"),
            *bare_pods(pods),
        ],
        destructive=True,
        count=count,
        target=str(hop.target),
    )
    local = local_data(inventory, phase_of(hop), hop.key, after)
    return [*local, _reset_gate(hop, [after, *(s.key for s in local)]), nodes]


def _reset_gate(hop: HopRule, after: list[str]) -> Step:
    return step(
        "hop.reset_gate",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "reset_conditions")],
        verify=[do(Where.BASTION, "hop_signed")],
        minutes=(10, 20),
        after=after,
    )

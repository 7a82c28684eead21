"""Phase "nodes": the course's step 2, nodes of the same flavor with the settings made by hand (B.3, G.4, CL-1)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from migrator.locale import Msg, msg
from migrator.paths.facts import unsafe_sysctls
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import kubectl, word
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
from migrator.runbook.steps.base import FILL_IN, TICK, do, estimate, node_ref, or_dash, run, show, step, table
from migrator.runbook.steps.prepare import old_addresses, setting_table
from migrator.snapshot.model import Node, NodeKind, NodeSetting
from migrator.snapshot.node_settings import EVERY_NODE, SharedSetting, by_value, shortened

PHASE = "nodes"

# Labels that the platform, the kubelet or another cloud puts on a node by itself.
_GIVEN = re.compile(
    r"(?:[\w.-]*\.)?(?:cce\.cloud\.com|kubernetes\.io|k8s\.io|cce\.io|gke\.io|google\.com|amazonaws\.com|azure\.com)/.*"
    r"|os\.(?:architecture|name|version)|supportContainer|topology\..*"
)


_OTHER_CLOUD = re.compile(r"(?:[\w.-]*\.)?(?:gke\.io|google\.com|amazonaws\.com|azure\.com)/")


class NodeGroup(NamedTuple):
    """Nodes that are bought in one go."""

    pool: str
    flavor: str
    zone: str


def new_nodes(inventory: Inventory) -> list[Step]:
    groups: dict[NodeGroup, list[Node]] = defaultdict(list)
    for node in inventory.nodes:
        groups[NodeGroup(node.pool, node.flavor, node.zone)].append(node)
    steps = [_add(inventory, groups) if groups else _unknown()]
    added = [s.key for s in steps]
    return [*steps, _apply_settings(inventory, added), _ready(inventory, added), _whitelist(inventory)]


def _add(inventory: Inventory, groups: Mapping[NodeGroup, list[Node]]) -> Step:
    """All nodes in one step, group by group as they are bought."""
    nodes = [n for group in sorted(groups) for n in groups[group]]
    actions: list[Action] = []
    for group in sorted(groups):
        actions.append(_buy(group, groups[group]))
        if public := [n.name for n in groups[group] if n.eips]:
            actions.append(do(Where.CONSOLE, "bind_new_eips", nodes=public))
    warnings = []
    if any(n.kind is NodeKind.BARE_METAL for n in nodes):
        warnings.append(msg("runbook.warning.bare_metal"))
    if any(n.runtime.startswith("docker") for n in nodes) and inventory.target.minor >= 24:
        warnings.append(msg("runbook.warning.containerd"))
    return step(
        "nodes.add",
        PHASE,
        kind=StepKind.CONSOLE,
        actions=actions,
        verify=[run(kubectl("new", "get nodes -o wide --show-labels"))],
        rollback=[do(Where.CONSOLE, "delete_new_nodes")],
        minutes=estimate((8 * len(groups), 15 * len(groups)), (0.5, 3), len(nodes)),
        after=["cluster.access"],
        subjects=[node_ref(n) for n in nodes],
        tables=[_node_table(nodes), _label_table(nodes)],
        warnings=warnings,
        groups=len(groups),
        count=len(nodes),
    )


def _buy(group: NodeGroup, nodes: list[Node]) -> Action:
    """The flavor of another cloud cannot be bought: there the size of the node tells what is wanted."""
    if any(_OTHER_CLOUD.match(label) for node in nodes for label in node.labels):
        sizes = sorted({f"{n.flavor or '—'}: {n.cpu or '—'} CPU, {n.memory or '—'}" for n in nodes})
        return do(Where.CONSOLE, "buy_equal_nodes", count=len(nodes), sizes=sizes)
    pool, flavor, zone = (part or "—" for part in group)
    return do(Where.CONSOLE, "buy_nodes", count=len(nodes), pool=pool, flavor=flavor, zone=zone)


def _unknown() -> Step:
    return step(
        "nodes.unknown",
        PHASE,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "buy_nodes_unknown")],
        verify=[run(kubectl("new", "get nodes -o wide"))],
        rollback=[do(Where.CONSOLE, "delete_new_nodes")],
        minutes=(15, 60),
        after=["cluster.access"],
    )


def _node_table(nodes: list[Node]) -> Table | None:
    return table(
        "node kind pool flavor zone address os runtime max_pods",
        (
            (
                n.name,
                msg(f"table.value.node_{n.kind.value}"),
                or_dash(n.pool),
                or_dash(n.flavor),
                or_dash(n.zone),
                show((*n.private_ips, *(f"{e} (EIP)" for e in n.eips))),
                or_dash(n.os_image),
                or_dash(n.runtime),
                or_dash(n.max_pods),
            )
            for n in nodes
        ),
    )


def user_labels(node: Node) -> dict[str, str]:
    """The labels that a person gave the node."""
    return {k: v for k, v in sorted(node.labels.items()) if not _is_given(k)}


@lru_cache(maxsize=4096)
def _is_given(label: str) -> bool:
    return _GIVEN.fullmatch(label) is not None


def _label_table(nodes: list[Node]) -> Table | None:
    rows = []
    for node in nodes:
        labels = [f"{k}={v}" for k, v in user_labels(node).items()]
        taints = [f"{t.key}={t.value}:{t.effect}" for t in node.taints if not t.key.startswith("node.kubernetes.io/")]
        if labels or taints:
            rows.append((node.name, show(labels), show(taints)))
    return table("node labels taints", rows)


# --- settings ---


def _apply_settings(inventory: Inventory, added: list[str]) -> Step:
    settings = inventory.snapshot.node_settings
    actions = settings_actions(settings)
    actions.append(do(Where.NEW_NODE, "apply_other_settings"))
    if unsafe := _unsafe(inventory):
        keys_wanted = sorted({key for _, key, _ in unsafe})
        actions.append(do(Where.CONSOLE, "allow_unsafe_sysctls", keys=keys_wanted))
    keys = sorted({s.key for s in settings if s.category == "sysctl"})
    verify = [run("\n".join(f"sysctl {word(k)}" for k in keys), where=Where.NEW_NODE)] if keys else []
    made = step(
        "nodes.settings",
        PHASE,
        actions=actions,
        verify=[*verify, do(Where.NEW_NODE, "settings_equal")],
        rollback=[run(f"rm -f {_SYSCTL_FILE} {_LIMITS_FILE} && sysctl --system", where=Where.NEW_NODE)],
        minutes=estimate((10, 20), (1, 3), len(inventory.nodes)),
        after=[*added, "prepare.settings"],
        tables=[
            setting_table(inventory),
            table("workload sysctl value", unsafe),
            table(
                "pool os scripts",
                (
                    (p.name, or_dash(p.os), msg("table.value.has_scripts"))
                    for p in inventory.snapshot.node_pools
                    if p.has_install_scripts
                ),
            ),
        ],
        warnings=[msg("runbook.warning.leave_network_of_nodes")],
        count=len(by_value(settings)),
    )
    return made if settings else msgspec.structs.replace(made, title=msg("title.compare_settings"))


def _unsafe(inventory: Inventory) -> list[tuple[str, str, str]]:
    """(workload, kernel parameter, value) of pods that no node runs without being told to."""
    target = inventory.target.as_minor
    return [(w.key, key, w.sysctls[key]) for w in inventory.workloads for key in unsafe_sysctls(w, target)]


_SYSCTL_FILE = "/etc/sysctl.d/99-carried-over.conf"
_LIMITS_FILE = "/etc/security/limits.d/99-carried-over.conf"
_LIMIT_KEY = re.compile(r"\S+ (?:soft|hard|-) [a-z]+")


def settings_actions(settings: tuple[NodeSetting, ...]) -> list[Action]:
    """Commands that set the recorded kernel parameters and limits for good: one block for what all nodes have, one for
    each group of nodes that differ."""
    blocks: dict[tuple[str, ...], list[SharedSetting]] = defaultdict(list)
    for shared in by_value(settings):
        if shared.value and (shared.category == "sysctl" or _is_limit(shared)):
            blocks[shared.nodes].append(shared)
    actions: list[Action] = []
    for nodes, block in sorted(blocks.items(), key=lambda b: (b[0] != (EVERY_NODE,), b[0])):
        everywhere = nodes == (EVERY_NODE,)
        told = do(Where.NEW_NODE, "apply_sysctl") if everywhere else _for_nodes(nodes)
        actions += [told, run(_script(block), where=Where.NEW_NODE)]
    return actions


def _for_nodes(nodes: tuple[str, ...]) -> Action:
    return do(Where.NEW_NODE, "apply_sysctl_by_node", count=len(nodes), nodes=shortened(nodes))


def _is_limit(shared: SharedSetting) -> bool:
    """Whether it is told as a line of limits.conf; what a person entered in other words stands in the table only."""
    return shared.category == "limits" and _LIMIT_KEY.fullmatch(shared.key) is not None


def _script(block: list[SharedSetting]) -> str:
    parameters = [f"{s.key} = {s.value}" for s in block if s.category == "sysctl"]
    limits = [f"{s.key} {s.value}" for s in block if s.category == "limits"]
    lines = [f"printf '%s\\n' {word(line)} >> {_SYSCTL_FILE}" for line in parameters]
    lines += [f"printf '%s\\n' {word(line)} >> {_LIMITS_FILE}" for line in limits]
    return "\n".join([*lines, "sysctl --system"] if parameters else lines)


def _ready(inventory: Inventory, added: list[str]) -> Step:
    return step(
        "nodes.ready",
        PHASE,
        kind=StepKind.VERIFY,
        actions=[run(kubectl("new", "get nodes -o wide"))],
        verify=[run(f"{kubectl('new', 'get nodes --no-headers')} | awk '$2 != \"Ready\"' | wc -l")],
        minutes=(5, 10),
        after=[*added, "nodes.settings"],
        count=len(inventory.nodes),
    )


def _whitelist(inventory: Inventory) -> Step:
    rows: list[tuple[str | Msg, ...]] = [
        (address, owner, used, FILL_IN, TICK)
        for address, owner, used in old_addresses(inventory)
        if owner.startswith("Node") or used != "—"
    ]
    return step(
        "nodes.whitelist",
        PHASE,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[run(kubectl("new", "get nodes -o wide")), do(Where.CONSOLE, "whitelist_new_addresses")],
        verify=[do(Where.NEW_NODE, "reach_partners")],
        rollback=[do(Where.CONSOLE, "remove_new_addresses")],
        minutes=estimate((20, 60), (5, 15), len(rows)),
        after=["nodes.ready", "prepare.addresses"],
        tables=[table("address belongs_to used_in new_address done", rows)],
        warnings=_named_ranges(inventory),
        count=len(rows),
    )


def _named_ranges(inventory: Inventory) -> list[Msg]:
    """Addresses of pods are seen outside but with a tunnel network, which hides them behind their nodes (B.2 CL-3)."""
    facts = inventory.snapshot.cluster
    if facts.network_mode == "overlay_l2":
        return []
    if not facts.container_cidr:
        return [msg("runbook.warning.container_cidr_untold")]
    return [msg("runbook.warning.container_cidr_named", cidr=facts.container_cidr)]

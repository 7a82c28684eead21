"""The steps of one hop of an upgrade in place: rolling, reset or in place (A.3, A.4, A.5, G.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from migrator.catalog.model import HopRule, Mode, Rollback, Start
from migrator.locale import Msg, msg
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, kubectl, word
from migrator.runbook.model import Action, Role, Step, StepKind, Where
from migrator.runbook.steps.base import do, estimate, or_dash, run, show, step, table
from migrator.runbook.steps.flexvolume import conversion, conversion_check
from migrator.runbook.steps.nodes import sysctl_script, user_labels
from migrator.runbook.steps.prepare import setting_table
from migrator.snapshot.model import Node


def phase_of(hop: HopRule) -> str:
    return f"hop:{hop.key}"


def crosses(hop: HopRule, minor: int) -> bool:
    """Whether the hop enters the given minor of Kubernetes 1."""
    return hop.source.minor < minor <= hop.target.minor


def hop_steps(hop: HopRule, inventory: Inventory, *, first: bool, convert: bool, after: Sequence[str]) -> list[Step]:
    """All steps of one hop, each waiting for the one before; ``after`` is the end of the hop before.

    ``first``: the nodes of the snapshot are still there; ``convert``: FlexVolume storage has not been converted yet.
    """
    mode = hop.modes[0] if hop.modes else Mode.IN_PLACE
    steps = [_preconditions(hop, after)]

    def add(made: Step) -> None:
        steps.append(made)

    add(_coredns(hop, inventory, [steps[-1].key]))
    if crosses(hop, 17):
        if convert:
            steps.extend(conversion(inventory, phase_of(hop), [steps[-1].key, "prepare.go"]))
        add(conversion_check(phase_of(hop), hop.key, [s.key for s in steps]))
    add(_backup(hop, [steps[-1].key]))
    add(_gate(hop, inventory, [s.key for s in steps]))
    add(_start(hop, mode, inventory, [steps[-1].key]))
    if mode is Mode.ROLLING:
        steps.extend(_rolling(hop, inventory, steps[-1].key, first=first))
    elif mode is Mode.RESET:
        steps.extend(_reset(hop, inventory, steps[-1].key))
    add(_verify(hop, inventory, [steps[-1].key]))
    return steps


def _values(hop: HopRule) -> dict[str, str]:
    return {"source": str(hop.source), "target": str(hop.target)}


def _preconditions(hop: HopRule, after: Sequence[str]) -> Step:
    rows: list[tuple[str | Msg, str]] = [(msg(f"path.precondition.{name}"), "") for name in hop.preconditions]
    rows.append((msg("table.value.latest_patch", version=str(hop.source)), ""))
    return step(
        "hop.preconditions",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.VERIFY,
        actions=[
            do(Where.CONSOLE, "precheck"),
            run(f"{kubectl('old', 'get nodes -o wide')}\n{kubectl('old', 'get pods -n kube-system -o wide')}"),
        ],
        verify=[do(Where.CONSOLE, "precheck_passed")],
        minutes=(15, 40),
        after=after,
        tables=[
            table("condition done", rows),
            table("changelog", ((address,) for address in hop.changelogs)),
        ],
        **_values(hop),
    )


def _coredns(hop: HopRule, inventory: Inventory, after: Sequence[str]) -> Step:
    corefile = inventory.snapshot.cluster.corefile or ""
    proxy = any(line.split()[:1] == ["proxy"] for line in corefile.splitlines())
    actions = [
        run(
            f'{kubectl("old", "get configmap coredns -n kube-system -o yaml")} > "{WORK}/backup/coredns-{word(str(hop.source))}.yaml"'
        ),
        do(Where.CONSOLE, "coredns_newest"),
    ]
    if proxy:
        actions.append(do(Where.CONSOLE, "coredns_forward"))
    return step(
        "hop.coredns",
        phase_of(hop),
        key=hop.key,
        actions=actions,
        verify=[
            run(
                f"{kubectl('old', 'get deployment coredns -n kube-system')}\n"
                f"{kubectl('old', 'get configmap coredns -n kube-system -o yaml')} | grep -E 'proxy|forward' || true"
            )
        ],
        rollback=[
            do(Where.CONSOLE, "coredns_back"),
            run(kubectl("old", f'apply -f "{WORK}/backup/coredns-{word(str(hop.source))}.yaml"')),
        ],
        minutes=(10, 20),
        after=after,
        warnings=[msg("runbook.warning.corefile_proxy")] if proxy else [],
        nodes=len(inventory.nodes),
        **_values(hop),
    )


def _backup(hop: HopRule, after: Sequence[str]) -> Step:
    return step(
        "hop.backup",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.CONSOLE,
        actions=[
            run(
                f'mkdir -p "{WORK}/backup/{hop.source}"\n'
                "for kind in $(kubectl --context old api-resources --verbs=list -o name | grep -v '^events' | sort -u); do\n"
                f'  kubectl --context old get "$kind" --all-namespaces -o yaml > "{WORK}/backup/{hop.source}/$kind.yaml" || true\n'
                "done"
            ),
            do(Where.CONSOLE, "backup_etcd_and_disks"),
        ],
        verify=[run(f'ls -l "{WORK}/backup/{hop.source}"'), do(Where.CONSOLE, "backups_finished")],
        minutes=(20, 60),
        after=after,
        **_values(hop),
    )


def _gate(hop: HopRule, inventory: Inventory, after: Sequence[str]) -> Step:
    return step(
        "hop.gate",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.GATE,
        role=Role.REVIEWER,
        actions=[do(Where.BASTION, "hop_conditions")],
        verify=[do(Where.BASTION, "hop_signed")],
        minutes=(15, 30),
        after=after,
        warnings=[*(msg(f"path.impact.{name}") for name in hop.impacts), *precautions(hop)],
        nodes=len(inventory.nodes),
        **_values(hop),
    )


def _start(hop: HopRule, mode: Mode, inventory: Inventory, after: Sequence[str]) -> Step:
    whole = (
        hop.minutes if mode is not Mode.IN_PLACE else estimate(hop.minutes, hop.minutes_per_node, len(inventory.nodes))
    )
    back = hop.rollback is Rollback.ON_FAILURE
    return step(
        "hop.start" if back else "hop.start_final",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, f"start_{hop.start.value}"), do(Where.CONSOLE, f"mode_{mode.value}")],
        verify=[
            run(f"{kubectl('old', 'version')}\n{kubectl('old', 'get --raw /healthz')}"),
            do(Where.CONSOLE, "cluster_is_normal"),
        ],
        rollback=[do(Where.CONSOLE, "restore_backup")] if back else [],
        minutes=whole if whole[1] else (20, 40),
        after=after,
        warnings=[
            msg("runbook.warning.api_server_gaps"),
            *([msg("runbook.warning.ticket")] if hop.start is Start.TICKET else []),
        ],
        point_of_no_return=not back,
        **_values(hop),
    )


# --- nodes ---


def _node_rows(nodes: Sequence[Node]):  # type: ignore[no-untyped-def]
    return table(
        "node address flavor zone version labels",
        (
            (
                n.name,
                show((*n.private_ips, *n.eips)),
                or_dash(n.flavor),
                or_dash(n.zone),
                or_dash(n.kubelet_version),
                show(f"{k}={v}" for k, v in user_labels(n).items()),
            )
            for n in nodes
        ),
    )


def _rolling(hop: HopRule, inventory: Inventory, after: str, *, first: bool) -> list[Step]:
    names = [n.name for n in inventory.nodes] if first else []
    key = hop.key
    per_node = max(hop.minutes_per_node[1], 5)
    buy = step(
        "hop.new_nodes",
        phase_of(hop),
        key=key,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "buy_rolling_nodes", count=len(inventory.nodes)), *_settings(inventory)],
        verify=[run(kubectl("old", "get nodes -o wide"))],
        rollback=[do(Where.CONSOLE, "delete_new_nodes")],
        minutes=estimate((15, 30), (1, 3), len(inventory.nodes)),
        after=[after],
        tables=[_node_rows(inventory.nodes), setting_table(inventory)],
        count=len(inventory.nodes),
        **_values(hop),
    )
    whitelist = step(
        "hop.whitelist",
        phase_of(hop),
        key=key,
        kind=StepKind.MANUAL,
        role=Role.NETWORK_ENGINEER,
        actions=[run(kubectl("old", "get nodes -o wide")), do(Where.CONSOLE, "whitelist_new_addresses")],
        verify=[do(Where.NEW_NODE, "reach_partners")],
        rollback=[do(Where.CONSOLE, "remove_new_addresses")],
        minutes=(20, 60),
        after=[buy.key],
        **_values(hop),
    )
    flag = "--delete-emptydir-data" if hop.target.minor >= 20 else "--delete-local-data"
    drains = (
        [f"kubectl --context old cordon {word(n)}" for n in names]
        + [f"kubectl --context old drain --ignore-daemonsets {flag} --timeout=15m {word(n)}" for n in names]
        if names
        else [
            "for node in $(kubectl --context old get nodes -o jsonpath='{.items[?(@.spec.unschedulable==true)].metadata.name}'); do",
            f'  kubectl --context old drain --ignore-daemonsets {flag} --timeout=15m "$node"',
            "done",
        ]
    )
    drain = step(
        "hop.drain",
        phase_of(hop),
        key=key,
        actions=[run("\n".join(drains))],
        verify=[run(f"{kubectl('old', 'get pods --all-namespaces -o wide')}\n{kubectl('old', 'get nodes')}")],
        rollback=[
            run("\n".join(f"kubectl --context old uncordon {word(n)}" for n in names) or kubectl("old", "get nodes"))
        ],
        minutes=estimate((5, 10), (5, per_node), len(inventory.nodes)),
        interrupts=True,
        after=[buy.key, whitelist.key],
        warnings=[msg("runbook.warning.drain_local_data"), msg("runbook.warning.drain_single_replica")],
        **_values(hop),
    )
    gate = step(
        "hop.release_gate",
        phase_of(hop),
        key=key,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        actions=[do(Where.BASTION, "old_nodes_conditions")],
        verify=[do(Where.BASTION, "hop_signed")],
        minutes=(10, 20),
        after=[drain.key],
        **_values(hop),
    )
    release = step(
        "hop.release_nodes",
        phase_of(hop),
        key=key,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "delete_old_nodes")],
        verify=[run(kubectl("old", "get nodes -o wide"))],
        minutes=estimate((5, 10), (1, 2), len(inventory.nodes)),
        after=[gate.key],
        warnings=[msg("runbook.warning.node_disks_and_eips")],
        destructive=True,
        **_values(hop),
    )
    return [buy, whitelist, drain, gate, release]


def _reset(hop: HopRule, inventory: Inventory, after: str) -> list[Step]:
    return [
        step(
            "hop.reset_nodes",
            phase_of(hop),
            key=hop.key,
            kind=StepKind.CONSOLE,
            actions=[do(Where.CONSOLE, "reset_batches"), *_settings(inventory)],
            verify=[
                run(
                    f"{kubectl('old', 'get nodes -o wide --show-labels')}\n{kubectl('old', 'get pods --all-namespaces -o wide')}"
                )
            ],
            minutes=estimate(
                (20, 40), (max(hop.minutes_per_node[0], 3), max(hop.minutes_per_node[1], 10)), len(inventory.nodes)
            ),
            interrupts=True,
            after=[after],
            tables=[_node_rows(inventory.nodes), setting_table(inventory)],
            warnings=[msg("runbook.warning.reset_losses"), msg("runbook.warning.drain_single_replica")],
            destructive=True,
            count=len(inventory.nodes),
            **_values(hop),
        )
    ]


def _settings(inventory: Inventory) -> list[Action]:
    script = sysctl_script(inventory.snapshot.node_settings)
    return [do(Where.NEW_NODE, "apply_sysctl"), run(script, where=Where.NEW_NODE)] if script else []


def _verify(hop: HopRule, inventory: Inventory, after: Sequence[str]) -> Step:
    return step(
        "hop.verify",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.VERIFY,
        actions=[
            do(Where.CONSOLE, "cluster_is_normal"),
            run(
                f"{kubectl('old', 'version')}\n"
                f"{kubectl('old', 'get nodes -o wide')}\n"
                f"{kubectl('old', 'get nodes -l upgrade.cce.io/skipped=true')}\n"
                f"{kubectl('old', 'get pods --all-namespaces -o wide')} | grep -Ev ' (Running|Completed) ' || true"
            ),
            do(Where.OLD_CLUSTER, "post_upgrade_check"),
            run(kubectl("old", "apply -f -"), manifest=_POST_CHECK),
        ],
        verify=[
            run(
                f"{kubectl('old', 'rollout status --timeout=10m daemonset post-upgrade-check', namespace='default')}\n"
                f"{kubectl('old', 'delete daemonset post-upgrade-check', namespace='default')}"
            ),
            do(Where.OLD_CLUSTER, "business_works"),
        ],
        minutes=estimate((20, 40), (0.5, 1), len(inventory.nodes)),
        after=after,
        **_values(hop),
    )


_POST_CHECK = """\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: post-upgrade-check
  namespace: default
spec:
  selector:
    matchLabels:
      app: post-upgrade-check
  template:
    metadata:
      labels:
        app: post-upgrade-check
    spec:
      containers:
      - name: container
        image: nginx:perl
        resources:
          requests:
            cpu: 10m
            memory: 10Mi
          limits:
            cpu: 100m
            memory: 50Mi
      imagePullSecrets:
      - name: default-secret
"""


# --- precautions ---

_PRECAUTIONS: tuple[tuple[str, Callable[[HopRule], bool]], ...] = (
    ("off_peak", lambda hop: True),
    ("settings_pause", lambda hop: True),
    ("no_local_edits", lambda hop: True),
    ("autoscaling_off", lambda hop: hop.source.minor <= 21),
    ("upgrade_taint", lambda hop: hop.source.minor <= 23),
    ("addon_priority", lambda hop: True),
    ("coredns_two_nodes", lambda hop: True),
    ("cidr_blocks", lambda hop: crosses(hop, 15) and hop.source.minor == 13),
    ("flexvolume_takeover", lambda hop: hop.source.minor == 13),
    ("master_kubelet", lambda hop: hop.source.minor == 15 and hop.target.minor >= 19),
    ("old_node_labels", lambda hop: crosses(hop, 17)),
    ("docker_file_system", lambda hop: hop.source.minor == 15),
    ("qos_restart", lambda hop: crosses(hop, 16)),
    ("unsafe_sysctls", lambda hop: crosses(hop, 17)),
    ("aom_scaling", lambda hop: crosses(hop, 17)),
    ("webhook_certificates", lambda hop: crosses(hop, 19)),
    ("exec_probes", lambda hop: crosses(hop, 20)),
    ("ingress_v1", lambda hop: crosses(hop, 22)),
    ("pod_security", lambda hop: crosses(hop, 25)),
    ("coredns_endpoint_slice", lambda hop: hop.source.minor in (19, 21) and hop.target.minor >= 25),
    ("old_systems", lambda hop: crosses(hop, 27)),
    ("containerd_advised", lambda hop: crosses(hop, 27)),
    ("master_addresses", lambda hop: crosses(hop, 28)),
    ("conntrack", lambda hop: crosses(hop, 29)),
)


def precautions(hop: HopRule) -> list[Msg]:
    """What to mind on this hop (A.5, A.6)."""
    return [msg(f"runbook.warning.{name}") for name, applies in _PRECAUTIONS if applies(hop)]

"""The steps of one hop of an upgrade in place, from its conditions to its verification (A.3, A.4, A.6)."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.catalog.model import HopRule, Mode, Rollback, Start
from migrator.locale import Msg, msg
from migrator.paths.model import PathResult
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, kubectl
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import TICK, do, estimate, run, step, table, write_manifest
from migrator.runbook.steps.cluster import uses_proxy
from migrator.runbook.steps.flexvolume import conversion, conversion_check
from migrator.runbook.steps.precautions import crosses, precautions
from migrator.runbook.steps.prepare import save_everything
from migrator.runbook.steps.stopping import save_once
from migrator.runbook.steps.upgrade_nodes import phase_of, reset, rolling


def hop_steps(
    hop: HopRule, inventory: Inventory, path: PathResult, *, first: bool, convert: bool, after: Sequence[str]
) -> list[Step]:
    """All steps of one hop, each waiting for the one before; ``after`` is the end of the hop before.

    ``first``: the nodes of the snapshot are still there; ``convert``: FlexVolume storage has not been converted yet.
    """
    mode = hop.modes[0] if hop.modes else Mode.IN_PLACE
    steps = [_coredns(hop, inventory, after)]

    def add(made: Step) -> None:
        steps.append(made)

    if crosses(hop, 17):
        if convert:
            steps.extend(conversion(inventory, phase_of(hop), [steps[-1].key, "prepare.go"]))
        add(conversion_check(phase_of(hop), hop.key, [s.key for s in steps]))
    # The console's check demands what the steps above do, so it comes after them.
    add(_preconditions(hop, [steps[-1].key]))
    add(_backup(hop, [steps[-1].key]))
    add(_gate(hop, inventory, path, [s.key for s in steps]))
    add(_start(hop, mode, inventory, [steps[-1].key]))
    if mode is Mode.ROLLING:
        steps.extend(rolling(hop, inventory, steps[-1].key, first=first))
    elif mode is Mode.RESET:
        steps.extend(reset(hop, inventory, steps[-1].key))
    add(_verify(hop, inventory, [steps[-1].key]))
    return steps


def _preconditions(hop: HopRule, after: Sequence[str]) -> Step:
    rows: list[tuple[str | Msg, str]] = [(msg(f"path.precondition.{name}"), TICK) for name in hop.preconditions]
    rows.append((msg("table.value.latest_patch", version=str(hop.source)), TICK))
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
        source=str(hop.source),
        target=str(hop.target),
    )


def _coredns(hop: HopRule, inventory: Inventory, after: Sequence[str]) -> Step:
    proxy = uses_proxy(inventory.snapshot.cluster.corefile or "")
    saved = f"{WORK}/backup/coredns-{hop.source}.json"
    actions = [
        run(save_once(kubectl("old", "get configmap coredns -n kube-system -o json"), saved)),
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
            # As it was saved it has the resourceVersion of that time, with which the server takes no change.
            run(
                f'jq --argjson names \'["kube-system/coredns"]\' -f "{WORK}/restore.jq" "{saved}" \\\n'
                f"  | {kubectl('old', 'apply -f -')}"
            ),
        ],
        minutes=(10, 20),
        after=after,
        warnings=[msg("runbook.warning.corefile_proxy")] if proxy else [],
        nodes=len(inventory.nodes),
        source=str(hop.source),
        target=str(hop.target),
    )


def _backup(hop: HopRule, after: Sequence[str]) -> Step:
    return step(
        "hop.backup",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.CONSOLE,
        actions=[
            run(save_everything(f"{WORK}/backup/{hop.source}")),
            do(Where.CONSOLE, "backup_etcd_and_disks"),
        ],
        verify=[run(f'ls -l "{WORK}/backup/{hop.source}"'), do(Where.CONSOLE, "backups_finished")],
        minutes=(20, 120),  # a backup of whole machines takes up to two hours
        after=after,
        source=str(hop.source),
        target=str(hop.target),
    )


def _gate(hop: HopRule, inventory: Inventory, path: PathResult, after: Sequence[str]) -> Step:
    return step(
        "hop.gate",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.GATE,
        role=Role.REVIEWER,
        signs=(Role.BUSINESS_OWNER, Role.REVIEWER),
        actions=[do(Where.BASTION, "hop_conditions")],
        verify=[do(Where.BASTION, "hop_signed")],
        minutes=(15, 30),
        after=after,
        tables=[precautions(hop, path)],
        warnings=[msg(f"path.impact.{name}") for name in hop.impacts],
        nodes=len(inventory.nodes),
        source=str(hop.source),
        target=str(hop.target),
    )


def _start(hop: HopRule, mode: Mode, inventory: Inventory, after: Sequence[str]) -> Step:
    whole = (
        hop.minutes if mode is not Mode.IN_PLACE else estimate(hop.minutes, hop.minutes_per_node, len(inventory.nodes))
    )
    back = hop.rollback is Rollback.ON_FAILURE
    return step(
        "hop.start" if back else "hop.start_untold" if hop.rollback is Rollback.UNTOLD else "hop.start_final",
        phase_of(hop),
        key=hop.key,
        kind=StepKind.CONSOLE,
        actions=[
            do(Where.CONSOLE, f"start_{hop.start.value}"),
            do(Where.CONSOLE, f"mode_{mode.value}"),
            do(Where.BASTION, "kubectl_follows", version=str(hop.target)),
        ],
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
        source=str(hop.source),
        target=str(hop.target),
    )


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
            write_manifest(_POST_CHECK_FILE, _POST_CHECK),
            run(f'{kubectl("old", "apply -f")} "{WORK}/new/{_POST_CHECK_FILE}"'),
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
        source=str(hop.source),
        target=str(hop.target),
    )


_POST_CHECK_FILE = "post-upgrade-check.yaml"
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

"""Operations: monitoring, autoscaling, rights of people, quotas (G.3, H.3, H.4, H.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from migrator.conversion.storage import manifest_text
from migrator.locale import Msg, msg
from migrator.runbook.contents import Content
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, kubectl, word
from migrator.runbook.model import Role, Step, StepKind, Where
from migrator.runbook.steps.base import FILL_IN, do, estimate, or_dash, run, show, step, table, write_manifest
from migrator.snapshot.model import NodePool, Workload

MONITORING, SCALING, RIGHTS = "operations.monitoring", "operations.scaling", "operations.rights"
_LIST = f'"{WORK}/scaling.tsv"'
_PODS_PER_NODE = 110  # where the dump does not tell
# Add-ons of H.7 by what they are for; the console offers the version that fits the cluster.
_ADDONS = ("metrics-server", "cloud-native-monitoring", "npd", "cce-hpa-controller", "autoscaler", "log-agent")


# --- monitoring ---


def monitoring(inventory: Inventory, after: Sequence[str]) -> list[Step]:
    present = {a.name: a.version for a in inventory.snapshot.addons}
    rows: list[tuple[str | Msg, ...]] = [
        (name, or_dash(present.get(name)), msg(f"table.value.addon_for_{name.replace('-', '_')}")) for name in _ADDONS
    ]
    return [
        step(
            "monitoring.addons",
            MONITORING,
            kind=StepKind.CONSOLE,
            actions=[do(Where.CONSOLE, "install_addons")],
            verify=[
                run(f"{kubectl('new', 'top nodes')}\n{kubectl('new', 'top pods --all-namespaces')}"),
                do(Where.CONSOLE, "addons_running"),
            ],
            rollback=[do(Where.CONSOLE, "uninstall_addons")],
            minutes=(20, 40),
            after=after,
            tables=[table("addon version treatment", rows)],
            warnings=[msg("runbook.warning.aom_scaling")],
        ),
        step(
            "monitoring.alarms",
            MONITORING,
            kind=StepKind.CONSOLE,
            role=Role.SOLUTION_MANAGER,
            actions=[do(Where.CONSOLE, "make_alarms")],
            verify=[do(Where.CONSOLE, "alarm_arrives")],
            rollback=[do(Where.CONSOLE, "delete_alarms")],
            minutes=(20, 60),
            after=["monitoring.addons"],
            tables=[
                table(
                    "object condition treatment",
                    (
                        (
                            msg(f"table.value.alarm_{n}"),
                            msg(f"table.value.alarm_{n}_when"),
                            msg(f"table.value.alarm_{n}_do"),
                        )
                        for n in ("node", "pods", "restarts", "volumes", "certificates")
                    ),
                )
            ],
        ),
    ]


# --- autoscaling ---


def scaling(inventory: Inventory, contents: Mapping[str, Content], after: Sequence[str]) -> list[Step]:
    return [_pods(inventory, contents, after), _nodes(inventory)]


def _pods(inventory: Inventory, contents: Mapping[str, Content], after: Sequence[str]) -> Step:
    """Deployments are offered in a list that people mark: who may grow, and between which bounds."""
    scaled = {(o.ref.namespace, o.ref.name) for o in inventory.snapshot.objects_of(_HPA)}
    given = [
        w for w in inventory.workloads if w.ref.kind == "Deployment" and (w.ref.namespace, w.ref.name) not in scaled
    ]
    lines = []
    for w in given:
        least, most = _bounds(w)
        lines.append(f"  printf '%s\\t%s\\t{least}\\t{most}\\t\\n' {word(w.ref.namespace)} {word(w.ref.name)}")
    write = f"test -s {_LIST} || {{\n" + "\n".join(lines) + f"\n}} > {_LIST}" if lines else f"touch {_LIST}"
    made = _autoscaler(inventory)
    apply = (
        f"awk -F '\\t' '$5 == \"yes\"' {_LIST} \\\n"
        "  | while IFS=\"$(printf '\\t')\" read -r namespace name least most mark; do\n"
        f"      {kubectl('new', 'apply -f -')} <<END_OF_FILE\n{made}END_OF_FILE\n"
        "    done"
    )
    return step(
        "scaling.pods",
        SCALING,
        role=Role.CLUSTER_ENGINEER,
        actions=[run(write), do(Where.BASTION, "mark_scaled", file="scaling.tsv"), run(apply, manifest=made)],
        verify=[run(kubectl("new", "get horizontalpodautoscalers --all-namespaces"))],
        rollback=[run(kubectl("new", "delete horizontalpodautoscalers --all-namespaces -l made-by=cce-migration"))],
        minutes=estimate((15, 30), (0.2, 1), len(given)),
        after=after,
        tables=[
            table(
                "workload replicas bounds note",
                (
                    (
                        f"{w.ref.kind} {w.ref.namespace}/{w.ref.name}",
                        or_dash(w.replicas),
                        "{}–{}".format(*_bounds(w)),
                        _missing(contents.get(w.key)),
                    )
                    for w in given
                ),
            )
        ],
        warnings=[msg("runbook.warning.requests_for_scaling")],
        count=len(given),
        kept=len(scaled),
    )


_HPA = "HorizontalPodAutoscaler"


def _bounds(workload: Workload) -> tuple[int, int]:
    least = max(workload.replicas or 1, 1)
    return least, 2 * least


def _missing(content: Content | None) -> str | Msg:
    if content is None:
        return msg("table.value.requests_unknown")
    without = content.without_requests
    return msg("table.value.requests_missing", names=list(without)) if without else "—"


def _autoscaler(inventory: Inventory) -> str:
    """In the version that the target serves: autoscaling/v2 came with 1.23, the one before it went with 1.26."""
    version = "autoscaling/v2" if inventory.target.minor >= 23 else "autoscaling/v2beta2"
    return (
        f"apiVersion: {version}\nkind: {_HPA}\n"
        "metadata:\n  name: $name\n  namespace: $namespace\n  labels:\n    made-by: cce-migration\n"
        "spec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: $name\n"
        "  minReplicas: $least\n  maxReplicas: $most\n"
        "  metrics:\n  - type: Resource\n    resource:\n      name: cpu\n"
        "      target:\n        type: Utilization\n        averageUtilization: 70\n"
    )


def _growth(pool: NodePool) -> str:
    if pool.name.lower() == "defaultpool":
        return "fixed"
    return "grew" if pool.autoscaling else "may_grow"


def _nodes(inventory: Inventory) -> Step:
    sizes = Counter(n.pool for n in inventory.nodes)
    rows = [
        (
            p.name,
            str(p.node_count if p.node_count is not None else sizes[p.name]),
            or_dash(p.flavor),
            msg(f"table.value.pool_{_growth(p)}"),
            FILL_IN,
            FILL_IN,
        )
        for p in inventory.snapshot.node_pools
    ]
    return step(
        "scaling.nodes",
        SCALING,
        kind=StepKind.CONSOLE,
        actions=[do(Where.CONSOLE, "scale_pools")],
        verify=[
            run(kubectl("new", "get configmap cluster-autoscaler-status -n kube-system -o yaml")),
            do(Where.CONSOLE, "pool_grows"),
        ],
        rollback=[do(Where.CONSOLE, "stop_autoscaling")],
        minutes=estimate((15, 30), (3, 5), len(rows)),
        after=["scaling.pods"],
        tables=[table("pool count flavor treatment least most", rows)],
        warnings=[msg("runbook.warning.pool_limits")],
        pools=len(rows),
    )


# --- rights and quotas ---


def rights(inventory: Inventory, contents: Mapping[str, Content], after: Sequence[str]) -> list[Step]:
    return [_roles(inventory, after), _quotas(inventory, contents)]


def _roles(inventory: Inventory, after: Sequence[str]) -> Step:
    """Two groups for each namespace: who may look and who may change; nobody gets the whole cluster."""
    bindings: list[dict[str, Any]] = [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"{namespace}-{role}", "namespace": namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [
                {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": f"{namespace}-{role}"},
            ],
        }
        for namespace in inventory.namespaces
        for role in ("view", "edit")
    ]
    check = "auth can-i list secrets --as=somebody --as-group="
    actions = [do(Where.CONSOLE, "choose_groups")]
    if bindings:
        actions += [
            write_manifest("role-bindings.yaml", manifest_text(*bindings)),
            run(kubectl("new", f'apply -f "{WORK}/new/role-bindings.yaml"')),
        ]
    lines = [kubectl("new", check + word(f"{n}-view"), namespace=n) for n in inventory.namespaces[:_CHECKED]]
    return step(
        "rights.roles",
        RIGHTS,
        actions=actions,
        verify=[
            run("\n".join(lines) or kubectl("new", "get rolebindings --all-namespaces")),
            do(Where.CONSOLE, "rights_as_wanted"),
        ],
        rollback=[run(kubectl("new", f'delete --ignore-not-found -f "{WORK}/new/role-bindings.yaml"'))]
        if bindings
        else [do(Where.OLD_CLUSTER, "nothing_to_undo")],
        minutes=estimate((15, 30), (0.5, 2), len(inventory.namespaces)),
        after=after,
        warnings=[msg("runbook.warning.kubeconfig_30_days")],
        namespaces=len(inventory.namespaces),
    )


_CHECKED = 5  # namespaces whose rights are tried out


def _quotas(inventory: Inventory, contents: Mapping[str, Content]) -> Step:
    """Twice what runs today, as bounds on numbers of objects only: bounds on CPU would stop pods without requests."""
    kinds: dict[str, Counter[str]] = {n: Counter() for n in inventory.namespaces}
    pods: Counter[str] = Counter()
    for w in inventory.workloads:
        kinds.setdefault(w.ref.namespace, Counter())[w.ref.kind] += 1
        pods[w.ref.namespace] += len(inventory.nodes) if w.ref.kind == "DaemonSet" else (w.replicas or 1)
    services = Counter(s.namespace for s in inventory.services)
    limited = {o.ref.namespace for o in inventory.snapshot.objects_of("ResourceQuota")}
    wanted = [n for n in inventory.namespaces if n not in limited]
    quotas = [_quota(n, pods[n], kinds[n], services[n]) for n in wanted]
    capacity = sum(n.max_pods or _PODS_PER_NODE for n in inventory.nodes)
    total = sum(_twice(pods[n]) for n in wanted)
    warnings = [msg("runbook.warning.quota_needs_requests")]
    if capacity and total > capacity:
        warnings.append(msg("runbook.warning.quota_over_capacity", total=total, capacity=capacity))
    bare = sorted(f"{key} ({show(c.without_requests)})" for key, c in contents.items() if c.without_requests)
    actions = [do(Where.BASTION, "adjust_quotas")]
    if quotas:
        actions += [
            write_manifest("quotas.yaml", manifest_text(*quotas)),
            run(kubectl("new", f'apply -f "{WORK}/new/quotas.yaml"')),
        ]
    return step(
        "quotas.set",
        RIGHTS,
        actions=actions,
        verify=[run(kubectl("new", "get resourcequotas --all-namespaces"))],
        rollback=[run(kubectl("new", f'delete --ignore-not-found -f "{WORK}/new/quotas.yaml"'))]
        if quotas
        else [do(Where.OLD_CLUSTER, "nothing_to_undo")],
        minutes=estimate((15, 30), (0.5, 2), len(wanted)),
        after=["rights.roles"],
        tables=[
            table(
                "namespace pods quota note",
                (
                    (n, str(pods[n]), str(_twice(pods[n])) if n in wanted else "—", _quota_note(n in wanted))
                    for n in inventory.namespaces
                ),
            ),
            table("workload treatment", ((name, msg("table.value.add_requests")) for name in bare)),
        ],
        warnings=warnings,
        namespaces=len(wanted),
        total=total,
        capacity=capacity,
    )


def _quota_note(new: bool) -> Msg:
    return msg(f"table.value.quota_{'new' if new else 'kept'}")


def _twice(count: int) -> int:
    return max(10, 2 * count)


def _quota(namespace: str, pods: int, kinds: Mapping[str, int], services: int) -> dict[str, Any]:
    hard = {"pods": str(_twice(pods)), "services": str(_twice(services))}
    for name, kind in (
        ("deployments.apps", "Deployment"),
        ("statefulsets.apps", "StatefulSet"),
        ("jobs.batch", "Job"),
        ("cronjobs.batch", "CronJob"),
    ):
        hard[f"count/{name}"] = str(_twice(kinds.get(kind, 0)))
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "business", "namespace": namespace},
        "spec": {"hard": hard},
    }

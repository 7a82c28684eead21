"""Commands that stop workloads and set them going again, and that give storage back to the old cluster (E.5)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from migrator.runbook.holdings import Held
from migrator.runbook.kubectl import WORK, file_word, kubectl, named, word
from migrator.runbook.model import Action, Where
from migrator.runbook.steps.base import do, run
from migrator.snapshot.model import Volume, Workload

SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
PARKED = "cce-migration/parked"  # node label that no node has: parks a DaemonSet


def stop_commands(workloads: Sequence[Workload]) -> list[str]:
    """Commands that leave no pod of the workloads running in the old cluster; nothing of them is lost."""
    lines = []
    for w in workloads:
        place, kind, name = w.ref.namespace, w.ref.kind, named([w.ref.name])
        if kind in SCALED:
            lines.append(kubectl("old", "scale --replicas=0", kind.lower(), name, namespace=place))
        elif kind == "CronJob":
            lines.append(kubectl("old", 'patch cronjob -p \'{"spec":{"suspend":true}}\'', name, namespace=place))
        elif kind == "DaemonSet":
            park = json.dumps(
                {"spec": {"template": {"spec": {"nodeSelector": {PARKED: "true"}}}}}, separators=(",", ":")
            )
            lines.append(kubectl("old", f"patch daemonset -p {word(park)}", name, namespace=place))
        elif kind == "Job":
            lines.append(kubectl("old", "wait --for=condition=complete --timeout=1h job", name, namespace=place))
        else:
            lines.append(
                f"{save_once(kubectl('old', 'get pod -o json', name, namespace=place), pod_file(w))} && "
                f"{kubectl('old', 'delete pod', name, namespace=place)}"
            )
    return lines


def resume_commands(workloads: Sequence[Workload]) -> list[str]:
    """Commands that run the workloads in the old cluster as they ran when the dump was taken."""
    lines = []
    for w in workloads:
        place, kind, name = w.ref.namespace, w.ref.kind, named([w.ref.name])
        if kind in SCALED:
            replicas = 1 if w.replicas is None else w.replicas
            lines.append(kubectl("old", f"scale --replicas={replicas}", kind.lower(), name, namespace=place))
        elif kind == "CronJob" and not w.suspended:
            lines.append(kubectl("old", 'patch cronjob -p \'{"spec":{"suspend":false}}\'', name, namespace=place))
        elif kind == "DaemonSet":
            free = json.dumps({"spec": {"template": {"spec": {"nodeSelector": {PARKED: None}}}}}, separators=(",", ":"))
            lines.append(kubectl("old", f"patch daemonset -p {word(free)}", name, namespace=place))
        elif kind == "Pod":
            lines.append(f"{saved_pod(w)} | {kubectl('old', 'create -f -', namespace=place)}")
    return lines


def resume(workloads: Sequence[Workload]) -> list[Action]:
    """``resume_commands`` as one action; none for Jobs alone, which have run to their end."""
    lines = resume_commands(workloads)
    return [run("\n".join(lines))] if lines else []


def pod_file(pod: Workload) -> str:
    """Where a Pod without a controller is saved before it is deleted."""
    return f"{WORK}/backup/pod.{file_word(pod.ref.namespace, pod.ref.name)}.json"


def saved_pod(pod: Workload, *, moves: bool = False) -> str:
    """Prints the saved Pod without what the server wrote into it: as it was, no server would create it. Back in its own
    cluster it keeps the labels of the nodes it asks for; where it ``moves`` they are those of the new nodes."""
    kept = "" if moves else " --arg labels old"
    return f'jq --arg cronjobs batch/v1{kept} -f "{WORK}/workloads.jq" "{pod_file(pod)}"'


def save_once(command: str, file: str) -> str:
    """Keeps the first output of the command: run again, or failing half-way, it leaves what was saved before."""
    return f'{{ test -s "{file}" || {{ {command} > "{file}.part" && mv "{file}.part" "{file}"; }}; }}'


def restore(volumes: Iterable[Volume], claims: Sequence[str]) -> list[Action]:
    """Puts PVs and claims (``namespace/name``) back into the old cluster from what was saved before, and has somebody
    see that they are bound again."""
    actions = []
    for file, names in (("volumes", sorted(v.name for v in volumes)), ("claims", sorted(claims))):
        if names:
            actions.append(
                run(
                    f"jq --argjson names {word(json.dumps(names))} \\\n"
                    f'  -f "{WORK}/restore.jq" "{WORK}/backup/{file}.json" \\\n'
                    f"  | {kubectl('old', 'apply -f -')}"
                )
            )
    by_namespace: dict[str, list[str]] = defaultdict(list)
    for claim in sorted(claims):
        namespace, _, name = claim.partition("/")
        by_namespace[namespace].append(name)
    if by_namespace:
        lines = [kubectl("old", "get pvc", named(names), namespace=ns) for ns, names in by_namespace.items()]
        actions += [run("\n".join(lines)), do(Where.OLD_CLUSTER, "claims_bound_again")]
    return actions


def restore_held(held: Iterable[Held]) -> list[Action]:
    pairs = [h.both for h in held]
    return restore([volume for _, volume in pairs], [f"{c.namespace}/{c.name}" for c, _ in pairs])


def halt_new(workloads: Sequence[Workload]) -> list[str]:
    """Commands that leave no pod of the workloads running in the new cluster; what cannot stand at 0 is removed."""
    lines = []
    for w in workloads:
        place, name = w.ref.namespace, named([w.ref.name])
        if w.ref.kind in SCALED:
            lines.append(kubectl("new", "scale --replicas=0", w.ref.kind.lower(), name, namespace=place))
        elif w.ref.kind == "CronJob":
            lines.append(kubectl("new", 'patch cronjob -p \'{"spec":{"suspend":true}}\'', name, namespace=place))
        else:
            lines.append(kubectl("new", "delete --ignore-not-found", w.ref.kind.lower(), name, namespace=place))
    return lines

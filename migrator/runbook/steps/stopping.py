"""Commands that stop workloads and set them going again, and that give storage back to the old cluster (E.5)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from migrator.runbook.holdings import Held
from migrator.runbook.kubectl import WORK, Context, batches, file_word, kubectl, named, portions, word
from migrator.runbook.model import Action, Where
from migrator.runbook.steps.base import do, run
from migrator.snapshot.model import Volume, Workload

SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
PARKED = "cce-migration/parked"  # node label that no node has: parks a DaemonSet
_NEXT_LINE = ",\n  "


def _alike(workloads: Iterable[Workload], *, in_number: bool = False) -> Iterator[tuple[str, str, Sequence[Workload]]]:
    """(namespace, kind, workloads) that one command can do the same to, in the order of the first of each.

    Args:
        in_number: whether they must have had the same number of pods, too.
    """
    groups: dict[tuple[str, str, int], list[Workload]] = defaultdict(list)
    for w in workloads:
        groups[(w.ref.namespace, w.ref.kind, recorded(w) if in_number else 0)].append(w)
    for (namespace, kind, _), group in groups.items():
        for part in batches(group):
            yield namespace, kind, part


def recorded(workload: Workload) -> int:
    """How many pods it had when the dump was taken; 1 is what a server takes where no number is written."""
    return 1 if workload.replicas is None else workload.replicas


def scale_commands(context: Context, workloads: Iterable[Workload], replicas: int | None = None) -> list[str]:
    """Commands that give those of the workloads that can be scaled so many pods, or as many as were recorded."""
    return [
        kubectl(
            context,
            f"scale --replicas={recorded(group[0]) if replicas is None else replicas}",
            kind.lower(),
            _names(group),
            namespace=place,
        )
        for place, kind, group in _alike((w for w in workloads if w.ref.kind in SCALED), in_number=replicas is None)
    ]


def _names(group: Iterable[Workload]) -> str:
    return named([w.ref.name for w in group])


def suspend(context: Context, crons: Iterable[Workload], *, asleep: bool) -> list[str]:
    """Commands that put CronJobs to sleep, or wake them."""
    patch = f'patch cronjob -p \'{{"spec":{{"suspend":{str(asleep).lower()}}}}}\''
    return [kubectl(context, patch, _names(group), namespace=place) for place, _, group in _alike(crons)]


def _park(value: str | None) -> str:
    """Patches a DaemonSet to ask for a label that no node has, or with None no longer to."""
    patch = {"spec": {"template": {"spec": {"nodeSelector": {PARKED: value}}}}}
    return f"patch daemonset -p {word(json.dumps(patch, separators=(',', ':')))}"


def stop_commands(workloads: Iterable[Workload]) -> list[str]:
    """Commands that leave no pod of the workloads running in the old cluster; nothing of them is lost."""
    lines = []
    for place, kind, group in _alike(workloads):
        if kind in SCALED:
            lines += scale_commands("old", group, 0)
        elif kind == "CronJob":
            lines += suspend("old", group, asleep=True)
        elif kind == "DaemonSet":
            lines.append(kubectl("old", _park("true"), _names(group), namespace=place))
        elif kind == "Job":
            wait = "wait --for=condition=complete --timeout=1h job"
            lines.append(kubectl("old", wait, _names(group), namespace=place))
        else:
            lines += [
                f"{save_once(kubectl('old', 'get pod -o json', _names([w]), namespace=place), pod_file(w))} && "
                f"{kubectl('old', 'delete pod --ignore-not-found', _names([w]), namespace=place)}"
                for w in group
            ]
    return lines


def resume_commands(workloads: Iterable[Workload]) -> list[str]:
    """Commands that run the workloads in the old cluster as they ran when the dump was taken."""
    lines = []
    for place, kind, group in _alike(w for w in workloads if not w.suspended):
        if kind in SCALED:
            lines += scale_commands("old", group)
        elif kind == "CronJob":
            lines += suspend("old", group, asleep=False)
        elif kind == "DaemonSet":
            lines.append(kubectl("old", _park(None), _names(group), namespace=place))
        elif kind == "Pod":
            lines += [f"{_saved_pod(w)} | {kubectl('old', 'apply -f -', namespace=place)}" for w in group]
    return lines


def resume(workloads: Sequence[Workload]) -> list[Action]:
    """``resume_commands`` as one action; none for Jobs alone, which have run to their end."""
    lines = resume_commands(workloads)
    return [run("\n".join(lines))] if lines else []


def pod_file(pod: Workload) -> str:
    """Where a Pod without a controller is saved before it is deleted."""
    return f"{WORK}/backup/pod.{file_word(pod.ref.namespace, pod.ref.name)}.json"


def _saved_pod(pod: Workload) -> str:
    """Prints the saved Pod as its own cluster takes it back: with what the server wrote into it, no server would."""
    names = word(json.dumps([f"{pod.ref.namespace}/{pod.ref.name}"]))
    return f'jq --argjson names {names} -f "{WORK}/restore.jq" "{pod_file(pod)}"'


def moved_pod(pod: Workload) -> str:
    """Prints the saved Pod for the new cluster, where nodes have other names and labels."""
    return f'jq -f "{WORK}/workloads.jq" "{pod_file(pod)}"'


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
                    f"jq --argjson names {word(_listed(names))} \\\n"
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


def _listed(names: Sequence[str]) -> str:
    """The names as JSON, in lines that a document can show."""
    lines = (", ".join(map(json.dumps, part)) for part in portions(names))
    return f"[{_NEXT_LINE.join(lines)}]"


def restore_held(held: Iterable[Held]) -> list[Action]:
    pairs = [h.both for h in held]
    return restore([volume for _, volume in pairs], [f"{c.namespace}/{c.name}" for c, _ in pairs])


def halt_new(workloads: Iterable[Workload]) -> list[str]:
    """Commands that leave no pod of the workloads running in the new cluster; what cannot stand at 0 is removed."""
    lines = []
    for place, kind, group in _alike(workloads):
        if kind in SCALED:
            lines += scale_commands("new", group, 0)
        elif kind == "CronJob":
            lines += suspend("new", group, asleep=True)
        else:
            delete = f"delete --ignore-not-found {kind.lower()}"
            lines.append(kubectl("new", delete, _names(group), namespace=place))
    return lines

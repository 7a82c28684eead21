"""Phase "workloads": the course's step 4, the same names and specifications in the new cluster (B.3, J-50)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from migrator.locale import Msg, msg
from migrator.runbook.bundled import FOLDER, apply_commands, notes_of, split
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, copy_objects, for_each, kubectl, named, resource, short_resource
from migrator.runbook.model import Action, Step, StepKind, Table, Where
from migrator.runbook.served import copies, grouped
from migrator.runbook.steps.base import FILL_IN, do, estimate, or_dash, run, service_ref, show, step, table
from migrator.runbook.steps.configuration import carried_configs
from migrator.runbook.steps.stopping import PARKED, SCALED, recorded
from migrator.snapshot.model import ObjectRef, Service, Workload

PHASE = "workloads"
HOSTNAME = "kubernetes.io/hostname"  # a selector by this label asks for one node by its name
_JOB_RUNS = "conversion.note.job_runs"  # which the step says itself
_PINNED = "conversion.note.pinned"  # which ``runbook.warning.pin_dropped`` says of all at once
_READY = ("Deployment", "StatefulSet", "DaemonSet")
_EACH = '.items[]?, select(.kind != "List")'  # of a List, and a single object


def workloads(inventory: Inventory) -> list[Step]:
    steps = []
    headless = headless_services(inventory)
    if headless:
        steps.append(_headless(headless, inventory))
    after = ["storage.verify", *(["config.maps"] if carried_configs(inventory) else []), *(s.key for s in steps)]
    by_namespace: dict[str, list[Workload]] = defaultdict(list)
    jobs: list[Workload] = []
    for workload in inventory.free:
        (jobs if workload.ref.kind == "Job" else by_namespace[workload.ref.namespace]).append(workload)
    # A bare Pod cannot stand at 0: it is created in the window in which the old one stops.
    kept = {ns: [w for w in given if w.ref.kind != "Pod"] for ns, given in by_namespace.items()}
    steps += [_create(ns, kept[ns], inventory, after) for ns in sorted(kept) if kept[ns]]
    if jobs:
        steps.append(_jobs(jobs, inventory))
    return [*steps, _verify(inventory, [s.key for s in steps])]


def headless_services(inventory: Inventory) -> list[Service]:
    """The Services that StatefulSets name: without them their pods have no stable names (J-50)."""
    wanted = {(w.ref.namespace, w.service_name) for w in inventory.workloads if w.service_name}
    return [
        s
        for s in inventory.services
        if (s.namespace, s.name) in wanted and s.load_balancer is None and s.type != "LoadBalancer"
    ]


def _headless(services: list[Service], inventory: Inventory) -> Step:
    names = grouped(service_ref(s) for s in services)

    def each(what: str) -> list[str]:
        return [kubectl("new", what, named(group), namespace=namespace) for (namespace, _, _), group in names.items()]

    return step(
        "workloads.headless",
        PHASE,
        actions=[run(c) for c in copies((service_ref(s) for s in services), inventory)],
        verify=[run("\n".join(each("get services")))],
        rollback=[run("\n".join(each("delete services --ignore-not-found")))],
        minutes=estimate((2, 5), (0.1, 0.5), len(services)),
        after=["config.namespaces"],
        subjects=[service_ref(s) for s in services],
        tables=[
            table("namespace service cluster_ip", ((s.namespace, s.name, or_dash(s.cluster_ip)) for s in services))
        ],
        count=len(services),
    )


def cronjob_version(inventory: Inventory) -> str:
    """batch/v1 serves CronJobs from 1.21 on (D.1)."""
    return "batch/v1" if inventory.target.minor >= 21 else "batch/v1beta1"


def copy_workloads(given: Iterable[Workload], inventory: Inventory, *, parked: bool) -> list[str]:
    """Commands that create the workloads from their manifests, or read them from the old cluster where they have none.

    Args:
        parked: with 0 replicas and CronJobs asleep, so that nothing runs; otherwise as many as were recorded.
    """
    by_ref = {w.ref: w for w in given}
    files, without = split(by_ref, inventory.applied)
    read: dict[tuple[ObjectRef, str], list[str]] = defaultdict(list)
    for ref in without:
        read[(msgspec.structs.replace(ref, name=""), _as_wanted(by_ref[ref], parked=parked))].append(ref.name)
    return [
        *apply_commands(files, inventory.applied, parked=parked),
        *(
            copy_objects(
                resource(like.kind, like.api_version),
                names,
                program="workloads.jq",
                namespace=like.namespace,
                after=after,
                arguments=f"--arg cronjobs {cronjob_version(inventory)}",
            )
            for (like, after), names in read.items()
        ),
    ]


def _as_wanted(workload: Workload, *, parked: bool) -> str:
    """The jq expression for a workload that is read, or a List of such: the old one stands still by then."""
    if workload.ref.kind in SCALED:
        return f"({_EACH}).spec.replicas = {0 if parked else recorded(workload)}"
    if workload.ref.kind == "DaemonSet" and not parked:
        return f"del(({_EACH}).spec.template.spec.nodeSelector[{json.dumps(PARKED)}])"
    return ""


def kinds_of(given: Iterable[Workload]) -> str:
    """The kinds of the workloads as kubectl lists them at once: ``deployments,cronjobs``."""
    return ",".join(dict.fromkeys(short_resource(w.ref.kind, w.ref.api_version) for w in given))


def workload_table(given: Iterable[Workload]) -> Table | None:
    return table(
        "kind name replicas images",
        ((w.ref.kind, w.ref.name, or_dash(w.replicas), show(w.images)) for w in given),
    )


def place_table(given: Iterable[Workload]) -> Table | None:
    """Like ``workload_table``, for workloads of several namespaces."""
    return table(
        "namespace kind name replicas images",
        ((w.ref.namespace, w.ref.kind, w.ref.name, or_dash(w.replicas), show(w.images)) for w in given),
    )


def verify_commands(given: Sequence[Workload]) -> list[Action]:
    lines = []
    for (namespace, kind, version), names in grouped(w.ref for w in given).items():
        if kind in _READY:
            status = f"rollout status --timeout=10m {kind.lower()}"
            if len(names) == 1:
                lines.append(kubectl("new", status, named(names), namespace=namespace))
            else:
                lines.append(for_each(names, kubectl("new", f'{status} "$name"', namespace=namespace)))
        else:
            lines.append(kubectl("new", "get", short_resource(kind, version), named(names), namespace=namespace))
    return [run("\n".join(lines))]


def delete_commands(given: Iterable[Workload]) -> list[Action]:
    return [
        run(
            "\n".join(
                kubectl(
                    "new", "delete --ignore-not-found", short_resource(kind, version), named(names), namespace=namespace
                )
                for (namespace, kind, version), names in grouped(w.ref for w in given).items()
            )
        )
    ]


def _create(namespace: str, given: list[Workload], inventory: Inventory, after: Sequence[str]) -> Step:
    warnings: list[Msg] = []
    if agents := [w.ref.name for w in given if w.ref.kind == "DaemonSet"]:
        warnings.append(msg("runbook.warning.agents_run", names=agents))
    if any(w.ref.kind == "CronJob" for w in given):
        warnings.append(msg("runbook.warning.cron_suspended"))
    if any(w.host_network or w.host_ports for w in given):
        warnings.append(
            msg(
                "runbook.warning.host_ports",
                names=[f"{w.ref.kind} {w.ref.name}" for w in given if w.host_network or w.host_ports],
            )
        )
    if any(w.node_selector for w in given):
        warnings.append(
            msg("runbook.warning.node_selector", names=[f"{w.ref.kind} {w.ref.name}" for w in given if w.node_selector])
        )
    pinned = [f"{w.ref.kind} {w.ref.name}" for w in given if HOSTNAME in w.node_selector]
    if pinned:
        warnings.append(msg("runbook.warning.pin_dropped", names=pinned))
    agents_only = all(w.ref.kind == "DaemonSet" for w in given)
    if not agents_only:
        warnings.append(msg("runbook.warning.create_before_start"))
    made = step(
        "workloads.agents" if agents_only else "workloads.create",
        PHASE,
        actions=[run(c) for c in copy_workloads(given, inventory, parked=True)],
        verify=[run(kubectl("new", "get", kinds_of(given), namespace=namespace))],
        rollback=delete_commands(given),
        minutes=estimate((5, 10), (0.1, 0.5), len(given)),
        after=after,
        subjects=[w.ref for w in given],
        tables=[workload_table(given)],
        warnings=[*warnings, *notes_beside_pins(given, (), inventory)],
        namespace=namespace,
        count=len(given),
    )
    return msgspec.structs.replace(made, key=f"workloads.create:{namespace}")


def notes_beside_pins(given: Iterable[Workload], others: Iterable[ObjectRef], inventory: Inventory) -> list[Msg]:
    """What the manifests of the workloads and ``others`` ask of a person, but that they were pinned to a node."""
    pins: dict[bool, list[ObjectRef]] = {True: [], False: list(others)}
    for workload in given:
        pins[HOSTNAME in workload.node_selector].append(workload.ref)
    return [
        *notes_of(pins[True], inventory.applied, settled=[_PINNED]),
        *notes_of(pins[False], inventory.applied),
    ]


def _jobs(jobs: list[Workload], inventory: Inventory) -> Step:
    files, _ = split((w.ref for w in jobs), inventory.applied)
    chosen = f'"{WORK}/jobs.txt"'
    actions = [do(Where.BASTION, "decide_jobs")]
    if files:  # a line without # is run: pasted as they stand, the commands run none
        names = " \\\n    ".join(f'"{FOLDER}/{path}"' for path in files)
        create = kubectl("new", 'apply -f "$file"')
        actions += [
            run(f"test -s {chosen} || printf '# %s\\n' \\\n    {names} > {chosen}"),
            do(Where.BASTION, "choose_jobs", file="jobs.txt"),
            run(f"grep -v '^#' {chosen} | while read -r file; do\n  {create} < /dev/null\ndone"),
        ]
    return step(
        "workloads.jobs",
        PHASE,
        kind=StepKind.MANUAL,
        actions=actions,
        verify=[run(kubectl("new", "get jobs --all-namespaces"))],
        minutes=estimate((5, 10), (0.5, 3), len(jobs)),
        after=["storage.verify"],
        subjects=[w.ref for w in jobs],
        tables=[
            table(
                "namespace name images decision", ((w.ref.namespace, w.ref.name, show(w.images), FILL_IN) for w in jobs)
            )
        ],
        warnings=notes_of((w.ref for w in jobs), inventory.applied, settled=[_JOB_RUNS]),
        count=len(jobs),
    )


def _verify(inventory: Inventory, after: Sequence[str]) -> Step:
    created = [w for w in inventory.free if w.ref.kind not in ("Job", "Pod")]
    return step(
        "workloads.verify",
        PHASE,
        kind=StepKind.VERIFY,
        actions=[run(kubectl("new", "get", kinds_of(created) or "deployments", "--all-namespaces"))],
        verify=[run(kubectl("new", "get pods --all-namespaces -o wide"))],
        minutes=(5, 15),
        after=["storage.verify", *after],
        count=len(created),
        later=sum(len(c.workloads) for c in inventory.chains),
    )

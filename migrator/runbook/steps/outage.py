"""Moves that stop the business: disks that one cluster only can hold, and data on a node's own disk (B.3, B.4, E.5).

One chain of steps for the workloads that hold the same storage: agree, stop, copy or un-associate, import, start, test.
What can be done beforehand (retain policy, saved YAML) is done in the storage phase, so that the outage stays short.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from migrator.locale import Msg, msg
from migrator.runbook.bundled import apply_commands, split
from migrator.runbook.chains import Chain
from migrator.runbook.holdings import Held, Transfer
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import batches, kubectl, named
from migrator.runbook.model import Action, Role, Step, StepKind, Where
from migrator.runbook.steps.base import do, estimate, or_dash, run, show, step, table
from migrator.runbook.steps.copying import changes_copy, comparison, pinned_warnings, removal, second_pass, sources_of
from migrator.runbook.steps.stopping import (
    PARKED,
    SCALED,
    halt_new,
    restore_held,
    resume_commands,
    saved_pod,
    stop_commands,
)
from migrator.runbook.steps.storage import held_refs, import_actions, retain_warnings, take_back, volume_table
from migrator.runbook.steps.workloads import copy_workloads, place_table, scale_up, verify_commands
from migrator.snapshot.model import Workload

PHASE = "cutover"


def chain_steps(chain: Chain, inventory: Inventory, after: Sequence[str]) -> list[Step]:
    """The chain in order; its last step is what the switch of its traffic waits for."""
    title = window_title(chain)
    disks = [h for h in chain.held if h.transfer is Transfer.REATTACH]
    copied = [h for h in chain.held if h.transfer is not Transfer.REATTACH]
    steps = [_window(chain, title, after), _stop(chain, title)]
    if disks:
        steps.append(_release(chain, title, disks, inventory))
        steps.append(_attach(chain, title, disks, inventory))
    if copied or chain.paths:
        steps.append(_copy(chain, title, copied, inventory, steps[-1].key))
    steps.append(_start(chain, title, inventory, steps[-1].key))
    return [*steps, _test(chain, title, steps[-1].key)]


def window_title(chain: Chain) -> Msg:
    """The namespaces of a window by name."""
    names = list(chain.namespaces)
    return msg("chain.one", name=names[0]) if len(names) == 1 else msg("chain.namespaces", names=names)


def chain_title(chain: Chain) -> Msg:
    first = chain.workloads[0]
    name = f"{first.ref.namespace}/{first.ref.name}"
    if len(chain.workloads) == 1:
        return msg("chain.one", name=name)
    return msg("chain.several", name=name, count=len(chain.workloads))


def _window(chain: Chain, title: Msg, after: Sequence[str]) -> Step:
    warnings = []
    if chain.services:
        warnings.append(msg("runbook.warning.callers", services=[f"{s.namespace}/{s.name}" for s in chain.services]))
    if any(h.volume and h.volume.shared for h in chain.held):
        warnings.append(msg("runbook.warning.shared_disk"))
    return step(
        "outage.window",
        PHASE,
        key=chain.key,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        signs=(Role.BUSINESS_OWNER, Role.CLUSTER_ENGINEER),
        actions=[do(Where.BASTION, "confirm_callers"), do(Where.BASTION, "announce_outage")],
        verify=[do(Where.BASTION, "window_signed")],
        minutes=(10, 20),
        after=after,
        tables=[place_table(chain.workloads), volume_table(h.volume for h in chain.held if h.volume)],
        warnings=warnings,
        chain=title,
    )


def _all_of(chain: Chain) -> list[Workload]:
    """Each workload of the window once: what holds the data, what uses it, CronJobs."""
    inside = {w.key for w in chain.crons}
    held = [w for w in chain.workloads if w.key not in inside]
    return [*held, *chain.followers, *chain.crons]


def _resume(chain: Chain) -> Action:
    """What holds the data first, then what uses it, last the CronJobs that start by themselves."""
    lines = resume_commands(_all_of(chain))
    return run("\n".join(lines) or kubectl("old", "get pods", namespace=chain.namespace))


def _stop(chain: Chain, title: Msg) -> Step:
    kinds = {w.ref.kind for w in chain.workloads}
    warnings = [msg("runbook.warning.daemonset_parked")] if "DaemonSet" in kinds else []
    return step(
        "outage.stop",
        PHASE,
        key=chain.key,
        actions=[run("\n".join(stop_commands(_all_of(chain)[::-1])))],  # databases last
        verify=[run("\n".join(kubectl("old", "get pods -o wide", namespace=n) for n in chain.namespaces))],
        rollback=[_resume(chain)],
        minutes=estimate((2, 5), (0.2, 1), len(_all_of(chain))),
        interrupts=True,
        stops=[w.ref for w in _all_of(chain)],
        after=[f"outage.window:{chain.key}"],
        tables=[place_table(_all_of(chain)[::-1])],
        warnings=warnings,
        chain=title,
        count=len(_all_of(chain)),
    )


def _release(chain: Chain, title: Msg, disks: Sequence[Held], inventory: Inventory) -> Step:
    names = [h.volume.name for h in disks if h.volume]
    policies = (
        "get pv -o custom-columns=NAME:.metadata.name,POLICY:.spec.persistentVolumeReclaimPolicy,STATUS:.status.phase"
    )
    return step(
        "outage.release",
        PHASE,
        key=chain.key,
        kind=StepKind.CONSOLE,
        actions=[
            *(run(kubectl("old", policies, named(part))) for part in batches(names)),
            do(Where.CONSOLE, "snapshot_disks"),
            do(Where.CONSOLE, "unassociate_volumes", volumes=names),
        ],
        verify=[
            *(run(kubectl("old", "get pv --ignore-not-found", named(part))) for part in batches(names)),
            do(Where.CONSOLE, "disks_available"),
        ],
        rollback=[do(Where.CONSOLE, "associate_again"), *restore_held(disks), _back_as_in(f"outage.stop:{chain.key}")],
        minutes=estimate((3, 5), (1, 4), len(disks)),
        interrupts=True,
        after=[f"outage.stop:{chain.key}", "storage.protect"],
        tables=[volume_table(h.volume for h in disks if h.volume)],
        warnings=[*retain_warnings(inventory), msg("runbook.warning.disk_still_mounted")],
        chain=title,
        count=len(disks),
    )


def _back_as_in(key: str) -> Action:
    """The way back goes on as the step of this key tells; the ordering writes its number."""
    return do(Where.BASTION, "way_back_of", step=key)


def _way_back(chain: Chain, disks: Sequence[Held]) -> list[Action]:
    """Before anything is started in the new cluster: give the disks back, then run in the old cluster again."""
    given_back = [*take_back(disks), do(Where.CONSOLE, "disks_available"), *restore_held(disks)] if disks else []
    return [*given_back, _back_as_in(f"outage.stop:{chain.key}")]


def _way_back_of_started(chain: Chain, disks: Sequence[Held]) -> list[Action]:
    """Empty the new cluster of the workloads first; the rest is the way back of the step before."""
    lines = halt_new([*chain.followers, *chain.workloads])
    back = [run("\n".join(lines))] if lines else []
    if disks:
        pods = [kubectl("new", "get pods -o wide", namespace=n) for n in chain.namespaces]
        back += [run("\n".join(pods)), do(Where.NEW_CLUSTER, "pods_have_ended")]
    return [*back, _back_as_in(f"outage.{'attach' if disks else 'stop'}:{chain.key}")]


# --- into the new cluster ---


def _attach(chain: Chain, title: Msg, disks: Sequence[Held], inventory: Inventory) -> Step:
    actions: list[Action] = []
    notes: list[Msg] = []
    for held in disks:
        made, open_points = import_actions(held, inventory)
        actions += made
        notes += open_points
    claims = [h.claim for h in disks if h.claim]
    return step(
        "outage.attach",
        PHASE,
        key=chain.key,
        actions=actions,
        verify=[run("\n".join(kubectl("new", "get pvc", named([c.name]), namespace=c.namespace) for c in claims))],
        rollback=_way_back(chain, disks),
        minutes=estimate((2, 4), (1, 3), len(disks)),
        interrupts=True,
        after=[f"outage.release:{chain.key}"],
        subjects=[ref for h in disks for ref in held_refs(h)],
        tables=[volume_table(h.volume for h in disks if h.volume)],
        warnings=notes,
        chain=title,
        count=len(disks),
    )


def _copy(chain: Chain, title: Msg, copied: Sequence[Held], inventory: Inventory, after: str) -> Step:
    rows = [
        (
            h.name,
            or_dash(h.volume and (h.volume.path or h.volume.volume_id)),
            or_dash(h.volume and h.volume.capacity),
            msg(f"table.value.copy_{h.transfer.value}"),
        )
        for h in copied
    ]
    rows += [(key, path, "—", msg("table.value.copy_path")) for key, path in chain.paths]
    disks = [h for h in chain.held if h.transfer is Transfer.REATTACH]
    sources = sources_of(chain, inventory)
    passes = [run(second_pass(s)) for s in sources]
    others = [do(Where.OLD_NODE, "copy_data")] if len(rows) > len(sources) else []
    compared = [run(comparison(s)) for s in sources]
    return step(
        "outage.copy",
        PHASE,
        key=chain.key,
        kind=StepKind.MANUAL,
        actions=[*passes, *others],
        verify=[*compared, do(Where.NEW_CLUSTER, "compare_checksums"), *([run(removal(sources))] if sources else [])],
        rollback=[_back_as_in(f"outage.{'attach' if disks else 'stop'}:{chain.key}")],
        minutes=changes_copy(sources) if sources else estimate((20, 60), (10, 120), len(rows)),
        interrupts=True,
        after=[after, *(["storage.precopy"] if sources else [])],
        subjects=[ref for h in copied for ref in held_refs(h)],
        tables=[table("claim path capacity treatment", rows)],
        warnings=[msg("runbook.warning.copy_time")],
        chain=title,
        count=len(rows),
    )


def pod_command(pod: Workload, inventory: Inventory) -> str:
    """Creates a bare Pod in the new cluster from its manifest, or from the file that stopping it left."""
    files, _ = split([pod.ref], inventory.applied)
    if inventory.applied is not None and files:
        return "\n".join(apply_commands(files, inventory.applied))
    return f"{saved_pod(pod, moves=True)} | {kubectl('new', 'create -f -', namespace=pod.ref.namespace)}"


def _start(chain: Chain, title: Msg, inventory: Inventory, after: str) -> Step:
    commands = []
    scaled = [w for w in chain.workloads if w.ref.kind in SCALED]
    named_old = [w for w in scaled if w.key in chain.addressed]
    for w in scaled:  # the old one stands at 0 by now
        replicas = 0 if w in named_old else 1 if w.replicas is None else w.replicas
        commands += copy_workloads([w], inventory, after=f".spec.replicas = {replicas}")
    commands += copy_workloads(
        [w for w in chain.workloads if w.ref.kind not in (*SCALED, "DaemonSet", "Pod")], inventory
    )
    for w in chain.workloads:
        if w.ref.kind == "DaemonSet":
            commands += copy_workloads(
                [w], inventory, after=f"del(.spec.template.spec.nodeSelector[{json.dumps(PARKED)}])"
            )
        elif w.ref.kind == "Pod":
            commands.append(pod_command(w, inventory))
    actions = [run(c) for c in commands]
    if named_old:
        edits = (
            kubectl("new", "edit", w.ref.kind.lower(), named([w.ref.name]), namespace=w.ref.namespace)
            for w in named_old
        )
        actions += [do(Where.NEW_CLUSTER, "rewrite_in_window"), run("\n".join(edits)), run(scale_up(named_old))]
    if chain.followers:
        actions += verify_commands(chain.workloads)  # what holds the data is ready before what uses it starts
    if followers := scale_up(chain.followers):
        actions.append(run(followers))
    actions += [run(pod_command(w, inventory)) for w in chain.followers if w.ref.kind == "Pod"]
    disks = [h for h in chain.held if h.transfer is Transfer.REATTACH]
    return step(
        "outage.start",
        PHASE,
        key=chain.key,
        actions=actions,
        verify=verify_commands([*chain.workloads, *chain.followers]),
        rollback=_way_back_of_started(chain, disks),
        minutes=estimate((2, 5), (0.5, 3), len(chain.workloads) + len(chain.followers)),
        interrupts=True,
        after=[after],
        subjects=[*(w.ref for w in chain.workloads), *(w.ref for w in chain.followers if w.ref.kind == "Pod")],
        tables=[place_table((*chain.workloads, *chain.followers))],
        warnings=pinned_warnings(chain.workloads, "runbook.warning.pin_dropped"),
        chain=title,
        count=len(chain.workloads) + len(chain.followers),
    )


def _test(chain: Chain, title: Msg, after: str) -> Step:
    return step(
        "outage.test",
        PHASE,
        key=chain.key,
        kind=StepKind.VERIFY,
        role=Role.BUSINESS_OWNER,
        actions=[do(Where.NEW_CLUSTER, "test_chain")],
        verify=[
            run("\n".join(kubectl("new", "get pods,pvc -o wide", namespace=n) for n in chain.namespaces)),
            do(Where.NEW_CLUSTER, "data_is_there"),
        ],
        rollback=[_back_as_in(f"outage.start:{chain.key}")],
        minutes=(5, 20),
        interrupts=True,
        after=[after],
        tables=[table("service type", ((f"{s.namespace}/{s.name}", s.type) for s in chain.services))],
        warnings=[msg("runbook.warning.decide_before_writing")],
        chain=title,
        services=show(f"{s.namespace}/{s.name}" for s in chain.services),
    )

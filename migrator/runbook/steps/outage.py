"""Moves that stop the business: disks that one cluster only can hold, and data on a node's own disk (B.3, B.4, E.5).

One chain of steps for the workloads that hold the same storage: agree, stop, copy or un-associate, import, start, test.
What can be done beforehand (retain policy, saved YAML) is done in the storage phase, so that the outage stays short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrator.locale import Msg, msg
from migrator.runbook.bundled import apply_commands, split
from migrator.runbook.chains import Chain, mounts_disk
from migrator.runbook.holdings import Held, Transfer
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import batches, kubectl, named
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
from migrator.runbook.served import grouped
from migrator.runbook.steps.base import do, estimate, or_dash, run, step, table
from migrator.runbook.steps.copying import changes_copy, comparison, pinned_warnings, removal, second_pass, sources_of
from migrator.runbook.steps.services import node_port_clients
from migrator.runbook.steps.stopping import (
    SCALED,
    halt_new,
    moved_pod,
    restore_held,
    resume_commands,
    scale_commands,
    stop_commands,
)
from migrator.runbook.steps.storage import (
    get_claims,
    held_refs,
    import_actions,
    on_volumes,
    retain_warnings,
    take_back,
    volume_table,
)
from migrator.runbook.steps.workloads import copy_workloads, notes_beside_pins, place_table, verify_commands
from migrator.snapshot.model import Workload

PHASE = "cutover"


def chain_steps(chain: Chain, inventory: Inventory, after: Sequence[str]) -> list[Step]:
    """The chain in order; its last step is what the switch of its traffic waits for."""
    title = window_title(chain)
    disks = [h for h in chain.held if h.transfer is Transfer.REATTACH]
    copied = [h for h in chain.held if h.transfer is not Transfer.REATTACH]
    stored = volume_table(h.volume for h in chain.held if h.volume)
    steps = [_window(chain, title, stored, after), _stop(chain, title)]
    if disks:
        listed = volume_table(h.volume for h in disks if h.volume) if copied else stored
        steps.append(_release(chain, title, disks, listed, inventory))
        steps.append(_attach(chain, title, disks, listed, inventory))
    if copied or chain.paths:
        steps.append(_copy(chain, title, copied, inventory, steps[-1].key))
    steps.append(_start(chain, title, inventory, steps[-1].key))
    return [*steps, _test(chain, title, inventory, steps[-1].key)]


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


def _window(chain: Chain, title: Msg, stored: Table | None, after: Sequence[str]) -> Step:
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
        tables=[place_table(chain.workloads), stored],
        warnings=warnings,
        chain=title,
    )


def _tiers(chain: Chain) -> tuple[Sequence[Workload], ...]:
    """Each workload of the window once: what holds the data, what uses it, last the CronJobs that start by
    themselves."""
    inside = {w.key for w in chain.crons}
    return ([w for w in chain.workloads if w.key not in inside], chain.followers, chain.crons)


def _resume(chain: Chain) -> Action:
    lines = [line for tier in _tiers(chain) for line in resume_commands(tier)]
    return run("\n".join(lines) or kubectl("old", "get pods", namespace=chain.namespace))


def _stop(chain: Chain, title: Msg) -> Step:
    kinds = {w.ref.kind for w in chain.workloads}
    warnings = [msg("runbook.warning.daemonset_parked")] if "DaemonSet" in kinds else []
    if direct := [f"{w.ref.kind} {w.ref.namespace}/{w.ref.name}" for w in chain.workloads if mounts_disk(w)]:
        warnings.append(msg("runbook.warning.disk_without_claim", names=direct))
    backwards = [tier[::-1] for tier in _tiers(chain)[::-1]]  # databases last
    stopped = [w for tier in backwards for w in tier]
    return step(
        "outage.stop",
        PHASE,
        key=chain.key,
        actions=[run("\n".join(line for tier in backwards for line in stop_commands(tier)))],
        verify=[run("\n".join(kubectl("old", "get pods -o wide", namespace=n) for n in chain.namespaces))],
        rollback=[_resume(chain)],
        minutes=estimate((2, 5), (0.2, 1), len(stopped)),
        interrupts=True,
        stops=[w.ref for tier in _tiers(chain) for w in tier],
        after=[f"outage.window:{chain.key}"],
        tables=[place_table(stopped)],
        warnings=warnings,
        chain=title,
        count=len(stopped),
    )


def _release(chain: Chain, title: Msg, disks: Sequence[Held], listed: Table | None, inventory: Inventory) -> Step:
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
            on_volumes("unassociate_volumes", names),
        ],
        verify=[
            *(run(kubectl("old", "get pv --ignore-not-found", named(part))) for part in batches(names)),
            do(Where.CONSOLE, "disks_available"),
        ],
        rollback=[do(Where.CONSOLE, "associate_again"), *restore_held(disks), _back_as_in(f"outage.stop:{chain.key}")],
        minutes=estimate((3, 5), (1, 4), len(disks)),
        interrupts=True,
        after=[f"outage.stop:{chain.key}", "storage.protect"],
        tables=[listed],
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
    """Empty the new cluster of the workloads first; the rest is the way back of the step before.

    CronJobs too: gone back from after they were resumed in the new cluster, they would run in both.
    """
    inside = {w.key for w in chain.workloads}
    crons = [w for w in chain.crons if w.key not in inside]
    lines = [*halt_new(crons), *halt_new(chain.followers), *halt_new(chain.workloads)]
    back = [run("\n".join(lines))] if lines else []
    if disks:
        pods = [kubectl("new", "get pods -o wide", namespace=n) for n in chain.namespaces]
        back += [run("\n".join(pods)), do(Where.NEW_CLUSTER, "pods_have_ended")]
    return [*back, _back_as_in(f"outage.{'attach' if disks else 'stop'}:{chain.key}")]


# --- into the new cluster ---


def _attach(chain: Chain, title: Msg, disks: Sequence[Held], listed: Table | None, inventory: Inventory) -> Step:
    actions, notes = import_actions(disks, inventory)
    return step(
        "outage.attach",
        PHASE,
        key=chain.key,
        actions=actions,
        verify=[run("\n".join(get_claims("new", disks)))],
        rollback=_way_back(chain, disks),
        minutes=estimate((2, 4), (1, 3), len(disks)),
        interrupts=True,
        after=[f"outage.release:{chain.key}"],
        subjects=[ref for h in disks for ref in held_refs(h)],
        tables=[listed],
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


def create_pods(pods: Iterable[Workload], inventory: Inventory) -> list[str]:
    """Commands that create bare Pods in the new cluster from their manifests, or from the files that stopping left."""
    by_ref = {pod.ref: pod for pod in pods}
    files, saved = split(by_ref, inventory.applied)
    return [
        *apply_commands(files, inventory.applied),
        *(f"{moved_pod(by_ref[r])} | {kubectl('new', 'apply -f -', namespace=r.namespace)}" for r in saved),
    ]


def _start(chain: Chain, title: Msg, inventory: Inventory, after: str) -> Step:
    scaled = [w for w in chain.workloads if w.ref.kind in SCALED]
    named_old = [w for w in scaled if w.key in chain.addressed]
    asleep = [*named_old, *(w for w in chain.workloads if w.ref.kind == "CronJob")]
    pods = [w for w in chain.workloads if w.ref.kind == "Pod"]
    resting = {w.key for w in (*asleep, *pods)}
    commands = [
        *copy_workloads([w for w in chain.workloads if w.key not in resting], inventory, parked=False),
        *copy_workloads(asleep, inventory, parked=True),
        *create_pods(pods, inventory),
    ]
    actions = [run(c) for c in commands]
    if named_old:
        edits = (
            kubectl("new", "edit", kind.lower(), named(names), namespace=namespace)
            for (namespace, kind, _), names in grouped(w.ref for w in named_old).items()
        )
        lines = scale_commands("new", named_old)
        actions += [do(Where.NEW_CLUSTER, "rewrite_in_window"), run("\n".join(edits)), run("\n".join(lines))]
    if chain.followers:
        actions += verify_commands(chain.workloads)  # what holds the data is ready before what uses it starts
    if followers := scale_commands("new", chain.followers):
        actions.append(run("\n".join(followers)))
    actions += [run(c) for c in create_pods((w for w in chain.followers if w.ref.kind == "Pod"), inventory)]
    disks = [h for h in chain.held if h.transfer is Transfer.REATTACH]
    held = {w.ref for w in chain.workloads}
    created = [*(w.ref for w in chain.workloads), *(w.ref for w in chain.followers if w.ref.kind == "Pod")]
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
        subjects=created,
        tables=[place_table((*chain.workloads, *chain.followers))],
        warnings=[
            *pinned_warnings(chain.workloads, "runbook.warning.pin_dropped"),
            *notes_beside_pins(chain.workloads, (r for r in created if r not in held), inventory),
        ],
        chain=title,
        count=len(chain.workloads) + len(chain.followers),
    )


def _test(chain: Chain, title: Msg, inventory: Inventory, after: str) -> Step:
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
        warnings=[
            msg("runbook.warning.decide_before_writing"),
            *node_port_clients(chain.namespaces, inventory),
        ],
        chain=title,
        services=[f"{s.namespace}/{s.name}" for s in chain.services],
    )

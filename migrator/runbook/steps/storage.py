"""Phase "storage": the course's step 3, claims of the same name on existing storage (B.3, B.4, E.2 to E.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from migrator.conversion.storage import convert_volume, manifest_text
from migrator.locale import Msg, msg
from migrator.runbook.bundled import apply_commands, notes_of, split
from migrator.runbook.chains import node_data
from migrator.runbook.holdings import Held
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, Context, batches, file_word, kubectl, named
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
from migrator.runbook.served import grouped
from migrator.runbook.steps.base import (
    FILL_IN,
    claim_ref,
    do,
    estimate,
    or_dash,
    run,
    show,
    step,
    table,
    volume_ref,
    write_manifest,
)
from migrator.runbook.steps.copying import copy_beforehand
from migrator.runbook.steps.stopping import save_once
from migrator.snapshot.model import ObjectRef, Volume

PHASE = "storage"
_NAMED_MOST = 20  # volumes in one sentence


def storage(inventory: Inventory) -> list[Step]:
    steps = []
    if inventory.snapshot.volumes:
        steps.append(protect(inventory, PHASE, "storage.protect"))
    after = ["config.namespaces", *(s.key for s in steps)]
    by_namespace: dict[str, list[Held]] = defaultdict(list)
    for held in inventory.shared:
        by_namespace[held.namespace].append(held)
    steps += [_claims(by_namespace[ns], inventory, after) for ns in sorted(by_namespace)]
    if inventory.undecided:
        steps.append(_decide(inventory))
    if direct := _direct_rows(inventory):
        steps.append(_direct(direct))
    if precopy := copy_beforehand(inventory):
        steps.append(precopy)
    return [*steps, _verify(inventory, [s.key for s in steps if s.key != "storage.precopy"])]


def retain_warnings(inventory: Inventory) -> list[Msg]:
    """What to mind before a claim or volume leaves the old cluster. Clusters before 1.19.10 do not carry the policy
    out reliably, whatever it says (E.5): there only the console may take storage away."""
    source = inventory.source
    reliable = (source.minor, source.patch) >= (19, 10)
    return [msg("runbook.warning.retain_first" if reliable else "runbook.warning.retain_unreliable")]


def protect(inventory: Inventory, phase: str, name: str, sentences: str = "") -> Step:
    """Save PVs and claims as they are and set ``Retain``, so that a later slip does less harm (E.5).

    It stays set: an old cluster that deletes what its claims held would take the storage from the new one.
    ``sentences``: the step's, where they are not those of ``name``.
    """
    volumes = inventory.snapshot.volumes
    patch = '\'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\''
    policies = "get pv -o custom-columns=NAME:.metadata.name,POLICY:.spec.persistentVolumeReclaimPolicy"
    made = step(
        sentences or name,
        phase,
        actions=[
            run(
                save_once(kubectl("old", "get pv -o json"), f"{WORK}/backup/volumes.json")
                + "\n"
                + save_once(kubectl("old", "get pvc --all-namespaces -o json"), f"{WORK}/backup/claims.json")
            ),
            # Every volume, those made since the dump too.
            run(f"{kubectl('old', 'get pv -o name')} \\\n  | xargs -n 100 {kubectl('old', f'patch -p {patch}')}"),
        ],
        verify=[
            run(f'jq -r ".items | length" "{WORK}/backup/volumes.json" "{WORK}/backup/claims.json"'),
            run(kubectl("old", policies)),
        ],
        minutes=estimate((5, 10), (0.05, 0.2), len(volumes)),
        after=["prepare.backup"],
        tables=[volume_table(volumes)],
        warnings=retain_warnings(inventory),
        count=len(volumes),
    )
    return msgspec.structs.replace(made, key=name)


def volume_table(volumes: Iterable[Volume]) -> Table | None:
    return table(
        "volume claim storage volume_id capacity access reclaim zone",
        (
            (
                v.name,
                f"{v.claim_namespace}/{v.claim_name}" if v.claim_name else "—",
                msg(f"table.value.storage_{v.storage.value}"),
                or_dash(v.volume_id or v.path),
                or_dash(v.capacity),
                show(v.access_modes),
                or_dash(v.reclaim_policy),
                or_dash(v.zone),
            )
            for v in volumes
        ),
    )


def held_refs(held: Held) -> list[ObjectRef]:
    return [
        *([volume_ref(held.volume)] if held.volume else []),
        *([claim_ref(held.claim)] if held.claim else []),
    ]


def import_actions(
    given: Sequence[Held], inventory: Inventory, context: Context = "new"
) -> tuple[list[Action], list[Msg]]:
    """How the manifests of volumes and claims are applied, and what must be settled first, each once.

    Those without a file of the bundle are written out here.
    """
    files: dict[str, None] = {}
    filed: list[ObjectRef] = []
    written: list[Held] = []
    for held in given:
        refs = held_refs(held)
        found, rest = split(refs, inventory.applied)
        if rest:
            written.append(held)
        else:
            files |= dict.fromkeys(found)
            filed += refs
    noted = notes_of(filed, inventory.applied)
    actions = [do(Where.BASTION, "complete_files")] if noted else []
    actions += [run(c) for c in apply_commands(list(files), inventory.applied)]
    for held in written:
        made, open_points = _written_import(held, inventory, context)
        actions += made
        noted += (note for note in open_points if note not in noted)
    return actions, noted


def _written_import(held: Held, inventory: Inventory, context: Context) -> tuple[list[Action], list[Msg]]:
    claim, volume = held.both
    made = convert_volume(volume, claim, inventory.classes, inventory.bodies, minor=inventory.target.minor)
    file = f"{file_word(claim.namespace, claim.name)}.yaml"
    actions = [write_manifest(file, manifest_text(*made.objects))]
    if any(note.open for note in made.notes):
        actions.append(do(Where.BASTION, "complete_manifest", file=file))
    return [*actions, run(f'{kubectl(context, "apply -f")} "{WORK}/new/{file}"')], [note.text for note in made.notes]


def get_claims(context: Context, given: Iterable[Held], options: str = "") -> list[str]:
    """Commands that list the claims, namespace by namespace."""
    names = grouped(claim_ref(h.claim) for h in given if h.claim)
    return [
        kubectl(context, f"get pvc{options}", named(part), namespace=namespace)
        for (namespace, _, _), group in names.items()
        for part in batches(group)
    ]


def on_volumes(label: str, names: Sequence[str]) -> Action:
    """What the console does with each of the volumes; where they are many, the table of the step names them."""
    if len(names) <= _NAMED_MOST:
        return do(Where.CONSOLE, label, volumes=names)
    return do(Where.CONSOLE, f"{label}_of_table", count=len(names))


def take_back(held: Sequence[Held]) -> list[Action]:
    """Takes storage out of the new cluster again. The console does it: no policy then decides on the data (E.5)."""
    volumes = [h.volume.name for h in held if h.volume]
    return [
        on_volumes("unassociate_new", volumes),
        run("\n".join(kubectl("new", "get pv --ignore-not-found", named(part)) for part in batches(volumes))),
    ]


def _claims(given: Sequence[Held], inventory: Inventory, after: Sequence[str]) -> Step:
    """The claims of one namespace on storage that both clusters mount."""
    actions, notes = import_actions(given, inventory)
    namespace = given[0].namespace
    return step(
        "storage.claim",
        PHASE,
        key=namespace,
        actions=actions,
        verify=[run(command) for command in get_claims("new", given)],
        rollback=take_back(given),
        minutes=estimate((2, 5), (1, 3), len(given)),
        after=after,
        subjects=[ref for held in given for ref in held_refs(held)],
        tables=[volume_table(h.volume for h in given if h.volume)],
        warnings=[*_ports(given, inventory), *notes],
        namespace=namespace,
        count=len(given),
    )


def _ports(given: Sequence[Held], inventory: Inventory) -> list[Msg]:
    """File systems have security groups of their own, which do not know the new nodes (E.4)."""
    kinds = sorted({h.volume.storage for h in given if h.volume and h.volume.storage in inventory.storage_ports})
    return [
        msg(
            "runbook.warning.file_system_ports",
            storage=msg(f"table.value.storage_{kind}"),
            ports=[str(port) for port in inventory.storage_ports[kind]],
        )
        for kind in kinds
    ]


def _decide(inventory: Inventory) -> Step:
    return step(
        "storage.decide",
        PHASE,
        kind=StepKind.GATE,
        role=Role.BUSINESS_OWNER,
        actions=[do(Where.BASTION, "decide_volumes")],
        verify=[do(Where.BASTION, "volumes_decided")],
        minutes=estimate((10, 20), (3, 15), len(inventory.undecided)),
        after=["prepare.go"],
        subjects=[ref for held in inventory.undecided for ref in held_refs(held)],
        tables=[
            table(
                "claim volume storage volume_id capacity reason decision",
                (
                    (
                        held.name
                        if held.claim
                        else f"{held.volume.claim_namespace}/{held.volume.claim_name}"
                        if held.volume and held.volume.claim_name
                        else "—",
                        held.volume.name if held.volume else or_dash(held.claim and held.claim.volume),
                        msg(f"table.value.storage_{held.volume.storage.value}") if held.volume else "—",
                        or_dash(held.volume and (held.volume.volume_id or held.volume.path)),
                        or_dash(held.volume.capacity if held.volume else held.claim and held.claim.request),
                        msg(f"table.value.reason_{held.reason}"),
                        FILL_IN,
                    )
                    for held in inventory.undecided
                ),
            )
        ],
        count=len(inventory.undecided),
    )


def _direct_rows(inventory: Inventory) -> list[tuple[str | Msg, ...]]:
    """Storage that pod templates name themselves, without a claim."""
    rows: list[tuple[str | Msg, ...]] = []
    stopped = {w.key for chain in inventory.chains for w in chain.workloads}
    for workload in inventory.workloads:
        data = node_data(workload)
        for mount in workload.mounts:
            if mount.kind not in ("host_path", "nfs", "flex"):
                continue
            advice = mount.kind
            if mount.kind == "host_path":
                path = mount.target.rstrip("/") or "/"
                advice = "node_path" if path not in data else "copied" if workload.key in stopped else "host_path"
                if _of_docker(path) and inventory.target.minor >= 24:  # new nodes run containerd (C-41)
                    advice = "docker_socket"
            rows.append(
                (
                    f"{workload.ref.namespace}/{workload.ref.name}",
                    workload.ref.kind,
                    mount.target,
                    msg(f"table.value.direct_{advice}"),
                )
            )
    return rows


def _of_docker(path: str) -> bool:
    """Whether the path is the engine's own: socket, program or data, all gone where containerd takes over."""
    return path.endswith(("/docker.sock", "/bin/docker")) or f"{path}/".startswith("/var/lib/docker/")


def _direct(rows: list[tuple[str | Msg, ...]]) -> Step:
    return step(
        "storage.direct",
        PHASE,
        kind=StepKind.MANUAL,
        actions=[do(Where.OLD_CLUSTER, "check_direct_mounts")],
        verify=[do(Where.NEW_NODE, "direct_mounts_work")],
        minutes=estimate((5, 15), (1, 5), len(rows)),
        after=["nodes.ready"],
        tables=[table("workload kind path treatment", rows)],
        count=len(rows),
    )


def _verify(inventory: Inventory, after: Sequence[str]) -> Step:
    shared = inventory.shared
    commands = get_claims("new", shared)
    return step(
        "storage.verify",
        PHASE,
        kind=StepKind.VERIFY,
        actions=[run("\n".join(commands or [kubectl("new", "get pv,pvc --all-namespaces")]))],
        verify=[run(kubectl("new", "get pv,pvc --all-namespaces"))],
        minutes=(3, 10),
        after=["config.namespaces", *after],
        count=len(shared),
        later=sum(len(c.held) for c in inventory.chains),
    )

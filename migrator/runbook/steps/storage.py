"""Phase "storage": the course's step 3, claims of the same name on existing storage (B.3, B.4, E.2 to E.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrator.conversion.storage import manifest_text, static_manifests
from migrator.locale import Msg, msg
from migrator.runbook.chains import node_data
from migrator.runbook.holdings import Held
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, Context, batches, file_word, kubectl, named, word
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
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
)
from migrator.snapshot.model import ObjectRef, Volume

PHASE = "storage"


def storage(inventory: Inventory) -> list[Step]:
    steps = []
    if inventory.snapshot.volumes:
        steps.append(protect(inventory.snapshot.volumes, PHASE, "storage.protect"))
    after = ["config.namespaces", *(s.key for s in steps)]
    claims = [_claim(held, inventory, after) for held in inventory.shared]
    steps += claims
    if inventory.undecided:
        steps.append(_decide(inventory))
    if direct := _direct_rows(inventory):
        steps.append(_direct(direct))
    return [*steps, _verify(inventory, [s.key for s in steps])]


def protect(volumes: Sequence[Volume], phase: str, name: str) -> Step:
    """Save PVs and claims as they are and set ``Retain``, so that no later slip can delete data (E.5)."""
    names = [v.name for v in volumes]
    patch = '\'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\''
    back = [v for v in volumes if v.reclaim_policy and v.reclaim_policy != "Retain"]
    restore = [
        kubectl(
            "old",
            "patch pv",
            named([v.name]),
            "-p",
            word(f'{{"spec":{{"persistentVolumeReclaimPolicy":"{v.reclaim_policy}"}}}}'),
        )
        for v in back
    ]
    return step(
        name,
        phase,
        actions=[
            run(
                f'{kubectl("old", "get pv -o json")} > "{WORK}/backup/volumes.json"\n'
                f'{kubectl("old", "get pvc --all-namespaces -o json")} > "{WORK}/backup/claims.json"'
            ),
            *(run(kubectl("old", "patch pv", f"-p {patch}", named(part))) for part in batches(names)),
        ],
        verify=[
            run(
                kubectl(
                    "old",
                    "get pv -o custom-columns=NAME:.metadata.name,POLICY:.spec.persistentVolumeReclaimPolicy",
                    named(part),
                )
            )
            for part in batches(names)
        ],
        rollback=[run("\n".join(restore))] if restore else [do(Where.OLD_CLUSTER, "policies_were_retain")],
        minutes=estimate((5, 10), (0.05, 0.2), len(names)),
        after=["prepare.backup"],
        tables=[volume_table(volumes)],
        count=len(names),
    )


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


def import_actions(held: Held, inventory: Inventory, context: Context = "new") -> tuple[list[Action], tuple[Msg, ...]]:
    """The manifests of one claim and how to apply them, and what must be settled first."""
    claim, volume = held.both
    made = static_manifests(volume, claim, inventory.classes.get(volume.storage_class))
    file = f"{file_word(claim.namespace, claim.name)}.yaml"
    command = f'{kubectl(context, "apply -f")} "{WORK}/new/{file}"'
    return [
        do(Where.BASTION, "save_manifest", file=file),
        run(command, manifest=manifest_text(made.pv, made.pvc)),
    ], made.notes


def remove_new_claim(held: Held) -> list[str]:
    """Commands that take the pair out of the new cluster; the policy is Retain, so the data stays."""
    lines = []
    if held.claim:
        lines.append(
            kubectl("new", "delete pvc --ignore-not-found", named([held.claim.name]), namespace=held.claim.namespace)
        )
    if held.volume:
        lines.append(kubectl("new", "delete pv --ignore-not-found", named([held.volume.name])))
    return lines


def _claim(held: Held, inventory: Inventory, after: Sequence[str]) -> Step:
    actions, notes = import_actions(held, inventory)
    claim, volume = held.both
    return step(
        "storage.claim",
        PHASE,
        key=held.name,
        actions=actions,
        verify=[run(kubectl("new", "get pvc", named([claim.name]), namespace=claim.namespace))],
        rollback=[run("\n".join(remove_new_claim(held)))],
        minutes=(3, 8),
        after=after,
        subjects=held_refs(held),
        tables=[volume_table([volume])],
        warnings=notes,
        claim=held.name,
        storage=msg(f"table.value.storage_{volume.storage.value}"),
    )


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
    for workload in inventory.snapshot.user_workloads:
        data = node_data(workload)
        for mount in workload.mounts:
            if mount.kind not in ("host_path", "nfs", "flex"):
                continue
            advice = mount.kind
            if mount.kind == "host_path":
                path = mount.target.rstrip("/") or "/"
                advice = "node_path" if path not in data else "copied" if workload.key in stopped else "host_path"
            rows.append(
                (
                    f"{workload.ref.namespace}/{workload.ref.name}",
                    workload.ref.kind,
                    mount.target,
                    msg(f"table.value.direct_{advice}"),
                )
            )
    return rows


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
    by_namespace: dict[str, list[str]] = {}
    for held in shared:
        if held.claim:
            by_namespace.setdefault(held.claim.namespace, []).append(held.claim.name)
    commands = [kubectl("new", "get pvc", named(names), namespace=ns) for ns, names in by_namespace.items()]
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

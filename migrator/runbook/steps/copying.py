"""Data that does not come along: copied once while the business runs, and what changed since in the outage (B.4, E.4).

A pod at each end mounts the data: the old one on the node where the data is, the new one where the business will run.
The bastion host passes the files on, so that no node needs to reach another, and owners and rights stay.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from migrator.conversion.storage import FILL_IN, empty_claim, gibibytes, manifest_text
from migrator.locale import Msg, msg
from migrator.runbook.chains import Chain
from migrator.runbook.holdings import Held, Transfer
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, Context, file_word, kubectl, named
from migrator.runbook.model import Action, Role, Step, StepKind, Table, Where
from migrator.runbook.steps.base import Minutes, claim_ref, do, estimate, or_dash, run, step, table, write_manifest
from migrator.runbook.steps.workloads import HOSTNAME
from migrator.snapshot.model import Claim, Volume, Workload

PHASE = "storage"
_IMAGE = "nginx:perl"  # has sh, find, sha256sum and GNU tar, and is the image of the platform's own check
_MINUTES_PER_GIB = 1024 / 100 / 60  # at 100 MB/s
_CONTEXTS: tuple[Context, ...] = ("old", "new")
_RETAIN = '\'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\''


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One place with data: a claim, or a path of a node that a pod template names itself."""

    name: str  # of the pods that copy, and of its files
    namespace: str
    label: str  # what a person calls it
    claim: Claim | None = None
    volume: Volume | None = None
    path: str = ""
    node: str = ""  # where the data is, as far as the dump tells

    @property
    def gibibytes(self) -> float:
        return gibibytes(self.volume.capacity if self.volume else "")


def sources_of(chain: Chain, inventory: Inventory) -> list[Source]:
    """Everything of the chain that is copied; claims of unknown kind are decided by people and are not among it."""
    workloads = {w.key: w for w in chain.workloads}
    found = []
    for held in chain.held:
        if held.transfer is Transfer.COPY and held.claim:
            holder = next((workloads[k] for k in held.claim.mounted_by if k in workloads), None)
            found.append(_claim_source(held, node_of(holder, inventory, held.claim.name) if holder else ""))
    for key, path in chain.paths:
        ref = workloads[key].ref
        found.append(
            Source(
                name=_pod_name(ref.name, path),
                namespace=ref.namespace,
                label=f"{key} {path}",
                path=path,
                node=node_of(workloads[key], inventory),
            )
        )
    return found


def _claim_source(held: Held, node: str) -> Source:
    claim, volume = held.both
    return Source(
        name=_pod_name(claim.name), namespace=claim.namespace, label=held.name, claim=claim, volume=volume, node=node
    )


def _pod_name(*parts: str) -> str:
    """A name that any server takes, the same for the same parts and another for others."""
    whole = "-".join(parts)
    plain = re.sub(r"[^a-z0-9]+", "-", whole.lower()).strip("-")[:40].rstrip("-")
    return f"copy-{plain}-{hashlib.sha256(whole.encode()).hexdigest()[:6]}"


def node_of(workload: Workload, inventory: Inventory, claim: str = "") -> str:
    """The one node on which the workload (the pod that owns ``claim``) runs; empty where the dump leaves it open."""
    if pinned := workload.node_selector.get(HOSTNAME, ""):
        return pinned
    name = workload.ref.name
    nodes = {
        p.name: p.node
        for p in inventory.pods_of.get(workload.ref.namespace, ())
        if p.node and (p.name == name or p.name.startswith(f"{name}-"))
    }
    own = {node for pod, node in nodes.items() if claim.endswith(f"-{pod}")} or set(nodes.values())
    return own.pop() if len(own) == 1 else ""


def pinned_warnings(workloads: Iterable[Workload], key: str) -> list[Msg]:
    """Workloads that ask for one node by its name, in one sentence."""
    names = [f"{w.ref.kind} {w.ref.namespace}/{w.ref.name}" for w in workloads if HOSTNAME in w.node_selector]
    return [msg(key, names=names)] if names else []


# --- the pods at both ends ---


def _pod(source: Source, context: Context) -> str:
    """A pod that mounts the data at /data. In the old cluster it stands where the data is, in the new one anywhere the
    claim can be mounted; for a path of a node somebody names the new node."""
    volume: dict[str, Any] = {"name": "data"}
    if source.claim:
        volume["persistentVolumeClaim"] = {"claimName": source.claim.name}
        node = source.node if context == "old" else ""
    else:
        volume["hostPath"] = {"path": source.path, "type": "Directory" if context == "old" else "DirectoryOrCreate"}
        node = (source.node or FILL_IN) if context == "old" else FILL_IN
    spec: dict[str, Any] = {"nodeName": node} if node else {}
    spec |= {
        "restartPolicy": "Never",
        "containers": [
            {
                "name": "copy",
                "image": _IMAGE,
                "command": ["sleep", "infinity"],
                "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": context == "old"}],
            }
        ],
        "imagePullSecrets": [{"name": "default-secret"}],
        "volumes": [volume],
    }
    metadata = {"name": source.name, "namespace": source.namespace}
    return manifest_text({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def _file(source: Source, kind: str) -> str:
    return f"{file_word(source.namespace, source.name)}.{kind}"


def _exec(source: Source, context: Context, command: str, options: str = "") -> str:
    return kubectl(context, f"exec {options}{source.name} -- {command}", namespace=source.namespace)


def _pass(source: Source, newer: str = "") -> str:
    """Carries the files over; tar ends with an error where one changes meanwhile, which the second pass puts right."""
    return (
        f"{_exec(source, 'old', f'tar -C /data {newer}-cf - .')} \\\n"
        f"  | {_exec(source, 'new', 'tar -C /data -xpf -', '-i ')}"
    )


def _since(source: Source) -> str:
    return f'"{WORK}/new/{_file(source, "since")}"'


def first_pass(source: Source) -> str:
    """The whole; the time is that of the pod that reads, taken before it begins and kept when run again."""
    stamp = _exec(source, "old", "date -u +%Y-%m-%dT%H:%M:%SZ")
    return f"test -s {_since(source)} || {stamp} > {_since(source)}\n{_pass(source)}"


def second_pass(source: Source) -> str:
    """What was written, or changed its owner or rights, since the first pass began."""
    return _pass(source, f'--newer="$(cat {_since(source)})" ')


def comparison(source: Source) -> str:
    """Lists every file with its checksum at both ends; prints ``equal`` or the differences."""
    program = "'cd /data && find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2'"
    files = [f'"{WORK}/new/{_file(source, f"{c}-sums")}"' for c in _CONTEXTS]
    lines = [
        f"{_exec(source, context, f'sh -c {program}')} > {file}" for context, file in zip(_CONTEXTS, files, strict=True)
    ]
    return "\n".join([*lines, f"diff {' '.join(files)} && echo equal"])


def _retain(claim: Claim) -> str:
    """A new volume takes over the policy of its class, which is Delete."""
    bound = kubectl("new", "get pvc -o jsonpath='{.spec.volumeName}'", named([claim.name]), namespace=claim.namespace)
    shown = kubectl(
        "new", 'get pv "$pv" -o custom-columns=POLICY:.spec.persistentVolumeReclaimPolicy,STATUS:.status.phase'
    )
    return f'pv="$({bound})"\ntest -n "$pv" && {kubectl("new", f"""patch pv "$pv" -p {_RETAIN}""")} \\\n  && {shown}'


def target_place(inventory: Inventory, node: str = "") -> tuple[str, str]:
    """Region of all volumes, and zone of the node, which gets a successor there, or of all; empty where it is open."""
    regions = {v.region for v in inventory.snapshot.volumes if v.region}
    by_node = {n.name: n.zone for n in inventory.nodes if n.zone}
    zones = {by_node[node]} if node in by_node else set(by_node.values())
    return regions.pop() if len(regions) == 1 else "", zones.pop() if len(zones) == 1 else ""


def preparations(sources: Sequence[Source], inventory: Inventory) -> tuple[list[Action], list[Msg]]:
    """Empty claims and the pods at both ends, and what must be filled in before they are applied."""
    actions: list[Action] = []
    notes: list[Msg] = []
    for source in sources:
        if source.claim:
            file = _file(source, "claim.yaml")
            pvc = inventory.bodies(claim_ref(source.claim))
            place = target_place(inventory, source.node)
            made = empty_claim(source.claim, source.volume, place, pvc=pvc)
            notes += (note.text for note in made.notes)
            actions.append(write_manifest(file, manifest_text(made.pvc)))
            if any(note.open for note in made.notes):
                actions.append(do(Where.BASTION, "complete_manifest", file=file))
            actions.append(run(f'{kubectl("new", "apply -f")} "{WORK}/new/{file}"'))
        for context in _CONTEXTS:
            file = _file(source, f"{context}.yaml")
            manifest = _pod(source, context)
            actions.append(write_manifest(file, manifest))
            if FILL_IN in manifest:
                actions.append(do(Where.BASTION, "name_the_node", file=file))
            actions.append(run(f'{kubectl(context, "apply -f")} "{WORK}/new/{file}"'))
        ready = "\n".join(
            kubectl(c, f"wait --for=condition=Ready --timeout=10m pod/{source.name}", namespace=source.namespace)
            for c in _CONTEXTS
        )
        actions.append(run(ready))
        if source.claim:
            actions.append(run(_retain(source.claim)))
    return actions, notes


def removal(sources: Iterable[Source]) -> str:
    """Takes the copying pods away at both ends; a disk is free for the business only without them."""
    return "\n".join(
        f'{kubectl(context, "delete --ignore-not-found -f")} "{WORK}/new/{_file(source, f"{context}.yaml")}"'
        for source in sources
        for context in _CONTEXTS
    )


def whole_copy(sources: Sequence[Source]) -> Minutes:
    """Minutes for everything: volumes may be half empty, and nobody knows how full a directory is."""
    full = sum(s.gibibytes for s in sources) * _MINUTES_PER_GIB
    unknown = sum(not s.gibibytes for s in sources)
    return estimate((10 + round(0.2 * full), 20 + round(full)), (5, 60), unknown)


def changes_copy(sources: Sequence[Source]) -> Minutes:
    """Minutes for what changed since; reading everything for the checksums is the larger part."""
    full = sum(s.gibibytes for s in sources) * _MINUTES_PER_GIB
    return estimate((10 + round(0.1 * full), 20 + round(0.6 * full)), (3, 15), len(sources))


def source_table(sources: Iterable[Source]) -> Table | None:
    return table(
        "claim path capacity node",
        (
            (
                s.label,
                or_dash(s.path or (s.volume and (s.volume.path or s.volume.volume_id))),
                or_dash(s.volume and s.volume.capacity),
                or_dash(s.node),
            )
            for s in sources
        ),
    )


def copy_beforehand(inventory: Inventory) -> Step | None:
    """The long part of every copy, with the business running; None where nothing is copied."""
    sources = [s for chain in inventory.chains for s in sources_of(chain, inventory)]
    if not sources:
        return None
    actions, notes = preparations(sources, inventory)
    return step(
        "storage.precopy",
        PHASE,
        kind=StepKind.MANUAL,
        role=Role.CLUSTER_ENGINEER,
        actions=[do(Where.BASTION, "copy_image"), *actions, *(run(first_pass(s)) for s in sources)],
        verify=[run("\n".join(_exec(s, "new", "du -sk /data") for s in sources)), do(Where.NEW_CLUSTER, "sizes_alike")],
        rollback=[run(removal(sources)), do(Where.NEW_CLUSTER, "empty_claims_may_stay")],
        minutes=whole_copy(sources),
        after=["config.namespaces", "nodes.ready"],
        tables=[source_table(sources)],
        warnings=[*notes, msg("runbook.warning.copy_beforehand")],
        count=len(sources),
        gibibytes=round(sum(s.gibibytes for s in sources)),
    )

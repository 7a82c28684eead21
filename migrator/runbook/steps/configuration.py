"""Namespaces, quotas, rights, ConfigMaps and Secrets: what workloads need before they can start (B.3, H.3, H.4)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from migrator.locale import msg
from migrator.runbook.bundled import notes_of
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import WORK, Context, kubectl, named, short_resource, word
from migrator.runbook.model import Role, Step, StepKind, Table, Where
from migrator.runbook.served import Identity, copies, grouped, identity, is_builtin
from migrator.runbook.steps.base import config_ref, do, estimate, namespace_ref, run, show, step, table
from migrator.snapshot.model import ConfigEntry, KubeObject, ObjectRef

PHASE = "nodes"
LATE_PHASE = "services"

# Made by every cluster itself.
_PRESENT_NAMESPACES = ("default",)
_PRESENT_CLUSTER_ROLES = ("admin", "cluster-admin", "edit", "view")

_ACCESS = ("ServiceAccount", "ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")
_EARLY = ("PriorityClass", "CustomResourceDefinition", "ResourceQuota", "LimitRange")
_WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService")
_PSP = "PodSecurityPolicy"
_SLICE = "EndpointSlice"  # nearly all are made by controllers

# ConfigMaps and Secrets that every cluster makes in each namespace.
_GIVEN_CONFIGS = ("ConfigMap/kube-root-ca.crt", "Secret/default-secret", "Secret/paas.elb")

# Kinds of Kubernetes itself that other steps move, that belong to one cluster only, or that controllers make.
_ELSEWHERE = frozenset(
    (
        *("Namespace", "Node", "PersistentVolume", "PersistentVolumeClaim", "StorageClass", "Service", "Ingress"),
        *("ConfigMap", "Secret", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"),
        *("Job", "CronJob", "Pod", "Endpoints", "Event", "Lease", "ControllerRevision"),
        *("ComponentStatus", "CSINode", "CSIDriver", "VolumeAttachment", "CertificateSigningRequest", "TokenReview"),
        *("NodeMetrics", "PodMetrics", "IngressClass"),
    )
)
# What the CCE API calls an object is none of Kubernetes.
_CCE_KINDS = ("Addon", "AddonCheck", "Cluster", "Labels", "NodePool")


def configuration(inventory: Inventory, objects: Sequence[ObjectRef]) -> list[Step]:
    """Steps before the workloads: namespaces, then those of ``objects`` that workloads need."""
    policies = [o for o in objects if o.kind == _PSP]
    # Where the policies are gone, roles that only allow their use have nothing to allow.
    void = [o for o in objects if _allows_policies(o)] if policies and inventory.target.minor >= 25 else []
    steps = [_namespaces(inventory)]
    if early := [o for o in objects if o.kind in _EARLY]:
        steps.append(_copy(inventory, "config.limits", PHASE, early, ["config.namespaces"]))
    if access := [o for o in objects if o.kind in _ACCESS and o not in void]:
        order = {kind: i for i, kind in enumerate(_ACCESS)}
        steps.append(
            _copy(inventory, "config.access", PHASE, sorted(access, key=lambda r: order[r.kind]), ["config.namespaces"])
        )
    if entries := carried_configs(inventory):
        steps.append(_maps(inventory, entries))
    if policies:
        steps.append(_pod_security(inventory, policies, void))
    return steps


def _allows_policies(ref: ObjectRef) -> bool:
    """Whether the name says that the role or binding is about PodSecurityPolicies: a dump's index has no rules."""
    return ref.kind in _ACCESS[1:] and "psp" in re.split(r"[:.-]", ref.name)


def late_objects(inventory: Inventory, objects: Sequence[ObjectRef], after: Sequence[str]) -> list[Step]:
    """Steps after the workloads: those of ``objects`` that are autoscalers, policies, custom resources, and last the
    webhooks."""
    first = {*_EARLY, *_ACCESS, *_WEBHOOKS, _PSP}
    steps = []
    if late := [o for o in objects if o.kind not in first]:
        steps.append(_copy(inventory, "config.late", LATE_PHASE, late, after))
    if webhooks := [o for o in objects if o.kind in _WEBHOOKS]:
        steps.append(_copy(inventory, "config.webhooks", LATE_PHASE, webhooks, after))
    return steps


def carried_objects(inventory: Inventory) -> list[ObjectRef]:
    """Objects of kinds without a step of their own that belong to the business, each once, in the order of the dump."""
    unique: dict[Identity, ObjectRef] = {}
    by_hand = {m.ref for m in inventory.snapshot.manifests if m.ref.kind == _SLICE}
    for thing in inventory.snapshot.objects:
        if _is_carried(thing, inventory) and (thing.ref.kind != _SLICE or thing.ref in by_hand):
            same = identity(thing.ref)
            # An old server lists some objects under two groups; the one that lives on is taken.
            if same not in unique or unique[same].group == "extensions":
                unique[same] = thing.ref
    return list(unique.values())


def _is_carried(thing: KubeObject, inventory: Inventory) -> bool:
    ref = thing.ref
    if thing.owner or not ref.name or ref.namespace in inventory.system_namespaces:
        return False
    if (
        (ref.kind in _ELSEWHERE and is_builtin(ref))
        or ref.api_version in ("v2", "v3")
        or (ref.kind in _CCE_KINDS and not ref.group)
    ):
        return False
    return not _is_given(ref, inventory)


def _is_given(ref: ObjectRef, inventory: Inventory) -> bool:
    """Whether every cluster makes the object by itself."""
    if ref.name.startswith("system:") or f"{ref.kind}/{ref.name}" in inventory.default_objects:
        return True
    if ref.kind not in ("ClusterRole", "ClusterRoleBinding"):
        return False
    return ref.name in _PRESENT_CLUSTER_ROLES or ref.name in inventory.platform_accounts


def carried_configs(inventory: Inventory) -> list[ConfigEntry]:
    """ConfigMaps and Secrets that the business made; the platform's own and the tokens of accounts stay behind."""
    return [
        c
        for c in inventory.snapshot.configs
        if not c.system
        and c.namespace not in inventory.system_namespaces
        and c.type != "kubernetes.io/service-account-token"
        and f"{c.kind}/{c.name}" not in inventory.default_objects
        and f"{c.kind}/{c.name}" not in _GIVEN_CONFIGS
    ]


def _namespaces(inventory: Inventory) -> Step:
    wanted = [n for n in inventory.namespaces if n not in _PRESENT_NAMESPACES]
    refs = [namespace_ref(n) for n in wanted]
    labels = {n.name: n.labels for n in inventory.snapshot.namespaces}
    return step(
        "config.namespaces",
        PHASE,
        actions=[run(c) for c in copies(refs, inventory)] or [do(Where.NEW_CLUSTER, "only_default")],
        verify=[run(kubectl("new", "get namespaces --show-labels"))],
        rollback=[run(kubectl("new", "delete namespaces --ignore-not-found", named(wanted)))] if wanted else [],
        minutes=estimate((2, 5), (0.1, 0.5), len(wanted)),
        after=["nodes.addons"],
        subjects=[namespace_ref(n.name) for n in inventory.snapshot.namespaces if n.name in inventory.namespaces],
        tables=[
            table(
                "namespace labels",
                ((n, show(f"{k}={v}" for k, v in sorted(labels.get(n, {}).items()))) for n in inventory.namespaces),
            )
        ],
        count=len(inventory.namespaces),
    )


def _maps(inventory: Inventory, entries: list[ConfigEntry]) -> Step:
    refs = [config_ref(e) for e in entries]
    return step(
        "config.maps",
        PHASE,
        actions=[run(command) for command in copies(refs, inventory)],
        verify=[*(run(command) for command in _gets(refs)), run(_missing_keys(inventory))],
        rollback=[run(command) for command in _deletes(refs)],
        minutes=estimate((5, 10), (0.05, 0.3), len(entries)),
        after=["config.namespaces"],
        subjects=refs,
        tables=[_by_namespace(refs)],
        warnings=[
            msg("runbook.warning.platform_secrets"),
            msg("runbook.warning.old_addresses_in_config"),
            *notes_of(refs, inventory.applied),
        ],
        count=len(entries),
    )


def _copy(inventory: Inventory, name: str, phase: str, refs: Sequence[ObjectRef], after: Sequence[str]) -> Step:
    return step(
        name,
        phase,
        actions=[run(command) for command in copies(refs, inventory)],
        verify=[run(command) for command in _gets(refs)],
        rollback=[run(command) for command in _deletes(refs)],
        minutes=estimate((5, 10), (0.05, 0.3), len(refs)),
        after=after,
        subjects=refs,
        tables=[_by_namespace(refs)],
        warnings=notes_of(refs, inventory.applied),
        count=len(refs),
    )


def _pod_security(inventory: Inventory, policies: list[ObjectRef], void: list[ObjectRef]) -> Step:
    """``void``: roles and bindings that are not carried over, as there is nothing left that they could allow."""
    gone = inventory.target.minor >= 25
    name = "config.pod_security" if gone else "config.pod_security_policies"
    labels = [
        kubectl(
            "new",
            "label --overwrite namespace",
            named([n]),
            "pod-security.kubernetes.io/warn=baseline pod-security.kubernetes.io/audit=baseline",
        )
        for n in inventory.namespaces
    ]
    return step(
        name,
        PHASE,
        actions=[do(Where.NEW_CLUSTER, "choose_pod_security"), run("\n".join(labels))]
        if gone
        else [run(c) for c in copies(policies, inventory)],
        verify=[
            run(kubectl("new", "get namespaces --show-labels") if gone else kubectl("new", "get podsecuritypolicies"))
        ],
        rollback=[run("\n".join(label.replace("=baseline", "-").replace("--overwrite ", "") for label in labels))]
        if gone
        else [run(c) for c in _deletes(policies)],
        minutes=estimate((20, 60), (2, 10), len(inventory.namespaces)),
        after=["config.namespaces"],
        subjects=[*policies, *void],
        tables=[_by_namespace([*policies, *void])],
        warnings=[msg("runbook.warning.void_roles", names=[str(r) for r in void])] if void else [],
        role=Role.CLUSTER_ENGINEER,
        kind=StepKind.COMMAND,
        count=len(policies),
    )


# --- commands over many objects ---


def _missing_keys(inventory: Inventory) -> str:
    """Prints ConfigMaps and Secrets of the business whose keys are not all in the new cluster; names of keys only."""
    platform = ", ".join(json.dumps(name) for name in sorted(inventory.system_namespaces))
    given = ", ".join(json.dumps(name) for name in sorted({*inventory.default_objects, *_GIVEN_CONFIGS}))
    program = (
        f".items[] | select(.metadata.namespace | IN({platform}) | not)"
        f' | select("\\(.kind)/\\(.metadata.name)" | IN({given}) | not)'
        ' | select(.type != "kubernetes.io/service-account-token")'
        ' | .metadata as $m | "\\($m.namespace) \\(.kind) \\($m.name) "'
        " + (((.data // {}) + (.binaryData // {}) | keys)[])"
    )
    contexts: tuple[Context, ...] = ("old", "new")
    lines = [
        f"{kubectl(context, 'get configmaps,secrets --all-namespaces -o json')} \\\n"
        f'  | jq -r {word(program)} | LC_ALL=C sort > "{WORK}/keys-{context}.txt"'
        for context in contexts
    ]
    return "\n".join([*lines, f'LC_ALL=C comm -23 "{WORK}/keys-old.txt" "{WORK}/keys-new.txt"'])


def _gets(refs: Iterable[ObjectRef]) -> list[str]:
    return ["\n".join(_each("get", refs, "--no-headers"))]


def _deletes(refs: Iterable[ObjectRef]) -> list[str]:
    return ["\n".join(_each("delete", refs, "--ignore-not-found"))]


def _each(verb: str, refs: Iterable[ObjectRef], option: str) -> Iterable[str]:
    for (namespace, kind, version), names in grouped(refs).items():
        yield kubectl("new", verb, short_resource(kind, version), option, named(names), namespace=namespace)


def _by_namespace(refs: Sequence[ObjectRef]) -> Table | None:
    return table(
        "namespace kind count names",
        ((ns or "—", kind, str(len(names)), show(names)) for (ns, kind, _), names in grouped(refs).items()),
    )

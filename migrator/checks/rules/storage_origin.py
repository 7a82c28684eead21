"""STO001, the course's ST-1: is the storage of the cloud, built by the customer, or a node's disk (B.1, E.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import claim_of, label_of, user_volumes, volume_ref
from migrator.snapshot.model import Provisioning, Section, StorageKind, Volume, Workload

SPEC = CheckSpec(
    code="STO001",
    slug="storage-origin",
    category=Category.STORAGE,
    severity=Severity.WARNING,
    needs=frozenset({Section.VOLUMES, Section.WORKLOADS}),
    each=True,
    course_item="ST-1",
    references=("course",),
)

# Paths that every node has of its own: mounting them reads the node, it stores nothing of the business.
_NODE_FILES = ("/etc/localtime", "/etc/timezone", "/etc/resolv.conf", "/etc/machine-id", "/etc/hostname")
_NODE_TREES = (
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/var/run",
    "/lib/modules",
    "/usr",
    "/boot",
    "/var/log",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/etc/ssl",
    "/etc/pki",
)


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    volumes = list(user_volumes(context))
    yield evidence(SPEC, "total", total=len(volumes))
    kinds = Counter(label_of(v) for v in volumes)
    if kinds:
        yield evidence(SPEC, "kinds", kinds=[f"{kind} {kinds[kind]}" for kind in sorted(kinds)])
        origins = Counter(v.provisioning for v in volumes)
        yield evidence(SPEC, "origins", **{o.value: origins[o] for o in Provisioning})
    for volume in volumes:
        yield from _volume(volume)
    for workload, paths in context.mounts.of("host_path"):
        yield from _paths(workload, paths)
    for workload, shares in context.mounts.of("nfs"):
        yield finding(SPEC, workload.ref, "nfs_mount", shares=shares)


def _volume(volume: Volume) -> Iterator[Yield]:
    subject = volume_ref(volume)
    values: dict[str, Any] = {"storage": volume.storage.value, "label": label_of(volume), "claim": claim_of(volume)}
    if volume.provisioning is Provisioning.UNKNOWN:
        yield unresolved(SPEC, subject, label=label_of(volume))
    elif volume.provisioning is Provisioning.SELF_BUILT:
        yield finding(SPEC, subject, "self_built" if volume.path else "self_built_driver", path=volume.path, **values)
    elif volume.provisioning is Provisioning.NODE_LOCAL:
        yield finding(SPEC, subject, "node_local", path=volume.path, **values)
    elif volume.storage is StorageKind.CLOUD_DISK_OTHER:
        yield finding(SPEC, subject, "other_cloud", **values)


def _paths(workload: Workload, paths: list[str]) -> Iterator[Yield]:
    """Storage that a pod template names directly, without a volume.

    A warning, not a blocker: the data can be copied with the business stopped, and the runbook has a step for it.
    """
    data = [p for p in paths if not _of_the_node(p)]
    if data:
        yield finding(SPEC, workload.ref, "host_path", paths=data)
    if len(data) < len(paths):
        yield finding(
            SPEC, workload.ref, "node_file", severity=Severity.INFO, paths=[p for p in paths if p not in data]
        )


def _of_the_node(path: str) -> bool:
    clean = path.rstrip("/")
    if not clean:  # the root of the node, as agents mount it; a path that is not told stays a matter to look at
        return bool(path)
    return clean in _NODE_FILES or any(clean == tree or clean.startswith(tree + "/") for tree in _NODE_TREES)

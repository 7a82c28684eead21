"""In which API version an object is read from the old cluster and written to the new one (A.0, D.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from migrator.runbook.bundled import apply_commands, split
from migrator.runbook.inventory import Inventory
from migrator.runbook.kubectl import copy_objects, resource, word
from migrator.snapshot.model import ObjectRef

_AUTOSCALER = "HorizontalPodAutoscaler"

Identity = tuple[str, str, str, str]


def is_builtin(ref: ObjectRef) -> bool:
    """Whether Kubernetes itself defines the kind; the name alone does not tell, other groups have a Node or a Job."""
    return _is_group_builtin(ref.api_version)


@cache
def _is_group_builtin(api_version: str) -> bool:
    group = api_version.rpartition("/")[0]
    return group in ("", "apps", "extensions", "batch", "autoscaling", "policy") or group.endswith(".k8s.io")


def identity(ref: ObjectRef) -> Identity:
    """The same object under whichever version or group Kubernetes serves it; custom resources keep their group."""
    return ("" if is_builtin(ref) else ref.group, ref.kind, ref.namespace, ref.name)


def versions(kind: str, api_version: str, inventory: Inventory) -> tuple[str, str]:
    """(version to read, version to write).

    Where the target no longer serves the version of the dump, the old server is asked for the successor if it has it;
    otherwise the object is read as it is and converted on the way.
    """
    if kind == _AUTOSCALER:
        return "autoscaling/v1", "autoscaling/v1"  # served by every version, keeps the newer fields as annotations
    removal = inventory.removals.get((api_version, kind))
    successor = removal.replacement.split(" ")[0] if removal else ""
    if removal is None or not successor:
        return api_version, api_version
    since = removal.replacement_since
    if since is not None and since <= inventory.source.as_minor:
        return successor, successor
    return api_version, successor


def grouped(refs: Iterable[ObjectRef]) -> dict[tuple[str, str, str], list[str]]:
    """(namespace, kind, API version) -> names, in the order of first appearance."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for ref in refs:
        groups[(ref.namespace, ref.kind, ref.api_version)].append(ref.name)
    return groups


def writing(kind: str, minor: int) -> str:
    """How kubectl writes objects of a kind to a cluster of a minor version.

    ``apply`` writes the whole object into an annotation of its own, where a Secret can be read and only 256 KiB fit.
    Server-side apply, on by default from 1.18, does not; before, objects are created.
    """
    if kind not in ("ConfigMap", "Secret", "CustomResourceDefinition"):
        return "apply"
    return "apply --server-side" if minor >= 18 else "create"


def copies(refs: Iterable[ObjectRef], inventory: Inventory) -> list[str]:
    """Commands that carry the objects over: manifests of the bundle are applied; what has none is read from the old
    cluster, with one command for each namespace, kind and version."""
    commands = []
    by_write: dict[str, list[str]] = defaultdict(list)
    rest = []
    for ref in refs:
        files, without = split([ref], inventory.applied)
        by_write[writing(ref.kind, inventory.target.minor)] += files
        rest += without
    for write, files in by_write.items():
        commands += apply_commands(files, inventory.applied, write=write)
    for (namespace, kind, version), names in grouped(rest).items():
        read, write = versions(kind, version, inventory)
        commands.append(
            copy_objects(
                resource(kind, read),
                names,
                program="services.jq" if (kind, version) == ("Service", "v1") else "objects.jq",
                namespace=namespace,
                arguments=f"--arg api {word(write)}" if write != read else "",
                write=writing(kind, inventory.target.minor),
            )
        )
    return commands

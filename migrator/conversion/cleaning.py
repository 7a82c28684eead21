"""Taking out of an object what the old server and its controllers wrote by themselves."""

from __future__ import annotations

from typing import Any

Manifest = dict[str, Any]

_OF_THE_SERVER = (
    *("uid", "resourceVersion", "creationTimestamp", "selfLink", "generation", "managedFields", "ownerReferences"),
    *("finalizers", "deletionTimestamp", "deletionGracePeriodSeconds", "clusterName", "initializers"),
)
_WRITTEN_BY_TOOLS = (
    "kubectl.kubernetes.io/",
    "deployment.kubernetes.io/",
    "deprecated.daemonset.",
    "deprecated.deployment.",
)


def clean(manifest: Manifest) -> None:
    """Without status, identifiers, times and the annotations of tools; changes ``manifest``."""
    manifest.pop("status", None)
    metadata = manifest["metadata"]
    for field in _OF_THE_SERVER:
        metadata.pop(field, None)
    annotations = metadata.get("annotations")
    if annotations:
        metadata["annotations"] = {k: v for k, v in annotations.items() if not k.startswith(_WRITTEN_BY_TOOLS)}
    for field in ("annotations", "labels"):
        if field in metadata and not metadata[field]:
            del metadata[field]

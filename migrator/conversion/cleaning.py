"""Taking out of an object what the old server and its controllers wrote by themselves."""

from __future__ import annotations

import re
from typing import Any

Manifest = dict[str, Any]

OF_THE_SERVER = frozenset(
    (
        *("uid", "resourceVersion", "creationTimestamp", "selfLink", "generation", "managedFields", "ownerReferences"),
        *("finalizers", "deletionTimestamp", "deletionGracePeriodSeconds", "clusterName", "initializers"),
    )
)
_BY_TOOLS = (
    *("kubectl.kubernetes.io/", "deployment.kubernetes.io/", "deprecated.daemonset.", "deprecated.deployment."),
    *("control-plane.alpha.kubernetes.io/", "field.cattle.io/", "endpoints.kubernetes.io/"),
)


def clean(manifest: Manifest) -> None:
    """Without status, identifiers, times and the annotations of tools; changes ``manifest``."""
    manifest.pop("status", None)
    metadata = manifest["metadata"]
    for field in [field for field in metadata if field in OF_THE_SERVER]:
        del metadata[field]
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict):
        for key in [key for key in annotations if key.startswith(_BY_TOOLS)]:
            del annotations[key]
    for field in ("annotations", "labels"):
        if field in metadata and not metadata[field]:
            del metadata[field]


def without_nulls(value: Any) -> Any:
    """The same without what is null, which a server takes for "not set"; an ``enum`` may name null itself."""
    if isinstance(value, dict):
        return {k: v if k == "enum" else without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_nulls(v) for v in value if v is not None]
    return value


def has_text_maps(metadata: Manifest) -> bool:
    """Whether labels and annotations hold texts alone; of custom resources no schema tells."""
    for field in ("labels", "annotations"):
        entries = metadata.get(field)
        if entries is not None and not (
            isinstance(entries, dict) and all(isinstance(value, str) for value in entries.values())
        ):
            return False
    return True


_ODD_KEY = re.compile(r"[-+.]?[0-9][0-9_.eExXoO+-]*|true|false|yes|no|on|off|null|[yn~]|\.inf|\.nan", re.IGNORECASE)
_WORD, _NUMERIC = len("false") + 1, frozenset("-+.0123456789")  # without it no long key is odd


def drop_odd_annotations(metadata: Manifest) -> list[str]:
    """Take out annotations whose keys look like numbers or switches and return the keys: kustomize fails on them."""
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict):
        return []
    odd = [key for key in annotations if (len(key) < _WORD or key[:1] in _NUMERIC) and _ODD_KEY.fullmatch(key)]
    for key in odd:
        del annotations[key]
    if not annotations:
        del metadata["annotations"]
    return sorted(odd)

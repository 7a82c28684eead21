"""The content of objects, kept for checks of a person's own and for the manifests of the new cluster.

Of an object that somebody made, its content without what only the server writes, as canonical JSON, and without
credentials: the values of Secrets are dropped, everything else is masked where reading its facts met a credential.
Kinds of Kubernetes itself have few fields of free text, and the notices look at all of those; of custom resources they
look at every field but the status.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from migrator.snapshot import redaction
from migrator.snapshot.model import Manifest, ObjectRef, Snapshot
from migrator.snapshot.readers import helm
from migrator.snapshot.redaction import LAST_APPLIED
from migrator.snapshot.values import Body, mapping, mappings, metadata, text

# Made anew by the platform or by its controllers all the time, or kept elsewhere as facts.
_NOT_KEPT = frozenset(
    (
        *("Event", "Lease", "ControllerRevision", "PodMetrics", "NodeMetrics", "CSINode", "VolumeAttachment"),
        "ComponentStatus",
    )
)
_OF_THE_SERVER = ("managedFields", "uid", "resourceVersion", "selfLink", "generation")
# What the status of these tells cannot be had from facts; of a Node, less what is long.
_STATUS_KEPT = frozenset(
    (
        *("Namespace", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "APIService"),
        *("PodDisruptionBudget", "Node"),
    )
)
_LONG_IN_STATUS = frozenset(("images", "volumesInUse", "volumesAttached"))
_DATA = {"Secret": ("data", "stringData"), "ConfigMap": ("data", "binaryData")}
# Always gone through.
_NOT_NOTICED = frozenset(("CustomResourceDefinition", "NetworkPolicy", "Endpoints", "EndpointSlice"))
_STATE = re.compile(r"[A-Za-z]{1,40}")  # of anything else, in a word: nobody has looked for credentials in the rest
# Groups that once held one another's kinds: an object stands under several of them, and is one.
FAMILY = frozenset(("apps", "extensions", "batch", "networking.k8s.io", "policy"))


def is_kept(ref: ObjectRef, body: Body) -> bool:
    """Whether somebody may have made the object: the endpoints of a selector and Helm's records nobody did."""
    if ref.kind in _NOT_KEPT or not ref.name:
        return False
    if ref.kind == "Endpoints":
        return not any("targetRef" in a for s in mappings(body.get("subsets")) for a in mappings(s.get("addresses")))
    if ref.kind == "EndpointSlice":
        keeper = text(mapping(metadata(body).get("labels")).get("endpointslice.kubernetes.io/managed-by"))
        return not (
            keeper.endswith("-controller.k8s.io") or any("targetRef" in e for e in mappings(body.get("endpoints")))
        )
    return not (ref.kind in helm.KINDS and helm.written_by(body))


def key_of(ref: ObjectRef) -> tuple[str, str, str, str]:
    """Names the object, whichever group it is told under."""
    return (ref.namespace, ref.kind, ref.name, _family(ref.api_version))


def named_only(snapshot: Snapshot) -> tuple[ObjectRef, ...]:
    """Objects that nobody owns and whose content is not kept, though it would be had the input held it."""
    kept = {(m.ref.namespace, m.ref.kind, m.ref.name) for m in snapshot.manifests}
    free = {
        key: o.ref
        for o in snapshot.objects
        if not o.owner and (key := (o.ref.namespace, o.ref.kind, o.ref.name)) not in kept and key[1] not in _NOT_KEPT
    }
    return tuple(free.values())


def manifest_of(ref: ObjectRef, body: Body, *, has_credentials: bool) -> Manifest | None:
    """The object's content as it may be kept; None for what JSON cannot hold (a number beyond 64 bits).

    Args:
        has_credentials: whether reading the facts of ``body`` met a credential in it.
    """
    content = _content(ref, body)
    try:
        raw = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        if has_credentials or ref.kind in _NOT_NOTICED:
            masked = redaction.mask_tree(content)
            masked["metadata"]["name"] = ref.name  # of an object: no free text, and a manifest is found by it
            raw = orjson.dumps(masked, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, RecursionError):
        return None
    # What orjson wrote keeps the room that it was given to be written in, several times what it needs; a copy does not.
    return Manifest(ref=ref, body=msgspec.Raw(bytes(memoryview(raw))))


def _content(ref: ObjectRef, body: Body) -> dict[str, Any]:
    content = {**body, "apiVersion": ref.api_version, "kind": ref.kind, "metadata": _metadata(metadata(body))}
    for field in _DATA.get(ref.kind, ()):
        if field in content:
            data = mapping(content[field])
            content[field] = dict.fromkeys(data, "") if ref.kind == "Secret" else data
    if "status" in content:
        status = mapping(content.pop("status"))
        if kept := _status(ref.kind, status):
            content["status"] = kept
    return content


def _status(kind: str, status: Body) -> Body:
    if kind in _STATUS_KEPT:
        return {k: v for k, v in status.items() if k not in _LONG_IN_STATUS}
    return {k: v for k in ("phase", "state") if isinstance(v := status.get(k), str) and _STATE.fullmatch(v)}


def _metadata(meta: Body) -> Body:
    kept = meta.copy()
    for field in _OF_THE_SERVER:
        kept.pop(field, None)
    annotations = kept.get("annotations")
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        kept["annotations"] = {k: v for k, v in annotations.items() if k != LAST_APPLIED}
    return kept


@lru_cache(maxsize=1024)
def _family(api_version: str) -> str:
    group = api_version.rpartition("/")[0]
    return "*" if group in FAMILY else group

"""The name of an object, its owner, and the API versions that it was ever written in."""

from __future__ import annotations

import re

import orjson

from migrator.snapshot.model import KubeObject, ObjectRef
from migrator.snapshot.readers import Found
from migrator.snapshot.redaction import LAST_APPLIED
from migrator.snapshot.values import Body, mapping, mappings, metadata, text

# Kinds without a namespace; some published examples give them one, which the server ignores.
CLUSTER_SCOPED = frozenset(
    (
        "Node",
        "PersistentVolume",
        "Namespace",
        "StorageClass",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "PriorityClass",
        "PodSecurityPolicy",
        "APIService",
        "CSIDriver",
        "CSINode",
        "VolumeAttachment",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    )
)

_APPLIED = re.compile(r'^\s*\{\s*"apiVersion"\s*:\s*"([^"\\]{1,120})"')


def reference(found: Found) -> ObjectRef:
    meta = metadata(found.body)
    namespace = "" if found.kind in CLUSTER_SCOPED else text(meta.get("namespace"))
    return ObjectRef(api_version=found.api_version, kind=found.kind, namespace=namespace, name=text(meta.get("name")))


def describe(found: Found, ref: ObjectRef, file: str) -> KubeObject:
    meta = metadata(found.body)
    return KubeObject(
        ref=ref,
        uid=text(meta.get("uid")),
        file=file,
        document=found.document,
        owner=controlling_owner(meta),
        applied_api_version=_applied_api_version(mapping(meta.get("annotations")).get(LAST_APPLIED)),
        managed_api_versions=_managed_api_versions(meta),
    )


def controlling_owner(meta: Body) -> str:
    """``Kind/name`` of the owner that controls the object, empty for a top-level one."""
    for owner in mappings(meta.get("ownerReferences")):
        if owner.get("controller") is True:
            return f"{text(owner.get('kind'))}/{text(owner.get('name'))}"
    return ""


def _applied_api_version(applied: object) -> str:
    if not isinstance(applied, str) or not applied:
        return ""
    found = _APPLIED.match(applied)  # kubectl writes the keys sorted, apiVersion comes first
    if found:
        return found[1]
    try:
        return text(mapping(orjson.loads(applied)).get("apiVersion"))
    except orjson.JSONDecodeError:
        return ""


def _managed_api_versions(meta: Body) -> tuple[str, ...]:
    fields = meta.get("managedFields")
    if not fields:
        return ()
    return tuple(sorted({v for f in mappings(fields) if (v := text(f.get("apiVersion")))}))

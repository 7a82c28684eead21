"""The name of an object, its owner, and the API versions that it was ever written in."""

from __future__ import annotations

import re
from sys import intern

import orjson

from migrator.snapshot.model import KubeObject, ObjectRef
from migrator.snapshot.readers import Found
from migrator.snapshot.readers.kubernetes import is_api_version, is_type
from migrator.snapshot.redaction import LAST_APPLIED, mask_text
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
        "IngressClass",
        "RuntimeClass",
        "FlowSchema",
        "PriorityLevelConfiguration",
        "CertificateSigningRequest",
        "VolumeSnapshotClass",
        "VolumeSnapshotContent",
    )
)

# kubectl writes the keys sorted: apiVersion comes first, and mostly the kind after it.
_APPLIED = re.compile(r'\s*\{\s*"apiVersion"\s*:\s*"([^"\\]{1,253})"\s*,\s*"(\w+)"\s*:\s*(?:"([^"\\]{1,63})")?')


def reference(found: Found) -> ObjectRef:
    meta = metadata(found.body)
    namespace = text(meta.get("namespace"))
    # Other groups have a Node with a namespace (Longhorn).
    if namespace and found.kind in CLUSTER_SCOPED and _is_of_kubernetes(found.api_version):
        namespace = ""
    # Few types and namespaces name many objects: held once, they are compared and hashed much faster.
    return ObjectRef(
        api_version=intern(found.api_version),
        kind=intern(found.kind),
        namespace=intern(namespace),
        name=text(meta.get("name")),
    )


def _is_of_kubernetes(api_version: str) -> bool:
    return "." not in api_version or ".k8s.io/" in api_version


def describe(found: Found, ref: ObjectRef, file: str) -> KubeObject:
    meta = metadata(found.body)
    annotations, fields = meta.get("annotations"), meta.get("managedFields")
    applied_api_version, applied_kind = _applied(annotations, ref) if annotations else ("", "")
    managed, managers = _managed(fields, ref.api_version) if fields else ((), ())
    return KubeObject(
        ref=ref,
        uid=text(meta.get("uid")),
        file=file,
        document=found.document,
        owner=controlling_owner(meta),
        applied_api_version=applied_api_version,
        applied_kind="" if applied_kind == ref.kind else applied_kind,
        managed_api_versions=managed,
        managers=managers,
    )


def controlling_owner(meta: Body) -> str:
    """``Kind/name`` of the owner that controls the object, empty for a top-level one."""
    owner = _controller(meta)
    return f"{text(owner.get('kind'))}/{text(owner.get('name'))}" if owner else ""


def is_operated(meta: Body) -> bool:
    """Whether a custom resource controls the object, so that an operator made it and keeps it as it is."""
    group = text(_controller(meta).get("apiVersion")).rpartition("/")[0]
    return "." in group and not group.endswith((".k8s.io", ".kubernetes.io"))


def _controller(meta: Body) -> Body:
    if "ownerReferences" not in meta:
        return {}
    for owner in mappings(meta["ownerReferences"]):
        if owner.get("controller") is True:
            return owner
    return {}


def _applied(annotations: object, ref: ObjectRef) -> tuple[str, str]:
    """API version and kind of the manifest that was last applied, both empty where there is none."""
    applied = mapping(annotations).get(LAST_APPLIED)
    if not isinstance(applied, str) or not applied:
        return "", ""
    version, kind = _type_in(applied, ref)
    return (version, kind) if is_type(version, kind or ref.kind) else ("", "")


def _type_in(applied: str, ref: ObjectRef) -> tuple[str, str]:
    found = _APPLIED.match(applied)
    if found is not None and found[2] == "kind" and found[3]:
        return found[1], found[3]
    if found is not None and found[2] != "items" and f'"kind":"{ref.kind}"' in applied:
        return found[1], ref.kind  # behind the data of a ConfigMap, which is not worth parsing
    try:
        manifest = mapping(orjson.loads(applied))
    except orjson.JSONDecodeError:
        return "", ""
    named = (i for i in mappings(manifest.get("items")) if metadata(i).get("name") == ref.name)
    manifest = next(named, manifest)
    return text(manifest.get("apiVersion")), text(manifest.get("kind"))


def _managed(fields: object, stored: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The API versions in which fields were written, and by whom where it is not the ``stored`` one."""
    written = {(v, text(f.get("manager"))) for f in mappings(fields) if is_api_version(v := text(f.get("apiVersion")))}
    others = sorted(mask_text(f"{manager} {version}".strip()) for version, manager in written if version != stored)
    return tuple(sorted({version for version, _ in written})), tuple(others)

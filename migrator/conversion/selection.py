"""Which objects of the old cluster the new one gets, and why the others stay behind."""

from __future__ import annotations

from typing import Any

from migrator.catalog.model import Catalog
from migrator.locale import Msg, msg
from migrator.snapshot.model import ObjectRef

# Made by the platform and its controllers all the time, or of the old cluster's own machines.
_OF_THE_CLUSTER = frozenset(
    (
        *("Event", "Lease", "ControllerRevision", "CSINode", "VolumeAttachment", "CSIStorageCapacity", "EndpointSlice"),
        *("ComponentStatus", "CertificateSigningRequest", "PodMetrics", "NodeMetrics", "APIService", "Binding"),
    )
)


def reason_to_leave(ref: ObjectRef, body: dict[str, Any], catalog: Catalog, *, builtin: bool) -> Msg | None:
    """Why the object gets no manifest; None for one that does."""
    if not ref.name:
        return msg("conversion.left.no_name")
    if ref.namespace in catalog.system_namespaces:
        return msg("conversion.left.platform_namespace", namespace=ref.namespace)
    if not builtin:
        return None
    if ref.kind == "Node":
        return msg("conversion.left.node")
    if ref.kind == "Namespace" and ref.name in (*catalog.system_namespaces, "default"):
        return msg("conversion.left.platform_object")
    if catalog.is_platform_object(ref.kind, ref.namespace, ref.name):
        return msg("conversion.left.platform_object")
    if ref.kind in _OF_THE_CLUSTER:
        return msg("conversion.left.runtime", kind=ref.kind)
    if ref.kind == "Secret" and body.get("type") == "kubernetes.io/service-account-token":
        return msg("conversion.left.token")
    return None

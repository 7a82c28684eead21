"""Which objects of the old cluster the new one gets, and why the others stay behind."""

from __future__ import annotations

from migrator.catalog.model import Catalog
from migrator.locale import Msg, msg
from migrator.snapshot.model import ObjectRef

# Made by the platform and its controllers all the time, or of the old cluster's own machines.
_OF_THE_CLUSTER = frozenset(
    (
        *("Event", "Lease", "ControllerRevision", "CSINode", "VolumeAttachment", "CSIStorageCapacity"),
        *("ComponentStatus", "CertificateSigningRequest", "Binding", "StorageVersion", "IPAddress", "ServiceCIDR"),
    )
)
_MEASURED = frozenset(("PodMetrics", "NodeMetrics"))
_PRESENT_NAMESPACES = ("default",)


def reason_to_leave(ref: ObjectRef, catalog: Catalog, *, builtin: bool) -> Msg | None:
    """Why the object gets no manifest; None for one that does, as far as its name tells."""
    if not ref.name:
        return msg("conversion.left.no_name")
    if ref.namespace in catalog.system_namespaces:
        return msg("conversion.left.platform_namespace", namespace=ref.namespace)
    if ref.kind in _MEASURED and ref.group == "metrics.k8s.io":
        return msg("conversion.left.runtime", kind=ref.kind)
    if not builtin:
        return None
    if ref.kind == "Node":
        return msg("conversion.left.node")
    if _is_of_the_platform(ref, catalog):
        return msg("conversion.left.platform_object")
    if ref.kind in _OF_THE_CLUSTER:
        return msg("conversion.left.runtime", kind=ref.kind)
    return None


def _is_of_the_platform(ref: ObjectRef, catalog: Catalog) -> bool:
    if ref.kind == "Namespace":
        return ref.name in (*catalog.system_namespaces, *_PRESENT_NAMESPACES)
    if ref.kind == "PriorityClass":
        return ref.name.startswith("system-")
    if ref.kind == "CSIDriver":
        return ref.name.endswith(".everest.io")
    return catalog.is_platform_object(ref.kind, ref.namespace, ref.name)

"""In which API version a cluster of the target takes each kind (domain facts D.1)."""

from __future__ import annotations

from functools import cache

from migrator.catalog.model import Catalog
from migrator.conversion.schemas import groups, kinds
from migrator.snapshot.model import ObjectRef
from migrator.versions import Version

_APPS = (("apps/v1", 9),)
_RBAC = (("rbac.authorization.k8s.io/v1", 8),)
_FLOW = tuple(
    (f"flowcontrol.apiserver.k8s.io/{v}", since)
    for v, since in (("v1", 29), ("v1beta3", 26), ("v1beta2", 23), ("v1beta1", 20))
)
_ADMISSION = (("admissionregistration.k8s.io/v1", 16), ("admissionregistration.k8s.io/v1beta1", 9))
_STORAGE = (("storage.k8s.io/v1", 6),)
_SNAPSHOT = (("snapshot.storage.k8s.io/v1", 20), ("snapshot.storage.k8s.io/v1beta1", 17))
SNAPSHOTS = "snapshot.storage.k8s.io"

# The best version first, each with the minor that began to serve it.
_BEST: dict[str, tuple[tuple[str, int], ...]] = {
    **dict.fromkeys(("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"), _APPS),
    **dict.fromkeys(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"), _RBAC),
    **dict.fromkeys(("FlowSchema", "PriorityLevelConfiguration"), _FLOW),
    **dict.fromkeys(("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"), _ADMISSION),
    **dict.fromkeys(("VolumeSnapshot", "VolumeSnapshotClass", "VolumeSnapshotContent"), _SNAPSHOT),
    "StorageClass": _STORAGE,
    "Job": (("batch/v1", 5),),
    "CronJob": (("batch/v1", 21), ("batch/v1beta1", 8)),
    "EndpointSlice": (("discovery.k8s.io/v1", 21), ("discovery.k8s.io/v1beta1", 17)),
    "CSIDriver": (("storage.k8s.io/v1", 18), ("storage.k8s.io/v1beta1", 14)),
    "CustomResourceDefinition": (("apiextensions.k8s.io/v1", 16), ("apiextensions.k8s.io/v1beta1", 7)),
    "APIService": (("apiregistration.k8s.io/v1", 10),),
    "HorizontalPodAutoscaler": (("autoscaling/v2", 23), ("autoscaling/v2beta2", 12)),
    "Ingress": (("networking.k8s.io/v1", 19), ("networking.k8s.io/v1beta1", 14)),
    "IngressClass": (("networking.k8s.io/v1", 19), ("networking.k8s.io/v1beta1", 18)),
    "NetworkPolicy": (("networking.k8s.io/v1", 8),),
    "PodDisruptionBudget": (("policy/v1", 21), ("policy/v1beta1", 5)),
    "PodSecurityPolicy": (("policy/v1beta1", 10),),
    "PriorityClass": (("scheduling.k8s.io/v1", 14),),
    "RuntimeClass": (("node.k8s.io/v1", 20), ("node.k8s.io/v1beta1", 14)),
}
_MOVED = frozenset(("extensions", "apps", "batch", "autoscaling", "policy"))


def is_builtin(ref: ObjectRef) -> bool:
    """Whether Kubernetes itself defines the kind; the name alone does not tell, other groups have a Node or a Job."""
    return _is_builtin(ref.api_version)


@cache
def _is_builtin(api_version: str) -> bool:
    group = api_version.rpartition("/")[0]
    return group in groups() or group == "extensions"


class Served:
    """What one target serves."""

    def __init__(self, catalog: Catalog, target: Version) -> None:
        self._catalog, self._target = catalog, target
        self._kinds = kinds(target.minor)
        self._found: dict[tuple[str, str], str] = {}

    def version(self, api_version: str, kind: str) -> str:
        """The API version to write an object of that type in; empty where the target has nothing for it."""
        key = (api_version, kind)
        if key not in self._found:
            self._found[key] = self._best(api_version, kind)
        return self._found[key]

    def _best(self, api_version: str, kind: str) -> str:
        for version, since in _BEST.get(kind, ()):
            if since <= self._target.minor and not self.is_removed(version, kind):
                return version
        if kind in _BEST:
            return ""
        if f"{api_version}/{kind}" in self._kinds and not self.is_removed(api_version, kind):
            return api_version
        removal = self._catalog.removal_of(api_version, kind)
        successor = self._catalog.replacement_at(removal, self._target).split(" ")[0] if removal else ""
        if f"{successor}/{kind}" in self._kinds:
            return successor
        group = api_version.rpartition("/")[0]
        same = [k.rpartition("/")[0] for k in self._kinds if k.startswith(f"{group}/") and k.endswith(f"/{kind}")]
        return min(same, key=lambda v: ("alpha" in v, "beta" in v, v)) if group and same else ""

    def is_gone(self, api: str) -> bool:
        """Whether ``group/version``, of a group of Kubernetes itself, is nothing that the target serves."""
        group = api.partition("/")[0]
        if not group or "*" in api or not (group in groups() or group == "extensions"):
            return False
        return not any(k.startswith(f"{api}/") for k in self._kinds)

    def is_removed(self, api_version: str, kind: str) -> bool:
        """Whether the target no longer serves the kind in that version."""
        removal = self._catalog.removal_of(api_version, kind)
        return removal is not None and removal.removed_in <= self._target.as_minor

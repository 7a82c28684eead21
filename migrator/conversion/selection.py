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
# Questions to an API server and actions on other objects: nothing keeps them, and ``kubectl apply`` fails on them.
_REQUESTS = frozenset(
    (
        *("TokenReview", "TokenRequest", "SubjectAccessReview", "LocalSubjectAccessReview", "SelfSubjectAccessReview"),
        *("SelfSubjectRulesReview", "SelfSubjectReview", "ImageReview", "Eviction", "Scale", "DeploymentRollback"),
    )
)
# Files of configuration that look like objects: of kustomize, kubeadm, kind and Kubernetes' own programs.
_GROUPS_OF_FILES = frozenset(
    (
        *("kustomize.config.k8s.io", "kubeadm.k8s.io", "kubelet.config.k8s.io", "kubeproxy.config.k8s.io"),
        *("kubescheduler.config.k8s.io", "apiserver.config.k8s.io", "audit.k8s.io", "kind.x-k8s.io"),
        "client.authentication.k8s.io",
    )
)
_MEASURED = frozenset(("PodMetrics", "NodeMetrics"))
_PRESENT_NAMESPACES = ("default",)


def is_file(ref: ObjectRef) -> bool:
    """Whether it is a file that a program reads, and nothing that a cluster keeps."""
    return ref.group in _GROUPS_OF_FILES


class Selection:
    """Chooses by what the catalogue says of the platform's own objects."""

    def __init__(self, catalog: Catalog) -> None:
        self._of_the_platform = frozenset(catalog.platform_objects)
        self.system_namespaces = frozenset(catalog.system_namespaces)

    def reason_to_leave(self, ref: ObjectRef, *, builtin: bool) -> Msg | None:
        """Why the object gets no manifest; None for one that does, as far as its name tells."""
        kind = ref.kind
        if is_file(ref):
            return msg("conversion.left.file", kind=kind)
        if not ref.name:
            return msg("conversion.left.no_name")
        if ref.namespace in self.system_namespaces:
            return msg("conversion.left.platform_namespace", namespace=ref.namespace)
        if kind in _MEASURED and ref.group == "metrics.k8s.io":
            return msg("conversion.left.runtime", kind=kind)
        if not builtin:
            return None
        if kind == "Node":
            return msg("conversion.left.node")
        if self._is_of_the_platform(ref):
            return msg("conversion.left.platform_object")
        if kind in _REQUESTS:
            return msg("conversion.left.request", kind=kind)
        if kind in _OF_THE_CLUSTER:
            return msg("conversion.left.runtime", kind=kind)
        return None

    def _is_of_the_platform(self, ref: ObjectRef) -> bool:
        kind, name = ref.kind, ref.name
        if kind == "Namespace":
            return name in self.system_namespaces or name in _PRESENT_NAMESPACES
        if kind == "PriorityClass":
            return name.startswith("system-")
        if kind == "CSIDriver":
            return name.endswith(".everest.io")
        own = self._of_the_platform
        return f"{kind}/{name}" in own or f"{kind}/{ref.namespace}/{name}" in own

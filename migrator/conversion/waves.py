"""The order in which a new cluster takes objects: one folder for each wave."""

from __future__ import annotations

CLUSTER, ACCESS, CONFIGURATION, STORAGE = "10-cluster", "20-access", "30-configuration", "40-storage"
WORKLOADS, ONCE, SERVICES, LATE = "50-workloads", "55-once", "60-services", "70-late"
INVALID = "90-invalid"  # no wave: what the target refuses, for a person; no kustomization names it

WAVES = (CLUSTER, ACCESS, CONFIGURATION, STORAGE, WORKLOADS, ONCE, SERVICES, LATE)

_KINDS = {
    CLUSTER: (
        *("Namespace", "CustomResourceDefinition", "PriorityClass", "RuntimeClass", "StorageClass", "CSIDriver"),
        *("ResourceQuota", "LimitRange", "IngressClass", "VolumeSnapshotClass"),
    ),
    ACCESS: ("ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"),
    CONFIGURATION: ("ConfigMap", "Secret", "PodTemplate"),
    STORAGE: ("PersistentVolume", "PersistentVolumeClaim"),
    # Those that can stand still until somebody lets them run; a DaemonSet runs at once and does no business.
    WORKLOADS: ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "CronJob"),
    ONCE: ("Job", "Pod"),  # run as soon as they are applied
    SERVICES: ("Service", "Endpoints", "EndpointSlice", "Ingress"),
}
_OF_KIND = {kind: wave for wave, kinds in _KINDS.items() for kind in kinds}


def wave_of(kind: str, *, builtin: bool) -> str:
    """The wave of a kind; custom resources come last, when what serves them runs."""
    return _OF_KIND.get(kind, LATE) if builtin or kind == "VolumeSnapshotClass" else LATE

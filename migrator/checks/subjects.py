"""The names by which findings speak of the facts of a snapshot, and the groups of facts that several checks look at.

Kubernetes objects go by their own names; what only the CCE API knows is ``v3``; records that a person keeps in this
product (an address in a whitelist, a node setting) have no API version.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.spec import CheckContext
from migrator.snapshot.model import (
    AddOn,
    AddressUse,
    Claim,
    HelmRelease,
    Node,
    NodePool,
    ObjectRef,
    Pod,
    Service,
    Snapshot,
    StorageKind,
    Volume,
)
from migrator.snapshot.node_settings import SharedSetting

# Names of storage as engineers of both languages write them; ``label_of`` falls back on the driver.
_STORAGE_LABELS = {
    StorageKind.EVS: "EVS",
    StorageKind.SFS: "SFS",
    StorageKind.OBS: "OBS",
    StorageKind.SFS_TURBO: "SFS Turbo",
    StorageKind.NFS: "NFS",
    StorageKind.HOST_PATH: "hostPath",
    StorageKind.LOCAL: "local",
}


def cluster_ref(snapshot: Snapshot) -> ObjectRef:
    return ObjectRef(api_version="v3", kind="Cluster", name=snapshot.cluster.name)


def node_ref(node: Node) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="Node", name=node.name)


def pool_ref(pool: NodePool) -> ObjectRef:
    return ObjectRef(api_version="v3", kind="NodePool", name=pool.name)


def pod_ref(pod: Pod) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="Pod", namespace=pod.namespace, name=pod.name)


def volume_ref(volume: Volume) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="PersistentVolume", name=volume.name)


def claim_ref(namespace: str, name: str) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="PersistentVolumeClaim", namespace=namespace, name=name)


def service_ref(service: Service) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="Service", namespace=service.namespace, name=service.name)


def namespace_ref(name: str) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="Namespace", name=name)


def corefile_ref() -> ObjectRef:
    return ObjectRef(api_version="v1", kind="ConfigMap", namespace="kube-system", name="coredns")


def address_use_ref(use: AddressUse) -> ObjectRef:
    return ObjectRef(api_version="", kind="AddressUse", name=f"{use.address} @ {use.location}")


def release_ref(release: HelmRelease) -> ObjectRef:
    """All revisions of a Helm release."""
    return ObjectRef(api_version="", kind="HelmRelease", namespace=release.namespace, name=release.name)


def node_setting_ref(setting: SharedSetting) -> ObjectRef:
    """The setting by its node; of several nodes by its value: then the name stays when one more node has it."""
    what = f"{setting.category} {setting.key}"
    name = f"{setting.nodes[0]}: {what}" if len(setting.nodes) == 1 else f"{what} = {setting.value}"
    return ObjectRef(api_version="", kind="NodeSetting", name=name)


def label_of(volume: Volume) -> str:
    """What the volume is made of, in a word that needs no translation."""
    return _STORAGE_LABELS.get(volume.storage) or volume.driver or volume.storage.value


def claim_of(volume: Volume) -> str:
    """``namespace/name`` of the claim that the volume is bound to, a dash where there is none."""
    return f"{volume.claim_namespace}/{volume.claim_name}" if volume.claim_name else "—"


def user_volumes(context: CheckContext) -> Iterator[Volume]:
    """The volumes of the business: not those claimed by the platform's own namespaces, which the new cluster brings."""
    system = context.system_namespaces
    return (v for v in context.snapshot.volumes if v.claim_namespace not in system)


def user_claims(context: CheckContext) -> Iterator[Claim]:
    return (c for c in context.snapshot.claims if not c.system)


def user_services(context: CheckContext) -> Iterator[Service]:
    return (s for s in context.snapshot.services if not s.system)


def addon_ref(addon: AddOn) -> ObjectRef:
    return ObjectRef(api_version="v3", kind="Addon", name=addon.name)

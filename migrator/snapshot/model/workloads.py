"""What runs: workloads and pods."""

from __future__ import annotations

from functools import cached_property

from migrator.snapshot.model.base import Fact, ObjectRef


class Mount(Fact, frozen=True, kw_only=True):
    """One entry of a pod template's ``volumes``: what kind and which object or path it refers to."""

    name: str
    kind: str  # "claim" | "host_path" | "empty_dir" | "config_map" | "secret" | "nfs" | "flex" | "csi" | "other"
    target: str = ""  # claim, ConfigMap or Secret name, host path, "server:/path", driver


class ClaimTemplate(Fact, frozen=True, kw_only=True):
    name: str
    storage_class: str = ""
    access_modes: tuple[str, ...] = ()
    request: str = ""


class HostPort(Fact, frozen=True, kw_only=True):
    container: str
    port: int
    protocol: str = "TCP"


class Workload(Fact, frozen=True, kw_only=True, dict=True):
    """A top-level Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob or bare Pod.

    Objects with a controlling owner (the ReplicaSets of a Deployment, the Pods of anything) are not workloads, except
    that what an operator made for a custom resource is kept with its ``owner``, Pods left out.
    """

    ref: ObjectRef
    replicas: int | None = None  # desired; None for kinds without the field
    ready: int | None = None
    images: tuple[str, ...] = ()  # of init and ordinary containers, sorted, unique
    labels: dict[str, str] = {}  # of the pod template
    node_selector: dict[str, str] = {}
    mounts: tuple[Mount, ...] = ()
    claim_templates: tuple[ClaimTemplate, ...] = ()
    service_name: str = ""  # of a StatefulSet
    host_network: bool = False
    host_ports: tuple[HostPort, ...] = ()
    sysctls: dict[str, str] = {}
    privileged: bool = False
    has_selector: bool = True
    suspended: bool = False
    schedule: str = ""
    system: bool = False  # of kube-system or another namespace that the platform makes: not migrated (H.4)
    owner: str = ""  # "Prometheus/k8s": the custom resource for which an operator makes it, and would make it again
    platform_part: str = ""  # of a system workload: the add-on or component that it is; empty for one of somebody's own

    @cached_property
    def key(self) -> str:
        """``namespace/Kind/name``, unique in a snapshot."""
        return f"{self.ref.namespace}/{self.ref.kind}/{self.ref.name}"


class Pod(Fact, frozen=True, kw_only=True):
    namespace: str
    name: str
    phase: str = ""
    ready: bool | None = None
    node: str = ""
    owner: str = ""
    waiting_reason: str = ""  # e.g. CrashLoopBackOff
    system: bool = False
    claims: tuple[str, ...] = ()  # that it mounts, also those made for it alone

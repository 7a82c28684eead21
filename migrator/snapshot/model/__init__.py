"""What one cluster was at one time, as typed facts; the whole is ``Snapshot``, its parts have a module each."""

from __future__ import annotations

from migrator.snapshot.model.base import Fact, ObjectRef
from migrator.snapshot.model.network import AddressUse, Ingress, IngressRoute, LoadBalancerKind, Service, ServicePort
from migrator.snapshot.model.nodes import (
    AUTHENTICATING_PROXY,
    AddOn,
    ClusterFacts,
    Namespace,
    Node,
    NodeCoverage,
    NodeKind,
    NodePool,
    NodeSetting,
    NodeState,
    Taint,
)
from migrator.snapshot.model.objects import (
    ApiUse,
    ApiUseSource,
    ConfigEntry,
    HelmRelease,
    KubeObject,
    Manifest,
    SecretNotice,
)
from migrator.snapshot.model.reading import Coverage, CoverageState, InputProblem, InputReport, Section
from migrator.snapshot.model.snapshot import SCHEMA_VERSION, Snapshot
from migrator.snapshot.model.storage import Claim, OutageClass, Provisioning, StorageClass, StorageKind, Volume
from migrator.snapshot.model.workloads import ClaimTemplate, HostPort, Mount, Pod, Workload

__all__ = (
    "AUTHENTICATING_PROXY",
    "SCHEMA_VERSION",
    "AddOn",
    "AddressUse",
    "ApiUse",
    "ApiUseSource",
    "Claim",
    "ClaimTemplate",
    "ClusterFacts",
    "ConfigEntry",
    "Coverage",
    "CoverageState",
    "Fact",
    "HelmRelease",
    "HostPort",
    "Ingress",
    "IngressRoute",
    "InputProblem",
    "InputReport",
    "KubeObject",
    "LoadBalancerKind",
    "Manifest",
    "Mount",
    "Namespace",
    "Node",
    "NodeCoverage",
    "NodeKind",
    "NodePool",
    "NodeSetting",
    "NodeState",
    "ObjectRef",
    "OutageClass",
    "Pod",
    "Provisioning",
    "SecretNotice",
    "Section",
    "Service",
    "ServicePort",
    "Snapshot",
    "StorageClass",
    "StorageKind",
    "Taint",
    "Volume",
    "Workload",
)

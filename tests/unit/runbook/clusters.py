"""Small clusters written by hand, and the verdicts that the compiler needs with them."""

from __future__ import annotations

from typing import Any

import msgspec

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import HopRule, Mode, Rollback, Start
from migrator.checks.spec import CheckResult, Readiness
from migrator.locale import msg
from migrator.paths.model import PathResult, Strategy, StrategyChoice
from migrator.runbook.compiler import compile_playbook
from migrator.runbook.model import Playbook, Runbook, Step
from migrator.snapshot.model import (
    AddressUse,
    Claim,
    ClaimTemplate,
    ClusterFacts,
    ConfigEntry,
    Ingress,
    IngressRoute,
    InputReport,
    KubeObject,
    LoadBalancerKind,
    Mount,
    Namespace,
    Node,
    NodeKind,
    NodeSetting,
    ObjectRef,
    OutageClass,
    Provisioning,
    Service,
    ServicePort,
    Snapshot,
    StorageKind,
    Volume,
    Workload,
)
from migrator.versions import Minor, Version


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    source: Version
    target: Version
    path: PathResult
    choice: StrategyChoice
    profile: str = "ctyun"
    results: tuple[CheckResult, ...] = ()
    readiness: Readiness = Readiness.INCOMPLETE
    snapshot_digest: str = "sha256:s"
    catalog_digest: str = "sha256:c"
    ruleset_digest: str = "sha256:r"
    waivers: tuple[Any, ...] = ()


def verdict(
    strategy: Strategy,
    *,
    source: str = "v1.13.10-r0",
    target: str = "v1.25",
    hops: tuple[HopRule, ...] = (),
    results: tuple[CheckResult, ...] = (),
) -> Verdict:
    old, new = Version.parse(source), Version.parse(target)
    path = PathResult(source=old, target=new, profile="ctyun", found=bool(hops), hops=hops)
    choice = StrategyChoice(strategy=strategy, recommended=strategy, reasons=(msg("appendix.empty"),))
    return Verdict(source=old, target=new, path=path, choice=choice, results=results)


def hop(
    source: str,
    target: str,
    *,
    mode: Mode = Mode.ROLLING,
    rollback: Rollback = Rollback.NONE,
    start: Start = Start.CONSOLE,
) -> HopRule:
    return HopRule(
        source=Minor.parse(source),
        target=Minor.parse(target),
        modes=(mode,),
        start=start,
        rollback=rollback,
        minutes=(20, 40),
        minutes_per_node=(3, 10),
        sources=("course",),
    )


def migrate(snapshot: Snapshot, **values: object) -> Runbook:
    return compile_playbook(snapshot, verdict(Strategy.MIGRATE, **values), shipped_catalog())


def upgrade(snapshot: Snapshot, *hops: HopRule, **values: object) -> Runbook:
    given = verdict(Strategy.UPGRADE, target=str(hops[-1].target) if hops else "v1.13.11-r1", hops=hops, **values)
    return compile_playbook(snapshot, given, shipped_catalog())


def beside(snapshot: Snapshot, playbook: Playbook, **values: object) -> Runbook:
    """A playbook that no strategy leads to."""
    return compile_playbook(snapshot, verdict(Strategy.MIGRATE, **values), shipped_catalog(), playbook)


def steps_of(runbook: Runbook) -> list[Step]:
    return [step for phase in runbook.phases for step in phase.steps]


def by_key(runbook: Runbook) -> dict[str, Step]:
    return {step.key: step for step in steps_of(runbook)}


def commands(step: Step) -> str:
    return "\n".join(a.command for a in (*step.actions, *step.verify, *step.rollback) if a.command)


# --- objects ---


def workload(kind: str, namespace: str, name: str, **values: object) -> Workload:
    api = {"CronJob": "batch/v1beta1", "Job": "batch/v1", "Pod": "v1"}.get(kind, "apps/v1")
    fixed: dict[str, object] = {"labels": {"app": name}, "images": (f"registry.example.com/{name}:1",)}
    if kind not in ("CronJob", "Job", "Pod", "DaemonSet"):
        fixed["replicas"] = 2
    ref = ObjectRef(api_version=api, kind=kind, namespace=namespace, name=name)
    return Workload(ref=ref, **{**fixed, **values})  # type: ignore[arg-type]


def disk(name: str, claim: str, **values: object) -> Volume:
    namespace, _, claim_name = claim.partition("/")
    fixed = {
        "storage": StorageKind.EVS,
        "provisioning": Provisioning.CLOUD,
        "outage": OutageClass.OUTAGE,
        "volume_id": f"id-of-{name}",
        "attributes": {"disk-mode": "SCSI"},
        "capacity": "10Gi",
        "access_modes": ("ReadWriteOnce",),
        "reclaim_policy": "Delete",
        "storage_class": "sas",
        "region": "region-1",
        "zone": "az-1",
        "claim_namespace": namespace,
        "claim_name": claim_name,
    }
    return Volume(name=name, **{**fixed, **values})  # type: ignore[arg-type]


def share(name: str, claim: str, **values: object) -> Volume:
    fixed = {
        "storage": StorageKind.SFS,
        "outage": OutageClass.NONE,
        "attributes": {"deviceMountPath": "sfs.example.com:/share"},
        "access_modes": ("ReadWriteMany",),
        "storage_class": "nfs-rw",
    }
    return disk(name, claim, **{**fixed, **values})


def claim(name: str, volume: str, *mounted_by: str, **values: object) -> Claim:
    namespace, _, short = name.partition("/")
    return Claim(namespace=namespace, name=short, volume=volume, mounted_by=mounted_by, request="10Gi", **values)  # type: ignore[arg-type]


def mount(target: str, kind: str = "claim") -> Mount:
    return Mount(name="data", kind=kind, target=target)


def service(namespace: str, name: str, **values: object) -> Service:
    fixed: dict[str, object] = {"ports": (ServicePort(port=80),), "selector": {"app": name}, "cluster_ip": "10.247.0.9"}
    return Service(namespace=namespace, name=name, **{**fixed, **values})  # type: ignore[arg-type]


def shop() -> Snapshot:
    """Two namespaces with every kind of storage, entry and workload, and a platform namespace beside them."""
    return Snapshot(
        cluster=ClusterFacts(
            name="old-shop",
            version=Version.parse("v1.13.10-r0"),
            type="VirtualMachine",
            flavor="cce.s2.small",
            network_mode="vpc-router",
            container_cidr="172.16.0.0/16",
            billing="pay_per_use",
            corefile=".:53 {\n    proxy . /etc/resolv.conf\n}\n",
        ),
        nodes=(
            Node(
                name="node-1",
                kind=NodeKind.VIRTUAL_MACHINE,
                private_ips=("192.168.0.11",),
                eips=("203.0.113.7",),
                flavor="s6.large.2",
                zone="az-1",
                labels={"tier": "web", "kubernetes.io/os": "linux"},
            ),
            Node(
                name="node-2",
                kind=NodeKind.BARE_METAL,
                private_ips=("192.168.0.12",),
                flavor="physical.s4",
                zone="az-2",
            ),
        ),
        namespaces=(Namespace(name="ops"), Namespace(name="shop", labels={"team": "shop"})),
        workloads=(
            workload("Deployment", "kube-system", "coredns", system=True),
            workload("CronJob", "ops", "report", schedule="0 3 * * *"),
            workload("DaemonSet", "ops", "agent", mounts=(mount("/var/log", "host_path"),)),
            workload("Deployment", "ops", "files", mounts=(mount("/data/files", "host_path"),), replicas=1),
            workload("Job", "ops", "load-once"),
            workload("Deployment", "shop", "uploads", mounts=(mount("uploads"),)),
            workload("Deployment", "shop", "web"),
            workload("Pod", "shop", "lonely"),
            workload(
                "StatefulSet",
                "shop",
                "db",
                replicas=1,
                service_name="db",
                claim_templates=(ClaimTemplate(name="data", storage_class="sas", request="10Gi"),),
            ),
        ),
        volumes=(
            disk("pv-db", "shop/data-db-0"),
            share("pv-uploads", "shop/uploads"),
            disk("pv-unbound", "", phase="Available"),
            disk("pv-lost", "shop/not-in-the-dump"),
            disk("pv-unmounted", "shop/unmounted"),
        ),
        claims=(
            claim("shop/data-db-0", "pv-db", "shop/StatefulSet/db"),
            claim("shop/pending", ""),
            claim("shop/unmounted", "pv-unmounted"),
            claim("shop/uploads", "pv-uploads", "shop/Deployment/uploads"),
        ),
        services=(
            service("default", "kubernetes", selector={}),
            service("ops", "outside", selector={}, type="ClusterIP"),
            service("shop", "db", cluster_ip="None"),
            service(
                "shop",
                "db-public",
                selector={"app": "db"},
                type="LoadBalancer",
                load_balancer=LoadBalancerKind.CLASSIC,
                load_balancer_id="elb-1",
                addresses=("203.0.113.9",),
            ),
            service("shop", "web", type="NodePort", ports=(ServicePort(port=80, node_port=30080),)),
        ),
        ingresses=(
            Ingress(
                ref=ObjectRef(api_version="extensions/v1beta1", kind="Ingress", namespace="shop", name="mall"),
                ingress_class="cce",
                routes=(IngressRoute(host="mall.example.com", path="/", service="web", port="80"),),
                tls_secrets=("mall-tls",),
                load_balancer=LoadBalancerKind.CLASSIC,
                load_balancer_id="elb-1",
                addresses=("203.0.113.9",),
            ),
        ),
        configs=(
            ConfigEntry(namespace="shop", name="app-config", keys=("db.host",)),
            ConfigEntry(namespace="shop", name="default-secret", kind="Secret", type="kubernetes.io/dockerconfigjson"),
            ConfigEntry(namespace="shop", name="mall-tls", kind="Secret", type="IngressTLS", keys=("tls.key",)),
        ),
        address_uses=(AddressUse(address="192.168.0.11", location="ConfigMap shop/app-config: db.host"),),
        node_settings=(
            NodeSetting(node="*", category="sysctl", key="vm.max_map_count", value="262144"),
            NodeSetting(node="node-1", category="limits", key="nofile", value="1048576"),
        ),
        objects=(
            KubeObject(ref=ObjectRef(api_version="policy/v1beta1", kind="PodSecurityPolicy", name="tight")),
            KubeObject(
                ref=ObjectRef(api_version="policy/v1beta1", kind="PodDisruptionBudget", namespace="shop", name="web")
            ),
            KubeObject(
                ref=ObjectRef(api_version="longhorn.io/v1beta1", kind="Node", namespace="shop", name="disk-box")
            ),
            KubeObject(
                ref=ObjectRef(api_version="extensions/v1beta1", kind="NetworkPolicy", namespace="shop", name="db")
            ),
            KubeObject(
                ref=ObjectRef(api_version="networking.k8s.io/v1", kind="NetworkPolicy", namespace="shop", name="db")
            ),
            KubeObject(ref=ObjectRef(api_version="v1", kind="ServiceAccount", namespace="shop", name="web")),
            KubeObject(ref=ObjectRef(api_version="v1", kind="ServiceAccount", namespace="shop", name="default")),
            KubeObject(
                ref=ObjectRef(api_version="apps/v1", kind="ReplicaSet", namespace="shop", name="web-5d9"),
                owner="Deployment/web",
            ),
        ),
        inputs=(InputReport(file="all.yaml", objects=40, format="kubernetes"),),
    )


def without_bare_metal(snapshot: Snapshot) -> Snapshot:
    nodes = tuple(msgspec.structs.replace(n, kind=NodeKind.VIRTUAL_MACHINE) for n in snapshot.nodes)
    return msgspec.structs.replace(snapshot, nodes=nodes)


def on_flex_volume() -> Snapshot:
    """The shop with all its cloud storage on FlexVolume."""
    given = without_bare_metal(shop())
    volumes = tuple(msgspec.structs.replace(v, flex_volume=True, driver="huawei.com/fuxivol") for v in given.volumes)
    return msgspec.structs.replace(given, volumes=volumes)


def empty() -> Snapshot:
    return Snapshot()

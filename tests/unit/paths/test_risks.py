"""Known risks hang on the hops that they speak of, and their conditions never guess."""

from __future__ import annotations

import msgspec
import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import RiskKind
from migrator.engine import Request, find_route
from migrator.paths.conditions import CONDITIONS
from migrator.paths.model import Concern, HopRisk
from migrator.snapshot.model import (
    AddOn,
    ClusterFacts,
    Coverage,
    Ingress,
    KubeObject,
    LoadBalancerKind,
    Manifest,
    Node,
    NodeKind,
    NodePool,
    NodeSetting,
    ObjectRef,
    Section,
    Service,
    Snapshot,
    StorageKind,
    Volume,
    Workload,
)
from migrator.versions import Version

CATALOG = shipped_catalog()
KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "PodSecurityPolicy")
ALL_READ = tuple(Coverage(section=s, read=True, kinds=KINDS if s is Section.OBJECTS else ()) for s in Section)
WEB = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="shop", name="web")


def cluster(version: str = "", **facts: object) -> Snapshot:
    """A cluster of which everything was read, with these facts of it or of its sections."""
    own = {k: v for k, v in facts.items() if k in ClusterFacts.__struct_fields__}
    rest = {k: v for k, v in facts.items() if k not in own}
    known = Version.parse(version) if version else None
    return Snapshot(cluster=ClusterFacts(version=known, **own), coverage=ALL_READ, **rest)  # type: ignore[arg-type]


def risks(snapshot: Snapshot, source: str, target: str, profile: str) -> dict[str, HopRisk]:
    request = Request(source=source, target=target, profile=profile)
    return {r.risk.name: r for r in find_route(snapshot, request).path.risks}


def node(**facts: object) -> Snapshot:
    return cluster(nodes=(Node(name="n1", **facts), Node(name="n2", **facts)))  # type: ignore[arg-type]


def pod(spec: dict[str, object]) -> Snapshot:
    body = msgspec.Raw(msgspec.json.encode({"spec": {"template": {"spec": spec}}}))
    return cluster(workloads=(Workload(ref=WEB),), manifests=(Manifest(ref=WEB, body=body),))


def exec_probe(**more: int) -> Snapshot:
    probe = {"exec": {"command": ["true"]}, **more}
    return pod({"containers": [{"livenessProbe": probe}]})


def coredns(image: str = "coredns:1.8.4", replicas: int = 2, ready: int = 2, nodes: int = 2) -> Snapshot:
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="kube-system", name="coredns")
    found = Workload(ref=ref, images=(image,), replicas=replicas, ready=ready, system=True)
    return cluster(workloads=(found,), nodes=tuple(Node(name=f"n{i}") for i in range(nodes)))


def setting(key: str, value: str) -> Snapshot:
    return cluster(node_settings=(NodeSetting(node="*", category="sysctl", key=key, value=value),))


def sysctls(key: str) -> Snapshot:
    return cluster(workloads=(Workload(ref=WEB, sysctls={key: "1"}),))


def volume(**facts: object) -> Snapshot:
    return cluster(volumes=(Volume(name="v", **facts),))  # type: ignore[arg-type]


def thing(kind: str) -> Snapshot:
    return cluster(objects=(KubeObject(ref=ObjectRef(api_version="x/v1", kind=kind, name="a")),))


BUCKET = Volume(name="v", storage=StorageKind.OBS)
NOTHING = cluster(nodes=())
# By condition: profile, source and target of the route; a cluster that it holds for, one that it does not hold for.
OTC, HWC = ("otc-2026", "1.19", "1.28"), ("hwc-2025", "1.19", "1.28")
OLD = ("ctyun", "1.13", "1.17")
CASES = {
    "nodes_not_ready": (OLD, node(ready=False), node(ready=True)),
    "autoscaling_on": (OLD, cluster(node_pools=(NodePool(name="p", autoscaling=True),)), NOTHING),
    "node_settings_made": (OLD, setting("a.b", "1"), NOTHING),
    "load_balancers": (
        OLD,
        cluster(services=(Service(namespace="a", name="b", load_balancer=LoadBalancerKind.CLASSIC),)),
        NOTHING,
    ),
    "old_node_os": (OTC, node(os_image="EulerOS 2.0 (SP5)"), node(os_image="EulerOS 2.0 (SP9)")),
    "tunnel_network": (OTC, cluster(network_mode="overlay_l2"), cluster(network_mode="vpc-router")),
    "vpc_network": (OLD, cluster(network_mode="vpc-router"), cluster(network_mode="overlay_l2")),
    "npd_too_old": (
        OTC,
        cluster(addons=(AddOn(name="npd", version="1.17.2"),)),
        cluster(addons=(AddOn(name="npd", version="1.18.10"),)),
    ),
    "obs_on_old_everest": (
        ("ctyun", "1.15", "1.17"),
        cluster(volumes=(BUCKET,), addons=(AddOn(name="everest", version="1.1.11"),)),
        cluster(volumes=(BUCKET,), addons=(AddOn(name="everest", version="1.2.0"),)),
    ),
    "coredns_1_8_4": (OTC, coredns(), coredns("coredns:1.8.41")),
    "fewer_than_two_nodes": (OLD, cluster(nodes=(Node(name="only"),)), node()),
    "coredns_short_of_nodes": (OLD, coredns(replicas=3, ready=3), coredns()),
    "corefile_has_proxy": (OLD, cluster(corefile=".:53 {\n  proxy . 1.1.1.1\n}"), cluster(corefile=".:53 {\n}")),
    "flex_volumes": (OLD, volume(flex_volume=True), volume()),
    "old_node_labels_used": (
        ("otc-2026", "1.15", "1.19"),
        cluster(workloads=(Workload(ref=WEB, node_selector={"kubernetes.io/availablezone": "az1"}),)),
        pod({}),
    ),
    "docker_nodes": (OTC, node(runtime="docker://18.9.0"), node(runtime="containerd://1.6")),
    "sysctls_in_pods": (OLD, cluster(workloads=(Workload(ref=WEB, sysctls={"net.core.somaxconn": "1"}),)), NOTHING),
    "init_containers": (OLD, pod({"initContainers": [{"name": "i"}]}), pod({})),
    "webhooks": (("otc-2026", "1.17", "1.19"), thing("MutatingWebhookConfiguration"), NOTHING),
    "exec_probes_without_timeout": (OTC, exec_probe(), exec_probe(timeoutSeconds=5)),
    "ingresses": (OTC, cluster(ingresses=(Ingress(ref=WEB),)), NOTHING),
    "pod_security_policies": (OTC, thing("PodSecurityPolicy"), NOTHING),
    "conntrack_set": (("otc-2026", "1.28", "1.31"), setting("net.netfilter.nf_conntrack_max", "1"), NOTHING),
    "local_ports_meet_node_ports": (
        OTC,
        setting("net.ipv4.ip_local_port_range", "1024 65535"),
        setting("net.ipv4.ip_local_port_range", "32768 65535"),
    ),
    "kubelets_behind": (OTC, node(kubelet_version="v1.15.11"), node(kubelet_version="v1.19.16")),
    "newer_patch_known": (("otc-2026", "1.19.16-r4", "1.23"), NOTHING, None),
    "upgrade_taint_put_on": (("otc-2026", "1.19.16-r4", "1.21"), NOTHING, None),
    "shared_disks": (OLD, volume(storage=StorageKind.EVS, shared=True), volume(storage=StorageKind.EVS, shared=False)),
    "bare_metal_nodes": (OTC, node(kind=NodeKind.BARE_METAL), node(kind=NodeKind.VIRTUAL_MACHINE)),
}
ASKED = {risk.condition for risk in CATALOG.known_risks if risk.condition}


def test_every_condition_is_asked_for_and_tried() -> None:
    assert ASKED == set(CONDITIONS) == set(CASES)


@pytest.mark.parametrize("condition", sorted(CASES))
def test_a_condition_tells_yes_no_and_unknown(condition: str) -> None:
    (profile, source, target), concerned, not_concerned = CASES[condition]
    of = [r.name for r in CATALOG.known_risks if r.condition == condition]

    def judged(snapshot: Snapshot, at: str = source) -> set[Concern]:
        found = risks(snapshot, at, target, profile)
        met = {found[name].concern for name in of if name in found}
        assert met, f"no hop of {profile} from {at} to {target} carries {of}"
        return met

    assert judged(concerned) == {Concern.APPLIES}
    if not_concerned is None:  # told by the version alone
        assert judged(NOTHING, "1.19") == {Concern.UNKNOWN}
        assert judged(NOTHING, "1.19.16-r60") == {Concern.NOT}
    else:
        assert judged(not_concerned) == {Concern.NOT}
        assert judged(Snapshot()) == {Concern.UNKNOWN}


def test_a_risk_hangs_on_the_hops_that_cross_its_version() -> None:
    found = risks(Snapshot(), "1.13", "1.17", "ctyun")
    assert found["coredns-proxy-gone"].hops == ("1.13->1.15",)
    assert found["flexvolume-gone"].hops == ("1.15->1.17",)
    assert found["off-peak-and-nothing-else"].hops == ("1.13->1.15", "1.15->1.17")
    assert "pod-security-policy-removed" not in found


def test_a_risk_of_another_profile_or_mode_is_left_out() -> None:
    assert "all-nodes-unschedulable" in risks(Snapshot(), "1.15", "1.19", "otc-2022")
    assert "all-nodes-unschedulable" not in risks(Snapshot(), "1.15", "1.19", "otc-2026")
    assert "sources-on-reset-os" not in risks(Snapshot(), "1.15", "1.19", "otc-2026")


def test_conflicts_between_sources_are_shown_with_each_of_them() -> None:
    conflict = risks(Snapshot(), "1.13", "1.17", "ctyun")["sources-on-1-15-to-1-17"]
    assert conflict.risk.kind is RiskKind.CONFLICT
    assert {"course", "HWC2021", "OTC22"} <= set(conflict.risk.sources)


def scaler(kind: str) -> Snapshot:
    return cluster(objects=(KubeObject(ref=ObjectRef(api_version="x/v1", kind=kind, namespace="a", name="b")),))


def ingress(**facts: object) -> Snapshot:
    ref = ObjectRef(api_version="networking.k8s.io/v1", kind="Ingress", namespace="a", name="b")
    return cluster(ingresses=(Ingress(ref=ref, **facts),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "snapshot", "concern"),
    [
        ("autoscaling-off", scaler("HorizontalPodAutoscaler"), Concern.APPLIES),
        ("autoscaling-off", scaler("ConfigMap"), Concern.NOT),
        ("no-edits-on-listeners", ingress(ingress_class="cce"), Concern.APPLIES),
        ("no-edits-on-listeners", ingress(load_balancer=LoadBalancerKind.SHARED), Concern.APPLIES),
        ("no-edits-on-listeners", ingress(ingress_class="nginx"), Concern.NOT),
        ("unsafe-sysctls-need-policy", sysctls("kernel.shm_rmid_forced"), Concern.NOT),
        ("unsafe-sysctls-need-policy", sysctls("net.ipv4.ip_unprivileged_port_start"), Concern.APPLIES),
    ],
)
def test_what_else_makes_a_risk_concern_the_cluster(name: str, snapshot: Snapshot, concern: Concern) -> None:
    assert risks(snapshot, "1.13", "1.17", "ctyun")[name].concern is concern


def test_those_that_concern_the_cluster_come_first() -> None:
    order = [r.concern for r in find_route(node(), Request(source="1.13", target="1.17")).path.risks]
    assert order == sorted(order, key=[Concern.APPLIES, Concern.UNKNOWN, Concern.NOT].index)
    assert set(order) == set(Concern)


TAINT, TUNNEL, NPD, FUXI, SYSCTLS = (
    "upgrade-taint",
    "tunnel-network-snat",
    "npd-too-old",
    "everest-takes-over-fuxi",
    "unsafe-sysctls-need-policy",
)


@pytest.mark.parametrize(
    ("profile", "source", "target", "name", "hops"),
    [
        ("ctyun", "1.13", "1.17", TAINT, ["1.15->1.17"]),
        ("otc-2026", "1.17", "1.25", TAINT, ["1.17->1.19", "1.19->1.23", "1.23->1.25"]),
        ("otc-2026", "1.25", "1.28", TAINT, None),
        ("otc-2026", "v1.17.17-r0", "v1.19.16-r3", TUNNEL, None),
        ("otc-2026", "v1.17.17-r0", "v1.19.16-r4", TUNNEL, ["1.17->1.19"]),
        ("otc-2026", "1.17", "1.19", TUNNEL, ["1.17->1.19"]),
        ("otc-2026", "v1.19.16-r3", "1.21", TUNNEL, ["1.19->1.21"]),
        ("otc-2026", "v1.19.16-r4", "1.21", TUNNEL, None),
        ("otc-2026", "1.19", "1.21", TUNNEL, ["1.19->1.21"]),
        ("otc-2026", "1.17", "1.23", TUNNEL, ["1.17->1.19"]),
        ("otc-2026", "v1.21.7-r0", "1.23", TUNNEL, None),
        ("otc-2026", "v1.19.16-r4", "v1.21.9-r0", NPD, None),
        ("otc-2026", "v1.19.16-r4", "v1.21.10-r0", NPD, ["1.19->1.21"]),
        ("otc-2026", "1.28", "v1.29.1-r0", NPD, ["1.28->1.29"]),
        ("ctyun", "1.13", "v1.15.6-r0", FUXI, None),
        ("ctyun", "1.13", "v1.15.11-r1", FUXI, ["1.13->1.15"]),
        ("ctyun", "1.15", "v1.17.9-r0", SYSCTLS, None),
        ("ctyun", "1.15", "v1.17.17-r0", SYSCTLS, ["1.15->1.17"]),
        ("otc-2026", "v1.17.17-r0", "1.19", SYSCTLS, None),
    ],
)
def test_what_came_with_a_patch_hangs_on_the_hop_that_brings_it(
    profile: str, source: str, target: str, name: str, hops: list[str] | None
) -> None:
    """Where the patch is not told, the console's newest is meant, and of the cluster nothing is taken for granted."""
    found = risks(NOTHING, source, target, profile).get(name)
    assert (list(found.hops) if found else None) == hops

"""The CCE REST API: lenient where its versions differ, and joined with what Kubernetes tells."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.snapshot.model import AddOn, ClusterFacts, Node, NodeKind, NodePool, Section, Taint
from migrator.versions import Version
from tests.unit.snapshot.helpers import deployment, kube, read

CLUSTER: dict[str, Any] = {
    "kind": "Cluster",
    "apiVersion": "v3",
    "metadata": {"name": "old-shop", "uid": "c-1", "creationTimestamp": "2020-03-05 02:11:09.120001 +0000 UTC"},
    "spec": {
        "type": "VirtualMachine",
        "flavor": "cce.s2.small",
        "version": "v1.13.10-r0",
        "platformVersion": "cce.4.0",
        "hostNetwork": {"vpc": "vpc-1", "subnet": "net-1"},
        "containerNetwork": {"mode": "vpc-router", "cidr": "10.0.0.0/16", "cidrs": [{"cidr": "10.0.0.0/16"}]},
        "authentication": {"mode": "rbac", "authenticatingProxy": {}},
        "billingMode": 1,
        "kubernetesSvcIpRange": "10.247.0.0/16",
        "kubeProxyMode": "iptables",
        "masters": [{"availabilityZone": "az-1"}, {"availabilityZone": "az-2"}, {"availabilityZone": "az-3"}],
    },
    "status": {"phase": "Available", "endpoints": [{"internal": "https://192.168.0.61:5443"}]},
}


def v3_node(name: str = "shop-1", **fields: Any) -> dict[str, Any]:
    return {
        "kind": "Node",
        "apiversion": "v3",
        "metadata": {
            "name": name,
            "uid": f"uid-{name}",
            "annotations": {"kubernetes.io/node-pool.id": "az-1#s6.large.2#EulerOS 2.5"},
        },
        "spec": {
            "flavor": "s6.large.2",
            "az": "az-1",
            "os": "EulerOS 2.5",
            "billingMode": 0,
            "runtime": {"name": "docker"},
            "extendParam": {"maxPods": 110},
            "taints": [{"key": "team", "value": "web", "effect": "NoSchedule"}],
            **fields,
        },
        "status": {"phase": "Active", "serverId": "ecs-1", "privateIP": "192.168.0.12", "publicIP": "203.0.113.20"},
    }


def pool(name: str = "web", **fields: Any) -> dict[str, Any]:
    return {
        "kind": "NodePool",
        "apiVersion": "v3",
        "metadata": {"name": name, "uid": f"pool-{name}"},
        "spec": {
            "type": "vm",
            "initialNodeCount": 3,
            "nodeTemplate": {
                "flavor": "s6.large.2",
                "az": "az-1",
                "os": "EulerOS 2.9",
                "runtime": {"name": "containerd"},
                "taints": [{"key": "team", "value": "web", "effect": "NoSchedule"}],
                "k8sTags": {"tier": "web"},
                "extendParam": {"alpha.cce/postInstall": "ZWNobw=="},
            },
            "autoscaling": {"enable": True},
            **fields,
        },
        "status": {"currentNode": 2, "phase": ""},
    }


FACTS = ClusterFacts(
    name="old-shop",
    uid="c-1",
    version=Version.parse("v1.13.10-r0"),
    version_source="cce_api",
    platform_version="cce.4.0",
    category="CCE",
    type="VirtualMachine",
    flavor="cce.s2.small",
    network_mode="vpc-router",
    container_cidr="10.0.0.0/16",
    service_cidr="10.247.0.0/16",
    proxy_mode="iptables",
    vpc="vpc-1",
    subnet="net-1",
    masters=3,
    billing="yearly_monthly",
    phase="Available",
    endpoints=("https://192.168.0.61:5443",),
    authentication="rbac",
)


@pytest.mark.parametrize(
    "content",
    [
        CLUSTER,
        {"kind": "List", "apiVersion": "v3", "items": [CLUSTER]},
        {"kind": "Cluster", "apiVersion": "v3", "items": [CLUSTER]},
        {"kind": "List", "apiversion": "v3", "items": [{k: v for k, v in CLUSTER.items() if k != "apiVersion"}]},
    ],
)
def test_cluster_in_every_form(content: dict[str, Any]) -> None:
    snapshot = read(content)
    assert snapshot.cluster == FACTS
    assert snapshot.covers(Section.CLUSTER)
    assert [(str(o.ref), o.ref.api_version) for o in snapshot.objects] == [("Cluster old-shop", "v3")]
    assert (snapshot.inputs[0].format, snapshot.inputs[0].objects) == ("cce_api", 1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mode": "authenticating_proxy", "authenticatingProxy": {"ca": "LS0t"}}, "authenticating_proxy"),
        ({"mode": "rbac", "authenticatingProxy": {"ca": "LS0t"}}, "authenticating_proxy"),
        ({"mode": "x509", "authenticatingProxy": {"ca": ""}}, "x509"),
        ({"authenticatingProxy": None}, ""),
        ("rbac", ""),
    ],
)
def test_the_certificate_of_an_authenticating_proxy_tells_of_it(given: Any, told: str) -> None:
    snapshot = read({**CLUSTER, "spec": {**CLUSTER["spec"], "authentication": given}})
    assert snapshot.cluster.authentication == told
    assert snapshot.cluster.has_authenticating_proxy is (told == "authenticating_proxy" if told else None)


@pytest.mark.parametrize(
    "endpoints",
    [
        [{"Internal": "https://192.168.0.61:5443"}],
        [{"url": "https://192.168.0.61:5443", "type": "Internal"}],
        {"internal": "https://192.168.0.61:5443", "external": ""},
    ],
)
def test_endpoints_in_every_form(endpoints: Any) -> None:
    changed = {**CLUSTER, "status": {"endpoints": endpoints}}
    assert read(changed).cluster.endpoints == ("https://192.168.0.61:5443",)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ("", "", None)),
        (
            {"extendParam": {"upgradefrom": "", "kubernetes.io/cpuManagerPolicy": ""}, "ipv6enable": False},
            ("never", "none", False),
        ),
        (
            {
                "extendParam": {"upgradefrom": "v1.11.7-r2", "kubernetes.io/cpuManagerPolicy": "enhanced-static"},
                "ipv6enable": True,
            },
            ("v1.11.7-r2", "enhanced-static", True),
        ),
    ],
)
def test_history_cpu_policy_and_ipv6_are_told_or_unknown(given: dict[str, Any], told: tuple[Any, ...]) -> None:
    cluster = read({**CLUSTER, "spec": {**CLUSTER["spec"], **given}}).cluster
    assert (cluster.upgraded_from, cluster.cpu_policy, cluster.ipv6) == told


@pytest.mark.parametrize(
    ("given", "told"), [({}, ""), ({"mode": "Default"}, "Default"), ({"mode": "KMS", "kmsKeyID": "key-1"}, "KMS")]
)
def test_how_secrets_are_encrypted_is_told_or_unknown(given: dict[str, str], told: str) -> None:
    spec = {**CLUSTER["spec"], **({"encryptionConfig": given} if given else {})}
    assert read({**CLUSTER, "spec": spec}).cluster.encryption == told


def test_the_highest_warm_target_of_all_configurations_is_kept() -> None:
    def configuration(name: str, value: Any) -> dict[str, Any]:
        packages = [
            {"name": "kubelet", "configurations": [{"name": "max-pods", "value": 999}]},
            {"name": "eni", "configurations": [{"name": "nic-max-above-warm-target", "value": value}]},
        ]
        return {"kind": "Configuration", "apiVersion": "v3", "metadata": {"name": name}, "spec": {"packages": packages}}

    assert read(CLUSTER).cluster.nic_warm_most is None
    several = [configuration("a", 64), configuration("b", "300"), configuration("c", "many")]
    assert read(CLUSTER, *several).cluster.nic_warm_most == 300


def test_several_clusters_are_not_mixed() -> None:
    other = {**CLUSTER, "metadata": {"name": "other", "uid": "c-2"}}
    snapshot = read({"kind": "List", "apiVersion": "v3", "items": [CLUSTER, other]})
    assert snapshot.cluster == ClusterFacts()


def test_node_of_the_api_alone() -> None:
    assert read({"kind": "List", "apiVersion": "v3", "items": [v3_node()]}).nodes == (
        Node(
            name="shop-1",
            kind=NodeKind.VIRTUAL_MACHINE,
            private_ips=("192.168.0.12",),
            eips=("203.0.113.20",),
            flavor="s6.large.2",
            zone="az-1",
            pool="DefaultPool",
            server_id="ecs-1",
            phase="Active",
            os_image="EulerOS 2.5",
            runtime="docker",
            max_pods=110,
            billing="pay_per_use",
            taints=(Taint(key="team", value="web", effect="NoSchedule"),),
        ),
    )


def test_node_of_both_apis_is_one() -> None:
    kubernetes = kube(
        "Node",
        "192.168.0.12",
        labels={"failure-domain.beta.kubernetes.io/zone": "az-1", "kubernetes.io/hostname": "192.168.0.12"},
        spec={"unschedulable": True},
        status={
            "addresses": [{"type": "InternalIP", "address": "192.168.0.12"}, {"type": "Hostname", "address": "x"}],
            "nodeInfo": {"kubeletVersion": "v1.13.10-r0-CCE2.0", "osImage": "EulerOS 2.0 (SP5)"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    )
    snapshot = read(kubernetes, v3_node(), pool())
    assert len(snapshot.nodes) == 1
    found = snapshot.nodes[0]
    assert (found.name, found.server_id, found.phase, found.billing) == (
        "192.168.0.12",
        "ecs-1",
        "Active",
        "pay_per_use",
    )
    assert (found.eips, found.ready, found.unschedulable) == (("203.0.113.20",), True, True)
    assert found.os_image == "EulerOS 2.0 (SP5)"
    assert len(snapshot.objects) == 3


def test_bare_metal_by_label_by_flavor_and_by_pool() -> None:
    def kind(*objects: dict[str, Any]) -> NodeKind:
        return read(*objects).nodes[0].kind

    assert kind(kube("Node", "n", labels={"node.kubernetes.io/baremetal": "true"})) is NodeKind.BARE_METAL
    assert (
        kind(kube("Node", "n", labels={"failure-domain.beta.kubernetes.io/is-baremetal": "false"}))
        is NodeKind.VIRTUAL_MACHINE
    )
    assert kind(kube("Node", "n")) is NodeKind.UNKNOWN
    assert kind(v3_node(flavor="physical.s3.large")) is NodeKind.BARE_METAL
    in_pool = v3_node()
    in_pool["metadata"]["annotations"] = {"kubernetes.io/node-pool.id": "pool-bms"}
    assert kind(in_pool, pool("bms", type="ElasticBMS")) is NodeKind.BARE_METAL
    assert read(in_pool, pool("bms")).nodes[0].pool == "bms"


def test_a_pool_label_on_a_node_of_the_default_pool_moves_it_into_no_pool() -> None:
    labelled = kube("Node", "n", labels={"cce.cloud.com/cce-nodepool": "web"})
    assert read(labelled).nodes[0].pool == "web"
    annotated = kube("Node", "n", labels={"cce.cloud.com/cce-nodepool": "web"})
    annotated["metadata"]["annotations"] = {"kubernetes.io/node-pool.id": "az-1#s6.large.2#EulerOS 2.5"}
    assert read(annotated).nodes[0].pool == "DefaultPool"
    assert read(kube("Node", "shop-1", labels={"cce.cloud.com/cce-nodepool": "web"}), v3_node()).nodes[0].pool == (
        "DefaultPool"
    )


def test_node_pool() -> None:
    assert read(pool()).node_pools == (
        NodePool(
            name="web",
            uid="pool-web",
            type="vm",
            flavor="s6.large.2",
            zone="az-1",
            os="EulerOS 2.9",
            runtime="containerd",
            node_count=2,
            autoscaling=True,
            taints=(Taint(key="team", value="web", effect="NoSchedule"),),
            labels={"tier": "web"},
            has_install_scripts=True,
        ),
    )


def test_addons_of_the_api_win_over_images() -> None:
    listing = {
        "kind": "Addon",
        "apiVersion": "v3",
        "items": [
            {
                "metadata": {"name": "coredns"},
                "spec": {"addonTemplateName": "coredns", "version": "1.17.9"},
                "status": {"status": "running"},
            }
        ],
    }
    dns = deployment("coredns", "kube-system", {"containers": [{"image": "swr.example/hw/coredns:1.6.5"}]})
    metrics = deployment(
        "ms", "kube-system", {"containers": [{"image": "metrics-server:v0.3.1@sha256:00"}]}, status={"readyReplicas": 1}
    )
    assert read(listing, dns, metrics).addons == (
        AddOn(name="coredns", version="1.17.9", status="running", source="cce_api"),
        AddOn(name="metrics-server", version="0.3.1", status="running", source="workload"),
    )


def test_other_objects_of_the_api_are_objects_and_nothing_more() -> None:
    check = {"kind": "AddonCheck", "apiVersion": "v3", "items": {"metadata": {"taskID": "1"}}}
    job = {"kind": "Job", "apiVersion": "v3", "metadata": {"uid": "j"}, "spec": {"type": "CreateCluster"}}
    snapshot = read(check, job, {**job, "apiVersion": "v2"})
    assert [(o.ref.api_version, o.ref.kind) for o in snapshot.objects] == [
        ("v2", "Job"),
        ("v3", "AddonCheck"),
        ("v3", "Job"),
    ]
    assert snapshot.workloads == ()
    assert not snapshot.covers(Section.WORKLOADS)


def test_version_of_the_oldest_kubelet_without_the_api() -> None:
    def kubelet(name: str, version: str) -> dict[str, Any]:
        return kube("Node", name, status={"nodeInfo": {"kubeletVersion": version}})

    found = read(kubelet("a", "v1.15.11-r1"), kubelet("b", "v1.13.10-r0-CCE2.0"), kubelet("c", "odd")).cluster
    assert (str(found.version), found.version_source) == ("v1.13.10-r0-CCE2.0", "kubelet")


def test_several_clusters_are_named() -> None:
    clusters = [kube("Cluster", name, api="v3", uid=name, spec={"version": "v1.19"}) for name in ("one", "two")]
    snapshot = read(*clusters)
    assert [i.status for i in snapshot.inputs] == ["read", "read"]
    [problem] = snapshot.inputs[0].problems
    assert (problem.code, problem.values["clusters"]) == ("input_several_clusters", "one, two")
    assert read(clusters[0], clusters[0]).inputs[0].problems == ()


def test_a_node_of_the_first_api_is_called_host() -> None:
    snapshot = read({**v3_node(), "kind": "Host"})
    assert [(n.name, n.server_id) for n in snapshot.nodes] == [("shop-1", "ecs-1")]
    assert [o.ref.kind for o in snapshot.objects] == ["Node"]

"""Where addresses of nodes and load balancers are written down: every kind of place, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.snapshot.model import AddressUse, Section, Snapshot
from tests.unit.snapshot.helpers import deployment, kube, read

NODE, EIP, BALANCER = "192.168.0.12", "203.0.113.20", "198.51.100.7"
NODE_6, BALANCER_6 = "2001:db8::12", "2001:db8:0:1::7"
HOST = "a1b2-77.cn-east.elb.example.com"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def cluster(*objects: dict[str, Any]) -> Snapshot:
    """A node and two load balancers of every kind of address, and the objects."""
    addresses = [
        {"type": "InternalIP", "address": NODE},
        {"type": "InternalIP", "address": NODE_6},
        {"type": "ExternalIP", "address": EIP},
        {"type": "Hostname", "address": "node-1"},
    ]
    entries = [{"ip": BALANCER}, {"ip": BALANCER_6}, {"hostname": HOST}]
    balanced = kube(
        "Service",
        "entry",
        "shop",
        spec={"type": "LoadBalancer"},
        status={"loadBalancer": {"ingress": entries}},
    )
    return read(kube("Node", "node-1", status={"addresses": addresses}), balanced, *objects)


def places(*objects: dict[str, Any]) -> list[tuple[str, str]]:
    return [(use.address, use.location) for use in cluster(*objects).address_uses]


def custom(kind: str = "ServiceEntry", api: str = "networking.istio.io/v1beta1", **fields: Any) -> dict[str, Any]:
    return kube(kind, "x", "shop", api, **fields)


CONTAINER = {
    "name": "app",
    "image": f"{NODE}:5000/team/app:v1",
    "env": [{"name": "DB", "value": f"jdbc:mysql://{NODE}:3306/x"}, {"name": "REF", "valueFrom": {}}],
    "args": ["--to", f"{EIP},x"],
    "readinessProbe": {"httpGet": {"host": BALANCER, "port": 80}},
}
PODS = {
    "containers": [CONTAINER],
    "initContainers": [{"name": "wait", "command": ["sh", "-c", f"nc -z {NODE} 80"]}],
    "hostAliases": [{"ip": NODE, "hostnames": ["db"]}],
    "nodeSelector": {"kubernetes.io/hostname": NODE},
    "dnsConfig": {"nameservers": [NODE]},
    "volumes": [
        {"name": "n", "nfs": {"server": NODE, "path": "/"}},
        {"name": "c", "cephfs": {"monitors": [f"{NODE}:6789"]}},
    ],
}
IN_PODS = [
    (NODE, "annotation example.com/upstream"),
    (NODE, "container app env DB"),
    (NODE, "container app image"),
    (NODE, "container wait command"),
    (NODE, "dnsConfig.nameservers"),
    (NODE, "hostAliases.ip"),
    (NODE, "nodeSelector.kubernetes.io/hostname"),
    (NODE, "volumes[c].cephfs.monitors"),
    (NODE, "volumes[n].nfs.server"),
    (BALANCER, "container app readinessProbe.httpGet.host"),
    (EIP, "container app args"),
]
TEMPLATE = {"metadata": {"annotations": {"example.com/upstream": NODE}}, "spec": PODS}


@pytest.mark.parametrize(
    ("kind", "api", "spec"),
    [
        ("Deployment", "apps/v1", {"template": TEMPLATE}),
        ("DaemonSet", "extensions/v1beta1", {"template": TEMPLATE}),
        ("StatefulSet", "apps/v1", {"template": TEMPLATE}),
        ("Job", "batch/v1", {"template": TEMPLATE}),
        ("CronJob", "batch/v1beta1", {"jobTemplate": {"spec": {"template": TEMPLATE}}}),
    ],
)
def test_pod_templates(kind: str, api: str, spec: dict[str, Any]) -> None:
    assert places(kube(kind, "web", "shop", api, spec=spec)) == [(a, f"{kind} shop/web: {p}") for a, p in IN_PODS]


def test_of_a_bare_pod_the_node_that_it_was_given_is_no_such_place() -> None:
    pod = kube("Pod", "web", "shop", spec={**PODS, "nodeName": NODE}, annotations={"example.com/upstream": NODE})
    assert places(pod) == [(a, f"Pod shop/web: {p}") for a, p in IN_PODS]
    placed = deployment("web", pods={"containers": [], "nodeName": NODE})
    assert places(placed) == [(NODE, "Deployment shop/web: nodeName")]


HOOK = {"name": "check", "clientConfig": {"url": f"https://{NODE}:8443/x"}}
PLACES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "config map": (
        kube("ConfigMap", "conf", "shop", data={"a.ini": f"x={NODE}\ny={EIP}:80", "b": BALANCER}),
        [
            (NODE, "ConfigMap shop/conf: a.ini"),
            (BALANCER, "ConfigMap shop/conf: b"),
            (EIP, "ConfigMap shop/conf: a.ini"),
        ],
    ),
    "corefile": (
        kube("ConfigMap", "coredns", "kube-system", data={"Corefile": f".:53 {{ forward . {NODE} }}"}),
        [(NODE, "ConfigMap kube-system/coredns: Corefile")],
    ),
    "external name": (
        kube("Service", "s", "shop", spec={"type": "ExternalName", "externalName": HOST}),
        [(HOST, "Service shop/s: spec.externalName")],
    ),
    "service": (
        kube(
            "Service",
            "s",
            "shop",
            spec={
                "externalIPs": [NODE, NODE_6],
                "loadBalancerIP": BALANCER,
                "loadBalancerSourceRanges": ["0.0.0.0/0", "203.0.113.0/24", "2001:db8::/64"],
            },
            annotations={"example.com/x": EIP},
        ),
        [
            (NODE, "Service shop/s: spec.externalIPs"),
            (BALANCER, "Service shop/s: spec.loadBalancerIP"),
            (NODE_6, "Service shop/s: spec.externalIPs"),
            ("2001:db8::/64", "Service shop/s: spec.loadBalancerSourceRanges"),
            ("203.0.113.0/24", "Service shop/s: spec.loadBalancerSourceRanges"),
            (EIP, "Service shop/s: annotation example.com/x"),
        ],
    ),
    "ingress": (
        kube(
            "Ingress",
            "i",
            "shop",
            "networking.k8s.io/v1",
            annotations={
                "kubernetes.io/elb.ip": BALANCER,
                "kubernetes.io/elb.custom-eip-status": f'{{"public_ip_address": "{EIP}"}}',
                "nginx.ingress.kubernetes.io/whitelist-source-range": f"10.0.0.1/32,{NODE}/32",
            },
        ),
        [
            (NODE, "Ingress shop/i: annotation nginx.ingress.kubernetes.io/whitelist-source-range"),
            (BALANCER, "Ingress shop/i: annotation kubernetes.io/elb.ip"),
        ],
    ),
    "endpoints": (
        kube("Endpoints", "db", "shop", subsets=[{"addresses": [{"ip": NODE}, {"ip": EIP, "targetRef": {}}]}]),
        [(EIP, "Endpoints shop/db: subsets.addresses"), (NODE, "Endpoints shop/db: subsets.addresses")],
    ),
    "endpoint slice": (
        kube(
            "EndpointSlice",
            "db-1",
            "shop",
            "discovery.k8s.io/v1",
            endpoints=[{"addresses": [NODE_6]}, {"addresses": [NODE], "targetRef": {"kind": "Pod"}}],
        ),
        [(NODE_6, "EndpointSlice shop/db-1: endpoints.addresses")],
    ),
    "network policy": (
        kube(
            "NetworkPolicy",
            "n",
            "shop",
            "networking.k8s.io/v1",
            spec={
                "ingress": [{"from": [{"ipBlock": {"cidr": "192.168.0.0/24", "except": [f"{NODE}/32"]}}]}],
                "egress": [{"to": [{"ipBlock": {"cidr": "2001:db8::/32"}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
            },
        ),
        [
            ("192.168.0.0/24", "NetworkPolicy shop/n: spec.ingress.from.ipBlock"),
            (f"{NODE}/32", "NetworkPolicy shop/n: spec.ingress.from.ipBlock"),
            ("2001:db8::/32", "NetworkPolicy shop/n: spec.egress.to.ipBlock"),
        ],
    ),
    "webhook": (
        kube("ValidatingWebhookConfiguration", "v", api="admissionregistration.k8s.io/v1", webhooks=[HOOK]),
        [(NODE, "ValidatingWebhookConfiguration v: webhook check clientConfig.url")],
    ),
    "conversion webhook": (
        kube(
            "CustomResourceDefinition",
            "d",
            api="apiextensions.k8s.io/v1",
            spec={
                "conversion": {"webhook": {"clientConfig": {"url": f"https://{NODE}/c"}}},
                "versions": [{"schema": {"example": EIP}}],
            },
        ),
        [(NODE, "CustomResourceDefinition d: spec.conversion.webhook.clientConfig.url")],
    ),
    "old conversion webhook": (
        kube(
            "CustomResourceDefinition",
            "d",
            api="apiextensions.k8s.io/v1beta1",
            spec={"conversion": {"webhookClientConfig": {"url": f"https://{NODE}/c"}}},
        ),
        [(NODE, "CustomResourceDefinition d: spec.conversion.webhookClientConfig.url")],
    ),
    "api service": (
        kube("APIService", "v1.x", api="apiregistration.k8s.io/v1", spec={"service": {"name": "x"}, "note": NODE}),
        [(NODE, "APIService v1.x: spec.note")],
    ),
    "volume": (
        kube(
            "PersistentVolume",
            "pv",
            spec={"nfs": {"server": NODE, "path": "/"}, "nodeAffinity": {"required": {"values": [NODE]}}},
        ),
        [(NODE, "PersistentVolume pv: spec.nfs.server")],
    ),
    "volume of a driver": (
        kube("PersistentVolume", "pv", spec={"csi": {"volumeAttributes": {"share": f"{NODE}:/1"}}}),
        [(NODE, "PersistentVolume pv: spec.csi.volumeAttributes.share")],
    ),
    "storage class": (
        kube("StorageClass", "nfs", api="storage.k8s.io/v1", parameters={"server": NODE}),
        [(NODE, "StorageClass nfs: parameters.server")],
    ),
    "custom resource": (
        custom(
            spec={
                "hosts": [HOST],
                "endpoints": [{"name": "one", "address": NODE}, {"address": NODE_6}],
                "probe": {"targets": {"static": [f"http://[{BALANCER_6}]:9090/metrics"]}},
                "nets": "203.0.113.0/24",
            },
            data={"free": EIP},
            annotations={"example.com/note": BALANCER},
            status={"address": NODE},
        ),
        [
            (NODE, "ServiceEntry shop/x: spec.endpoints[one].address"),
            (BALANCER, "ServiceEntry shop/x: annotation example.com/note"),
            (BALANCER_6, "ServiceEntry shop/x: spec.probe.targets.static"),
            (NODE_6, "ServiceEntry shop/x: spec.endpoints.address"),
            ("203.0.113.0/24", "ServiceEntry shop/x: spec.nets"),
            (EIP, "ServiceEntry shop/x: data.free"),
            (HOST, "ServiceEntry shop/x: spec.hosts"),
        ],
    ),
}


@pytest.mark.parametrize(("body", "told"), PLACES.values(), ids=PLACES)
def test_places_of_every_kind(body: dict[str, Any], told: list[tuple[str, str]]) -> None:
    assert sorted(places(body)) == sorted(told)


OTHERS: dict[str, dict[str, Any]] = {
    "secret": kube("Secret", "s", "shop", stringData={"x": NODE}, data={"y": "MTkyLjE2OC4wLjEy"}),
    "binary data": kube("ConfigMap", "c", "shop", binaryData={"x": "MTkyLjE2OC4wLjEy"}),
    "last applied": kube("ConfigMap", "c", "shop", annotations={LAST_APPLIED: json.dumps({"data": {"x": NODE}})}),
    "last applied to a workload": deployment("web", annotations={LAST_APPLIED: json.dumps({"spec": NODE})}),
    "configuration of the platform": kube("ConfigMap", "c", "kube-system", data={"x": NODE}),
    "workload of the platform": deployment("kube-proxy", "kube-system", pods=PODS),
    "made by a controller": kube(
        "ReplicaSet", "r", "shop", "apps/v1", owner="Deployment/w", spec={"template": TEMPLATE}
    ),
    "made for a custom resource": custom(owner="Gateway/g", spec={"address": NODE}),
    "of the network plugin": kube("BlockAffinity", "b", api="crd.projectcalico.org/v1", spec={"node": NODE}),
    "attachment": kube("VolumeAttachment", "a", api="storage.k8s.io/v1", spec={"nodeName": NODE}),
    "endpoints of pods": kube(
        "Endpoints", "e", "shop", subsets=[{"addresses": [{"ip": NODE, "targetRef": {"kind": "Pod"}}]}]
    ),
    "leader": custom(annotations={"control-plane.alpha.kubernetes.io/leader": f'{{"holderIdentity": "{NODE}_1"}}'}),
    "longer numbers": kube("ConfigMap", "c", "shop", data={"a": f"1{NODE}", "b": f"{NODE}3", "c": f"{NODE}.5"}),
    "a name": kube("ConfigMap", "c", "shop", data={"a": f"x{NODE}", "b": f"{NODE}.nip.io", "c": f"my-{HOST}.cn"}),
    "longer groups": kube(
        "ConfigMap", "c", "shop", data={"a": f"1:{NODE_6}", "b": f"{NODE_6}a", "c": "aa:bb:cc:dd:ee:ff"}
    ),
    "everything": kube("ConfigMap", "c", "shop", data={"a": "0.0.0.0/0", "b": "::/0", "c": "10:20:30", "d": "a::b::c"}),
}


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
def test_what_is_no_such_place(body: dict[str, Any]) -> None:
    assert places(body) == []


def test_what_somebody_runs_in_a_namespace_of_the_platform_is_searched() -> None:
    found = places(deployment("log-pilot", "kube-system", pods={"containers": [CONTAINER]}))
    assert (NODE, "Deployment kube-system/log-pilot: container app env DB") in found


def test_endpoints_that_a_selector_fills_are_nobodys_writing() -> None:
    subsets = [{"addresses": [{"ip": NODE}]}]
    service = kube("Service", "db", "shop", spec={"selector": {"app": "db"}})
    labels = {"kubernetes.io/service-name": "db"}
    sliced = kube(
        "EndpointSlice", "db-1", "shop", "discovery.k8s.io/v1", labels=labels, endpoints=[{"addresses": [NODE]}]
    )
    assert places(kube("Endpoints", "db", "shop", subsets=subsets), service, sliced) == []


@pytest.mark.parametrize(
    "written",
    ["2001:db8::12", "2001:DB8:0:0:0:0:0:12", "2001:0db8:0000:0000:0000:0000:0000:0012", "http://[2001:db8:0::12]:80/"],
)
def test_ipv6_is_one_address_in_all_its_forms(written: str) -> None:
    body = kube("ConfigMap", "c", "shop", data={"a": f"listen {written} backlog=5"})
    assert places(body) == [(NODE_6, "ConfigMap shop/c: a")]


def test_a_host_name_is_found_in_the_middle_of_a_text() -> None:
    body = kube("ConfigMap", "c", "shop", data={"a": f"url=https://{HOST}:443/x fallback.y"})
    assert places(body) == [(HOST, "ConfigMap shop/c: a")]


def maker(**fields: Any) -> str:
    (use,) = cluster(kube("ConfigMap", "c", "shop", data={"a": NODE}, **fields)).address_uses
    return use.owner


def test_who_would_write_the_address_anew() -> None:
    assert maker() == ""
    assert maker(annotations={"meta.helm.sh/release-name": "web"}) == "Helm web"
    assert maker(labels={"heritage": "Tiller", "release": "old"}) == "Helm old"
    assert maker(labels={"release": "stable"}) == ""
    assert maker(labels={"argocd.argoproj.io/instance": "mall"}) == "Argo CD mall"
    assert maker(annotations={"argocd.argoproj.io/tracking-id": "mall:/ConfigMap:shop/c"}) == "Argo CD mall"
    assert maker(owner="Kustomization/mall") == "Kustomization/mall"


def test_a_value_beyond_json_is_still_searched() -> None:
    text = (
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x, namespace: shop}\n"
        f"spec: {{serial: 123456789012345678901234567890, address: {NODE}}}\n"
    )
    found = cluster_text(text)
    assert found == [(NODE, "Thing shop/x: spec.address")]


def cluster_text(text: str) -> list[tuple[str, str]]:
    addresses = [{"type": "InternalIP", "address": NODE}]
    snapshot = read(kube("Node", "node-1", status={"addresses": addresses}), text)
    return [(use.address, use.location) for use in snapshot.address_uses]


def test_paths_stay_short_whatever_the_keys() -> None:
    body = custom(spec={"k" * 5_000: {"a" * 5_000: NODE}})
    ((_, location),) = places(body)
    assert len(location) < 400


def test_the_same_place_in_two_files_is_told_once() -> None:
    body = kube("ConfigMap", "c", "shop", data={"a": NODE})
    assert cluster(body, body).address_uses == (AddressUse(address=NODE, location="ConfigMap shop/c: a"),)


def test_without_nodes_or_config_maps_addresses_were_not_looked_for() -> None:
    node, config = kube("Node", "n"), kube("ConfigMap", "c", "shop")
    assert not read(config).covers(Section.ADDRESS_USES)
    assert not read(node, deployment("web")).covers(Section.ADDRESS_USES)
    assert read(node, config).covers(Section.ADDRESS_USES)

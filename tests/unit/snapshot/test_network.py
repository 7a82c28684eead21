"""Services, Ingresses and their load balancers; addresses written down elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.snapshot.model import IngressRoute, LoadBalancerKind, ServicePort
from tests.unit.snapshot.helpers import kube, read

ELB = "kubernetes.io/elb."


def balanced(name: str = "web", status: str = "", **annotations: str) -> dict[str, Any]:
    given = {ELB + k.replace("_", "-"): v for k, v in annotations.items()}
    ingress = [{"ip": status}] if status else []
    return kube(
        "Service",
        name,
        "shop",
        annotations=given,
        spec={"type": "LoadBalancer", "ports": [{"port": 80, "targetPort": "http", "nodePort": 30080}]},
        status={"loadBalancer": {"ingress": ingress}},
    )


def node(name: str = "192.168.0.12", ip: str = "192.168.0.12", eip: str = "", **labels: str) -> dict[str, Any]:
    addresses = [{"type": "InternalIP", "address": ip}] + ([{"type": "ExternalIP", "address": eip}] if eip else [])
    return kube(
        "Node", name, labels={k.replace("__", "/"): v for k, v in labels.items()}, status={"addresses": addresses}
    )


CCE_NODE = node(**{"failure-domain.beta.kubernetes.io__is-baremetal": "false"})
OTHER_NODE = node("gke-1", "10.128.0.40")


@pytest.mark.parametrize(
    ("given", "beside", "kind"),
    [
        ({"class": "union"}, OTHER_NODE, LoadBalancerKind.SHARED),
        ({"class": "performance"}, OTHER_NODE, LoadBalancerKind.DEDICATED),
        ({"class": "elasticity"}, OTHER_NODE, LoadBalancerKind.CLASSIC),
        ({"class": "dnat"}, OTHER_NODE, LoadBalancerKind.DNAT),
        ({"class": "future"}, CCE_NODE, LoadBalancerKind.UNKNOWN),
        ({"id": "elb-1"}, OTHER_NODE, LoadBalancerKind.CLASSIC),
        ({}, CCE_NODE, LoadBalancerKind.CLASSIC),
        ({}, OTHER_NODE, LoadBalancerKind.OTHER),
        ({}, kube("ConfigMap", "x", "shop"), LoadBalancerKind.UNKNOWN),
        ({}, {"apiVersion": "v3", "kind": "Cluster", "metadata": {"name": "c"}}, LoadBalancerKind.CLASSIC),
    ],
)
def test_kinds_of_load_balancers(given: dict[str, str], beside: dict[str, Any], kind: LoadBalancerKind) -> None:
    assert read(balanced(**given), beside).services[0].load_balancer is kind


def test_id_and_automatic_creation() -> None:
    def told(**given: str) -> tuple[str, bool | None]:
        found = read(balanced(**given)).services[0]
        return found.load_balancer_id, found.load_balancer_auto_created

    assert told(id="elb-1") == ("elb-1", False)
    assert told(autocreate='{"type": "public"}') == ("", True)
    assert told(id="elb-1", autocreate="{}") == ("elb-1", True)
    assert told() == ("", None)


def test_a_dedicated_load_balancer_is_told_by_the_way_it_is_made() -> None:
    made = '{"type": "inner",\n "available_zone": ["az-1"],\n "l4_flavor_name": "L4_flavor.elb.s1.small"}'
    assert read(balanced(autocreate=made), CCE_NODE).services[0].load_balancer is LoadBalancerKind.DEDICATED
    broken = read(balanced(autocreate='{"available_zone": '), CCE_NODE).services[0]
    assert (broken.load_balancer, broken.public) == (LoadBalancerKind.CLASSIC, None)


@pytest.mark.parametrize(
    ("given", "status", "public", "eips"),
    [
        ({"autocreate": '{"type": "public"}'}, "", True, ()),
        ({"autocreate": '{"type": "inner"}'}, "192.168.0.9", False, ()),
        ({"id": "elb-1"}, "192.168.0.9", False, ()),
        ({"id": "elb-1"}, "203.0.113.9", True, ("203.0.113.9",)),
        ({"id": "elb-1"}, "2001:db8::9", True, ("2001:db8::9",)),
        ({"id": "elb-1"}, "fd00::9", False, ()),
        ({"id": "elb-1"}, "", None, ()),
        ({"eip_id": "eip-1"}, "192.168.0.9", True, ()),
        ({"custom_eip_id": "eip-1"}, "", True, ()),
        ({"custom_eip_status": '{"id": "eip-1", "public_ip_address": "203.0.113.7"}'}, "", True, ("203.0.113.7",)),
        ({"id": "elb-1"}, "lb.example.com", None, ()),
    ],
)
def test_whether_the_internet_reaches_it(
    given: dict[str, str], status: str, public: bool | None, eips: tuple[str, ...]
) -> None:
    found = read(balanced(status=status, **given)).services[0]
    assert (found.public, found.eips) == (public, eips)
    assert found.eip_id == ("eip-1" if any("eip" in k for k in given) else "")


def test_a_nat_gateway_is_a_way_in_from_the_internet() -> None:
    body = balanced(**{"class": "dnat"})
    body["metadata"]["annotations"]["kubernetes.io/natgateway.id"] = "nat-1"
    found = read(body).services[0]
    assert (found.load_balancer, found.gateway_id, found.public) == (LoadBalancerKind.DNAT, "nat-1", True)


def test_only_what_is_balanced_is_called_public() -> None:
    plain = kube("Service", "x", "shop", annotations={ELB + "eip-id": "eip-1"}, spec={"externalIPs": ["203.0.113.9"]})
    found = read(plain).services[0]
    assert (found.public, found.eip_id) == (None, "")


def test_fields_of_a_service() -> None:
    body = balanced(status="203.0.113.9")
    body["spec"] |= {
        "loadBalancerIP": "192.168.0.200",
        "externalIPs": ["192.168.0.13"],
        "loadBalancerSourceRanges": ["10.0.0.0/8"],
        "selector": {"app": "web"},
        "sessionAffinity": "ClientIP",
        "externalTrafficPolicy": "Local",
    }
    found = read(body).services[0]
    assert found.addresses == ("192.168.0.200", "203.0.113.9")
    assert found.ports == (ServicePort(port=80, target_port="http", node_port=30080),)
    assert (found.external_ips, found.source_ranges) == (("192.168.0.13",), ("10.0.0.0/8",))
    assert (found.session_affinity, found.traffic_policy) == ("ClientIP", "Local")
    plain = read(kube("Service", "x", "shop", spec={"clusterIP": "None"})).services[0]
    assert (plain.type, plain.cluster_ip, plain.load_balancer) == ("ClusterIP", "None", None)


OLD = {"serviceName": "web", "servicePort": 80}
NEW = {"service": {"name": "web", "port": {"number": 80}}}


@pytest.mark.parametrize(
    ("api", "backend", "default"),
    [
        ("extensions/v1beta1", OLD, "backend"),
        ("networking.k8s.io/v1beta1", OLD, "backend"),
        ("networking.k8s.io/v1", NEW, "defaultBackend"),
    ],
)
def test_ingress_of_every_version(api: str, backend: dict[str, Any], default: str) -> None:
    spec = {
        default: backend,
        "rules": [
            {"host": "a.example", "http": {"paths": [{"backend": backend}, {"path": "/x", "backend": backend}]}},
            {"host": "b.example"},
        ],
        "tls": [{"secretName": "cert"}, {"hosts": ["a"]}],
    }
    found = read(kube("Ingress", "web", "shop", api, spec=spec)).ingresses[0]
    assert found.ref.api_version == api
    assert found.default_backend == "web:80"
    assert found.tls_secrets == ("cert",)
    assert found.routes == (
        IngressRoute(host="a.example", path="", service="web", port="80"),
        IngressRoute(host="a.example", path="/x", service="web", port="80"),
        IngressRoute(host="b.example"),
    )


def test_ingress_with_a_named_port_and_a_resource_backend() -> None:
    spec = {
        "defaultBackend": {"resource": {"kind": "StorageBucket", "name": "static"}},
        "rules": [{"http": {"paths": [{"backend": {"service": {"name": "web", "port": {"name": "http"}}}}]}}],
    }
    found = read(kube("Ingress", "web", "shop", "networking.k8s.io/v1", spec=spec)).ingresses[0]
    assert found.default_backend == "StorageBucket/static"
    assert found.routes[0].port == "http"


def test_load_balancer_of_an_ingress() -> None:
    def kind(annotations: dict[str, str], **spec: str) -> LoadBalancerKind | None:
        body = kube("Ingress", "web", "shop", "networking.k8s.io/v1", annotations=annotations, spec=spec)
        return read(body, CCE_NODE).ingresses[0].load_balancer

    assert kind({"kubernetes.io/ingress.class": "cce", ELB + "class": "union"}) is LoadBalancerKind.SHARED
    assert kind({}, ingressClassName="cce") is LoadBalancerKind.CLASSIC
    assert kind({"kubernetes.io/ingress.class": "nginx"}) is None
    assert kind({"kubernetes.io/ingress.class": "gce"}) is LoadBalancerKind.OTHER


def test_the_way_in_of_an_ingress() -> None:
    given = {ELB + "class": "union", ELB + "ip": "203.0.113.8", ELB + "autocreate": '{"type": "public"}'}
    body = kube("Ingress", "web", "shop", "networking.k8s.io/v1", annotations=given, spec={"ingressClassName": "cce"})
    found = read(body).ingresses[0]
    assert (found.load_balancer_auto_created, found.public, found.eips) == (True, True, ("203.0.113.8",))

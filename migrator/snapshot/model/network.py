"""Services, Ingresses, and where addresses are written down."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import StrEnum

from migrator.snapshot.model.base import Fact, ObjectRef


class LoadBalancerKind(StrEnum):
    """Kinds of F.1: 经典型, 共享型, 独享型, DNAT."""

    CLASSIC = "classic"
    SHARED = "shared"
    DEDICATED = "dedicated"
    DNAT = "dnat"
    OTHER = "other"  # a load balancer of another platform
    UNKNOWN = "unknown"


_INNER = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)


def elastic_ips(addresses: Iterable[str]) -> tuple[str, ...]:
    """Those of the addresses that the Internet can reach; host names are left out."""
    found = []
    for address in addresses:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            continue
        if not any(ip.version == inner.version and ip in inner for inner in _INNER):
            found.append(address)
    return tuple(found)


class ServicePort(Fact, frozen=True, kw_only=True):
    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: str = ""
    node_port: int | None = None


class Service(Fact, frozen=True, kw_only=True):
    namespace: str
    name: str
    type: str = "ClusterIP"
    cluster_ip: str = ""  # "None" for a headless Service
    ports: tuple[ServicePort, ...] = ()
    selector: dict[str, str] = {}
    external_name: str = ""
    external_ips: tuple[str, ...] = ()
    source_ranges: tuple[str, ...] = ()
    session_affinity: str = ""
    traffic_policy: str = ""
    load_balancer: LoadBalancerKind | None = None  # None unless type is LoadBalancer (or DNAT)
    load_balancer_id: str = ""
    load_balancer_auto_created: bool | None = None
    addresses: tuple[str, ...] = ()  # spec.loadBalancerIP and status.loadBalancer.ingress, sorted, unique
    annotations: dict[str, str] = {}  # only those of load balancers (kubernetes.io/elb.* and alike)
    system: bool = False
    public: bool | None = None  # whether the Internet reaches it, through an EIP or a NAT gateway
    eip_id: str = ""  # of an EIP made with the load balancer, or given to it
    gateway_id: str = ""  # NAT gateway of a DNAT Service

    @property
    def eips(self) -> tuple[str, ...]:
        return elastic_ips(self.addresses)


class IngressRoute(Fact, frozen=True, kw_only=True):
    host: str = ""
    path: str = ""
    service: str = ""
    port: str = ""


class Ingress(Fact, frozen=True, kw_only=True):
    ref: ObjectRef
    ingress_class: str = ""
    routes: tuple[IngressRoute, ...] = ()
    default_backend: str = ""  # "service:port"
    tls_secrets: tuple[str, ...] = ()
    load_balancer: LoadBalancerKind | None = None
    load_balancer_id: str = ""
    addresses: tuple[str, ...] = ()
    annotations: dict[str, str] = {}
    system: bool = False
    load_balancer_auto_created: bool | None = None
    public: bool | None = None
    eip_id: str = ""

    @property
    def eips(self) -> tuple[str, ...]:
        return elastic_ips(self.addresses)


_OWN_BALANCER = (": spec.loadBalancerIP", ": annotation kubernetes.io/elb.ip")


class AddressUse(Fact, frozen=True, kw_only=True):
    """A place where a node IP, an EIP or a load balancer address is written down (checklist CL-1)."""

    address: str
    location: str  # "ConfigMap shop/app-config: db.properties", "数据库白名单 10.0.0.8"
    owner: str = ""  # whose system it is; of an object, who would write it anew: "Helm web"
    origin: str = "dump"  # "dump" = found while reading, "form" = entered by a person

    @property
    def names_own_balancer(self) -> bool:
        """Whether a Service or Ingress says here which load balancer it wants: made anew together with the object."""
        return self.origin == "dump" and self.location.endswith(_OWN_BALANCER)

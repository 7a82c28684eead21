"""Services, Ingresses, and where addresses are written down."""

from __future__ import annotations

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


class AddressUse(Fact, frozen=True, kw_only=True):
    """A place where a node IP, an EIP or a load balancer address is written down (checklist CL-1)."""

    address: str
    location: str  # "ConfigMap shop/app-config key db.properties", "数据库白名单 10.0.0.8"
    owner: str = ""  # whose system it is, where known
    origin: str = "dump"  # "dump" = found while reading, "form" = entered by a person

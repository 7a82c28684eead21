"""NET005 and on: ways in that hang on addresses, ports and rules of the old nodes (F.2, F.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import namespace_ref, service_ref, user_services
from migrator.paths.model import Strategy
from migrator.snapshot.model import Section, Service

_MIGRATE = frozenset({Strategy.MIGRATE})
_SERVICES = frozenset({Section.SERVICES})
_MOST_SERVICES = 6000  # in one namespace (F.4)

HOST_PORT = CheckSpec(
    code="NET005",
    slug="host-port",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS}),
    strategies=_MIGRATE,
    references=("course",),
)

TOO_MANY = CheckSpec(
    code="NET006",
    slug="too-many-services",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=_SERVICES,
    references=("course",),
)

NODE_PORT = CheckSpec(
    code="NET007",
    slug="node-port-clients",
    category=Category.NETWORK,
    severity=Severity.INFO,
    needs=_SERVICES,
    strategies=_MIGRATE,
    references=("course", "OTC-umn"),
)

SOURCE_RANGES = CheckSpec(
    code="NET008",
    slug="load-balancer-source-ranges",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=_SERVICES,
    strategies=_MIGRATE,
    references=("OTC-umn",),
)

EXTERNAL_IPS = CheckSpec(
    code="NET009",
    slug="service-external-ips",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=_SERVICES,
    strategies=_MIGRATE,
    references=("OTC-umn",),
)


@check(HOST_PORT)
def host_port(context: CheckContext) -> Iterator[Yield]:
    """The port must be open in the security group of the new nodes, and clients name a node's address."""
    for workload in context.user_workloads:
        ports = [f"{p.port}/{p.protocol}" for p in workload.host_ports]
        if workload.host_network:
            yield finding(HOST_PORT, workload.ref, "host_network_ports" if ports else "host_network", ports=ports)
        elif ports:
            yield finding(HOST_PORT, workload.ref, "host_port", ports=ports)


@check(TOO_MANY)
def too_many(context: CheckContext) -> Iterator[Yield]:
    counts = Counter(s.namespace for s in context.snapshot.services)
    for namespace, count in sorted(counts.items()):
        if count > _MOST_SERVICES:
            yield finding(TOO_MANY, namespace_ref(namespace), count=count, most=_MOST_SERVICES)


@check(NODE_PORT)
def node_port(context: CheckContext) -> Iterator[Yield]:
    """Clients of a NodePort Service name a node's address; the port may be kept, the address cannot."""
    services = [s for s in user_services(context) if s.type == "NodePort"]
    yield evidence(NODE_PORT, "total", total=len(services))
    for service in services:
        yield finding(NODE_PORT, service_ref(service), ports=_node_ports(service))


@check(SOURCE_RANGES)
def source_ranges(context: CheckContext) -> Iterator[Yield]:
    for service in user_services(context):
        if service.source_ranges and service.load_balancer is not None:
            yield finding(SOURCE_RANGES, service_ref(service), ranges=list(service.source_ranges))


@check(EXTERNAL_IPS)
def external_ips(context: CheckContext) -> Iterator[Yield]:
    """An external IP is routed to the old nodes by somebody; in the new cluster it leads nowhere until that changes."""
    for service in user_services(context):
        if service.external_ips:
            yield finding(EXTERNAL_IPS, service_ref(service), addresses=list(service.external_ips))


def _node_ports(service: Service) -> list[str]:
    return [f"{p.node_port}/{p.protocol}" for p in service.ports if p.node_port is not None]

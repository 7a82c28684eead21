"""Where traffic comes into the cluster: Services with a load balancer, and Ingresses. Each is switched by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from migrator.snapshot.model import Ingress, LoadBalancerKind, Service


class Entry(msgspec.Struct, frozen=True):
    """One way in, with what clients know of it."""

    kind: str  # "Service" | "Ingress"
    namespace: str
    name: str
    balancer: LoadBalancerKind
    balancer_id: str
    addresses: tuple[str, ...]
    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    backends: tuple[str, ...]  # names of the Services behind it, in its namespace
    paths: tuple[str, ...] = ()  # for each of ``hosts`` one that is forwarded

    @property
    def key(self) -> str:
        """``Ingress/shop/web``."""
        return f"{self.kind}/{self.namespace}/{self.name}"

    @property
    def row(self) -> tuple[str, str, str]:
        """Name, hosts and old addresses as cells."""
        shown = f"{self.kind} {self.namespace}/{self.name}"
        return (shown, ", ".join(self.hosts) or "—", ", ".join(self.addresses) or "—")


_PLAIN_PATH = re.compile(r"/[\w.~/-]*", re.ASCII)  # what of a path is itself, before any pattern begins


def _path(paths: Sequence[str]) -> str:
    """One that a client can ask for: the root where it is forwarded, otherwise the first."""
    found = [m[0] for m in (_PLAIN_PATH.match(p or "/") for p in paths) if m]
    return "/" if "/" in found or not found else found[0]


def entries_of(services: Iterable[Service], ingresses: Iterable[Ingress]) -> tuple[Entry, ...]:
    return (
        *(_of_service(s) for s in services if s.load_balancer is not None or s.type == "LoadBalancer"),
        *(_of_ingress(i) for i in ingresses),
    )


def _of_service(service: Service) -> Entry:
    return Entry(
        kind="Service",
        namespace=service.namespace,
        name=service.name,
        balancer=service.load_balancer or LoadBalancerKind.UNKNOWN,
        balancer_id=service.load_balancer_id,
        addresses=service.addresses,
        hosts=(),
        ports=tuple(p.port for p in service.ports),
        backends=(service.name,),
    )


def _of_ingress(ingress: Ingress) -> Entry:
    default = ingress.default_backend.rpartition(":")[0] or ingress.default_backend
    hosts = tuple(sorted({r.host for r in ingress.routes if r.host}))
    return Entry(
        kind="Ingress",
        namespace=ingress.ref.namespace,
        name=ingress.ref.name,
        balancer=ingress.load_balancer or LoadBalancerKind.UNKNOWN,
        balancer_id=ingress.load_balancer_id,
        addresses=ingress.addresses,
        hosts=hosts,
        paths=tuple(_path([r.path for r in ingress.routes if r.host == host]) for host in hosts),
        ports=(443,) if ingress.tls_secrets else (80,),
        backends=tuple(sorted({r.service for r in ingress.routes if r.service} | ({default} if default else set()))),
    )

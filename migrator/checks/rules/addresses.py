"""CLU001, the course's CL-1: node IPs and EIPs that something outside the cluster relies on (B.1, B.2 CL-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network

import msgspec

from migrator.checks.registry import check
from migrator.checks.report import evidence, finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Finding, Severity, Yield
from migrator.checks.subjects import address_use_ref, node_ref
from migrator.snapshot.model import AddressUse, Section, Snapshot

SPEC = CheckSpec(
    code="CLU001",
    slug="node-address-written-elsewhere",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=frozenset({Section.NODES}),
    asks=True,
    course_item="CL-1",
    references=("course",),
)


class _Holder(msgspec.Struct, frozen=True):
    """Who has an address of the old cluster."""

    variant: str  # "node" | "eip" | "load_balancer"
    name: str


@check(SPEC)
def evaluate(context: CheckContext) -> Iterator[Yield]:
    snapshot = context.snapshot
    for node in snapshot.nodes:
        if not node.private_ips and not node.eips:
            yield unresolved(SPEC, node_ref(node))
        elif node.eips:
            yield evidence(SPEC, "node_eip", node=node.name, private=node.private_ips, eips=node.eips)
        else:
            yield evidence(SPEC, "node", node=node.name, private=node.private_ips)
    holders = _holders(snapshot)
    unique = {(use.address, use.location): use for use in snapshot.address_uses}
    for use in unique.values():
        yield from _judge(use, holders)


def _judge(use: AddressUse, holders: dict[str, _Holder]) -> Iterable[Finding]:
    """A finding where the written address, or one inside the written range, is one of the old cluster."""
    if "/" in use.address:
        inside = _inside(use.address, holders)
        if inside:
            return [
                finding(SPEC, address_use_ref(use), "range", address=use.address, location=use.location, inside=inside)
            ]
        return []
    holder = holders.get(use.address)
    if holder is None:
        return []
    own = use.names_own_balancer
    return [
        finding(
            SPEC,
            address_use_ref(use),
            "own_balancer" if own else holder.variant,
            severity=Severity.INFO if own else None,
            address=use.address,
            location=use.location,
            holder=holder.name,
            owner=use.owner,
        )
    ]


def _holders(snapshot: Snapshot) -> dict[str, _Holder]:
    """Address -> holder. Load balancers belong here too: each is made anew with another address (F.2)."""
    holders: dict[str, _Holder] = {}
    for service in snapshot.services:
        if service.load_balancer is not None:
            for address in service.addresses:
                holders[address] = _Holder("load_balancer", f"Service {service.namespace}/{service.name}")
    for ingress in snapshot.ingresses:
        for address in ingress.addresses:
            holders.setdefault(address, _Holder("load_balancer", f"Ingress {ingress.ref.namespace}/{ingress.ref.name}"))
    for node in snapshot.nodes:
        holders.update({address: _Holder("eip", node.name) for address in node.eips})
        holders.update({address: _Holder("node", node.name) for address in node.private_ips})
    return holders


def _inside(written: str, holders: dict[str, _Holder]) -> list[str]:
    """The addresses of the old cluster that a written CIDR range covers; ``0.0.0.0/0`` says nothing."""
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        return []
    if network.prefixlen == 0:
        return []
    return sorted(a for a in holders if _is_address(a) and ip_address(a) in network)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True

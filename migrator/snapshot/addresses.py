"""Where an address of the old cluster is written down: the machine's half of checklist item CL-1 (domain facts B.1).

While reading, every IPv4 address in a place that a person wrote is noted with its location; which of them belong to a
node or a load balancer is known only when all files are read. The status that an object has of itself is no such place.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from migrator.snapshot.model import AddressUse, NodeSetting, ObjectRef
from migrator.snapshot.network import ELB_PREFIX
from migrator.snapshot.redaction import LAST_APPLIED
from migrator.snapshot.values import Body, annotations_of, dig, environment, mapping, mappings, sequence, text, texts
from migrator.snapshot.workloads import containers

# A class of plain characters in front lets the search skip text fast; what stands around is looked at afterwards.
_ADDRESS = re.compile(r"[0-9][0-9]{0,2}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
_JOINED_BEFORE = re.compile(r"[\w.]")
_JOINED_AFTER = re.compile(r"\w|\.\w")
_SERVICE_LABEL = "kubernetes.io/service-name"


class Noted(NamedTuple):
    """An address or a range (``10.0.0.0/24``) and the field it stands in.

    ``service``: of an Endpoints object, which counts only where no Service selects its addresses.
    """

    address: str
    location: str
    service: tuple[str, str] | None = None


def in_config(ref: ObjectRef, data: Body) -> Iterator[Noted]:
    for key, value in data.items():
        for address in _addresses(text(value)):
            yield Noted(address, f"{ref}: {key}")


def in_pods(ref: ObjectRef, pods: Body) -> Iterator[Noted]:
    for container in containers(pods):
        place = f"{ref}: container {text(container.get('name'))}"
        for name, value in environment(container):
            if value.count(".") >= 3:
                yield from _in_text(value, f"{place} env {name}")
        for field in ("command", "args"):
            yield from _in_text(" ".join(texts(sequence(container.get(field)))), f"{place} {field}")
    for alias in mappings(pods.get("hostAliases")):
        yield from _in_text(text(alias.get("ip")), f"{ref}: hostAliases")
    for volume in mappings(pods.get("volumes")):
        yield from _in_text(text(dig(volume, "nfs", "server")), f"{ref}: volume {text(volume.get('name'))} nfs.server")


def in_service(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    spec = mapping(body.get("spec"))
    yield from _in_text(text(spec.get("externalName")), f"{ref}: spec.externalName")
    for address in texts(spec.get("externalIPs")):
        yield from _in_text(address, f"{ref}: spec.externalIPs")
    yield from _ranges(texts(spec.get("loadBalancerSourceRanges")), f"{ref}: spec.loadBalancerSourceRanges")
    yield from in_annotations(ref, body)


def in_annotations(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    """Addresses in annotations, without those in which the platform wrote the object's own load balancer."""
    for key, value in annotations_of(body).items():
        if key != LAST_APPLIED and not key.startswith(ELB_PREFIX):
            yield from _in_text(value, f"{ref}: annotation {key}")


def in_endpoints(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    for subset in mappings(body.get("subsets")):
        for entry in mappings(subset.get("addresses")):
            if not entry.get("targetRef"):
                yield Noted(text(entry.get("ip")), f"{ref}: subsets.addresses", (ref.namespace, ref.name))


def in_endpoint_slice(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    service = text(dig(body, "metadata", "labels", _SERVICE_LABEL))
    for entry in mappings(body.get("endpoints")):
        if not entry.get("targetRef"):
            for address in texts(entry.get("addresses")):
                yield Noted(address, f"{ref}: endpoints.addresses", (ref.namespace, service))


def in_network_policy(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in mappings(dig(body, "spec", direction)):
            for peer in mappings(rule.get(peers)):
                block = mapping(peer.get("ipBlock"))
                place = f"{ref}: spec.{direction}.{peers}.ipBlock"
                yield from _ranges((text(block.get("cidr")), *texts(block.get("except"))), place)


def in_webhooks(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    for hook in mappings(body.get("webhooks")):
        yield from _in_text(
            text(dig(hook, "clientConfig", "url")), f"{ref}: webhook {text(hook.get('name'))} clientConfig.url"
        )


def in_volume(ref: ObjectRef, path: str) -> Iterator[Noted]:
    yield from _in_text(path, f"{ref}: storage address")


def in_node_settings(settings: Iterable[NodeSetting]) -> Iterator[Noted]:
    """Addresses in files of the nodes: their hosts file, jobs, mounts, mirrors."""
    for s in settings:
        yield from _in_text(f"{s.key} {s.value}", f"{_holder(s.node)}: {s.key}")


def _holder(node: str) -> str:
    return node if " " in node else f"Node {node}"


def _in_text(value: str, location: str) -> Iterator[Noted]:
    for address in _addresses(value):
        yield Noted(address, location)


def _addresses(value: str) -> set[str]:
    """The IPv4 addresses in a text that stand alone: not in a longer number, name or version."""
    if value.count(".") < 3:
        return set()
    return {
        m[0]
        for m in _ADDRESS.finditer(value)
        if not _JOINED_BEFORE.match(value, max(0, m.start() - 1), m.start())
        and not _JOINED_AFTER.match(value, m.end())
        and all(int(part) < 256 for part in m[0].split("."))
    }


def _ranges(values: Iterable[str], location: str) -> Iterator[Noted]:
    for value in values:
        if value:
            yield Noted(value, location)


def uses(noted: Iterable[Noted], known: Iterable[str], selecting: set[tuple[str, str]]) -> tuple[AddressUse, ...]:
    """The noted addresses that are ``known``, and the ranges that hold one of them, without "everywhere" (/0).

    Args:
        known: addresses of nodes (private and elastic) and of load balancers.
        selecting: (namespace, name) of the Services with a selector.
    """
    addresses = {a for a in known if a}
    parsed = [ip for a in addresses if (ip := _ip(a)) is not None]
    found = set()
    for entry in noted:
        if entry.service in selecting:
            continue
        if entry.address in addresses or ("/" in entry.address and _holds_any(entry.address, parsed)):
            found.add((entry.address, entry.location))
    return tuple(AddressUse(address=a, location=place) for a, place in sorted(found))


def _ip(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def _holds_any(value: str, known: list[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen > 0 and any(ip in network for ip in known)

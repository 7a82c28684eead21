"""The fields in which people write addresses down, object by object, and what stands in them.

Looked at are specifications of every kind, also of custom resources that nobody here knows, the texts of ConfigMaps,
annotations of what serves and runs the business, and the addresses of webhooks. Not looked at are Secrets and the
``binaryData`` of ConfigMaps, whose content is not read; what an object tells of itself (its status, its last applied
manifest, its own load balancer in annotations of the platform); and what controllers made from something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from migrator.snapshot.addresses import Noted, in_text
from migrator.snapshot.model import NodeSetting, ObjectRef
from migrator.snapshot.network import ELB_IP, ELB_PREFIX
from migrator.snapshot.objects import controlling_owner
from migrator.snapshot.redaction import LAST_APPLIED
from migrator.snapshot.values import (
    Body,
    annotations_of,
    dig,
    environment,
    first,
    labels_of,
    mapping,
    mappings,
    metadata,
    text,
    texts,
)
from migrator.snapshot.workloads import containers

_SERVICE_LABEL = "kubernetes.io/service-name"
_MOST_OF_A_PATH = 300
# What addresses look like in JSON, in any order of likelihood; each is found without trying at every character.
_DOTTED = re.compile(rb"\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
_COLONS = re.compile(rb":(?:[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4})?:")
_HOST = re.compile(rb"lb[\w-]*\.")
# Objects in which the platform describes its own nodes.
_OF_THE_PLATFORM = frozenset(
    (
        *("VolumeAttachment", "CertificateSigningRequest", "ComponentStatus", "CSIStorageCapacity", "ServiceAccount"),
        *("BlockAffinity", "IPAMBlock", "IPAMConfig", "IPAMHandle", "HostEndpoint", "WorkloadEndpoint"),
        *("CiliumNode", "CiliumEndpoint", "CiliumIdentity"),
    )
)
_LEADERS = "control-plane.alpha.kubernetes.io/leader"


def in_config(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    for key, value in mapping(body.get("data")).items():
        yield from in_text(text(value), f"{ref}: {key}")


def in_workload(ref: ObjectRef, body: Body, template: Body) -> Iterator[Noted]:
    """Addresses in the specification of pods and in the annotations; the rest of a workload holds none."""
    spec = mapping(template.get("spec"))
    given = _annotations(body) if template is body else {**_annotations(body), **_annotations(template)}
    if not may_hold_addresses((spec, given)):
        return
    for container in containers(spec):
        place = f"{ref}: container {text(container.get('name'))}"
        for name, value in environment(container):
            yield from in_text(value, f"{place} env {name}")
        yield from _in_tree({k: v for k, v in container.items() if k != "env"}, f"{place} ")
    elsewhere = ("containers", "initContainers", "nodeName" if template is body else "")  # of a Pod the scheduler's
    rest = {k: v for k, v in spec.items() if k not in elsewhere}
    yield from _in_tree(rest, f"{ref}: ")
    yield from _in_annotations(ref, given)


def in_service(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    spec = mapping(body.get("spec"))
    for field in ("externalName", "loadBalancerIP"):
        if field in spec:
            yield from in_text(text(spec[field]), f"{ref}: spec.{field}")
    for field in ("externalIPs", "loadBalancerSourceRanges"):
        for address in texts(spec.get(field)):
            yield from in_text(address, f"{ref}: spec.{field}")
    yield from _in_annotations(ref, _annotations(body))


def in_ingress(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    yield from _in_annotations(ref, _annotations(body))


def in_endpoints(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    """Addresses that a person wrote; those with a target were written by the controller of the Service."""
    for subset in mappings(body.get("subsets")):
        for entry in mappings(subset.get("addresses")):
            if not entry.get("targetRef"):
                for noted in in_text(text(entry.get("ip")), f"{ref}: subsets.addresses"):
                    yield noted._replace(service=(ref.namespace, ref.name))


def in_endpoint_slice(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    service = text(dig(body, "metadata", "labels", _SERVICE_LABEL))
    for entry in mappings(body.get("endpoints")):
        if not entry.get("targetRef"):
            for address in texts(entry.get("addresses")):
                for noted in in_text(address, f"{ref}: endpoints.addresses"):
                    yield noted._replace(service=(ref.namespace, service))


def in_network_policy(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in mappings(dig(body, "spec", direction)):
            for peer in mappings(rule.get(peers)):
                block = mapping(peer.get("ipBlock"))
                for value in (text(block.get("cidr")), *texts(block.get("except"))):
                    yield from in_text(value, f"{ref}: spec.{direction}.{peers}.ipBlock")


def in_webhooks(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    for hook in mappings(body.get("webhooks")):
        place = f"{ref}: webhook {text(hook.get('name'))} clientConfig.url"
        yield from in_text(text(dig(hook, "clientConfig", "url")), place)


def in_definition(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    """The webhook that converts custom resources, in the forms of both API versions; schemas hold no addresses."""
    for path in (("conversion", "webhook", "clientConfig", "url"), ("conversion", "webhookClientConfig", "url")):
        place = ".".join(("spec", *path))
        yield from in_text(text(dig(body, "spec", *path)), f"{ref}: {place}")


def in_volume(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    """Addresses of the storage; on which node it lies is a matter of its own."""
    spec = {k: v for k, v in mapping(body.get("spec")).items() if k != "nodeAffinity"}
    if may_hold_addresses(spec):
        yield from _in_tree(spec, f"{ref}: spec.")


def in_other(ref: ObjectRef, body: Body) -> Iterator[Noted]:
    """Any string in an object of any other kind, its annotations among them."""
    if ref.kind in _OF_THE_PLATFORM or "yangtse" in ref.group or controlling_owner(metadata(body)):
        return
    content = {k: v for k, v in body.items() if k not in ("apiVersion", "kind", "metadata", "status")}
    given = _annotations(body)
    if may_hold_addresses((content, given)):
        yield from _in_tree(content, f"{ref}: ")
        yield from _in_annotations(ref, given)


def in_node_settings(settings: Iterable[NodeSetting]) -> Iterator[Noted]:
    """Addresses in files of the nodes: their hosts file, jobs, mounts, mirrors."""
    for s in settings:
        holder = s.node if " " in s.node else f"Node {s.node}"
        yield from in_text(f"{s.key} {s.value}", f"{holder}: {s.key}")


def may_hold_addresses(value: Any) -> bool:
    """Whether anything in ``value`` looks like an address: writing it as JSON is faster than walking through it."""
    try:
        written = orjson.dumps(value)
    except TypeError:  # a number or a depth beyond JSON; then the walk decides
        return True
    return (
        _DOTTED.search(written) is not None
        or _COLONS.search(written) is not None
        or (b"lb" in written and _HOST.search(written) is not None)
    )


def maker_of(body: Body) -> str:
    """Who would write the object anew, and with it the address: a Helm release, an Argo CD application, an operator."""
    given = {**labels_of(body), **annotations_of(body)}
    release = first(
        given.get("meta.helm.sh/release-name", ""),
        given.get("release", "") if given.get("heritage") in ("Helm", "Tiller") else "",
    )
    if release:
        return f"Helm {release}"
    application = (
        given.get("argocd.argoproj.io/instance") or given.get("argocd.argoproj.io/tracking-id", "").partition(":")[0]
    )
    return f"Argo CD {application}" if application else controlling_owner(metadata(body))


def _annotations(body: Body) -> dict[str, str]:
    """Without those in which the platform wrote the object's own load balancer or who leads."""
    given = annotations_of(body)
    return given and {
        k: v
        for k, v in given.items()
        if k not in (LAST_APPLIED, _LEADERS) and (k == ELB_IP or not k.startswith(ELB_PREFIX))
    }


def _in_annotations(ref: ObjectRef, given: dict[str, str]) -> Iterator[Noted]:
    for key, value in given.items():
        yield from in_text(value, f"{ref}: annotation {key}")


def _in_tree(value: Body, place: str) -> Iterator[Noted]:
    """Addresses in the strings at any depth; entries of lists go by their name where they have one."""
    open_values: list[tuple[str, Any]] = [("", value)]
    while open_values:
        path, item = open_values.pop()
        if isinstance(item, str):
            yield from in_text(item, place + path)
        elif isinstance(item, dict):
            above = f"{path}." if path else ""
            open_values += ((f"{above}{key}"[:_MOST_OF_A_PATH], below) for key, below in item.items())
        elif isinstance(item, list):
            open_values += ((f"{path}{_named(below)}"[:_MOST_OF_A_PATH], below) for below in item)


def _named(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return f"[{name}]" if isinstance(name, str) else ""

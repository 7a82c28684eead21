"""Services and Endpoints for the new cluster: the same name, ports and selector, nothing of the old cluster's own."""

from __future__ import annotations

from typing import Any, NamedTuple

from migrator.conversion.model import Note, Options
from migrator.conversion.network.balancers import Wanted, balanced
from migrator.conversion.storage.common import Manifest, without
from migrator.locale import msg
from migrator.snapshot.model import LoadBalancerKind, ObjectRef
from migrator.snapshot.values import Body, annotations_of, mapping, mappings, text, texts
from migrator.versions import Version

_UNREADY = "service.alpha.kubernetes.io/tolerate-unready-endpoints"
_HINTS, _TOPOLOGY = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
_ZONE = "topology.kubernetes.io/zone"
_EXTERNAL_TRAFFIC = "service.beta.kubernetes.io/external-traffic"  # of 1.4 to 1.7
# Given by the old cluster: addresses of its own network, and ports that its nodes happened to have.
_OF_THE_OLD = ("clusterIP", "clusterIPs", "healthCheckNodePort", "loadBalancerIP", "ipFamily", "ipFamilies")
_DROPPED_ANNOTATIONS = (
    *(_UNREADY, _EXTERNAL_TRAFFIC, "service.beta.kubernetes.io/healthcheck-nodeport"),
    "service.protal.kubernetes.io/access-ip",  # CCE's console wrote the old address there
)
_REACHED_FROM_OUTSIDE = ("NodePort", "LoadBalancer")


class Converted(NamedTuple):
    body: Manifest
    notes: tuple[Note, ...]


def convert_service(
    ref: ObjectRef,
    body: Body,
    target: Version,
    options: Options,
    *,
    kind: LoadBalancerKind | None,
    public: bool | None = None,
) -> Converted:
    """A Service as dumped, for a cluster of ``target``.

    Args:
        kind: of its load balancer as the facts tell it; None where it has none.
        public: whether the Internet reached it.
    """
    notes: list[Note] = []
    spec, given = dict(mapping(body.get("spec"))), annotations_of(body)
    is_balanced = text(spec.get("type")) in ("LoadBalancer", "DNAT")
    made = _spec(ref, spec, target, notes)
    annotations = {k: v for k, v in given.items() if k not in _DROPPED_ANNOTATIONS}
    if given.get(_UNREADY) == "true":
        made["publishNotReadyAddresses"] = True
    if given.get(_EXTERNAL_TRAFFIC) == "OnlyLocal" and made.get("type") in _REACHED_FROM_OUTSIDE:
        made["externalTrafficPolicy"] = "Local"
    if target.minor >= 27 and _HINTS in annotations:
        annotations[_TOPOLOGY] = annotations.pop(_HINTS).capitalize()
    if is_balanced:
        kind = kind or LoadBalancerKind.UNKNOWN
        flavor = "l7_flavor_name" if given.get("kubernetes.io/elb.protocol-port") else "l4_flavor_name"
        wanted = Wanted(ref, kind, target, options, flavor, public)
        annotations, said = balanced(annotations, wanted)
        notes += said
    return Converted(with_annotations({**without(body, ("status",)), "spec": made}, annotations), tuple(notes))


def _spec(ref: ObjectRef, spec: Body, target: Version, notes: list[Note]) -> Manifest:
    kind = text(spec.get("type")) or "ClusterIP"
    made = without(spec, _OF_THE_OLD)
    if text(spec.get("clusterIP")) == "None" and kind != "ExternalName":
        made["clusterIP"] = "None"
    if kind == "DNAT":
        made["type"] = kind = "LoadBalancer"
    if "ports" in spec:
        made["ports"] = [_port(p, kind) for p in mappings(spec.get("ports"))]
    if kind not in _REACHED_FROM_OUTSIDE:
        for field in ("externalTrafficPolicy", "loadBalancerSourceRanges", "allocateLoadBalancerNodePorts"):
            made.pop(field, None)
    _families(ref, made, target, notes)
    if "IPv6" in (spec.get("ipFamily"), *texts(spec.get("ipFamilies"))[:1]):
        _say(notes, ref, "first_family")
    _of_other_places(ref, made, target, notes)
    if kind != "ExternalName" and not mapping(spec.get("selector")):
        _say(notes, ref, "no_selector")
    return made


def _of_other_places(ref: ObjectRef, made: Manifest, target: Version, notes: list[Note]) -> None:
    """Drops what the target does not know, or what names addresses and controllers of the old place."""
    if target.minor >= 22 and made.pop("topologyKeys", None):
        _say(notes, ref, "topology_keys")
    if made.pop("loadBalancerClass", None):
        _say(notes, ref, "balancer_class")
    if addresses := texts(made.pop("externalIPs", None)):
        _say(notes, ref, "external_ips", addresses=list(addresses))


def _port(old: Body, kind: str) -> Manifest:
    """Clients may use the node port of a NodePort Service; that of a load balancer is between it and the nodes."""
    made = dict(old)
    if kind != "NodePort" or not made.get("nodePort"):
        made.pop("nodePort", None)
    return made


def _families(ref: ObjectRef, made: Manifest, target: Version, notes: list[Note]) -> None:
    policy = text(made.get("ipFamilyPolicy"))
    if policy in ("", "SingleStack") or target.minor < 20:
        made.pop("ipFamilyPolicy", None)
    if policy in ("PreferDualStack", "RequireDualStack"):
        _say(notes, ref, "dual_stack", policy=policy)


def convert_endpoints(ref: ObjectRef, body: Body) -> Converted:
    """Endpoints that somebody wrote by hand, for a Service without a selector."""
    subsets = []
    for old in mappings(body.get("subsets")):
        made = dict(old)
        for field in ("addresses", "notReadyAddresses"):
            if field in made:
                made[field] = [without(a, ("nodeName", "targetRef")) for a in mappings(made[field])]
        subsets.append(made)
    addresses = sorted({text(a.get("ip")) for s in subsets for a in mappings(s.get("addresses"))})
    notes: list[Note] = []
    if addresses:
        _say(notes, ref, "endpoints", addresses=addresses)
    return Converted({**body, "subsets": subsets} if subsets else dict(body), tuple(notes))


def convert_endpoint_slice(ref: ObjectRef, body: Body) -> Converted:
    """An EndpointSlice that somebody wrote by hand; ``body`` names the API version that the target serves."""
    endpoints = []
    dropped: set[str] = set()
    for old in mappings(body.get("endpoints")):
        made = without(old, ("nodeName", "targetRef", "topology", "deprecatedTopology"))
        dropped |= {*mapping(old.get("topology")), *mapping(old.get("deprecatedTopology"))} - {_ZONE}
        if zone := text(mapping(old.get("topology")).get(_ZONE)):
            made |= {"zone": zone} if text(body.get("apiVersion")).endswith("/v1") else {"topology": {_ZONE: zone}}
        endpoints.append(made)
    addresses = sorted({a for e in endpoints for a in texts(e.get("addresses"))})
    notes: list[Note] = []
    if addresses:
        _say(notes, ref, "endpoints", addresses=addresses)
    if dropped:
        _say(notes, ref, "endpoint_topology", keys=sorted(dropped))
    return Converted({**body, "endpoints": endpoints}, tuple(notes))


def with_annotations(body: Manifest, annotations: dict[str, str]) -> Manifest:
    """The object with these annotations and no others."""
    meta = without(mapping(body.get("metadata")), ("annotations",))
    return {**body, "metadata": {**meta, **({"annotations": annotations} if annotations else {})}}


_CLOSED = frozenset(("topology_keys", "endpoint_topology", "no_selector", "balancer_class"))


def _say(notes: list[Note], ref: ObjectRef, sentence: str, **values: Any) -> None:
    text_of = msg(f"network.note.{sentence}", name=str(ref), **values)
    notes.append(Note(ref=ref, text=text_of, open=sentence not in _CLOSED))

"""Services and Ingresses with their load balancers (domain facts F.1)."""

from __future__ import annotations

import orjson

from migrator.snapshot.model import Ingress, IngressRoute, LoadBalancerKind, ObjectRef, Service, ServicePort
from migrator.snapshot.model.network import elastic_ips
from migrator.snapshot.redaction import LAST_APPLIED, mask_annotations, mask_labels, mask_text
from migrator.snapshot.values import (
    Body,
    annotations_of,
    dig,
    first,
    first_of,
    mapping,
    mappings,
    number,
    text,
    text_map,
    texts,
)

ELB_PREFIX = "kubernetes.io/elb."
_ELB_CLASS = ELB_PREFIX + "class"
_ELB_ID = ELB_PREFIX + "id"
ELB_IP = ELB_PREFIX + "ip"
_ELB_AUTOCREATE = ELB_PREFIX + "autocreate"
_ONLY_DEDICATED = ("available_zone", "l4_flavor_name", "l7_flavor_name")  # fields of elb.autocreate (F.1)
_EIP_IDS = (ELB_PREFIX + "eip-id", ELB_PREFIX + "custom-eip-id")
_EIP_STATUS = ELB_PREFIX + "custom-eip-status"
_NAT_GATEWAY = "kubernetes.io/natgateway.id"
_CLASSES = {
    "elasticity": LoadBalancerKind.CLASSIC,
    "union": LoadBalancerKind.SHARED,
    "performance": LoadBalancerKind.DEDICATED,
    "dnat": LoadBalancerKind.DNAT,
}
_INGRESS_CLASS = "kubernetes.io/ingress.class"
_FOREIGN_INGRESS = frozenset(("gce", "gce-internal", "alb"))
# Annotations that speak of a load balancer or of the way traffic is served; all others are left out of the facts.
_KEPT = (
    "kubernetes.io/elb",
    "kubernetes.io/natgateway",
    "kubernetes.io/hws-",
    "kubernetes.io/ingress",
    "kubernetes.io/session-affinity",
    "service.protocol",
    "nginx.ingress.kubernetes.io/",
    "ingress.kubernetes.io/",
    "ingress.beta.kubernetes.io/",
    "service.beta.kubernetes.io/",
    "service.kubernetes.io/",
    "cloud.google.com/",
    "networking.gke.io/",
    "alb.ingress.kubernetes.io/",
    "traefik.ingress.kubernetes.io/",
    "cert-manager.io/",
    "certmanager.k8s.io/",
)


def kept_annotations(body: Body) -> dict[str, str]:
    given = annotations_of(body)
    if not given:
        return given
    return mask_annotations({k: v for k, v in given.items() if k.startswith(_KEPT) and k != LAST_APPLIED})


def service(ref: ObjectRef, body: Body, system: bool) -> Service:
    """A Service; ``load_balancer`` is UNKNOWN where it names no class: see ``settle_class``."""
    spec, kept = mapping(body.get("spec")), kept_annotations(body)
    kind = text(spec.get("type")) or "ClusterIP"
    balanced = kind in ("LoadBalancer", "DNAT")
    addresses = _addresses(body, text(spec.get("loadBalancerIP")), *_given_addresses(kept))
    return Service(
        namespace=ref.namespace,
        name=ref.name,
        type=kind,
        cluster_ip=text(spec.get("clusterIP")),
        ports=tuple(_port(p) for p in mappings(spec.get("ports"))),
        selector=mask_labels(text_map(spec.get("selector"))),
        external_name=mask_text(text(spec.get("externalName"))),
        external_ips=tuple(sorted(texts(spec.get("externalIPs")))),
        source_ranges=tuple(sorted(texts(spec.get("loadBalancerSourceRanges")))),
        session_affinity=text(spec.get("sessionAffinity")),
        traffic_policy=text(spec.get("externalTrafficPolicy")),
        load_balancer=_kind_of(kind, kept) if balanced else None,
        load_balancer_id=kept.get(_ELB_ID, "") if balanced else "",
        load_balancer_auto_created=_auto_created(kept) if balanced else None,
        addresses=addresses,
        annotations=kept,
        system=system,
        public=_public(kept, addresses) if balanced else None,
        eip_id=_eip_id(kept) if balanced else "",
        gateway_id=kept.get(_NAT_GATEWAY, "") if balanced else "",
    )


def _kind_of(service_type: str, given: dict[str, str]) -> LoadBalancerKind:
    if service_type == "DNAT" or _NAT_GATEWAY in given:
        return LoadBalancerKind.DNAT
    return _class_of(given)


def _class_of(given: dict[str, str]) -> LoadBalancerKind:
    """The class that the annotations name, UNKNOWN where they name none or one of the future."""
    if names_no_class(given) and any(k in _json(given.get(_ELB_AUTOCREATE)) for k in _ONLY_DEDICATED):
        return LoadBalancerKind.DEDICATED
    return _CLASSES.get(given.get(_ELB_CLASS, "").lower(), LoadBalancerKind.UNKNOWN)


def names_no_class(given: dict[str, str]) -> bool:
    return not given.get(_ELB_CLASS)


def _json(annotation: str | None) -> Body:
    """An annotation written as JSON, also over several lines; empty where it is none."""
    if not annotation:
        return {}
    try:
        return mapping(orjson.loads(annotation))
    except orjson.JSONDecodeError:
        return {}


def _eip_id(given: dict[str, str]) -> str:
    return first(first_of(given, _EIP_IDS), text(_json(given.get(_EIP_STATUS)).get("id")))


def _given_addresses(given: dict[str, str]) -> tuple[str, ...]:
    """Addresses that annotations tell: the load balancer's own, and the EIP that CCE bound to it."""
    bound = text(_json(given.get(_EIP_STATUS)).get("public_ip_address"))
    return (given.get(ELB_IP, ""), bound)


def _public(given: dict[str, str], addresses: tuple[str, ...]) -> bool | None:
    """Whether the Internet reaches the load balancer: by its EIP, by the way it was made, or else by its addresses."""
    if _eip_id(given) or given.get(_NAT_GATEWAY) or elastic_ips(addresses):
        return True
    made = text(_json(given.get(_ELB_AUTOCREATE)).get("type"))
    if made:
        return made == "public"
    return False if addresses and not any(map(_is_host_name, addresses)) else None


def _is_host_name(address: str) -> bool:
    return ":" not in address and not address.replace(".", "").isdigit()


def _auto_created(given: dict[str, str]) -> bool | None:
    # With both annotations the load balancer is treated as auto-created: deleting the Service may delete it (F.1).
    if given.get(_ELB_AUTOCREATE):
        return True
    return False if given.get(_ELB_ID) else None


def _port(port: Body) -> ServicePort:
    return ServicePort(
        port=number(port.get("port")) or 0,
        name=text(port.get("name")),
        protocol=text(port.get("protocol")) or "TCP",
        target_port=text(port.get("targetPort")),
        node_port=number(port.get("nodePort")) or None,
    )


def _addresses(body: Body, *more: str) -> tuple[str, ...]:
    found = {a for a in more if a}
    for entry in mappings(dig(body, "status", "loadBalancer", "ingress")):
        found.update(a for a in (text(entry.get("ip")), text(entry.get("hostname"))) if a)
    return tuple(sorted(found))


def ingress(ref: ObjectRef, body: Body, system: bool) -> Ingress:
    spec, kept = mapping(body.get("spec")), kept_annotations(body)
    ingress_class = first(text(spec.get("ingressClassName")), kept.get(_INGRESS_CLASS, ""))
    default = mapping(spec.get("defaultBackend")) or mapping(spec.get("backend"))
    addresses = _addresses(body, *_given_addresses(kept))
    return Ingress(
        ref=ref,
        ingress_class=ingress_class,
        routes=tuple(r for rule in mappings(spec.get("rules")) for r in _routes(rule)),
        default_backend=":".join(filter(None, _backend(default))),
        tls_secrets=tuple(sorted({s for t in mappings(spec.get("tls")) if (s := text(t.get("secretName")))})),
        load_balancer=_ingress_kind(ingress_class, kept),
        load_balancer_id=kept.get(_ELB_ID, ""),
        addresses=addresses,
        annotations=kept,
        system=system,
        load_balancer_auto_created=_auto_created(kept),
        public=_public(kept, addresses),
        eip_id=_eip_id(kept),
    )


def _ingress_kind(ingress_class: str, given: dict[str, str]) -> LoadBalancerKind | None:
    if ingress_class == "cce" or any(k.startswith(ELB_PREFIX) for k in given):
        return _class_of(given)
    return LoadBalancerKind.OTHER if ingress_class in _FOREIGN_INGRESS else None


def _routes(rule: Body) -> list[IngressRoute]:
    host = mask_text(text(rule.get("host")))
    routes = []
    for entry in mappings(dig(rule, "http", "paths")):
        name, port = _backend(mapping(entry.get("backend")))
        routes.append(IngressRoute(host=host, path=mask_text(text(entry.get("path"))), service=name, port=port))
    return routes or [IngressRoute(host=host)]


def _backend(backend: Body) -> tuple[str, str]:
    """Service and port of a backend in the form of any API version; a resource backend as ``Kind/name``."""
    if "service" in backend:  # networking.k8s.io/v1
        service_body = mapping(backend["service"])
        port = mapping(service_body.get("port"))
        return text(service_body.get("name")), first(text(port.get("name")), text(port.get("number")))
    if "resource" in backend:
        return f"{text(dig(backend, 'resource', 'kind'))}/{text(dig(backend, 'resource', 'name'))}", ""
    return text(backend.get("serviceName")), text(backend.get("servicePort"))


def settle_class(
    kind: LoadBalancerKind | None, given: dict[str, str], platform: LoadBalancerKind
) -> LoadBalancerKind | None:
    """The kind of a load balancer without a class, once the whole dump has told whose platform it is."""
    return platform if kind is LoadBalancerKind.UNKNOWN and names_no_class(given) else kind

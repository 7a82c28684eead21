"""Facts of the CCE REST API: clusters, nodes, node pools and add-ons (domain facts K).

Lenient where consoles and versions differ: ``apiversion``, endpoint keys in any case, endpoints as ``{url, type}``,
timestamps of both forms (none is kept). An object is of this API by its version (``v3``; jobs also ``v2``) and kind:
Kubernetes itself has no such core version.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from migrator.errors import VersionError
from migrator.snapshot.model import (
    AUTHENTICATING_PROXY,
    AddOn,
    ClusterFacts,
    Node,
    NodeKind,
    NodePool,
    NodeSetting,
    ObjectRef,
)
from migrator.snapshot.node_settings import of_pool
from migrator.snapshot.nodes import POOL_ANNOTATION, kind_of_flavor, pool_of, taints
from migrator.snapshot.readers import Found
from migrator.snapshot.redaction import mask_labels, mask_text
from migrator.snapshot.scripts import settings_in
from migrator.snapshot.values import (
    Body,
    annotations_of,
    dig,
    first,
    mapping,
    mappings,
    metadata,
    number,
    sequence,
    text,
    text_map,
    truth,
)
from migrator.versions import Version

API_VERSIONS = frozenset(("v2", "v3"))
_BILLING = {0: "pay_per_use", 1: "yearly_monthly", 2: "yearly_monthly"}
_SCRIPTS = ("alpha.cce/preInstall", "alpha.cce/postInstall", "preInstall", "postInstall")
_MOST_OF_SCRIPT = 1 << 16  # characters; the platform allows 10240


def is_cce(ref: ObjectRef) -> bool:
    return ref.api_version in API_VERSIONS


def of_today(found: Found) -> Found:
    """The object under the kind that the API gives it now: the first clusters' API called a node "Host"."""
    return found._replace(kind="Node") if found.kind == "Host" and found.api_version in API_VERSIONS else found


def cluster(ref: ObjectRef, body: Body) -> ClusterFacts:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    version = _version(text(spec.get("version")))
    return ClusterFacts(
        name=first(ref.name, text(metadata(body).get("alias"))),
        uid=text(metadata(body).get("uid")),
        version=version,
        version_source="cce_api" if version else "",
        platform_version=text(spec.get("platformVersion")),
        category=text(spec.get("category")) or "CCE",
        type=text(spec.get("type")),
        flavor=text(spec.get("flavor")),
        network_mode=text(dig(spec, "containerNetwork", "mode")),
        container_cidr=_container_cidr(mapping(spec.get("containerNetwork"))),
        service_cidr=first(text(spec.get("kubernetesSvcIpRange")), text(dig(spec, "serviceNetwork", "IPv4CIDR"))),
        proxy_mode=text(spec.get("kubeProxyMode")),
        vpc=text(dig(spec, "hostNetwork", "vpc")),
        subnet=text(dig(spec, "hostNetwork", "subnet")),
        masters=len(sequence(spec.get("masters"))) or None,
        billing=_billing(spec),
        phase=text(status.get("phase")),
        endpoints=_endpoints(status.get("endpoints")),
        authentication=_authentication(mapping(spec.get("authentication"))),
        upgraded_from=_told(mapping(spec.get("extendParam")), "upgradefrom", "never"),
        cpu_policy=_told(mapping(spec.get("extendParam")), "kubernetes.io/cpuManagerPolicy", "none"),
        encryption=text(dig(spec, "encryptionConfig", "mode")),
        ipv6=truth(spec.get("ipv6enable")),
    )


def _authentication(given: Body) -> str:
    """The mode; a proxy's certificate says it too, whatever word stands beside it."""
    return AUTHENTICATING_PROXY if text(dig(given, "authenticatingProxy", "ca")) else text(given.get("mode"))


def _told(given: Body, key: str, nothing: str) -> str:
    """The value of a parameter; ``nothing`` where it is there and empty, empty where it is not there."""
    return text(given[key]) or nothing if key in given else ""


def _version(value: str) -> Version | None:
    try:
        return Version.parse(value) if value else None
    except VersionError:
        return None


def _container_cidr(network: Body) -> str:
    listed = [text(c.get("cidr")) for c in mappings(network.get("cidrs"))]
    return ",".join(sorted({c for c in (*listed, text(network.get("cidr"))) if c}))


def _billing(spec: Body) -> str:
    mode = number(spec.get("billingMode"))
    return _BILLING.get(mode, "") if mode is not None else ""


def _endpoints(value: object) -> tuple[str, ...]:
    """The addresses of a list of ``{internal: url}`` or ``{url, type}``, or of one such mapping."""
    found: set[str] = set()
    for entry in mappings(value) or [mapping(value)]:
        lower = {str(k).lower(): text(v) for k, v in entry.items()}
        found.update([lower["url"]] if "url" in lower else lower.values())
    return tuple(sorted(mask_text(url) for url in found if url))


def node(ref: ObjectRef, body: Body) -> Node:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    flavor = text(spec.get("flavor"))
    return Node(
        name=ref.name,
        kind=kind_of_flavor(flavor) if flavor else NodeKind.UNKNOWN,
        private_ips=tuple(sorted(filter(None, {text(status.get("privateIP")), text(status.get("privateIPv6IP"))}))),
        eips=tuple(filter(None, (text(status.get("publicIP")),))),
        flavor=flavor,
        zone=text(spec.get("az")),
        pool=pool_of(annotations_of(body).get(POOL_ANNOTATION, "")),
        server_id=text(status.get("serverId")),
        phase=text(status.get("phase")),
        os_image=text(spec.get("os")),
        runtime=text(dig(spec, "runtime", "name")),
        max_pods=number(dig(spec, "extendParam", "maxPods")),
        billing=_billing(spec),
        labels=mask_labels(text_map(spec.get("k8sTags"))),
        taints=taints(spec.get("taints")),
    )


def node_pool(ref: ObjectRef, body: Body) -> NodePool:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    template = mapping(spec.get("nodeTemplate"))
    extended = mapping(template.get("extendParam"))
    current = number(status.get("currentNode"))
    return NodePool(
        name=ref.name,
        uid=text(metadata(body).get("uid")),
        type=text(spec.get("type")),
        flavor=text(template.get("flavor")),
        zone=text(template.get("az")),
        os=text(template.get("os")),
        runtime=text(dig(template, "runtime", "name")),
        node_count=current if current is not None else number(spec.get("initialNodeCount")),
        autoscaling=truth(dig(spec, "autoscaling", "enable")),
        phase=text(status.get("phase")),
        taints=taints(template.get("taints")),
        labels=mask_labels(text_map(template.get("k8sTags"))),
        has_install_scripts=any(text(extended.get(k)) for k in _SCRIPTS),
    )


def script_settings(ref: ObjectRef, body: Body) -> Iterator[NodeSetting]:
    """Kernel parameters and limits that the installation scripts of a node pool or node set (K.3), under its name.

    The script itself, base64 in the API, is not kept: it may hold anything.
    """
    spec = mapping(body.get("spec"))
    if ref.kind == "NodePool":
        node, template = of_pool(ref.name), mapping(spec.get("nodeTemplate"))
    elif ref.kind == "Node":
        node, template = ref.name, spec
    else:
        return
    extended = mapping(template.get("extendParam"))
    for field in _SCRIPTS:
        for category, key, value in settings_in(_script(text(extended.get(field)))):
            yield NodeSetting(node=node, category=category, key=key, value=mask_text(value))


def nic_warm_target(ref: ObjectRef, body: Body) -> int | None:
    """What the configuration of a cluster or node pool sets for the warm network interfaces of Turbo clusters."""
    if ref.kind != "Configuration":
        return None
    packages = mappings(dig(body, "spec", "packages"))
    given = [c for package in packages for c in mappings(package.get("configurations"))]
    values = [number(c.get("value")) for c in given if c.get("name") == "nic-max-above-warm-target"]
    return max((v for v in values if v is not None), default=None)


def _script(value: str) -> str:
    """The text of a script, also where it stands there as it is; empty where it is neither text nor base64 of text."""
    if len(value) > _MOST_OF_SCRIPT:
        return ""
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:  # also of an encoding
        return value


def addon(ref: ObjectRef, body: Body) -> AddOn:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    return AddOn(
        name=first(text(spec.get("addonTemplateName")), ref.name),
        version=first(text(spec.get("version")), text(dig(status, "currentVersion", "version"))),
        status=text(status.get("status")),
        source="cce_api",
    )

"""NET020 to NET026: names and routes on which clients rely, and that a new cluster does not bring along (F.2, F.3)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from migrator.checks.objects import Content
from migrator.checks.registry import check, object_check
from migrator.checks.report import finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import cluster_ref, corefile_ref, service_ref, user_services
from migrator.paths.model import Strategy
from migrator.snapshot.model import ObjectRef, Section
from migrator.snapshot.values import dig, mappings, texts

_MIGRATE = frozenset({Strategy.MIGRATE})
_SERVICES = frozenset({Section.SERVICES})

HEADLESS = CheckSpec(
    code="NET020",
    slug="headless-service",
    category=Category.NETWORK,
    severity=Severity.INFO,
    needs=_SERVICES,
    strategies=_MIGRATE,
    references=("course",),
)

EXTERNAL_NAME = CheckSpec(
    code="NET021",
    slug="external-name-service",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=_SERVICES,
    strategies=_MIGRATE,
    references=("K8S",),
)

AFFINITY = CheckSpec(
    code="NET022",
    slug="session-affinity",
    category=Category.NETWORK,
    severity=Severity.INFO,
    needs=_SERVICES,
    strategies=_MIGRATE,
    references=("K8S",),
)

TLS = CheckSpec(
    code="NET023",
    slug="ingress-certificate-to-remake",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=frozenset({Section.INGRESSES}),
    strategies=_MIGRATE,
    references=("course", "VEL"),
)

CONTROLLER = CheckSpec(
    code="NET024",
    slug="ingress-controller-to-install",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    needs=frozenset({Section.INGRESSES}),
    strategies=_MIGRATE,
    references=("course",),
)

OWN_NAMES = CheckSpec(
    code="NET025",
    slug="name-resolution-of-its-own",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    strategies=_MIGRATE,
    references=("course",),
)

STUB_DOMAINS = CheckSpec(
    code="NET026",
    slug="corefile-to-carry-over",
    category=Category.NETWORK,
    severity=Severity.WARNING,
    strategies=_MIGRATE,
    references=("course", "PRE"),
)

_OF_NAMES = frozenset(("hostAliases", "dnsConfig"))
_CCE_CLASSES = frozenset({"", "cce"})
_INNER = re.compile(r"(?i)\.svc(?:\.cluster\.local)?\.?$|\.cluster\.local\.?$")
_BLOCK = re.compile(r"^([^\s{}#][^{}\n]*)\{", re.MULTILINE)
_PLUGIN = re.compile(r"^[ \t]+(hosts|rewrite|file|template|etcd|route53)\b", re.MULTILINE)
_ROOT_BLOCK = re.compile(r"^\.(?::\d+)?$")


@check(HEADLESS)
def headless(context: CheckContext) -> Iterator[Yield]:
    """Clients get the addresses of pods, which differ in the new cluster: nothing stands between the two."""
    for service in user_services(context):
        if service.cluster_ip == "None":
            yield finding(HEADLESS, service_ref(service), selector="selector" if service.selector else "-")


@check(EXTERNAL_NAME)
def external_name(context: CheckContext) -> Iterator[Yield]:
    for service in user_services(context):
        if service.type == "ExternalName" and service.external_name:
            variant = "inner" if _INNER.search(service.external_name) else "outer"
            severity = Severity.WARNING if variant == "inner" else Severity.INFO
            yield finding(EXTERNAL_NAME, service_ref(service), variant, severity=severity, name=service.external_name)


@check(AFFINITY)
def affinity(context: CheckContext) -> Iterator[Yield]:
    """Sessions do not follow a client into the new cluster."""
    for service in user_services(context):
        if service.session_affinity not in ("", "None"):
            yield finding(AFFINITY, service_ref(service), affinity=service.session_affinity)


@check(TLS)
def tls(context: CheckContext) -> Iterator[Yield]:
    """Certificates are Secrets, whose values are never exported: they are made again before the Ingress."""
    held = {(c.namespace, c.name) for c in context.snapshot.configs if c.kind == "Secret"}
    seen = "Secret" in context.snapshot.kinds_seen
    for ingress in context.snapshot.ingresses:
        if ingress.system or not ingress.tls_secrets:
            continue
        gone = [name for name in ingress.tls_secrets if seen and (ingress.ref.namespace, name) not in held]
        if gone:
            yield finding(TLS, ingress.ref, "gone", secrets=gone)
        else:
            yield finding(TLS, ingress.ref, "remake", severity=Severity.INFO, secrets=list(ingress.tls_secrets))


@check(CONTROLLER)
def controller(context: CheckContext) -> Iterator[Yield]:
    """One finding a class that CCE does not serve itself."""
    classes: dict[str, int] = defaultdict(int)
    for ingress in context.snapshot.ingresses:
        if not ingress.system and ingress.ingress_class not in _CCE_CLASSES:
            classes[ingress.ingress_class] += 1
    for name, ingresses in sorted(classes.items()):
        ref = ObjectRef(api_version="networking.k8s.io/v1", kind="IngressClass", name=name)
        yield finding(CONTROLLER, ref, "nginx" if name == "nginx" else "other", ingresses=ingresses)


@object_check(OWN_NAMES, "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod")
def own_names(context: CheckContext, content: Content) -> Iterable[Yield]:
    """Host names and name servers written into pods: addresses of the old environment, hidden from DNS."""
    written = not content.system and not _OF_NAMES.isdisjoint(content.pods)
    return _own_names(content) if written else ()


def _own_names(content: Content) -> Iterator[Yield]:
    names = sorted({n for entry in mappings(content.pods.get("hostAliases")) for n in texts(entry.get("hostnames"))})
    servers = list(texts(dig(content.pods, "dnsConfig", "nameservers")))
    if names:
        yield finding(OWN_NAMES, content.ref, "hosts", names=names)
    if servers:
        yield finding(OWN_NAMES, content.ref, "servers", servers=servers)


@check(STUB_DOMAINS)
def stub_domains(context: CheckContext) -> Iterator[Yield]:
    """Zones and rules that somebody added to CoreDNS: names of the business that the new cluster would not know."""
    corefile = context.snapshot.cluster.corefile
    if corefile is None:
        yield unresolved(STUB_DOMAINS, cluster_ref(context.snapshot))
        return
    zones = [z.strip() for z in _BLOCK.findall(corefile)]
    zones = [z for z in zones if not all(_ROOT_BLOCK.match(part) for part in z.split())]
    plugins = sorted(set(_PLUGIN.findall(corefile)))
    if zones:
        yield finding(STUB_DOMAINS, corefile_ref(), "zones", zones=zones)
    if plugins:
        yield finding(STUB_DOMAINS, corefile_ref(), "plugins", plugins=plugins)

"""CLU120 to CLU129: namespaces, rights, quotas, webhooks and definitions of the cluster as a whole (H.3, H.4, A.6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from migrator.checks.objects import Content
from migrator.checks.registry import check, object_check
from migrator.checks.report import finding, unresolved
from migrator.checks.spec import Category, CheckContext, CheckSpec, Severity, Yield
from migrator.checks.subjects import cluster_ref, namespace_ref
from migrator.paths.model import Strategy
from migrator.snapshot.model import Section
from migrator.snapshot.values import Body, dig, mapping, mappings, sequence, text, texts
from migrator.versions import Minor, VersionRange, removed_on_the_way

_MIGRATE = frozenset({Strategy.MIGRATE})

TERMINATING = CheckSpec(
    code="CLU120",
    slug="namespace-stuck-in-deletion",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=frozenset({Section.NAMESPACES}),
    references=("K8S",),
)

EVERYBODY = CheckSpec(
    code="CLU121",
    slug="rights-for-everybody",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    references=("K8S",),
)

PEOPLE = CheckSpec(
    code="CLU122",
    slug="rights-of-people-to-remake",
    category=Category.CLUSTER,
    severity=Severity.INFO,
    strategies=_MIGRATE,
    references=("OTC-umn",),
)

QUOTAS = CheckSpec(
    code="CLU123",
    slug="quota-to-remake",
    category=Category.CLUSTER,
    severity=Severity.INFO,
    strategies=_MIGRATE,
    references=("course", "OTC-umn"),
)

WEBHOOKS = CheckSpec(
    code="CLU124",
    slug="webhook-stops-all-pods",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    references=("K8S",),
)

CERTIFICATES = CheckSpec(
    code="CLU125",
    slug="webhook-certificate-without-san",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    references=("BYS",),
)

STORED = CheckSpec(
    code="CLU126",
    slug="definition-stores-old-version",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    references=("K8S",),
)

AGGREGATED = CheckSpec(
    code="CLU127",
    slug="aggregated-api-of-its-own",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    references=("K8S",),
)

PROXY = CheckSpec(
    code="CLU128",
    slug="authenticating-proxy-to-remake",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    asks_unseen=True,
    strategies=_MIGRATE,
    references=("course", "API"),
)

DEFAULT_QUOTA = CheckSpec(
    code="CLU129",
    slug="namespace-beyond-default-quota",
    category=Category.CLUSTER,
    severity=Severity.WARNING,
    needs=frozenset({Section.WORKLOADS, Section.SERVICES, Section.CONFIG_MAPS}),
    strategies=_MIGRATE,
    applies=VersionRange.parse(">=1.21"),
    references=("OTC-umn",),
)

# What a namespace made in a cluster of 1.21 or later may hold unless somebody changes it, where the cluster was created
# with enable-resource-quota: for 50 or 200 nodes, and for 1000 or 2000 (H.4, cce_10_0287).
_QUOTA = {"Pod": 2000, "Deployment": 1000, "Secret": 1000, "ConfigMap": 1000, "Service": 1000}
_QUOTA_OF_LARGE = {"Pod": 5000, "Deployment": 2000, "Secret": 2000, "ConfigMap": 2000, "Service": 2000}
_LARGE = (".large", ".xlarge")  # ends of the flavors for more than 200 nodes (H.5)

_EVERYBODY = frozenset({"system:anonymous", "system:unauthenticated", "system:authenticated"})
# Roles that Kubernetes itself gives to everybody.
_OF_KUBERNETES = frozenset({"system:basic-user", "system:discovery", "system:public-info-viewer"})
# Kubernetes 1.19 is built with Go 1.15, which no longer looks at a certificate's CommonName; the platform's manual asks
# for SANs on the way to 1.19 and on that to 1.21 (BYS).
_SAN_NEEDED = (Minor(1, 19), Minor(1, 21))


@check(TERMINATING)
def terminating(context: CheckContext) -> Iterator[Yield]:
    for namespace in context.snapshot.namespaces:
        if namespace.phase == "Terminating":
            yield finding(TERMINATING, namespace_ref(namespace.name))


@object_check(EVERYBODY, "ClusterRoleBinding", "RoleBinding")
def everybody(context: CheckContext, content: Content) -> Iterator[Yield]:
    """What everybody who reaches the API may do is taken into a new cluster, or found by the next audit."""
    names = sorted({text(s.get("name")) for s in mappings(content.body.get("subjects"))} & _EVERYBODY)
    role = text(dig(content.body, "roleRef", "name"))
    if names and role not in _OF_KUBERNETES:
        yield finding(EVERYBODY, content.ref, subjects=names, role=role)


@object_check(PEOPLE, "ClusterRoleBinding", "RoleBinding")
def people(context: CheckContext, content: Content) -> Iterator[Yield]:
    """Users of the cloud are bound by their ids, which stay; the bindings do not come along by themselves."""
    subjects = (s for s in mappings(content.body.get("subjects")) if s.get("kind") in ("User", "Group"))
    names = sorted({n for s in subjects if not (n := text(s.get("name"))).startswith("system:")})
    if names:
        yield finding(PEOPLE, content.ref, subjects=names, role=text(dig(content.body, "roleRef", "name")))


@object_check(QUOTAS, "ResourceQuota", "LimitRange")
def quotas(context: CheckContext, content: Content) -> Iterator[Yield]:
    if content.system:
        return
    hard = mapping(content.spec.get("hard"))
    kinds = sorted(hard) or sorted({text(limit.get("type")) for limit in mappings(content.spec.get("limits"))})
    yield finding(QUOTAS, content.ref, limits=kinds)


@object_check(WEBHOOKS, "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
def webhooks(context: CheckContext, content: Content) -> Iterator[Yield]:
    """While the Service behind it has no pods such a webhook refuses every pod, that of its own server among them."""
    for hook in mappings(content.body.get("webhooks")):
        service = mapping(dig(hook, "clientConfig", "service"))
        # Version v1 takes Fail for granted, v1beta1 took Ignore.
        policy = text(hook.get("failurePolicy")) or ("Fail" if content.ref.api_version.endswith("/v1") else "Ignore")
        if service and policy == "Fail" and any(map(_covers_pods, mappings(hook.get("rules")))):
            name = f"{text(service.get('namespace'))}/{text(service.get('name'))}"
            yield finding(WEBHOOKS, content.ref, webhook=text(hook.get("name")), service=name)


def _covers_pods(rule: Body) -> bool:
    groups, resources = sequence(rule.get("apiGroups")), sequence(rule.get("resources"))
    return any(g in ("", "*") for g in groups) and any(r in ("*", "*/*", "pods") for r in resources)


@object_check(CERTIFICATES, "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
def certificates(context: CheckContext, content: Content) -> Iterator[Yield]:
    """The certificate itself lies with the webhook's server: here only who is concerned can be told."""
    if not any(removed_on_the_way(minor, context.source, context.target) for minor in _SAN_NEEDED):
        return
    names = sorted({text(hook.get("name")) for hook in mappings(content.body.get("webhooks"))})
    if names:
        yield finding(CERTIFICATES, content.ref, webhooks=names)


@object_check(STORED, "CustomResourceDefinition")
def stored(context: CheckContext, content: Content) -> Iterator[Yield]:
    """Objects stored in a version that the definition no longer serves cannot be read again (K8S)."""
    served = {text(v.get("name")) for v in mappings(content.spec.get("versions")) if v.get("served") is not False}
    served |= {text(content.spec.get("version"))} - {""}
    old = sorted(set(texts(dig(content.body, "status", "storedVersions"))) - served)
    if served and old:
        yield finding(STORED, content.ref, stored=old, served=sorted(served))


@object_check(AGGREGATED, "APIService")
def aggregated(context: CheckContext, content: Content) -> Iterator[Yield]:
    """APIs that a Service of somebody's own answers: while it does not, deleting namespaces and listing hang."""
    service = mapping(content.spec.get("service"))
    namespace = text(service.get("namespace"))
    if service and namespace not in context.system_namespaces:
        yield finding(AGGREGATED, content.ref, service=f"{namespace}/{text(service.get('name'))}")


@check(PROXY)
def proxy(context: CheckContext) -> Iterator[Yield]:
    """Chosen when a cluster is created and never again: only the CCE API tells of it."""
    cluster = context.snapshot.cluster
    if cluster.has_authenticating_proxy is None:
        yield unresolved(PROXY, cluster_ref(context.snapshot))
    elif cluster.has_authenticating_proxy:
        yield finding(PROXY, cluster_ref(context.snapshot))


@check(DEFAULT_QUOTA)
def default_quota(context: CheckContext) -> Iterator[Yield]:
    """Objects beyond the quota are refused one by one while the new cluster is filled."""
    snapshot = context.snapshot
    names = [(w.ref.namespace, w.ref.kind) for w in snapshot.workloads]
    names += [(c.namespace, c.kind) for c in snapshot.configs]
    names += [(s.namespace, "Service") for s in snapshot.services]
    names += [(p.namespace, "Pod") for p in snapshot.pods]
    most = _QUOTA_OF_LARGE if snapshot.cluster.flavor.endswith(_LARGE) else _QUOTA
    made_with_the_cluster = {"default", *context.system_namespaces}
    beyond: dict[str, list[str]] = defaultdict(list)
    for (namespace, kind), count in sorted(Counter(names).items()):
        if count > most.get(kind, count) and namespace not in made_with_the_cluster:
            beyond[namespace].append(f"{kind} {count} > {most[kind]}")
    for namespace, found in beyond.items():
        yield finding(DEFAULT_QUOTA, namespace_ref(namespace), beyond=found)

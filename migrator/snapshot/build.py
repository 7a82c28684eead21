"""Objects in, one by one, and a snapshot out.

Only facts are kept while reading: an object's content is let go as soon as its facts are taken. What needs the whole
(who mounts a claim, whose load balancer it is, which addresses belong to nodes) is settled in ``snapshot``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

from msgspec.structs import replace

from migrator.snapshot import (
    addons,
    address_places,
    addresses,
    binding,
    certificates,
    manifests,
    network,
    node_files,
    node_usage,
    nodes,
    redaction,
    released,
    settle,
    storage,
    workloads,
)
from migrator.snapshot.filled import Filled
from migrator.snapshot.kept import Kept, fact_bytes
from migrator.snapshot.model import (
    ApiUse,
    ClusterFacts,
    ConfigEntry,
    Fact,
    HelmRelease,
    InputReport,
    KubeObject,
    Node,
    NodeSetting,
    ObjectRef,
    SecretNotice,
    Section,
    Snapshot,
)
from migrator.snapshot.objects import describe, is_operated, reference
from migrator.snapshot.order import sorted_objects
from migrator.snapshot.readers import Covered, Entered, Found, Looked, Problem, Refused, Told, cce_api, helm
from migrator.snapshot.readers.collection import CollectedList
from migrator.snapshot.readers.velero import Backup
from migrator.snapshot.sheets.telling import SHEET
from migrator.snapshot.values import Body, annotations_of, first, mapping, metadata, text

# Namespaces that the platform makes and fills itself; "do not migrate the system ones" (domain facts H.4).
PLATFORM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease")

_COREDNS = ("kube-system", "coredns")
_F = TypeVar("_F", bound=Fact)


class Builder:
    """Takes the objects of all files of one cluster.

    Args:
        platform_namespaces: namespaces whose objects are marked ``system``.
    """

    def __init__(self, platform_namespaces: Iterable[str] = PLATFORM_NAMESPACES) -> None:
        self.platform = frozenset(platform_namespaces)
        self.objects: list[KubeObject] = []
        self.kept: dict[str, Kept] = defaultdict(Kept)
        self.looked: set[tuple[str, str]] = set()
        self.refused: set[tuple[str, str]] = set()
        self.told_in_part: set[tuple[str, str]] = set()
        self.covered: dict[Section, set[str]] = defaultdict(set)
        self.secrets: set[SecretNotice] = set()
        self.noted: set[addresses.Noted] = set()
        self.settings: set[NodeSetting] = set()
        self.node_files: list[node_files.NodeFile] = []
        self.collected: list[CollectedList] = []
        self.backups: list[Backup] = []
        self.servers: set[ClusterFacts] = set()  # what was said of API servers
        self.api_uses: dict[ApiUse, str] = {}  # without its file -> the first file that tells it
        self.helm = helm.Releases()
        self.releases: dict[str, HelmRelease] = {}  # by place
        self.pod_claims: set[tuple[str, str, str]] = set()  # namespace, controlling owner, claim
        self.owners: dict[tuple[str, str], str] = {}  # namespace, "ReplicaSet/x" -> its own controlling owner
        self.corefiles = Kept()
        self.nic_warm_targets: set[int] = set()
        self.has_cce_mark = False
        self.owner = ""  # the controlling owner of the object that is being taken
        self.has_noticed = False  # a credential in it
        self.filled = Filled()

    def look(self, looked: Looked) -> None:
        """A typed list named this kind, even if it was empty."""
        self.looked.add((looked.api_version, looked.kind))

    def refuse(self, refused: Refused) -> None:
        """Objects of this kind were asked for, and the cluster denied them."""
        (self.told_in_part if refused.partly else self.refused).add((refused.api_version, refused.kind))

    def cover(self, covered: Covered) -> None:
        """A section was told of as a whole."""
        if covered.kind == SHEET:
            self.filled.survey(covered.section)
        else:
            self.covered[covered.section].add(covered.kind)

    def add_helm_record(self, found: Found, file: str) -> list[Problem]:
        """Take what a Secret or ConfigMap holds where it is a record of Helm; what could not be read is given back."""
        problems = []
        for event in self.helm.read(found, file):
            if isinstance(event, Problem):
                problems.append(event)
            else:
                self.tell(event.fact)
        return problems

    def take(self, event: Told | Entered | Covered | Refused) -> None:
        """Take what a reader says of the input beside its objects."""
        if isinstance(event, Told):
            self.tell(event.fact)
        elif isinstance(event, Entered):
            self.filled.take(event.fact)
        elif isinstance(event, Covered):
            self.cover(event)
        else:
            self.refuse(event)

    def tell(self, fact: Fact) -> None:
        """Take a fact that a reader finished itself, without the credentials that it may carry."""
        fact = redaction.mask_fact(fact)
        if isinstance(fact, NodeSetting):
            self.settings.add(fact)
        elif isinstance(fact, node_files.NodeFile):
            self.node_files.append(fact)
        elif isinstance(fact, CollectedList):
            self.collected.append(fact)
        elif isinstance(fact, Backup):
            self.backups.append(fact)
        elif isinstance(fact, ClusterFacts):
            self.servers.add(fact)
        elif isinstance(fact, ApiUse):
            placeless = replace(fact, file="")
            self.api_uses[placeless] = min(fact.file, self.api_uses.get(placeless, fact.file))
        elif isinstance(fact, HelmRelease):
            known = self.releases.get(fact.place)
            if known is None or (fact.manifest_read, fact_bytes(fact)) > (known.manifest_read, fact_bytes(known)):
                self.releases[fact.place] = fact
        elif isinstance(fact, SecretNotice):
            self.secrets.add(fact)
        else:
            raise TypeError(type(fact).__name__)

    def add(self, found: Found, file: str) -> ObjectRef:
        """Take one object's facts."""
        found = cce_api.of_today(found)
        ref = reference(found)
        described = describe(found, ref, file)
        self.objects.append(described)
        self.looked.add((found.api_version, found.kind))
        self.owner, self.has_noticed = described.owner, False
        if not described.owner:
            self.notice(ref, redaction.metadata_notices(found.body))
        handler = _handler_of(found.api_version, found.kind)
        if handler is not None:
            handler(self, ref, found.body)
        if not described.owner:
            self.keep_content(ref, found.body)
        return ref

    def keep_content(self, ref: ObjectRef, body: Body) -> None:
        if not cce_api.is_cce(ref) and manifests.is_kept(ref, body):
            manifest = manifests.manifest_of(ref, body, has_credentials=self.has_noticed)
            if manifest is not None:
                self.keep("Manifest", manifests.key_of(ref), ref, body, manifest)

    def keep(self, table: str, key: tuple[str, ...], ref: ObjectRef, body: Body, fact: _F) -> None:
        self.kept[table].add(key, ref, body, fact)

    def contradicted(self) -> set[ObjectRef]:
        """Objects of which the input holds several contents, and nothing tells the right one."""
        return self.kept["Manifest"].contradicted

    def is_system(self, ref: ObjectRef) -> bool:
        return ref.namespace in self.platform

    def notice(self, ref: ObjectRef, fields: Iterable[str]) -> None:
        for field in fields:
            self.has_noticed = True
            self.secrets.add(SecretNotice(ref=ref, field=field))

    def note_addresses(self, body: Body, noted: Iterable[addresses.Noted]) -> None:
        """Keep the addresses found in an object together with who wrote it."""
        found = list(noted)
        if found:
            maker = address_places.maker_of(body)
            self.noted.update(n._replace(maker=maker) for n in found)

    def add_cce(self, ref: ObjectRef, body: Body) -> None:
        self.has_cce_mark = True
        self.notice(ref, redaction.cce_notices(body))
        if (target := cce_api.nic_warm_target(ref, body)) is not None:
            self.nic_warm_targets.add(target)
        convert = _CCE.get(ref.kind)
        if convert is not None:
            # Nodes may share a name; the uid tells them apart.
            key = (first(text(metadata(body).get("uid")), ref.name),)
            self.settings.update(cce_api.script_settings(ref, body))
            self.keep(f"v3 {ref.kind}", key, ref, body, convert(ref, body))

    def add_workload(self, ref: ObjectRef, body: Body) -> None:
        owner = self.owner
        system = self.is_system(ref)
        if ref.kind == "Pod":
            pod = workloads.pod(ref, body, owner, system)
            self.keep("Pod", (ref.namespace, ref.name), ref, body, pod)
            if owner:
                for claim in pod.claims:
                    self.pod_claims.add((ref.namespace, owner, claim))
                if owner.partition("/")[0] not in workloads.GROUPS:  # of an operator: nothing else shows its template
                    self.notice(ref, redaction.pod_notices(workloads.pod_spec(ref, body)))
                return
        elif owner and not is_operated(metadata(body)):
            self.owners[ref.namespace, f"{ref.kind}/{ref.name}"] = owner
            return
        template = workloads.pod_template(ref, body)
        pods = mapping(template.get("spec"))
        fact = workloads.workload(ref, body, system, owner)
        self.keep("Workload", (ref.namespace, ref.kind, ref.name), ref, body, fact)
        self.notice(ref, redaction.pod_notices(pods))
        if template is not body:
            self.notice(ref, (f"pod template {f}" for f in redaction.metadata_notices(template)))
        if fact.privileged:
            self.settings.update(workloads.node_settings(pods))
        if not system or not fact.platform_part:
            self.note_addresses(body, address_places.in_workload(ref, body, template))

    def clusters(self) -> list[str]:
        """Names of the clusters that the CCE API told of, one for each uid."""
        return [fact.name or fact.uid for fact in self.kept["v3 Cluster"].sorted()]

    def homeless_files(self) -> tuple[str, ...]:
        """Files of nodes of which nothing tells the node."""
        return node_files.settle(self.node_files, self._nodes()).homeless if self.node_files else ()

    def _nodes(self) -> tuple[Node, ...]:
        kept = {table: self.kept[table].sorted() for table in ("Node", "v3 Node", "v3 NodePool")}
        return nodes.merge_nodes(kept["Node"], kept["v3 Node"], kept["v3 NodePool"])

    def add_config_map(self, ref: ObjectRef, body: Body) -> None:
        data = mapping(body.get("data"))
        self._keep_config(ref, body, ("data", "binaryData"))
        if self.is_system(ref):
            key = (ref.namespace, ref.name)
            self.kept["ConfigData"].add(key, ref, body, (key, released.digest(body)))
        self.notice(ref, redaction.config_notices(body))
        is_corefile = (ref.namespace, ref.name) == _COREDNS
        if is_corefile and text(data.get("Corefile")):
            self.corefiles.add((), ref, body, redaction.mask_corefile(text(data["Corefile"])))
        if is_corefile or not self.is_system(ref):
            self.note_addresses(body, address_places.in_config(ref, body))

    def add_secret(self, ref: ObjectRef, body: Body) -> None:
        self.has_cce_mark |= ref.name == "paas.elb"
        self._keep_config(ref, body, ("data", "stringData"))
        self.notice(ref, redaction.secret_notices(body))

    def add_other(self, ref: ObjectRef, body: Body) -> None:
        self.notice(ref, redaction.other_notices(body))
        if not self.is_system(ref):
            self.note_addresses(body, address_places.in_other(ref, body))

    def add_node_metrics(self, ref: ObjectRef, body: Body) -> None:
        self.keep("NodeUsage", (ref.name,), ref, body, node_usage.usage_of(ref.name, body))

    def add_event(self, ref: ObjectRef, body: Body) -> None:
        self.notice(ref, (f for f in ("message", "note") if redaction.holds_secret(text(body.get(f)))))

    def add_webhooks(self, ref: ObjectRef, body: Body) -> None:
        self.notice(ref, redaction.other_notices(body))
        self.note_addresses(body, address_places.in_webhooks(ref, body))

    def _keep_config(self, ref: ObjectRef, body: Body, fields: tuple[str, ...]) -> None:
        keys = tuple(sorted({redaction.mask_text(str(k)) for f in fields for k in mapping(body.get(f))}))
        is_secret = ref.kind == "Secret"
        certified = certificates.certified_key(body) if is_secret else certificates.CertifiedKey()
        fact = ConfigEntry(
            namespace=ref.namespace,
            name=ref.name,
            kind=ref.kind,
            type=text(body.get("type")) if is_secret else "",
            keys=keys,
            system=self.is_system(ref),
            certified_key=certified.sort,
            certified_bits=certified.bits,
        )
        self.keep("Config", (ref.namespace, ref.kind, ref.name), ref, body, fact)

    def add_node(self, ref: ObjectRef, body: Body) -> None:
        self.has_cce_mark |= nodes.is_cce_node(body)
        self.keep("Node", (ref.name,), ref, body, nodes.node(ref, body))

    def add_service(self, ref: ObjectRef, body: Body) -> None:
        self._note_platform(body)
        fact = network.service(ref, body, self.is_system(ref))
        self.keep("Service", (ref.namespace, ref.name), ref, body, fact)
        if redaction.MASK in fact.external_name:
            self.notice(ref, ("spec.externalName",))
        self.note_addresses(body, address_places.in_service(ref, body))

    def add_ingress(self, ref: ObjectRef, body: Body) -> None:
        self._note_platform(body)
        fact = network.ingress(ref, body, self.is_system(ref))
        self.keep("Ingress", (ref.namespace, ref.name), ref, body, fact)
        if any(redaction.MASK in route.host or redaction.MASK in route.path for route in fact.routes):
            self.notice(ref, ("spec.rules",))
        self.note_addresses(body, address_places.in_ingress(ref, body))

    def _note_platform(self, body: Body) -> None:
        self.has_cce_mark |= any(k.startswith(network.ELB_PREFIX) for k in annotations_of(body))

    def add_volume(self, ref: ObjectRef, body: Body) -> None:
        fact = storage.volume(ref, body)
        self.has_cce_mark |= "everest" in fact.driver or "fuxi" in fact.driver
        self.keep("PersistentVolume", (ref.name,), ref, body, fact)
        self.notice(ref, (f"spec attributes {k}" for k, v in fact.attributes.items() if redaction.MASK in v))
        self.notice(ref, redaction.volume_notices(body))
        self.note_addresses(body, address_places.in_volume(ref, body))

    def add_storage_class(self, ref: ObjectRef, body: Body) -> None:
        fact = storage.storage_class(ref, body)
        self.has_cce_mark |= "everest" in fact.provisioner or "fuxi" in fact.provisioner
        self.keep("StorageClass", (ref.name,), ref, body, fact)
        self.notice(ref, (f"parameters.{k}" for k, v in fact.parameters.items() if redaction.MASK in v))
        self.note_addresses(body, address_places.in_other(ref, body))

    def add_claim(self, ref: ObjectRef, body: Body) -> None:
        fact = storage.claim(ref, body, self.is_system(ref))
        self.has_cce_mark |= "everest" in fact.provisioner or "fuxi" in fact.provisioner
        self.keep("Claim", (ref.namespace, ref.name), ref, body, fact)

    def add_namespace(self, ref: ObjectRef, body: Body) -> None:
        self.keep("Namespace", (ref.name,), ref, body, nodes.namespace(ref, body))

    def snapshot(self, inputs: Iterable[InputReport] = ()) -> Snapshot:
        """The finished snapshot; every collection sorted, so that the order of reading takes no part."""
        kept = {table: facts.sorted() for table, facts in self.kept.items()}
        filled = self.filled
        all_workloads = filled.workloads(kept.get("Workload", []), self.platform)
        pools = sorted(kept.get("v3 NodePool", []), key=lambda p: (p.name, p.uid))
        read_nodes = self._nodes()
        merged_nodes = filled.nodes(read_nodes)
        platform = settle.platform_of_load_balancers(self.has_cce_mark, bool(read_nodes))
        services = filled.services(settle.load_balancers(kept.get("Service", []), platform), self.platform)
        ingresses = settle.load_balancers(kept.get("Ingress", []), platform)
        of_nodes = node_files.settle(self.node_files, merged_nodes)
        settings = node_files.without_repeats(self.settings.union(of_nodes.settings), merged_nodes)
        corefile = next(iter(self.corefiles.sorted()), None)
        all_claims = filled.claims(kept.get("Claim", []), self.platform)
        mounted = settle.mounts(all_workloads, all_claims, self.pod_claims, self.owners)
        told_addons = {a.name: a for a in kept.get("v3 Addon", [])}
        return Snapshot(
            cluster=filled.cluster(
                replace(
                    settle.cluster(kept.get("v3 Cluster", []), self.servers, read_nodes, corefile),
                    nic_warm_most=max(self.nic_warm_targets, default=None),
                ),
                merged_nodes,
            ),
            nodes=merged_nodes,
            node_pools=tuple(pools),
            namespaces=tuple(kept.get("Namespace", [])),
            workloads=all_workloads,
            pods=tuple(kept.get("Pod", [])),
            volumes=binding.bound(
                settle.volumes(filled.volumes(kept.get("PersistentVolume", [])), all_claims),
                all_claims,
                kept.get("StorageClass", []),
                kept.get("Manifest", []),
            ),
            claims=settle.claims(all_claims, mounted),
            storage_classes=tuple(kept.get("StorageClass", [])),
            services=services,
            ingresses=ingresses,
            configs=self.helm.configs.judged(kept.get("Config", []), dict(kept.get("ConfigData", []))),
            addons=addons.together(told_addons, self.releases.values(), all_workloads),
            address_uses=filled.address_uses(
                addresses.uses(
                    self.noted.union(address_places.in_node_settings(of_nodes.settings)),
                    settle.known_addresses(merged_nodes, services, ingresses),
                    {(s.namespace, s.name) for s in services if s.selector},
                )
            ),
            node_settings=filled.node_settings(
                tuple(sorted(settings, key=lambda s: (s.node, s.category, s.key, s.value)))
            ),
            node_coverage=of_nodes.coverage,
            node_states=node_usage.with_usage(of_nodes.states, kept.get("NodeUsage", []), merged_nodes),
            objects=sorted_objects(filled.objects(self.objects)),
            manifests=tuple(kept.get("Manifest", [])),
            api_uses=tuple(
                replace(use, file=self.api_uses[use])
                for use in sorted(self.api_uses, key=lambda u: (u.ref, u.source, u.place))
            ),
            helm_releases=tuple(
                sorted(self.releases.values(), key=lambda r: (r.namespace, r.name, r.revision, r.helm))
            ),
            secrets=tuple(sorted(self.secrets.union(of_nodes.secrets), key=lambda s: (s.ref, s.field))),
            coverage=filled.coverage(
                settle.coverage(
                    self.looked,
                    self.refused,
                    self.told_in_part,
                    self.covered,
                    any(w.ref.namespace in self.platform for w in all_workloads),
                )
            ),
            inputs=tuple(sorted(inputs, key=lambda i: i.file)),
        )


def is_cluster(ref: ObjectRef) -> bool:
    """Whether it is a cluster of the CCE API (other groups have a Cluster of their own)."""
    return cce_api.is_cce(ref) and ref.kind == "Cluster"


def _note(reader: Callable[[ObjectRef, Body], Iterable[addresses.Noted]]) -> Callable[[Builder, ObjectRef, Body], None]:
    def handler(builder: Builder, ref: ObjectRef, body: Body) -> None:
        builder.note_addresses(body, reader(ref, body))

    return handler


@lru_cache(maxsize=1024)
def _handler_of(api_version: str, kind: str) -> Callable[[Builder, ObjectRef, Body], None] | None:
    """What takes the facts of an object of this type; None where its name is all that is kept."""
    ref = ObjectRef(api_version=api_version, kind=kind)
    if cce_api.is_cce(ref):
        return Builder.add_cce
    if workloads.is_workload(ref):
        return Builder.add_workload
    handler = _HANDLERS.get((ref.group, kind))
    return Builder.add_other if handler is None and kind not in _WITHOUT_CREDENTIALS else handler


_CCE: dict[str, Callable[[ObjectRef, Body], Fact]] = {
    "Cluster": cce_api.cluster,
    "Node": cce_api.node,
    "NodePool": cce_api.node_pool,
    "Addon": cce_api.addon,
}
# Kinds made by the platform in great number, or of nothing but names and descriptions: not worth the search.
_WITHOUT_CREDENTIALS = frozenset(
    (
        *("Lease", "ControllerRevision", "CustomResourceDefinition", "PodMetrics", "NodeMetrics", "CSINode"),
        *("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "PriorityClass"),
    )
)
_HANDLERS: dict[tuple[str, str], Callable[[Builder, ObjectRef, Body], None]] = {
    ("", "ConfigMap"): Builder.add_config_map,
    ("", "Secret"): Builder.add_secret,
    ("", "Node"): Builder.add_node,
    ("", "Namespace"): Builder.add_namespace,
    ("", "Service"): Builder.add_service,
    ("", "PersistentVolume"): Builder.add_volume,
    ("", "PersistentVolumeClaim"): Builder.add_claim,
    ("storage.k8s.io", "StorageClass"): Builder.add_storage_class,
    ("networking.k8s.io", "Ingress"): Builder.add_ingress,
    ("extensions", "Ingress"): Builder.add_ingress,
    ("metrics.k8s.io", "NodeMetrics"): Builder.add_node_metrics,
    ("", "Event"): Builder.add_event,
    ("events.k8s.io", "Event"): Builder.add_event,
    ("", "Endpoints"): _note(address_places.in_endpoints),
    ("discovery.k8s.io", "EndpointSlice"): _note(address_places.in_endpoint_slice),
    ("networking.k8s.io", "NetworkPolicy"): _note(address_places.in_network_policy),
    ("extensions", "NetworkPolicy"): _note(address_places.in_network_policy),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _note(address_places.in_definition),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): Builder.add_webhooks,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): Builder.add_webhooks,
}

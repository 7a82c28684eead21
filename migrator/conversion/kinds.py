"""One object of the old cluster to the objects of the new one, by its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from migrator.conversion import access, autoscaling, extensions, policies
from migrator.conversion.apis import SNAPSHOTS, is_builtin
from migrator.conversion.context import Context, LeaveOutError, Manifest, leave_out
from migrator.conversion.network import (
    convert_endpoint_slice,
    convert_endpoints,
    convert_ingress,
    convert_ingress_class,
    convert_service,
)
from migrator.conversion.storage import convert_storage_class
from migrator.conversion.storage.common import FILL_IN, PROVISIONER, flex_class
from migrator.conversion.workloads import Workloads
from migrator.snapshot.network import ELB_PREFIX
from migrator.snapshot.values import mapping, mappings, text

_BALANCER_ID = ELB_PREFIX + "id"
_NAMES_A_CLASS = frozenset(("class", "storageClass", "storageClassName"))
_Convert = Callable[[Manifest], Manifest | None]


class Kinds:
    """The conversions of one bundle. Each changes the body it is given, or gives another one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.workloads = Workloads(context)
        snapshot = context.snapshot
        self._own_classes = {c.name for c in context.snapshot.storage_classes if c.provisioner == PROVISIONER}
        self._services = {(s.namespace, s.name): s for s in snapshot.services}
        self._ingresses = {(i.ref.namespace, i.ref.name): i for i in snapshot.ingresses}
        self._definitions = _definitions(context)
        self._security = _security(context) if context.minor >= 25 else None
        self._void = _void_roles(context) if context.minor >= 25 else frozenset()
        scaled = dict.fromkeys(
            ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"), self.workloads.scaled
        )
        self._by_kind: dict[str, Callable[[Manifest], object]] = {
            **scaled,
            "CronJob": self.workloads.cron_job,
            "Job": self.workloads.job,
            "Pod": self.workloads.pod,
            "PodTemplate": self.workloads.pod_template,
            "HorizontalPodAutoscaler": self._with(autoscaling.autoscaler),
            "PodDisruptionBudget": self._with(policies.budget),
            **dict.fromkeys(("FlowSchema", "PriorityLevelConfiguration"), self._with(policies.flow)),
            **dict.fromkeys(("Role", "ClusterRole"), self._with(access.role)),
            **dict.fromkeys(("RoleBinding", "ClusterRoleBinding"), self._binding),
            "ServiceAccount": self._with(access.account),
            "Secret": self._with(access.secret),
            "CustomResourceDefinition": self._with(extensions.definition),
            "APIService": self._with(extensions.api_service),
            "MutatingWebhookConfiguration": self._with(extensions.webhooks),
            "ValidatingWebhookConfiguration": self._with(extensions.webhooks),
            "ResourceQuota": self._with(policies.quota),
            "RuntimeClass": _runtime_class,
            "NetworkPolicy": _network_policy,
            "PodSecurityPolicy": self._policy,
            "Namespace": self.namespace,
        }
        self._replacing: dict[str, _Convert] = {
            "Service": self._service,
            "Endpoints": self._endpoints,
            "EndpointSlice": self._endpoint_slice,
            "Ingress": self._ingress,
            "IngressClass": self._ingress_class,
            "StorageClass": self._storage_class,
        }

    def convert(self, body: Manifest) -> Manifest:
        """The object at hand for the target, in the API version that the target serves.

        Raises:
            LeaveOutError: the new cluster does not get it.
        """
        ref = self._context.ref
        if not is_builtin(ref) and ref.group != SNAPSHOTS:
            self._custom(body)
            return body
        version = self._context.served.version(ref.api_version, ref.kind)
        if not version:
            if ref.kind == "PodSecurityPolicy":
                self._policy(body)
            raise leave_out("not_served", api=ref.api_version, kind=ref.kind, target=f"1.{self._context.minor}")
        body["apiVersion"] = version
        if ref.group == SNAPSHOTS:
            self._context.note("volume_snapshot", open=True)
        if replacing := self._replacing.get(ref.kind):
            return replacing(body) or body
        if convert := self._by_kind.get(ref.kind):
            convert(body)
        return body

    def _with(self, function: Callable[[Manifest, Context], None]) -> Callable[[Manifest], None]:
        return lambda body: function(body, self._context)

    def namespace(self, body: Manifest) -> None:
        spec = body.get("spec")
        if isinstance(spec, dict):
            spec.pop("finalizers", None)
            if not spec:
                del body["spec"]
        if self._security is not None:
            policies.label_namespace(body, self._security, self._context)

    def _policy(self, body: Manifest) -> None:
        if self._context.minor >= 25:
            level = policies.level_of(mapping(body.get("spec")))
            used = self._security is not None and self._security.is_used(self._context.ref.name)
            raise leave_out("policy" if used else "policy_unused", level=level)

    def _binding(self, body: Manifest) -> None:
        reference = mapping(body.get("roleRef"))
        kind = text(reference.get("kind"))
        place = text(body["metadata"].get("namespace")) if kind == "Role" else ""
        if (kind, place, text(reference.get("name"))) in self._void:
            raise leave_out("policy_role")
        access.binding(body, self._context)

    def _custom(self, body: Manifest) -> None:
        ref = self._context.ref
        served = self._definitions.get((ref.group, ref.kind))
        if served is None:
            self._context.note("kind_unknown", open=True, api=ref.api_version, kind=ref.kind)
        elif ref.api_version.rpartition("/")[2] not in served:
            self._context.note("version_unserved", open=True, api=ref.api_version, served=sorted(served))
        if asked := sorted(set(_old_classes(body.get("spec"), self._own_classes.__contains__))):
            self._context.note("old_class", open=True, classes=asked)
        if balancers := sorted(set(_old_balancers(body.get("spec")))):
            self._context.note("old_balancer", open=True, balancers=balancers)
        if gone := sorted(set(_removed_references(body.get("spec"), self._context))):
            self._context.note("refers_to_removed", open=True, apis=gone)

    # --- of the neighbours ---

    def _service(self, body: Manifest) -> Manifest:
        ref, context = self._context.ref, self._context
        fact = self._services.get((ref.namespace, ref.name))
        made = convert_service(
            ref,
            body,
            context.target,
            context.options,
            kind=fact.load_balancer if fact else None,
            public=fact.public if fact else None,
        )
        context.notes += made.notes
        return made.body

    def _endpoints(self, body: Manifest) -> Manifest:
        if not body.get("subsets"):
            raise leave_out("runtime", kind="Endpoints")
        made = convert_endpoints(self._context.ref, body)
        self._context.notes += made.notes
        return made.body

    def _endpoint_slice(self, body: Manifest) -> Manifest:
        made = convert_endpoint_slice(self._context.ref, body)
        self._context.notes += made.notes
        return made.body

    def _ingress(self, body: Manifest) -> Manifest:
        ref, context = self._context.ref, self._context
        fact = self._ingresses.get((ref.namespace, ref.name))
        made = convert_ingress(
            ref,
            body,
            context.target,
            context.options,
            kind=fact.load_balancer if fact else None,
            public=fact.public if fact else None,
        )
        context.notes += made.notes
        return made.body

    def _ingress_class(self, body: Manifest) -> Manifest:
        made, left_out = convert_ingress_class(self._context.ref, body, self._context.target)
        if made is None:
            raise LeaveOutError(left_out) if left_out else leave_out("platform_object")
        self._context.notes += made.notes
        return made.body

    def _storage_class(self, body: Manifest) -> Manifest:
        made = convert_storage_class(body)
        if made.body is None:
            raise LeaveOutError(made.left_out, made.notes) if made.left_out else leave_out("platform_object")
        self._context.notes += made.notes
        return made.body


def _mappings_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping inside, at whatever depth."""
    left = [value]
    while left:
        inside = left.pop()
        if isinstance(inside, dict):
            yield inside
            left += inside.values()
        elif isinstance(inside, list):
            left += inside


def _old_classes(value: Any, is_own: Callable[[str], bool]) -> Iterator[str]:
    """Storage classes that only the old platform made, for which an operator would ask in vain."""
    for inside in _mappings_in(value):
        for key, below in inside.items():
            if key in _NAMES_A_CLASS and isinstance(below, str) and flex_class(below) and not is_own(below):
                yield below


def _old_balancers(value: Any) -> Iterator[str]:
    """Load balancers of the old cluster that an operator would give to the Services it makes."""
    for inside in _mappings_in(value):
        if (old := text(inside.get(_BALANCER_ID))) and old != FILL_IN:
            yield old


def _removed_references(value: Any, context: Context) -> Iterator[str]:
    """What an operator would look for in vain: references to built-in kinds in a version that the target dropped."""
    for inside in _mappings_in(value):
        api, kind = text(inside.get("apiVersion")), text(inside.get("kind"))
        if api and kind and context.served.is_removed(api, kind):
            yield f"{api} {kind}"


def _runtime_class(body: Manifest) -> None:
    """v1alpha1 had all inside a spec."""
    spec = body.pop("spec", None)
    if isinstance(spec, dict):
        moved = {"runtimeHandler": "handler", "overhead": "overhead", "scheduling": "scheduling"}
        body |= {new: spec[old] for old, new in moved.items() if old in spec and new not in body}


def _network_policy(body: Manifest) -> None:
    """A selector that is not set chooses every pod; published schemas demand that it stands there."""
    if isinstance(body.get("spec"), dict):
        body["spec"].setdefault("podSelector", {})


def _definitions(context: Context) -> dict[tuple[str, str], set[str]]:
    """Group and kind of every custom resource that the dump defines -> the versions that are served."""
    found: dict[tuple[str, str], set[str]] = {}
    for body in context.bodies("CustomResourceDefinition"):
        spec = mapping(body.get("spec"))
        versions = {text(v.get("name")) for v in mappings(spec.get("versions")) if v.get("served", True)}
        found[(text(spec.get("group")), text(mapping(spec.get("names")).get("kind")))] = versions or {
            text(spec.get("version"))
        }
    return found


def _security(context: Context) -> policies.PodSecurity:
    by_name = {b["metadata"]["name"]: b for b in context.bodies("PodSecurityPolicy")}
    if not by_name:
        return policies.PodSecurity({}, (), ())
    roles = context.bodies("Role", "ClusterRole")
    return policies.PodSecurity(by_name, roles, context.bodies("RoleBinding", "ClusterRoleBinding"))


def _void_roles(context: Context) -> frozenset[tuple[str, str, str]]:
    """Roles that say nothing but which PodSecurityPolicies may be used: kind, namespace, name."""
    return frozenset(
        (b["kind"], text(b["metadata"].get("namespace")), b["metadata"]["name"])
        for b in context.bodies("Role", "ClusterRole")
        if access.only_allows_policies(b)
    )

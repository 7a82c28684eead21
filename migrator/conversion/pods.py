"""What a pod is made from, for nodes and an API server of the target (domain facts A.6, D.3, G.1, H.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

from migrator.conversion.cleaning import OF_THE_SERVER
from migrator.conversion.context import Context, Manifest
from migrator.conversion.images import Registries

HOSTNAME = "kubernetes.io/hostname"
# Labels of nodes by their names in the new cluster.
NODE_LABELS = {
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/is-baremetal": "node.kubernetes.io/baremetal",
    "kubernetes.io/availablezone": "topology.kubernetes.io/zone",
}
_SET_BY_THE_PLATFORM = ("kubernetes.io/", "topology.kubernetes.io/", "node.kubernetes.io/")
_TAINTS = {
    "node.alpha.kubernetes.io/notReady": "node.kubernetes.io/not-ready",
    "node.alpha.kubernetes.io/unreachable": "node.kubernetes.io/unreachable",
}
_MASTER, _CONTROL_PLANE = "node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP, _APPARMOR = (
    "container.seccomp.security.alpha.kubernetes.io/",
    "container.apparmor.security.beta.kubernetes.io/",
)
_SYSCTLS = ("security.alpha.kubernetes.io/sysctls", "security.alpha.kubernetes.io/unsafe-sysctls")
_CRITICAL = "scheduler.alpha.kubernetes.io/critical-pod"
_GONE = ("pod.alpha.kubernetes.io/", "pod.beta.kubernetes.io/", "cni.projectcalico.org/", "kubernetes.io/config.")
_INIT_CONTAINERS = ("pod.beta.kubernetes.io/init-containers", "pod.alpha.kubernetes.io/init-containers")
_GONE_WHOLE = ("kubernetes.io/psp", "kubernetes.io/limit-ranger", "kubernetes.io/created-by")
_OLD_GPU, _GPU = "alpha.kubernetes.io/nvidia-gpu", "nvidia.com/gpu"  # no node has offered the old one since 1.11
_TOKEN_SECRET = re.compile(r".*-token-[a-z0-9]{5}")
_TOKEN_VOLUME = re.compile(r"kube-api-access-[a-z0-9]{5}")
# Filled in by admission or by the scheduler, and refused where they do not fit the new cluster.
_ADMITTED = ("nodeName", "priority", "preemptionPolicy", "overhead", "ephemeralContainers")
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


class Pods:
    """Converts pods and their templates; keeps what all of one bundle share."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._registries = Registries(context.options.registries)

    def template(self, template: Manifest) -> None:
        """A pod template of a workload; changed in place."""
        metadata = template.get("metadata")
        if metadata is None:
            metadata = template["metadata"] = {}
        for field in OF_THE_SERVER & metadata.keys():
            del metadata[field]
        if spec := template.get("spec"):
            if node := spec.get("nodeName"):  # by hand: no scheduler writes into a template
                self.context.note("pinned", open=True, node=node)
            self.pod(metadata, spec)
        if not metadata:
            del template["metadata"]

    def pod(self, metadata: Manifest, spec: Manifest) -> None:
        """Annotations and spec of a pod; changed in place."""
        if metadata.get("annotations"):
            self._annotations(metadata, spec)
        account = spec.pop("serviceAccount", None)
        if account and not spec.get("serviceAccountName"):
            spec["serviceAccountName"] = account
        for field in _ADMITTED:
            if field in spec:
                del spec[field]
        self._placed(spec)
        self._accelerated(spec)
        if "volumes" in spec:
            self._without_tokens(spec)
        if self._registries:
            for field in _CONTAINERS:
                for container in spec.get(field) or ():
                    if isinstance(container.get("image"), str):
                        container["image"] = self._registries.moved(container["image"])

    def _accelerated(self, spec: Manifest) -> None:
        """GPUs under the name by which the device plug-in offers them."""
        renamed = False
        for container in _containers(spec):
            for given in (container.get("resources") or {}).values():
                if isinstance(given, dict) and _OLD_GPU in given:
                    given.setdefault(_GPU, given.pop(_OLD_GPU))
                    given.pop(_OLD_GPU, None)
                    renamed = True
        if renamed:
            self.context.note("gpu_resource")

    def _without_tokens(self, spec: Manifest) -> None:
        """The new cluster mounts the tokens of accounts by itself."""
        gone = {v["name"] for v in spec["volumes"] if _is_token(v)}
        if not gone:
            return
        spec["volumes"] = [v for v in spec["volumes"] if v["name"] not in gone]
        if not spec["volumes"]:
            del spec["volumes"]
        for container in _containers(spec):
            if mounts := container.get("volumeMounts"):
                container["volumeMounts"] = [m for m in mounts if m["name"] not in gone]
                if not container["volumeMounts"]:
                    del container["volumeMounts"]

    # --- where it may run ---

    def _placed(self, spec: Manifest) -> None:
        if selector := spec.get("nodeSelector"):
            self._selector(spec, selector)
        if affinity := spec.get("affinity"):
            self._affinity(spec, affinity)
        for spread in spec.get("topologySpreadConstraints") or ():
            spread["topologyKey"] = NODE_LABELS.get(spread.get("topologyKey"), spread.get("topologyKey"))
        if tolerations := spec.get("tolerations"):
            spec["tolerations"] = self._tolerations(tolerations)

    def _selector(self, spec: Manifest, selector: dict[str, str]) -> None:
        made = {NODE_LABELS.get(k, k): v for k, v in selector.items() if k != HOSTNAME}
        if HOSTNAME in selector:
            self.context.note("pinned", open=True, node=selector[HOSTNAME])
        if _MASTER in made and self.context.minor >= 24:
            made[_CONTROL_PLANE] = made.pop(_MASTER)
        if own := sorted(f"{k}={v}" for k, v in made.items() if not k.startswith(_SET_BY_THE_PLATFORM)):
            self.context.note("node_labels", labels=own)
        spec["nodeSelector"] = made
        if not made:
            del spec["nodeSelector"]

    def _affinity(self, spec: Manifest, affinity: Manifest) -> None:
        for field in ("podAffinity", "podAntiAffinity"):
            given = affinity.get(field) or {}
            required = given.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
            preferred = given.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
            for term in (*required, *(p["podAffinityTerm"] for p in preferred if "podAffinityTerm" in p)):
                term["topologyKey"] = NODE_LABELS.get(term.get("topologyKey"), term.get("topologyKey"))
        if node := affinity.get("nodeAffinity"):
            self._node_affinity(node)
            if not node:
                del affinity["nodeAffinity"]
        if not affinity:
            del spec["affinity"]

    def _node_affinity(self, node: Manifest) -> None:
        required, preferred = (
            "requiredDuringSchedulingIgnoredDuringExecution",
            "preferredDuringSchedulingIgnoredDuringExecution",
        )
        if given := node.get(required):
            given["nodeSelectorTerms"] = self._terms(given.get("nodeSelectorTerms") or [])
            if not given["nodeSelectorTerms"]:
                del node[required]
        if given := node.get(preferred):
            kept = []
            for entry in given:
                for term in self._terms([entry.get("preference") or {}]):
                    kept.append({**entry, "preference": term})
            node[preferred] = kept
            if not kept:
                del node[preferred]

    def _terms(self, terms: Iterable[Manifest]) -> list[Manifest]:
        """Without what names single nodes: by their labels in the new cluster; a term of nothing else is gone."""
        made = []
        for term in terms:
            expressions = term.get("matchExpressions") or []
            kept = [{**e, "key": NODE_LABELS.get(e["key"], e["key"])} for e in expressions if e.get("key") != HOSTNAME]
            names = [v for e in expressions if e.get("key") == HOSTNAME for v in e.get("values") or ()]
            names += [v for f in term.get("matchFields") or () for v in f.get("values") or ()]
            if names:
                self.context.note("pinned", open=True, node=sorted(names))
            if kept:
                made.append({"matchExpressions": kept})
        return made

    def _tolerations(self, tolerations: list[Manifest]) -> list[Manifest]:
        made = [{**t, "key": _TAINTS[t["key"]]} if t.get("key") in _TAINTS else t for t in tolerations]
        if self.context.minor >= 24:
            for toleration in [t for t in made if t.get("key") == _MASTER]:
                also = {**toleration, "key": _CONTROL_PLANE}
                if also not in made:
                    made.append(also)
        return made

    # --- annotations that became fields ---

    def _annotations(self, metadata: Manifest, spec: Manifest) -> None:
        annotations = metadata["annotations"]
        kept = {k: v for k, v in annotations.items() if k not in _GONE_WHOLE and not k.startswith(_GONE)}
        if kept.pop(_CRITICAL, None) is not None and not spec.get("priorityClassName"):
            self.context.note("critical_pod", open=True)
        if not spec.get("initContainers") and (given := [k for k in _INIT_CONTAINERS if k in annotations]):
            self.context.note("init_containers", open=True, annotation=given[0])
        if self.context.minor >= 19:
            _seccomp(kept, spec)
        if self.context.minor >= 30:
            _apparmor(kept, spec)
        sysctls = [pair.partition("=") for key in _SYSCTLS for pair in kept.pop(key, "").split(",") if pair]
        if sysctls:
            known = spec.setdefault("securityContext", {}).setdefault("sysctls", [])
            known += [{"name": n, "value": v} for n, _, v in sysctls if n not in {k["name"] for k in known}]
        for field in ("affinity", "tolerations"):
            self._from_json(kept, spec, field)
        metadata["annotations"] = kept
        if not kept:
            del metadata["annotations"]

    def _from_json(self, annotations: dict[str, str], spec: Manifest, field: str) -> None:
        """Affinity and tolerations of 1.5 and before: since 1.6 nobody reads them from there."""
        value = annotations.pop(f"scheduler.alpha.kubernetes.io/{field}", None)
        if value is None or spec.get(field):
            return
        try:
            spec[field] = orjson.loads(value)
        except orjson.JSONDecodeError:
            self.context.note("annotation_unreadable", open=True, annotation=f"scheduler.alpha.kubernetes.io/{field}")


def _containers(spec: Manifest) -> list[Manifest]:
    return [c for field in _CONTAINERS for c in spec.get(field) or ()]


def _is_token(volume: Manifest) -> bool:
    if secret := volume.get("secret"):
        return bool(_TOKEN_SECRET.fullmatch(secret.get("secretName") or ""))
    return "projected" in volume and bool(_TOKEN_VOLUME.fullmatch(volume["name"]))


def _profile(value: str) -> dict[str, Any] | None:
    if value in ("runtime/default", "docker/default"):
        return {"type": "RuntimeDefault"}
    if value == "unconfined":
        return {"type": "Unconfined"}
    if value.startswith("localhost/"):
        return {"type": "Localhost", "localhostProfile": value.removeprefix("localhost/")}
    return None


def _seccomp(annotations: dict[str, str], spec: Manifest) -> None:
    if profile := _profile(annotations.get(_SECCOMP_POD, "")):
        del annotations[_SECCOMP_POD]
        spec.setdefault("securityContext", {}).setdefault("seccompProfile", profile)
    _per_container(annotations, spec, _SECCOMP, "seccompProfile")


def _apparmor(annotations: dict[str, str], spec: Manifest) -> None:
    _per_container(annotations, spec, _APPARMOR, "appArmorProfile")


def _per_container(annotations: dict[str, str], spec: Manifest, prefix: str, field: str) -> None:
    containers = {c.get("name"): c for c in _containers(spec)}
    for key in [k for k in annotations if k.startswith(prefix)]:
        container, profile = containers.get(key.removeprefix(prefix)), _profile(annotations[key])
        if container is not None and profile:
            del annotations[key]
            container.setdefault("securityContext", {}).setdefault(field, profile)

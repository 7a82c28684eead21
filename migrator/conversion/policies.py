"""Budgets, flow control and security policies (domain facts D.2 l, m and n)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from migrator.conversion.access import MOVED
from migrator.conversion.context import Context, Manifest, leave_out
from migrator.snapshot.values import mapping, mappings, text, texts

ENFORCE = "pod-security.kubernetes.io/enforce"
_KEEPS_ZERO = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares"
_COUNT, _EXTENSIONS = "count/", ".extensions"
LEVELS = ("restricted", "baseline", "privileged")
_SYSTEM_FLOWS = frozenset(
    (
        *("catch-all", "exempt", "global-default", "kube-controller-manager", "kube-scheduler", "kube-system"),
        *("leader-election", "node-high", "probes", "service-accounts", "workload-high", "workload-low"),
        *("kube-system-service-accounts", "workload-leader-election", "endpoint-controller"),
    )
)
# Of Pod Security's level "baseline".
_BASELINE_CAPABILITIES = frozenset(
    (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)
_RESTRICTED_VOLUMES = frozenset(
    ("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret")
)


def budget(body: Manifest, context: Context) -> None:
    """An empty selector, which meant no pod, means every pod of the namespace in policy/v1."""
    spec = body.get("spec")
    if not isinstance(spec, dict) or body["apiVersion"] != "policy/v1":
        return
    if context.ref.api_version == "policy/v1beta1" and "selector" in spec and not _selects(spec["selector"]):
        del spec["selector"]
        context.note("empty_budget")


def _selects(selector: Any) -> bool:
    return bool(selector and (selector.get("matchLabels") or selector.get("matchExpressions")))


def flow(body: Manifest, context: Context) -> None:
    """FlowSchema and PriorityLevelConfiguration: those of the server itself stay, shares have another name."""
    name, annotations = body["metadata"]["name"], body["metadata"].get("annotations") or {}
    if name in _SYSTEM_FLOWS or name.startswith("system-") or annotations.get("apf.kubernetes.io/autoupdate-spec"):
        raise leave_out("platform_object")
    limited = (body.get("spec") or {}).get("limited")
    if isinstance(limited, dict):
        old, new = "assuredConcurrencyShares", "nominalConcurrencyShares"
        wanted, other = (old, new) if body["apiVersion"].endswith(("/v1beta1", "/v1beta2")) else (new, old)
        if other in limited:
            limited[wanted] = limited.pop(other)
        if _meant_default(context.ref.api_version, annotations) and limited.get(wanted) == 0:
            del limited[wanted]


def _meant_default(api_version: str, annotations: Mapping[str, str]) -> bool:
    """Whether no shares at all stood for the default number, as in every beta version but where a server noted it."""
    return "/v1beta" in api_version and annotations.get(_KEEPS_ZERO) is None


def quota(body: Manifest, context: Context) -> None:
    """ResourceQuota: what was counted under the group ``extensions`` is counted under the group that serves it."""
    hard = mapping(mapping(body.get("spec")).get("hard"))
    moved = {key: f"{key.removesuffix(_EXTENSIONS)}.{group}" for key in hard if (group := _group_of_count(key))}
    for old, new in sorted(moved.items()):
        hard.setdefault(new, hard[old])
        del hard[old]
    if moved:
        context.note("quota_counts", counts=sorted(moved.values()))


def _group_of_count(key: str) -> str:
    return MOVED.get(key[len(_COUNT) : -len(_EXTENSIONS)], "") if _is_old_count(key) else ""


def _is_old_count(key: str) -> bool:
    return key.startswith(_COUNT) and key.endswith(_EXTENSIONS)


# --- PodSecurityPolicy to levels of Pod Security ---


class PodSecurity:
    """Which level each namespace needs, told from the policies that its accounts may use."""

    def __init__(
        self, policies: Mapping[str, Manifest], roles: Iterable[Manifest], bindings: Iterable[Manifest]
    ) -> None:
        self.policies = policies
        self._levels = {name: level_of(mapping(body.get("spec"))) for name, body in policies.items()}
        used = {(b["kind"], text(b["metadata"].get("namespace")), b["metadata"]["name"]): self._used(b) for b in roles}
        self._everywhere: set[str] = set()
        self._in: dict[str, set[str]] = defaultdict(set)
        for body in bindings:
            reference = mapping(body.get("roleRef"))
            own, kind = text(body["metadata"].get("namespace")), text(reference.get("kind"))
            names = used.get((kind, own if kind == "Role" else "", text(reference.get("name"))), set())
            if names:
                self._bind(body, own, names)

    def level(self, namespace: str) -> str:
        """The most that the namespace's accounts may do; empty where no policy says anything of them."""
        levels = {self._levels[name] for name in self.used_in(namespace)}
        return max(levels, key=LEVELS.index) if levels else ""

    def used_in(self, namespace: str) -> set[str]:
        return self._everywhere | self._in.get(namespace, set())

    def is_used(self, policy: str) -> bool:
        """Whether a binding lets accounts of some namespace use the policy."""
        return any(policy in names for names in (self._everywhere, *self._in.values()))

    def _used(self, role: Manifest) -> set[str]:
        names: set[str] = set()
        for rule in mappings(role.get("rules")):
            resources, verbs = texts(rule.get("resources")), texts(rule.get("verbs"))
            if {"podsecuritypolicies", "*"} & set(resources) and {"use", "*"} & set(verbs):
                if "podsecuritypolicies" not in resources and not {"policy", "extensions", "*"} & set(
                    texts(rule.get("apiGroups"))
                ):
                    continue
                names |= set(texts(rule.get("resourceNames")) or self.policies)
        return names & self.policies.keys()

    def _bind(self, body: Manifest, own: str, names: set[str]) -> None:
        for subject in mappings(body.get("subjects")):
            kind, name = text(subject.get("kind")), text(subject.get("name"))
            if kind == "ServiceAccount":
                place = text(subject.get("namespace")) or own
            elif kind == "Group" and name.startswith("system:serviceaccounts:"):
                place = name.rpartition(":")[2]
            elif kind == "Group" and name in ("system:authenticated", "system:serviceaccounts"):
                place = own
            else:
                continue
            if own and place != own:
                continue
            if place:
                self._in[place] |= names
            else:
                self._everywhere |= names


def level_of(spec: Manifest) -> str:
    """The lowest level of Pod Security that allows all that a PodSecurityPolicy allows."""
    volumes, added = set(texts(spec.get("volumes"))), set(texts(spec.get("allowedCapabilities")))
    added |= set(texts(spec.get("defaultAddCapabilities")))
    if (
        any(spec.get(f) for f in ("privileged", "hostNetwork", "hostPID", "hostIPC", "hostPorts"))
        or volumes & {"*", "hostPath"}
        or added - _BASELINE_CAPABILITIES
        or spec.get("allowedUnsafeSysctls")
        or "Unmasked" in texts(spec.get("allowedProcMountTypes"))
    ):
        return "privileged"
    rule = mapping(spec.get("runAsUser")).get("rule")
    if (
        rule == "MustRunAsNonRoot"
        and spec.get("allowPrivilegeEscalation") is False
        and "ALL" in texts(spec.get("requiredDropCapabilities"))
        and volumes <= _RESTRICTED_VOLUMES
        and not added - {"NET_BIND_SERVICE"}
    ):
        return "restricted"
    return "baseline"


def label_namespace(body: Manifest, security: PodSecurity, context: Context) -> None:
    """The level of Pod Security as a label, where none says so yet."""
    name = body["metadata"]["name"]
    level = security.level(name)
    labels = body["metadata"].get("labels") or {}
    if not level or ENFORCE in labels:
        return
    # A policy filled in what "restricted" demands that every pod says itself: enforced at once, no pod would start.
    enforced = "baseline" if level == "restricted" else level
    told = {f"pod-security.kubernetes.io/{mode}": level for mode in ("audit", "warn")}
    body["metadata"]["labels"] = {**labels, ENFORCE: enforced, **told}
    policies = sorted(security.used_in(name))
    context.note("pod_security", level=level, enforced=enforced, policies=policies, open=True)

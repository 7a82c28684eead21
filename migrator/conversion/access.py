"""Rights, accounts and Secrets: what people made, without the tokens and roles of the old cluster itself."""

from __future__ import annotations

from typing import Any

from migrator.conversion.context import Context, Manifest, leave_out
from migrator.snapshot.values import mappings, text, texts

_BOOTSTRAPPED = "kubernetes.io/bootstrapping"
_PRESENT = ("admin", "cluster-admin", "edit", "view")
_RBAC = "rbac.authorization.k8s.io"
_ALPHA = f"{_RBAC}/v1alpha1"  # where the user "*" was everybody
# Where resources of the group ``extensions`` went.
MOVED = {
    **dict.fromkeys(("deployments", "daemonsets", "replicasets"), "apps"),
    **dict.fromkeys(("ingresses", "networkpolicies"), "networking.k8s.io"),
    "podsecuritypolicies": "policy",
}
_POLICIES = "podsecuritypolicies"
_REQUIRED_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/basic-auth": ("username", "password"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def is_platform_role(body: Manifest) -> bool:
    """Whether every cluster has the role or binding by itself."""
    metadata = body["metadata"]
    if metadata["name"].startswith("system:") or _BOOTSTRAPPED in (metadata.get("labels") or {}):
        return True
    return body["kind"] in ("ClusterRole", "ClusterRoleBinding") and metadata["name"] in _PRESENT


def role(body: Manifest, context: Context) -> None:
    """Role and ClusterRole: rules also for the groups where resources are now; use of PSPs goes with the PSPs."""
    if is_platform_role(body):
        raise leave_out("platform_object")
    rules = body.get("rules")
    if not rules:
        return
    made = [rule for given in rules for rule in _rule(given, gone=context.minor >= 25)]
    if not made:
        raise leave_out("policy_role")
    body["rules"] = made


def only_allows_policies(body: Manifest) -> bool:
    """Whether a role says nothing but which PodSecurityPolicies may be used."""
    rules = mappings(body.get("rules"))
    return bool(rules) and all(texts(r.get("resources")) == (_POLICIES,) for r in rules)


def _rule(rule: Manifest, *, gone: bool) -> list[Manifest]:
    resources = rule.get("resources") or []
    if gone and _POLICIES in resources:
        resources = [r for r in resources if r != _POLICIES]
        if not resources:
            return []
        rule = {**rule, "resources": resources}
    groups = rule.get("apiGroups") or []
    if "extensions" in groups:
        more = {MOVED[r.partition("/")[0]] for r in resources if r.partition("/")[0] in MOVED}
        if "*" in resources:
            more = {"apps", "networking.k8s.io"}
        rule = {**rule, "apiGroups": [*groups, *sorted(more - set(groups))]}
    return [rule]


def binding(body: Manifest, context: Context) -> None:
    """RoleBinding and ClusterRoleBinding; those of the old cluster's own components stay behind."""
    if is_platform_role(body):
        raise leave_out("platform_object")
    reference = body.get("roleRef")
    if isinstance(reference, dict):
        reference["apiGroup"] = _RBAC
    subjects = body.get("subjects") or []
    for subject in subjects:
        subject.pop("apiVersion", None)
        if context.ref.api_version == _ALPHA and (subject.get("kind"), subject.get("name")) == ("User", "*"):
            subject["kind"], subject["name"] = "Group", "system:authenticated"
        if subject.get("kind") in ("User", "Group"):
            subject["apiGroup"] = _RBAC
    system = context.catalog.system_namespaces
    if subjects and all(s.get("kind") == "ServiceAccount" and s.get("namespace") in system for s in subjects):
        raise leave_out("platform_binding")
    if people := sorted(str(s.get("name")) for s in subjects if s.get("kind") == "User" and _is_person(s)):
        context.note("users", open=True, users=people)


def _is_person(subject: dict[str, Any]) -> bool:
    return not str(subject.get("name")).startswith("system:")


def account(body: Manifest, context: Context) -> None:
    """A ServiceAccount without the tokens of the old cluster."""
    body.pop("secrets", None)
    pulls = [s for s in body.get("imagePullSecrets") or () if "-dockercfg-" not in (s.get("name") or "")]
    if "imagePullSecrets" in body:
        body["imagePullSecrets"] = pulls
        if not pulls:
            del body["imagePullSecrets"]


def own_settings(body: Manifest, context: Context) -> Manifest:
    """What people set at an account that every namespace has by itself, as a patch of the account."""
    pulls = [
        {"name": name}
        for given in mappings(body.get("imagePullSecrets"))
        if (name := text(given.get("name")))
        and "-dockercfg-" not in name
        and not context.catalog.is_platform_object("Secret", context.ref.namespace, name)
    ]
    made: Manifest = {"imagePullSecrets": pulls} if pulls else {}
    if body.get("automountServiceAccountToken") is False:
        made["automountServiceAccountToken"] = False
    return made


def secret(body: Manifest, context: Context) -> None:
    """A template: the keys, each with nothing in it. Values never get into a dump's facts."""
    kind = body.get("type") or "Opaque"
    if kind in ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"):
        raise leave_out("token")
    keys = {*(body.pop("data", None) or {}), *(body.pop("stringData", None) or {}), *_REQUIRED_KEYS.get(kind, ())}
    if keys:
        body["stringData"] = dict.fromkeys(sorted(keys), "")
    context.note("secret", open=True, keys=sorted(keys) or ["-"], type=kind)

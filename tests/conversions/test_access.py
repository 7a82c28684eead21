"""Rights, accounts, quotas and security policies before and after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversions.support import POD, TEMPLATE, Manifest, an, keys, open_keys

RBAC = "rbac.authorization.k8s.io"
PREFIX = "pod-security.kubernetes.io/"


@pytest.mark.parametrize("version", ["v1alpha1", "v1beta1", "v1"])
@pytest.mark.parametrize(
    ("groups", "resources", "wanted"),
    [
        (["extensions"], ["deployments", "ingresses/status"], ["extensions", "apps", "networking.k8s.io"]),
        (["extensions", "apps"], ["daemonsets"], ["extensions", "apps"]),
        (["extensions"], ["*"], ["extensions", "apps", "networking.k8s.io"]),
        (["batch"], ["cronjobs"], ["batch"]),
    ],
)
def test_rules_reach_resources_where_they_are_now(
    converted: Any, version: str, groups: list[str], resources: list[str], wanted: list[str]
) -> None:
    rule = {"apiGroups": groups, "resources": resources, "verbs": ["get"]}
    made, _ = converted(an("Role", f"{RBAC}/{version}", rules=[rule]), "1.25")

    assert made["apiVersion"] == f"{RBAC}/v1"
    assert made["rules"] == [{**rule, "apiGroups": wanted}]


def test_subjects_of_v1alpha1(converted: Any) -> None:
    subjects = [
        {"kind": "User", "name": "*", "apiVersion": f"{RBAC}/v1alpha1"},
        {"kind": "User", "name": "wang", "apiVersion": f"{RBAC}/v1alpha1"},
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop", "apiVersion": "v1"},
    ]
    reference = {"kind": "Role", "name": "reader"}
    made, bundle = converted(an("RoleBinding", f"{RBAC}/v1alpha1", roleRef=reference, subjects=subjects), "1.25")

    assert made["roleRef"] == {**reference, "apiGroup": RBAC}
    assert made["subjects"] == [
        {"kind": "Group", "name": "system:authenticated", "apiGroup": RBAC},
        {"kind": "User", "name": "wang", "apiGroup": RBAC},
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
    ]
    assert [n.text.values for n in bundle.notes if n.text.key == "conversion.note.users"] == [{"users": ["wang"]}]


def test_a_role_for_policies_goes_with_them(converted: Any) -> None:
    use = {"apiGroups": ["extensions"], "resources": ["podsecuritypolicies"], "verbs": ["use"]}
    binding = an(
        "ClusterRoleBinding",
        f"{RBAC}/v1",
        "everybody",
        namespace="",
        roleRef={"kind": "ClusterRole", "name": "web"},
        subjects=[{"kind": "Group", "name": "system:authenticated"}],
    )
    role = an("ClusterRole", f"{RBAC}/v1beta1", namespace="", rules=[use])
    kept, _ = converted(role, "1.22", binding)
    made, bundle = converted(role, "1.25", binding)

    assert kept["rules"] == [{**use, "apiGroups": ["extensions", "policy"]}]
    assert made is None
    assert {(e.ref.kind, e.reason.key) for e in bundle.left_out} == {
        ("ClusterRole", "conversion.left.policy_role"),
        ("ClusterRoleBinding", "conversion.left.policy_role"),
    }


# --- security policies ---


def policy(**spec: Any) -> Manifest:
    anything: Manifest = {
        field: {"rule": "RunAsAny"} for field in ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")
    }
    return an("PodSecurityPolicy", "policy/v1beta1", "tight", namespace="", spec={**anything, **spec})


STRICT: Manifest = {
    "runAsUser": {"rule": "MustRunAsNonRoot"},
    "allowPrivilegeEscalation": False,
    "requiredDropCapabilities": ["ALL"],
    "volumes": ["configMap", "secret", "emptyDir"],
}
USER = an(
    "Role",
    f"{RBAC}/v1",
    "psp-user",
    rules=[
        {"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "resourceNames": ["tight"], "verbs": ["use"]}
    ],
)
BOUND = an(
    "RoleBinding",
    f"{RBAC}/v1",
    "psp-user",
    roleRef={"kind": "Role", "name": "psp-user"},
    subjects=[{"kind": "Group", "name": "system:serviceaccounts:shop"}],
)


@pytest.mark.parametrize(
    ("spec", "level", "enforced"),
    [
        pytest.param(STRICT, "restricted", "baseline", id="restricted"),
        pytest.param({**STRICT, "allowedCapabilities": ["NET_RAW"]}, "privileged", "privileged", id="capability"),
        pytest.param({**STRICT, "volumes": ["*"]}, "privileged", "privileged", id="every-volume"),
        pytest.param({**STRICT, "hostPorts": [{"min": 1, "max": 9}]}, "privileged", "privileged", id="ports"),
        pytest.param({**STRICT, "volumes": ["nfs"]}, "baseline", "baseline", id="baseline"),
        pytest.param({"privileged": True}, "privileged", "privileged", id="privileged"),
    ],
)
def test_policies_become_labels_of_the_namespace(converted: Any, spec: Manifest, level: str, enforced: str) -> None:
    namespace = an("Namespace", "v1", "shop", namespace="", spec={"finalizers": ["kubernetes"]})
    made, bundle = converted(namespace, "1.25", policy(**spec), USER, BOUND)

    labels = {f"{PREFIX}audit": level, f"{PREFIX}enforce": enforced, f"{PREFIX}warn": level}
    assert made == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}
    assert open_keys(bundle.notes) == ["pod_security"]


def test_policies_stay_where_the_target_serves_them(converted: Any) -> None:
    made, bundle = converted(policy(**STRICT), "1.23", USER, BOUND)

    assert (made["apiVersion"], made["spec"]["volumes"]) == ("policy/v1beta1", STRICT["volumes"])
    assert not [n for n in bundle.notes if n.text.key == "conversion.note.pod_security"]


def test_objects_of_a_wrong_shape_stop_nothing(converted: Any) -> None:
    """What other objects are read for: roles, bindings, policies and definitions."""
    broken = (
        an("PodSecurityPolicy", "policy/v1beta1", "a", namespace="", spec={"volumes": 5, "runAsUser": "x"}),
        an("PodSecurityPolicy", "policy/v1beta1", "b", namespace="", spec=[]),
        an("ClusterRole", f"{RBAC}/v1", "a", namespace="", rules="x"),
        an("ClusterRole", f"{RBAC}/v1", "b", namespace="", rules=[{"resources": 1, "verbs": "x"}, 7]),
        an("ClusterRoleBinding", f"{RBAC}/v1", "a", namespace="", roleRef="x", subjects=["y"]),
        an("RoleBinding", f"{RBAC}/v1", "a", roleRef={"kind": [], "name": {}}, subjects="y"),
        an("CustomResourceDefinition", "apiextensions.k8s.io/v1beta1", "a.b", namespace="", spec={"versions": "y"}),
        an("CustomResourceDefinition", "apiextensions.k8s.io/v1", "c.d", namespace="", spec={"names": [], "group": 1}),
        an("ResourceQuota", "v1", "q", spec={"hard": ["count/deployments.extensions"]}),
    )
    made, bundle = converted(an("ConfigMap", "v1", data={"a": "b"}), "1.25", *broken)

    assert made["data"] == {"a": "b"}
    told = {(n.ref.kind, n.ref.name) for n in (*bundle.notes, *bundle.left_out)}
    assert {(b["kind"], b["metadata"]["name"]) for b in broken} - told == set()


# --- accounts, quotas ---


def test_counts_of_the_group_extensions(converted: Any) -> None:
    hard = {"count/deployments.extensions": "5", "count/ingresses.extensions": "3", "count/widgets.extensions": "1"}
    made, bundle = converted(an("ResourceQuota", "v1", spec={"hard": {**hard, "pods": "9"}}), "1.22")

    assert made["spec"]["hard"] == {
        "count/deployments.apps": "5",
        "count/ingresses.networking.k8s.io": "3",
        "count/widgets.extensions": "1",
        "pods": "9",
    }
    assert keys(bundle.notes) == ["namespace_added", "quota_counts"]


@pytest.mark.parametrize(
    ("fields", "patch"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"imagePullSecrets": [{"name": "default-secret"}]}, "", id="of-the-platform"),
        pytest.param(
            {"imagePullSecrets": [{"name": "default-secret"}, {"name": "hub"}], "secrets": [{"name": "t"}]},
            '{"imagePullSecrets":[{"name":"hub"}]}',
            id="pulls",
        ),
        pytest.param(
            {"automountServiceAccountToken": False}, '{"automountServiceAccountToken":false}', id="without-a-token"
        ),
    ],
)
def test_settings_of_the_default_account_are_told(converted: Any, fields: Manifest, patch: str) -> None:
    made, bundle = converted(an("ServiceAccount", "v1", "default", **fields), "1.25")

    assert made is None
    told = [n.text.values["command"] for n in bundle.notes if n.text.key == "conversion.note.account_settings"]
    assert told == ([f"kubectl -n shop patch serviceaccount default -p '{patch}'"] if patch else [])


# --- what annotations of a pod became ---


ANNOTATIONS = {
    "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
    "container.seccomp.security.alpha.kubernetes.io/web": "localhost/p.json",
    "container.apparmor.security.beta.kubernetes.io/web": "localhost/profile",
    "security.alpha.kubernetes.io/sysctls": "kernel.shm_rmid_forced=1",
}
SECCOMP = {"seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"}}
APPARMOR = {"appArmorProfile": {"type": "Localhost", "localhostProfile": "profile"}}


@pytest.mark.parametrize(
    ("target", "of_the_container", "left"),
    [
        ("1.25", SECCOMP, ["container.apparmor.security.beta.kubernetes.io/web"]),
        ("1.29", SECCOMP, ["container.apparmor.security.beta.kubernetes.io/web"]),
        ("1.31", {**SECCOMP, **APPARMOR}, []),
    ],
)
def test_profiles_of_seccomp_and_apparmor(
    converted: Any, target: str, of_the_container: Manifest, left: list[str]
) -> None:
    template = {**TEMPLATE, "metadata": {**TEMPLATE["metadata"], "annotations": ANNOTATIONS}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    made, _ = converted(an("Deployment", "apps/v1", spec=spec), target)

    pod = made["spec"]["template"]["spec"]
    assert pod["securityContext"] == {
        "seccompProfile": {"type": "RuntimeDefault"},
        "sysctls": [{"name": "kernel.shm_rmid_forced", "value": "1"}],
    }
    assert pod["containers"] == [{**POD["containers"][0], "securityContext": of_the_container}]
    assert sorted(made["spec"]["template"]["metadata"].get("annotations", {})) == left


def test_a_policy_that_no_account_may_use_leaves_no_label(converted: Any) -> None:
    _, used = converted(policy(**STRICT), "1.25", USER, BOUND)
    _, unused = converted(policy(**STRICT), "1.25", USER)

    keys = [[left.reason.key for left in b.left_out if left.ref.kind == "PodSecurityPolicy"] for b in (used, unused)]
    assert keys == [["conversion.left.policy"], ["conversion.left.policy_unused"]]


def test_a_role_whose_namespace_is_no_text_spoils_nothing_else(converted: Any) -> None:
    policy = an("PodSecurityPolicy", "policy/v1beta1", "p", namespace="", spec={})
    odd = an("Role", "rbac.authorization.k8s.io/v1", "odd", rules=[{"verbs": ["get"]}])
    odd["metadata"]["namespace"] = {}
    made, _ = converted(an("ConfigMap", "v1", data={"a": "b"}), "1.25", policy, odd)

    assert made["data"] == {"a": "b"}

"""Ten inputs on which importers are known to go wrong, each as small as can be, from the file to what is said of it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from migrator.checks.spec import Finding
from migrator.engine import Request, assess, compile_runbook
from migrator.render.markdown import render_markdown
from migrator.snapshot.model import NodeKind, Section, Snapshot
from tests.unit.snapshot.helm_records import helm_3
from tests.unit.snapshot.helpers import deployment, kube, listed, read

NODE = kube("Node", "n1", uid="n1", status={"nodeInfo": {"kubeletVersion": "v1.13.10-r0"}})
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def kinds(snapshot: Snapshot) -> Counter[str]:
    return Counter(f"{o.ref.api_version} {o.ref.kind}" for o in snapshot.objects)


def found(check: str, *contents: Any) -> list[Finding]:
    """The findings of one check on the way to 1.25."""
    assessment = assess(read(NODE, *contents), Request(target="1.25"))
    return [f for result in assessment.results if result.check == check for f in result.findings]


def test_1_the_internal_form_of_an_old_kubectl_is_no_empty_cluster() -> None:
    link = "/apis/extensions/v1beta1/namespaces/shop/deployments"
    dump = {"selfLink": link, "Items": [{"name": "web", "namespace": "shop", "selfLink": f"{link}/web", "Spec": {}}]}
    assert [f.subject.name for f in found("API001", dump)] == ["web"]


def test_2_items_of_a_typed_list_have_no_kind_of_their_own() -> None:
    bare = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {}}
    [finding] = found("API001", listed(bare, kind="DeploymentList", api="extensions/v1beta1"))
    assert (finding.subject.kind, finding.subject.name) == ("Deployment", "web")


def test_3_one_object_under_two_groups_is_planned_once() -> None:
    spec = {"selector": {"matchLabels": {"app": "log"}}, "template": {"spec": {"containers": []}}}
    both = [kube("DaemonSet", "log", "shop", api, uid="u", spec=spec) for api in ("extensions/v1beta1", "apps/v1")]
    snapshot = read(NODE, *both)
    assert [w.ref.api_version for w in snapshot.workloads] == ["apps/v1"]
    assert len(found("API001", *both)) == 1
    document = render_markdown(compile_runbook(snapshot, assess(snapshot, Request(target="1.25"))), "en")
    assert document.count("| shop | DaemonSet | log |") == 1
    assert document.count("- `50-workloads/shop/daemonset-log.yaml`") == 1


def test_4_the_last_applied_manifest_tells_another_story() -> None:
    applied = json.dumps({"apiVersion": "extensions/v1beta1", "kind": "Deployment"})
    web = deployment("web", annotations={APPLIED: applied})
    assert found("API001", web) == []
    assert [f.subject.name for f in found("API002", web)] == ["web"]


def test_5_kinds_of_other_groups_have_the_same_names() -> None:
    strangers = [
        kube("Node", "n2", "longhorn-system", "longhorn.io/v1beta1"),
        {"kind": "Node", "apiVersion": "v3", "metadata": {"name": "n1", "uid": "x"}, "spec": {"flavor": "c3.large"}},
        {"kind": "Job", "apiVersion": "v3", "metadata": {"uid": "y"}, "spec": {"type": "CreateNode"}},
        kube("IngressRoute", "web", "shop", "traefik.containo.us/v1alpha1"),
        kube("Service", "web", "shop", "serving.knative.dev/v1"),
        kube("Network", "net", "shop", "networking.cci.io/v1beta1"),
    ]
    snapshot = read(NODE, *strangers)
    assert sum(kinds(snapshot).values()) == 7
    assert [(n.name, n.kind) for n in snapshot.nodes] == [("n1", NodeKind.VIRTUAL_MACHINE)]
    assert (snapshot.workloads, snapshot.services, snapshot.ingresses) == ((), (), ())


def test_6_a_helm_release_holds_manifests() -> None:
    snapshot = read(NODE, helm_3())
    assert [r.name for r in snapshot.helm_releases] == ["web"]
    assert ("extensions/v1beta1", "Deployment") in {(u.ref.api_version, u.ref.kind) for u in snapshot.api_uses}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: ***HIDDEN***}\n", "input_yaml_broken"),
        ('{"apiVersion": "v1", "kind": "Secret", # redacted\n "metadata": {"name": "s",},}', "input_json_mended"),
        ('{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": ***}}', "input_json_broken"),
    ],
)
def test_7_what_comments_and_redaction_have_broken_is_read_or_named(text: str, told: str) -> None:
    snapshot = read(NODE, text)
    report = snapshot.inputs[1]
    assert report.reason == told
    assert (report.status == "read") is ("v1 Secret" in kinds(snapshot))


def test_8_old_workloads_need_no_selector() -> None:
    old = kube("Deployment", "web", "shop", "extensions/v1beta1", spec={"template": {"spec": {"containers": []}}})
    [web] = read(old).workloads
    assert not web.has_selector


def test_9_groups_that_never_were_are_shown() -> None:
    odd = kube("Role", "reader", "shop", "rbac.authorization.kubernetes.io/v1")
    assert kinds(read(odd)) == {"rbac.authorization.kubernetes.io/v1 Role": 1}
    [finding] = found("API003", odd)
    assert finding.subject.api_version == "rbac.authorization.kubernetes.io/v1"


@pytest.mark.parametrize("items", [[], None])
def test_10_an_empty_typed_list_is_no_finding_and_was_looked_at(items: list[Any] | None) -> None:
    empty = {"kind": "IngressList", "apiVersion": "extensions/v1beta1", "items": items}
    assert found("API001", empty) == []
    assert read(NODE, empty).covers(Section.INGRESSES)

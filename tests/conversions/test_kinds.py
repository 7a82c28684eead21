"""Single objects before and after, for targets that take them differently."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversions.support import POD, TEMPLATE, an, open_keys


def test_an_old_deployment_gets_selector_and_its_old_defaults(converted: Any) -> None:
    made, _ = converted(an("Deployment", "extensions/v1beta1", spec={"template": TEMPLATE, "rollbackTo": {}}), "1.25")

    assert made["apiVersion"] == "apps/v1"
    assert made["metadata"] == {"name": "web", "namespace": "shop"}
    assert made["spec"]["selector"] == {"matchLabels": {"app": "web"}}
    assert made["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 1}
    assert "rollbackTo" not in made["spec"]
    assert made["spec"]["template"]["metadata"] == {"labels": {"app": "web"}}


@pytest.mark.parametrize(("target", "api"), [("1.19", "batch/v1beta1"), ("1.21", "batch/v1"), ("1.32", "batch/v1")])
def test_cron_jobs(converted: Any, target: str, api: str) -> None:
    job = {"spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}}
    made, _ = converted(an("CronJob", "batch/v1beta1", spec={"schedule": "0 1 * * *", "jobTemplate": job}), target)

    assert made["apiVersion"] == api


@pytest.mark.parametrize(("target", "has_selector"), [("1.19", True), ("1.25", False)])
def test_an_empty_budget_still_chooses_nothing(converted: Any, target: str, has_selector: bool) -> None:
    made, _ = converted(an("PodDisruptionBudget", "policy/v1beta1", spec={"minAvailable": 1, "selector": {}}), target)

    assert ("selector" in made["spec"]) is has_selector


@pytest.mark.parametrize(
    ("api", "shares", "noted", "expected"),
    [
        ("v1beta2", {"assuredConcurrencyShares": 0}, False, {}),
        ("v1beta2", {"assuredConcurrencyShares": 5}, False, {"nominalConcurrencyShares": 5}),
        ("v1beta3", {"nominalConcurrencyShares": 0}, False, {}),
        ("v1beta3", {"nominalConcurrencyShares": 0}, True, {"nominalConcurrencyShares": 0}),
        ("v1", {"nominalConcurrencyShares": 0}, False, {"nominalConcurrencyShares": 0}),
    ],
)
def test_no_shares_stay_what_they_meant(
    converted: Any, api: str, shares: dict[str, int], noted: bool, expected: dict[str, int]
) -> None:
    """Until v1 they stood for the default; a server that serves v1 notes where it was meant."""
    body = an("PriorityLevelConfiguration", f"flowcontrol.apiserver.k8s.io/{api}", spec={"limited": shares})
    if noted:
        body["metadata"]["annotations"] = {"flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares": ""}
    made, _ = converted(body, "1.32")

    assert made["spec"]["limited"] == expected


def test_secrets_are_templates(converted: Any) -> None:
    made, bundle = converted(an("Secret", "v1", type="kubernetes.io/tls", data={"tls.crt": "YQ=="}), "1.29")

    assert made["stringData"] == {"tls.crt": "", "tls.key": ""}
    assert "data" not in made
    assert any(n.open and n.text.key == "conversion.note.secret" for n in bundle.notes)


@pytest.mark.parametrize(
    ("image", "moved"),
    [
        ("nginx:1.15", "new.example/hub/library/nginx:1.15"),
        ("bitnami/redis@sha256:aa", "new.example/hub/bitnami/redis@sha256:aa"),
        ("old.example/a/b:1", "new.example/ab:1"),
        ("old.example/ab:1", "new.example/rest/ab:1"),
        ("older.example/x", "older.example/x"),
    ],
)
def test_images_move_by_the_longest_prefix(converted: Any, image: str, moved: str) -> None:
    registries = (
        ("docker.io", "new.example/hub"),
        ("old.example", "new.example/rest"),
        ("old.example/a/b", "new.example/ab"),
    )
    spec = {"template": {**TEMPLATE, "spec": {"containers": [{"name": "w", "image": image}]}}}
    made, _ = converted(an("DaemonSet", "apps/v1", spec={**spec, "selector": {}}), "1.29", registries=registries)

    assert made["spec"]["template"]["spec"]["containers"][0]["image"] == moved


def test_what_the_target_refuses_is_set_aside(converted: Any) -> None:
    body = an("Deployment", "apps/v1", spec={"replicas": "two", "template": TEMPLATE, "selector": {}})
    _, bundle = converted(body, "1.29")

    assert "90-invalid/shop/deployment-web.yaml" in {f.path for f in bundle.files}
    assert any(n.text.key == "conversion.note.invalid" for n in bundle.notes)


def test_the_node_that_a_template_names_is_told(converted: Any) -> None:
    template = {**TEMPLATE, "spec": {**TEMPLATE["spec"], "nodeName": "node-7"}}
    made, bundle = converted(an("Deployment", "apps/v1", spec={"template": template}), "1.25")

    assert "nodeName" not in made["spec"]["template"]["spec"]
    assert "pinned" in open_keys(bundle.notes)

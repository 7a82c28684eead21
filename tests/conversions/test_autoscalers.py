"""HorizontalPodAutoscalers before and after."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.conversions.support import Manifest, an

SCALED = {"apiVersion": "extensions/v1beta1", "kind": "Deployment", "name": "web"}
INGRESS = {"apiVersion": "extensions/v1beta1", "kind": "Ingress", "name": "web"}
BY_V1 = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "web"}


def autoscaler(api: str, metadata: Manifest | None = None, **spec: Any) -> Manifest:
    spec = {"maxReplicas": 5, "scaleTargetRef": dict(SCALED), **spec}
    return an("HorizontalPodAutoscaler", api, metadata=metadata or {}, spec=spec)


@pytest.mark.parametrize(("target", "api"), [("1.22", "autoscaling/v2beta2"), ("1.29", "autoscaling/v2")])
def test_the_version_is_the_best_that_the_target_serves(converted: Any, target: str, api: str) -> None:
    made, _ = converted(autoscaler("autoscaling/v2beta1"), target)

    assert made["apiVersion"] == api
    assert made["spec"]["scaleTargetRef"]["apiVersion"] == "apps/v1"


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        pytest.param(
            "resource",
            {"name": "cpu", "targetAverageUtilization": 50},
            {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
            id="utilization",
        ),
        pytest.param(
            "resource",
            {"name": "memory", "targetAverageValue": "200Mi"},
            {"name": "memory", "target": {"type": "AverageValue", "averageValue": "200Mi"}},
            id="value-of-a-resource",
        ),
        pytest.param(
            "containerResource",
            {"name": "cpu", "container": "web", "targetAverageUtilization": 60},
            {"name": "cpu", "container": "web", "target": {"type": "Utilization", "averageUtilization": 60}},
            id="container",
        ),
        pytest.param(
            "pods",
            {"metricName": "hits", "targetAverageValue": "10", "selector": {"matchLabels": {"a": "b"}}},
            {
                "metric": {"name": "hits", "selector": {"matchLabels": {"a": "b"}}},
                "target": {"type": "AverageValue", "averageValue": "10"},
            },
            id="pods",
        ),
        pytest.param(
            "object",
            {"metricName": "rps", "target": INGRESS, "targetValue": "10k"},
            {"metric": {"name": "rps"}, "describedObject": BY_V1, "target": {"type": "Value", "value": "10k"}},
            id="object",
        ),
        pytest.param(
            "object",
            {"metricName": "rps", "target": INGRESS, "targetValue": "0", "averageValue": "5"},
            {
                "metric": {"name": "rps"},
                "describedObject": BY_V1,
                "target": {"type": "AverageValue", "averageValue": "5"},
            },
            id="object-on-average",
        ),
        pytest.param(
            "external",
            {"metricName": "queue", "metricSelector": {"matchLabels": {"q": "1"}}, "targetValue": "30"},
            {
                "metric": {"name": "queue", "selector": {"matchLabels": {"q": "1"}}},
                "target": {"type": "Value", "value": "30"},
            },
            id="external",
        ),
    ],
)
def test_each_kind_of_metric(converted: Any, kind: str, old: Manifest, new: Manifest) -> None:
    metric = {"type": kind[0].upper() + kind[1:]}
    made, bundle = converted(autoscaler("autoscaling/v2beta1", metrics=[{**metric, kind: old}]), "1.29")

    assert made["spec"]["metrics"] == [{**metric, kind: new}]
    assert bundle.files[-1].wave == "70-late"


def test_what_v1_kept_in_annotations_comes_back_as_fields(converted: Any) -> None:
    behavior = {"ScaleUp": {"StabilizationWindowSeconds": 0, "Policies": [{"Type": "Pods", "Value": 4}]}}
    annotations = {
        "autoscaling.alpha.kubernetes.io/metrics": orjson.dumps(
            [{"type": "Resource", "resource": {"name": "memory", "targetAverageUtilization": 70}}]
        ).decode(),
        "autoscaling.alpha.kubernetes.io/behavior": orjson.dumps(behavior).decode(),
        "autoscaling.alpha.kubernetes.io/conditions": "[]",
    }
    body = autoscaler("autoscaling/v1", {"annotations": annotations}, targetCPUUtilizationPercentage=40)
    made, _ = converted(body, "1.25")

    assert [m["resource"]["name"] for m in made["spec"]["metrics"]] == ["cpu", "memory"]
    assert made["spec"]["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 40}
    assert made["spec"]["behavior"] == {
        "scaleUp": {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 4}]}
    }
    assert "annotations" not in made["metadata"]

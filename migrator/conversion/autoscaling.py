"""HorizontalPodAutoscalers of every version in the form that autoscaling/v2 and v2beta2 share (domain facts D.2 k)."""

from __future__ import annotations

from typing import Any

import orjson

from migrator.conversion.context import Context, Manifest
from migrator.snapshot.values import mapping

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_SCALED = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "ReplicaSet": "apps/v1", "DaemonSet": "apps/v1"}
_SOURCES = ("resource", "pods", "object", "external", "containerResource")


def autoscaler(body: Manifest, context: Context) -> None:
    """The same targets in the new form; what only told the old state is gone."""
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return
    reference = spec.get("scaleTargetRef")
    if isinstance(reference, dict):
        _served(reference, context)
    metrics: list[Manifest] = []
    percentage = spec.pop("targetCPUUtilizationPercentage", None)
    if percentage is not None:
        target = {"type": "Utilization", "averageUtilization": percentage}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    annotations = body["metadata"].get("annotations") or {}
    metrics += _read(annotations, "metrics", context) or []
    metrics += spec.get("metrics") or []
    if metrics:
        spec["metrics"] = [_metric(m) for m in metrics]
        for metric in spec["metrics"]:
            _served(mapping(mapping(metric.get("object")).get("describedObject")), context)
    behavior = _read(annotations, "behavior", context)
    if behavior and "behavior" not in spec:
        spec["behavior"] = _in_lower_camel(behavior)
    for name in ("conditions", "current-metrics"):
        annotations.pop(_PREFIX + name, None)
    if not annotations:
        body["metadata"].pop("annotations", None)


def _served(reference: Manifest, context: Context) -> None:
    """Let a reference name the API where the target finds the object: ``extensions/v1beta1`` is gone."""
    kind = reference.get("kind")
    group = str(reference.get("apiVersion") or "").partition("/")[0]
    if kind in _SCALED and group in ("", "extensions", "apps"):
        reference["apiVersion"] = _SCALED[kind]
    elif kind == "Ingress" and group in ("extensions", "networking.k8s.io"):
        reference["apiVersion"] = context.served.version("networking.k8s.io/v1", kind)


def _in_lower_camel(value: Any) -> Any:
    """``ScaleUp`` as ``scaleUp``: servers wrote the behaviour into its annotation by the names of their code."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _in_lower_camel(below) for key, below in value.items() if below is not None}
    return [_in_lower_camel(below) for below in value] if isinstance(value, list) else value


def _read(annotations: dict[str, str], name: str, context: Context) -> Any:
    """Fields that autoscaling/v1 keeps as JSON in an annotation."""
    value = annotations.pop(_PREFIX + name, None)
    if value is None:
        return None
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        context.note("annotation_unreadable", open=True, annotation=_PREFIX + name)
        return None


def _metric(old: Manifest) -> Manifest:
    made = dict(old)
    for name in _SOURCES:
        if isinstance(old.get(name), dict) and "metric" not in old[name] and "targetRef" not in old[name]:
            made[name] = _source(name, old[name])
    return made


def _source(name: str, old: Manifest) -> Manifest:
    if isinstance(old.get("target"), dict) and "type" in old["target"]:
        return old
    kept: Manifest = {k: old[k] for k in ("name", "container") if k in old}
    if "metricName" in old:
        selector = old.get("selector") or old.get("metricSelector")
        kept["metric"] = {"name": old["metricName"], **({"selector": selector} if selector else {})}
    if name == "object" and "target" in old:
        kept["describedObject"] = old["target"]
    kept["target"] = _target(old)
    return kept


def _target(old: Manifest) -> Manifest:
    if old.get("targetAverageUtilization") is not None:
        return {"type": "Utilization", "averageUtilization": old["targetAverageUtilization"]}
    average = old.get("targetAverageValue", old.get("averageValue"))
    if average is not None:
        return {"type": "AverageValue", "averageValue": average}
    return {"type": "Value", "value": old.get("targetValue")}

"""Disruption budgets of the snapshot: which let no pod go, and so stop the draining of a node for good."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec
import orjson

from migrator.snapshot.model import ObjectRef, Snapshot, Workload
from migrator.snapshot.values import dig, number, text, text_map


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """One PodDisruptionBudget and the workloads that it holds."""

    ref: ObjectRef
    rule: str  # "minAvailable: 2"
    pods: int  # that it selects, as their workloads want them
    workloads: tuple[str, ...]  # ``Workload.key``
    allowed: int | None  # pods that may go at a time; None where nothing tells

    @property
    def blocks(self) -> bool:
        """Whether it lets no pod go although it holds some."""
        return self.allowed is not None and self.allowed <= 0 and self.pods > 0


def budgets_of(snapshot: Snapshot) -> tuple[Budget, ...]:
    """All budgets whose content the input held, in the order of their names."""
    return tuple(_budgets(snapshot))


def _budgets(snapshot: Snapshot) -> Iterator[Budget]:
    by_namespace: dict[str, list[Workload]] = {}
    for workload in snapshot.user_workloads:
        by_namespace.setdefault(workload.ref.namespace, []).append(workload)
    for manifest in snapshot.manifests:
        if manifest.ref.kind != "PodDisruptionBudget":
            continue
        body = orjson.loads(bytes(manifest.body))
        spec = body.get("spec") or {}
        wanted = text_map(dig(spec, "selector", "matchLabels"))
        held = [
            w
            for w in by_namespace.get(manifest.ref.namespace, ())
            if wanted and wanted.items() <= w.labels.items() and w.ref.kind not in ("Job", "CronJob", "DaemonSet")
        ]
        pods = sum(1 if w.replicas is None else w.replicas for w in held)
        field = "maxUnavailable" if "maxUnavailable" in spec else "minAvailable"
        yield Budget(
            ref=manifest.ref,
            rule=f"{field}: {text(spec.get(field)) or '—'}",
            pods=pods,
            workloads=tuple(w.key for w in held),
            allowed=_allowed(spec.get(field), field, pods, number(dig(body, "status", "disruptionsAllowed"))),
        )


def _allowed(value: Any, field: str, pods: int, told: int | None) -> int | None:
    """By the rule, of all pods that are wanted; what the server counted last where the rule does not tell."""
    count = _count(value, pods)
    if count is None or not pods:
        return told
    return count if field == "maxUnavailable" else pods - count


def _count(value: Any, pods: int) -> int | None:
    """A number of pods or a percentage of them, which Kubernetes rounds up."""
    written = text(value)
    if written.endswith("%"):
        share = number(written[:-1])
        return None if share is None else math.ceil(share * pods / 100)
    return number(value)

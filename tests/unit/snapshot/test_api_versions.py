"""In which API versions an object was ever written: its last applied manifest and its managed fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.snapshot.model import KubeObject
from tests.unit.snapshot.helpers import kube, listed, read

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def stored(kind: str = "Deployment", api: str = "apps/v1", applied: Any = None, managed: Any = None) -> KubeObject:
    given = {} if applied is None else {LAST_APPLIED: applied if isinstance(applied, str) else compact(applied)}
    body = kube(kind, "web", "shop", api, annotations=given)
    if managed is not None:
        body["metadata"]["managedFields"] = managed
    return read(body).objects[0]


def compact(value: Any) -> str:
    """As kubectl writes it: sorted, without spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n"


@pytest.mark.parametrize(
    ("kind", "api", "applied", "told"),
    [
        (
            "Deployment",
            "apps/v1",
            {"apiVersion": "extensions/v1beta1", "kind": "Deployment"},
            ("extensions/v1beta1", ""),
        ),
        ("CronJob", "batch/v1", {"apiVersion": "batch/v1beta1", "kind": "CronJob"}, ("batch/v1beta1", "")),
        (
            "CronJob",
            "batch/v1",
            {"apiVersion": "batch/v2alpha1", "kind": "ScheduledJob"},
            ("batch/v2alpha1", "ScheduledJob"),
        ),
        ("ConfigMap", "v1", {"apiVersion": "v1", "data": {"kind": "x"}, "kind": "ConfigMap"}, ("v1", "")),
        (
            "ClusterRole",
            "rbac.authorization.k8s.io/v1",
            {"aggregationRule": {}, "apiVersion": "rbac.authorization.k8s.io/v1beta1", "kind": "ClusterRole"},
            ("rbac.authorization.k8s.io/v1beta1", ""),
        ),
        (
            "Deployment",
            "apps/v1",
            {
                "apiVersion": "v1",
                "items": [
                    {"apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "other"}},
                    {"apiVersion": "extensions/v1beta1", "kind": "Deployment", "metadata": {"name": "web"}},
                ],
                "kind": "List",
            },
            ("extensions/v1beta1", ""),
        ),
        ("Deployment", "apps/v1", '{ "kind": "Deployment", "apiVersion": "apps/v1beta2" }', ("apps/v1beta2", "")),
        ("Deployment", "apps/v1", "{broken", ("", "")),
        ("Deployment", "apps/v1", "[]", ("", "")),
        ("Deployment", "apps/v1", "", ("", "")),
    ],
)
def test_the_last_applied_manifest(kind: str, api: str, applied: Any, told: tuple[str, str]) -> None:
    found = stored(kind, api, applied)
    assert (found.applied_api_version, found.applied_kind) == told


def test_who_wrote_fields_in_which_version() -> None:
    found = stored(
        managed=[
            {"manager": "kubectl", "apiVersion": "extensions/v1beta1", "operation": "Update"},
            {"manager": "kubectl", "apiVersion": "extensions/v1beta1", "operation": "Update", "subresource": "status"},
            {"manager": "kube-controller-manager", "apiVersion": "apps/v1"},
            {"apiVersion": "apps/v1beta1"},
            {"manager": "nobody"},
            "no entry",
        ]
    )
    assert found.managed_api_versions == ("apps/v1", "apps/v1beta1", "extensions/v1beta1")
    assert found.managers == ("apps/v1beta1", "kubectl extensions/v1beta1")


def test_objects_of_a_list_are_told_apart() -> None:
    old = {LAST_APPLIED: compact({"apiVersion": "batch/v1beta1", "kind": "CronJob"})}
    items = [kube("CronJob", "a", "shop", annotations=old), kube("CronJob", "b", "shop")]
    for item in items:
        del item["apiVersion"], item["kind"]
    found = read(listed(*items, kind="CronJobList", api="batch/v1"))
    assert [(o.ref.name, o.ref.api_version, o.applied_api_version) for o in found.objects] == [
        ("a", "batch/v1", "batch/v1beta1"),
        ("b", "batch/v1", ""),
    ]

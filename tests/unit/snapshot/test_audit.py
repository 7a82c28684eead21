"""Audit logs: requests for API versions that may be removed, and no objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.snapshot.model import ApiUseSource, Section, Snapshot
from migrator.snapshot.read import read_paths


def event(api: str, resource: str, *, stage: str = "ResponseComplete", **fields: Any) -> dict[str, Any]:
    group, _, version = api.rpartition("/")
    reference = {"resource": resource, "apiVersion": version, "namespace": "shop", "name": "web"}
    reference |= {"apiGroup": group} if group else {}
    secret = {"kind": "Secret", "apiVersion": "v1", "data": {"p": "aHVudGVyMg=="}}
    audited = {"auditID": "1", "stage": stage, "verb": "get", "requestObject": secret, "objectRef": reference | fields}
    return {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", **audited}


EVENTS = [
    event("extensions/v1beta1", "ingresses"),
    event("extensions/v1beta1", "ingresses", subresource="status"),
    event("extensions/v1beta1", "ingresses", name="api"),
    event("v1", "pods"),
    event("apps/v1", "deployments"),
    {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "requestURI": "/healthz", "verb": "get"},
    event("a b/v1beta1", "x y"),
]


def read(folder: Path, content: str) -> Snapshot:
    (folder / "audit.log").write_text(content, encoding="utf-8")
    (folder / "node.json").write_text('{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}')
    return read_paths([folder])


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(map(json.dumps, EVENTS)),
        json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": EVENTS}),
    ],
)
def test_requests_for_what_may_be_removed_are_told(tmp_path: Path, content: str) -> None:
    snapshot = read(tmp_path, content)
    assert {(u.ref.api_version, u.ref.kind) for u in snapshot.api_uses} == {
        ("extensions/v1beta1", "ingresses"),
        ("extensions/v1beta1", "ingresses/status"),
    }
    assert {(u.source, u.file) for u in snapshot.api_uses} == {(ApiUseSource.METRICS, "audit.log")}
    assert not snapshot.covers(Section.API_REQUESTS)
    assert [o.ref.kind for o in snapshot.objects] == ["Node"]
    assert {i.file: (i.status, i.objects) for i in snapshot.inputs} == {
        "audit.log": ("read", 0),
        "node.json": ("read", 1),
    }


def test_events_of_the_cluster_are_objects(tmp_path: Path) -> None:
    snapshot = read(tmp_path, '{"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"}}')
    assert {o.ref.kind for o in snapshot.objects} == {"Event", "Node"}

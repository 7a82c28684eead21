"""Helm's records as Helm writes them; the messages of Helm 2 are put together byte by byte."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from tests.unit.snapshot.helpers import kube

WEB = """---
# Source: web/templates/deployment.yaml
apiVersion: extensions/v1beta1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: app
        env:
        - {name: DB_PASSWORD, value: hunter2-in-manifest}
---
# Source: web/templates/role.yaml
apiVersion: rbac.authorization.k8s.io/v1beta1
kind: ClusterRole
metadata:
  name: web-reader
"""
HOOK = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: web-migrate, namespace: jobs}\n"


def helm_3(
    name: str = "web",
    revision: int = 3,
    namespace: str = "shop",
    status: str = "deployed",
    manifest: str = WEB,
    kind: str = "Secret",
    compressed: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """The Secret, or the ConfigMap, of one revision."""
    content = {
        "name": name,
        "info": {"status": status, "notes": "hunter2-in-notes"},
        "chart": {
            "metadata": {"name": f"{name}-chart", "version": "1.4.2", "appVersion": "7.1"},
            "values": {"password": "hunter2-in-values"},
        },
        "config": {"password": "hunter2-in-config"},
        "manifest": manifest,
        "hooks": [{"name": "migrate", "manifest": HOOK}],
        "version": revision,
        "namespace": namespace,
        **more,
    }
    labels = {"name": name, "owner": "helm", "status": status, "version": str(revision)}
    written = json.dumps(content).encode()
    return record(f"sh.helm.release.v1.{name}.v{revision}", namespace, kind, labels, written, compressed)


def helm_2(
    name: str = "old",
    revision: int = 2,
    namespace: str = "shop",
    code: int = 1,
    manifest: str = WEB,
    kind: str = "ConfigMap",
    compressed: bool = True,
) -> dict[str, Any]:
    """Tiller's ConfigMap, or Secret, of one revision; ``code`` is its status."""
    chart = message(
        (1, message((1, f"{name}-chart"), (2, "https://example.com"), (4, "0.9.0"), (13, "6.0"))),
        (2, message((1, "templates/a.yaml"), (2, "hunter2-in-template"))),
        (4, message((1, "password: hunter2-in-values"))),
    )
    content = message(
        (1, name),
        (2, message((1, message((1, code), (4, "hunter2-in-notes"))), (5, "Install complete"))),
        (3, chart),
        (4, message((1, "password: hunter2-in-config"))),
        (5, manifest),
        (6, message((1, "migrate"), (2, "Job"), (4, HOOK), (5, 1))),
        (7, revision),
        (8, namespace),
    )
    status = ["UNKNOWN", "DEPLOYED", "DELETED", "SUPERSEDED", "FAILED", "DELETING", "PENDING_INSTALL"][code]
    labels = {"NAME": name, "OWNER": "TILLER", "STATUS": status, "VERSION": str(revision)}
    return record(f"{name}.v{revision}", "kube-system", kind, labels, content, compressed)


def record(
    name: str, namespace: str, kind: str, labels: dict[str, str], content: bytes, compressed: bool = True
) -> dict[str, Any]:
    """An object that holds ``content`` in the way of Helm."""
    packed = base64.b64encode(gzip.compress(content, mtime=0) if compressed else content)
    if kind == "Secret":
        packed = base64.b64encode(packed)
    more = {"type": "helm.sh/release.v1"} if kind == "Secret" and name.startswith("sh.helm.") else {}
    return kube(kind, name, namespace, labels=labels, data={"release": packed.decode()}, **more)


def message(*fields: tuple[int, str | bytes | int]) -> bytes:
    """A message of Protocol Buffers: pairs of field number and value."""
    written = b""
    for number, value in fields:
        if isinstance(value, int):
            written += varint(number << 3) + varint(value)
        else:
            content = value.encode() if isinstance(value, str) else value
            written += varint(number << 3 | 2) + varint(len(content)) + content
    return written


def varint(value: int) -> bytes:
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])

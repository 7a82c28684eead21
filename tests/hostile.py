"""A dump whose every free name and text tries to do something where it is shown."""

from __future__ import annotations

import json
from typing import Any

# A formula, HTML, Markdown, escape sequences of a terminal, turned reading, line ends, a template, a placeholder.
TEXTS = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "| a | `b` | [c](javascript:alert(1)) |",
    "\x1b]0;owned\x07\x1b[31mred\x1b[0m",
    "safe\u202egpj.exe\u2066",
    "two\nlines\r\n# heading\n- item",
    "{{7*7}}{% debug %}",
    "{0}{name}%s%(x)s",
    "a,b;c\td",
    "]]><x/>",
)
RAW = ("\x1b", "\x07", "\u202e", "\u2066")  # must never reach a reader as they are
TAGS = ("<script>alert", "<img src=x")


def objects() -> list[dict[str, Any]]:
    """One of each kind that pages and documents show, for every text."""
    return [body for number, text in enumerate(TEXTS) for body in _objects(text, f"n{number}")]


def dump() -> bytes:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects()}).encode()


def _objects(text: str, tag: str) -> list[dict[str, Any]]:
    def made(kind: str, api: str = "v1", **fields: Any) -> dict[str, Any]:
        meta = {"name": f"{tag}-{text}", "namespace": f"ns-{text}", "annotations": {text: text}, "labels": {text: text}}
        return {"apiVersion": api, "kind": kind, "metadata": meta, **fields}

    pods = {
        "metadata": {"labels": {text: text}},
        "spec": {
            "nodeSelector": {text: text},
            "containers": [
                {"name": text, "image": text, "ports": [{"hostPort": 80}], "env": [{"name": text, "value": text}]}
            ],
            "volumes": [
                {"name": text, "persistentVolumeClaim": {"claimName": text}},
                {"name": "h", "hostPath": {"path": f"/{text}"}},
            ],
        },
    }
    backend = {"serviceName": text, "servicePort": 80}
    volume = {"capacity": {"storage": text}, "storageClassName": text, "csi": {"driver": text, "volumeHandle": text}}
    return [
        made("Node", status={"nodeInfo": {"kubeletVersion": "v1.15.11", "osImage": text, "kernelVersion": text}}),
        made("Deployment", "extensions/v1beta1", spec={"replicas": 1, "template": pods}),
        made("Pod", spec=pods["spec"], status={"phase": text}),
        made("Service", spec={"type": "LoadBalancer", "externalName": text, "selector": {text: text}}),
        made(
            "Ingress",
            "extensions/v1beta1",
            spec={"rules": [{"host": text, "http": {"paths": [{"path": f"/{text}", "backend": backend}]}}]},
        ),
        made("ConfigMap", data={text: text}),
        made("PersistentVolume", spec=volume | {"claimRef": {"namespace": text, "name": text}}),
        made("PersistentVolumeClaim", spec={"storageClassName": text, "volumeName": text}),
        made("StorageClass", "storage.k8s.io/v1", provisioner=text, parameters={text: text}),
        made(text if text.isalnum() else "Strange", "example.com/v1", spec={text: text}),
    ]

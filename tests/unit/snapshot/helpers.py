"""Short hands for hand-written dumps."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, BinaryIO

from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_sources
from migrator.snapshot.sources import Source


def source(name: str, content: Any) -> Source:
    """A stream of text, bytes, or a value written as JSON."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    return Source(name, opener(content))


def opener(data: bytes) -> Callable[[], BinaryIO]:
    return lambda: io.BytesIO(data)


def read(*contents: Any, **named: Any) -> Snapshot:
    """The snapshot of the given contents, as files ``0.yaml``, ``1.yaml``... and ``<name>.yaml``."""
    files = {f"{i}.yaml": c for i, c in enumerate(contents)} | {f"{n}.yaml": c for n, c in named.items()}
    return read_sources([source(name, content) for name, content in files.items()])


def kube(kind: str, name: str, namespace: str = "", api: str = "v1", **fields: Any) -> dict[str, Any]:
    """An object; ``annotations``, ``labels``, ``uid`` and ``owner`` (``Kind/name``) go into its metadata."""
    meta: dict[str, Any] = {"name": name}
    if namespace:
        meta["namespace"] = namespace
    for key in ("annotations", "labels", "uid", "resourceVersion"):
        if key in fields:
            meta[key] = fields.pop(key)
    if owner := fields.pop("owner", ""):
        owner_kind, _, owner_name = owner.partition("/")
        meta["ownerReferences"] = [{"kind": owner_kind, "name": owner_name, "controller": True}]
    return {"apiVersion": api, "kind": kind, "metadata": meta, **fields}


def deployment(name: str, namespace: str = "shop", pods: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}}
    spec["template"] = {"metadata": {"labels": {"app": name}}, "spec": pods or {"containers": []}}
    return kube(
        "Deployment", name, namespace, fields.pop("api", "apps/v1"), spec=spec | fields.pop("spec", {}), **fields
    )


def listed(*items: Any, kind: str = "List", api: str = "v1") -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "items": list(items)}


def names(snapshot: Snapshot) -> list[str]:
    return sorted(o.ref.name for o in snapshot.objects)

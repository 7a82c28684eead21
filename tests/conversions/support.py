"""Objects as a dump holds them, read and converted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from migrator.conversion.model import Note
from migrator.conversion.storage import Stored, bodies_of, convert_all_storage
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths

Manifest = dict[str, Any]
POD: Manifest = {"containers": [{"name": "web", "image": "nginx:1.15"}]}
TEMPLATE: Manifest = {"metadata": {"labels": {"app": "web"}, "creationTimestamp": None}, "spec": POD}


def an(kind: str, api: str, name: str = "web", *, namespace: str = "shop", **fields: Any) -> Manifest:
    """An object as an old server gives it out; ``namespace`` empty for one of the whole cluster."""
    meta = {"name": name, "uid": "1", "resourceVersion": "2", **fields.pop("metadata", {})}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": meta | ({"namespace": namespace} if namespace else {}),
        **fields,
    }


def snapshot_of(tmp_path: Path, *objects: Manifest) -> Snapshot:
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return read_paths([file])


def stored(snapshot: Snapshot, minor: int = 25) -> list[Stored]:
    return list(convert_all_storage(snapshot, bodies_of(snapshot), minor, frozenset({"kube-system"})))


def by_name(found: list[Stored]) -> dict[str, Manifest]:
    """Every converted object by ``Kind/name``."""
    return {f"{o['kind']}/{o['metadata']['name']}": o for s in found for o in s.objects}


def keys(notes: tuple[Note, ...]) -> list[str]:
    return [note.text.key.rpartition(".")[2] for note in notes]


def open_keys(notes: tuple[Note, ...]) -> list[str]:
    return keys(tuple(note for note in notes if note.open))


def pv(
    name: str = "pv-a",
    *,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    claim: str = "",
    capacity: str = "10Gi",
    modes: tuple[str, ...] = ("ReadWriteOnce",),
    **spec: Any,
) -> Manifest:
    namespace, _, claim_name = claim.partition("/")
    bound = {"claimRef": {"namespace": namespace, "name": claim_name, "uid": "old-uid", "resourceVersion": "7"}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": labels or {}, "annotations": annotations or {}},
        "spec": {
            "accessModes": list(modes),
            "capacity": {"storage": capacity},
            "persistentVolumeReclaimPolicy": "Delete",
            **(bound if claim else {}),
            **spec,
        },
    }


def pvc(
    name: str = "shop/a",
    *,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    volume: str = "",
    size: str = "10Gi",
    modes: tuple[str, ...] = ("ReadWriteOnce",),
    **spec: Any,
) -> Manifest:
    namespace, _, own = name.partition("/")
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": own, "namespace": namespace, "labels": labels or {}, "annotations": annotations or {}},
        "spec": {
            "accessModes": list(modes),
            "resources": {"requests": {"storage": size}},
            **({"volumeName": volume} if volume else {}),
            **spec,
        },
    }

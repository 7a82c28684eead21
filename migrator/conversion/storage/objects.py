"""PersistentVolumes and claims as objects: what is written, and what of the old ones is carried over.

Volume and claim name each other. The old ``claimRef`` is not copied, for the uid in it would leave the volume Released
for good; a new one with only namespace and name reserves the volume. Without it any claim of the same class and size
could take it before its own claim is there, and a template of a StatefulSet asks for exactly such a volume.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from migrator.conversion.model import Note
from migrator.conversion.storage.common import (
    FILL_IN,
    MOUNT_ANNOTATION,
    Manifest,
    kept_annotations,
    kept_labels,
    metadata,
)
from migrator.locale import msg
from migrator.snapshot.model import Claim, ObjectRef, Volume
from migrator.snapshot.values import Body, annotations_of, mapping, text, texts

_UNITS = {"Ki": 2**-20, "Mi": 2**-10, "Gi": 1.0, "Ti": 2.0**10, "Pi": 2.0**20}


class Shape(NamedTuple):
    """What a volume and its claim have in common."""

    labels: dict[str, str]
    size: str
    modes: list[str]
    cls: str  # storage class


def volume_ref(name: str) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="PersistentVolume", name=name)


def claim_ref(namespace: str, name: str) -> ObjectRef:
    return ObjectRef(api_version="v1", kind="PersistentVolumeClaim", namespace=namespace, name=name)


def pv_of(
    volume: Volume, shape: Shape, source: Manifest, claim: Claim | None, annotations: dict[str, str] | None = None
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": metadata(volume.name, labels=shape.labels, annotations=annotations or {}),
        "spec": {
            "accessModes": list(shape.modes),
            "capacity": {"storage": shape.size},
            "claimRef": reserved_for(volume, claim),
            **source,
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": shape.cls,
        },
    }


def reserved_for(volume: Volume, claim: Claim | None) -> Manifest:
    """The claim, else the one that the volume once had, else one that a person names."""
    namespace, name = (claim.namespace, claim.name) if claim else (volume.claim_namespace, volume.claim_name)
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": namespace or FILL_IN,
        "name": name or FILL_IN,
    }


def pvc_of(claim: Claim, volume: str, shape: Shape, annotations: dict[str, str] | None = None) -> Manifest:
    """``volume`` empty: the claim waits for storage that its class makes."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(claim.name, claim.namespace, labels=shape.labels, annotations=annotations or {}),
        "spec": {
            "accessModes": list(shape.modes),
            "resources": {"requests": {"storage": shape.size}},
            "storageClassName": shape.cls,
            **({"volumeName": volume} if volume else {}),
        },
    }


def carry_over(made: Manifest, old: Body | None) -> None:
    """Adds to the new PersistentVolume what somebody gave the old one."""
    _merge_metadata(made, old)
    spec = mapping(mapping(old).get("spec"))
    by_annotation = [o for o in annotations_of(mapping(old)).get(MOUNT_ANNOTATION, "").split(",") if o]
    if options := list(texts(spec.get("mountOptions"))) or by_annotation:
        made["spec"]["mountOptions"] = options
    for field in ("nodeAffinity", "volumeMode"):
        if spec.get(field):
            made["spec"][field] = spec[field]


def carry_claim_over(made: Manifest, old: Body | None) -> list[Note]:
    """Adds to the new claim what somebody gave the old one; the notes name what it cannot keep.

    A claim on a volume of the old cluster says what that volume says; one that waits for a new volume says what the
    old claim said.
    """
    carried = "volumeName" in made["spec"]
    _merge_metadata(made, old, ours_first=carried)
    spec = mapping(mapping(old).get("spec"))
    if mode := text(spec.get("volumeMode")):
        made["spec"]["volumeMode"] = mode
    ref = claim_ref(made["metadata"].get("namespace", ""), made["metadata"]["name"])
    name = f"{ref.namespace}/{ref.name}"
    notes = []
    if place := text(spec.get("volumeNamespace")):
        notes.append(Note(ref=ref, text=msg("storage.note.volume_namespace", claim=name, namespace=place)))
    if source := mapping(spec.get("dataSource")) or mapping(spec.get("dataSourceRef")):
        sentence = "data_source" if carried else "data_source_new"
        origin = f"{text(source.get('kind'))} {text(source.get('name'))}"
        notes.append(Note(ref=ref, text=msg(f"storage.note.{sentence}", claim=name, source=origin), open=not carried))
    return notes


def _merge_metadata(made: Manifest, old: Body | None, *, ours_first: bool = True) -> None:
    own = made["metadata"]
    for field, kept in (("labels", kept_labels(old)), ("annotations", kept_annotations(old))):
        given = own.pop(field, {})
        if merged := {**kept, **given} if ours_first else {**given, **kept}:
            own[field] = merged


def gibibytes(capacity: str) -> float:
    """``10Gi`` as 10; 0 for what is no binary quantity."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|Pi)", capacity)
    return float(found[1]) * _UNITS[found[2]] if found else 0

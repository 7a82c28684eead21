"""Storage that workloads describe themselves: templates of claims, and volumes written into the pod."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from migrator.conversion.model import Note
from migrator.conversion.storage.claims import class_annotations, empty_claim, modes_for
from migrator.conversion.storage.common import (
    CLAIM_PROVISIONER,
    CLASS_ANNOTATION,
    Manifest,
    crypt_key,
    kept_annotations,
    kept_labels,
    kind_of_class,
    metadata,
    new_class,
    without,
)
from migrator.conversion.storage.volumes import StaticStorage, static_manifests
from migrator.locale import msg
from migrator.snapshot import storage as reading
from migrator.snapshot.model import Claim, ObjectRef, StorageClass, StorageKind
from migrator.snapshot.values import Body, annotations_of, dig, mapping, mappings, text, texts
from migrator.snapshot.values import metadata as metadata_of

Classes = Mapping[str, StorageClass]


class Templates(NamedTuple):
    templates: list[Manifest]
    notes: tuple[Note, ...]


def convert_claim_templates(ref: ObjectRef, body: Body, classes: Classes) -> Templates:
    """``spec.volumeClaimTemplates`` of a StatefulSet, with classes and annotations in the words of the new cluster.

    Names stay: they make the names of the claims (``template-statefulset-0``), which are there before the pods are.
    The class only decides on what a later scale-out is given.
    """
    made, notes = [], []
    for template in mappings(dig(body, "spec", "volumeClaimTemplates")):
        converted, said = _template(ref, template, classes)
        made.append(converted)
        notes += said
    return Templates(made, tuple(notes))


def _template(ref: ObjectRef, old: Body, classes: Classes) -> tuple[Manifest, list[Note]]:
    spec, given = mapping(old.get("spec")), annotations_of(old)
    name = text(metadata_of(old).get("name"))
    cls = given.get(CLASS_ANNOTATION) or text(spec.get("storageClassName"))
    provisioner = given.get(CLAIM_PROVISIONER, "")
    kind = kind_of_class(cls, classes.get(cls), provisioner)
    annotations = {**class_annotations(cls, classes.get(cls), kind), **kept_annotations(old)}
    if kind is StorageKind.EVS:
        annotations |= crypt_key(old)
    made = without(spec, ("dataSource", "dataSourceRef", "volumeName", "storageClassName"))
    notes: list[Note] = []
    if kind:
        old_modes, modes = texts(spec.get("accessModes")), modes_for(kind, texts(spec.get("accessModes")))
        if old_modes != tuple(modes):
            _say(notes, ref, "template_modes", template=name, modes=modes)
        made["accessModes"] = modes
    if wanted := new_class(cls, classes.get(cls), provisioner):
        made["storageClassName"] = wanted
    elif spec.get("storageClassName") == "":
        made["storageClassName"] = ""
    elif not cls:
        _say(notes, ref, "template_no_class", template=name)
    if spec.get("dataSource") or spec.get("dataSourceRef"):
        _say(notes, ref, "template_source", template=name)
    if kind is StorageKind.SFS_TURBO and wanted == "csi-sfsturbo":
        _say(notes, ref, "template_turbo", template=name)
    kept: Manifest = {k: old[k] for k in ("apiVersion", "kind") if k in old}
    own = metadata(name, text(metadata_of(old).get("namespace")), labels=kept_labels(old), annotations=annotations)
    return {**kept, "metadata": own, "spec": made}, notes


# --- volumes in the pod ---

FORMAL_SIZE = "10Gi"  # a pod does not tell how large its volume is; only of disks does the figure say anything (E.2)
FOREIGN = ("awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "cinder", "vsphereVolume", "photonPersistentDisk")
# In-tree drivers that Kubernetes no longer has, and since which minor (D.3). The field of the API stays.
GONE_IN = {
    **{"scaleIO": 21, "flocker": 25, "quobyte": 25, "storageos": 25, "glusterfs": 26},
    **{"azureFile": 30, "rbd": 31, "cephfs": 31},
}


class PodVolumes(NamedTuple):
    """``volumes`` of the pod, and the claims and PersistentVolumes that some of them became."""

    volumes: list[Any]
    objects: tuple[Manifest, ...]
    notes: tuple[Note, ...]


def convert_pod_volumes(ref: ObjectRef, pod: Body, minor: int, classes: Classes) -> PodVolumes:
    """The volumes of a pod's spec for a target of Kubernetes 1.``minor``.

    A FlexVolume of the cloud, written into the pod, becomes a claim on the very same storage; a disk of another cloud
    an empty claim, to copy into. The template of a claim that lives as long as its pod is converted like that of a
    StatefulSet. Everything else stays.
    """
    volumes, objects = [], list[Manifest]()
    notes: list[Note] = []
    for entry in pod.get("volumes") or [] if isinstance(pod.get("volumes"), list) else []:
        source = next((k for k in mapping(entry) if k in _REPLACED), "")
        made = _REPLACED[source](ref, mapping(entry), source, notes) if source else None
        if made:
            objects += made
            name = made[-1]["metadata"]["name"]
            kept = {"name": text(mapping(entry).get("name"))}
            read_only = {"readOnly": True} if mapping(entry[source]).get("readOnly") else {}
            volumes.append({**kept, "persistentVolumeClaim": {"claimName": name, **read_only}})
            continue
        volumes.append(_with_own_claim(ref, mapping(entry), classes, notes) if "ephemeral" in mapping(entry) else entry)
        _removed(ref, mapping(entry), minor, notes)
    return PodVolumes(volumes, tuple(objects), tuple(notes))


def _with_own_claim(ref: ObjectRef, entry: Body, classes: Classes, notes: list[Note]) -> Body:
    old = mapping(dig(entry, "ephemeral", "volumeClaimTemplate"))
    if not old:
        return entry
    named = {**old, "metadata": {**metadata_of(old), "name": text(entry.get("name"))}}
    made, said = _template(ref, named, classes)
    notes += said
    del made["metadata"]["name"]  # the claim is called after pod and volume
    template = {"metadata": made["metadata"], "spec": made["spec"]} if made["metadata"] else {"spec": made["spec"]}
    return {**entry, "ephemeral": {"volumeClaimTemplate": template}}


def _removed(ref: ObjectRef, entry: Body, minor: int, notes: list[Note]) -> None:
    for source, gone in GONE_IN.items():
        if source in entry and minor >= gone:
            _say(notes, ref, "pod_volume_gone", volume=text(entry.get("name")), source=source, version=f"1.{gone}")
    if "gitRepo" in entry:
        _say(notes, ref, "pod_git_repo", volume=text(entry.get("name")))


def _flex(ref: ObjectRef, entry: Body, _: str, notes: list[Note]) -> list[Manifest] | None:
    name = claim_name(ref, entry)
    spec = {"flexVolume": entry["flexVolume"], "accessModes": ["ReadWriteOnce"], "capacity": {"storage": FORMAL_SIZE}}
    volume_name = f"{ref.namespace or 'default'}-{name}"
    own = ObjectRef(api_version="v1", kind="PersistentVolume", name=volume_name)
    volume = reading.volume(own, {"spec": spec})
    if not volume.flex_volume or volume.storage not in (
        *(StorageKind.EVS, StorageKind.SFS, StorageKind.OBS, StorageKind.SFS_TURBO),
    ):
        _say(notes, ref, "pod_flex_unknown", volume=text(entry.get("name")), driver=volume.driver or "—")
        return None
    claim = Claim(namespace=ref.namespace or "default", name=name, volume=volume_name)
    static: StaticStorage = static_manifests(volume, claim)
    notes += (msgspec.structs.replace(n, ref=ref) for n in static.notes)  # nothing else names the new volume
    disk = volume.storage is StorageKind.EVS
    _say(notes, ref, "pod_flex_disk" if disk else "pod_flex", volume=text(entry.get("name")), claim=name)
    return [static.pv, static.pvc] if static.pvc else None


def _foreign(ref: ObjectRef, entry: Body, source: str, notes: list[Note]) -> list[Manifest]:
    name = claim_name(ref, entry)
    claim = Claim(namespace=ref.namespace or "default", name=name, access_modes=("ReadWriteOnce",))
    made = empty_claim(claim, None)  # the places that the dump tells are those of the other cloud
    notes += (msgspec.structs.replace(n, ref=ref) for n in made.notes)
    _say(notes, ref, "pod_foreign", volume=text(entry.get("name")), source=source, claim=name)
    return [made.pvc]


_Replacement = Callable[[ObjectRef, Body, str, list[Note]], list[Manifest] | None]
_REPLACED: dict[str, _Replacement] = {"flexVolume": _flex, **dict.fromkeys(FOREIGN, _foreign)}


def claim_name(ref: ObjectRef, entry: Body) -> str:
    """The claim that takes the place of a volume in a pod; the workload's name keeps it apart from others."""
    return f"{ref.name}-{text(entry.get('name'))}"[:253].strip("-.")


def _say(notes: list[Note], ref: ObjectRef, sentence: str, **values: Any) -> None:
    name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    notes.append(
        Note(ref=ref, text=msg(f"storage.note.{sentence}", workload=name, **values), open=sentence not in _CLOSED)
    )


_CLOSED = frozenset(("pod_flex", "template_source"))

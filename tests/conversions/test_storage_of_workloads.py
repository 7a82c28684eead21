"""Storage classes, claim templates and volumes in pods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.catalog.loader import shipped_catalog
from migrator.catalog.model import RemovalKind
from migrator.conversion.storage import (
    convert_claim_templates,
    convert_pod_volumes,
    convert_storage_class,
)
from migrator.conversion.storage.templates import GONE_IN
from migrator.snapshot.model import ObjectRef, StorageClass
from tests.conversions.support import keys, open_keys, pvc, snapshot_of, stored

REF = ObjectRef(api_version="apps/v1", kind="StatefulSet", namespace="shop", name="db")


def storage_class(name: str, provisioner: str, **more: Any) -> dict[str, Any]:
    meta = {"name": name, "uid": "u", "annotations": more.pop("annotations", {})}
    return {
        "apiVersion": "storage.k8s.io/v1beta1",
        "kind": "StorageClass",
        "metadata": meta,
        "provisioner": provisioner,
        **more,
    }


@pytest.mark.parametrize(
    ("name", "provisioner", "why"),
    [
        ("sas", "flexvolume-huawei.com/fuxivol", "class_flex"),
        ("obs-standard", "flexvolume-huawei.com/fuxiobs", "class_flex"),
        ("csi-disk", "everest-csi-provisioner", "class_everest"),
        ("csi-local-topology", "everest-csi-provisioner", "class_everest"),
    ],
)
def test_classes_of_the_platform_are_its_own_business(name: str, provisioner: str, why: str) -> None:
    made = convert_storage_class(storage_class(name, provisioner))
    assert made.body is None
    assert made.left_out
    assert made.left_out.key == f"storage.left_out.{why}"


def test_what_was_changed_of_a_platform_class_is_told() -> None:
    default = {"storageclass.beta.kubernetes.io/is-default-class": "true"}
    made = convert_storage_class(
        storage_class("csi-disk", "everest-csi-provisioner", annotations=default, mountOptions=["noatime"])
    )
    assert open_keys(made.notes) == ["class_default", "class_mount_options"]


@pytest.mark.parametrize(
    ("provisioner", "old", "parameters", "notes"),
    [
        (
            "flexvolume-huawei.com/fuxivol",
            {"kubernetes.io/volumetype": "ssd", "kubernetes.io/hw:passthrough": "true", "kubernetes.io/zone": "az-1"},
            {
                "csi.storage.k8s.io/csi-driver-name": "disk.csi.everest.io",
                "csi.storage.k8s.io/fstype": "ext4",
                "everest.io/disk-volume-type": "SSD",
                "everest.io/passthrough": "true",
            },
            ["class_parameters"],
        ),
        (
            "flexvolume-huawei.com/fuxiobs",
            {"storage_class": "standard_ia"},
            {
                "csi.storage.k8s.io/csi-driver-name": "obs.csi.everest.io",
                "csi.storage.k8s.io/fstype": "s3fs",
                "everest.io/obs-volume-type": "WARM",
            },
            [],
        ),
        (
            "kubernetes.io/gce-pd",
            {"type": "pd-ssd"},
            {
                "csi.storage.k8s.io/csi-driver-name": "disk.csi.everest.io",
                "csi.storage.k8s.io/fstype": "ext4",
                "everest.io/disk-volume-type": "SAS",
                "everest.io/passthrough": "true",
            },
            ["class_replaced", "class_disk_type"],
        ),
    ],
)
def test_classes_of_a_person_for_everest(
    provisioner: str, old: dict[str, str], parameters: dict[str, str], notes: list[str]
) -> None:
    made = convert_storage_class(storage_class("fast", provisioner, parameters=old, reclaimPolicy="Retain"))
    assert made.body == {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "fast"},
        "provisioner": "everest-csi-provisioner",
        "parameters": parameters,
        "reclaimPolicy": "Retain",
        "volumeBindingMode": "Immediate",
    }
    assert keys(made.notes) == notes
    again = convert_storage_class(made.body)
    assert again.body == made.body


@pytest.mark.parametrize(
    ("provisioner", "notes"),
    [("nfs.example.com", ["class_provisioner"]), ("kubernetes.io/no-provisioner", [])],
)
def test_classes_that_somebody_else_serves_stay(provisioner: str, notes: list[str]) -> None:
    body = storage_class(
        "own",
        provisioner,
        parameters={"a": "b"},
        mountOptions=["hard"],
        allowVolumeExpansion=True,
        volumeBindingMode="WaitForFirstConsumer",
        allowedTopologies=[{"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": ["az-1"]}]}],
    )
    made = convert_storage_class(body)
    assert made.body
    kept = ("provisioner", "parameters", "mountOptions", "allowVolumeExpansion", "volumeBindingMode")
    assert {k: made.body[k] for k in (*kept, "allowedTopologies")} == {k: body[k] for k in (*kept, "allowedTopologies")}
    assert open_keys(made.notes) == notes


def template(cls: str, modes: list[str], *, annotated: bool, provisioner: str = "", **spec: Any) -> dict[str, Any]:
    annotations = {"owner": "b"}
    if annotated:
        annotations["volume.beta.kubernetes.io/storage-class"] = cls
        annotations["volume.beta.kubernetes.io/storage-provisioner"] = provisioner
    inner = {"accessModes": modes, "resources": {"requests": {"storage": "10Gi"}}, **spec}
    if not annotated and cls:
        inner["storageClassName"] = cls
    return {
        "metadata": {"name": "data", "annotations": annotations, "creationTimestamp": None},
        "spec": inner,
        "status": {"phase": "Pending"},
    }


@pytest.mark.parametrize(
    ("old", "cls", "annotations", "modes", "notes"),
    [
        (
            template("sas", ["ReadWriteOnce"], annotated=True, provisioner="flexvolume-huawei.com/fuxivol"),
            "csi-disk",
            {"everest.io/disk-volume-type": "SAS"},
            ["ReadWriteOnce"],
            [],
        ),
        (
            template("obs-standard", ["ReadWriteMany"], annotated=True),
            "csi-obs",
            {"csi.storage.k8s.io/fstype": "s3fs", "everest.io/obs-volume-type": "STANDARD"},
            ["ReadWriteMany"],
            [],
        ),
        (template("nfs-rw", ["ReadWriteMany"], annotated=False), "csi-nas", {}, ["ReadWriteMany"], []),
        (
            template("efs-standard", ["ReadWriteMany"], annotated=True),
            "csi-sfsturbo",
            {},
            ["ReadWriteMany"],
            ["template_turbo"],
        ),
        (
            template("csi-disk", ["ReadWriteMany"], annotated=False),
            "csi-disk",
            {},
            ["ReadWriteOnce"],
            ["template_modes"],
        ),
        (
            template("fast", ["ReadWriteOnce"], annotated=False),
            "fast",
            {"everest.io/disk-volume-type": "SSD"},
            ["ReadWriteOnce"],
            [],
        ),
        (template("own", ["ReadWriteMany"], annotated=False), "own", {}, ["ReadWriteMany"], []),
        (template("", ["ReadWriteOnce"], annotated=False), None, {}, ["ReadWriteOnce"], ["template_no_class"]),
    ],
    ids=[
        "flex disk",
        "flex bucket",
        "flex file system",
        "flex turbo",
        "shared disk",
        "own class",
        "unknown",
        "no class",
    ],
)
def test_claim_templates(
    old: dict[str, Any], cls: str | None, annotations: dict[str, str], modes: list[str], notes: list[str]
) -> None:
    classes = {
        "fast": StorageClass(
            name="fast", provisioner="flexvolume-huawei.com/fuxivol", parameters={"kubernetes.io/volumetype": "SSD"}
        )
    }
    made = convert_claim_templates(REF, {"spec": {"volumeClaimTemplates": [old]}}, classes)
    (converted,) = made.templates
    assert converted["metadata"] == {"name": "data", "annotations": {**annotations, "owner": "b"}}
    assert converted["spec"].get("storageClassName") == cls
    assert converted["spec"]["accessModes"] == modes
    assert "status" not in converted
    assert open_keys(made.notes) == notes
    again = convert_claim_templates(REF, {"spec": {"volumeClaimTemplates": made.templates}}, classes)
    assert again.templates == made.templates


def test_drivers_that_are_gone_are_those_of_the_catalog() -> None:
    """Disks of other clouds and gitRepo have rules of their own."""
    rows = {r.pattern: r.since.minor for r in shipped_catalog().removals if r.kind is RemovalKind.VOLUME}
    assert {name: rows[name] for name in GONE_IN} == GONE_IN
    assert set(rows) - set(GONE_IN) == {
        *("flexVolume", "portworxVolume", "gitRepo", "cinder", "awsElasticBlockStore", "azureDisk"),
        *("gcePersistentDisk", "vsphereVolume", "photonPersistentDisk"),
    }


def test_the_claim_of_one_pod_asks_for_the_class_of_the_new_cluster() -> None:
    spec = {"accessModes": ["ReadWriteMany"], "storageClassName": "sas", "resources": {"requests": {"storage": "5Gi"}}}
    template = {"metadata": {"labels": {"app": "db"}}, "spec": spec}
    own = {"spec": {**spec, "storageClassName": "fast", "accessModes": ["ReadWriteOnce"]}}
    pod = {
        "volumes": [
            {"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}},
            {"name": "mine", "ephemeral": {"volumeClaimTemplate": own}},
            {"name": "empty", "ephemeral": {}},
        ]
    }
    made = convert_pod_volumes(REF, pod, 25, {})
    scratch, mine, empty = made.volumes
    assert scratch["ephemeral"]["volumeClaimTemplate"] == {
        "metadata": {"labels": {"app": "db"}, "annotations": {"everest.io/disk-volume-type": "SAS"}},
        "spec": {**spec, "storageClassName": "csi-disk", "accessModes": ["ReadWriteOnce"]},
    }
    assert (mine, empty) == tuple(pod["volumes"][1:])
    assert keys(made.notes) == ["template_modes"]
    assert convert_pod_volumes(REF, {"volumes": made.volumes}, 25, {}).volumes == made.volumes


def test_volumes_in_the_pod() -> None:
    pod = {
        "volumes": [
            {"name": "logs", "emptyDir": {}},
            {"name": "disk", "flexVolume": {"driver": "huawei.com/fuxivol", "fsType": "ext4", "readOnly": True,
                                            "options": {"volumeID": "d-1", "disk-mode": "SCSI"}}},
            {"name": "share", "flexVolume": {"driver": "huawei.com/fuxinfs",
                                             "options": {"volumeID": "s-1", "deviceMountPath": "10.0.0.1:/s"}}},
            {"name": "other", "flexVolume": {"driver": "example.com/x"}},
            {"name": "aws", "awsElasticBlockStore": {"volumeID": "v"}},
            {"name": "old", "glusterfs": {"endpoints": "e", "path": "p"}},
            {"name": "nfs", "nfs": {"server": "10.0.0.9", "path": "/e"}},
        ]
    }  # fmt: skip
    made = convert_pod_volumes(REF, pod, 26, {})
    kept = {v["name"]: v for v in made.volumes}
    assert kept["disk"]["persistentVolumeClaim"] == {"claimName": "db-disk", "readOnly": True}
    assert kept["share"]["persistentVolumeClaim"] == {"claimName": "db-share"}
    assert kept["aws"]["persistentVolumeClaim"] == {"claimName": "db-aws"}
    for name in ("logs", "other", "old", "nfs"):
        assert kept[name] in pod["volumes"]
    assert [(o["kind"], o["metadata"]["name"]) for o in made.objects] == [
        ("PersistentVolume", "shop-db-disk"),
        ("PersistentVolumeClaim", "db-disk"),
        ("PersistentVolume", "shop-db-share"),
        ("PersistentVolumeClaim", "db-share"),
        ("PersistentVolumeClaim", "db-aws"),
    ]
    assert made.objects[0]["spec"]["csi"]["volumeHandle"] == "d-1"
    assert made.objects[0]["spec"]["claimRef"]["namespace"] == "shop"
    assert {"pod_flex_disk", "pod_flex_unknown", "pod_foreign", "pod_volume_gone"} <= set(open_keys(made.notes))
    again = convert_pod_volumes(REF, {"volumes": made.volumes}, 26, {})
    assert (again.volumes, again.objects) == (made.volumes, ())


def test_a_bundle_tells_what_was_changed_of_a_platform_class(converted: Any) -> None:
    default = {"storageclass.beta.kubernetes.io/is-default-class": "true"}
    made, bundle = converted(storage_class("sas", "flexvolume-huawei.com/fuxivol", annotations=default), "1.25")

    assert made is None
    assert open_keys(bundle.notes) == ["class_default"]


@pytest.mark.parametrize(
    ("provisioner", "parameters", "annotations"),
    [
        ("flexvolume-huawei.com/fuxiobs", {"storage_class": "STANDARD_IA"}, ("s3fs", "WARM")),
        ("flexvolume-huawei.com/fuxiobs", {"posix": "true", "storage_class": "STANDARD"}, ("obsfs", None)),
        (
            "everest-csi-provisioner",
            {"csi.storage.k8s.io/csi-driver-name": "obs.csi.everest.io", "everest.io/obs-volume-type": "WARM"},
            ("s3fs", "WARM"),
        ),
    ],
)
def test_a_claim_of_buckets_says_what_its_class_says(
    tmp_path: Path, provisioner: str, parameters: dict[str, str], annotations: tuple[str, str | None]
) -> None:
    cls = storage_class("bucket", provisioner, parameters=parameters)
    [found] = stored(snapshot_of(tmp_path, cls, pvc(storageClassName="bucket", modes=("ReadWriteMany",))))

    told = found.objects[0]["metadata"]["annotations"]
    assert (told["csi.storage.k8s.io/fstype"], told.get("everest.io/obs-volume-type")) == annotations

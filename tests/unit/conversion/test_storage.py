"""Old volumes as existing storage of the new cluster: field by field (E.2, E.3), and what a person must settle."""

from __future__ import annotations

import msgspec
import pytest
import yaml

from migrator.conversion.storage import can_carry, empty_claim, manifest_text, static_manifests
from migrator.snapshot.model import Claim, Provisioning, StorageClass, StorageKind, Volume

CLAIM = Claim(namespace="shop", name="orders-db", volume="pv-orders", request="20Gi")
ZONE = {
    "failure-domain.beta.kubernetes.io/region": "region-1",
    "failure-domain.beta.kubernetes.io/zone": "az-1",
}
IDENTITY = {"storage.kubernetes.io/csiProvisionerIdentity": "everest-csi-provisioner"}


def volume(storage: StorageKind, **values: object) -> Volume:
    fixed = {
        "storage": storage,
        "provisioning": Provisioning.CLOUD,
        "volume_id": "0992dbda-6340-470e",
        "capacity": "10Gi",
        "access_modes": ("ReadWriteOnce",),
        "reclaim_policy": "Delete",
        "region": "region-1",
        "zone": "az-1",
        "flex_volume": True,
    }
    return Volume(name="pv-orders", **{**fixed, **values})  # type: ignore[arg-type]


def notes(given: Volume, storage_class: StorageClass | None = None) -> list[str]:
    made = static_manifests(given, CLAIM, storage_class)
    assert all(note.open for note in made.notes)
    return [note.text.key.removeprefix("storage.note.") for note in made.notes]


def test_a_disk() -> None:
    made = static_manifests(volume(StorageKind.EVS, attributes={"disk-mode": "SCSI"}, storage_class="sas"), CLAIM)
    assert made.notes == ()
    assert made.pv == {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": "pv-orders",
            "labels": ZONE,
            "annotations": {"pv.kubernetes.io/provisioned-by": "everest-csi-provisioner"},
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "10Gi"},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "shop", "name": "orders-db"},
            "csi": {
                "driver": "disk.csi.everest.io",
                "fsType": "ext4",
                "volumeHandle": "0992dbda-6340-470e",
                "volumeAttributes": {
                    "everest.io/disk-mode": "SCSI",
                    "everest.io/disk-volume-type": "SAS",
                    **IDENTITY,
                },
            },
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "csi-disk",
        },
    }
    assert made.pvc == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "orders-db",
            "namespace": "shop",
            "labels": ZONE,
            "annotations": {
                "everest.io/disk-volume-type": "SAS",
                "volume.beta.kubernetes.io/storage-provisioner": "everest-csi-provisioner",
            },
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "10Gi"}},
            "storageClassName": "csi-disk",
            "volumeName": "pv-orders",
        },
    }


@pytest.mark.parametrize(
    ("kind", "driver", "cls"),
    [
        (StorageKind.SFS, "nas.csi.everest.io", "csi-nas"),
        (StorageKind.SFS_TURBO, "sfsturbo.csi.everest.io", "csi-sfsturbo"),
    ],
)
def test_a_file_system(kind: StorageKind, driver: str, cls: str) -> None:
    made = static_manifests(volume(kind, attributes={"deviceMountPath": "192.168.0.169:/"}), CLAIM)
    assert made.notes == ()
    spec = made.pv["spec"]
    assert spec["csi"] == {
        "driver": driver,
        "fsType": "nfs",
        "volumeHandle": "0992dbda-6340-470e",
        "volumeAttributes": {"everest.io/share-export-location": "192.168.0.169:/", **IDENTITY},
    }
    assert (spec["storageClassName"], spec["accessModes"]) == (cls, ["ReadWriteMany"])
    assert "labels" not in made.pv["metadata"]
    assert made.pvc["metadata"]["annotations"] == {
        "volume.beta.kubernetes.io/storage-provisioner": "everest-csi-provisioner"
    }
    assert made.pvc["spec"]["resources"]["requests"]["storage"] == "10Gi"


@pytest.mark.parametrize(
    ("attributes", "fs_type", "wanted_fs", "wanted_type"),
    [
        ({"storage_class": "STANDARD"}, "obs", "s3fs", "STANDARD"),
        ({"storage_class": "standard_ia"}, "obs", "s3fs", "WARM"),
        ({"storage_class": "STANDARD", "posix": "true"}, "obs", "obsfs", None),
        ({}, "obsfs", "obsfs", None),
        ({"everest.io/obs-volume-type": "WARM"}, "s3fs", "s3fs", "WARM"),
    ],
)
def test_a_bucket(attributes: dict[str, str], fs_type: str, wanted_fs: str, wanted_type: str | None) -> None:
    given = volume(StorageKind.OBS, attributes={"region": "eu-1", **attributes}, fs_type=fs_type, volume_id="bucket-1")
    made = static_manifests(given, CLAIM)
    csi = made.pv["spec"]["csi"]
    assert (csi["driver"], csi["fsType"], csi["volumeHandle"]) == ("obs.csi.everest.io", wanted_fs, "bucket-1")
    assert csi["volumeAttributes"].get("everest.io/obs-volume-type") == wanted_type
    assert csi["volumeAttributes"]["everest.io/region"] == "eu-1"
    assert made.pv["spec"]["capacity"] == {"storage": "1Gi"}
    assert made.pvc
    assert made.pvc["metadata"]["annotations"]["csi.storage.k8s.io/fstype"] == wanted_fs
    assert [n.text.key for n in made.notes] == ["storage.note.obs_secret"]


def test_a_self_built_nfs_export() -> None:
    given = volume(StorageKind.NFS, path="nfs.example.com:/export/data", access_modes=("ReadWriteMany",))
    made = static_manifests(given, CLAIM)
    assert made.pv["spec"]["nfs"] == {"server": "nfs.example.com", "path": "/export/data"}
    assert (made.pv["spec"]["storageClassName"], made.pvc["spec"]["storageClassName"]) == ("", "")
    assert [n.text.values for n in made.notes] == [{"server": "nfs.example.com"}]


@pytest.mark.parametrize(
    ("storage_class", "class_name", "attributes", "wanted"),
    [
        (StorageClass(name="fast", parameters={"kubernetes.io/volumetype": "SSD"}), "fast", {}, "SSD"),
        (None, "sata", {}, "SATA"),
        (None, "csi-disk", {"everest.io/disk-volume-type": "ESSD"}, "ESSD"),
        (StorageClass(name="sas", parameters={"kubernetes.io/volumetype": "SATA"}), "sas", {}, "SATA"),
    ],
)
def test_where_the_disk_type_comes_from(
    storage_class: StorageClass | None, class_name: str, attributes: dict[str, str], wanted: str
) -> None:
    given = volume(StorageKind.EVS, storage_class=class_name, attributes={"disk-mode": "SCSI", **attributes})
    made = static_manifests(given, CLAIM, storage_class)
    assert made.pv["spec"]["csi"]["volumeAttributes"]["everest.io/disk-volume-type"] == wanted
    assert made.notes == ()


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"attributes": {"disk-mode": "VBD"}}, ["disk_mode_vbd"]),
        ({"attributes": {}}, ["disk_mode_unknown"]),
        ({"shared": True}, ["shared_disk"]),
        ({"access_modes": ("ReadWriteMany",)}, ["access_mode"]),
        ({"zone": ""}, ["zone_missing"]),
        ({"fs_type": "xfs"}, ["file_system"]),
        ({"storage_class": "own"}, ["disk_type_missing"]),
        ({"volume_id": ""}, ["id_missing"]),
    ],
)
def test_what_a_disk_leaves_to_a_person(values: dict[str, object], wanted: list[str]) -> None:
    fixed: dict[str, object] = {"attributes": {"disk-mode": "SCSI"}, "storage_class": "sas"}
    assert notes(volume(StorageKind.EVS, **{**fixed, **values})) == wanted


def test_an_encrypted_disk_keeps_its_key() -> None:
    given = volume(
        StorageKind.EVS, attributes={"disk-mode": "SCSI", "everest.io/crypt-key-id": "k-1"}, storage_class="sas"
    )
    attributes = static_manifests(given, CLAIM).pv["spec"]["csi"]["volumeAttributes"]
    assert attributes["everest.io/crypt-key-id"] == "k-1"


def test_other_attributes_of_the_old_volume_are_not_carried() -> None:
    given = volume(
        StorageKind.EVS, attributes={"disk-mode": "SCSI", "everest.io/set-disk-metadata": "x"}, storage_class="sas"
    )
    assert "everest.io/set-disk-metadata" not in str(static_manifests(given, CLAIM).pv)


@pytest.mark.parametrize(
    "kind", [StorageKind.HOST_PATH, StorageKind.LOCAL, StorageKind.CLOUD_DISK_OTHER, StorageKind.OTHER]
)
def test_what_cannot_be_carried_is_refused(kind: StorageKind) -> None:
    given = volume(kind)
    assert not can_carry(given)
    with pytest.raises(ValueError, match="pv-orders"):
        static_manifests(given, CLAIM)


@pytest.mark.parametrize(("modes", "cls"), [(("ReadWriteOnce",), "csi-disk"), (("ReadWriteMany",), "csi-nas")])
def test_an_empty_claim_to_copy_into(modes: tuple[str, ...], cls: str) -> None:
    made, _ = empty_claim(Claim(namespace="a", name="b", access_modes=modes, request="5Gi"), None)
    assert made["spec"] == {
        "accessModes": list(modes),
        "resources": {"requests": {"storage": "5Gi"}},
        "storageClassName": cls,
    }


def test_a_new_disk_has_its_mandatory_labels_or_somebody_is_asked_for_them() -> None:
    given = Claim(namespace="a", name="b", request="5Gi")
    made, notes = empty_claim(given, volume(StorageKind.LOCAL))
    assert made["metadata"]["labels"] == ZONE
    assert [n.text.key for n in notes] == ["storage.note.new_disk_zone"]
    made, notes = empty_claim(given, volume(StorageKind.LOCAL, region="", zone=""), ("", "az-7"))
    assert made["metadata"]["labels"] == {
        "failure-domain.beta.kubernetes.io/region": "FILL-IN",
        "failure-domain.beta.kubernetes.io/zone": "az-7",
    }
    assert [n.text.key for n in notes] == ["storage.note.new_disk_zone_missing"]
    made, notes = empty_claim(msgspec.structs.replace(given, access_modes=("ReadWriteMany",)), None)
    assert ("labels" in made["metadata"], notes) == (False, ())


def test_a_new_disk_holds_all_that_the_old_one_can() -> None:
    made, _ = empty_claim(Claim(namespace="a", name="b", request="1500Gi"), volume(StorageKind.LOCAL, capacity="1.8Ti"))
    assert made["spec"]["resources"]["requests"]["storage"] == "1.8Ti"


def test_several_objects_are_several_documents_in_the_given_order() -> None:
    made = manifest_text({"b": "1", "a": "x"}, {"c": ["y"]})
    assert made == 'a: x\nb: "1"\n---\nc:\n- "y"\n'
    assert [*yaml.safe_load_all(made)] == [{"a": "x", "b": "1"}, {"c": ["y"]}]

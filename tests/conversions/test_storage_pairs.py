"""Pairs of volume and claim as old clusters hold them, and what they are in the new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conversions.support import by_name, keys, open_keys, pv, pvc, snapshot_of, stored

REGION = "failure-domain.beta.kubernetes.io/region"
ZONE = "failure-domain.beta.kubernetes.io/zone"
PLACE = {REGION: "region-1", ZONE: "az-1"}
TOPOLOGY = {"topology.kubernetes.io/region": "region-1", "topology.kubernetes.io/zone": "az-1"}
PROVISIONED = {"pv.kubernetes.io/provisioned-by": "everest-csi-provisioner"}
ASKED = {"volume.beta.kubernetes.io/storage-provisioner": "everest-csi-provisioner"}
IDENTITY = {"storage.kubernetes.io/csiProvisionerIdentity": "everest-csi-provisioner"}


def flex(driver: str, fs_type: str, **options: str) -> dict[str, Any]:
    return {"flexVolume": {"driver": f"huawei.com/{driver}", "fsType": fs_type, "options": options}}


def csi(driver: str, handle: str, fs_type: str = "nfs", **more: Any) -> dict[str, Any]:
    attributes = {"storage.kubernetes.io/csiProvisionerIdentity": "1634-8081-everest-csi-provisioner"}
    attributes |= more.pop("attributes", {})
    source = {"driver": f"{driver}.csi.everest.io", "volumeHandle": handle, "fsType": fs_type}
    return {"csi": {**source, "volumeAttributes": attributes, **more}}


def test_a_flex_disk_of_an_early_cluster(tmp_path: Path) -> None:
    """As clusters of 1.9 made them: namespace on the volume, namespaces in the options and in the claim."""
    old = pv(
        labels={**PLACE, "team": "a"},
        storageClassName="ssd",
        **flex(
            "fuxivol",
            "ext4",
            volumeID="disk-1",
            fsType="ext4",
            **{"kubernetes.io/namespace": "shop", "disk-mode": "SCSI"},
        ),
    )
    old["metadata"]["namespace"] = "shop"
    claim = pvc(
        volume="pv-a",
        annotations={"volume.beta.kubernetes.io/storage-class": "ssd", "owner": "b"},
        labels={"app": "db"},
    )
    claim["spec"]["volumeNamespace"] = "shop"
    (made,) = stored(snapshot_of(tmp_path, old, claim))
    assert keys(made.notes) == ["volume_namespace"]
    assert not open_keys(made.notes)
    assert made.objects == (
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "pv-a", "labels": {**PLACE, "team": "a"}, "annotations": PROVISIONED},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "capacity": {"storage": "10Gi"},
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "shop", "name": "a"},
                "csi": {
                    "driver": "disk.csi.everest.io",
                    "fsType": "ext4",
                    "volumeHandle": "disk-1",
                    "volumeAttributes": {
                        "everest.io/disk-mode": "SCSI",
                        "everest.io/disk-volume-type": "SSD",
                        **IDENTITY,
                    },
                },
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": "csi-disk",
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": "a",
                "namespace": "shop",
                "labels": {**PLACE, "app": "db"},
                "annotations": {"everest.io/disk-volume-type": "SSD", "owner": "b", **ASKED},
            },
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "10Gi"}},
                "storageClassName": "csi-disk",
                "volumeName": "pv-a",
            },
        },
    )


def test_a_dynamic_disk_becomes_existing_storage(tmp_path: Path) -> None:
    """Everest's own volume, made for a claim: the same names, the same disk, and no longer deleted with its claim."""
    name = "pvc-0b0f6b8e-9f0c-4f0e-8a4e-1d6a6c1f2a3b"
    old = pv(
        name,
        labels=TOPOLOGY,
        annotations={**PROVISIONED, "everest.io/reclaim-policy": "retain-volume-only"},
        claim="shop/data-db-0",
        storageClassName="csi-disk-topology",
        **csi(
            "disk",
            "disk-2",
            "ext4",
            attributes={
                "everest.io/disk-mode": "SCSI",
                "everest.io/disk-volume-type": "ESSD",
                "everest.io/crypt-key-id": "key-1",
                "everest.io/set-disk-metadata": "true",
                "everest.io/enterprise-project-id": "0",
            },
        ),
        nodeAffinity={
            "required": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["az-1"]},
                            {"key": "kubernetes.io/hostname", "operator": "In", "values": ["10.0.0.7"]},
                        ]
                    }
                ]
            }
        },
        mountOptions=["noatime"],
        volumeMode="Filesystem",
    )
    claim = pvc(
        "shop/data-db-0",
        volume=name,
        annotations={"pv.kubernetes.io/bind-completed": "yes", "volume.kubernetes.io/selected-node": "10.0.0.7"},
        storageClassName="csi-disk-topology",
        dataSource={"kind": "VolumeSnapshot", "name": "before", "apiGroup": "snapshot.storage.k8s.io"},
    )
    (made,) = stored(snapshot_of(tmp_path, old, claim))
    volume, bound = made.objects
    assert keys(made.notes) == ["affinity_dropped", "data_source"]
    assert open_keys(made.notes) == []
    assert volume["metadata"]["labels"] == {**TOPOLOGY, **PLACE}
    assert volume["metadata"]["annotations"] == {"everest.io/reclaim-policy": "retain-volume-only", **PROVISIONED}
    spec = volume["spec"]
    assert spec["csi"]["volumeAttributes"] == {
        "everest.io/disk-mode": "SCSI",
        "everest.io/disk-volume-type": "ESSD",
        "everest.io/crypt-key-id": "key-1",
        "everest.io/enterprise-project-id": "0",
        **IDENTITY,
    }
    assert (spec["persistentVolumeReclaimPolicy"], spec["mountOptions"]) == ("Retain", ["noatime"])
    assert spec["nodeAffinity"]["required"]["nodeSelectorTerms"] == [
        {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["az-1"]}]}
    ]
    assert spec["claimRef"] == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": "shop",
        "name": "data-db-0",
    }
    assert bound["metadata"]["annotations"] == {"everest.io/disk-volume-type": "ESSD", **ASKED}
    assert "dataSource" not in bound["spec"]


@pytest.mark.parametrize(
    ("source", "cls", "handle", "location"),
    [
        (flex("fuxinfs", "nfs", volumeID="s-1", deviceMountPath="10.0.0.1:/s-1"), "csi-nas", "s-1", "10.0.0.1:/s-1"),
        (flex("fuxiefs", "efs", volumeID="t-1", deviceMountPath="10.0.0.2:/"), "csi-sfsturbo", "t-1", "10.0.0.2:/"),
        (
            csi(
                "nas",
                "s-3",
                attributes={"everest.io/share-export-location": "x:/s-3", "everest.io/sfs-version": "sfs3.0"},
            ),
            "csi-sfs",
            "s-3",
            "x:/s-3",
        ),
        (
            csi(
                "sfsturbo",
                "pv-a",
                attributes={
                    "everest.io/share-export-location": "h:/a/b",
                    "everest.io/volume-as": "absolute-path",
                    "everest.io/sfsturbo-share-id": "t-2",
                },
            ),
            "csi-sfsturbo",
            "pv-a",
            "h:/a/b",
        ),
    ],
    ids=["flex file system", "flex turbo", "file system 3.0", "folder of a turbo"],
)
def test_file_systems(tmp_path: Path, source: dict[str, Any], cls: str, handle: str, location: str) -> None:
    old = pv(
        modes=("ReadWriteMany",), annotations={"volume.beta.kubernetes.io/mount-options": "vers=3,nolock"}, **source
    )
    (made,) = stored(snapshot_of(tmp_path, old, pvc(volume="pv-a", modes=("ReadWriteMany",))))
    volume, claim = made.objects
    assert (volume["spec"]["storageClassName"], claim["spec"]["storageClassName"]) == (cls, cls)
    assert volume["spec"]["csi"]["volumeHandle"] == handle
    attributes = volume["spec"]["csi"]["volumeAttributes"]
    assert attributes["everest.io/share-export-location"] == location
    given = (source.get("csi") or {}).get("volumeAttributes", {})
    assert {k: v for k, v in attributes.items() if k in given and k.startswith("everest.io/")} == {
        k: v for k, v in given.items() if k.startswith("everest.io/")
    }
    assert volume["spec"]["mountOptions"] == ["vers=3", "nolock"]
    assert "labels" not in volume["metadata"]


def test_a_bucket_keeps_the_names_of_its_secret(tmp_path: Path) -> None:
    secret = {"nodePublishSecretRef": {"name": "ak-sk", "namespace": "shop"}}
    old = pv(
        modes=("ReadWriteMany",), **csi("obs", "bucket-1", "obsfs", attributes={"everest.io/region": "r"}, **secret)
    )
    (made,) = stored(snapshot_of(tmp_path, old, pvc(volume="pv-a", modes=("ReadWriteMany",))))
    assert made.objects[0]["spec"]["csi"]["nodePublishSecretRef"] == {"name": "ak-sk", "namespace": "shop"}
    assert made.objects[1]["metadata"]["annotations"] == {
        "csi.storage.k8s.io/fstype": "obsfs",
        "csi.storage.k8s.io/node-publish-secret-name": "ak-sk",
        "csi.storage.k8s.io/node-publish-secret-namespace": "shop",
        **ASKED,
    }
    assert open_keys(made.notes) == ["obs_secret_named"]


def test_nfs_is_bound_by_name_alone(tmp_path: Path) -> None:
    old = pv(
        modes=("ReadWriteMany",), storageClassName="slow", nfs={"server": "10.0.0.9", "path": "/e", "readOnly": True}
    )
    claim = pvc(volume="pv-a", modes=("ReadWriteMany",), storageClassName="slow")
    volume, bound = stored(snapshot_of(tmp_path, old, claim))[0].objects
    assert volume["spec"]["nfs"] == {"server": "10.0.0.9", "path": "/e", "readOnly": True}
    assert (volume["spec"]["storageClassName"], bound["spec"]["storageClassName"]) == ("", "")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"hostPath": {"path": "/data"}}, "host_path"),
        ({"local": {"path": "/mnt/a"}}, "local"),
        ({"gcePersistentDisk": {"pdName": "d"}}, "cloud_disk_other"),
        ({"awsElasticBlockStore": {"volumeID": "v"}}, "cloud_disk_other"),
        ({"azureDisk": {"diskName": "d", "diskURI": "u"}}, "cloud_disk_other"),
        ({"glusterfs": {"endpoints": "e", "path": "p"}}, "driver_gone"),
        ({"csi": {"driver": "driver.longhorn.io", "volumeHandle": "v"}}, "other"),
        ({"flexVolume": {"driver": "ceph.rook.io/rook"}}, "unknown"),
    ],
    ids=lambda v: v if isinstance(v, str) else next(iter(v)),
)
def test_what_stays_behind_is_an_empty_claim_to_copy_into(tmp_path: Path, source: dict[str, Any], reason: str) -> None:
    old = pv(labels=PLACE, storageClassName="standard", capacity="20Gi", **source)
    claim = pvc(volume="pv-a", labels={"app": "db"}, annotations={"owner": "b"}, storageClassName="standard")
    (made,) = stored(snapshot_of(tmp_path, old, claim), 26)
    (empty,) = made.objects
    # Region and zone of another cloud say nothing of where the new node is.
    place = dict.fromkeys(PLACE, "FILL-IN") if reason == "cloud_disk_other" else PLACE
    assert empty["metadata"]["labels"] == {**place, "app": "db"}
    assert empty["metadata"]["annotations"] == {"everest.io/disk-volume-type": "SAS", "owner": "b"}
    assert empty["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "20Gi"}},
        "storageClassName": "csi-disk",
    }
    assert [text.key for _, text in made.left_out] == [f"storage.left_out.{reason}"]
    assert open_keys(made.notes)[0] == "copy_data"


@pytest.mark.parametrize(
    ("source", "minor"),
    [
        ({"csi": {"driver": "rbd.csi.ceph.com", "volumeHandle": "v"}}, 32),
        ({"cephfs": {"monitors": ["10.0.0.1"]}}, 30),
        ({"iscsi": {"targetPortal": "10.0.0.1", "iqn": "i", "lun": 0}}, 32),
    ],
)
def test_self_built_storage_is_the_same_once_its_driver_is_there(
    tmp_path: Path, source: dict[str, Any], minor: int
) -> None:
    old = pv(claim="shop/a", storageClassName="own", **source)
    (made,) = stored(snapshot_of(tmp_path, old, pvc(volume="pv-a", storageClassName="own")), minor)
    volume, claim = made.objects
    assert {k: volume["spec"][k] for k in source} == source
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert "uid" not in volume["spec"]["claimRef"]
    assert (claim["spec"]["volumeName"], claim["spec"]["storageClassName"]) == ("pv-a", "own")
    assert open_keys(made.notes) == ["driver"]


def test_a_claim_whose_volume_is_not_in_the_dump_waits_for_it(tmp_path: Path) -> None:
    claim = pvc(volume="pv-lost", annotations={"volume.beta.kubernetes.io/storage-class": "sas"}, labels=PLACE)
    (made,) = stored(snapshot_of(tmp_path, claim))
    assert made.objects[0]["spec"]["volumeName"] == "pv-lost"
    assert made.objects[0]["spec"]["storageClassName"] == "csi-disk"
    assert open_keys(made.notes) == ["volume_missing"]


def test_a_claim_that_waits_for_storage_says_what_the_old_one_said(tmp_path: Path) -> None:
    claim = pvc(
        annotations={"everest.io/disk-volume-type": "SSD"}, storageClassName="csi-disk", modes=("ReadWriteMany",)
    )
    (made,) = stored(snapshot_of(tmp_path, claim))
    assert made.objects[0]["metadata"]["annotations"] == {"everest.io/disk-volume-type": "SSD"}
    assert made.objects[0]["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert open_keys(made.notes) == ["claim_modes"]


@pytest.mark.parametrize(
    ("claim", "reference", "note"),
    [("shop/gone", ("shop", "gone"), "claim_missing"), ("", ("FILL-IN", "FILL-IN"), "unclaimed")],
)
def test_no_claim_takes_a_volume_that_is_not_its_own(
    tmp_path: Path, claim: str, reference: tuple[str, str], note: str
) -> None:
    old = pv(
        labels=PLACE,
        claim=claim,
        storageClassName="sas",
        **flex("fuxivol", "ext4", volumeID="disk-1", **{"disk-mode": "SCSI"}),
    )
    (made,) = stored(snapshot_of(tmp_path, old))
    (volume,) = made.objects
    kept = volume["spec"]["claimRef"]
    assert (kept["namespace"], kept["name"]) == reference
    assert open_keys(made.notes) == [note]


def test_what_the_platform_holds_stays_behind(tmp_path: Path) -> None:
    assert stored(snapshot_of(tmp_path, pvc("kube-system/a"))) == []


def test_converting_twice_changes_nothing(tmp_path: Path) -> None:
    disk = {"labels": {}, "claim": "shop/a", **flex("fuxivol", "xfs")}
    first = stored(
        snapshot_of(
            tmp_path,
            pv("pv-a", **disk),
            pvc(volume="pv-a"),
            pv("pv-b", modes=("ReadWriteMany",), **flex("fuxiobs", "obs", volumeID="b")),
            pv("pv-c", hostPath={"path": "/d"}, claim="shop/c"),
            pvc("shop/c", volume="pv-c"),
            pv("pv-d", modes=("ReadWriteMany",), **flex("fuxinfs", "nfs", volumeID="b")),
        )
    )
    second = stored(snapshot_of(tmp_path, *(o for s in first for o in s.objects)))
    assert by_name(second) == by_name(first)
    text = "\n".join(str(s.objects) for s in second if not any(n.open for n in s.notes))
    assert "FILL-IN" not in text


def test_a_claim_finds_its_disk_by_labels(tmp_path: Path) -> None:
    """Manifests written by hand leave the binding to the cluster: a new and empty disk would lose the data."""
    flex = {"driver": "huawei.com/fuxivol", "options": {"volumeID": "disk-1", "disk-mode": "SCSI"}}
    made = by_name(
        stored(
            snapshot_of(
                tmp_path,
                pv(labels={"app": "db"}, flexVolume=flex, storageClassName="sas"),
                pvc(storageClassName="sas", selector={"matchLabels": {"app": "db"}}),
            )
        )
    )

    assert made["PersistentVolume/pv-a"]["spec"]["claimRef"] | {"apiVersion": "v1"} == {
        **{"apiVersion": "v1", "kind": "PersistentVolumeClaim"},
        **{"namespace": "shop", "name": "a"},
    }
    assert made["PersistentVolumeClaim/a"]["spec"]["volumeName"] == "pv-a"
    assert "selector" not in made["PersistentVolumeClaim/a"]["spec"]


@pytest.mark.parametrize("spec", [{"selector": {"matchLabels": {"app": "db"}}}, {"storageClassName": ""}])
def test_a_claim_that_waits_for_a_volume_is_given_no_empty_one(tmp_path: Path, spec: dict[str, Any]) -> None:
    [found] = stored(snapshot_of(tmp_path, pvc(**spec)))

    assert found.objects[0]["spec"].items() >= spec.items()
    assert open_keys(found.notes) == ["claim_waits"]


def test_an_export_without_a_claim_keeps_its_class_for_the_claim_to_come(tmp_path: Path) -> None:
    nfs = {"server": "10.0.0.9", "path": "/e"}
    [found] = stored(snapshot_of(tmp_path, pv(modes=("ReadWriteMany",), storageClassName="slow", nfs=nfs)))

    assert found.objects[0]["spec"]["storageClassName"] == "slow"
    assert "unclaimed" in open_keys(found.notes)

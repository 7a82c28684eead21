"""What a volume is made of, whether it was made automatically, and whether moving it stops the business."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.snapshot.model import OutageClass, Provisioning, StorageKind, Volume
from migrator.snapshot.redaction import MASK
from tests.unit.snapshot.helpers import deployment, kube, read

UID = "09728c28-398e-11ea-97ba-42010a800159"


def volume(source: dict[str, Any], *modes: str, name: str = "pv-1", **fields: Any) -> Volume:
    spec = {"accessModes": list(modes), "capacity": {"storage": "10Gi"}, **source}
    return read(kube("PersistentVolume", name, spec=spec, **fields)).volumes[0]


def flex(driver: str, **options: str) -> dict[str, Any]:
    return {"flexVolume": {"driver": f"huawei.com/{driver}", "fsType": "ext4", "options": options}}


def csi(driver: str, **attributes: str) -> dict[str, Any]:
    return {"csi": {"driver": driver, "volumeHandle": "id-1", "volumeAttributes": attributes}}


RWO, RWX = "ReadWriteOnce", "ReadWriteMany"


@pytest.mark.parametrize(
    ("source", "mode", "storage", "provisioning", "outage", "shared"),
    [
        (flex("fuxivol"), RWO, StorageKind.EVS, Provisioning.CLOUD, OutageClass.OUTAGE, False),
        (flex("fuxivol"), RWX, StorageKind.EVS, Provisioning.CLOUD, OutageClass.OUTAGE, True),
        (flex("fuxinfs"), RWX, StorageKind.SFS, Provisioning.CLOUD, OutageClass.NONE, True),
        (flex("fuxiobs"), RWX, StorageKind.OBS, Provisioning.CLOUD, OutageClass.NONE, True),
        (flex("fuxiefs"), RWX, StorageKind.SFS_TURBO, Provisioning.CLOUD, OutageClass.NONE, True),
        (flex("unknown"), RWO, StorageKind.OTHER, Provisioning.UNKNOWN, OutageClass.UNKNOWN, False),
        (csi("disk.csi.everest.io"), RWO, StorageKind.EVS, Provisioning.CLOUD, OutageClass.OUTAGE, False),
        (csi("nas.csi.everest.io"), RWX, StorageKind.SFS, Provisioning.CLOUD, OutageClass.NONE, True),
        (csi("obs.csi.everest.io"), RWX, StorageKind.OBS, Provisioning.CLOUD, OutageClass.NONE, True),
        (csi("sfsturbo.csi.everest.io"), RWX, StorageKind.SFS_TURBO, Provisioning.CLOUD, OutageClass.NONE, True),
        (csi("local.csi.everest.io"), RWO, StorageKind.LOCAL, Provisioning.NODE_LOCAL, OutageClass.COPY, False),
        (csi("rbd.csi.ceph.com"), RWO, StorageKind.OTHER, Provisioning.SELF_BUILT, OutageClass.OUTAGE, False),
        (csi("cephfs.csi.ceph.com"), RWX, StorageKind.OTHER, Provisioning.SELF_BUILT, OutageClass.NONE, True),
        (csi("rook.cephfs.csi.ceph.com"), RWX, StorageKind.OTHER, Provisioning.SELF_BUILT, OutageClass.COPY, True),
        (csi("pxd.portworx.com"), RWO, StorageKind.OTHER, Provisioning.SELF_BUILT, OutageClass.COPY, False),
        (
            {"portworxVolume": {"volumeID": "1"}},
            RWO,
            StorageKind.OTHER,
            Provisioning.SELF_BUILT,
            OutageClass.COPY,
            False,
        ),
        (csi("driver.longhorn.io"), RWX, StorageKind.OTHER, Provisioning.SELF_BUILT, OutageClass.COPY, True),
        (csi("topolvm.io"), RWO, StorageKind.LOCAL, Provisioning.NODE_LOCAL, OutageClass.COPY, False),
        (csi("csi.example.com"), RWO, StorageKind.OTHER, Provisioning.UNKNOWN, OutageClass.UNKNOWN, False),
        (
            {"gcePersistentDisk": {"pdName": "d"}},
            RWO,
            StorageKind.CLOUD_DISK_OTHER,
            Provisioning.CLOUD,
            OutageClass.COPY,
            False,
        ),
        ({"hostPath": {"path": "/data"}}, RWO, StorageKind.HOST_PATH, Provisioning.NODE_LOCAL, OutageClass.COPY, False),
        ({"local": {"path": "/data"}}, RWO, StorageKind.LOCAL, Provisioning.NODE_LOCAL, OutageClass.COPY, False),
        (
            {"nfs": {"server": "10.0.0.9", "path": "/x"}},
            RWX,
            StorageKind.NFS,
            Provisioning.SELF_BUILT,
            OutageClass.NONE,
            True,
        ),
        (
            {"nfs": {"server": "10.0.0.9", "path": "/x"}},
            RWO,
            StorageKind.NFS,
            Provisioning.SELF_BUILT,
            OutageClass.OUTAGE,
            False,
        ),
        ({"rbd": {"image": "i"}}, RWO, StorageKind.OTHER, Provisioning.SELF_BUILT, OutageClass.OUTAGE, False),
        ({}, RWO, StorageKind.OTHER, Provisioning.UNKNOWN, OutageClass.UNKNOWN, False),
    ],
)
def test_kind_provisioning_and_outage(
    source: dict[str, Any],
    mode: str,
    storage: StorageKind,
    provisioning: Provisioning,
    outage: OutageClass,
    shared: bool,
) -> None:
    found = volume(source, mode)
    assert (found.storage, found.provisioning, found.outage, found.shared) == (storage, provisioning, outage, shared)


def test_every_field_of_an_old_evs_volume() -> None:
    found = read(
        kube(
            "PersistentVolume",
            f"pvc-{UID}",
            "ignored",
            uid="u-1",
            annotations={"pv.kubernetes.io/provisioned-by": "flexvolume-huawei.com/fuxivol"},
            labels={
                "failure-domain.beta.kubernetes.io/region": "cn-1",
                "failure-domain.beta.kubernetes.io/zone": "az-1",
            },
            spec={
                **flex("fuxivol", volumeID="disk-9", **{"disk-mode": "SCSI"}),
                "accessModes": [RWO],
                "capacity": {"storage": "10Gi"},
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": "sas",
                "claimRef": {"namespace": "shop", "name": "orders", "uid": UID},
            },
            status={"phase": "Bound"},
        )
    )
    assert found.objects[0].ref.namespace == ""
    assert found.volumes == (
        Volume(
            name=f"pvc-{UID}",
            uid="u-1",
            storage=StorageKind.EVS,
            provisioning=Provisioning.CLOUD,
            outage=OutageClass.OUTAGE,
            flex_volume=True,
            driver="huawei.com/fuxivol",
            volume_id="disk-9",
            attributes={"volumeID": "disk-9", "disk-mode": "SCSI"},
            fs_type="ext4",
            capacity="10Gi",
            access_modes=(RWO,),
            reclaim_policy="Delete",
            storage_class="sas",
            shared=False,
            dynamic=True,
            phase="Bound",
            region="cn-1",
            zone="az-1",
            claim_namespace="shop",
            claim_name="orders",
        ),
    )


BY_EVEREST = {"pv.kubernetes.io/provisioned-by": "everest-csi-provisioner"}


def test_static_volume_with_the_provisioners_annotation_is_not_dynamic() -> None:
    source = csi("disk.csi.everest.io")
    assert volume(source, RWO, annotations=BY_EVEREST).dynamic is False
    assert volume(source, RWO, annotations=BY_EVEREST, name=f"pvc-{UID}").dynamic is True
    assert volume(source, RWO, name=f"pvc-{UID}").dynamic is False


def test_paths_and_secret_attributes() -> None:
    sfs = volume(flex("fuxinfs", deviceMountPath="nas.example:/share", accessKey="AK-Hunter2"), RWX)
    assert sfs.path == "nas.example:/share"
    assert sfs.attributes["accessKey"] == MASK
    assert (
        volume(csi("sfsturbo.csi.everest.io", **{"everest.io/share-export-location": "10.1.1.1:/"}), RWX).path
        == "10.1.1.1:/"
    )
    assert volume({"nfs": {"server": "s", "path": "/p"}}, RWX).path == "s:/p"


def test_keys_of_encrypted_disks_and_storage_that_outlives_its_claim() -> None:
    kept = {"everest.io/reclaim-policy": "retain-volume-only"}
    new = volume(csi("disk.csi.everest.io", **{"everest.io/crypt-key-id": "key-1"}), RWO, annotations=kept)
    assert (new.encryption_key, new.retain_volume_only) == ("key-1", True)
    old = volume(flex("fuxivol"), RWO, annotations={"paas.storage.io/cryptKeyId": "key-2"})
    assert (old.encryption_key, old.retain_volume_only) == ("key-2", False)
    assert read(claim("db", annotations={"everest.io/crypt-key-id": "key-3"})).claims[0].encryption_key == "key-3"


@pytest.mark.parametrize(
    "attributes",
    [
        {"everest.io/share-export-location": "10.1.1.1:/", "everest.io/sfs-version": "sfs3.0"},
        {"everest.io/share-export-location": "10.1.1.1:/a/b", "everest.io/volume-as": "absolute-path"},
    ],
)
def test_newer_forms_of_file_storage(attributes: dict[str, str]) -> None:
    for driver in ("nas.csi.everest.io", "sfsturbo.csi.everest.io"):
        found = volume(csi(driver, **attributes), RWX, name="pv-share")
        assert (found.outage, found.shared, found.dynamic) == (OutageClass.NONE, True, False)
        assert found.path == attributes["everest.io/share-export-location"]


def claim(name: str, namespace: str = "shop", **fields: Any) -> dict[str, Any]:
    return kube(
        "PersistentVolumeClaim", name, namespace, spec={"resources": {"requests": {"storage": "1Gi"}}}, **fields
    )


def test_claim_takes_class_and_provisioner_from_annotations() -> None:
    given = {
        "volume.beta.kubernetes.io/storage-class": "sas",
        "volume.beta.kubernetes.io/storage-provisioner": "flexvolume-huawei.com/fuxivol",
    }
    found = read(claim("orders", annotations=given)).claims[0]
    assert (found.storage_class, found.provisioner, found.request) == ("sas", "flexvolume-huawei.com/fuxivol", "1Gi")
    both = claim("orders", annotations=given)
    both["spec"]["storageClassName"] = "other"
    assert read(both).claims[0].storage_class == "sas"  # Kubernetes asks the annotation first


def stateful(name: str, replicas: int) -> dict[str, Any]:
    template = {"metadata": {"name": "data"}, "spec": {"storageClassName": "ssd", "accessModes": [RWO]}}
    spec = {"replicas": replicas, "serviceName": name, "volumeClaimTemplates": [template]}
    return kube("StatefulSet", name, "shop", "apps/v1", spec=spec)


def mounted(*objects: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {c.name: c.mounted_by for c in read(*objects).claims}


def test_claims_mounted_by_name_by_template_and_by_nobody() -> None:
    web = deployment("web", pods={"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "files"}}]})
    names = ("files", "data-db-0", "data-db-1", "data-db-2", "data-db-01", "data-other-0")
    assert mounted(web, stateful("db", 2), *map(claim, names)) == {
        "files": ("shop/Deployment/web",),
        "data-db-0": ("shop/StatefulSet/db",),
        "data-db-1": ("shop/StatefulSet/db",),
        "data-db-2": (),
        "data-db-01": (),
        "data-other-0": (),
    }
    assert mounted(web, claim("files", "elsewhere")) == {"files": ()}


def test_a_running_pod_leads_to_its_topmost_owner() -> None:
    volumes = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "files"}}]}
    found = mounted(
        claim("files"),
        kube("Pod", "web-1-x", "shop", owner="ReplicaSet/web-1", spec=volumes),
        kube("ReplicaSet", "web-1", "shop", "apps/v1", owner="Deployment/web"),
        kube("Pod", "redis-0", "shop", owner="RedisCluster/redis", spec=volumes),
    )
    assert found["files"] == ("shop/Deployment/web", "shop/RedisCluster/redis")


def test_storage_class() -> None:
    body = {
        "provisioner": "kubernetes.io/glusterfs",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
        "parameters": {"resturl": "http://admin:Hunter2@h:80", "restuserkey": "Hunter2", "secretName": "heketi"},
    }
    given = {"storageclass.beta.kubernetes.io/is-default-class": "true"}
    found = read(kube("StorageClass", "gold", api="storage.k8s.io/v1", annotations=given, **body)).storage_classes[0]
    assert found.default
    assert found.parameters == {"resturl": f"http://{MASK}@h:80", "restuserkey": MASK, "secretName": "heketi"}


@pytest.mark.parametrize(
    ("claims", "claimed"),
    [
        pytest.param([("shop", "data")], ("shop", "data", "sas"), id="one"),
        pytest.param([("shop", "data"), ("bank", "data")], ("", "", ""), id="several-wait-for-it"),
        pytest.param([], ("", "", ""), id="none"),
    ],
)
def test_a_volume_belongs_to_the_claim_that_names_it(claims: list[tuple[str, str]], claimed: tuple[str, ...]) -> None:
    flex = {"driver": "huawei.com/fuxivol", "options": {"volumeID": "1"}}
    named = [
        kube("PersistentVolumeClaim", n, ns, spec={"volumeName": "pv", "storageClassName": "sas"}) for ns, n in claims
    ]
    snapshot = read(kube("PersistentVolume", "pv", spec={"flexVolume": flex}), *named)
    [volume] = snapshot.volumes
    assert (volume.claim_namespace, volume.claim_name, volume.storage_class) == claimed


def by_hand(kind: str, name: str, cls: str | None = "manual", labels: str = "", phase: str = "", **spec: Any) -> Any:
    size = {"capacity": {"storage": "10Gi"}} if kind == "PersistentVolume" else {}
    asked = {"resources": {"requests": {"storage": "8Gi"}}} if kind == "PersistentVolumeClaim" else {}
    whole = {"accessModes": [RWX], **size, **asked, **({} if cls is None else {"storageClassName": cls}), **spec}
    given = {"labels": {"app": labels}} if labels else {}
    namespace = "" if kind == "PersistentVolume" else "shop"
    return kube(kind, name, namespace, spec=whole, **given, **({"status": {"phase": phase}} if phase else {}))


NFS = {"nfs": {"server": "10.0.0.9", "path": "/x"}}
SELECTOR = {
    "selector": {"matchLabels": {"app": "db"}, "matchExpressions": [{"key": "old", "operator": "DoesNotExist"}]}
}


@pytest.mark.parametrize(
    ("objects", "claim"),
    [
        pytest.param([by_hand("PersistentVolumeClaim", "a")], "a", id="by-class"),
        pytest.param([by_hand("PersistentVolumeClaim", "a", "other")], "", id="another-class"),
        pytest.param([by_hand("PersistentVolumeClaim", "a", accessModes=[RWO])], "", id="other-modes"),
        pytest.param(
            [by_hand("PersistentVolumeClaim", "a", resources={"requests": {"storage": "11Gi"}})], "", id="too-small"
        ),
        pytest.param([by_hand("PersistentVolumeClaim", "a", volumeMode="Block")], "", id="other-mode-of-volume"),
        pytest.param(
            [by_hand("PersistentVolumeClaim", "a"), by_hand("PersistentVolumeClaim", "b")], "", id="two-claims"
        ),
        pytest.param([by_hand("PersistentVolumeClaim", "a"), by_hand("PersistentVolume", "more", **NFS)], "", id="two"),
        pytest.param([by_hand("PersistentVolumeClaim", "a", phase="Pending")], "", id="the-cluster-did-not"),
        pytest.param([by_hand("PersistentVolumeClaim", "a", **SELECTOR)], "a", id="by-labels"),
        pytest.param(
            [by_hand("PersistentVolumeClaim", "a", selector={"matchLabels": {"app": "web"}})], "", id="other-labels"
        ),
        pytest.param(
            [
                kube("StorageClass", "manual", api="storage.k8s.io/v1", provisioner="nfs"),
                by_hand("PersistentVolumeClaim", "a"),
            ],
            "",
            id="its-class-makes-volumes",
        ),
    ],
)
def test_a_claim_that_names_no_volume_is_bound_as_a_cluster_would(objects: list[Any], claim: str) -> None:
    snapshot = read(by_hand("PersistentVolume", "pv", labels="db", **NFS), *objects)
    assert next(v for v in snapshot.volumes if v.name == "pv").claim_name == claim


@pytest.mark.parametrize(
    ("default", "given", "claim"), [(False, None, "a"), (True, None, ""), (True, "", "a"), (False, "", "a")]
)
def test_a_default_class_is_given_to_claims_without_any(default: bool, given: str | None, claim: str) -> None:
    annotation = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    other = kube("StorageClass", "gp", api="storage.k8s.io/v1", annotations=annotation, provisioner="p")
    snapshot = read(by_hand("PersistentVolume", "pv", None, **NFS), by_hand("PersistentVolumeClaim", "a", given), other)
    assert snapshot.volumes[0].claim_name == claim

"""Backups of Velero and Ark: as folders, archives and buckets, and what they say of themselves."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from migrator.render.jsondoc import distinct_objects
from migrator.snapshot.codec import digest
from migrator.snapshot.model import Section, Snapshot
from migrator.snapshot.read import read_sources
from migrator.snapshot.sources import Source
from tests.unit.snapshot.helpers import deployment, kube, opener, source
from tests.unit.snapshot.test_archives import targz

Files = Mapping[str, Any]


def daemon_set(api: str, **fields: Any) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": {"app": "log"}}, "template": {"spec": {"containers": []}}}
    return kube("DaemonSet", "log", "shop", api, uid="ds-1", spec=spec, **fields)


# As Ark wrote them: every group of the API server is asked, so a DaemonSet is there twice.
ARK = {
    "metadata/version": "1",
    "resources/daemonsets.apps/namespaces/shop/log.json": daemon_set("apps/v1", resourceVersion="41"),
    "resources/daemonsets.extensions/namespaces/shop/log.json": daemon_set("extensions/v1beta1", resourceVersion="42"),
    "resources/deployments.apps/namespaces/shop/web.json": deployment("web", uid="d-1"),
    "resources/namespaces/cluster/shop.json": kube("Namespace", "shop", uid="n-1"),
    "resources/clusterroles.rbac.authorization.k8s.io/cluster/system:node.json": kube(
        "ClusterRole", "system:node", api="rbac.authorization.k8s.io/v1"
    ),
}
HPA = "resources/horizontalpodautoscalers.autoscaling"


def autoscaler(api: str) -> dict[str, Any]:
    return kube("HorizontalPodAutoscaler", "web", "shop", api, uid="h-1")


# As Velero writes them: each object again under its version, and where asked for under the others.
VELERO = {
    "metadata/version": "1.1.0",
    "resources/deployments.apps/namespaces/shop/web.json": deployment("web", uid="d-1"),
    "resources/deployments.apps/v1-preferredversion/namespaces/shop/web.json": deployment("web", uid="d-1"),
    "resources/persistentvolumes/cluster/pv-1.json": kube("PersistentVolume", "pv-1", uid="p-1"),
    "resources/persistentvolumes/v1-preferredversion/cluster/pv-1.json": kube("PersistentVolume", "pv-1", uid="p-1"),
    f"{HPA}/namespaces/shop/web.json": autoscaler("autoscaling/v1"),
    f"{HPA}/v1-preferredversion/namespaces/shop/web.json": autoscaler("autoscaling/v1"),
    f"{HPA}/v2beta1/namespaces/shop/web.json": autoscaler("autoscaling/v2beta1"),
}


def order(spec: dict[str, Any] | None = None, phase: str = "Completed", errors: int = 0) -> dict[str, Any]:
    """``velero-backup.json``."""
    status = {"phase": phase, "errors": errors} if errors else {"phase": phase}
    return kube("Backup", "nightly", "velero", "velero.io/v1", spec=spec or {}, status=status)


def encoded(files: Files) -> dict[str, bytes]:
    return {
        n: c if isinstance(c, bytes) else (c if isinstance(c, str) else json.dumps(c)).encode()
        for n, c in files.items()
    }


def folder(files: Files) -> Snapshot:
    return read_sources(
        [Source(f"backup/{name}", opener(content), size=len(content)) for name, content in encoded(files).items()]
    )


def archive(files: Files) -> Snapshot:
    return read_sources([Source("in/nightly.tar.gz", opener(targz(encoded(files))), explicit=True)])


def bucket(files: Files, backup: dict[str, Any], name: str = "nightly") -> dict[str, bytes]:
    """The place where Velero keeps a backup, with all that lies beside the archive."""
    beside = {
        "velero-backup.json": json.dumps(backup).encode(),
        f"{name}.tar.gz": targz(encoded(files)),
        f"{name}-logs.gz": gzip.compress(b'time="2024-05-01" level=info msg="Setting up backup temp file"\n'),
        f"{name}-resource-list.json.gz": gzip.compress(b'{"apps/v1/Deployment": ["shop/web"]}'),
        f"{name}-volumesnapshots.json.gz": gzip.compress(b"[]"),
        f"{name}-podvolumebackups.json.gz": gzip.compress(b"[]"),
        f"{name}-results.gz": gzip.compress(b'{"warnings": {}, "errors": {}}'),
    }
    return {f"backups/{name}/{file}": content for file, content in beside.items()}


def read_bucket(files: Files, backup: dict[str, Any]) -> Snapshot:
    return read_sources([source(name, content) for name, content in bucket(files, backup).items()])


def remarks(snapshot: Snapshot) -> list[str]:
    return [p.code for i in snapshot.inputs for p in i.problems]


@pytest.mark.parametrize("files", [ARK, VELERO])
def test_folder_archive_and_bucket_give_the_same(files: Files) -> None:
    whole = folder(files)
    assert digest(archive(files)) == digest(whole)
    packed = read_sources([Source("bucket.tgz", opener(targz(bucket(files, order()))))])
    assert packed.workloads == whole.workloads == read_bucket(files, order()).workloads
    assert not [i.file for i in packed.inputs if i.status in ("partial", "unreadable")]


def test_one_object_under_two_groups_is_one_workload_in_the_better_version() -> None:
    """Whichever copy is newer; the other stays known as a use of its API."""
    for newer in ("41", "43"):
        files = dict(ARK)
        files["resources/daemonsets.apps/namespaces/shop/log.json"] = daemon_set("apps/v1", resourceVersion=newer)
        snapshot = folder(files)
        assert [(w.ref.kind, w.ref.api_version) for w in snapshot.workloads] == [
            ("DaemonSet", "apps/v1"),
            ("Deployment", "apps/v1"),
        ]
        kinds = Counter(f"{o.ref.api_version} {o.ref.kind}" for o in snapshot.objects)
        assert (kinds["apps/v1 DaemonSet"], kinds["extensions/v1beta1 DaemonSet"]) == (1, 1)
        assert (len(snapshot.objects), distinct_objects(snapshot)) == (5, 4)
        assert remarks(snapshot) == []


def test_ingresses_of_three_groups_are_one_in_the_version_that_lasts() -> None:
    groups = ("extensions/v1beta1", "networking.k8s.io/v1beta1", "networking.k8s.io/v1")
    for some in (groups, groups[:2]):
        objects = {
            f"resources/ingresses.{api.partition('/')[0]}/{api.rpartition('/')[2]}/namespaces/shop/web.json": kube(
                "Ingress", "web", "shop", api, uid="i-1"
            )
            for api in reversed(some)
        }
        assert [i.ref.api_version for i in folder(objects).ingresses] == [some[-1]]


def test_the_second_place_of_an_object_is_not_counted_again() -> None:
    for snapshot in (folder(VELERO), archive(VELERO)):
        assert Counter(f"{o.ref.api_version} {o.ref.kind}" for o in snapshot.objects) == {
            "apps/v1 Deployment": 1,
            "v1 PersistentVolume": 1,
            "autoscaling/v1 HorizontalPodAutoscaler": 1,
            "autoscaling/v2beta1 HorizontalPodAutoscaler": 1,
        }
        assert distinct_objects(snapshot) == 3
        copies = [i.file for i in snapshot.inputs if i.format == "velero_copy"]
        assert len(copies) == 3
        assert all("v1-preferredversion" in file for file in copies)


def test_a_second_place_that_differs_is_read() -> None:
    files = dict(VELERO)
    files["resources/deployments.apps/v1-preferredversion/namespaces/shop/web.json"] = deployment("web", uid="d-1", a=1)
    assert sum(o.ref.kind == "Deployment" for o in folder(files).objects) == 2
    alone = {name: content for name, content in VELERO.items() if "preferred" in name}
    assert len(folder(alone).objects) == 3


def test_a_backup_of_everything_has_looked_at_every_kind() -> None:
    snapshot = read_bucket(VELERO, order({"includedNamespaces": ["*"], "excludedResources": ["events", "jobs.batch"]}))
    read = {s for s in Section if snapshot.covers(s)}
    assert {Section.INGRESSES, Section.CLAIMS, Section.STORAGE_CLASSES, Section.NODES, Section.SERVICES} <= read
    workloads = next(c for c in snapshot.coverage if c.section is Section.WORKLOADS)
    assert "StatefulSet" in workloads.kinds
    assert "Job" not in workloads.kinds
    assert remarks(snapshot) == ["input_backup_partial"]


def test_a_backup_without_its_archive_has_looked_at_nothing() -> None:
    snapshot = read_sources(
        [
            source("velero-backup.json", order({"excludedNamespaces": ["x"]})),
            source("a.json", ARK["resources/namespaces/cluster/shop.json"]),
        ]
    )
    assert not snapshot.covers(Section.INGRESSES)
    assert remarks(snapshot) == []


@pytest.mark.parametrize(
    ("spec", "absent", "covered"),
    [
        ({"includedNamespaces": ["shop"]}, Section.VOLUMES, Section.INGRESSES),
        ({"includedNamespaces": ["shop"], "includeClusterResources": True}, None, Section.STORAGE_CLASSES),
        ({"includeClusterResources": False}, Section.NODES, Section.INGRESSES),
        ({"includedResources": ["deployments", "pods"]}, Section.INGRESSES, Section.PODS),
        ({"excludedResources": ["ingresses.networking.k8s.io"]}, Section.INGRESSES, Section.CLAIMS),
        ({"includedNamespaceScopedResources": ["services"]}, Section.INGRESSES, Section.SERVICES),
        (
            {"excludedNamespaceScopedResources": ["secrets"], "labelSelector": {"matchLabels": {"a": "b"}}},
            Section.INGRESSES,
            None,
        ),
        ({"orLabelSelectors": [{"matchLabels": {"a": "b"}}]}, Section.CLAIMS, None),
    ],
)
def test_what_was_left_out_is_said_and_not_taken_as_absent(
    spec: dict[str, Any], absent: Section | None, covered: Section | None
) -> None:
    files = {name: content for name, content in ARK.items() if "deployments" in name}
    snapshot = read_bucket(files, order(spec))
    assert remarks(snapshot) == ["input_backup_partial"]
    assert absent is None or not snapshot.covers(absent)
    assert covered is None or snapshot.covers(covered)


def test_an_archive_of_ark_has_another_name_for_its_order() -> None:
    files = bucket(ARK, order({"excludedNamespaces": ["kube-system"]}) | {"apiVersion": "ark.heptio.com/v1"})
    files["backups/nightly/ark-backup.json"] = files.pop("backups/nightly/velero-backup.json")
    snapshot = read_sources([source(name, content) for name, content in files.items()])
    [problem] = [p for i in snapshot.inputs for p in i.problems]
    assert problem.values["excluded_namespaces"] == "kube-system"
    assert problem.values["backup"] == "nightly"


def test_a_backup_that_did_not_end_well_is_said() -> None:
    snapshot = read_bucket(ARK, order(phase="PartiallyFailed", errors=3))
    [problem] = [p for i in snapshot.inputs for p in i.problems]
    assert (problem.code, problem.values["phase"], problem.values["errors"]) == (
        "input_backup_unfinished",
        "PartiallyFailed",
        3,
    )
    assert not snapshot.covers(Section.CLAIMS)


def test_several_backups_are_not_put_together_without_a_word() -> None:
    files = {**bucket(ARK, order(), "monday"), **bucket(VELERO, order(), "tuesday")}
    snapshot = read_sources([source(name, content) for name, content in files.items()])
    [problem] = [p for i in snapshot.inputs for p in i.problems]
    assert (problem.code, problem.values["backups"]) == (
        "input_several_backups",
        "monday/monday.tar.gz, tuesday/tuesday.tar.gz",
    )


def test_a_backup_among_the_objects_is_an_object_like_any_other() -> None:
    files = {**ARK, "resources/backups.velero.io/namespaces/velero/old.json": order({"includedNamespaces": ["x"]})}
    snapshot = archive(files)
    assert sum(o.ref.kind == "Backup" for o in snapshot.objects) == 1
    assert remarks(snapshot) == []
    listed = source("all.json", {"kind": "List", "apiVersion": "v1", "items": [order({"includedNamespaces": ["x"]})]})
    assert remarks(read_sources([listed])) == []


def test_different_objects_are_no_instances_of_one_whatever_their_uids() -> None:
    """Dumps made by programs, or cleaned by hand, give many objects one uid."""
    snapshot = folder({f"{name}.json": kube("ConfigMap", name, "shop", uid="1") for name in ("a", "b")})
    assert distinct_objects(snapshot) == 2

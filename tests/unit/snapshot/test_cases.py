"""Real inputs written by others: counts as their truth file tells, and case by case what must be seen."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from migrator.snapshot.codec import digest
from migrator.snapshot.model import LoadBalancerKind, OutageClass, Snapshot, StorageKind
from migrator.snapshot.read import read_paths
from migrator.versions import Version

pytestmark = pytest.mark.cases

CASES = [
    "A01-gke114-get-all",
    "B02-otc-flexvolume-pages",
    "B03-otc-flex-to-csi-golden",
    "B13-otc-everest-csi",
    "B14-otc-elb-services-ingress",
    "B18-otc-velero-migration",
    "C02-otc-cce-v3-api",
    "E02-k8s-api-testdata-v1.21",
    "F01-k8s19-addons-2018",
]
# Where the truth file is wrong: its reader did not know "apiversion", so it missed the nodes of two v3 lists.
CORRECTIONS = {"C02-otc-cce-v3-api": {"v3 Node": 4}}


@pytest.fixture
def truth(cases: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cases / "truth.json").read_text())
    return found


@pytest.mark.parametrize("case", CASES)
def test_counts(cases: Path, truth: dict[str, Any], case: str) -> None:
    snapshot = read_paths([cases / case])
    expected = truth[case]["kinds"] | CORRECTIONS.get(case, {})
    assert Counter(f"{o.ref.api_version} {o.ref.kind}" for o in snapshot.objects) == expected
    assert len(snapshot.inputs) == truth[case]["files"]
    assert sum(i.objects for i in snapshot.inputs) == sum(expected.values())
    unread = {i.file for i in snapshot.inputs if i.status == "unreadable"}
    assert unread == {file for file, _ in truth[case]["unparsable"]}


def test_every_case_is_here(truth: dict[str, Any]) -> None:
    assert sorted(truth) == CASES


@pytest.fixture
def gke(cases: Path) -> Snapshot:
    return read_paths([cases / "A01-gke114-get-all"])


def test_a01_whole_cluster(gke: Snapshot) -> None:
    assert len(gke.objects) == 703
    assert {i.status for i in gke.inputs} == {"read"}
    assert len(gke.user_workloads) == 63
    left_behind = Counter(w.ref.kind for w in gke.workloads if w.system)
    assert left_behind == {
        "Deployment": 11,
        "DaemonSet": 6,
        "Pod": 2,
    }  # the two Pods are kube-proxy's, made by the nodes
    assert gke.cluster.version == Version.parse("v1.14.10-gke.27")
    assert len(gke.nodes) == 2


def test_a01_storage(gke: Snapshot) -> None:
    told = {(v.storage, v.reclaim_policy, v.dynamic, v.outage, v.storage_class) for v in gke.volumes}
    assert len(gke.volumes) == 10
    assert told == {(StorageKind.CLOUD_DISK_OTHER, "Delete", True, OutageClass.COPY, "standard")}
    assert len(gke.claims) == 9
    assert {f"{c.namespace}/{c.name}" for c in gke.claims if not c.mounted_by} == {
        "gitlab/data-gitlab-redis-server-1",
        "experiment/data-kubevious-mysql-0",
        "default/repo-data-gitlab-gitaly-0",
    }
    claims = {(c.namespace, c.name) for c in gke.claims}
    orphans = [v.name for v in gke.volumes if (v.claim_namespace, v.claim_name) not in claims]
    assert orphans == ["pvc-09728c28-398e-11ea-97ba-42010a800159"]


def test_a01_network(gke: Snapshot) -> None:
    assert Counter(s.type for s in gke.services if s.type != "ClusterIP") == {"LoadBalancer": 2, "NodePort": 7}
    assert {s.load_balancer for s in gke.services if s.type == "LoadBalancer"} == {LoadBalancerKind.OTHER}
    assert len(gke.ingresses) == 6
    book = next(i for i in gke.ingresses if i.ref.name == "book-web-ingress")
    assert book.default_backend == "book-web-svc:80"
    assert [r.path for r in book.routes] == [""]


def test_a01_written_in_older_versions_than_stored(gke: Snapshot) -> None:
    older = [o for o in gke.objects if o.applied_api_version not in ("", o.ref.api_version)]
    assert len(older) == 16


def test_b02_old_drivers_and_templates(cases: Path) -> None:
    snapshot = read_paths([cases / "B02-otc-flexvolume-pages"])
    drivers = Counter(o.ref.kind for o in snapshot.objects)
    assert drivers == {"PersistentVolume": 8, "PersistentVolumeClaim": 7, "StatefulSet": 3}
    assert {v.storage for v in snapshot.volumes} == {
        StorageKind.EVS,
        StorageKind.SFS,
        StorageKind.OBS,
        StorageKind.SFS_TURBO,
    }
    assert all(v.flex_volume for v in snapshot.volumes)
    assert all(w.claim_templates for w in snapshot.workloads)
    assert {o.ref.namespace for o in snapshot.objects if o.ref.kind == "PersistentVolume"} == {""}


def test_b14_kinds_of_load_balancers(cases: Path) -> None:
    snapshot = read_paths([cases / "B14-otc-elb-services-ingress"])
    kinds = {s.load_balancer for s in snapshot.services if s.type == "LoadBalancer"}
    assert kinds <= {LoadBalancerKind.SHARED, LoadBalancerKind.DEDICATED, LoadBalancerKind.CLASSIC}


def test_b18_hollow_and_broken_files_are_named(cases: Path) -> None:
    snapshot = read_paths([cases / "B18-otc-velero-migration"])
    assert {i.file: i.reason for i in snapshot.inputs if i.reason} == {
        "0016-troubleshooting.yaml": "input_contradicted",
        "0044-updating_resources_accordingly.yaml": "input_complex_key",
        "0867-migrating_applications.yaml": "input_no_name",
        "0868-migrating_applications.yaml": "input_yaml_broken",
    }


def test_c02_nodes_and_pools_of_the_cce_api(cases: Path) -> None:
    snapshot = read_paths([cases / "C02-otc-cce-v3-api"])
    assert {n.os_image for n in snapshot.nodes} == {"EulerOS 2.5"}
    assert any(p.taints and p.labels for p in snapshot.node_pools)
    assert snapshot.workloads == ()


def test_f01_demands_of_old_add_ons(cases: Path) -> None:
    snapshot = read_paths([cases / "F01-k8s19-addons-2018"])
    assert sum(not w.has_selector for w in snapshot.workloads) == 12
    traefik = next(w for w in snapshot.workloads if w.ref.name == "traefik-ingress-controller")
    assert (traefik.host_network, {p.port for p in traefik.host_ports}) == (True, {80, 8080})
    assert snapshot.node_settings


def test_the_digest_of_a_case_does_not_depend_on_its_files(cases: Path, gke: Snapshot) -> None:
    files = sorted((cases / "A01-gke114-get-all").iterdir(), reverse=True)
    assert digest(read_paths(files)) == digest(gke)

"""Who made a workload: a person, an operator, or the platform."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.snapshot.model import AddOn, Snapshot
from tests.unit.snapshot.helm_records import helm_3
from tests.unit.snapshot.helpers import deployment, kube, listed, read


def owned(body: dict[str, Any], api: str, kind: str, name: str) -> dict[str, Any]:
    reference = {"apiVersion": api, "kind": kind, "name": name, "controller": True}
    return {**body, "metadata": {**body["metadata"], "ownerReferences": [reference]}}


def stateful(name: str, **fields: Any) -> dict[str, Any]:
    template = {"metadata": {"name": "data"}, "spec": {}}
    return kube(
        "StatefulSet", name, "shop", "apps/v1", spec={"replicas": 1, "volumeClaimTemplates": [template]}, **fields
    )


def test_an_operators_workload_is_told_with_its_owner_and_not_planned() -> None:
    pods = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data-k8s-0"}}]}
    snapshot = read(
        deployment("web"),
        owned(stateful("k8s"), "monitoring.coreos.com/v1", "Prometheus", "main"),
        owned(kube("Pod", "k8s-0", "shop", spec=pods), "apps/v1", "StatefulSet", "k8s"),
        kube("PersistentVolumeClaim", "data-k8s-0", "shop", spec={}),
    )
    assert {w.key: w.owner for w in snapshot.workloads} == {
        "shop/Deployment/web": "",
        "shop/StatefulSet/k8s": "Prometheus/main",
    }
    assert [w.key for w in snapshot.user_workloads] == ["shop/Deployment/web"]
    assert snapshot.claims[0].mounted_by == ("shop/StatefulSet/k8s",)


@pytest.mark.parametrize(
    ("body", "api", "kind"),
    [
        (kube("ReplicaSet", "x", "shop", "apps/v1", spec={}), "apps/v1", "Deployment"),
        (kube("Job", "x", "shop", "batch/v1", spec={}), "batch/v1beta1", "CronJob"),
        (kube("Pod", "x", "shop", spec={}), "v1", "Node"),
        (kube("Pod", "x", "shop", spec={}), "batch.volcano.sh/v1alpha1", "Job"),
        (kube("Deployment", "x", "shop", "apps/v1", spec={}), "registry.k8s.io/v1", "Thing"),
    ],
)
def test_what_a_controller_makes_is_no_workload(body: dict[str, Any], api: str, kind: str) -> None:
    assert read(owned(body, api, kind, "y")).workloads == ()


def test_an_owner_that_does_not_control_leaves_a_workload_its_makers() -> None:
    body = deployment("web")
    body["metadata"]["ownerReferences"] = [{"apiVersion": "example.com/v1", "kind": "Group", "name": "g"}]
    assert read(body).user_workloads[0].owner == ""


def test_claims_that_are_made_for_a_pod_alone() -> None:
    volumes = [
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
        {"name": "v", "persistentVolumeClaim": {"claimName": "files"}},
        {"name": "n", "emptyDir": {}},
    ]
    snapshot = read(
        kube("Pod", "web-1", "shop", owner="ReplicaSet/web", spec={"volumes": volumes}),
        kube("PersistentVolumeClaim", "web-1-scratch", "shop", spec={}),
    )
    assert snapshot.pods[0].claims == ("web-1-scratch", "files")
    assert snapshot.claims[0].mounted_by == ("shop/ReplicaSet/web",)


def part(name: str, image: str, namespace: str = "kube-system", **fields: Any) -> str:
    return read(deployment(name, namespace, {"containers": [{"image": image}]}, **fields)).workloads[0].platform_part


@pytest.mark.parametrize(
    ("name", "image", "fields", "told"),
    [
        ("coredns", "swr.example.com/hwofficial/coredns:1.2", {}, "coredns"),
        ("heapster", "swr.example.com/hwofficial/heapster:1", {}, "heapster"),
        ("x", "example.com/x", {"labels": {"release": "cceaddon-npd"}}, "npd"),
        ("x", "example.com/x", {"annotations": {"meta.helm.sh/release-name": "cceaddon-volcano"}}, "volcano"),
        ("tiller-deploy", "example.com/tiller:v2.16", {}, "tiller-deploy"),
        ("calico-typha", "quay.io/calico/typha:v3", {}, "calico-typha"),
        ("nvidia-driver-installer", "example.com/driver:1", {}, "nvidia-driver-installer"),
        ("log-pilot", "example.com/log-pilot:1", {}, ""),
        ("x", "registry.k8s.io/ingress-nginx/controller:v1", {}, ""),
        ("kibana", "k8s.gcr.io/kibana:5", {"labels": {"addonmanager.kubernetes.io/mode": "Reconcile"}}, ""),
        ("x", "example.com/x", {"labels": {"release": "ours"}}, ""),
    ],
)
def test_parts_of_the_platform_bear_its_marks(name: str, image: str, fields: dict[str, Any], told: str) -> None:
    assert part(name, image, **fields) == told


def test_outside_the_platforms_namespaces_nothing_is_a_part_of_it() -> None:
    assert part("coredns", "swr.example.com/hwofficial/coredns:1.2", "shop") == ""


def add_ons(*objects: dict[str, Any]) -> dict[str, AddOn]:
    snapshot: Snapshot = read(listed(*objects))
    return {a.name: a for a in snapshot.addons}


@pytest.mark.parametrize(
    ("image", "add_on", "version"),
    [
        ("swr.example.com/hwofficial/everest:2.1.38", "everest", "2.1.38"),
        ("swr.example.com/hwofficial/everest-csi-driver:1.0.5", "everest", "1.0.5"),
        ("10.0.0.1:20202/hwofficial/cce-coredns-linux-amd64:1.2.6.1", "coredns", "1.2.6.1"),
        ("10.0.0.1:20202/hwofficial/storage-driver-linux-amd64:1.0.9", "storage-driver", "1.0.9"),
        ("swr.example.com/hwofficial/nginx-ingress:v1.14.3_6.0.2", "nginx-ingress", "6.0.2"),
        ("swr.example.com/hwofficial/cce-hpa-controller:1.3.14", "cce-hpa-controller", "1.3.14"),
        ("k8s.gcr.io/metrics-server-amd64:v0.3.6", "metrics-server", "0.3.6"),
    ],
)
def test_add_ons_by_the_names_of_their_images(image: str, add_on: str, version: str) -> None:
    (found,) = add_ons(deployment("x", "kube-system", {"containers": [{"image": image}]})).values()
    assert (found.name, found.version) == (add_on, version)


@pytest.mark.parametrize("image", ["nginx/nginx-ingress:1.12", "example.com/everest:1", "example.com/my-coredns:1"])
def test_images_that_others_publish_under_such_a_name_are_no_add_ons(image: str) -> None:
    assert add_ons(deployment("x", "kube-system", {"containers": [{"image": image}]})) == {}


def test_add_ons_by_their_releases() -> None:
    coredns = deployment("coredns", "kube-system", {"containers": [{"image": "x/coredns:1.8.4"}]})
    coredns["status"] = {"replicas": 1, "readyReplicas": 1}
    release = {"namespace": "kube-system", "manifest": "", "hooks": []}
    found = add_ons(
        coredns,
        helm_3("cceaddon-coredns", 1, chart={"metadata": {"name": "coredns", "version": "1.17.7"}}, **release),
        helm_3("cceaddon-coredns", 2, chart={"metadata": {"name": "coredns", "version": "1.17.9"}}, **release),
        helm_3("cceaddon-npd", 1, status="failed", **release),
        helm_3("ours", 1, **release),
    )
    assert found == {"coredns": AddOn(name="coredns", version="1.17.9", status="running", source="helm")}


@pytest.mark.parametrize(
    ("controller", "driver", "state"),
    [((2, 2), 3, "running"), ((2, 1), 3, "abnormal"), ((2, 0), None, "abnormal"), (None, None, "")],
)
def test_an_add_on_runs_where_all_its_workloads_do(
    controller: tuple[int, int] | None, driver: int | None, state: str
) -> None:
    image = "swr.example/hwofficial/{}:2.1.30"
    first = deployment("everest-csi-controller", "kube-system", {"containers": [{"image": image.format("everest")}]})
    if controller:
        first["spec"]["replicas"] = controller[0]
        first["status"] = {"replicas": controller[0], "readyReplicas": controller[1]}
    pods = {"containers": [{"image": image.format("everest-csi-driver")}]}
    second = deployment("everest-csi-driver", "kube-system", pods) | {"kind": "DaemonSet"}
    if driver is not None:
        second["status"] = {"numberReady": driver}
    assert add_ons(first, second)["everest"].status == state


def test_the_cce_api_knows_an_add_on_best() -> None:
    told = {
        "apiVersion": "v3",
        "kind": "Addon",
        "metadata": {"name": "coredns"},
        "spec": {"addonTemplateName": "coredns", "version": "1.25.1"},
        "status": {"status": "running"},
    }
    found = add_ons(told, helm_3("cceaddon-coredns", 1, "kube-system"))
    assert found["coredns"].source == "cce_api"

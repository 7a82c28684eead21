"""The jq programs of the runbook, run by jq itself on objects as an old server gives them."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from migrator.runbook.filters import FILES

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: its programs are not tried")

GIVEN = {
    "uid": "1",
    "resourceVersion": "2",
    "creationTimestamp": "2020-03-05T02:11:09Z",
    "selfLink": "/x",
    "generation": 3,
    "managedFields": [{}],
    "ownerReferences": [{"kind": "X"}],
    "finalizers": ["f"],
}


def jq(program: str, document: dict[str, Any], **arguments: Any) -> Any:
    words = ["jq"]
    for name, value in arguments.items():
        words += ["--argjson", name, json.dumps(value)]
    ended = subprocess.run(
        [*words, FILES[program]], input=json.dumps(document).encode(), capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return json.loads(ended.stdout)


def an(kind: str, api: str = "v1", metadata: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": "x", "namespace": "n", **GIVEN, **(metadata or {})},
        **fields,
    }


@pytest.mark.parametrize("program", ["objects.jq", "workloads.jq", "services.jq"])
def test_what_the_old_server_wrote_is_gone(program: str) -> None:
    annotations = {
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "deployment.kubernetes.io/revision": "4",
        "keep.example.com/this": "yes",
    }
    kind = {"services.jq": "Service", "workloads.jq": "Deployment"}.get(program, "ConfigMap")
    spec = {
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}},
        "ports": [],
        "type": "ClusterIP",
    }
    made = jq(program, an(kind, metadata={"annotations": annotations}, spec=spec, status={"x": 1}))
    assert made["metadata"] == {"name": "x", "namespace": "n", "annotations": {"keep.example.com/this": "yes"}}
    assert "status" not in made


def test_a_list_stays_a_list() -> None:
    made = jq("objects.jq", {"kind": "List", "apiVersion": "v1", "items": [an("ConfigMap"), an("ConfigMap")]})
    assert made["kind"] == "List"
    assert [i["metadata"] for i in made["items"]] == [{"name": "x", "namespace": "n"}] * 2


def test_an_old_deployment_becomes_apps_v1_with_a_selector() -> None:
    spec = {
        "rollbackTo": {"revision": 1},
        "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c"}]}},
    }
    made = jq("workloads.jq", an("Deployment", "extensions/v1beta1", spec=spec))
    assert made["apiVersion"] == "apps/v1"
    assert made["spec"]["selector"] == {"matchLabels": {"app": "x"}}
    assert "rollbackTo" not in made["spec"]


def test_claim_templates_get_the_new_storage_class() -> None:
    template = {
        "metadata": {"name": "data", "annotations": {"volume.beta.kubernetes.io/storage-class": "sas"}},
        "spec": {},
    }
    spec = {"template": {"metadata": {}, "spec": {"containers": []}}, "volumeClaimTemplates": [template]}
    made = jq("workloads.jq", an("StatefulSet", "apps/v1", spec=spec))["spec"]["volumeClaimTemplates"][0]
    assert made["spec"]["storageClassName"] == "csi-disk"
    assert made["metadata"]["annotations"] == {"everest.io/disk-volume-type": "SAS"}


def test_cron_jobs_arrive_suspended() -> None:
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}}
    made = jq("workloads.jq", an("CronJob", "batch/v1beta1", spec=spec), cronjobs="batch/v1")
    assert (made["apiVersion"], made["spec"]["suspend"]) == ("batch/v1", True)


def test_a_pod_loses_its_node_and_the_old_token() -> None:
    spec = {
        "nodeName": "node-1",
        "volumes": [{"name": "t", "secret": {"secretName": "default-token-abc12"}}, {"name": "d", "emptyDir": {}}],
        "containers": [{"name": "c", "volumeMounts": [{"name": "t"}, {"name": "d"}]}],
    }
    made = jq("workloads.jq", an("Pod", spec=spec))["spec"]
    assert made["volumes"] == [{"name": "d", "emptyDir": {}}]
    assert made["containers"][0]["volumeMounts"] == [{"name": "d"}]
    assert "nodeName" not in made


OLD_PLACE = {
    "nodeSelector": {
        "kubernetes.io/hostname": "192.0.2.9",
        "failure-domain.beta.kubernetes.io/is-baremetal": "true",
        "tier": "search",
    },
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "kubernetes.io/availablezone", "operator": "In", "values": ["az-1"]},
                            {"key": "kubernetes.io/hostname", "operator": "In", "values": ["192.0.2.9"]},
                        ]
                    }
                ]
            },
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 1,
                    "preference": {
                        "matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["x"]}]
                    },
                }
            ],
        }
    },
}


def test_pods_ask_for_labels_that_the_new_nodes_have() -> None:
    """Otherwise they stay pending: two labels are gone, and no new node has an old one's name."""
    spec = {"template": {"metadata": {}, "spec": {"containers": [], **OLD_PLACE}}}
    made = jq("workloads.jq", an("Deployment", "apps/v1", spec=spec))["spec"]["template"]["spec"]
    assert made["nodeSelector"] == {"node.kubernetes.io/baremetal": "true", "tier": "search"}
    affinity = made["affinity"]["nodeAffinity"]
    terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    zone = {"key": "failure-domain.beta.kubernetes.io/zone", "operator": "In", "values": ["az-1"]}
    assert terms == [{"matchExpressions": [zone]}]
    assert affinity["preferredDuringSchedulingIgnoredDuringExecution"] == []


def test_a_pod_that_asks_for_nothing_but_a_node_by_name_asks_for_nothing() -> None:
    place = {
        "nodeSelector": {"kubernetes.io/hostname": "x"},
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["x"]}]}
                    ]
                }
            }
        },
    }
    made = jq("workloads.jq", an("Pod", spec={"containers": [], **place}))["spec"]
    assert made == {"containers": [], "affinity": {"nodeAffinity": {}}}


def test_a_pod_put_back_into_its_own_cluster_asks_for_what_it_asked_for() -> None:
    pod = an("Pod", spec={"containers": [], **OLD_PLACE, "nodeName": "x"}, status={"phase": "Running"})
    made = jq("restore.jq", pod, names=["n/x"])["items"]
    assert [p["spec"] for p in made] == [{"containers": [], **OLD_PLACE}]
    assert "status" not in made[0]
    assert {"uid", "resourceVersion"}.isdisjoint(made[0]["metadata"])


def test_a_job_loses_the_labels_of_its_controller() -> None:
    labels = {"controller-uid": "1", "job-name": "x", "app": "x"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": []}},
    }
    made = jq("workloads.jq", an("Job", "batch/v1", spec=spec))["spec"]
    assert "selector" not in made
    assert made["template"]["metadata"]["labels"] == {"app": "x"}


def test_a_plain_service_keeps_its_node_port_and_a_headless_one_stays_headless() -> None:
    plain = jq(
        "services.jq", an("Service", spec={"type": "NodePort", "clusterIP": "10.1.1.1", "ports": [{"nodePort": 30080}]})
    )
    assert plain["spec"] == {"type": "NodePort", "ports": [{"nodePort": 30080}]}
    headless = jq("services.jq", an("Service", spec={"type": "ClusterIP", "clusterIP": "None", "ports": []}))
    assert headless["spec"]["clusterIP"] == "None"


def test_a_load_balancer_service_gets_the_new_balancer_and_loses_the_old() -> None:
    annotations = {
        "kubernetes.io/elb.id": "old",
        "kubernetes.io/elb.class": "elasticity",
        "kubernetes.io/elb.autocreate": "{}",
        "kubernetes.io/elb.lb-algorithm": "ROUND_ROBIN",
    }
    spec = {
        "type": "LoadBalancer",
        "clusterIP": "10.1.1.1",
        "loadBalancerIP": "1.2.3.4",
        "ports": [{"port": 80, "nodePort": 31000}],
    }
    made = jq(
        "services.jq", an("Service", metadata={"annotations": annotations}, spec=spec), elb="new", elb_class="union"
    )
    assert made["spec"] == {"type": "LoadBalancer", "ports": [{"port": 80}]}
    assert made["metadata"]["annotations"] == {
        "kubernetes.io/elb.id": "new",
        "kubernetes.io/elb.class": "union",
        "kubernetes.io/elb.lb-algorithm": "ROUND_ROBIN",
    }


def test_an_ingress_becomes_v1() -> None:
    paths = [
        {"path": "/a", "backend": {"serviceName": "web", "servicePort": 80}, "property": {"mode": "STARTS_WITH"}},
        {"backend": {"serviceName": "web", "servicePort": "http"}},
    ]
    spec = {
        "backend": {"serviceName": "web", "servicePort": "8080"},
        "rules": [{"host": "h", "http": {"paths": paths}}],
    }
    given = an(
        "Ingress", "extensions/v1beta1", metadata={"annotations": {"kubernetes.io/ingress.class": "cce"}}, spec=spec
    )
    made = jq("services.jq", given, api="networking.k8s.io/v1", elb="new", elb_class="union", **{"class": "cce"})
    assert made["apiVersion"] == "networking.k8s.io/v1"
    assert made["spec"]["ingressClassName"] == "cce"
    assert made["spec"]["defaultBackend"] == {"service": {"name": "web", "port": {"number": 8080}}}
    first, second = made["spec"]["rules"][0]["http"]["paths"]
    assert first["backend"] == {"service": {"name": "web", "port": {"number": 80}}}
    assert (first["pathType"], first["property"]) == ("ImplementationSpecific", {"mode": "STARTS_WITH"})
    assert (second["path"], second["backend"]["service"]["port"]) == ("/", {"name": "http"})
    assert made["metadata"]["annotations"] == {
        "kubernetes.io/elb.class": "union",
        "kubernetes.io/elb.id": "new",
        "kubernetes.io/elb.port": "80",
    }


def test_an_ingress_for_a_target_below_1_22_stays_v1beta1() -> None:
    spec = {"rules": [{"http": {"paths": [{"backend": {"serviceName": "web", "servicePort": 80}}]}}]}
    api = "networking.k8s.io/v1beta1"
    made = jq("services.jq", an("Ingress", "extensions/v1beta1", spec=spec), api=api, **{"class": "cce"})
    assert made["apiVersion"] == "networking.k8s.io/v1beta1"
    assert made["spec"] == spec
    assert made["metadata"]["annotations"] == {"kubernetes.io/ingress.class": "cce"}


def test_an_ingress_that_is_v1_already_keeps_its_backends() -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    spec = {"rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]}
    made = jq("services.jq", an("Ingress", "networking.k8s.io/v1", spec=spec))
    assert made["spec"] == spec


def test_endpoints_are_carried_over_with_or_without_addresses() -> None:
    subset = {"addresses": [{"ip": "192.0.2.1", "nodeName": "n", "targetRef": {}}], "ports": [{"port": 80}]}
    made = jq("objects.jq", an("Endpoints", subsets=[subset, {"notReadyAddresses": [{"ip": "192.0.2.2"}]}]))
    assert made["subsets"][0] == {"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}
    assert made["subsets"][1] == {"notReadyAddresses": [{"ip": "192.0.2.2"}]}
    assert "subsets" not in jq("objects.jq", an("Endpoints"))


def test_a_service_account_loses_the_secrets_of_the_old_cluster() -> None:
    assert "secrets" not in jq("objects.jq", an("ServiceAccount", secrets=[{"name": "x-token-1"}]))


def test_saved_volumes_and_claims_are_put_back_by_name() -> None:
    volume = an(
        "PersistentVolume", spec={"claimRef": {"name": "c", "uid": "9"}, "persistentVolumeReclaimPolicy": "Delete"}
    )
    del volume["metadata"]["namespace"]
    other = {**volume, "metadata": {"name": "other"}}
    made = jq("restore.jq", {"kind": "List", "items": [volume, other]}, names=["x"])
    assert [i["metadata"]["name"] for i in made["items"]] == ["x"]
    assert made["items"][0]["spec"] == {"claimRef": {"name": "c"}, "persistentVolumeReclaimPolicy": "Retain"}
    claims = jq("restore.jq", {"kind": "List", "items": [an("PersistentVolumeClaim", spec={})]}, names=["n/x"])
    assert len(claims["items"]) == 1


def test_a_claim_that_is_put_back_does_not_claim_to_be_bound_already() -> None:
    """With these annotations, and a volume that does not know its new UID, a claim becomes Lost and stays so."""
    said = {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes", "keep": "this"}
    claim = an("PersistentVolumeClaim", metadata={"annotations": said}, spec={"volumeName": "pv-1"})
    volume = an("PersistentVolume", metadata={"annotations": said}, spec={"claimRef": {"name": "x", "namespace": "n"}})
    made = jq("restore.jq", {"kind": "List", "items": [claim, volume]}, names=["n/x"])["items"]
    assert [i["metadata"]["annotations"] for i in made] == [{"keep": "this"}, {"keep": "this"}]
    assert made[0]["spec"]["volumeName"] == "pv-1"
    assert made[1]["spec"]["claimRef"] == {"name": "x", "namespace": "n"}
    bare = an("PersistentVolumeClaim", spec={"volumeName": "pv-1"})
    assert jq("restore.jq", {"kind": "List", "items": [bare]}, names=["n/x"])["items"][0]["spec"] == bare["spec"]


def test_kubeconfigs_of_two_clusters_cannot_be_taken_for_each_other() -> None:
    """CCE names cluster and user alike in every kubeconfig; of equal names kubectl takes the first."""

    def downloaded(server: str) -> dict[str, Any]:
        def named(kind: str) -> list[dict[str, Any]]:
            return [
                {"name": "internalCluster", kind: {"server": f"https://{server}:5443"}},
                {"name": "externalCluster", kind: {"server": "https://203.0.113.9:5443"}},
            ]

        return {
            "clusters": named("cluster"),
            "users": [{"name": "user", "user": {"client-key-data": server}}],
            "contexts": [
                {"name": "internal", "context": {"cluster": "internalCluster", "user": "user"}},
                {"name": "external", "context": {"cluster": "externalCluster", "user": "user"}},
            ],
            "current-context": "internal",
        }

    made = [jq("kubeconfig.jq", downloaded(n), name=n, **{"from": "internal"}) for n in ("old", "new")]
    for name, one in zip(("old", "new"), made, strict=True):
        assert one["clusters"] == [{"name": name, "cluster": {"server": f"https://{name}:5443"}}]
        assert one["users"] == [{"name": name, "user": {"client-key-data": name}}]
        assert one["contexts"] == [{"name": name, "context": {"cluster": name, "user": name}}]
        assert one["current-context"] == name

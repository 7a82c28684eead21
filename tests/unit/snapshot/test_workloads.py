"""Workloads of every kind and API version; pods; settings that containers make on their node."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.snapshot.model import ClaimTemplate, HostPort, Mount, NodeSetting, Pod
from tests.unit.snapshot.helpers import deployment, kube, read

POD = {"containers": [{"name": "app", "image": "nginx:1.25"}], "initContainers": [{"name": "init", "image": "busybox"}]}
TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": POD}


@pytest.mark.parametrize(
    ("kind", "api", "spec"),
    [
        ("Deployment", "extensions/v1beta1", {"template": TEMPLATE}),
        ("Deployment", "apps/v1beta1", {"template": TEMPLATE}),
        ("Deployment", "apps/v1", {"template": TEMPLATE}),
        ("StatefulSet", "apps/v1beta2", {"template": TEMPLATE}),
        ("DaemonSet", "extensions/v1beta1", {"template": TEMPLATE}),
        ("ReplicaSet", "apps/v1", {"template": TEMPLATE}),
        ("ReplicationController", "v1", {"template": TEMPLATE}),
        ("Job", "batch/v1", {"template": TEMPLATE}),
        ("CronJob", "batch/v1beta1", {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": TEMPLATE}}}),
        ("CronJob", "batch/v2alpha1", {"jobTemplate": {"spec": {"template": TEMPLATE}}}),
    ],
)
def test_every_kind_and_version(kind: str, api: str, spec: dict[str, Any]) -> None:
    found = read(kube(kind, "x", "shop", api, spec=spec)).workloads
    assert [(w.key, w.ref.api_version, w.images, w.labels) for w in found] == [
        (f"shop/{kind}/x", api, ("busybox", "nginx:1.25"), {"app": "x"})
    ]


def test_bare_pod_is_a_workload_and_an_owned_one_is_not() -> None:
    snapshot = read(
        kube("Pod", "bare", "shop", spec=POD),
        kube("Pod", "owned", "shop", spec=POD, owner="ReplicaSet/web-1"),
        kube("ReplicaSet", "web-1", "shop", "apps/v1", spec={"template": TEMPLATE}, owner="Deployment/web"),
    )
    assert [w.key for w in snapshot.workloads] == ["shop/Pod/bare"]
    assert [(p.name, p.owner) for p in snapshot.pods] == [("bare", ""), ("owned", "ReplicaSet/web-1")]


def test_an_owner_that_does_not_control_leaves_the_object_on_top() -> None:
    body = deployment("web")
    body["metadata"]["ownerReferences"] = [{"kind": "Application", "name": "shop"}]
    assert [w.key for w in read(body).workloads] == ["shop/Deployment/web"]


def test_same_name_in_a_foreign_group_is_no_workload() -> None:
    assert (
        read(kube("Job", "x", "shop", "batch.volcano.sh/v1alpha1"), kube("Deployment", "y", "s", "a.io/v1")).workloads
        == ()
    )


def test_all_demands_of_a_pod_template() -> None:
    pods = {
        "hostNetwork": True,
        "nodeSelector": {"disk": "ssd"},
        "securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "1024"}]},
        "containers": [
            {
                "name": "app",
                "image": "nginx",
                "ports": [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81}],
                "securityContext": {"privileged": True},
            }
        ],
        "volumes": [
            {"name": "a", "hostPath": {"path": "/var/log"}},
            {"name": "b", "emptyDir": {}},
            {"name": "c", "configMap": {"name": "conf"}},
            {"name": "d", "secret": {"secretName": "cert"}},
            {"name": "e", "nfs": {"server": "10.0.0.9", "path": "/x"}},
            {"name": "f", "flexVolume": {"driver": "huawei.com/fuxivol"}},
            {"name": "g", "persistentVolumeClaim": {"claimName": "files"}},
            {"name": "h", "downwardAPI": {}},
            {"name": "i", "csi": {"driver": "secrets-store.csi.k8s.io"}},
        ],
    }
    found = read(deployment("web", pods=pods, status={"replicas": 1, "readyReplicas": 1})).workloads[0]
    assert (found.host_network, found.privileged, found.node_selector) == (True, True, {"disk": "ssd"})
    assert found.host_ports == (HostPort(container="app", port=8080),)
    assert found.sysctls == {"net.core.somaxconn": "1024"}
    assert (found.replicas, found.ready) == (1, 1)
    assert found.mounts == (
        Mount(name="a", kind="host_path", target="/var/log"),
        Mount(name="b", kind="empty_dir"),
        Mount(name="c", kind="config_map", target="conf"),
        Mount(name="d", kind="secret", target="cert"),
        Mount(name="e", kind="nfs", target="10.0.0.9:/x"),
        Mount(name="f", kind="flex", target="huawei.com/fuxivol"),
        Mount(name="g", kind="claim", target="files"),
        Mount(name="h", kind="other", target="downwardAPI"),
        Mount(name="i", kind="csi", target="secrets-store.csi.k8s.io"),
    )


def test_sysctls_of_old_annotations() -> None:
    body = deployment("web")
    body["spec"]["template"]["metadata"]["annotations"] = {
        "security.alpha.kubernetes.io/sysctls": "kernel.shm_rmid_forced=1",
        "security.alpha.kubernetes.io/unsafe-sysctls": "net.core.somaxconn=1024,kernel.msgmax=1 2 3",
    }
    assert read(body).workloads[0].sysctls == {
        "kernel.shm_rmid_forced": "1",
        "net.core.somaxconn": "1024",
        "kernel.msgmax": "1 2 3",
    }


def test_missing_selector_and_claim_templates() -> None:
    template = {
        "metadata": {"name": "data", "annotations": {"volume.beta.kubernetes.io/storage-class": "sas"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}},
    }
    spec = {"serviceName": "db", "template": TEMPLATE, "volumeClaimTemplates": [template]}
    found = read(kube("StatefulSet", "db", "shop", "apps/v1beta1", spec=spec)).workloads[0]
    assert not found.has_selector
    assert (found.replicas, found.service_name) == (None, "db")
    assert found.claim_templates == (
        ClaimTemplate(name="data", storage_class="sas", access_modes=("ReadWriteOnce",), request="5Gi"),
    )


def test_suspended_cron_job_and_daemon_set_figures() -> None:
    snapshot = read(
        kube("CronJob", "c", "shop", "batch/v1", spec={"schedule": "0 1 * * *", "suspend": True}),
        kube("DaemonSet", "d", "shop", "apps/v1", spec={}, status={"numberReady": 3}),
    )
    cron, daemon = snapshot.workloads
    assert (cron.suspended, cron.schedule) == (True, "0 1 * * *")
    assert (daemon.replicas, daemon.ready) == (None, 3)


def test_a_workload_that_never_became_ready_has_none_ready() -> None:
    assert read(deployment("web", status={"replicas": 1})).workloads[0].ready == 0
    assert read(deployment("web")).workloads[0].ready is None


def test_system_namespaces() -> None:
    snapshot = read(deployment("dns", "kube-system"), deployment("web"), deployment("x", "kube-public"))
    assert [w.key for w in snapshot.user_workloads] == ["shop/Deployment/web"]


def test_the_same_object_under_two_groups_is_one_workload() -> None:
    old = deployment("web", api="extensions/v1beta1", uid="u1", resourceVersion="7")
    new = deployment("web", api="apps/v1", uid="u1", resourceVersion="7")
    for order in ((old, new), (new, old)):
        snapshot = read(*order)
        assert [w.ref.api_version for w in snapshot.workloads] == ["apps/v1"]
        assert len(snapshot.objects) == 2


def test_the_live_object_wins_over_a_manifest_and_the_newer_over_the_older() -> None:
    manifest = deployment("web", spec={"replicas": 9})
    older = deployment("web", spec={"replicas": 2}, uid="u", resourceVersion="99")
    newer = deployment("web", spec={"replicas": 3}, uid="u", resourceVersion="100")
    for order in ((manifest, older, newer), (newer, manifest, older)):
        assert [w.replicas for w in read(*order).workloads] == [3]


def test_pods_and_what_they_wait_for() -> None:
    waiting = {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
    init = {
        "phase": "Pending",
        "initContainerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
        "containerStatuses": [{"state": {"waiting": {"reason": "PodInitializing"}}}],
        "conditions": [{"type": "Ready", "status": "False"}],
    }
    snapshot = read(
        kube("Pod", "a", "shop", spec={"nodeName": "n1"}, status=waiting, owner="Job/j"),
        kube("Pod", "b", "kube-system", status=init, owner="Job/j"),
        kube("Pod", "c", "shop", status={"phase": "Failed", "reason": "Evicted"}, owner="Job/j"),
    )
    assert snapshot.pods == (
        Pod(
            namespace="kube-system",
            name="b",
            phase="Pending",
            ready=False,
            owner="Job/j",
            waiting_reason="CrashLoopBackOff",
            system=True,
        ),
        Pod(namespace="shop", name="a", phase="Pending", node="n1", owner="Job/j", waiting_reason="ImagePullBackOff"),
        Pod(namespace="shop", name="c", phase="Failed", owner="Job/j", waiting_reason="Evicted"),
    )


@pytest.mark.parametrize(
    ("command", "args", "settings"),
    [
        (["sysctl", "-w", "vm.max_map_count=262144"], [], {"vm.max_map_count": "262144"}),
        (
            ["sh", "-c"],
            ["sysctl -w net.core.somaxconn=1024 vm.swappiness=0; ulimit -n 1"],
            {"net.core.somaxconn": "1024", "vm.swappiness": "0"},
        ),
        (
            ["sh", "-c", "sysctl -w net.ipv4.tcp_rmem='4096 87380 6291456' && run"],
            [],
            {"net.ipv4.tcp_rmem": "4096 87380 6291456"},
        ),
        (["sh", "-c", "echo 262144 > /proc/sys/vm/max_map_count"], [], {"vm.max_map_count": "262144"}),
        (["sysctl", "-a"], [], {}),
    ],
)
def test_settings_that_privileged_containers_make(
    command: list[str], args: list[str], settings: dict[str, str]
) -> None:
    container = {"name": "init", "command": command, "args": args, "securityContext": {"privileged": True}}
    snapshot = read(deployment("es", pods={"initContainers": [container]}))
    assert snapshot.node_settings == tuple(
        NodeSetting(node="*", category="sysctl", key=k, value=v) for k, v in sorted(settings.items())
    )
    container["securityContext"] = {}
    assert read(deployment("es", pods={"initContainers": [container]})).node_settings == ()


def test_a_template_that_names_its_node_asks_for_it() -> None:
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"nodeName": "node-7", "nodeSelector": {"disk": "ssd"}}}
    snapshot = read(
        kube("Deployment", "a", "shop", "apps/v1", spec={"template": template}),
        kube("Pod", "b", "shop", spec={"nodeName": "node-7"}),
    )
    assert {w.ref.name: w.node_selector for w in snapshot.workloads} == {
        "a": {"disk": "ssd", "kubernetes.io/hostname": "node-7"},
        "b": {},
    }

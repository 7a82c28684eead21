"""``kubectl cluster-info dump`` of today's kubectl and in the internal form of 1.9 to 1.13: as a folder, and as one
stream with the logs of pods between."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest

from migrator.errors import InputError
from migrator.snapshot.codec import digest
from migrator.snapshot.model import Mount, NodeKind, Section, Snapshot, Taint
from migrator.snapshot.read import read_sources
from migrator.snapshot.readers.internal_form import _wire_name
from migrator.snapshot.sources import Source
from migrator.versions import Version
from tests.unit.snapshot.helpers import kube, names, opener, read, source

Body = dict[str, Any]


def meta(link: str, name: str, namespace: str = "", **more: Any) -> Body:
    """Metadata as it stood flat beside Spec and Status."""
    place = {"namespace": namespace} if namespace else {}
    uid = f"uid-{namespace}-{name}"
    return {"name": name, **place, "selfLink": f"{link}/{name}", "uid": uid, "resourceVersion": "812", **more}


def items(link: str, *objects: Body) -> Body:
    return {"selfLink": link, "resourceVersion": "990", "Items": list(objects)}


NODE = meta(
    "/api/v1/nodes",
    "192.168.0.21",
    labels={"failure-domain.beta.kubernetes.io/zone": "az1", "Team": "Shop"},
    annotations={"node.alpha.kubernetes.io/ttl": "0"},
) | {
    "Spec": {
        "PodCIDR": "172.16.0.0/25",
        "ExternalID": "192.168.0.21",
        "ProviderID": "3f1c-77",
        "Unschedulable": False,
        "Taints": [{"Key": "dedicated", "Value": "db", "Effect": "NoSchedule", "TimeAdded": None}],
        "ConfigSource": None,
    },
    "Status": {
        "Capacity": {"cpu": "8", "memory": "32Gi", "pods": "110"},
        "Allocatable": {"cpu": "7", "memory": "30Gi", "pods": "100"},
        "Phase": "",
        "Conditions": [{"Type": "Ready", "Status": "True", "Reason": "KubeletReady", "Message": "ok"}],
        "Addresses": [
            {"Type": "InternalIP", "Address": "192.168.0.21"},
            {"Type": "ExternalIP", "Address": "203.0.113.9"},
            {"Type": "Hostname", "Address": "node-21"},
        ],
        "DaemonEndpoints": {"KubeletEndpoint": {"Port": 10250}},
        "NodeInfo": {
            "KernelVersion": "3.10.0-862.el7.x86_64",
            "OSImage": "EulerOS 2.0 (SP2)",
            "ContainerRuntimeVersion": "docker://1.11.2",
            "KubeletVersion": "v1.9.10-r0",
            "Architecture": "amd64",
        },
        "Images": [{"Names": ["nginx:1.17"], "SizeBytes": 126}],
    },
}
PODS = {
    "Volumes": [
        {"Name": "data", "HostPath": None, "EmptyDir": None, "PersistentVolumeClaim": {"ClaimName": "web-data"}},
        {"Name": "tmp", "HostPath": None, "EmptyDir": {"Medium": "", "SizeLimit": None}},
        {"Name": "log", "HostPath": {"Path": "/var/log", "Type": None}, "EmptyDir": None},
        {"Name": "old", "FlexVolume": {"Driver": "huawei.com/fuxivol", "Options": {"volumeID": "d-1"}}},
    ],
    "InitContainers": None,
    "Containers": [
        {
            "Name": "web",
            "Image": "registry.example.com/shop/web:1.4",
            "Ports": [
                {"Name": "", "HostPort": 8080, "ContainerPort": 80, "Protocol": "TCP", "HostIP": ""},
                {"Name": "", "HostPort": 0, "ContainerPort": 81, "Protocol": "TCP", "HostIP": ""},
            ],
            "Env": [{"Name": "TOKEN", "Value": "hunter2-secret", "ValueFrom": None}],
            "LivenessProbe": {"HTTPGet": {"Path": "/", "Port": 80}, "InitialDelaySeconds": 3},
            "SecurityContext": {"Privileged": True, "SELinuxOptions": None},
        }
    ],
    "RestartPolicy": "Always",
    "DNSPolicy": "ClusterFirst",
    "NodeSelector": {"Disk": "SSD"},
    "ServiceAccountName": "default",
    "NodeName": "192.168.0.21",
    "SecurityContext": {"HostNetwork": True, "HostPID": False, "HostIPC": False, "FSGroup": None},
    "HostAliases": None,
}
APPS = "/apis/extensions/v1beta1/namespaces/shop"
CORE = "/api/v1/namespaces/shop"
TEMPLATE = {"creationTimestamp": None, "labels": {"app": "web"}, "Spec": PODS}
OWNER = {"apiVersion": "extensions/v1beta1", "kind": "ReplicaSet", "name": "web-5d9", "uid": "r", "controller": True}
DUMP = {
    "nodes": items("/api/v1/nodes", NODE),
    "shop/events": items(
        f"{CORE}/events", meta(f"{CORE}/events", "web.15a", "shop") | {"InvolvedObject": {"Kind": "Pod"}, "Count": 3}
    ),
    "shop/replication-controllers": items(f"{CORE}/replicationcontrollers"),
    "shop/services": items(
        f"{CORE}/services",
        meta(f"{CORE}/services", "web", "shop", annotations={"kubernetes.io/elb.class": "union"})
        | {
            "Spec": {
                "Type": "LoadBalancer",
                "Ports": [{"Name": "http", "Protocol": "TCP", "Port": 80, "TargetPort": 8080, "NodePort": 30080}],
                "Selector": {"App": "web"},
                "ClusterIP": "10.247.3.4",
                "ExternalName": "",
                "ExternalIPs": ["203.0.113.10"],
                "LoadBalancerIP": "",
                "SessionAffinity": "None",
                "LoadBalancerSourceRanges": ["198.51.100.0/24"],
            },
            "Status": {"LoadBalancer": {"Ingress": [{"IP": "203.0.113.80", "Hostname": ""}]}},
        },
    ),
    "shop/daemonsets": items(f"{APPS}/daemonsets"),
    "shop/deployments": items(
        f"{APPS}/deployments",
        meta(f"{APPS}/deployments", "web", "shop")
        | {
            "Spec": {
                "Replicas": 3,
                "Selector": {"matchLabels": {"app": "web"}},
                "Template": TEMPLATE,
                "Strategy": {"Type": "RollingUpdate", "RollingUpdate": {"MaxUnavailable": 1, "MaxSurge": 1}},
            },
            "Status": {"Replicas": 3, "ReadyReplicas": 2},
        },
    ),
    "shop/replicasets": items(f"{APPS}/replicasets"),
    "shop/pods": items(
        f"{CORE}/pods",
        meta(f"{CORE}/pods", "web-5d9-x1", "shop", ownerReferences=[OWNER])
        | {
            "Spec": PODS,
            "Status": {
                "Phase": "Running",
                "Conditions": [{"Type": "Ready", "Status": "False"}],
                "HostIP": "192.168.0.21",
                "PodIP": "172.16.0.9",
                "QOSClass": "BestEffort",
                "ContainerStatuses": [
                    {
                        "Name": "web",
                        "State": {"Waiting": {"Reason": "CrashLoopBackOff"}, "Running": None, "Terminated": None},
                        "LastTerminationState": {"Waiting": None, "Running": None, "Terminated": None},
                    }
                ],
            },
        },
    ),
}
LOG = '{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "from-a-log"}}\n}{ [ "\n'
OF_POD = "logs for container web of pod shop/web ====\n"
LOGS = f"==== START {OF_POD}{LOG}==== END {OF_POD}"
TOLD = {"v1 Node": 1, "v1 Event": 1, "v1 Service": 1, "v1 Pod": 1, "extensions/v1beta1 Deployment": 1}


def capital(value: Any) -> Any:
    """Metadata as kubectl before 1.6 printed it, when it had no tags either."""
    if isinstance(value, list):
        return [capital(v) for v in value]
    if not isinstance(value, dict):
        return value
    special = {"uid": "UID"}
    flat = {"name", "namespace", "selfLink", "uid", "resourceVersion", "labels", "annotations", "ownerReferences"}
    keys = {k: special.get(k, k[0].upper() + k[1:]) if "selfLink" in value and k in flat else k for k in value}
    return {keys[k]: v if k in ("labels", "annotations", "ownerReferences") else capital(v) for k, v in value.items()}


def folder(dump: dict[str, Body], logs: bool = True) -> list[Source]:
    files = [source(f"dump/{name}.json", json.dumps(body, indent=4)) for name, body in dump.items()]
    return [*files, source("dump/shop/web-5d9-x1/logs.txt", LOGS)] if logs else files


def stream(dump: dict[str, Body]) -> list[Source]:
    values = "\n".join(json.dumps(body, indent=4) for body in dump.values())
    return [source("dump.txt", f"{values}\n{LOGS}{LOGS}Cluster info dumped to standard output\n")]


def kinds(snapshot: Snapshot) -> dict[str, int]:
    found: dict[str, int] = {}
    for o in snapshot.objects:
        found[f"{o.ref.api_version} {o.ref.kind}"] = found.get(f"{o.ref.api_version} {o.ref.kind}", 0) + 1
    return found


@pytest.mark.parametrize("files", [folder, stream])
@pytest.mark.parametrize("dump", [DUMP, {k: capital(v) for k, v in DUMP.items()}], ids=["tags", "no tags"])
def test_the_internal_form_is_read_by_self_link(dump: dict[str, Body], files: Any) -> None:
    snapshot = read_sources(files(dump))
    assert kinds(snapshot) == TOLD
    assert {i.status for i in snapshot.inputs} == {"read"}
    assert digest(snapshot) == digest(read_sources(folder(DUMP)))


def test_facts_of_the_internal_form() -> None:
    snapshot = read_sources(folder(DUMP))
    assert snapshot.cluster.version == Version.parse("v1.9.10-r0")
    [node] = snapshot.nodes
    assert (node.private_ips, node.eips, node.zone) == (("192.168.0.21",), ("203.0.113.9",), "az1")
    assert (node.os_image, node.runtime, node.ready) == ("EulerOS 2.0 (SP2)", "docker://1.11.2", True)
    assert node.taints == (Taint(key="dedicated", value="db", effect="NoSchedule"),)
    assert (node.cpu, node.max_pods, node.kind, node.labels["Team"]) == ("8", 100, NodeKind.UNKNOWN, "Shop")
    [web] = snapshot.workloads
    assert (web.ref.api_version, web.replicas, web.ready, web.has_selector) == ("extensions/v1beta1", 3, 2, True)
    assert (web.host_network, web.privileged, web.labels) == (True, True, {"app": "web"})
    assert [(p.port, p.protocol) for p in web.host_ports] == [(8080, "TCP")]
    assert web.node_selector == {"Disk": "SSD", "kubernetes.io/hostname": "192.168.0.21"}  # the template names its node
    assert {(m.kind, m.target) for m in web.mounts} == {
        ("claim", "web-data"),
        ("empty_dir", ""),
        ("host_path", "/var/log"),
        ("flex", "huawei.com/fuxivol"),
    }
    assert isinstance(web.mounts[0], Mount)
    [service] = snapshot.services
    assert (service.type, service.addresses, service.selector) == ("LoadBalancer", ("203.0.113.80",), {"App": "web"})
    assert service.external_ips == ("203.0.113.10",)
    assert service.source_ranges == ("198.51.100.0/24",)
    [pod] = snapshot.pods
    assert (pod.node, pod.ready, pod.owner, pod.waiting_reason) == (
        "192.168.0.21",
        False,
        "ReplicaSet/web-5d9",
        "CrashLoopBackOff",
    )


def test_an_empty_internal_list_was_looked_at() -> None:
    snapshot = read_sources(folder({"nodes": DUMP["nodes"], "shop/services": items(f"{CORE}/services")}))
    assert snapshot.covers(Section.SERVICES)
    assert not snapshot.covers(Section.WORKLOADS)


@pytest.mark.parametrize(
    "dump",
    [
        {"ResourceVersion": "12", "Items": []},
        {"resourceVersion": "12", "Items": None},
        {"ListMeta": {}, "Items": [{"Name": "x", "Spec": {}}]},
        {"Items": [{"name": "x", "selfLink": "", "Spec": {}}]},
        {"Items": [{"name": "x", "selfLink": "/apis/example.com/v1/widgets/x", "Spec": {}}]},
        {"Items": ["x"], "selfLink": "/api/v1/nodes"},
    ],
)
def test_what_no_link_tells_is_refused_by_name(dump: Body) -> None:
    with pytest.raises(InputError) as raised:
        read(dump)
    assert raised.value.code == "input_internal_form"
    assert "kubectl get" in raised.value.message("zh")


def test_an_item_that_cannot_be_told_does_not_lose_the_others() -> None:
    mixed = {"Items": [NODE, {"name": "y", "Spec": {}}]}
    snapshot = read(kube("Pod", "a"), mixed)
    assert names(snapshot) == ["192.168.0.21", "a"]
    assert (snapshot.inputs[1].status, snapshot.inputs[1].reason) == ("partial", "input_internal_form")


@pytest.mark.parametrize(
    ("internal", "wire"),
    [
        ("PodCIDR", "podCIDR"),
        ("HTTPGet", "httpGet"),
        ("ISCSI", "iscsi"),
        ("GCEPersistentDisk", "gcePersistentDisk"),
        ("SELinuxOptions", "seLinuxOptions"),
        ("FSType", "fsType"),
        ("ExternalIPs", "externalIPs"),
        ("APIVersion", "apiVersion"),
        ("QOSClass", "qosClass"),
        ("CephFS", "cephfs"),
        ("DoNotUse_ExternalID", "externalID"),
        ("UID", "uid"),
        ("matchLabels", "matchLabels"),
    ],
)
def test_names_of_go_become_names_of_the_wire(internal: str, wire: str) -> None:
    assert _wire_name(internal) == wire


# --- the form of today ------------------------------------------------------------------------------------------

NEW = {
    "nodes": {"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": [kube("Node", "n1")]},
    "shop/services": {
        "kind": "ServiceList",
        "apiVersion": "v1",
        "items": [{"metadata": {"name": "s", "namespace": "shop"}}],
    },
    "shop/deployments": {"kind": "DeploymentList", "apiVersion": "apps/v1", "items": []},
}


@pytest.mark.parametrize("files", [folder, stream])
def test_the_form_of_today(files: Any) -> None:
    snapshot = read_sources(files(NEW))
    assert names(snapshot) == ["n1", "s"]
    assert {i.status for i in snapshot.inputs} == {"read"}
    assert not snapshot.covers(Section.WORKLOADS), "it holds no StatefulSets"


def test_the_form_of_today_as_yaml() -> None:
    yaml = """\
apiVersion: v1
items:
- apiVersion: v1
  kind: Node
  metadata: {name: n1}
kind: NodeList
---
apiVersion: v1
items: []
kind: ServiceList
---
"""
    snapshot = read(yaml + LOGS + yaml.replace("n1", "n2"))
    assert names(snapshot) == ["n1", "n2"]
    assert snapshot.inputs[0].status == "read"


def test_logs_are_no_objects_and_no_strangers() -> None:
    snapshot = read_sources(folder(NEW))
    assert {i.file: (i.status, i.format, i.objects) for i in snapshot.inputs}["shop/web-5d9-x1/logs.txt"] == (
        "read",
        "pod_logs",
        0,
    )
    unfinished = LOGS.partition("==== END")[0]
    assert names(read_sources([*stream(NEW), source("x/logs.txt", unfinished)])) == ["n1", "s"]


@pytest.mark.parametrize("files", [folder(DUMP), folder(DUMP, logs=False), stream(DUMP), folder(NEW), stream(NEW)])
def test_what_such_a_dump_lacks_is_said_once(files: list[Source]) -> None:
    unreadable = source("dump/a.json", {"Items": [{"Name": "x"}]})
    snapshot = read_sources([unreadable, *files])
    told = [p.code for i in snapshot.inputs for p in i.problems]
    assert told == ["input_cluster_info_dump"]


def test_no_value_of_the_environment_is_kept() -> None:
    assert "hunter2" not in repr(read_sources(folder(DUMP)))


def test_packed_as_an_archive() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for file in folder(DUMP):
            data = file.open().read()
            member = tarfile.TarInfo(file.name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    snapshot = read_sources([Source("dump.tgz", opener(out.getvalue()))])
    assert kinds(snapshot) == TOLD
    assert digest(snapshot) == digest(read_sources(folder(DUMP)))

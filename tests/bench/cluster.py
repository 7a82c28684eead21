"""Generates the dump of a large, regular cluster, as ``kubectl get -o json`` prints it (four spaces, one ``List``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Body = dict[str, Any]
NAMESPACES = 40


def write_dump(path: Path, scale: float) -> None:
    """Write the cluster to ``path``; ``scale`` 1.0 is 2,000 nodes, 12,000 workloads, 30,000 Pods, about 200 MB."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{\n    "apiVersion": "v1",\n    "kind": "List",\n    "items": [\n')
        for position, body in enumerate(objects(scale)):
            file.write(",\n" if position else "")
            file.write(json.dumps(body, indent=4))
        file.write("\n    ]\n}\n")


def objects(scale: float) -> Iterator[Body]:
    for i in range(int(2000 * scale)):
        yield node(i)
    for i in range(int(5000 * scale)):
        yield volume(i)
        yield claim(i)
    for i in range(int(6000 * scale)):
        yield service(i)
    for i in range(int(12000 * scale)):
        yield deployment(i)
    for i in range(int(30000 * scale)):
        yield pod(i)


def meta(kind: str, i: int, namespace: str | None = None, **more: Any) -> Body:
    name = f"{kind.lower()}-{i:05d}"
    place = {"namespace": namespace} if namespace else {}
    return {
        "creationTimestamp": "2020-03-05T02:11:09Z",
        "name": name,
        **place,
        "resourceVersion": str(1000000 + i),
        "selfLink": f"/api/v1/{kind.lower()}s/{name}",
        "uid": f"00000000-0000-4000-8000-{abs(hash_of(kind, i)):012x}",
        **more,
    }


def hash_of(kind: str, i: int) -> int:
    return sum(ord(c) for c in kind) * 1_000_003 + i


def namespace_of(i: int) -> str:
    return f"team-{i % NAMESPACES:02d}"


def address(i: int) -> str:
    return f"10.{i // 65536 % 256}.{i // 256 % 256}.{i % 256}"


def node(i: int) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": meta(
            "Node", i, labels={"kubernetes.io/os": "linux", "failure-domain.beta.kubernetes.io/zone": "az-1"}
        ),
        "spec": {"podCIDR": f"172.16.{i % 256}.0/25"},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address(i)}, {"type": "Hostname", "address": address(i)}],
            "capacity": {"cpu": "16", "memory": "65806476Ki", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "images": [
                {"names": [f"registry.example.com/team/app-{n}:v1"], "sizeBytes": 100_000_000 + n} for n in range(30)
            ],
            "nodeInfo": {
                "kubeletVersion": "v1.13.10-r0-CCE2.0.28.B001",
                "osImage": "EulerOS 2.0 (SP5)",
                "containerRuntimeVersion": "docker://18.9.0",
                "architecture": "amd64",
                "kernelVersion": "3.10.0-862.14.1.5.h328.eulerosv2r7.x86_64",
            },
        },
    }


def volume(i: int) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": meta("Volume", i, annotations={"pv.kubernetes.io/provisioned-by": "flexvolume-huawei.com/fuxivol"}),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "10Gi"},
            "claimRef": {"kind": "PersistentVolumeClaim", "name": f"claim-{i:05d}", "namespace": namespace_of(i)},
            "flexVolume": {"driver": "huawei.com/fuxivol", "fsType": "ext4", "options": {"volumeID": f"disk-{i:05d}"}},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": "sas",
        },
        "status": {"phase": "Bound"},
    }


def claim(i: int) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": meta("Claim", i, namespace_of(i), annotations={"volume.beta.kubernetes.io/storage-class": "sas"}),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "10Gi"}},
            "volumeName": f"volume-{i:05d}",
        },
        "status": {"phase": "Bound"},
    }


def service(i: int) -> Body:
    kind = "LoadBalancer" if i % 100 == 0 else "ClusterIP"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta("Service", i, "team-00"),
        "spec": {
            "type": kind,
            "clusterIP": address(1_000_000 + i),
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
            "selector": {"app": f"deployment-{i:05d}"},
        },
        "status": {"loadBalancer": {}},
    }


def template(i: int) -> Body:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": f"claim-{i:05d}"}}] if i < 5000 else []
    return {
        "metadata": {"labels": {"app": f"deployment-{i:05d}", "tier": "web"}},
        "spec": {
            "containers": [
                {
                    "name": "app",
                    "image": f"registry.example.com/team/app-{i % 300}:v1.{i % 7}",
                    "env": [{"name": f"SETTING_{n}", "value": f"value {n} of {i}"} for n in range(12)],
                    "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                    "resources": {
                        "limits": {"cpu": "1", "memory": "1Gi"},
                        "requests": {"cpu": "250m", "memory": "512Mi"},
                    },
                    "readinessProbe": {
                        "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
                        "periodSeconds": 10,
                    },
                }
            ],
            "volumes": volumes,
        },
    }


def deployment(i: int) -> Body:
    return {
        "apiVersion": "extensions/v1beta1",
        "kind": "Deployment",
        "metadata": meta("Deployment", i, namespace_of(i), annotations={"deployment.kubernetes.io/revision": "3"}),
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": f"deployment-{i:05d}"}}, "template": template(i)},
        "status": {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2},
    }


def pod(i: int) -> Body:
    owner = i % 12000
    spec = template(owner)["spec"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(
            "Pod",
            i,
            namespace_of(owner),
            labels={"app": f"deployment-{owner:05d}"},
            ownerReferences=[
                {
                    "apiVersion": "apps/v1",
                    "controller": True,
                    "kind": "ReplicaSet",
                    "name": f"rs-{owner}",
                    "uid": f"rs-{owner}",
                }
            ],
        ),
        "spec": {**spec, "nodeName": f"node-{i % 2000:05d}"},
        "status": {
            "phase": "Running",
            "podIP": address(2_000_000 + i),
            "hostIP": address(i % 2000),
            "conditions": [
                {"type": t, "status": "True"} for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
            "containerStatuses": [
                {
                    "name": "app",
                    "ready": True,
                    "restartCount": 0,
                    "image": spec["containers"][0]["image"],
                    "imageID": f"docker-pullable://registry.example.com/team/app@sha256:{i:064x}",
                    "state": {"running": {"startedAt": "2020-03-05T02:11:09Z"}},
                }
            ],
        },
    }

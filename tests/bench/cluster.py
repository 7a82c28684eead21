"""The objects of a large old cluster, as its API server would print them: every field that a real dump carries.

Regular and without chance, so that two runs compare: what differs from object to object is told from its number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

Body = dict[str, Any]

NODES, VOLUMES, SERVICES, WORKLOADS, PODS = 2_000, 5_000, 6_000, 12_000, 30_000
NAMESPACES = 40
CROWDED = "team-00"  # the namespace that holds every Service
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_TIME = "2020-03-05T02:11:09Z"
_REGISTRY = "swr.cn-sh1.example.com/team"


def objects(scale: float) -> Iterator[Body]:
    """The cluster; ``scale`` 1.0 is 2,000 nodes, 12,000 workloads, 30,000 Pods, 6,000 Services and 5,000 claims."""
    yield from map(namespace, range(NAMESPACES))
    yield from map(node, range(_share(NODES, scale)))
    for i in range(_share(VOLUMES, scale)):
        yield volume(i)
        yield claim(i)
    yield from map(service, range(_share(SERVICES, scale)))
    workloads = _share(WORKLOADS, scale)
    yield from map(workload, range(workloads))
    for i in range(_share(PODS, scale)):
        yield pod(i, i % workloads, _share(NODES, scale))


def _share(count: int, scale: float) -> int:
    return max(1, round(count * scale))


def namespace_of(i: int) -> str:
    return f"team-{i % NAMESPACES:02d}"


def address(i: int, net: int = 10) -> str:
    return f"{net}.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"


def _uid(name: str) -> str:
    digits = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _metadata(path: str, name: str, namespace: str = "", **more: Any) -> Body:
    place = {"namespace": namespace} if namespace else {}
    below = f"namespaces/{namespace}/" if namespace else ""
    prefix, plural = path.rsplit("/", 1)
    return {
        "creationTimestamp": _TIME,
        "name": name,
        **place,
        "resourceVersion": str(10_000_000 + int(_uid(name)[:6], 16)),
        "selfLink": f"{prefix}/{below}{plural}/{name}",
        "uid": _uid(f"{path}/{name}"),
        **more,
    }


def _applied(api_version: str, kind: str, metadata: Body, spec: Body) -> dict[str, str]:
    """The annotation that ``kubectl apply`` leaves."""
    kept = {k: metadata[k] for k in ("labels", "name", "namespace") if k in metadata}
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"annotations": {}, **kept}, "spec": spec}
    return {LAST_APPLIED: json.dumps(manifest, separators=(",", ":"), sort_keys=True) + "\n"}


def namespace(i: int) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": _metadata("/api/v1/namespaces", namespace_of(i)),
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def node(i: int) -> Body:
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "failure-domain.beta.kubernetes.io/is-baremetal": "false",
        "failure-domain.beta.kubernetes.io/region": "cn-sh1",
        "failure-domain.beta.kubernetes.io/zone": f"cn-sh1{'abc'[i % 3]}",
        "kubernetes.io/availablezone": f"cn-sh1{'abc'[i % 3]}",
        "kubernetes.io/hostname": address(i),
        "os.architecture": "amd64",
        "os.name": "EulerOS_2.0_SP5",
        "os.version": "3.10.0-862.14.1.5.h328.eulerosv2r7.x86_64",
    }
    quantities = {
        "cpu": "16",
        "ephemeral-storage": "41926416Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": "65806476Ki",
        "pods": "110",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": _metadata(
            "/api/v1/nodes",
            address(i),
            annotations={
                "kubernetes.io/node-pool.id": "cn-sh1a#s6.4xlarge.4#EulerOS 2.5",
                "node.alpha.kubernetes.io/ttl": "300",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
            labels=labels,
        ),
        "spec": {"podCIDR": f"172.16.{i % 256}.0/25", "providerID": _uid(f"server {i}")},
        "status": {
            "addresses": [
                {"address": address(i), "type": "InternalIP"},
                {"address": address(i), "type": "Hostname"},
            ],
            "allocatable": {**quantities, "cpu": "15920m"},
            "capacity": quantities,
            "conditions": [
                {
                    "lastHeartbeatTime": "2021-07-01T08:00:10Z",
                    "lastTransitionTime": _TIME,
                    "message": f"kubelet has {kind}",
                    "reason": f"Kubelet{kind}",
                    "status": "True" if kind == "Ready" else "False",
                    "type": kind,
                }
                for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "images": [
                {
                    "names": [f"{_REGISTRY}/app-{n}@sha256:{n:064x}", f"{_REGISTRY}/app-{n}:v1.{n}"],
                    "sizeBytes": 100_000_000 + n,
                }
                for n in range(6)
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": _uid(f"boot {i}"),
                "containerRuntimeVersion": "docker://18.9.0",
                "kernelVersion": "3.10.0-862.14.1.5.h328.eulerosv2r7.x86_64",
                "kubeProxyVersion": "v1.13.10-r0-CCE2.0.28.B001",
                "kubeletVersion": "v1.13.10-r0-CCE2.0.28.B001",
                "machineID": _uid(f"machine {i}"),
                "operatingSystem": "linux",
                "osImage": "EulerOS 2.0 (SP5)",
                "systemUUID": _uid(f"system {i}").upper(),
            },
        },
    }


def volume(i: int) -> Body:
    uid = _uid(f"/api/v1/persistentvolumeclaims/claim-{i:05d}")
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": _metadata(
            "/api/v1/persistentvolumes",
            f"pvc-{uid}",
            annotations={"pv.kubernetes.io/provisioned-by": "flexvolume-huawei.com/fuxivol"},
            finalizers=["kubernetes.io/pv-protection"],
            labels={
                "failure-domain.beta.kubernetes.io/region": "cn-sh1",
                "failure-domain.beta.kubernetes.io/zone": "cn-sh1a",
            },
        ),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "10Gi"},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": f"claim-{i:05d}",
                "namespace": namespace_of(i),
                "uid": uid,
            },
            "flexVolume": {
                "driver": "huawei.com/fuxivol",
                "fsType": "ext4",
                "options": {"disk-mode": "VBD", "fsType": "ext4", "volumeID": _uid(f"disk {i}")},
            },
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": "sas",
        },
        "status": {"phase": "Bound"},
    }


def claim(i: int) -> Body:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "10Gi"}},
        "storageClassName": "sas",
        "volumeName": f"pvc-{_uid(f'/api/v1/persistentvolumeclaims/claim-{i:05d}')}",
    }
    metadata = _metadata("/api/v1/persistentvolumeclaims", f"claim-{i:05d}", namespace_of(i))
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            **metadata,
            "annotations": {
                **(_applied("v1", "PersistentVolumeClaim", metadata, spec) if i % 2 else {}),
                "pv.kubernetes.io/bind-completed": "yes",
                "pv.kubernetes.io/bound-by-controller": "yes",
                "volume.beta.kubernetes.io/storage-provisioner": "flexvolume-huawei.com/fuxivol",
            },
            "finalizers": ["kubernetes.io/pvc-protection"],
        },
        "spec": spec,
        "status": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}, "phase": "Bound"},
    }


def service(i: int) -> Body:
    balanced = i % 100 == 0
    metadata = _metadata("/api/v1/services", f"service-{i:05d}", CROWDED, labels={"app": f"app-{i:05d}"})
    spec = {
        "clusterIP": address(1_000_000 + i),
        "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
        "selector": {"app": f"app-{i:05d}"},
        "sessionAffinity": "None",
        "type": "LoadBalancer" if balanced else "ClusterIP",
    }
    annotations = _applied("v1", "Service", metadata, spec) if i % 2 else {}
    if balanced:
        annotations |= {"kubernetes.io/elb.class": "union", "kubernetes.io/elb.id": _uid(f"balancer {i}")}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**metadata, "annotations": annotations} if annotations else metadata,
        "spec": spec,
        "status": {"loadBalancer": {"ingress": [{"ip": address(i, 203)}]} if balanced else {}},
    }


def _environment(i: int) -> list[Body]:
    plain = [
        ("JAVA_OPTS", "-Xms512m -Xmx512m -XX:+UseG1GC -Dfile.encoding=UTF-8"),
        ("SERVICE_TITLE", f"订单服务 {i}"),
    ]
    if i % 50 == 0:
        plain.append(("LEGACY_ENDPOINT", f"http://{address(i % NODES)}:8080/api"))
    if i % 80 == 0:
        plain.append(("JDBC_URL", "mysql://app:not-a-real-one@db.example.com/orders"))
    variables: list[Body] = [{"name": name, "value": value} for name, value in plain]
    if i % 3 == 0:
        variables.append({"name": "LOGIN", "valueFrom": {"secretKeyRef": {"key": "login", "name": "db"}}})
    return variables


def _pod_spec(i: int) -> Body:
    """What a template holds; the API server has filled in its defaults."""
    spec: Body = {
        "containers": [
            {
                "env": _environment(i),
                "image": f"{_REGISTRY}/app-{i % 300}:v1.{i % 7}",
                "imagePullPolicy": "IfNotPresent",
                "name": "app",
                "resources": {"requests": {"cpu": "250m", "memory": "512Mi"}},
            }
        ],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
    }
    if i < VOLUMES:
        spec["containers"][0]["volumeMounts"] = [{"mountPath": "/data", "name": "data"}]
        spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": f"claim-{i:05d}"}}]
    return spec


def workload(i: int) -> Body:
    """Most are Deployments of the old API group, one in 25 a StatefulSet, one in 100 a DaemonSet."""
    kind = "DaemonSet" if i % 100 == 7 else "StatefulSet" if i % 25 == 3 else "Deployment"
    api_version = "apps/v1" if kind == "StatefulSet" else "extensions/v1beta1"
    name, labels = f"app-{i:05d}", {"app": f"app-{i:05d}", "tier": "web"}
    metadata = _metadata(f"/apis/{api_version}/{kind.lower()}s", name, namespace_of(i), generation=3, labels=labels)
    spec: Body = {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"creationTimestamp": None, "labels": labels}, "spec": _pod_spec(i)},
    }
    if kind != "DaemonSet":
        spec["replicas"] = 2
    applied = _applied(api_version, kind, metadata, spec) if i % 3 else {}
    if kind == "Deployment":
        spec |= {
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"},
        }
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {**metadata, "annotations": {"deployment.kubernetes.io/revision": "3", **applied}},
        "spec": spec,
        "status": _workload_status(kind),
    }


def _workload_status(kind: str) -> Body:
    if kind == "DaemonSet":
        return {"currentNumberScheduled": 2, "desiredNumberScheduled": 2, "numberReady": 2, "observedGeneration": 3}
    replicas = {"observedGeneration": 3, "readyReplicas": 2, "replicas": 2, "updatedReplicas": 2}
    if kind == "StatefulSet":
        return {"collisionCount": 0, "currentReplicas": 2, **replicas}
    return {"availableReplicas": 2, **replicas}


def pod(i: int, owner: int, nodes: int) -> Body:
    """A running Pod of the ReplicaSet of workload ``owner``."""
    generation = _uid(f"replica set {owner}")[:8]
    name = f"app-{owner:05d}-{generation}-{_uid(f'pod {i}')[:5]}"
    token = f"default-token-{_uid(namespace_of(owner))[:5]}"
    spec = _pod_spec(owner)
    mount = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": token, "readOnly": True}
    spec["containers"][0].setdefault("volumeMounts", []).append(mount)
    spec.setdefault("volumes", []).append({"name": token, "secret": {"defaultMode": 420, "secretName": token}})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata(
            "/api/v1/pods",
            name,
            namespace_of(owner),
            generateName=f"app-{owner:05d}-{generation}-",
            labels={"app": f"app-{owner:05d}", "pod-template-hash": generation, "tier": "web"},
            ownerReferences=[
                {
                    "apiVersion": "apps/v1",
                    "blockOwnerDeletion": True,
                    "controller": True,
                    "kind": "ReplicaSet",
                    "name": f"app-{owner:05d}-{generation}",
                    "uid": _uid(f"replica set {owner}"),
                }
            ],
        ),
        "spec": {
            **spec,
            "nodeName": address(i % nodes),
            "serviceAccountName": "default",
        },
        "status": {
            "conditions": [{"lastTransitionTime": _TIME, "status": "True", "type": "Ready"}],
            "containerStatuses": [
                {
                    "containerID": f"docker://{i:064x}",
                    "image": spec["containers"][0]["image"],
                    "imageID": f"docker-pullable://{_REGISTRY}/app-{owner % 300}@sha256:{owner % 300:064x}",
                    "name": "app",
                    "ready": True,
                    "restartCount": 0,
                    "state": {"running": {}},
                }
            ],
            "hostIP": address(i % nodes),
            "phase": "Running",
            "podIP": address(2_000_000 + i),
        },
    }

"""What a file was asked for, told from its name.

``kubectl get`` prints ``kind: List`` whatever was asked for. An empty one says nothing of its own; a file named after
the resource, ``ingresses.json`` or ``shop-ing.yaml``, says that there are none, and "none there" is not "not looked".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.snapshot.readers import Looked

_RESOURCES = {
    ("v1", "Node"): "nodes node no",
    ("v1", "Namespace"): "namespaces namespace ns",
    ("v1", "Pod"): "pods pod po",
    ("v1", "Service"): "services service svc",
    ("v1", "ConfigMap"): "configmaps configmap cm",
    ("v1", "Secret"): "secrets secret",
    ("v1", "PersistentVolume"): "persistentvolumes persistentvolume pvs pv",
    ("v1", "PersistentVolumeClaim"): "persistentvolumeclaims persistentvolumeclaim pvcs pvc",
    ("v1", "ReplicationController"): "replicationcontrollers replicationcontroller rc",
    ("apps/v1", "Deployment"): "deployments deployment deploy",
    ("apps/v1", "StatefulSet"): "statefulsets statefulset sts",
    ("apps/v1", "DaemonSet"): "daemonsets daemonset ds",
    ("batch/v1", "Job"): "jobs job",
    ("batch/v1", "CronJob"): "cronjobs cronjob cj",
    ("networking.k8s.io/v1", "Ingress"): "ingresses ingress ing",
    ("storage.k8s.io/v1", "StorageClass"): "storageclasses storageclass sc",
}
# Each kind with the name of its resource in the API.
KINDS_BY_RESOURCE = {Looked(*kind): names.split()[0] for kind, names in _RESOURCES.items()}
_BY_NAME = {name: Looked(*kind) for kind, names in _RESOURCES.items() for name in names.split()}


def kinds_of_file(name: str) -> Iterator[Looked]:
    """The kinds that the last part of a file's name tells, one for each word that is a resource's name."""
    stem = name.rpartition("/")[2].partition(".")[0].lower()
    for word in re.split(r"[^a-z]+", stem):
        if word in _BY_NAME:
            yield _BY_NAME[word]

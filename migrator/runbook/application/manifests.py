"""The manifests of an application for the target's version: configuration, Secret template, claims, workload, entry."""

from __future__ import annotations

from typing import Any

from migrator.conversion.yamltext import yaml_text
from migrator.runbook.application.dockerfile import USER
from migrator.runbook.application.form import ApplicationForm, Engine, Exposure
from migrator.versions import Version

Manifest = dict[str, Any]
FOLDER = "manifests"
BALANCER = "FILL_IN_ID_OF_LOAD_BALANCER"
_PORTS = {Engine.MYSQL: 3306, Engine.POSTGRESQL: 5432}


def manifests(form: ApplicationForm, target: Version) -> dict[str, str]:
    """Path -> YAML text, in the order in which they are applied."""
    made: dict[str, Manifest] = {}
    if form.namespace != "default":
        made["10-namespace"] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": form.namespace}}
    if env := environment(form):
        made["20-environment"] = {"apiVersion": "v1", "kind": "ConfigMap", **_meta(form, "-env"), "data": env}
    if form.uses_secret:
        values = dict.fromkeys(form.secret_keys, "")
        made["21-secret"] = {
            "apiVersion": "v1",
            "kind": "Secret",
            **_meta(form),
            "type": "Opaque",
            "stringData": values,
        }
    for number, mount in enumerate(form.mounts, 1):
        made[f"30-storage-{number}"] = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            **_meta(form, f"-{number}"),
            "spec": {
                "accessModes": ["ReadWriteMany" if mount.shared else "ReadWriteOnce"],
                "storageClassName": mount.storage_class,
                "resources": {"requests": {"storage": mount.size}},
            },
        }
    made["40-workload"] = _deployment(form, target)
    made["50-service"] = _service(form)
    if form.host:
        made["60-ingress"] = _ingress(form, target)
    if form.replicas > 1:
        made["70-budget"] = _budget(form, target)
    return {f"{FOLDER}/{name}.yaml": yaml_text(body) for name, body in made.items()}


def environment(form: ApplicationForm) -> dict[str, str]:
    """What is not secret: the form's variables, and where database and cache are."""
    found = dict(form.env)
    if form.database:
        found |= {
            "DB_HOST": form.database.address,
            "DB_PORT": str(database_port(form)),
            "DB_NAME": schema_of(form),
            "DB_USER": user_of(form),
        }
    if form.cache:
        found |= {"REDIS_HOST": form.cache.address, "REDIS_PORT": str(form.cache.port)}
    return found


def database_port(form: ApplicationForm) -> int:
    return (form.database.port or _PORTS[form.database.engine]) if form.database else 0


def schema_of(form: ApplicationForm) -> str:
    return (form.database.name if form.database else "") or form.name.replace("-", "_")


def user_of(form: ApplicationForm) -> str:
    return (form.database.user if form.database else "") or form.name.replace("-", "_")[:32]


def _meta(form: ApplicationForm, suffix: str = "") -> Manifest:
    place = {"name": f"{form.name}{suffix}", "namespace": form.namespace, "labels": {"app": form.name}}
    return {"metadata": place}


def _deployment(form: ApplicationForm, target: Version) -> Manifest:
    pods: Manifest = {
        "imagePullSecrets": [{"name": "default-secret"}],
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": USER, "fsGroup": USER, **_seccomp(target)},
        "containers": [_container(form)],
    }
    if volumes := _volumes(form):
        pods["volumes"] = volumes
    # A disk can be held by one pod only: the old one must be gone before the new one starts.
    alone = any(not m.shared for m in form.mounts)
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        **_meta(form),
        "spec": {
            "replicas": form.replicas,
            "selector": {"matchLabels": {"app": form.name}},
            "strategy": {"type": "Recreate"} if alone else rolling,
            "template": {"metadata": {"labels": {"app": form.name}}, "spec": pods},
        },
    }


def _seccomp(target: Version) -> Manifest:
    return {"seccompProfile": {"type": "RuntimeDefault"}} if target.minor >= 19 else {}


def _container(form: ApplicationForm) -> Manifest:
    made: Manifest = {"name": form.name, "image": form.image, "ports": [{"name": "http", "containerPort": form.port}]}
    sources: list[Manifest] = []
    if environment(form):
        sources.append({"configMapRef": {"name": f"{form.name}-env"}})
    if form.uses_secret:
        sources.append({"secretRef": {"name": form.name}})
    if sources:
        made["envFrom"] = sources
    made["resources"] = {
        "requests": {"cpu": form.cpu, "memory": form.memory},
        "limits": {"cpu": form.cpu, "memory": form.memory},
    }
    ask: Manifest = (
        {"httpGet": {"path": form.health, "port": "http"}} if form.health else {"tcpSocket": {"port": "http"}}
    )
    made["readinessProbe"] = {**ask, "periodSeconds": 5, "timeoutSeconds": 3}
    made["livenessProbe"] = {**ask, "initialDelaySeconds": 60, "periodSeconds": 10, "timeoutSeconds": 3}
    made["lifecycle"] = {"preStop": {"exec": {"command": ["sleep", "5"]}}}
    made["securityContext"] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    mounts = [
        {"name": "config", "mountPath": c.path, "subPath": c.file.rpartition("/")[2], "readOnly": True}
        for c in form.config
    ]
    mounts += [{"name": f"storage-{n}", "mountPath": m.path} for n, m in enumerate(form.mounts, 1)]
    if mounts:
        made["volumeMounts"] = mounts
    return made


def _volumes(form: ApplicationForm) -> list[Manifest]:
    found: list[Manifest] = []
    if form.config:
        found.append({"name": "config", "configMap": {"name": f"{form.name}-config"}})
    return found + [
        {"name": f"storage-{n}", "persistentVolumeClaim": {"claimName": f"{form.name}-{n}"}}
        for n, _ in enumerate(form.mounts, 1)
    ]


def _service(form: ApplicationForm) -> Manifest:
    kind = {Exposure.CLUSTER: "ClusterIP", Exposure.NODE: "NodePort", Exposure.BALANCER: "LoadBalancer"}[form.exposure]
    # The Ingress of an ELB sends traffic to node ports.
    if form.host and form.exposure is Exposure.CLUSTER:
        kind = "NodePort"
    meta = _meta(form)
    if kind == "LoadBalancer":
        meta["metadata"]["annotations"] = {"kubernetes.io/elb.class": "union", "kubernetes.io/elb.id": BALANCER}
    ports = [{"name": "http", "port": _service_port(form), "targetPort": "http"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        **meta,
        "spec": {"type": kind, "selector": {"app": form.name}, "ports": ports},
    }


def _service_port(form: ApplicationForm) -> int:
    return 80 if form.exposure is Exposure.BALANCER else form.port


def _ingress(form: ApplicationForm, target: Version) -> Manifest:
    """In the version that the target serves: v1 came with 1.19, networking.k8s.io/v1beta1 with 1.14."""
    meta = _meta(form)
    annotations = {
        "kubernetes.io/elb.class": "union",
        "kubernetes.io/elb.id": BALANCER,
        "kubernetes.io/elb.port": "443" if form.tls else "80",
    }
    spec: Manifest = {"tls": [{"hosts": [form.host], "secretName": f"{form.name}-tls"}]} if form.tls else {}
    if target.minor >= 23:
        spec = {"ingressClassName": "cce", **spec}
    else:
        annotations["kubernetes.io/ingress.class"] = "cce"
    meta["metadata"]["annotations"] = annotations
    if target.minor >= 19:
        backend: Manifest = {"service": {"name": form.name, "port": {"number": _service_port(form)}}}
        path: Manifest = {"path": "/", "pathType": "Prefix", "backend": backend}
        if target.minor < 23:
            path["pathType"] = "ImplementationSpecific"
    else:
        path = {"path": "/", "backend": {"serviceName": form.name, "servicePort": _service_port(form)}}
    spec["rules"] = [{"host": form.host, "http": {"paths": [path]}}]
    minor = target.minor
    version = (
        "networking.k8s.io/v1" if minor >= 19 else "networking.k8s.io/v1beta1" if minor >= 14 else "extensions/v1beta1"
    )
    return {"apiVersion": version, "kind": "Ingress", **meta, "spec": spec}


def _budget(form: ApplicationForm, target: Version) -> Manifest:
    return {
        "apiVersion": "policy/v1" if target.minor >= 21 else "policy/v1beta1",
        "kind": "PodDisruptionBudget",
        **_meta(form),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": form.name}}},
    }

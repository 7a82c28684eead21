"""More marked objects: network, storage, nodes, the platform's and other people's kinds, answers of the CCE API."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.secrets.marks import encoded, mark
from tests.secrets.plants import Body, applied, config_maps, helm, jwt, login, pem, secrets, workloads
from tests.unit.snapshot.helpers import kube


def network() -> Iterator[Body]:
    elb = {"type": "public", "bandwidth_name": "b", "password": mark("elb.autocreate")}
    annotations = {
        "service.beta.kubernetes.io/auth-token": mark("Service annotation by name"),
        "kubernetes.io/elb.note": login("Service annotation URL"),
        "kubernetes.io/elb.autocreate": json.dumps(elb),
        "kubernetes.io/elb.id": f"token={mark('elb.id')}",
        "mine": mark("Service annotation of a person"),
    }
    spec = {
        "type": "LoadBalancer",
        "selector": {"app": "web", "secret": mark("selector")},
        "ports": [{"port": 80, "name": "http"}],
    }
    yield applied(kube("Service", "web", "shop", annotations=annotations, spec=spec))
    outside = {"type": "ExternalName", "externalName": login("externalName")}
    yield kube("Service", "outside", "shop", spec=outside, labels={"token": mark("Service label")})
    snippet = f'proxy_set_header X-Api-Key "{mark("Ingress snippet")}";'
    ingress = {
        "nginx.ingress.kubernetes.io/configuration-snippet": snippet,
        "nginx.ingress.kubernetes.io/server-snippet": f"set $x {mark('Ingress server-snippet')};",
        "nginx.ingress.kubernetes.io/auth-secret": mark("Ingress auth-secret that is none"),
        "nginx.ingress.kubernetes.io/auth-url": login("Ingress auth-url"),
        "ingress.kubernetes.io/custom-request-headers": f"X-Token:{mark('Ingress headers')}",
        "nginx.ingress.kubernetes.io/rewrite-target": f"/x?access_token={mark('Ingress rewrite')}",
        "kubernetes.io/ingress.class": login("Ingress class"),
        "traefik.ingress.kubernetes.io/auth-basic": f"admin:$apr1$abc12345${mark('Ingress htpasswd')}",
    }
    path = {"path": f"/x?token={mark('Ingress path')}", "backend": {"serviceName": "web", "servicePort": 80}}
    rules = [{"host": login("Ingress host", "http"), "http": {"paths": [path]}}]
    yield applied(kube("Ingress", "web", "shop", "extensions/v1beta1", annotations=ingress, spec={"rules": rules}))
    yield kube("Endpoints", "db", "shop", annotations={"token": mark("Endpoints annotation")}, subsets=[])
    peer = {"from": [{"ipBlock": {"cidr": f"10.0.0.0/8#token={mark('ipBlock')}"}}]}
    yield kube("NetworkPolicy", "n", "shop", "networking.k8s.io/v1", spec={"ingress": [peer]})
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        urls = [
            {"name": "a", "clientConfig": {"url": login(f"{kind} login")}},
            {"name": "b", "clientConfig": {"url": f"https://h/x?token={mark(f'{kind} query')}"}},
        ]
        yield kube(kind, "hook", api="admissionregistration.k8s.io/v1beta1", webhooks=urls)


def storage() -> Iterator[Body]:
    keys = {"accessKey": mark("flex accessKey"), "secretkey": mark("flex secretkey"), "url": login("flex URL")}
    share = {
        "share": f"//user:{mark('flex share')}@10.0.0.1/x",
        "sharedKey": mark("flex sharedKey"),
        "sig": mark("flex sig"),
    }
    signed = {
        "signed": f"https://a/b?sv=1&sig={mark('flex signature')}&se=2",
        "mountOptions": f"password={mark('flex mount')}",
    }
    flex = {"driver": "huawei.com/fuxiobs", "options": {**keys, **share, **signed, "volumeID": "bucket-1"}}
    yield kube("PersistentVolume", "pv-flex", spec={"flexVolume": flex})
    attributes = {"everest.io/ak": mark("csi ak"), "sk": mark("csi sk"), "everest.io/obs-volume-type": "STANDARD"}
    csi = {"driver": "obs.csi.everest.io", "volumeHandle": login("volumeHandle"), "volumeAttributes": attributes}
    yield applied(kube("PersistentVolume", "pv-csi", spec={"csi": csi}))
    nfs = {"path": f"/{login('PV nfs path')}", "server": f"u:{mark('PV nfs server')}@nas"}
    yield kube("PersistentVolume", "pv-nfs", spec={"nfs": nfs, "mountOptions": [f"password={mark('PV mountOptions')}"]})
    yield kube("PersistentVolume", "pv-host", spec={"hostPath": {"path": f"/x?token={mark('PV hostPath')}"}})
    rbd = {"image": f"password={mark('PV rbd')}", "keyring": mark("PV keyring")}
    yield kube("PersistentVolume", "pv-rbd", spec={"rbd": rbd}, annotations={"x/secret": mark("PV annotation")})
    parameters = {
        "restuserkey": mark("StorageClass restuserkey"),
        "resturl": login("StorageClass resturl"),
        "adminSecretName": "heketi",
        "accessKeyId": mark("StorageClass AK"),
    }
    yield kube("StorageClass", "gold", api="storage.k8s.io/v1", provisioner="x/y", parameters=parameters)
    claim = {"annotations": {"x/password": mark("claim annotation")}, "spec": {"volumeName": "pv-flex"}}
    yield kube("PersistentVolumeClaim", "data", "shop", **claim)


def platform() -> Iterator[Body]:
    taints = [{"key": "token", "value": mark("taint"), "effect": "NoSchedule"}]
    status = {
        "addresses": [{"type": "InternalIP", "address": "10.0.0.11"}, {"type": "ExternalIP", "address": "203.0.113.7"}],
        "nodeInfo": {"kubeletVersion": "v1.13.10-r0", "osImage": "EulerOS 2.0"},
        "conditions": [{"type": "Ready", "status": "True", "message": login("node condition")}],
    }
    node = {"labels": {"join-token": mark("node label")}, "annotations": {"x": f"password={mark('node annotation')}"}}
    yield kube("Node", "node-1", uid="n1", spec={"taints": taints}, status=status, **node)
    yield kube(
        "Namespace", "shop", labels={"secret": mark("namespace label")}, annotations={"y": login("namespace URL")}
    )
    account = {"annotations": {"eks.example/token": mark("ServiceAccount annotation")}, "secrets": [{"name": "sa"}]}
    yield kube("ServiceAccount", "default", "shop", **account, imagePullSecrets=[{"name": "pull"}])
    message = f"Failed to pull {login('Event message')}: password={mark('Event message, assigned')}"
    yield kube("Event", "web.1", "shop", message=message, reason="Failed")
    yield kube("Event", "web.2", "shop", "events.k8s.io/v1beta1", note=f"token {jwt('Event note')}")
    fields = [{"manager": f"kubectl token={mark('managedFields')}", "apiVersion": "v1beta1"}]
    old = kube("Namespace", "old")
    yield {**old, "metadata": {**old["metadata"], "managedFields": fields}}
    crd = {"spec": {"validation": {"openAPIV3Schema": {"description": f"like password={mark('CRD description')}"}}}}
    yield kube("CustomResourceDefinition", "k.example.com", api="apiextensions.k8s.io/v1beta1", **crd)


def custom_resources() -> Iterator[Body]:
    kafka = {
        "authentication": {"username": "a", "password": mark("custom resource"), "passwordSecret": {"secretName": "s"}},
        "listeners": [{"tls": {"key": pem("custom resource PEM")}}],
        "env": [{"name": "SASL_TOKEN", "value": mark("custom resource env")}],
        "tokens": [mark("custom resource list")],
        "config": f'sasl.jaas.config=x required password="{mark("custom resource text")}";',
        "credentials": {"value": mark("custom resource value")},
    }
    yield kube("Kafka", "k", "shop", "kafka.strimzi.io/v1beta2", spec=kafka)
    repository = {
        "repoURL": login("Application"),
        "helm": {"parameters": [{"name": "db.password", "value": mark("argo")}]},
    }
    yield applied(kube("Application", "a", "shop", "argoproj.io/v1alpha1", spec={"source": repository}))
    issuer = {"acme": {"solvers": [{"dns01": {"cloudflare": {"apiToken": mark("Issuer")}}}]}}
    yield kube("Issuer", "i", "shop", "cert-manager.io/v1", spec=issuer)


def cce() -> Iterator[Body]:
    """Answers of the CCE API, which has kinds of its own under ``v3``."""

    def body(kind: str, name: str, spec: Body, **more: object) -> Body:
        meta = {"name": name, "uid": f"u-{name}", "annotations": {"x/token": mark(f"CCE {kind} annotation")}}
        return {"apiVersion": "v3", "kind": kind, "metadata": meta, "spec": spec, **more}

    proxy = {
        "ca": encoded(mark("CCE ca")),
        "cert": encoded(mark("CCE cert")),
        "privateKey": encoded(pem("CCE privateKey")),
    }
    authentication = {"mode": "authenticating_proxy", "authenticatingProxy": proxy}
    status = {"phase": "Available", "endpoints": [{"internal": login("CCE endpoint")}]}
    version = {"version": "v1.13.10-r0", "authentication": authentication}
    yield body("Cluster", "old", {**version, "extendParam": {"clusterAK": mark("CCE extendParam")}}, status=status)
    password = {"userPassword": {"username": "root", "password": encoded(mark("CCE login"))}}
    script = encoded(
        f"#!/bin/sh\nmysql -p{mark('CCE script')}\nexport AK={mark('CCE script AK')}\nsysctl -w vm.max_map_count=1\n"
    )
    extended = {"alpha.cce/preInstall": script, "alpha.cce/postInstall": script, "dockerBaseSize": 20}
    tags = {"token": mark("CCE k8sTags")}
    taints = [{"key": "password", "value": mark("CCE taint"), "effect": "NoSchedule"}]
    node = {"flavor": "s3.large.2", "login": password, "extendParam": extended, "k8sTags": tags, "taints": taints}
    yield body("Node", "node-2", node, status={"phase": "Active", "privateIP": "10.0.0.12"})
    keyed = {**node, "login": {"sshKey": "KeyPair-1"}, "userTags": [{"key": "token", "value": mark("CCE userTags")}]}
    yield body("NodePool", "pool", {"initialNodeCount": 1, "nodeTemplate": keyed})
    values = {
        "basic": {"swr_addr": "swr.example", "swr_user": "u", "swr_secret": mark("add-on values")},
        "custom": {"obs_ak": mark("add-on AK"), "obs_sk": mark("add-on SK"), "url": login("add-on URL")},
    }
    addon = {"addonTemplateName": "everest", "version": "1.2.0", "values": values}
    yield body("Addon", "everest", addon, status={"status": "running", "Reason": login("add-on reason")})
    yield body("Job", "job", {"subJobs": [{"metadata": {"name": login("CCE job")}}]})


def kubernetes_objects() -> list[Body]:
    sources = (secrets, helm, config_maps, workloads, network, storage, platform, custom_resources)
    return [body for source in sources for body in source()]


def cce_objects() -> list[Body]:
    return list(cce())

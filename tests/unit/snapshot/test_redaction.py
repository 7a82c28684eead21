"""No credential reaches a fact or a message: every reader is fed marked values, and everything written is searched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.errors import InputError
from migrator.locale import LANGS, text
from migrator.snapshot.codec import encode
from migrator.snapshot.model import Snapshot
from migrator.snapshot.redaction import MASK, mask_corefile
from tests.unit.snapshot.helpers import deployment, kube, listed, read

MARK = "Hunter2Marked"
B64 = "SHVudGVyMk1hcmtlZA=="
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{MARK}\n-----END RSA PRIVATE KEY-----"
URL = f"https://admin:{MARK}@db.example:3306/x"

SECRET = kube(
    "Secret",
    "db",
    "shop",
    type="Opaque",
    data={"password": B64, "tls.key": B64},
    stringData={"token": MARK},
    annotations={LAST_APPLIED: json.dumps({"apiVersion": "v1", "kind": "Secret", "stringData": {"token": MARK}})},
)
APP = {
    "initContainers": [
        {"name": "init", "command": ["sh", "-c", f"mysql --password={MARK}"], "securityContext": {"privileged": True}}
    ],
    "containers": [
        {
            "name": "app",
            "image": "nginx",
            "env": [
                {"name": "DB_PASSWORD", "value": MARK},
                {"name": "dbPassword", "value": MARK},
                {"name": "AK", "value": MARK},
                {"name": "SK", "value": MARK},
                {"name": "DATABASE_URL", "value": URL},
                {"name": "SIGNER", "value": KEY},
                {"name": "PASSWORD_FILE", "value": "/run/secret"},
                {"name": "ALLOW_EMPTY_PASSWORD", "value": "yes"},
                {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
            ],
            "args": ["--db", URL, "--api-token", MARK],
        }
    ],
    "volumes": [{"name": "f", "flexVolume": {"driver": "x/y", "options": {"password": MARK}}}],
}
INPUTS: list[dict[str, Any]] = [
    SECRET,
    deployment("web", pods=APP, annotations={LAST_APPLIED: json.dumps({"apiVersion": "apps/v1", "x": MARK})}),
    kube("CronJob", "c", "shop", "batch/v1beta1", spec={"jobTemplate": {"spec": {"template": {"spec": APP}}}}),
    kube(
        "ConfigMap",
        "conf",
        "shop",
        data={"app.yml": f"spring:\n  datasource:\n    password: {MARK}\n", "key.pem": KEY, "plain": MARK},
    ),
    kube(
        "ConfigMap",
        "coredns",
        "kube-system",
        data={
            "Corefile": f".:53 {{\n  etcd {{\n    credentials root {MARK}\n    endpoint {URL}\n  }}\n  token={MARK}\n}}"
        },
    ),
    kube(
        "PersistentVolume",
        "pv-flex",
        spec={
            "flexVolume": {
                "driver": "huawei.com/fuxiobs",
                "options": {"accessKey": MARK, "secretkey": MARK, "url": URL},
            }
        },
    ),
    kube(
        "PersistentVolume",
        "pv-csi",
        spec={
            "csi": {
                "driver": "obs.csi.everest.io",
                "volumeHandle": URL,
                "volumeAttributes": {"everest.io/ak": MARK, "sk": MARK},
            }
        },
    ),
    kube("PersistentVolume", "pv-nfs", spec={"nfs": {"server": "s", "path": f"/{URL}"}}),
    kube("StorageClass", "gold", api="storage.k8s.io/v1", parameters={"restuserkey": MARK, "resturl": URL}),
    kube(
        "Service",
        "web",
        "shop",
        annotations={"service.beta.kubernetes.io/auth-token": MARK, "kubernetes.io/elb.note": URL, "mine": MARK},
        spec={"type": "LoadBalancer"},
    ),
    kube(
        "Ingress",
        "web",
        "shop",
        "extensions/v1beta1",
        annotations={
            "nginx.ingress.kubernetes.io/configuration-snippet": f'proxy_set_header X "{MARK}";',
            "nginx.ingress.kubernetes.io/auth-secret": "shop/basic-auth",
            "ingress.kubernetes.io/custom-request-headers": f"X:{MARK}",
        },
    ),
    {
        "apiVersion": "v3",
        "kind": "Cluster",
        "metadata": {"name": "old", "uid": "1"},
        "spec": {
            "authentication": {
                "mode": "authenticating_proxy",
                "authenticatingProxy": {"ca": B64, "cert": B64, "privateKey": B64},
            }
        },
        "status": {"endpoints": [{"internal": URL}]},
    },
    {
        "apiVersion": "v3",
        "kind": "Node",
        "metadata": {"name": "n", "uid": "2"},
        "spec": {"login": {"userPassword": {"username": "root", "password": B64}}},
    },
    {
        "apiVersion": "v3",
        "kind": "NodePool",
        "metadata": {"name": "p", "uid": "3"},
        "spec": {
            "nodeTemplate": {
                "login": {"userPassword": {"password": B64}},
                "extendParam": {"alpha.cce/postInstall": B64},
            }
        },
    },
    {
        "apiVersion": "v3",
        "kind": "Addon",
        "metadata": {"name": "a", "uid": "4"},
        "spec": {"addonTemplateName": "everest", "values": {"basic": {"swr_secret": MARK, "swr_user": "u"}}},
    },
    {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [{"user": {"token": MARK}}]},
    kube("Widget", "w", "shop", "example.com/v1", spec={"password": MARK}),
]


def everything_written(snapshot: Snapshot) -> str:
    messages = [text(f"error.{i.reason}", lang, **i.values) for i in snapshot.inputs if i.reason for lang in LANGS]
    return encode(snapshot).decode() + "".join(messages)


@pytest.mark.parametrize(
    "content", [*INPUTS, listed(*INPUTS)], ids=lambda c: f"{c['kind']}-{c.get('metadata', {}).get('name')}"
)
def test_no_marked_value_is_written(content: dict[str, Any]) -> None:
    written = everything_written(read(kube("ConfigMap", "beside", "shop"), content))
    assert MARK not in written
    assert B64 not in written


@pytest.mark.parametrize(
    "broken",
    [
        f"apiVersion: v1\nkind: Secret\ndata: {{password: *{MARK}}}\n",
        f"apiVersion: v1\nkind: Secret\ndata: {{password: '{MARK}\n",
        f"apiVersion: v1\nkind: Secret\ndata: {{password: {MARK}: x: y}}\n",
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  password: {MARK}\n  password: {MARK}2\n",
        f"apiVersion: v1\nkind: Secret\ndata: !<{MARK} x\n",
        f'{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": "{MARK}", oops',
        f'{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": "{MARK}\n"}}',
        f'{{"Items": [{{"Name": "a", "Data": {{"password": "{MARK}"}}}}]}}',
        f'{{"password": "{MARK}"}}',
        MARK,
        f"apiVersion: v1\nkind: Secret\ndata: {{? [{MARK}] : 1}}\n",
    ],
)
def test_no_marked_value_is_in_a_message(broken: str) -> None:
    snapshot = read(kube("ConfigMap", "beside", "shop"), broken)
    assert snapshot.inputs[1].reason
    assert MARK not in everything_written(snapshot)
    assert MARK not in messages_of(broken)


def messages_of(content: str) -> str:
    """What the reader says of the content alone, where it refuses it."""
    try:
        read(content)
    except InputError as error:
        return "".join(error.message(lang) for lang in LANGS)
    return ""


def test_notices_say_where_and_never_what() -> None:
    found = {f"{n.ref}: {n.field}" for n in read(*INPUTS).secrets}
    assert found == {
        "Secret shop/db: data.password",
        "Secret shop/db: data.tls.key",
        f"Secret shop/db: metadata.annotations.{LAST_APPLIED}",
        "Secret shop/db: stringData.token",
        *(
            f"{workload}: {field}"
            for workload in ("Deployment shop/web", "CronJob shop/c")
            for field in (
                "args of container app",
                "command of container init",
                "env AK of container app",
                "env DATABASE_URL of container app",
                "env DB_PASSWORD of container app",
                "env SIGNER of container app",
                "env SK of container app",
                "env dbPassword of container app",
                "volume f",
            )
        ),
        "ConfigMap shop/conf: data.app.yml",
        "ConfigMap shop/conf: data.key.pem",
        "ConfigMap kube-system/coredns: data.Corefile",
        "PersistentVolume pv-flex: spec attributes accessKey",
        "PersistentVolume pv-flex: spec attributes secretkey",
        "PersistentVolume pv-flex: spec attributes url",
        "PersistentVolume pv-csi: spec attributes everest.io/ak",
        "PersistentVolume pv-csi: spec attributes sk",
        "PersistentVolume pv-csi: spec volume_id",
        "PersistentVolume pv-nfs: spec path",
        "StorageClass gold: parameters.restuserkey",
        "StorageClass gold: parameters.resturl",
        "Service shop/web: metadata.annotations.kubernetes.io/elb.note",
        "Service shop/web: metadata.annotations.service.beta.kubernetes.io/auth-token",
        "Ingress shop/web: metadata.annotations.ingress.kubernetes.io/custom-request-headers",
        "Ingress shop/web: metadata.annotations.nginx.ingress.kubernetes.io/configuration-snippet",
        "Cluster old: spec.authentication.authenticatingProxy",
        "Cluster old: spec.authentication.authenticatingProxy.privateKey",
        "Node n: spec.login.userPassword.password",
        "NodePool p: spec.nodeTemplate.login.userPassword.password",
        "Addon a: spec.values.basic.swr_secret",
        "Widget shop/w: spec.password",
    }


def test_what_is_kept_of_configs_and_the_corefile() -> None:
    snapshot = read(*INPUTS)
    assert [(c.kind, c.name, c.keys) for c in snapshot.configs] == [
        ("ConfigMap", "coredns", ("Corefile",)),
        ("ConfigMap", "conf", ("app.yml", "key.pem", "plain")),
        ("Secret", "db", ("password", "tls.key", "token")),
    ]
    corefile = snapshot.cluster.corefile
    assert corefile is not None
    assert corefile.startswith(".:53 {")
    assert snapshot.ingresses[0].annotations["nginx.ingress.kubernetes.io/auth-secret"] == "shop/basic-auth"


def test_masking_of_the_corefile() -> None:
    assert (
        mask_corefile("etcd {\n  credentials root p\n}\nforward . 10.0.0.2")
        == f"etcd {{\n  credentials {MASK}\n}}\nforward . 10.0.0.2"
    )


def test_credentials_without_a_scheme_a_name_of_their_own_or_a_line_of_their_own() -> None:
    corefile = ".:53 {\n  route53 x. { aws_access_key AKIDONE hunter2one }\n"
    corefile += "  azure g:z {\n    client_secret hunter2two\n  }\n}\n"
    coredns = kube("ConfigMap", "coredns", "kube-system", data={"Corefile": corefile})
    service = kube("Service", "s", "shop", spec={"type": "ExternalName", "externalName": "http://u:hunter2three@x"})
    options = {"share": "//user:hunter2four@10.0.0.1/x", "sharedKey": "hunter2five", "sig": "hunter2six"}
    options["url"] = "https://a/b?sv=1&sig=hunter2seven&se=2"
    volume = kube("PersistentVolume", "v", spec={"flexVolume": {"driver": "cifs", "options": options}})
    snapshot = read(coredns, service, volume)
    assert b"hunter2" not in encode(snapshot)
    assert snapshot.cluster.corefile is not None
    assert snapshot.cluster.corefile.count("}") == corefile.count("}")
    assert snapshot.volumes[0].attributes["share"].endswith("@10.0.0.1/x")

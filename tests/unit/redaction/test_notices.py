"""What was dropped is told: object and place of every planted credential, never its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.snapshot.model import Snapshot
from migrator.snapshot.redaction import MASK, mask_corefile
from tests.secrets.marks import found_in
from tests.secrets.more_plants import cce_objects, kubernetes_objects
from tests.unit.snapshot.helpers import kube, read

# One line a notice; of the kinds of workload only one Deployment, since the others have the same.
EXPECTED = (Path(__file__).parent / "notices.txt").read_text("utf-8").splitlines()
WORKLOADS = ("DaemonSet", "ReplicaSet", "StatefulSet", "ReplicationController", "Job", "CronJob", "Pod")


@pytest.fixture(scope="module")
def planted() -> Snapshot:
    return read(*kubernetes_objects(), *cce_objects())


def places(snapshot: Snapshot, kind: str, *, api: str = "") -> set[str]:
    refs = [n for n in snapshot.secrets if n.ref.kind == kind and (not api or n.ref.api_version == api)]
    return {n.field for n in refs}


def test_every_credential_is_told_by_its_place(planted: Snapshot) -> None:
    told = [f"{n.ref}: {n.field}" for n in planted.secrets if n.ref.kind not in WORKLOADS or n.ref.api_version == "v3"]
    assert told == EXPECTED
    assert found_in("\n".join(told).encode()) == set()


@pytest.mark.parametrize("kind", WORKLOADS)
def test_workloads_of_every_kind_are_searched_alike(planted: Snapshot, kind: str) -> None:
    deployment = places(planted, "Deployment")
    found = places(planted, kind, api="batch/v1" if kind == "Job" else "")
    assert found == {p for p in deployment if kind != "Pod" or not p.startswith("pod template ")}


def test_pods_are_searched_where_nothing_else_shows_their_template(planted: Snapshot) -> None:
    assert {n.ref.name for n in planted.secrets if n.ref.kind == "Pod"} == {"bare", "kafka-0"}


def test_objects_without_a_credential_are_told_nothing_of(planted: Snapshot) -> None:
    told = {(n.ref.kind, n.ref.name) for n in planted.secrets}
    silent = {(o.ref.kind, o.ref.name) for o in planted.objects} - told
    assert silent == {
        ("ControllerRevision", "db-1"),
        ("CustomResourceDefinition", "k.example.com"),
        ("Namespace", "old"),
        ("NetworkPolicy", "n"),
        ("Pod", "web-1"),
    }


def test_harmless_objects_have_no_notices() -> None:
    pods = {
        "containers": [
            {
                "name": "app",
                "image": "nginx@sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
                "env": [
                    {"name": "PASSWORD_FILE", "value": "/run/secrets/db"},
                    {"name": "ALLOW_EMPTY_PASSWORD", "value": "yes"},
                    {"name": "TOKEN_URL", "value": "https://sso.example/token"},
                    {"name": "DB_PASSWORD", "value": "$(FROM)"},
                    {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                ],
                "args": ["--authorization-mode=RBAC", "--tls-private-key-file=/etc/tls.key", "--token-ttl", "60"],
                "livenessProbe": {"httpGet": {"path": "/healthz", "httpHeaders": [{"name": "Host", "value": "x"}]}},
            }
        ],
        "volumes": [
            {"name": "s", "secret": {"secretName": "db"}},
            {"name": "c", "csi": {"driver": "x", "nodePublishSecretRef": {"name": "db"}}},
            {"name": "n", "nfs": {"server": "10.0.0.9", "path": "/data"}},
        ],
        "imagePullSecrets": [{"name": "pull"}],
    }
    ingress = {
        "nginx.ingress.kubernetes.io/auth-secret": "shop/basic-auth",
        "nginx.ingress.kubernetes.io/auth-type": "basic",
        "nginx.ingress.kubernetes.io/cors-allow-headers": "Authorization, X-Token",
        "nginx.ingress.kubernetes.io/auth-tls-secret": "shop/ca",
        "cert-manager.io/private-key-algorithm": "RSA",
    }
    config = {"log.level": "info", "tls.crt": "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----"}
    snapshot = read(
        kube("Pod", "p", "shop", spec=pods, annotations={"checksum/secret": "0" * 64}),
        kube("Ingress", "i", "shop", "networking.k8s.io/v1", annotations=ingress, spec={}),
        kube("ConfigMap", "c", "shop", data=config),
        kube(
            "StorageClass", "s", api="storage.k8s.io/v1", parameters={"csi.storage.k8s.io/node-stage-secret-name": "x"}
        ),
        kube("ServiceAccount", "a", "shop", secrets=[{"name": "a-token"}], automountServiceAccountToken=False),
        kube(
            "Certificate", "c", "shop", "cert-manager.io/v1", spec={"secretName": "tls", "privateKey": {"size": 2048}}
        ),
    )
    assert snapshot.secrets == ()
    assert snapshot.ingresses[0].annotations == ingress


def test_what_is_kept_beside_a_credential() -> None:
    corefile = ".:53 {\n  etcd {\n    credentials root hunter2\n  }\n  route53 x. { aws_access_key AKID hunter2 }\n"
    corefile += "  azure g:z {\n    client_secret hunter2\n  }\n  dnssec {\n    key file Kx\n  }\n}\n"
    masked = mask_corefile(corefile)
    assert "hunter2" not in masked
    assert masked.count("}") == corefile.count("}")
    assert f"credentials {MASK}\n" in masked
    assert "key file Kx\n" in masked
    options = {
        "share": "//user:hunter2@10.0.0.1/x",
        "sharedKey": "hunter2",
        "volumeID": "bucket-1",
        "resturl": "http://h",
    }
    volume = read(kube("PersistentVolume", "v", spec={"flexVolume": {"driver": "x/y", "options": options}})).volumes[0]
    masked_options = {"share": f"//{MASK}@10.0.0.1/x", "sharedKey": MASK}
    assert volume.attributes == {**options, **masked_options}

"""The collector with a real kubectl: its template, pages, questions; and a real API server where there is one."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from migrator.snapshot.model import CoverageState, Section
from migrator.snapshot.read import read_paths
from tests.unit.collector.api import api_server, kubeconfig, program, recorded, wait_until_ready
from tests.unit.collector.cluster import FORBIDDEN, PASSWORD, Bastion, Collected, answers, named

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "collecting.md"
RELEASE = {
    "metadata": {
        "name": "sh.helm.release.v1.web.v3",
        "namespace": "shop",
        "uid": "u2",
        "labels": {"name": "web", "owner": "helm", "status": "deployed", "version": "3"},
    },
    "type": "helm.sh/release.v1",
    "data": {"release": PASSWORD},
}
SECRETS = [
    named("db", "shop", type="Opaque", data={"password": PASSWORD, "user": PASSWORD}),
    named("empty", "shop", type="Opaque"),
    RELEASE,
]


def collect(folder: Path, address: str, token: str, *arguments: str) -> tuple[Bastion, Collected]:
    file = kubeconfig(folder, address, token)
    bastion = Bastion(folder / f"bastion-{token}", {})
    return bastion, bastion.run("--kubeconfig", str(file), *arguments, KUBECTL=program("kubectl"))


def test_a_real_kubectl_collects_without_a_value_of_a_secret(tmp_path: Path) -> None:
    given = answers()
    given["/api/v1/secrets"] = {"kind": "SecretList", "apiVersion": "v1", "items": SECRETS}
    given["/api/v1/configmaps"] = {"kind": "ConfigMapList", "apiVersion": "v1", "items": []}
    with recorded(given) as address:
        bastion, done = collect(tmp_path, address, "t0ken")
    assert done.code == 0, done.said
    assert "may not read: secrets" in done.said, "kubectl auth can-i was asked"
    assert done.manifest["cluster"] == "old-shop"
    assert re.match(r"v\d", done.manifest["kubectl"])
    counts = {r["resource"]: (r["count"], len(r["files"])) for r in done.manifest["resources"] if r["files"]}
    assert counts["namespaces"] == (3, 2), "two pages"
    assert counts["secrets"] == (3, 1)
    packed = bastion.packed()
    assert PASSWORD not in packed
    assert "t0ken" not in packed
    assert str(tmp_path) not in packed
    assert done.archive is not None
    snapshot = read_paths([done.archive])
    assert {c.name: (c.type, c.keys) for c in snapshot.configs if c.kind == "Secret"} == {
        "db": ("Opaque", ("password", "user")),
        "empty": ("Opaque", ()),
        "sh.helm.release.v1.web.v3": ("helm.sh/release.v1", ("release",)),
    }
    assert [(r.name, r.revision, r.status) for r in snapshot.helm_releases] == [("web", 3, "deployed")]
    assert not [p for i in snapshot.inputs for p in i.problems]


def test_a_real_kubectl_that_is_refused(tmp_path: Path) -> None:
    given = answers() | {"/api/v1/secrets": FORBIDDEN, "/api/v1/pods": FORBIDDEN}
    given["/api/v1/configmaps"] = {"kind": "ConfigMapList", "apiVersion": "v1", "items": []}
    with recorded(given) as address:
        _, done = collect(tmp_path, address, "t0ken")
    assert done.code == 1
    # Each namespace was asked too, and nobody knows them.
    assert done.rows()["secrets"] == done.rows()["pods"] == "partial"
    assert done.rows()["deployments.apps"] == "collected"


# --- a real API server ---

USERS = 'admin,admin,1,"system:masters"\nreader,reader,2\nstranger,stranger,3\n'
OBJECTS = {
    "kind": "List",
    "apiVersion": "v1",
    "items": [
        {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "shop"}},
        {
            "kind": "Secret",
            "apiVersion": "v1",
            "metadata": {"name": "db", "namespace": "shop"},
            "stringData": {"password": PASSWORD, "with.dots_and-dashes": PASSWORD},
        },
        {
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "app", "image": "web:1"}]},
                },
            },
        },
        *(
            {
                "kind": "ConfigMap",
                "apiVersion": "v1",
                "metadata": {"name": f"c{n}", "namespace": "shop"},
                "data": {"tricky": '}]}"items":[{"metadata":{}}] \\" \\\\'},
            }
            for n in range(7)
        ),
    ],
}


def cluster_role() -> str:
    """The ClusterRole that the guide gives, with its binding."""
    found = re.search(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_a_real_api_server_is_collected_by_who_has_the_rights_of_the_guide(tmp_path: Path) -> None:
    kubectl = program("kubectl")
    with api_server(tmp_path, USERS) as address:
        admin = [kubectl, f"--kubeconfig={kubeconfig(tmp_path, address, 'admin')}"]
        wait_until_ready(admin)
        for manifest in (json.dumps(OBJECTS), cluster_role()):
            subprocess.run([*admin, "apply", "-f", "-"], input=manifest, text=True, check=True, capture_output=True)
        bastion, done = collect(tmp_path, address, "reader", "--page-size", "3")
        _, refused = collect(tmp_path, address, "stranger")
        _, with_nodes = collect(tmp_path, address, "admin", "--node-facts=daemonset", "--node-wait=1")
        left = subprocess.run([*admin, "get", "daemonsets", "-A", "-o", "name"], capture_output=True, check=True)
        # Whoever has the rights of the guide cannot change anything.
        reader = [kubectl, f"--kubeconfig={kubeconfig(tmp_path, address, 'reader')}"]
        wrong = subprocess.run([*reader, "-n", "shop", "delete", "secret", "db"], capture_output=True, check=False)
        assert wrong.returncode != 0

    assert done.code == 0, done.said
    packed = bastion.packed()
    assert PASSWORD not in packed
    assert done.archive is not None
    snapshot = read_paths([done.archive])
    assert not [p for i in snapshot.inputs for p in i.problems]
    names = {(o.ref.kind, o.ref.name) for o in snapshot.objects}
    assert {("Deployment", "web"), ("ConfigMap", "c6"), ("Secret", "db"), ("ClusterRole", "cluster-admin")} <= names
    assert {c.keys for c in snapshot.configs if c.name == "db"} == {("password", "with.dots_and-dashes")}
    row = next(r for r in done.manifest["resources"] if r["resource"] == "configmaps")
    kept = [c for c in snapshot.configs if c.kind == "ConfigMap"]
    assert row["count"] == len(kept) >= 7
    assert len(row["files"]) == -(-len(kept) // 3), "pages of three"
    listed = {s.section: s.state for s in snapshot.coverage}
    assert listed[Section.WORKLOADS] is listed[Section.INGRESSES] is CoverageState.READ

    # The server takes the DaemonSet as it is written; no kubelet is there to run it.
    assert "Made the DaemonSet kube-system/" in with_nodes.said
    assert "Removed the DaemonSet" in with_nodes.said
    assert left.stdout == b""
    assert (refused.code, refused.archive) == (3, None), "a stranger may read nothing"

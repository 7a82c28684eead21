"""A small cluster for the collector: the answers of its API by path, and a kubectl that serves them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrator.collector.script import collect_script
from migrator.locale import Lang

SHELLS = {"sh": ["sh"], "dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}
PASSWORD = "Sup3r-S3cret-Value"


def _heed_interrupts() -> None:
    """What a shell starts in the background ignores Ctrl-C, and all that comes of it; at a bastion nobody does so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Error(NamedTuple):
    """What kubectl says where the API server refuses or fails."""

    text: str


class Slow(NamedTuple):
    """An answer that takes so many seconds."""

    seconds: float
    answer: Any


FORBIDDEN = Error(
    'Error from server (Forbidden): {resource} is forbidden: User "ops" cannot list resource "{resource}"'
)
NOT_FOUND = Error("Error from server (NotFound): the server could not find the requested resource")
EXPIRED = Error("Error from server (Expired): The provided continue parameter is too old to display a consistent list")
TIMEOUT = Error("Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded)")

Answers = dict[str, Any]


def typed(kind: str, api: str, *items: dict[str, Any], go_on: str = "") -> dict[str, Any]:
    """A list as the API server sends it: kind and version stand on the list alone."""
    meta = {"resourceVersion": "7", **({"continue": go_on} if go_on else {})}
    return {"kind": f"{kind}List", "apiVersion": api, "metadata": meta, "items": list(items)}


def named(name: str, namespace: str = "", **fields: Any) -> dict[str, Any]:
    meta = {"name": name, **({"namespace": namespace} if namespace else {}), "uid": f"u-{namespace}-{name}"}
    return {"metadata": meta, **fields}


def resource(
    name: str, kind: str, *, namespaced: bool = True, verbs: tuple[str, ...] = ("get", "list")
) -> dict[str, Any]:
    return {"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": list(verbs)}


def group(name: str, *versions: str) -> dict[str, Any]:
    """A group of the discovery, its preferred version first."""
    listed = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def discovery(**resources: list[dict[str, Any]]) -> Answers:
    """Answers of the discovery; keys are ``apps_v1`` for ``apps/v1``, ``v1`` for the core."""
    found: Answers = {}
    for key, listed in resources.items():
        name = key.replace("__", ".").replace("_", "/")
        path = "/api/v1" if name == "v1" else f"/apis/{name}"
        found[path] = {"kind": "APIResourceList", "groupVersion": name, "resources": listed}
    return found


POD = {"spec": {"containers": [{"name": "app", "image": "web:1"}]}, "status": {"phase": "Running"}}
WEB = {
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "web:1"}]},
        },
    }
}
# What the product's own words may look like inside strings: none of it is structure.
TRICKY = {"data": {"a": '}]}{[ "items":[{ \\" \\\\', "b": "last\\", "c": '{"metadata":{"name":"no"}}', "continue": "x"}}


def answers() -> Answers:
    """A cluster of 1.15 with two nodes, of which everything may be read."""
    found = discovery(
        v1=[
            resource("configmaps", "ConfigMap"),
            resource("events", "Event"),
            resource("namespaces", "Namespace", namespaced=False),
            resource("nodes", "Node", namespaced=False),
            resource("nodes/status", "Node", namespaced=False, verbs=("get",)),
            resource("persistentvolumeclaims", "PersistentVolumeClaim"),
            resource("pods", "Pod"),
            resource("pods/log", "Pod", verbs=("get",)),
            resource("secrets", "Secret"),
            resource("services", "Service"),
            resource("bindings", "Binding", verbs=("create",)),
        ],
        apps_v1=[resource("deployments", "Deployment")],
        extensions_v1beta1=[resource("deployments", "Deployment"), resource("ingresses", "Ingress")],
        batch_v1=[resource("jobs", "Job")],
        batch_v1beta1=[resource("cronjobs", "CronJob")],
        storage__k8s__io_v1=[resource("storageclasses", "StorageClass", namespaced=False)],
    )
    node = {"status": {"nodeInfo": {"kubeletVersion": "v1.15.11-r1", "kernelVersion": "3.10.0-862"}}}
    ips = [
        {"status": {**node["status"], "addresses": [{"type": "InternalIP", "address": f"192.168.0.{n}"}]}}
        for n in (11, 12)
    ]
    found |= {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/version": {"major": "1", "minor": "15+", "gitVersion": "v1.15.11-r1"},
        "/apis": {
            "kind": "APIGroupList",
            "groups": [
                group("extensions", "v1beta1"),
                group("apps", "v1"),
                group("batch", "v1", "v1beta1"),
                group("storage.k8s.io", "v1"),
            ],
        },
        "/api/v1/namespaces": typed("Namespace", "v1", named("default"), named("shop"), named("kube-system")),
        "/api/v1/nodes": typed("Node", "v1", named("web-1", **ips[0]), named("web-2", **ips[1])),
        "/api/v1/pods": typed("Pod", "v1", named("web-1", "shop", **POD)),
        "/api/v1/services": typed("Service", "v1", named("web", "shop", spec={"ports": [{"port": 80}]})),
        "/api/v1/persistentvolumeclaims": typed("PersistentVolumeClaim", "v1"),
        "/api/v1/configmaps?labelSelector=OWNER%21%3DTILLER": typed(
            "ConfigMap", "v1", named("tricky", "shop", **TRICKY)
        ),
        "/apis/apps/v1/deployments": typed("Deployment", "apps/v1", named("web", "shop", **WEB)),
        "/apis/extensions/v1beta1/ingresses": typed("Ingress", "extensions/v1beta1"),
        "/apis/batch/v1/jobs": typed("Job", "batch/v1"),
        "/apis/batch/v1beta1/cronjobs": typed("CronJob", "batch/v1beta1"),
        "/apis/storage.k8s.io/v1/storageclasses": typed(
            "StorageClass", "storage.k8s.io/v1", named("csi-disk", provisioner="everest-csi-provisioner")
        ),
        "/metrics": '# HELP apiserver_storage_objects x\napiserver_storage_objects{resource="pods"} 1\nother 7\n',
        "secrets": SECRETS,
        "configmaps -l OWNER=TILLER": '{"kind":"ConfigMapList","apiVersion":"v1","items":[]}\n',
    }
    return found


def few() -> Answers:
    """The same cluster with nothing but namespaces, nodes, pods and services: for what does not depend on the rest."""
    kept = ("/api/v1/namespaces", "/api/v1/nodes", "/api/v1/pods", "/api/v1/services", "/version", "/metrics")
    names = {"namespaces", "nodes", "pods", "services"}
    whole = answers()
    core = [r for r in whole["/api/v1"]["resources"] if r["name"] in names]
    return {path: whole[path] for path in kept} | discovery(v1=core) | {"/apis": {"kind": "APIGroupList", "groups": []}}


# What kubectl prints for the collector's template: a comma after every item and every key.
SECRETS = (
    '{"kind":"SecretList","apiVersion":"v1","items":[\n'
    '{"metadata":{"name":"db","namespace":"shop","uid":"u1","labels":{ }},'
    '"type":"Opaque","data":{ "password":"","user":"",}},\n'
    '{"metadata":{"name":"sh.helm.release.v1.web.v3","namespace":"shop","uid":"u2",'
    '"labels":{ "name":"web","owner":"helm","status":"deployed","version":"3",}},'
    '"type":"helm.sh/release.v1","data":{ "release":"",}},]}\n'
)

_KUBECTL = r"""#!/bin/sh
here=${0%/*}
printf '%s\n' "$*" >>"$here/calls"
while :; do
    case ${1:-} in
        --kubeconfig=* | --context=* | --request-timeout=*) shift ;;
        -n) namespace=$2 && shift 2 ;;
        *) break ;;
    esac
done
answer() {
    file=$here/answers/$(printf '%s' "$1" | sed -e 's/limit=[0-9]*&*//' -e 's/[?&]$//' | tr -c 'A-Za-z0-9' '_')
    [ ! -f "$file.slow" ] || sleep "$(cat "$file.slow")"
    if [ -f "$file.error" ]; then cat "$file.error" >&2; exit 1; fi
    if [ -f "$file" ]; then cat "$file"; exit 0; fi
    cat "$here/answers/not_found.error" >&2
    exit 1
}
case "$1 ${2:-}" in
    'get --raw') answer "$3" ;;
    'get secrets' | 'get configmaps')
        what=$2
        shift 2
        while [ $# -gt 0 ]; do
            case $1 in
                -n) what="$what -n $2" ;;
                -l) what="$what -l $2" ;;
            esac
            shift
        done
        answer "$what" ;;
    'get pods') cat "$here/pods" ;;
    'version --client') echo '{"clientVersion": {"gitVersion": "v1.13.4"}}' ;;
    'config current-context') echo ops@old ;;
    'config view') printf 'old-shop' ;;
    'auth can-i') if grep -q -x "$4" "$here/denied" 2>/dev/null; then echo no; exit 1; else echo yes; fi ;;
    'create -f')
        if [ -f "$here/create.error" ]; then cat "$here/create.error" >&2; exit 1; fi
        cp "$3" "$here/created" ;;
    'delete daemonset') echo "$3" >>"$here/deleted" ;;
    'exec '*) # on a node: its root is a folder, and the environment is that of the container
        node=${2#pod-of-}
        [ ! -f "$here/broken-$node" ] || { printf '# cce-migrator node-facts 1 node=%s\n' "$node"; exit 1; }
        [ ! -f "$here/hanging-$node" ] || { printf '# cce-migrator node-facts 1 node=%s\n' "$node"; exec sleep 300; }
        shift 3
        ROOT=$here/root NODE=$node FACTS=$(cat "$here/facts.sh") exec "$@" ;;
    *) echo "Error: unknown command \"$1\" for \"kubectl\"" >&2; exit 1 ;;
esac
"""


class Collected(NamedTuple):
    """How a run ended, and what it packed."""

    code: int
    said: str
    archive: Path | None
    manifest: dict[str, Any]

    def rows(self, status: str = "") -> dict[str, str]:
        """resource.group -> status or, of one status, the reason."""
        return {
            ".".join(filter(None, (r["resource"], r["group"]))): r["reason"] if status else r["status"]
            for r in self.manifest["resources"]
            if status in ("", r["status"])
        }


def file_of(path: str) -> str:
    """The name under which the kubectl of the tests keeps the answer to a path."""
    return re.sub(r"[^A-Za-z0-9]", "_", path)


class Bastion:
    """A folder with the collector, a kubectl, and the answers that it gives."""

    def __init__(self, folder: Path, given: Answers | None = None, lang: Lang = "en") -> None:
        self.folder = folder
        (folder / "answers").mkdir(parents=True)
        self.script = folder / "collect.sh"
        self.script.write_bytes(collect_script(lang))
        self.kubectl = folder / "kubectl"
        self.kubectl.write_text(_KUBECTL)
        self.kubectl.chmod(0o755)
        self.answer({"not_found": NOT_FOUND, **(answers() if given is None else given)})

    def answer(self, given: Answers) -> None:
        for path, told in given.items():
            value = told.answer if isinstance(told, Slow) else told
            if isinstance(told, Slow):
                (self.folder / "answers" / f"{file_of(path)}.slow").write_text(str(told.seconds))
            name = f"{file_of(path)}.error" if isinstance(value, Error) else file_of(path)
            content = value.text.format(resource=path.rpartition("/")[2]) if isinstance(value, Error) else value
            if not isinstance(content, str):
                content = json.dumps(content, separators=(",", ":"))
            (self.folder / "answers" / name).write_text(content)

    def start(self, *arguments: str, shell: str = "sh", **environment: str) -> subprocess.Popen[str]:
        if shutil.which(SHELLS[shell][0]) is None:
            pytest.skip(f"there is no {shell} on this machine")
        path = str(self._applets()) if shell == "busybox" else os.environ["PATH"]
        return subprocess.Popen(
            [shutil.which(SHELLS[shell][0]) or "", *SHELLS[shell][1:], str(self.script), *arguments],
            cwd=self.folder,
            env={"PATH": path, "HOME": str(self.folder), "KUBECTL": str(self.kubectl), **environment},
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509 - no threads of ours, and one system call
            start_new_session=True,
        )

    def _applets(self) -> Path:
        """A folder with busybox under the name of each of its programs: awk, sed and tar are its own as well."""
        folder = self.folder / "applets"
        if not folder.exists():
            folder.mkdir()
            subprocess.run([shutil.which("busybox") or "busybox", "--install", "-s", str(folder)], check=True)
        return folder

    def run(self, *arguments: str, shell: str = "sh", **environment: str) -> Collected:
        process = self.start("--out", "out.tar.gz", *arguments, shell=shell, **environment)
        _, said = process.communicate(timeout=120)
        return self.result(process.returncode, said)

    def interrupted(self, *arguments: str, shell: str, until: str) -> Collected:
        """Run until ``until`` stands in the calls of kubectl, then press Ctrl-C."""
        process = self.start("--out", "out.tar.gz", *arguments, shell=shell)
        deadline = time.monotonic() + 60
        while until not in self.calls() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
        return self.result(process.returncode, said)

    def result(self, code: int, said: str) -> Collected:
        found = sorted(self.folder.glob("*.tar.gz"))
        archive = found[0] if found else None
        manifest: dict[str, Any] = {}
        if archive is not None:
            with tarfile.open(archive) as packed:
                name = next(n for n in packed.getnames() if n.endswith("/collection.json"))
                member = packed.extractfile(name)
                assert member is not None
                manifest = json.loads(member.read())
        return Collected(code, said, archive, manifest)

    def calls(self) -> str:
        path = self.folder / "calls"
        return path.read_text() if path.exists() else ""

    def packed(self) -> str:
        """Everything in the archive as one text."""
        with tarfile.open(next(iter(self.folder.glob("*.tar.gz")))) as packed:
            members = [packed.extractfile(m) for m in packed.getmembers() if m.isfile()]
            return "\n".join(m.read().decode() for m in members if m is not None)

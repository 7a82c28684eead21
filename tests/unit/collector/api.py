"""APIs for a real kubectl: one made of recorded answers, and a real API server with a store of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.collector.cluster import FORBIDDEN, Answers

_NOT_TILLER = "?labelSelector=OWNER%21%3DTILLER"


class _Recorded(BaseHTTPRequestHandler):
    """Answers by path; lists in pages of two; ``FORBIDDEN`` as the Status of an API server; rights but for Secrets."""

    given: Answers = {}

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(split.query).items()}
        path = split.path + (_NOT_TILLER if asked.get("labelSelector") == "OWNER!=TILLER" else "")
        answer = self.given.get(path)
        if answer is None:
            self._send(404, _status(404, "NotFound", "the server could not find the requested resource"))
        elif answer is FORBIDDEN:
            self._send(403, _status(403, "Forbidden", f"{path} is forbidden"))
        else:
            self._send(200, _page(answer, asked))

    def do_POST(self) -> None:
        """An access review; kubectl asks in protobuf and understands JSON."""
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        review = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": {}}
        self._send(201, {**review, "status": {"allowed": b"secrets" not in asked}})

    def _send(self, code: int, answer: Any) -> None:
        content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: the output of a test is its own."""


def _status(code: int, reason: str, message: str) -> dict[str, Any]:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
    return {**status, "reason": reason, "code": code, "message": message}


def _page(answer: Any, asked: dict[str, str]) -> Any:
    if not isinstance(answer, dict) or "items" not in answer or "limit" not in asked:
        return answer
    start = int(asked.get("continue", "0"))
    rest = len(answer["items"]) > start + 2
    meta = {"resourceVersion": "7", **({"continue": str(start + 2)} if rest else {})}
    return {**answer, "metadata": meta, "items": answer["items"][start : start + 2]}


@contextmanager
def recorded(given: Answers) -> Iterator[str]:
    """The address of an API that gives these answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Api", (_Recorded,), {"given": given}))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def program(name: str) -> str:
    """The path of a program, also where KUBEBUILDER_ASSETS, as in the tests of controllers, names its folder."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("KUBEBUILDER_ASSETS", ""), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"there is no {name} on this machine (put it on the PATH, or its folder into KUBEBUILDER_ASSETS)")
    return found


def kubeconfig(folder: Path, address: str, token: str) -> Path:
    file = folder / f"{token}.kubeconfig"
    cluster = {"name": "old-shop", "cluster": {"server": address, "insecure-skip-tls-verify": True}}
    context = {"name": "ops@old", "context": {"cluster": "old-shop", "user": "ops"}}
    user = {"name": "ops", "user": {"token": token}}
    whole = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context], "users": [user]}
    file.write_text(json.dumps({**whole, "current-context": "ops@old"}))
    return file


@contextmanager
def api_server(folder: Path, users: str) -> Iterator[str]:
    """The address of a real API server with RBAC and these users (lines of ``token,name,uid,"groups"``)."""
    etcd, server = program("etcd"), program("kube-apiserver")
    openssl = program("openssl")
    (folder / "users.csv").write_text(users)
    key = folder / "accounts.key"
    subprocess.run([openssl, "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    store, peers, port = _free_ports(3)
    processes = []
    with (folder / "servers.log").open("wb") as log:
        try:
            urls = f"http://127.0.0.1:{store}"
            store_options = [f"--data-dir={folder / 'etcd'}", f"--listen-client-urls={urls}"]
            store_options += [f"--advertise-client-urls={urls}", f"--listen-peer-urls=http://127.0.0.1:{peers}"]
            processes.append(subprocess.Popen([etcd, *store_options], stdout=log, stderr=log))
            options = [f"--etcd-servers={urls}", f"--secure-port={port}", "--bind-address=127.0.0.1"]
            options += [f"--cert-dir={folder / 'certs'}", f"--token-auth-file={folder / 'users.csv'}"]
            options += ["--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount"]
            options += [f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"]
            options += ["--service-account-issuer=https://kubernetes.default.svc", "--api-audiences=api"]
            options += ["--service-cluster-ip-range=10.247.0.0/16", "--allow-privileged=true"]
            processes.append(subprocess.Popen([server, *options], stdout=log, stderr=log))
            yield f"https://127.0.0.1:{port}"
        finally:
            for process in reversed(processes):
                process.terminate()
            for process in processes:
                process.wait(timeout=30)


def wait_until_ready(kubectl: list[str], seconds: int = 120) -> None:
    deadline = time.monotonic() + seconds
    while True:
        done = subprocess.run([*kubectl, "get", "--raw", "/readyz"], capture_output=True, text=True, check=False)
        if done.stdout == "ok":
            return
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.5)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports

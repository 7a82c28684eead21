"""Every way in: how the marked objects can be written. A new reader is one more row in ``FORMS``."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from tests.secrets.marks import BEGINNING, mark
from tests.secrets.more_plants import cce_objects, kubernetes_objects
from tests.secrets.other_files import foreign_files, metrics, node_bundle, node_files
from tests.secrets.plants import Body, kubeconfig, login
from tests.secrets.tables import csv_tables, workbooks
from tests.unit.snapshot.helpers import listed

Files = Mapping[str, bytes]  # relative names


class Form(NamedTuple):
    """One way in. ``whole``: every planted object is read from it; otherwise part of it is broken or foreign."""

    name: str
    files: Callable[[], Files]
    whole: bool = False


# --- kubectl ------------------------------------------------------------------------------------------------------


def dumped(value: Any, indent: int | None = 4) -> bytes:
    return json.dumps(value, indent=indent, ensure_ascii=False).encode()


def as_yaml(*documents: Any, flow: bool = False) -> bytes:
    form = {"allow_unicode": True, "sort_keys": False, "default_flow_style": flow}
    return yaml.dump_all(documents, Dumper=yaml.CSafeDumper, **form).encode()


def everything() -> list[Body]:
    return [*kubernetes_objects(), *cce_objects()]


def typed_lists() -> Files:
    """``kubectl get deployments -o json`` of some versions: the kind stands on the list alone."""
    kinds: dict[tuple[str, str], list[Body]] = defaultdict(list)
    for body in kubernetes_objects():
        kinds[body["apiVersion"], body["kind"]].append(
            {k: v for k, v in body.items() if k not in ("apiVersion", "kind")}
        )
    lists = {
        f"{kind}-{i}.json": listed(*items, kind=f"{kind}List", api=api)
        for i, ((api, kind), items) in enumerate(kinds.items())
    }
    return {name.lower(): dumped(content) for name, content in lists.items()}


def with_comments() -> bytes:
    """JSON as people edit it: comments, among them a password, and a comma too many."""
    text = dumped(listed(*everything())).decode()
    text = text.replace("{\n", f"{{\n  // password: {mark('comment in JSON')}\n", 3)
    return re.sub(r"\n    \]\n\}$", ",\n    ]\n}", text).encode()


def with_preface() -> bytes:
    return f"Warning: token {login('preface')} is old\n".encode() + dumped(listed(*everything()))


def in_a_row() -> bytes:
    return b"\n".join(dumped(body) for body in everything())


# --- archives and folders -----------------------------------------------------------------------------------------


def tarred(files: Files, mode: str = "w:gz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zipped(files: Files) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def one_by_one() -> dict[str, bytes]:
    return {f"{i:03}-{body['kind'].lower()}.yaml": as_yaml(body) for i, body in enumerate(everything())}


def cluster_info() -> Files:
    """``kubectl cluster-info dump --output-directory``: a folder a namespace, logs of pods beside the objects."""
    files = {
        "dump/nodes.json": dumped(listed(*(b for b in kubernetes_objects() if b["kind"] == "Node"), kind="NodeList"))
    }
    for kind in ("Pod", "Service", "Deployment", "DaemonSet", "ReplicaSet", "ReplicationController", "Event"):
        found = [b for b in kubernetes_objects() if b["kind"] == kind]
        name = kind.lower() + "s"
        files[f"dump/shop/{name}.json"] = dumped(listed(*found, kind=f"{kind}List", api=found[0]["apiVersion"]))
    log = f"connected with password={mark('log of a pod')}\n{login('log of a pod, URL')}\n"
    return files | {"dump/shop/web-1/logs.txt": f"==== START logs ====\n{log}==== END logs ====\n".encode()}


def cluster_info_stream() -> bytes:
    """The same to standard output: values in a row with the logs of pods between them."""
    log = f"==== START logs for container app of pod shop/web ====\ntoken={mark('log in a stream')}\n{{\n"
    log += "==== END logs for container app of pod shop/web ====\n"
    return log.encode().join(dumped(listed(body)) for body in everything())


def internal_form() -> bytes:
    """What kubectl of 1.9 to 1.13 printed: capital letters, no kinds."""

    def capital(value: Any) -> Any:
        if isinstance(value, dict):
            return {k[:1].upper() + k[1:]: capital(v) for k, v in value.items() if k not in ("kind", "apiVersion")}
        return [capital(v) for v in value] if isinstance(value, list) else value

    items = [{**body.pop("Metadata"), **body} for body in map(capital, kubernetes_objects())]
    return dumped({"ListMeta": {"SelfLink": "/api/v1/secrets"}, "Items": items})


_PLURALS = {
    "Ingress": "ingresses",
    "NetworkPolicy": "networkpolicies",
    "StorageClass": "storageclasses",
    "Endpoints": "endpoints",
}


def velero() -> Files:
    """A backup of Velero: a file an object, by resource and namespace."""
    files = {"metadata/version": b"1\n"}
    for body in kubernetes_objects():
        group = body["apiVersion"].rpartition("/")[0]
        plural = _PLURALS.get(body["kind"], body["kind"].lower() + "s")
        resource = f"{plural}.{group}" if group else plural
        meta = body["metadata"]
        place = f"namespaces/{meta['namespace']}" if "namespace" in meta else "cluster"
        files[f"resources/{resource}/{place}/{meta['name']}.json"] = dumped(body, None)
    return {"backup.tar.gz": tarred(files)}


def collected() -> Files:
    """The archive of the collector, with what it says of itself: reasons are what kubectl has printed."""

    def row(resource: str, kind: str, status: str, **more: object) -> Body:
        group = more.pop("group", "")
        return {"resource": resource, "group": group, "version": "v1", "kind": kind, "status": status, **more}

    refused = f"error: You must be logged in: token {mark('collector, refused')} of {login('collector, refused URL')}"
    maps = [b for b in kubernetes_objects() if b["kind"] == "ConfigMap"]
    manifest = {
        "kind": "CceMigratorCollection",
        "format": 1,
        "server": f"v1.13.10 password={mark('collector, version')}",
        "complete": False,
        "resources": [
            row("configmaps", "ConfigMap", "collected", files=["configmaps.json"], count=len(maps) + 1),
            row("secrets", "Secret", "refused", reason=refused),
            row("ingresses", "Ingress", "failed", group="extensions", reason=f"password={mark('collector, failed')}"),
            row("pods", "Pod", "partial", files=["pods.json"], reason=login("collector, partial")),
        ],
        "nodes": [{"node": "web-1", "status": "failed", "reason": f"sshpass -p {mark('collector, node')}: denied"}],
    }
    files = {
        "collection.json": dumped(manifest),
        "configmaps.json": dumped(listed(*maps)),
        "pods.json": dumped(listed()),
    }
    broken = dumped(manifest)[:-30] + mark("collector, broken").encode()
    return {"collected.tar.gz": tarred(files), "broken/collection.json": broken}


def cce_lists() -> Files:
    kinds: dict[str, list[Body]] = defaultdict(list)
    for body in cce_objects():
        kinds[body["kind"]].append(body)
    return {f"{kind}.json": dumped({"kind": kind, "apiversion": "v3", "items": items}) for kind, items in kinds.items()}


# --- broken at the place of a credential ---------------------------------------------------------------------------


def cut_off() -> Files:
    """Each object ends behind its first mark: an export that was interrupted."""
    files = {}
    for i, body in enumerate(everything()):
        for name, content in (("json", dumped(body).decode()), ("yaml", as_yaml(body).decode())):
            position = content.find(BEGINNING)
            if position >= 0:
                files[f"cut-{i:03}.{name}"] = content[: position + 20].encode()
    return files


def torn_items() -> bytes:
    """A list in which the text with the first mark of each item is not closed."""
    items = [re.sub(rf'({BEGINNING}[^"\\]*)"', r"\1", dumped(body).decode(), count=1) for body in everything()]
    text = '{\n    "apiVersion": "v1",\n    "kind": "List",\n    "items": [\n        '
    return (text + ",\n        ".join(item.replace("\n", "\n        ") for item in items) + "\n    ]\n}\n").encode()


_BROKEN_LINES = (
    "  password: *{0}",
    "  password: '{0}",
    '  password: "{0}\\q"',
    "  password: {0}: x: y",
    "  password: !<{0} x",
    "  password: &{0} [*{0}, *{0}]",
    "\tpassword: {0}",
    "  password: {{{0}",
    "  ? [{0}]\n  : 1",
    "  {0}\n  password: 1",
    "  password: |{0}",
    "  password: @{0}",
    "  password: `{0}`",
    "  password: %{0}",
    "  password: ***{0}***",
    "  password: {0}\n  password: {0}2",
    "  <<: {0}",
    "  <<: *{0}",
    "  password: " + "[" * 200 + "{0}" + "]" * 200,
    "  password: 1" + "0" * 5000 + " # {0}",
    "  password: !!binary {0}=",
    "  password: !!timestamp {0}",
    "  password: \x01{0}",
    "...\n{0}: {{",
    "%TAG {0}\n---",
)


def broken_yaml() -> Files:
    """Every way in which the line with the credential can be wrong."""
    head = "apiVersion: v1\nkind: Secret\nmetadata: {{name: s{1}}}\nstringData:\n"
    lines = {
        f"broken-{i:02}.yaml": (head + line + "\n").format(mark("broken YAML"), i)
        for i, line in enumerate(_BROKEN_LINES)
    }
    items = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        f"- apiVersion: v1\n  kind: Secret\n  stringData:\n  {line}\n".format(mark("broken item of YAML"), 0)
        for line in _BROKEN_LINES
        if "\n" not in line
    )
    return {name: text.encode() for name, text in lines.items()} | {"items.yaml": items.encode()}


_BROKEN_JSON = (
    '{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": "{0}", oops',
    '{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": "{0}\n"}}}}',
    '{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": {0}}}}}',
    '{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": "{0}\\q"}}}}',
    '{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": "{0}\\ud800"}}}}',
    '{{"apiVersion": "{0}", "kind": "Secret"}}',
    '{{"apiVersion": "v1", "kind": "List", "items": "{0}"}}',
    '{{"apiVersion": "v1", "kind": "List", "items": ["{0}", 1, null, ["{0}"]]}}',
    '{{"apiVersion": "v1", "kind": "Secret", "metadata": "{0}", "data": ["{0}"]}}',
    '{{"apiVersion": "v1", "kind": "Service", "metadata": {{"namespace": "x"}}, "spec": "password={0}"}}',
    '{{"Items": [{{"Name": "a", "Data": {{"password": "{0}"}}}}]}}',
    '{{"password": "{0}"}}',
    '["{0}"]',
    '"{0}"',
    "{0}",
    '{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": "{0}", "n": 1' + "0" * 5000 + "}}}}",
    '{{"apiVersion": "v1", "kind": "Secret", "data": ' + '{{"a": ' * 1500 + '"{0}"' + "}}" * 1500 + "}}",
    '{{"apiVersion": "v1", "kind": "Secret"}} {0} {{"apiVersion": "v1", "kind": "Secret", "x": "{0}"}}',
)


def broken_json() -> Files:
    texts = {f"broken-{i:02}.json": text.format(mark("broken JSON")) for i, text in enumerate(_BROKEN_JSON)}
    return {name: text.encode() for name, text in texts.items()} | {
        "not-utf-8.json": b'{"apiVersion": "v1", "kind": "Secret", "data": "\xff'
        + mark("broken UTF-8").encode()
        + b'"}',
        "half-utf-16.json": b"\xff\xfe" + f'{{"kind": "{mark("half UTF-16")}'.encode("utf-16-le")[:-1],
    }


# --- all of them --------------------------------------------------------------------------------------------------


def _file(name: str, content: Callable[[], bytes]) -> Callable[[], Files]:
    return lambda: {name: content()}


FORMS: tuple[Form, ...] = (
    Form("JSON list", _file("all.json", lambda: dumped(listed(*everything()))), whole=True),
    Form("JSON list in one line", _file("all.json", lambda: dumped(listed(*everything()), None)), whole=True),
    Form("YAML documents", _file("all.yaml", lambda: as_yaml(*everything())), whole=True),
    Form("YAML list", _file("all.yaml", lambda: as_yaml(listed(*everything()))), whole=True),
    Form("YAML in flow style", _file("all.yaml", lambda: as_yaml(listed(*everything()), flow=True))),
    Form("list of lists", _file("all.json", lambda: dumped(listed(listed(*everything())))), whole=True),
    Form("file by file", one_by_one, whole=True),
    Form("typed lists", typed_lists),
    Form("values in a row", _file("all.json", in_a_row), whole=True),
    Form("JSON with comments", _file("all.json", with_comments), whole=True),
    Form("JSON behind a warning", _file("all.json", with_preface), whole=True),
    Form("UTF-8 with a mark", _file("all.yaml", lambda: b"\xef\xbb\xbf" + as_yaml(*everything())), whole=True),
    Form(
        "UTF-16",
        _file("all.json", lambda: b"\xff\xfe" + dumped(listed(*everything())).decode().encode("utf-16-le")),
        whole=True,
    ),
    Form(
        "UTF-16 without a mark",
        _file("all.json", lambda: dumped(listed(*everything())).decode().encode("utf-16-be")),
        whole=True,
    ),
    Form("GBK", _file("all.yaml", lambda: as_yaml(*everything()).decode().encode("gb18030"))),
    Form("gzip", _file("all.yaml.gz", lambda: gzip.compress(as_yaml(*everything()))), whole=True),
    Form("tar.gz", _file("all.tar.gz", lambda: tarred(one_by_one())), whole=True),
    Form("zip", _file("all.zip", lambda: zipped(one_by_one())), whole=True),
    Form("zip in tar", _file("all.tar", lambda: tarred({"a.zip": zipped(one_by_one())}, "w"))),
    Form("damaged tar.gz", _file("all.tar.gz", lambda: tarred(one_by_one())[:-2000])),
    Form("damaged gzip", _file("all.yaml.gz", lambda: gzip.compress(as_yaml(*everything()))[:-2000])),
    Form("cluster-info dump", cluster_info),
    Form("cluster-info dump as a stream", _file("all.txt", cluster_info_stream), whole=True),
    Form("cluster-info dump in the internal form", _file("all.json", internal_form)),
    Form("Velero", velero),
    Form("CCE API", cce_lists),
    Form("collected archive", collected),
    Form("metrics", metrics),
    Form("tables in CSV", csv_tables),
    Form("tables in workbooks", workbooks),
    Form("files of nodes", node_files),
    Form("file of a node's facts", node_bundle),
    Form(
        "kubeconfig",
        lambda: {"config": as_yaml(kubeconfig("kubeconfig file")), "config.json": dumped(kubeconfig("kubeconfig"))},
    ),
    Form("files that are no dumps", foreign_files),
    Form("cut off", cut_off),
    Form("torn items", _file("all.json", torn_items)),
    Form("broken YAML", broken_yaml),
    Form("broken JSON", broken_json),
)


def all_together() -> Iterator[tuple[str, bytes]]:
    """One folder with a folder for each form."""
    for form in FORMS:
        for name, content in form.files().items():
            yield f"{form.name.replace(' ', '-')}/{name}", content


# Together they hold every mark that any form holds, and every kind of broken file.
_EACH_ONCE = (
    "JSON list",
    "collected archive",
    "metrics",
    "files of nodes",
    "file of a node's facts",
    "kubeconfig",
    "files that are no dumps",
)


def each_once() -> Iterator[tuple[str, bytes]]:
    """The same without the forms that only write the same objects in another way."""
    names = {name.replace(" ", "-") for name in (*_EACH_ONCE, "torn items", "broken YAML", "broken JSON")}
    return ((name, content) for name, content in all_together() if name.split("/")[0] in names)

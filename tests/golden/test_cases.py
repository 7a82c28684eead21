"""A real dump of 703 objects: what is read, what is found, and that the runbook names that cluster's own objects."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.engine import Assessment, Request, assess, compile_runbook
from migrator.locale import LANGS
from migrator.render import FORMATS, render_all
from migrator.render.jsondoc import assessment_json, inspect_json
from migrator.runbook.model import Runbook
from migrator.snapshot.model import LoadBalancerKind, Snapshot
from migrator.snapshot.read import read_paths

pytestmark = pytest.mark.cases
CASE = "A01-gke114-get-all"


@pytest.fixture(scope="module")
def snapshot(cases: Path) -> Snapshot:
    return read_paths([cases / CASE])


@pytest.fixture(scope="module")
def assessment(snapshot: Snapshot) -> Assessment:
    return assess(snapshot, Request(target="1.25"))


@pytest.fixture(scope="module")
def runbook(snapshot: Snapshot, assessment: Assessment) -> Runbook:
    return compile_runbook(snapshot, assessment)


@pytest.fixture(scope="module", params=["zh", "en"])
def document(runbook: Runbook, request: pytest.FixtureRequest) -> str:
    return FORMATS["md"].render(runbook, request.param).decode()


def test_every_object_is_read(snapshot: Snapshot, cases: Path) -> None:
    read = json.loads(inspect_json(snapshot))
    truth = json.loads((cases / "truth.json").read_text("utf-8"))[CASE]

    assert read["objects"] == truth["objects"] == 703
    assert read["unread"] == []
    assert read["kinds"] == truth["kinds"]


def test_exactly_the_removed_objects_are_reported(snapshot: Snapshot, assessment: Assessment, cases: Path) -> None:
    found = [f for f in json.loads(assessment_json(snapshot, assessment, "en"))["findings"] if f["check"] == "API001"]
    with (cases / f"removed-{CASE}.tsv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t") if _minor(r["removed-in"]) <= (1, 25)]

    reported = Counter(
        (f["file"], *(f["subject"][k] for k in ("api_version", "kind", "namespace", "name")), f["values"]["removed_in"])
        for f in found
    )
    expected = Counter(
        (
            r["file"],
            r["apiVersion"],
            r["kind"],
            "" if r["namespace"] == "-" else r["namespace"],
            r["name"],
            r["removed-in"],
        )
        for r in rows
    )
    assert reported == expected
    assert sum(expected.values()) == 8


def test_the_cluster_has_what_the_case_says(snapshot: Snapshot) -> None:
    assert len(snapshot.user_workloads) == 63
    assert len(snapshot.volumes) == 10
    assert sum(s.type == "LoadBalancer" for s in snapshot.services) == 2
    assert all(s.load_balancer is LoadBalancerKind.OTHER for s in snapshot.services if s.type == "LoadBalancer")
    assert len(snapshot.ingresses) == 6


def test_the_inventory_is_exactly_that_of_the_cluster(snapshot: Snapshot, runbook: Runbook, document: str) -> None:
    """None missing, none invented: workloads, volumes, claims, Services and Ingresses."""
    tables = Appendices(runbook, document)

    workloads = [(w.ref.namespace, w.ref.kind, w.ref.name) for w in snapshot.user_workloads]
    assert len(workloads) == 63
    assert sorted(tables.cells("workloads", 3)) == sorted(workloads)
    assert sorted(tables.cells("volumes", 1)) == sorted((v.name,) for v in snapshot.volumes)
    claims = [(f"{c.namespace}/{c.name}",) for c in snapshot.claims if not c.system]
    assert sorted(tables.cells("claims", 1)) == sorted(claims)
    services = [(s.namespace, s.name, s.type) for s in snapshot.services if not s.system]
    assert sorted(tables.cells("services", 3)) == sorted(services)
    assert sum(kind == "LoadBalancer" for *_, kind in tables.cells("services", 3)) == 2
    ingresses = {(f"{i.ref.namespace}/{i.ref.name}",) for i in snapshot.ingresses if not i.system}
    assert set(tables.cells("ingresses", 1)) == ingresses
    assert len(ingresses) == 6


def test_each_object_is_moved_by_one_step(snapshot: Snapshot, runbook: Runbook) -> None:
    moved = Counter(ref for phase in runbook.phases for step in phase.steps for ref in step.subjects)

    assert [ref for ref, times in moved.items() if times > 1] == []
    assert {w.ref for w in snapshot.user_workloads} <= moved.keys()
    assert {i.ref for i in snapshot.ingresses if not i.system} <= moved.keys()
    known = {o.ref for o in snapshot.objects}
    assert [ref for ref in moved if ref not in known] == []


def test_no_object_is_invented(snapshot: Snapshot, document: str) -> None:
    """Every "Kind namespace/name" in the text is an object of the dump."""
    known = {(o.ref.kind, o.ref.namespace, o.ref.name) for o in snapshot.objects}
    kinds = "|".join(sorted({o.ref.kind for o in snapshot.objects if o.ref.namespace}))

    named = set(re.findall(rf"\b({kinds}) ([a-z0-9-]+)/([a-z0-9:.-]+[a-z0-9])", document))

    assert len(named) > 20
    assert sorted(named - known) == []


def test_manifests_are_valid_and_of_this_cluster(snapshot: Snapshot, runbook: Runbook) -> None:
    documents = [d for action in _actions(runbook) if action.manifest for d in yaml.safe_load_all(action.manifest)]
    namespaces = {o.ref.namespace for o in snapshot.objects} | {""}
    names = {o.ref.name for o in snapshot.objects} | {n.name for n in snapshot.namespaces} | namespaces

    assert documents
    for one in documents:
        assert {"apiVersion", "kind", "metadata"} <= one.keys()
        assert one["metadata"].get("namespace", "") in namespaces
        # A pod that copies data is the runbook's own and removed afterwards; what it mounts is of the cluster.
        copies = one["kind"] == "Pod" and one["metadata"]["name"].startswith("copy-")
        mounted = (
            [v.get("persistentVolumeClaim", {}).get("claimName", "") for v in one["spec"]["volumes"]] if copies else []
        )
        assert set(mounted or [one["metadata"]["name"]]) <= names, one


@pytest.mark.parametrize(
    ("source", "target", "strategy"), [("v1.13.10-r0", "1.31", "auto"), ("v1.15.11-r1", "1.17", "upgrade")]
)
def test_every_real_dump_gives_whole_documents(cases: Path, source: str, target: str, strategy: str) -> None:
    """A sentence that is missing for some value of some dump would raise here."""
    folders = sorted(folder for folder in cases.iterdir() if folder.is_dir())
    assert len(folders) >= 9
    for folder in folders:
        read = read_paths([folder])
        book = compile_runbook(read, assess(read, Request(source=source, target=target, strategy=strategy)))
        made = render_all(book, [(form, lang) for form in FORMATS.values() for lang in LANGS])
        assert min(map(len, made.values())) > 5_000, folder.name


class Appendices:
    """The tables at the end of a document, as a reader finds them."""

    def __init__(self, runbook: Runbook, document: str) -> None:
        self._keys = [appendix.key for appendix in runbook.appendices]
        self._parts = re.split(r"^### [A-Z] .*\n", document.rpartition("\n## ")[2], flags=re.M)[1:]

    def cells(self, key: str, columns: int) -> list[tuple[str, ...]]:
        """The first cells of every row of an appendix."""
        lines = [line for line in self._parts[self._keys.index(key)].splitlines() if line.startswith("| ")]
        return [tuple(line.strip("| ").split(" | ")[:columns]) for line in lines[2:]]


def _actions(runbook: Runbook) -> list[Any]:
    steps = [step for phase in runbook.phases for step in phase.steps]
    return [a for step in steps for a in (*step.actions, *step.verify, *step.rollback)]


def _minor(value: str) -> tuple[int, ...]:
    return tuple(int(part) for part in value.split("."))

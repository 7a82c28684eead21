"""JSON for programs: stable keys, versions as text, sentences written out beside their keys."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from migrator.checks.spec import Readiness
from migrator.locale import LANGS, Lang, text
from migrator.paths.model import PathResult, StrategyChoice
from migrator.render.jsondoc import assessment_json, inspect_json, runbook_json
from migrator.runbook.model import Runbook
from migrator.snapshot.model import (
    ClusterFacts,
    Coverage,
    InputReport,
    KubeObject,
    Node,
    NodeCoverage,
    ObjectRef,
    SecretNotice,
    Section,
    Snapshot,
)
from migrator.versions import Version
from tests.unit.render.samples import HOSTILE, runbook


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of an assessment that the document reads."""

    source: Version
    target: Version
    profile: str
    path: PathResult
    choice: StrategyChoice
    results: tuple[Any, ...]
    readiness: Readiness
    snapshot_digest: str = "sha256:s"
    catalog_digest: str = "sha256:c"
    ruleset_digest: str = "sha256:r"
    waivers: tuple[Any, ...] = ()


def verdict(book: Runbook) -> Verdict:
    names = ("source", "target", "profile", "path", "choice", "results", "readiness")
    return Verdict(**{name: getattr(book, name) for name in names})


def snapshot() -> Snapshot:
    node = ObjectRef(api_version="v1", kind="Node", name="n1")
    config = ObjectRef(api_version="v1", kind="ConfigMap", namespace="shop", name="app")
    return Snapshot(
        cluster=ClusterFacts(name="yunhe", version=Version.parse("v1.13.10-r0"), version_source="kubelet"),
        nodes=(Node(name="n1"),),
        objects=(KubeObject(ref=config), KubeObject(ref=node)),
        secrets=(SecretNotice(ref=config, field="data.password"),),
        node_coverage=(NodeCoverage(node="n1", categories=("limits", "sysctl")),),
        coverage=tuple(_covered(s) for s in Section),
        inputs=(
            InputReport(file="a.yaml", objects=3, format="kubernetes"),
            InputReport(
                file="b.yaml",
                status="unreadable",
                reason="out_not_a_folder",
                values={"folder": "b.yaml", "place": "b.yaml"},
            ),
        ),
    )


def _covered(section: Section) -> Coverage:
    read = {Section.NODES: "Node", Section.NODE_SETTINGS: "limits.conf"}.get(section, "")
    refused = ("Service",) if section is Section.SERVICES else ()
    return Coverage(section=section, read=bool(read), kinds=(read,) if read else (), refused=refused)


def test_runbook_has_every_field_of_the_model() -> None:
    document = json.loads(runbook_json(runbook(), "en"))

    assert list(document) == ["lang", "edition", *Runbook.__struct_fields__]
    step = document["phases"][0]["steps"][0]
    assert step["key"] == "one"
    assert step["number"] == "1.1"
    assert step["answers"] == [document["results"][2]["findings"][0]["key"]]
    assert (document["source"], document["target"]) == ("v1.13.10-r0", "v1.25.3-r0")
    assert [(h["source"], h["target"]) for h in document["path"]["hops"]] == [("1.13", "1.15"), ("1.15", "1.17")]


@pytest.mark.parametrize("lang", LANGS)
def test_sentences_are_written_out_and_keep_key_and_values(lang: Lang) -> None:
    document = json.loads(runbook_json(runbook("web"), lang))

    title = document["phases"][0]["steps"][0]["title"]
    assert title == {
        "text": text("render.path.impact", lang, text="title of one"),
        "key": "render.path.impact",
        "values": {"text": "title of one"},
    }
    columns = document["phases"][0]["steps"][1]["tables"][0]["columns"]
    assert columns[0] == {"key": "render.check.object", "text": text("render.check.object", lang)}


def test_the_same_runbook_gives_the_same_bytes() -> None:
    assert runbook_json(runbook(), "zh") == runbook_json(runbook(), "zh")


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_comes_back_as_it_was(value: str) -> None:
    document = json.loads(runbook_json(runbook(value), "en"))

    assert document["cluster"] == value
    assert document["phases"][0]["steps"][1]["tables"][0]["rows"][0][0] == value


def test_bytes_are_utf8_with_two_spaces_and_a_last_line_feed() -> None:
    made = runbook_json(runbook("云鹤"), "zh")

    assert "云鹤".encode() in made
    assert made.startswith(b'{\n  "lang": "zh",\n')
    assert made.endswith(b"}\n")


def test_assessment_has_the_published_shape() -> None:
    document = json.loads(assessment_json(snapshot(), verdict(runbook()), "en"))

    assert document["readiness"] == "blocked"
    assert document["path"]["versions"] == ["1.13", "1.15", "1.17"]
    assert {(r["check"], r["slug"], r["outcome"], r["reason"]) for r in document["results"]} >= {
        ("API001", "removed-api", "fail", "Impact: reason of API001"),
        ("WKL001", "workload-counts", "pass", "Impact: reason of WKL001"),
    }
    first = document["findings"][0]
    assert first["check"] == "API001"
    assert first["severity"] == "blocker"
    assert first["subject"] == {
        "api_version": "extensions/v1beta1",
        "kind": "Ingress",
        "namespace": "shop",
        "name": "web",
    }
    assert first["file"] == "dump.yaml"
    assert first["values"]["removed_in"] == "1.22"
    assert first["message"] == "Impact: web"


def test_an_input_that_was_not_read_tells_why_in_both_ways() -> None:
    document = json.loads(assessment_json(snapshot(), verdict(runbook()), "en"))

    good, bad = document["inputs"]
    assert (good["file"], good["objects"], good["status"], good["reason"], good["message"]) == (
        "a.yaml",
        3,
        "read",
        "",
        "",
    )
    assert (bad["status"], bad["reason"]) == ("unreadable", "out_not_a_folder")
    assert bad["message"].startswith("Cannot write to b.yaml")


def test_inventory_counts_what_was_read() -> None:
    document = json.loads(inspect_json(snapshot()))

    assert document["objects"] == 3
    assert document["distinct_objects"] == 2
    assert document["kinds"] == {"v1 ConfigMap": 1, "v1 Node": 1}
    nodes = {"read": True, "state": "read", "count": 1, "kinds": ["Node"], "refused": []}
    assert document["sections"]["nodes"] == nodes
    assert document["sections"]["pods"]["state"] == "absent"
    refused = {"read": False, "state": "refused", "count": 0, "kinds": [], "refused": ["Service"]}
    assert document["sections"]["services"] == refused
    assert document["node_files"] == {"looked": 1, "nodes": 1, "categories": {"n1": ["limits", "sysctl"]}}
    assert list(document["sections"]) == [s.value for s in Section]
    assert document["unread"] == ["b.yaml"]
    assert document["cluster"]["version"] == "v1.13.10-r0"
    assert document["secrets_dropped"]["count"] == 1
    assert document["secrets_dropped"]["places"][0]["field"] == "data.password"

"""Helm's records: what they tell of a release, and that nothing else of them is kept."""

from __future__ import annotations

import base64
import gzip
import json
from itertools import pairwise
from typing import Any

import pytest

from migrator.errors import MigratorError
from migrator.snapshot import codec
from migrator.snapshot.model import ApiUse, ApiUseSource, CoverageState, HelmRelease, Section, Snapshot
from migrator.snapshot.readers import helm
from tests.unit.snapshot.helm_records import WEB, helm_2, helm_3, message, record
from tests.unit.snapshot.helpers import deployment, kube, listed, read

OF_WEB = [
    ("batch/v1", "Job", "jobs", "web-migrate"),
    ("extensions/v1beta1", "Deployment", "shop", "web"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole", "", "web-reader"),
]


def uses(snapshot: Snapshot) -> list[tuple[str, str, str, str]]:
    assert {u.source for u in snapshot.api_uses} <= {ApiUseSource.HELM}
    return [(u.ref.api_version, u.ref.kind, u.ref.namespace, u.ref.name) for u in snapshot.api_uses]


def problem_codes(snapshot: Snapshot) -> list[str]:
    return [p.code for i in snapshot.inputs for p in i.problems]


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_release_of_helm_3(kind: str, compressed: bool) -> None:
    found = read(helm_3(kind=kind, compressed=compressed))
    assert found.helm_releases == (
        HelmRelease(
            namespace="shop",
            name="web",
            revision=3,
            status="deployed",
            chart="web-chart",
            chart_version="1.4.2",
            app_version="7.1",
            helm="v3",
        ),
    )
    assert uses(found) == OF_WEB
    assert {(u.place, u.file) for u in found.api_uses} == {("shop/web revision 3", "0.yaml")}
    assert problem_codes(found) == []


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_release_of_helm_2(kind: str, compressed: bool) -> None:
    found = read(helm_2(kind=kind, compressed=compressed))
    assert found.helm_releases == (
        HelmRelease(
            namespace="shop",
            name="old",
            revision=2,
            status="deployed",
            chart="old-chart",
            chart_version="0.9.0",
            app_version="6.0",
            helm="v2",
        ),
    )
    assert uses(found) == OF_WEB
    assert {u.place for u in found.api_uses} == {"shop/old revision 2 (Helm 2)"}


@pytest.mark.parametrize(
    "written", [lambda: helm_3(kind="Secret"), lambda: helm_3(kind="ConfigMap"), helm_2, lambda: helm_2(kind="Secret")]
)
def test_nothing_else_of_a_record_is_kept_but_that_it_was_there(written: Any) -> None:
    found = read(listed(written()))
    stored = codec.encode(found).decode()
    assert "hunter2" not in stored
    assert "templates/" not in stored
    assert [n.field for n in found.secrets] == ["data.release"]


def test_stored_objects_are_not_counted_twice() -> None:
    found = read(listed(deployment("web"), helm_3()))
    assert [str(o.ref) for o in found.objects] == ["Deployment shop/web", "Secret shop/sh.helm.release.v1.web.v3"]
    assert [w.key for w in found.workloads] == ["shop/Deployment/web"]
    assert found.inputs[0].objects == 2


@pytest.mark.parametrize("status", ["superseded", "uninstalled"])
def test_revisions_that_only_a_rollback_would_use_tell_kinds_alone(status: str) -> None:
    many = WEB + WEB.replace("name: web", "name: web-2")
    assert uses(read(helm_3(status=status, manifest=many))) == [
        (api_version, kind, "", "") for api_version, kind, _, _ in OF_WEB
    ]


@pytest.mark.parametrize(("code", "status"), [(0, "unknown"), (2, "uninstalled"), (3, "superseded"), (4, "failed")])
def test_states_of_helm_2_are_told_in_the_words_of_helm_3(code: int, status: str) -> None:
    assert read(helm_2(code=code)).helm_releases[0].status == status


def test_the_same_record_in_two_files_is_one_release() -> None:
    found = read(helm_3(), helm_3())
    assert len(found.helm_releases) == 1
    assert {u.file for u in found.api_uses} == {"0.yaml"}


def test_a_record_with_its_content_wins_over_one_without() -> None:
    bare = kube("Secret", "sh.helm.release.v1.web.v3", "shop", type="helm.sh/release.v1", data={})
    for order in ((bare, helm_3()), (helm_3(), bare)):
        found = read(*order)
        assert [r.manifest_read for r in found.helm_releases] == [True]


COREFILE = ".:5353 {\n    forward . /etc/resolv.conf\n}\n"
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns"}, "data": {"Corefile": COREFILE}}


@pytest.mark.parametrize(
    ("data", "release", "expected"),
    [
        ({"Corefile": COREFILE}, {}, True),
        ({"Corefile": COREFILE.replace("}\n", "}   ")}, {}, True),
        ({"Corefile": COREFILE + "example.com:5353 {\n}\n"}, {}, False),
        ({"Corefile": COREFILE, "more": "x"}, {}, False),
        ({"Corefile": COREFILE}, {"name": "web"}, None),  # of no add-on
        ({"Corefile": COREFILE}, {"status": "superseded"}, None),
    ],
)
def test_a_config_map_of_an_addon_is_held_against_its_release(
    data: dict[str, str], release: dict[str, str], expected: bool | None
) -> None:
    live = kube("ConfigMap", "coredns", "kube-system", data=data)
    record = helm_3(
        **{"name": "cceaddon-coredns", "namespace": "kube-system", "manifest": json.dumps(CONFIG), **release}
    )
    for order in ((live, record), (record, live)):
        found = read(*order)
        assert [c.as_released for c in found.configs if c.name == "coredns"] == [expected]
        assert [r.config_maps for r in found.helm_releases] == [0 if expected is None else 1]


def test_the_newest_release_is_what_a_config_map_is_held_against() -> None:
    edited = json.dumps({**CONFIG, "data": {"Corefile": "other"}})
    records = [
        helm_3(name="cceaddon-coredns", namespace="kube-system", revision=n, manifest=manifest)
        for n, manifest in ((2, json.dumps(CONFIG)), (1, edited))
    ]
    live = kube("ConfigMap", "coredns", "kube-system", data=CONFIG["data"])
    for order in (records, records[::-1]):
        (entry,) = [c for c in read(live, *order).configs if c.name == "coredns"]
        assert entry.as_released is True


def test_a_list_inside_a_manifest_is_taken_apart() -> None:
    manifest = json.dumps(listed({"apiVersion": "apps/v1beta1", "kind": "StatefulSet", "metadata": {"name": "db"}}))
    assert ("apps/v1beta1", "StatefulSet", "shop", "db") in uses(read(helm_3(manifest=manifest, hooks=None)))


def test_what_has_no_namespace_gets_none() -> None:
    manifest = "apiVersion: networking.k8s.io/v1beta1\nkind: IngressClass\nmetadata: {name: nginx}\n"
    assert uses(read(helm_3(manifest=manifest, hooks=[]))) == [
        ("networking.k8s.io/v1beta1", "IngressClass", "", "nginx")
    ]


def test_a_custom_resource_gets_no_namespace_that_it_may_not_have() -> None:
    issuer = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le}\n"
    assert uses(read(helm_3(manifest=issuer, hooks=[]))) == [("cert-manager.io/v1", "ClusterIssuer", "", "le")]


@pytest.mark.parametrize("data", [{}, {"release": ""}, None])
def test_a_withheld_record_is_told_by_its_labels(data: Any) -> None:
    v3 = kube("Secret", "sh.helm.release.v1.web.v12", "shop", type="helm.sh/release.v1", data=data)
    v2 = kube(
        "ConfigMap",
        "old.v4",
        "kube-system",
        labels={"OWNER": "TILLER", "NAME": "old", "STATUS": "DELETED", "VERSION": "4"},
        data=data,
    )
    found = read(listed(v3, v2))
    assert [(r.namespace, r.name, r.revision, r.status, r.helm, r.manifest_read) for r in found.helm_releases] == [
        ("", "old", 4, "uninstalled", "v2", False),
        ("shop", "web", 12, "", "v3", False),
    ]
    assert problem_codes(found) == []


def broken(content: bytes, helm: str = "v3") -> dict[str, Any]:
    body = helm_3() if helm == "v3" else helm_2()
    return {**body, "data": {"release": content.decode("latin-1")}}


def twice(content: bytes) -> bytes:
    return base64.b64encode(base64.b64encode(content))


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


BROKEN = {
    "replaced": (b"***HIDDEN***", "v3"),
    "no record": (base64.b64encode(b"hunter2"), "v3"),
    "cut off": (twice(packed(b'{"name": "hunter2"}')[:-9]), "v3"),
    "no name": (twice(packed(b'{"manifest": "hunter2"}')), "v3"),
    "another type": (twice(packed(b'{"name": ["hunter2"]}')), "v3"),
    "too deep": (twice(b'{"name": "web", "x": ' + b"[" * 50_000), "v3"),
    "damaged": (base64.b64encode(b"\x1f\x8b\x08hunter2"), "v2"),
    "message cut off": (base64.b64encode(packed(b"\x0a\x7fhunter2")), "v2"),
    "empty message": (base64.b64encode(packed(b"")), "v2"),
    "message without name": (base64.b64encode(packed(message((5, "kind: hunter2")))), "v2"),
}


@pytest.mark.parametrize(("content", "written_by"), BROKEN.values(), ids=BROKEN)
def test_a_broken_record_is_named_and_its_content_never(content: bytes, written_by: str) -> None:
    found = read(listed(broken(content, written_by), deployment("web")))
    (report,) = found.inputs
    (problem,) = report.problems
    assert (report.status, problem.code) == ("partial", "input_helm_release")
    named = "Secret shop/sh.helm.release.v1.web.v3" if written_by == "v3" else "ConfigMap kube-system/old.v2"
    assert problem.values["object"] == named
    sentence = MigratorError(problem.code, **problem.values).message("en")
    assert named in sentence
    assert "hunter2" not in sentence + codec.encode(found).decode()
    assert [(r.name, r.status, r.manifest_read) for r in found.helm_releases] == [
        ("web" if written_by == "v3" else "old", "deployed", False)
    ]
    assert found.workloads


def test_a_record_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "MAX_RELEASE", 100_000)
    bomb = helm_3(manifest="# " + "0" * 10_000_000)
    found = read(listed(bomb, helm_3("small")))
    assert problem_codes(found) == ["input_helm_too_large"]
    assert [(r.name, r.manifest_read) for r in found.helm_releases] == [("small", True), ("web", False)]


def test_all_records_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "MAX_TOTAL", 100_000)
    bulky = "# " + "0" * 60_000
    found = read(listed(*(helm_3(name, manifest=bulky) for name in ("a", "b", "c"))))
    assert problem_codes(found) == ["input_helm_too_large"] * 2
    assert [r.manifest_read for r in found.helm_releases] == [True, False, False]


UNREADABLE = {
    "broken": "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n---\n",
    "alias bomb": "a: &a [x]\nb: &b [*a, *a, *a]\n"
    + "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in pairwise("bcdefghi"))
    + "---\n",
    "too deep": "x: " + "[" * 5_000 + "\n---\n",
    "text": "just text\n---\n",
}


@pytest.mark.parametrize("start", UNREADABLE.values(), ids=UNREADABLE)
def test_documents_that_cannot_be_read_are_counted(start: str) -> None:
    found = read(helm_3(manifest=start + WEB))
    (report,) = found.inputs
    assert [(p.code, p.values["count"]) for p in report.problems] == [("input_helm_manifest", 1)]
    assert ("extensions/v1beta1", "Deployment", "shop", "web") in uses(found)
    assert found.helm_releases[0].manifest_read


def test_a_manifest_of_too_many_documents_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "MAX_DOCUMENTS", 3)
    found = read(helm_3(manifest=WEB * 2))
    assert problem_codes(found) == ["input_helm_manifest"]
    assert uses(found) == [("batch/v1", "Job", "jobs", "web-migrate")]


def test_other_secrets_and_config_maps_are_left_alone() -> None:
    release = helm_3()["data"]
    found = read(listed(kube("Secret", "web", "shop", data=release), kube("ConfigMap", "web.v3", "shop", data=release)))
    assert found.helm_releases == found.api_uses == ()


def test_whether_releases_were_looked_at_is_told_by_secrets() -> None:
    def state(*objects: Any) -> CoverageState:
        return next(c.state for c in read(listed(*objects)).coverage if c.section is Section.HELM_RELEASES)

    assert state(deployment("web")) is CoverageState.ABSENT
    assert state(kube("Secret", "x", "shop")) is CoverageState.READ


def test_where_a_release_is_stored_takes_no_part_in_the_digest() -> None:
    one, other = read(a=listed(helm_3(), helm_2())), read(z=listed(helm_2(), helm_3()))
    assert codec.digest(one) == codec.digest(other)
    assert isinstance(one.api_uses[0], ApiUse)


def test_records_in_yaml_are_read_too() -> None:
    body = record("sh.helm.release.v1.web.v3", "shop", "Secret", {}, json.dumps({"name": "web", "version": 3}).encode())
    text = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: sh.helm.release.v1.web.v3, namespace: shop}\n"
        f"type: helm.sh/release.v1\ndata:\n  release: {body['data']['release']}\n"
    )
    assert [r.place for r in read(text).helm_releases] == ["web revision 3"]

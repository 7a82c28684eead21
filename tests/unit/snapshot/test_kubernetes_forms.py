"""Every form in which objects come, and every form that must be refused by name."""

from __future__ import annotations

import json

import pytest

from migrator.errors import InputError
from migrator.snapshot.codec import encode
from migrator.snapshot.model import Section
from migrator.snapshot.read import read_sources
from migrator.snapshot.readers import Found, Problem
from migrator.snapshot.readers.kubernetes import read_objects
from tests.unit.snapshot.helpers import deployment, kube, listed, names, read, source

MAP = kube("ConfigMap", "a", "shop")


def test_single_object_as_json_and_as_yaml() -> None:
    assert names(read(MAP)) == ["a"]
    assert names(read("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")) == ["a"]


def test_list_of_kind_list() -> None:
    assert names(read(listed(MAP, kube("Secret", "b", "shop")))) == ["a", "b"]


def test_typed_list_gives_its_items_kind_and_version() -> None:
    bare = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 2}}
    snapshot = read(listed(bare, kind="DeploymentList", api="extensions/v1beta1"))
    assert [str(o.ref) for o in snapshot.objects] == ["Deployment shop/web"]
    assert snapshot.objects[0].ref.api_version == "extensions/v1beta1"
    assert snapshot.workloads[0].replicas == 2


def test_typed_list_as_yaml_with_indented_items() -> None:
    text = """\
apiVersion: v1
kind: ConfigMapList
items:
  # the first
  - metadata:
      name: a
    data:
      script: |
        - not an item
        items:
        - nor this
  - metadata: {name: b}
metadata: {}
"""
    assert [(o.ref.kind, o.ref.name) for o in read(text).objects] == [("ConfigMap", "a"), ("ConfigMap", "b")]


def test_lists_in_lists() -> None:
    inner = listed({"metadata": {"name": "b"}}, kind="PodList")
    assert names(read(listed(MAP, listed(inner)))) == ["a", "b"]


@pytest.mark.parametrize("items", [[], None])
def test_empty_typed_list_is_read_and_covers_its_section(items: list[object] | None) -> None:
    empty = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressList", "items": items}
    snapshot = read(MAP, empty)
    assert snapshot.inputs[1].status == "read"
    assert snapshot.inputs[1].objects == 0
    assert snapshot.covers(Section.INGRESSES)
    assert snapshot.ingresses == ()


def test_empty_plain_list_covers_only_what_its_file_name_tells() -> None:
    snapshot = read(listed(), dump=MAP)
    assert not snapshot.covers(Section.INGRESSES)
    snapshot = read(ingresses=listed(), dump=MAP)
    assert snapshot.covers(Section.INGRESSES)
    assert not snapshot.covers(Section.SERVICES)


def test_concatenated_json_and_array() -> None:
    both = json.dumps(MAP, indent=4) + "\n" + json.dumps(kube("Secret", "b"), indent=4)
    assert names(read(both)) == ["a", "b"]
    assert names(read(json.dumps([MAP, kube("Secret", "b")]))) == ["a", "b"]


def test_documents_are_numbered_without_empty_ones() -> None:
    text = "---\n# only a comment\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
    text += "--- # next\nkind: Pod\napiVersion: v1\n"
    assert [o.document for o in read(text).objects] == [2, 1]


def test_broken_yaml_document_does_not_lose_the_others() -> None:
    good = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"
    text = good % "a" + "---\nkind: [\n---\n" + good % "c"
    snapshot = read(text)
    assert names(snapshot) == ["a", "c"]
    report = snapshot.inputs[0]
    assert (report.status, report.reason, report.objects) == ("partial", "input_yaml_broken", 2)
    assert (report.values["document"], report.values["line"]) == (2, 6)


def test_broken_list_item_does_not_lose_the_others() -> None:
    text = """\
apiVersion: v1
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: a}
  data: {password: ***HIDDEN***}
- apiVersion: v1
  kind: Secret
  metadata: {name: b}
kind: List
"""
    snapshot = read(text)
    assert names(snapshot) == ["b"]
    assert snapshot.inputs[0].reason == "input_yaml_broken"
    assert snapshot.inputs[0].values["line"] == 6


def test_cut_off_json_keeps_what_stands_before_the_cut() -> None:
    whole = json.dumps(listed(MAP, kube("Secret", "b"), kube("Secret", "c")), indent=4)
    cut = whole[: whole.index('"c"')]
    snapshot = read(cut)
    assert names(snapshot) == ["a", "b"]
    assert snapshot.inputs[0].status == "partial"
    assert snapshot.inputs[0].reason == "input_json_broken"
    assert snapshot.inputs[0].values["line"] == cut.count("\n") + 1


def test_broken_json_value_does_not_lose_its_neighbours() -> None:
    text = "\n".join((json.dumps(MAP), '{"kind": "Pod", "oops', json.dumps(kube("Secret", "c"))))
    snapshot = read(text)
    assert names(snapshot) == ["a", "c"]
    assert snapshot.inputs[0].values["document"] == 2


def test_json_with_comments_and_trailing_commas_is_read() -> None:
    text = '{"apiVersion": "v1", "kind": "Pod", # a note\n "metadata": {"name": "a",},}'
    snapshot = read(text)
    assert names(snapshot) == ["a"]
    assert snapshot.inputs[0].status == "read"


@pytest.mark.parametrize(
    "content",
    [
        "just words",
        "key: value\n",
        "# heading\n\n- a list\n- of words: {",
        '{"name": "package", "version": 1}',
        b"\x89PNG\r\n\0\1",
        "[1, 2]",
    ],
)
def test_what_is_no_dump_is_not_recognised(content: str | bytes) -> None:
    snapshot = read(MAP, content)
    assert [(i.status, i.reason) for i in snapshot.inputs] == [("read", ""), ("not_recognised", "input_not_a_dump")]
    with pytest.raises(InputError) as raised:
        read(content)
    assert raised.value.code == "input_not_a_dump"


def test_broken_dump_is_unreadable_not_foreign() -> None:
    snapshot = read(MAP, "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}\n")
    assert snapshot.inputs[1].status == "unreadable"
    assert "line" in snapshot.inputs[1].values


def test_kubeconfig_is_named() -> None:
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [{"user": {"token": "abc"}}]}
    snapshot = read(MAP, config)
    assert (snapshot.inputs[1].status, snapshot.inputs[1].reason) == ("not_recognised", "input_kubeconfig")
    assert len(snapshot.objects) == 1


def test_document_without_kind_beside_objects_is_named() -> None:
    snapshot = read(json.dumps(MAP) + "\n" + json.dumps({"apiVersion": "v1", "metadata": {"name": "x"}}))
    assert (snapshot.inputs[0].status, snapshot.inputs[0].reason) == ("partial", "input_no_kind")


def test_hollow_object_is_named() -> None:
    snapshot = read("apiVersion: v1\nkind: ReplicationController\nmetadata:\nname: web\nspec:\n")
    assert snapshot.inputs[0].reason == "input_no_name"
    assert len(snapshot.objects) == 1


def test_deep_nesting_is_refused() -> None:
    for text in ("[" * 5000, '{"kind": "Pod", "apiVersion": "v1", "x": ' + "[" * 3000 + "]" * 3000 + "}"):
        snapshot = read(MAP, text)
        assert snapshot.inputs[1].status in ("unreadable", "not_recognised")
    deep = "kind: Pod\napiVersion: v1\nx: " + "{a: " * 200 + "1" + "}" * 200
    assert read(MAP, deep).inputs[1].reason == "input_too_deep"


def test_unknown_kinds_and_groups_are_kept() -> None:
    odd = kube("Role", "x", "shop", "rbac.authorization.kubernetes.io/v1")
    longhorn = kube("Node", "n", "longhorn-system", "longhorn.io/v1beta1")
    snapshot = read(odd, longhorn)
    assert {o.ref.api_version for o in snapshot.objects} == {
        "rbac.authorization.kubernetes.io/v1",
        "longhorn.io/v1beta1",
    }
    assert snapshot.nodes == ()
    assert not snapshot.covers(Section.NODES)


def test_duplicate_key_takes_the_last_value_and_is_reported() -> None:
    snapshot = read("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  name: b\n")
    assert names(snapshot) == ["b"]
    report = snapshot.inputs[0]
    assert (report.status, report.reason, report.values["key"], report.values["line"]) == (
        "read",
        "input_duplicate_key",
        "name",
        5,
    )


ONE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n"
SEVERAL = (
    "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: %s\nkind: List\nmetadata: {}\n"
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(ONE % "a" + ONE % "b", 5, id="objects"),
        pytest.param(SEVERAL % "a" + SEVERAL % "b", 9, id="lists"),
        pytest.param("kind: Pod\napiVersion: v1\nmetadata: {name: a}\n# next\n" + ONE % "b", 5, id="in-any-order"),
    ],
)
def test_outputs_that_follow_each_other_are_objects_of_their_own(text: str, line: int) -> None:
    snapshot = read(text)
    assert names(snapshot) == ["a", "b"]
    report = snapshot.inputs[0]
    assert (report.status, report.reason, report.values["line"]) == ("read", "input_unparted", line)


def test_a_key_given_twice_begins_no_object() -> None:
    snapshot = read("apiVersion: v1\nkind: Pod\napiVersion: v2\nmetadata:\n  name: a\n")
    assert [str(o.ref.api_version) for o in snapshot.objects] == ["v2"]
    assert snapshot.inputs[0].reason == "input_duplicate_key"


@pytest.mark.parametrize(
    "text",
    [
        "W0910 12:00:00.123456   12345 warnings.go:67] v1 ComponentStatus is deprecated in v1.19+\n" + ONE % "a",
        ONE % "a" + "No resources found in default namespace.\n",
        "$ kubectl get cm a -o yaml\n" + ONE % "a",
        "[root@bastion ~]# kubectl get cm a -o yaml\n" + ONE % "a" + "[root@bastion ~]# exit\n",
    ],
)
def test_what_kubectl_and_the_terminal_say_beside_the_answer_is_passed_over(text: str) -> None:
    snapshot = read(text)
    assert names(snapshot) == ["a"]
    assert snapshot.inputs[0].status == "read"


def test_every_event_of_a_mixed_stream_in_order() -> None:
    events = list(read_objects(b"kind: Pod\napiVersion: v1\n---\n: :\n  - x: [\n---\na: 1\n"))
    assert isinstance(events[0], Found)
    assert [e.code for e in events[1:] if isinstance(e, Problem)] == ["input_yaml_broken", "input_no_kind"]


def test_empty_file_of_a_failed_export() -> None:
    snapshot = read_sources([source("a.json", MAP), source("pods.json", ""), source("notes", " \n")])
    assert [(i.file, i.status) for i in snapshot.inputs] == [
        ("a.json", "read"),
        ("notes", "not_recognised"),
        ("pods.json", "unreadable"),
    ]


def test_object_keeps_owner_and_written_versions() -> None:
    applied = json.dumps({"apiVersion": "extensions/v1beta1", "kind": "Deployment"})
    body = deployment("web", annotations={"kubectl.kubernetes.io/last-applied-configuration": applied})
    body["metadata"]["managedFields"] = [
        {"apiVersion": "apps/v1"},
        {"apiVersion": "apps/v1beta1"},
        {"apiVersion": "apps/v1"},
    ]
    snapshot = read(body, kube("Pod", "web-1", "shop", owner="ReplicaSet/web-5d9"))
    found = {o.ref.kind: o for o in snapshot.objects}
    assert found["Deployment"].applied_api_version == "extensions/v1beta1"
    assert found["Deployment"].managed_api_versions == ("apps/v1", "apps/v1beta1")
    assert found["Pod"].owner == "ReplicaSet/web-5d9"


HALF = r"\ud800"


def test_half_a_character_is_refused_and_loses_nothing_else() -> None:
    bad = json.dumps(kube("Secret", "XX")).replace("XX", HALF)
    in_list = json.dumps(listed(kube("Secret", "XX"), MAP), indent=1).replace("XX", HALF)
    in_a_row = json.dumps(MAP) + "\n" + bad
    for text, code in ((in_list, "input_json_item"), (in_a_row, "input_json_broken")):
        snapshot = read(text)
        assert names(snapshot) == ["a"]
        assert snapshot.inputs[0].reason == code
        assert encode(snapshot)
    with pytest.raises(InputError):
        read(bad)
    with pytest.raises(InputError):
        read(f'apiVersion: v1\nkind: Secret\nmetadata: {{name: "{HALF}"}}\n')


def test_numbers_that_no_field_can_hold_are_absent() -> None:
    for replicas in (10**30, "9" * 5000, float(10**25), 1.5, True):
        snapshot = read(deployment("web", spec={"replicas": replicas}, resourceVersion="9" * 5000))
        assert snapshot.workloads[0].replicas is None
        assert encode(snapshot)


@pytest.mark.parametrize(
    "field", [{"kind": "Pod; reboot"}, {"kind": "P" * 64}, {"apiVersion": "v1\n$(id)"}, {"apiVersion": "/v1"}]
)
def test_kind_and_version_that_kubernetes_allows_none_are_refused(field: dict[str, str]) -> None:
    snapshot = read(listed(MAP, kube("Pod", "b") | field))
    assert names(snapshot) == ["a"]
    assert (snapshot.inputs[0].status, snapshot.inputs[0].reason) == ("partial", "input_bad_kind")


def test_kind_of_a_list_is_checked_for_its_items_and_its_coverage() -> None:
    snapshot = read(MAP, listed({"metadata": {"name": "b"}}, kind="$(id)List"))
    assert names(snapshot) == ["a"]
    assert snapshot.inputs[1].reason == "input_bad_kind"
    assert not any("$" in kind for covered in snapshot.coverage for kind in covered.kinds)


def test_every_broken_document_is_named() -> None:
    broken = "---\napiVersion: v1\nkind: [\n"
    snapshot = read(json.dumps(MAP), "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n" + broken * 3)
    report = snapshot.inputs[1]
    assert report.values["problems"] == 3
    assert [(p.code, p.values["document"]) for p in report.problems] == [("input_yaml_broken", n) for n in (2, 3, 4)]


def test_problems_of_one_file_are_kept_up_to_a_limit() -> None:
    report = read(listed(MAP, *[kube("Pod", "b") | {"kind": "?"}] * 150)).inputs[0]
    assert (report.values["problems"], len(report.problems)) == (150, 100)


def test_jobs_of_the_cce_api_need_no_name() -> None:
    jobs = [{"apiVersion": api, "kind": "Job", "metadata": {"uid": "1"}} for api in ("v2", "v3")]
    assert read(listed(*jobs)).inputs[0].status == "read"
    assert read(listed({"apiVersion": "batch/v1", "kind": "Job", "metadata": {}})).inputs[0].reason == "input_no_name"


def test_pod_whose_volumes_are_no_list_is_read() -> None:
    assert names(read(kube("Pod", "a", "shop", owner="ReplicaSet/web", spec={"volumes": 1}))) == ["a"]


def test_items_of_a_list_that_share_an_anchor_are_read_once() -> None:
    dump = """apiVersion: v1
kind: ConfigMapList
items:
- metadata: {name: a, labels: &labels {app: web}}
- metadata: {name: b}
- metadata: {name: c, labels: *labels}
- metadata: {name: d}
"""
    assert [o.ref.name for o in read(dump).objects] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
        "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n",
        f"{json.dumps(MAP)}\n---\n# then by hand\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: b}}\n",
        f"{json.dumps(MAP)}\n---\n{json.dumps(kube('ConfigMap', 'b', 'shop'))}\n",
    ],
    ids=["flow", "JSON then YAML", "JSON"],
)
def test_documents_of_which_the_first_begins_with_a_brace_are_all_read(text: str) -> None:
    snapshot = read(text)
    assert names(snapshot) == ["a", "b"]
    assert [(i.status, i.problems) for i in snapshot.inputs] == [("read", ())]


@pytest.mark.parametrize("preface", ["", "# of the shop\n", "{{/* of the shop */}}\n"])
def test_a_template_is_called_one_and_the_other_documents_are_read(preface: str) -> None:
    """It begins with a brace, as JSON does."""
    template = (
        "{{- if .Values.web }}\napiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n{{- end }}\n"
    )
    snapshot = read(preface + template + "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n")
    assert names(snapshot) == ["a"]
    assert [p.code for p in snapshot.inputs[0].problems] == ["input_template"]

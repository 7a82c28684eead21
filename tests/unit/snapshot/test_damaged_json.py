"""JSON that is damaged, mixed with text or followed by more: what is saved, what is told, and how long it takes."""

from __future__ import annotations

import json

import pytest

from migrator.errors import InputError
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_sources
from tests.unit.snapshot.helpers import kube, listed, names, read, source

ABC = [kube("ConfigMap", name, "shop") for name in "abc"]
A, B, C = (json.dumps(o) for o in ABC)


def told(snapshot: Snapshot) -> list[tuple[str, int]]:
    """Code and line of every problem of the first file."""
    return [(p.code, p.values["line"]) for p in snapshot.inputs[0].problems]


@pytest.mark.parametrize("between", ["", ", ", ",\n", " \n ,\n", "\n---\n", "\r\n\r\n", "\nWarning: v1 is old\n"])
def test_values_in_a_row_are_all_read(between: str) -> None:
    snapshot = read(between.join((A, B, C)))
    assert names(snapshot) == ["a", "b", "c"]
    assert snapshot.inputs[0].status == "read"


def test_comments_between_values_are_told_once() -> None:
    snapshot = read(f"{A}\n// first\n{B}\n# second\n{C}")
    assert names(snapshot) == ["a", "b", "c"]
    assert (snapshot.inputs[0].status, told(snapshot)) == ("read", [("input_json_mended", 2)])


def test_values_on_one_line_without_anything_between() -> None:
    snapshot = read(A + B + C)
    assert [o.document for o in snapshot.objects] == [1, 2, 3]
    assert snapshot.inputs[0].problems == ()


def test_text_between_values_is_told() -> None:
    snapshot = read(f"{A} oops {B}\n{C}\nmore\n")
    assert names(snapshot) == ["a", "c"]
    assert told(snapshot) == [("input_json_text", 1), ("input_json_text", 3)]


@pytest.mark.parametrize(
    "preface",
    ["// exported\n", "# exported\n\n", "Warning: v1 ComponentStatus is deprecated in v1.19+\n", "\nI0423 1:2 x] y\n"],
)
@pytest.mark.parametrize("indent", [None, 4])
def test_lines_before_the_json_are_passed_over(preface: str, indent: int | None) -> None:
    snapshot = read(preface + json.dumps(listed(*ABC), indent=indent))
    assert names(snapshot) == ["a", "b", "c"]
    assert snapshot.inputs[0].status == "read"
    assert bool(told(snapshot)) == preface.startswith(("//", "#"))


def test_a_page_with_an_example_is_no_json() -> None:
    snapshot = read(A, f"How to use it\n\n```json\n{B}\n```\n")
    assert names(snapshot) == ["a"]


def test_yaml_with_json_inside_stays_yaml() -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  b: |\n    {B}\n---\n{C}\n"
    assert names(read(text)) == ["c", "x"]


@pytest.mark.parametrize("indent", [1, 4])
@pytest.mark.parametrize(
    "damage",
    [
        ('"name": "b"', '"name": "b'),
        ('"name": "b"', '"name" "b"'),
        ('"name": "b"', '"name": "b\1"'),
        ('"name": "b"', '"name": "b' + chr(92) + 'ud800"'),
    ],
)
def test_a_broken_item_does_not_lose_the_items_after_it(indent: int, damage: tuple[str, str]) -> None:
    text = json.dumps(listed(*ABC), indent=indent).replace(*damage)
    snapshot = read(text)
    assert names(snapshot) == ["a", "c"]
    [(code, line)] = told(snapshot)
    beginning = text.split('"b')[0].count("\n") + 1
    assert code in ("input_json_item", "input_json_broken")
    assert beginning - 6 <= line <= beginning + 1


def test_a_broken_last_item_and_a_value_after_the_list() -> None:
    text = json.dumps(listed(*ABC[:2]), indent=2).replace('"b"', '"b')
    snapshot = read(f"{text}\n{C}\n")
    assert names(snapshot) == ["a", "c"]
    assert [code for code, _ in told(snapshot)] == ["input_json_item"]


def test_a_list_cut_off_on_one_line_does_not_lose_the_next_line() -> None:
    assert names(read(json.dumps(listed(*ABC[:2]))[:-30] + f"\n{C}\n")) == ["a", "c"]


def test_items_of_a_volume_are_no_list_of_objects() -> None:
    pod = kube("Pod", "p", "shop", spec={"volumes": [{"configMap": {"items": [{"kind": "K", "apiVersion": "v1"}]}}]})
    text = json.dumps(pod, indent=2).replace('"v1"\n            }', '"v1\n            }')
    assert names(read(f"{A}\n{text}\n{B}\n")) == ["a", "b"]


def test_a_torn_string_is_not_repaired() -> None:
    snapshot = read(A, B.replace('"b"', 'BRO"KEN'))
    assert names(snapshot) == ["a"]
    assert snapshot.inputs[1].status == "unreadable"


def test_comments_inside_strings_stay() -> None:
    text = '{"apiVersion": "v1", // note\n "kind": "Service", "metadata": {"name": "a"}, "spec": {"type": '
    text += '"ExternalName", "externalName": "x//y,}",},}'
    snapshot = read(text)
    assert snapshot.services[0].external_name == "x//y,}"
    assert told(snapshot) == [("input_json_mended", 1)]


PRETTY = """\
{
  "kind": "List",
  "apiVersion": "v1",
  "items": [
    {
      "kind": "ConfigMap",
      "apiVersion": "v1",
      "metadata": {"name": "a"}
    },
    {
      "kind": "ConfigMap",
      "apiVersion": "v1",
      "metadata": {"name": "b"}
    }
  ]
}
"""


@pytest.mark.parametrize("text", [PRETTY, " ".join(PRETTY.split())], ids=["pretty", "one line"])
@pytest.mark.parametrize(
    ("plain", "written"),
    [
        ("{", "{ // exported by Wang\n"),
        ('"List",', '"List", # all of them\n'),
        ('{"name": "a"}', '{"name": // the first\n"a"}'),
        ('{"name": "b"}', '{"name": "b",}'),
        ('"}', '",}'),
        ("]", ",]"),
        ("]", "],"),
        ('"ConfigMap"', "ConfigMap"),
    ],
)
def test_what_json_does_not_allow_is_read_with_a_word(text: str, plain: str, written: str) -> None:
    every = -1 if plain == '"}' else 1
    snapshot = read(text.replace(plain, written, every))
    assert names(snapshot) == ["a", "b"]
    assert {code for code, _ in told(snapshot)} == {"input_json_mended"}
    assert snapshot.inputs[0].status == "read"


def test_numbers_with_too_many_digits_lose_their_object_only() -> None:
    digits = "9" * 5000
    long = B.replace("{", '{"x": ' + digits + ", ", 1)
    for text in (f'{{"kind": "List", "apiVersion": "v1", "items": [{A}, {long}, {C}]}}', f"{A}\n{long}\n{C}\n"):
        snapshot = read(text)
        assert set(names(snapshot)) >= {"a", "c"}
    snapshot = read(A, f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p, on: yes}}\nx: {digits}\n")
    assert snapshot.inputs[1].reason == "input_yaml_broken"


def test_deep_yaml_is_refused() -> None:
    for text in ("{a: " * 30_000, "x: " + "[" * 100_000, "x: " + "[" * 60_000 + "]" * 60_000):
        assert read(A, "apiVersion: v1\nkind: Pod\n" + text).inputs[1].status == "unreadable"


def test_many_values_are_saved_around_the_damage() -> None:
    item = json.dumps(kube("Secret", "x", data={"a": "b" * 200}))
    many = 4_000
    assert len(read(f"{item}\n" * many).objects) == many
    start = '{"apiVersion": "v1", "kind": "List", "items": [\n'
    cut = read(start + f"{item},\n" * many)
    bad = read(start + f"{item},\n" * many + '{"kind": "Secret", "x"},\n' + f"{item}\n]}}\n")
    assert (len(cut.objects), len(bad.objects)) == (many, many + 1)
    assert (cut.inputs[0].reason, bad.inputs[0].reason) == ("input_json_broken", "input_json_item")


def test_what_is_cut_off_in_its_first_item_is_named() -> None:
    with pytest.raises(InputError) as raised:
        read('{"kind": "List", "apiVersion": "v1", "items": [\n  {"kind": "Pod", "apiV')
    assert (raised.value.code, raised.value.values["line"]) == ("input_json_broken", 2)


# --- lists on one line ------------------------------------------------------------------------------------------

LINE = json.dumps(listed(*ABC))


@pytest.mark.parametrize("broken", ["a", "b", "c"])
@pytest.mark.parametrize("damage", [('"name": "{}"', '"name": "{}'), ('"name": "{}"', '"name" "{}"'), ('"{}"', "{}")])
def test_a_broken_item_on_one_line_does_not_lose_the_others(broken: str, damage: tuple[str, str]) -> None:
    text = LINE.replace(*(part.format(broken) for part in damage))
    assert text != LINE
    snapshot = read(text + "\n")
    assert names(snapshot) == [n for n in "abc" if n != broken or damage[1] == "{}"]
    assert len(told(snapshot)) == 1


def test_what_stands_inside_a_broken_item_is_no_item() -> None:
    """Containers and templates for claims stand in lists of their own and look a little like objects."""
    claims = [kube("PersistentVolumeClaim", n, status={"phase": "Pending"}) for n in ("data", "logs")]
    pods = {"containers": [{"name": "x"}, {"name": "y"}], "volumes": [{"name": "v"}, {"name": "w"}]}
    broken = kube("StatefulSet", "s", "shop", spec={"volumeClaimTemplates": claims, "template": {"spec": pods}})
    line = json.dumps(listed(broken, *ABC)).replace('"s"', '"s')
    assert names(read(line)) == ["a", "b", "c"]


def test_a_list_cut_off_in_the_middle_of_its_line_keeps_its_items() -> None:
    snapshot = read(LINE[: LINE.index('"c"')])
    assert names(snapshot) == ["a", "b"]
    assert [code for code, _ in told(snapshot)] == ["input_json_broken"]


def test_tens_of_thousands_of_broken_values_are_each_passed_over() -> None:
    many = 20_000
    broken = A.replace('"a"', '"a')
    for text in (
        f"{broken}\n" * many + B,
        '{"kind": "List", "apiVersion": "v1", "items": [' + f"{broken}, " * many + B + "]}",
    ):
        snapshot = read(text)
        assert names(snapshot) == ["b"]
        assert snapshot.inputs[0].status == "partial"


# --- what JSON does not know ------------------------------------------------------------------------------------


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_read_as_no_value(constant: str) -> None:
    one = json.dumps(kube("Deployment", "web", "shop", "apps/v1", spec={"replicas": 0})).replace(": 0", f": {constant}")
    for text in (one, f"{A}\n{one}", f'{{"kind": "List", "apiVersion": "v1", "items": [{A}, {one}]}}'):
        snapshot = read(text)
        assert snapshot.workloads[0].replicas is None
        assert [p.values.get("constant") for p in snapshot.inputs[0].problems] == [constant]
        assert snapshot.inputs[0].status == "read"
    yaml = {"NaN": ".nan", "Infinity": ".inf", "-Infinity": "-.Inf"}[constant]
    snapshot = read(f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {yaml}\n")
    assert snapshot.workloads[0].replicas is None
    assert [(p.code, p.values["line"]) for p in snapshot.inputs[0].problems] == [("input_not_a_number", 5)]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_key_given_twice_is_told_with_its_line(indent: int | None) -> None:
    twice = json.dumps(kube("ConfigMap", "b", "shop", data={"a": "1"}), indent=indent)
    twice = twice.replace('"data"', '"data": {"x": "0"}, "data"')
    in_list = json.dumps(listed(ABC[0], "XX"), indent=indent).replace('"XX"', twice)
    for text in (twice, f"{A}\n{twice}", in_list):
        snapshot = read(text)
        assert snapshot.configs[-1].keys == ("a",)
        line = text[: text.index('"data"', text.index('"data"') + 1)].count("\n") + 1
        [problem] = snapshot.inputs[0].problems
        assert (problem.code, problem.values["key"], problem.values["line"]) == ("input_duplicate_key", "data", line)
        assert snapshot.inputs[0].status == "read"


def test_keys_given_twice_around_the_items_are_told() -> None:
    for head in ('"kind": "PodList", "kind": "List"', f'"kind": "List", "items": [{C}]'):
        snapshot = read(f'{{"apiVersion": "v1", {head}, "items": [{A}, {B}], "metadata": {{}}}}')
        assert names(snapshot) == ["a", "b"]
        assert [code for code, _ in told(snapshot)] == ["input_duplicate_key"]


def test_colons_in_strings_are_no_keys() -> None:
    data = r'{"a:b": ": \"x\": {", "e": "\u003a", "q\"k": "\\"}'
    snapshot = read(A.replace("{", f'{{"data": {data}, ', 1))
    assert snapshot.configs[0].keys == ("a:b", "e", 'q"k')
    assert snapshot.inputs[0].problems == ()


def test_one_object_of_a_size_that_kubernetes_does_not_know() -> None:
    large = kube("ConfigMap", "large", "shop", data={"a": "10.0.0.1 " * 1_000_000})
    for text in (json.dumps(listed(ABC[0], large)), f"{A}\n{json.dumps(large)}"):
        snapshot = read(text)
        assert names(snapshot) == ["a"]
        assert (snapshot.inputs[0].status, snapshot.inputs[0].reason) == ("partial", "input_object_too_large")
    yaml = f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: large}}\ndata: {{a: '{large['data']['a']}'}}\n"
    snapshot = read("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n" + yaml)
    assert (names(snapshot), snapshot.inputs[0].reason) == (["a"], "input_object_too_large")


def test_a_broken_dump_is_named_whatever_its_file_is_called() -> None:
    files = [source("good.json", ABC[0]), source("pods", LINE[:60]), source("notes.txt", "kubectl says {no\n")]
    assert {i.file: i.status for i in read_sources(files).inputs} == {
        "good.json": "read",
        "notes.txt": "not_recognised",
        "pods": "unreadable",
    }

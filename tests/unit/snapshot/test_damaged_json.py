"""JSON that is damaged, mixed with text or followed by more: what is saved, what is told, and how long it takes."""

from __future__ import annotations

import json

import pytest

from migrator.errors import InputError
from migrator.snapshot.model import Snapshot
from tests.unit.snapshot.helpers import kube, listed, names, read

ABC = [kube("ConfigMap", name, "shop") for name in "abc"]
A, B, C = (json.dumps(o) for o in ABC)


def told(snapshot: Snapshot) -> list[tuple[str, int]]:
    """Code and line of every problem of the first file."""
    return [(p.code, p.values["line"]) for p in snapshot.inputs[0].problems]


@pytest.mark.parametrize("between", ["", ", ", ",\n", " \n ,\n", "\n---\n", "\n# next\n", "\nWarning: v1 is old\n"])
def test_values_in_a_row_are_all_read(between: str) -> None:
    snapshot = read(between.join((A, B, C)))
    assert names(snapshot) == ["a", "b", "c"]
    assert snapshot.inputs[0].status == "read"


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
    assert read(text).services[0].external_name == "x//y,}"


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

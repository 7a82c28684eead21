"""YAML is read as kubectl reads it, and never dangerously."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.snapshot.readers import yamldoc
from migrator.snapshot.readers.yamldoc import YamlError, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: yes", True),
        ("a: on", True),
        ("a: No", False),
        ("a: 0644", 420),
        ("a: 1_000", 1000),
        ("a: 0x1f", 31),
        ("a: 1e3", 1000.0),
        ("a: 2021-04-01T10:00:00Z", "2021-04-01T10:00:00Z"),
        ("a: 2021-04-01", "2021-04-01"),
        ("a: 22:30:00", "22:30:00"),
        ("a: ~", None),
        ("a:", None),
        ("a: 1.15", 1.15),
        ('a: "yes"', "yes"),
        ("a: 'on'", "on"),
        ("a: =", "="),
        ("a: !mine text", "text"),
        ("a: !!binary aGk=", "aGk="),
        ("a: 123456789012345678901234567890", 123456789012345678901234567890),
        ("a: &x 1\nb: *x", 1),
        ("b: &x {c: 1, a: 0}\n<<: *x\na: 2", 2),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse(text.encode()).value["a"] == value
    assert type(parse(text.encode()).value["a"]) is type(value)


def test_keys_are_text() -> None:
    assert parse(b"y: 1\non: 2\n0644: 3\n<<: {}\n").value == {"y": 1, "on": 2, "0644": 3}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: [1,\n", "input_yaml_broken", 3),
        ("a: *nothing\n", "input_yaml_broken", 1),
        ("a: &a [*a]\n", "input_alias_bomb", 1),
        ("a: 1\n{b: c}: 2\n", "input_complex_key", 2),
        ("x: " + "[" * 200 + "]" * 200, "input_too_deep", 1),
        ("a: \x01\n", "input_yaml_broken", 1),
    ],
)
def test_refused(text: str, code: str, line: int) -> None:
    with pytest.raises(YamlError) as raised:
        parse(text.encode())
    assert (raised.value.code, raised.value.line) == (code, line)


@pytest.mark.parametrize("tail", ["", "z: yes\n"])
def test_alias_bomb_is_refused(tail: str) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    with pytest.raises(YamlError) as raised:
        parse(("\n".join(lines) + "\n" + tail).encode())
    assert raised.value.code == "input_alias_bomb"


def test_parser_messages_do_not_quote_the_input() -> None:
    for text in (
        "a: *Hunter2Hunter2",
        "a: 'Hunter2",
        "a: Hunter2: Hunter2: x",
        "a: !<Hunter2 x",
        "%Hunter2\n---\na: @Hunter2",
    ):
        with pytest.raises(YamlError) as raised:
            parse(text.encode())
        assert "Hunter2" not in raised.value.problem


def test_documents_and_items_keep_their_lines() -> None:
    data = b"# head\n\napiVersion: v1\nitems:\n- a: 1\n  b: |\n    - x\n- a: 2\nkind: List\n---\nc: 3\n...\n---\nd: 4\n"
    documents = list(yamldoc.documents(data))
    assert [(d.number, d.line) for d in documents] == [(1, 1), (2, 10), (3, 13)]
    split = yamldoc.split_list(documents[0])
    assert split is not None
    assert [i.line for i in split.items] == [5, 8]
    assert [parse(i.text).value for i in split.items] == [{"a": 1, "b": "- x\n"}, {"a": 2}]
    assert parse(split.head.text).value == {"apiVersion": "v1", "kind": "List"}


_SCALARS = st.one_of(
    st.sampled_from(
        ["yes", "no", "on", "y", "0644", "08", "1_000", "1e3", ".5", "0x1f", "~", "null", "1.10", "12:30:00", "!x a"]
    ),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8),
)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), _SCALARS), min_size=1, max_size=8, unique_by=lambda t: t[0]))
def test_the_fast_parser_is_used_only_where_it_agrees(pairs: list[tuple[str, object]]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in pairs)
    assert parse(text.encode()).value == yamldoc._parse_carefully(text).value

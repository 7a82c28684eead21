"""YAML is read as kubectl reads it, and never dangerously."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.snapshot.readers import yamldoc
from migrator.snapshot.readers.yamldoc import YamlError, parse
from tests.unit.snapshot.helpers import names, read


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


ITEM = "- apiVersion: v1\n  kind: Secret\n  metadata: {name: %s}\n  data: {password: %s, url: 'http://x/?a=1&b=2'}\n"
LIST = "apiVersion: v1\nitems:\n%skind: List\n"


def test_a_redacted_value_is_no_alias_to_another_item() -> None:
    """An alias that leads nowhere breaks its own item, whatever ampersands stand in the others."""
    text = LIST % "".join(ITEM % (n, "***HIDDEN***" if n in "bd" else "eA==") for n in "abcde")
    snapshot = read(text)
    assert names(snapshot) == ["a", "c", "e"]
    assert [p.values["line"] for p in snapshot.inputs[0].problems] == [10, 18]


def test_an_alias_to_another_item_is_followed() -> None:
    shared = "- apiVersion: v1\n  kind: ConfigMap\n  metadata: &m\n    name: x\n"
    uses = "- {apiVersion: v1, kind: Secret, metadata: *m}\n"
    snapshot = read(LIST % (ITEM % ("a", "eA==") + shared + uses))
    assert [str(o.ref) for o in snapshot.objects] == ["ConfigMap x", "Secret a", "Secret x"]
    assert snapshot.inputs[0].status == "read"
    broken = read(LIST % (shared + uses + ITEM % ("a", "***HIDDEN***") + ITEM % ("b", "eA==")))
    assert [str(o.ref) for o in broken.objects] == ["ConfigMap x", "Secret b"]
    assert [p.code for p in broken.inputs[0].problems] == ["input_yaml_broken"] * 2


def test_items_given_twice_are_all_seen() -> None:
    text = LIST % (ITEM % ("a", "x")) + "items:\n" + ITEM % ("b", "x")
    snapshot = read(text)
    assert names(snapshot) == ["b"]
    assert [p.code for p in snapshot.inputs[0].problems] == ["input_duplicate_key"]


@pytest.mark.parametrize("separator", ["---\r\n", "--- # next\r\n", "...\r\n---\r\n"])
def test_lines_that_end_as_in_windows(separator: str) -> None:
    one = "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: %s\r\ndata:\r\n  a: |\r\n    x\r\n    ---\r\n"
    snapshot = read(separator.join(one % n for n in "abc"))
    assert names(snapshot) == ["a", "b", "c"]
    assert [o.document for o in snapshot.objects] == [1, 2, 3]
    listed = read((LIST % "".join(ITEM % (n, "x") for n in "ab")).replace("\n", "\r\n"))
    assert names(listed) == ["a", "b"]
    assert listed.inputs[0].status == "read"

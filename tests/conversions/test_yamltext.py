"""Manifests as YAML: every reader gets back what was written."""

from __future__ import annotations

from typing import Any

import pytest
import ryaml
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.conversion.yamltext import Writer

TEXTS = st.one_of(
    st.text(max_size=30).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t)),
    st.text(alphabet=" \n\tab:#-|>'\"%@`{}[]&*!?,~0.1_", max_size=20),
    st.sampled_from(
        ["yes", "No", "ON", "y", "n", "~", "null", "Null", "1_000", "22:30:00", "0o17", "017", "0x1F", "1e3"]
    ),
    st.sampled_from(
        [".inf", ".NaN", "2020-01-01", "2001-12-14t21:59:43.10-05:00", "=", "<<", "0b11", "-", "--- x", "..."]
    ),
    st.sampled_from(
        ["a\n\n b\n", "\n", "a\n", "a\n\n", "a", "#x\ny", "a \nb", "\ta\nb", "a\n\tb", "%d\n", "a: b\n- c"]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(TEXTS, NUMBERS),
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(TEXTS, below, max_size=4)),
    max_leaves=25,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=5)


@given(OBJECTS)
@settings(max_examples=400, deadline=None)
def test_readers_of_both_versions_get_back_what_was_written(value: dict[str, Any]) -> None:
    text = Writer().text(value)

    assert yaml.load(text, Loader=yaml.CSafeLoader) == value
    assert ryaml.loads(text) == value


def _without_texts(value: Any) -> Any:
    """Written out by ``repr``, for 1, 1.0 and True are equal otherwise."""
    if isinstance(value, dict):
        return {key: _without_texts(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_without_texts(below) for below in value]
    return "text" if isinstance(value, str) else value


KEYS = st.sampled_from(["a", "name", "- a", "a:", "kind"])
ALIKE = st.recursive(
    st.sampled_from(["", "-", "a: b", "1", 1, True, 1.0, None]),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(KEYS, below, max_size=3)),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, ALIKE, max_size=3), st.dictionaries(KEYS, ALIKE, max_size=3))
@settings(max_examples=400, deadline=None)
def test_of_equal_shape_are_those_that_differ_in_texts_only(one: dict[str, Any], other: dict[str, Any]) -> None:
    writer = Writer()

    alike = writer.text_and_shape(one)[1] == writer.text_and_shape(other)[1]

    assert alike is (repr(_without_texts(one)) == repr(_without_texts(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "x", "b": {"c": 1}}, {"a": "y\nz\n", "b": {"c": 1}}),
        ({"a": ["x", {"b": "c"}]}, {"a": ["1", {"b": ""}]}),
    ],
)
def test_texts_do_not_change_the_shape(one: dict[str, Any], other: dict[str, Any]) -> None:
    writer = Writer()

    assert writer.text_and_shape(one)[1] == writer.text_and_shape(other)[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "1"}, {"a": 1}),
        ({"a": "x", "b": {"c": "x"}}, {"a": {"c": "x"}, "b": "x"}),
        ({"a": ["x"]}, {"a": ["x", "x"]}),
        ({"a": ["x", "y"]}, {"a": [["x"]]}),
        ({"a": ""}, {"a": {}}),
        ({"a": ""}, {"a": []}),
        ({"a": 1}, {"a": 1.0}),
    ],
)
def test_keys_and_types_change_the_shape(one: dict[str, Any], other: dict[str, Any]) -> None:
    writer = Writer()

    assert writer.text_and_shape(one)[1] != writer.text_and_shape(other)[1]


@pytest.mark.parametrize("text", ["x" * 119, "x" * 121, "k" * 2000, "a b " * 500])
def test_long_keys_and_long_texts(text: str) -> None:
    value = {text: [{text: text, "name": text}, [text]], "a": {text: {text: []}}}

    written = Writer().text(value)

    assert yaml.load(written, Loader=yaml.CSafeLoader) == value
    assert ryaml.loads(written) == value


def test_what_people_look_for_comes_first() -> None:
    value = {
        "spec": {"containers": [{"image": "nginx:1.15", "args": ["yes"], "name": "web"}]},
        "data": {"a": "one\ntwo\n", "b": "1.20"},
        "metadata": {"labels": {"a": "b"}, "namespace": "shop", "name": "web"},
        "kind": "Pod",
        "apiVersion": "v1",
    }

    assert Writer().text(value) == (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels:\n    a: b\n  namespace: shop\n"
        'data:\n  a: |\n    one\n    two\n  b: "1.20"\n'
        'spec:\n  containers:\n  - name: web\n    args:\n    - "yes"\n    image: nginx:1.15\n'
    )

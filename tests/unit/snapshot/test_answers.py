"""Answers of the API server that are no objects, and what is wrong with YAML, told in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.errors import InputError
from migrator.locale import text
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_paths

NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}
REFUSAL = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
TABLE = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": [{"cells": ["web"]}]}
SERVED = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "apps/v1", "resources": []}


def read(folder: Path, *files: Any) -> Snapshot:
    for number, file in enumerate(files):
        (folder / f"{number}.json").write_text(json.dumps(file), encoding="utf-8")
    return read_paths([folder])


def test_a_refusal_is_told_and_is_no_object(tmp_path: Path) -> None:
    snapshot = read(tmp_path, NODE, REFUSAL)
    assert [o.ref.kind for o in snapshot.objects] == ["Node"]
    assert [(i.status, i.reason) for i in snapshot.inputs] == [("read", ""), ("unreadable", "input_api_refused")]
    assert "Forbidden" in text("error.input_api_refused", "zh", **snapshot.inputs[1].values)


def test_a_refusal_among_objects_makes_the_file_partly_read(tmp_path: Path) -> None:
    snapshot = read(tmp_path, {"apiVersion": "v1", "kind": "List", "items": [NODE, REFUSAL]})
    assert [(i.status, i.reason) for i in snapshot.inputs] == [("partial", "input_api_refused")]


@pytest.mark.parametrize("answer", [TABLE, SERVED])
def test_what_holds_no_objects_is_passed_over(tmp_path: Path, answer: dict[str, Any]) -> None:
    snapshot = read(tmp_path, NODE, answer)
    assert [o.ref.kind for o in snapshot.objects] == ["Node"]
    assert snapshot.inputs[1].status == "not_recognised"


def test_kinds_of_other_groups_by_these_names_are_objects(tmp_path: Path) -> None:
    snapshot = read(tmp_path, NODE, {"apiVersion": "x.cn/v1", "kind": "Status", "metadata": {"name": "s"}})
    assert [o.ref.kind for o in snapshot.objects] == ["Node", "Status"]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("a:\n\tb: 1", "制表符"),
        ("a: b: c", "键: 值"),
        ("a: [1, 2", "括号"),
        ("a: 'x", "引号"),
        ("a: *b", "别名"),
        ("a:\n  b: 1\n c: 2", "缩进"),
    ],
)
def test_what_is_wrong_with_yaml_is_said_in_the_language_of_the_reader(tmp_path: Path, broken: str, told: str) -> None:
    (tmp_path / "a.yaml").write_text(f"apiVersion: v1\nkind: ConfigMap\n{broken}\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_paths([tmp_path])
    assert told in raised.value.message("zh")
    assert raised.value.message("en").isascii()

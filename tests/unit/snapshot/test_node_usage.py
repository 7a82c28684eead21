"""CPU and memory in use on nodes, as ``kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes`` tells them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.snapshot.node_usage import quantity
from migrator.snapshot.read import read_paths


def node(name: str, cpu: str = "4", memory: str = "8000Mi") -> dict[str, Any]:
    status = {"capacity": {"cpu": cpu, "memory": memory}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status}


def measured(**usages: dict[str, Any]) -> dict[str, Any]:
    items = [{"metadata": {"name": name}, "window": "30s", "usage": usage} for name, usage in usages.items()]
    return {"apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetricsList", "items": items}


def states(tmp_path: Path, *documents: dict[str, Any], facts: str = "") -> dict[tuple[str, str], str]:
    for number, document in enumerate(documents):
        (tmp_path / f"{number}.json").write_text(json.dumps(document))
    if facts:
        text = f"# cce-migrator node-facts 1 node=n1\n@@ command node state\n {facts}\n@@ end\n"
        (tmp_path / "node.txt").write_text(text)
    return {(s.node, s.key): s.value for s in read_paths([tmp_path]).node_states}


def test_usage_is_told_in_per_cent_of_the_capacity(tmp_path: Path) -> None:
    used = measured(n1={"cpu": "3600000000n", "memory": "4000Mi"}, n2={"cpu": "902m", "memory": "7200Mi"})
    assert states(tmp_path, node("n1"), node("n2", cpu="1"), used) == {
        ("n1", "cpu used"): "90",
        ("n1", "memory used"): "50",
        ("n2", "cpu used"): "91",  # more than 90
        ("n2", "memory used"): "90",
    }


@pytest.mark.parametrize(
    "usage",
    [{}, {"cpu": "much", "memory": "-1Ki"}, {"cpu": None, "memory": ["1Gi"]}],
    ids=["none", "no-number", "wrong"],
)
def test_what_is_no_quantity_says_nothing(tmp_path: Path, usage: dict[str, Any]) -> None:
    assert states(tmp_path, node("n1"), measured(n1=usage)) == {}


def test_a_node_of_unknown_capacity_or_unknown_itself_is_left_out(tmp_path: Path) -> None:
    used = measured(n1={"cpu": "1"}, n9={"cpu": "1"})
    assert states(tmp_path, node("n1", cpu=""), used) == {}


@pytest.mark.parametrize(("seen", "told"), [("95", "95"), ("20", "50")])
def test_of_two_looks_the_one_that_saw_more_counts(tmp_path: Path, seen: str, told: str) -> None:
    found = states(tmp_path, node("n1"), measured(n1={"memory": "4000Mi"}), facts=f"memory used={seen}")
    assert found == {("n1", "memory used"): told}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("2", 2),
        ("1.5", 1.5),
        ("250m", 0.25),
        ("500u", 0.0005),
        ("1k", 1000),
        ("1Ki", 1024),
        ("2Gi", 2**31),
        ("1e3", None),
    ],
)
def test_quantities(value: str, number: float | None) -> None:
    assert quantity(value) == (number if number is None else pytest.approx(number))

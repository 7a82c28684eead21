"""The snapshot as a whole: order-free, complete in its coverage, and robust against values of any shape."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.locale import catalogue
from migrator.snapshot.build import Builder
from migrator.snapshot.codec import decode, digest, encode
from migrator.snapshot.model import ClusterFacts, KubeObject, ObjectRef, Section, Snapshot
from migrator.snapshot.read import read_sources
from migrator.snapshot.readers import Found, Problem
from migrator.snapshot.readers.kubernetes import read_objects
from tests.secrets.more_plants import cce_objects, kubernetes_objects
from tests.unit.snapshot.helpers import deployment, kube, listed, read, source

OBJECTS = [
    *kubernetes_objects(),
    *cce_objects(),
    kube("Node", "n1", status={"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}),
    kube("Pod", "p", "shop", owner="ReplicaSet/x"),
    kube("Namespace", "shop", status={"phase": "Active"}),
    deployment("web", api="extensions/v1beta1"),
    deployment("web", api="extensions/v1beta1"),
]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_files_and_objects_does_not_matter(seed: int) -> None:
    shuffled = list(OBJECTS)
    random.Random(seed).shuffle(shuffled)
    in_order = read(*OBJECTS)
    assert digest(read(*shuffled)) == digest(in_order)
    assert digest(read(listed(*shuffled))) == digest(in_order)


def test_a_snapshot_survives_being_written() -> None:
    snapshot = read(*OBJECTS)
    assert decode(encode(snapshot)) == snapshot


def test_every_instance_is_counted_and_every_fact_is_unique() -> None:
    snapshot = read(deployment("web"), deployment("web"), listed(deployment("web"), deployment("api")))
    assert len(snapshot.objects) == 4
    assert [i.objects for i in snapshot.inputs] == [1, 1, 2]
    assert [w.ref.name for w in snapshot.workloads] == ["api", "web"]


def test_coverage_has_every_section_once_in_order() -> None:
    snapshot = read(deployment("web"), kube("Pod", "p", "shop"))
    assert [c.section for c in snapshot.coverage] == list(Section)
    assert {c.section for c in snapshot.coverage if c.read} == {Section.WORKLOADS, Section.PODS, Section.OBJECTS}
    assert {c.section: c.kinds for c in snapshot.coverage}[Section.WORKLOADS] == ("Deployment",)


def test_a_bare_pod_alone_does_not_cover_the_workloads() -> None:
    assert not read(kube("Pod", "p", "shop")).covers(Section.WORKLOADS)


def test_other_platform_namespaces_can_be_given() -> None:
    snapshot = read_sources(
        [source("a.json", deployment("x", "cattle-system"))], platform_namespaces=("cattle-system",)
    )
    assert snapshot.workloads[0].system


_WRONG = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in [(*path, k), *_paths(v, (*path, k))]]
    if isinstance(value, list):
        return [p for i, v in enumerate(value) for p in [(*path, i), *_paths(v, (*path, i))]]
    return []


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {k: _changed(v, rest, new) if k == step else v for k, v in value.items()}
    return [_changed(v, rest, new) if i == step else v for i, v in enumerate(value)]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_shape_of_a_value_stops_the_reading(data: st.DataObject) -> None:
    """Any field of any object replaced by anything: the object still counts, and the snapshot can be written."""
    body = data.draw(st.sampled_from(OBJECTS))
    paths = [p for p in _paths(body) if p not in (("apiVersion",), ("kind",))]
    wrong = _changed(body, data.draw(st.sampled_from(paths)), data.draw(_WRONG))
    builder = Builder()
    builder.add(Found(wrong["apiVersion"], wrong["kind"], wrong, 1), "a.json")
    snapshot = builder.snapshot()
    assert len(snapshot.objects) == 1
    assert decode(encode(snapshot)) == snapshot


WHOLE_JSON = json.dumps(listed(*OBJECTS), indent=2).encode()
WHOLE_YAML = yaml.dump(listed(*OBJECTS)).encode() + b"---\n" + yaml.dump_all(OBJECTS).encode()


@settings(max_examples=80, deadline=None)
@given(st.sampled_from((WHOLE_JSON, WHOLE_YAML)), st.floats(0, 1), st.integers(0, 200), st.binary(max_size=4))
def test_no_damage_to_a_file_stops_the_reading(whole: bytes, place: float, cut: int, put: bytes) -> None:
    """A piece cut out and other bytes put in: reading goes to the end, and what is lost is named."""
    start = int(place * len(whole))
    damaged = whole[:start] + put + whole[start + cut :]
    events = list(read_objects(damaged))
    found = sum(isinstance(e, Found) for e in events)
    assert found >= 1 or any(isinstance(e, Problem) for e in events)
    for problem in events:
        if isinstance(problem, Problem):
            assert {"document", "line"} <= problem.values.keys()
            assert f"error.{problem.code}" in catalogue()


@pytest.mark.parametrize("count", [0, 1, 1999, 2000, 2001, 4001])
def test_the_digest_is_the_hash_of_all_facts_without_their_files(count: int) -> None:
    """However many there are: they are encoded in pieces."""
    things = tuple(
        KubeObject(ref=ObjectRef(api_version="v1", kind="Pod", name=str(i)), file="a", document=i) for i in range(count)
    )
    nowhere = tuple(msgspec.structs.replace(thing, file="", document=0) for thing in things)
    for cluster in (ClusterFacts(), ClusterFacts(name="shop")):
        told = Snapshot(cluster=cluster, objects=things)
        bare = Snapshot(cluster=cluster, objects=nowhere)
        assert digest(told) == "sha256:" + hashlib.sha256(encode(bare)).hexdigest()

"""Contents of objects that are kept: which, what of them, and never a credential."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

from migrator.snapshot.codec import decode, digest, encode
from migrator.snapshot.model import Snapshot
from migrator.snapshot.read import read_sources
from migrator.snapshot.redaction import MASK
from tests.unit.snapshot.helpers import deployment, kube, listed, read, source


def bodies(snapshot: Snapshot) -> dict[str, Any]:
    return {str(m.ref): json.loads(bytes(m.body)) for m in snapshot.manifests}


def test_what_only_the_server_writes_is_left_out() -> None:
    live = deployment(
        "web",
        uid="u-1",
        resourceVersion="7",
        annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "yes"},
    ) | {"status": {"readyReplicas": 1}}
    live["metadata"] |= {"managedFields": [], "selfLink": "/x", "generation": 3}
    (body,) = bodies(read(live)).values()
    assert body == deployment("web", annotations={"mine": "yes"})


def test_only_what_somebody_made_is_kept() -> None:
    made = read(
        deployment("web"),
        kube("Pod", "web-1", "shop", owner="ReplicaSet/web"),
        kube("Pod", "bare", "shop", spec={"containers": []}),
        kube("Event", "e", "shop"),
        kube("Lease", "l", "kube-system", "coordination.k8s.io/v1"),
        kube("Endpoints", "auto", "shop", subsets=[{"addresses": [{"ip": "10.0.0.1", "targetRef": {"kind": "Pod"}}]}]),
        kube("Endpoints", "hand", "shop", subsets=[{"addresses": [{"ip": "10.9.0.1"}]}]),
        kube("ConfigMap", "release", "kube-system", labels={"OWNER": "TILLER"}, data={"release": "x"}),
        kube("Widget", "w", "shop", "example.com/v1", spec={"a": 1}),
    )
    assert sorted(bodies(made)) == ["Deployment shop/web", "Endpoints shop/hand", "Pod shop/bare", "Widget shop/w"]


def test_of_a_secret_only_the_keys_are_kept() -> None:
    (body,) = bodies(
        read(kube("Secret", "s", "shop", type="Opaque", data={"a": "eA=="}, stringData={"b": "x"}))
    ).values()
    assert (body["type"], body["data"], body["stringData"]) == ("Opaque", {"a": ""}, {"b": ""})


def test_credentials_elsewhere_are_masked() -> None:
    config = kube("ConfigMap", "c", "shop", data={"password": "p1", "mode": "prod"}, binaryData={"k": "eA=="})
    (body,) = bodies(read(config)).values()
    assert (body["data"], body["binaryData"]) == ({"password": MASK, "mode": "prod"}, {"k": "eA=="})


def test_states_of_custom_resources_are_kept_as_a_word() -> None:
    widget = kube(
        "Drainage", "d", "", "node.cce.io/v1", status={"phase": "Running", "log": "token=abc", "state": "a b"}
    )
    (body,) = bodies(read(widget)).values()
    assert body["status"] == {"phase": "Running"}


def test_an_object_under_two_groups_is_kept_once_in_the_lasting_one() -> None:
    old, new = deployment("web", api="extensions/v1beta1", uid="u"), deployment("web", uid="u")
    (manifest,) = read(old, new).manifests
    assert manifest.ref.api_version == "apps/v1"


def test_the_order_of_fields_and_files_takes_no_part() -> None:
    one, two = deployment("a"), kube("ConfigMap", "b", "shop", data={"y": "1", "x": "2"})
    turned = {key: two[key] for key in reversed(two)}
    first, second = read(one, two), read_sources([source("z.json", listed(turned, one))])
    assert first.manifests == second.manifests
    assert digest(first) == digest(second)


def test_contents_survive_being_stored() -> None:
    snapshot = read(deployment("web"))
    assert decode(encode(snapshot)) == snapshot
    assert encode(decode(encode(snapshot))) == encode(snapshot)


def test_a_content_takes_no_more_memory_than_its_text() -> None:
    found = listed(*(kube("Widget", f"w-{i}", "shop", "example.com/v1") for i in range(2000)))
    read(found)  # what is loaded and kept by the first of all readings
    tracemalloc.start()
    try:
        snapshot = read(found)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    texts = sum(len(bytes(m.body)) for m in snapshot.manifests)
    assert held < texts + 2000 * 1500  # the other facts of an object, and never the buffer it was written in


def test_a_number_that_json_cannot_hold_leaves_the_object_without_content() -> None:
    snapshot = read(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\nx: 99999999999999999999999\n"
    )
    assert [o.ref.name for o in snapshot.objects] == ["c"]
    assert snapshot.manifests == ()


def test_kinds_seen_are_those_met_and_those_asked_for() -> None:
    assert read(deployment("web"), listed(kind="PodDisruptionBudgetList", api="policy/v1")).kinds_seen == {
        "Deployment",
        "PodDisruptionBudget",
    }

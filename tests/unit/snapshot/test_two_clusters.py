"""An input of several clusters, or of one at several times: nothing is merged without a word."""

from __future__ import annotations

from migrator.locale import text
from migrator.snapshot.model import InputProblem, Snapshot
from tests.unit.snapshot.helpers import deployment, kube, listed, read


def told(snapshot: Snapshot) -> list[tuple[str, InputProblem]]:
    return [(i.file, p) for i in snapshot.inputs for p in i.problems]


def test_two_nodes_of_one_name_are_told_with_their_files() -> None:
    snapshot = read(
        one=listed(kube("Node", "n1", uid="a"), kube("Namespace", "kube-system", uid="x")),
        two=listed(kube("Node", "n1", uid="b"), kube("Namespace", "kube-system", uid="y"), kube("Node", "n2", uid="c")),
    )
    [(file, problem)] = told(snapshot)
    assert (file, problem.code) == ("one.yaml", "input_two_identities")
    assert problem.values == {
        "file": "one.yaml",
        "count": 2,
        "subjects": "Namespace kube-system, Node n1",
        "files": "one.yaml, two.yaml",
    }
    assert "Node n1" in text(f"error.{problem.code}", "zh", **problem.values)
    assert [i.status for i in snapshot.inputs] == ["read", "read"]
    assert [n.name for n in snapshot.nodes] == ["n1", "n2"]


def test_workloads_made_anew_are_told() -> None:
    snapshot = read(deployment("web", uid="a", resourceVersion="5"), deployment("web", uid="b", resourceVersion="9"))
    assert [p.values["subjects"] for _, p in told(snapshot)] == ["Deployment shop/web"]


def test_the_same_object_met_again_is_no_other() -> None:
    """Also under another API group, as backups hold it, and from a manifest, which knows no uid."""
    snapshot = read(
        deployment("web", uid="a"),
        deployment("web", uid="a", api="extensions/v1beta1"),
        deployment("web"),
    )
    assert told(snapshot) == []


def test_what_comes_and_goes_says_nothing() -> None:
    pods = [kube("Pod", "web-0", "shop", uid=u, owner="StatefulSet/web") for u in "ab"]
    jobs = [kube("Job", "sync", "shop", "batch/v1", uid=u, owner="CronJob/sync") for u in "ab"]
    events = [kube("Event", "e", "shop", uid=u) for u in "ab"]
    other = [kube("Node", "n1", api="longhorn.io/v1beta1", uid=u) for u in "ab"]
    assert told(read(listed(*pods, *jobs, *events, *other))) == []


def test_manifests_of_one_object_that_say_different_things_are_told() -> None:
    snapshot = read(
        one=listed(deployment("web", spec={"replicas": 2}), deployment("api")),
        two=listed(deployment("web", spec={"replicas": 9}), deployment("api")),
    )
    [(file, problem)] = told(snapshot)
    assert (file, problem.code) == ("one.yaml", "input_contradicted")
    assert problem.values["subjects"] == "Deployment shop/web"
    assert problem.values["files"] == "one.yaml, two.yaml"
    assert [i.status for i in snapshot.inputs] == ["read", "read"]


def test_a_later_state_of_an_object_takes_the_place_of_an_earlier_one_without_a_word() -> None:
    snapshot = read(
        deployment("web", uid="a", resourceVersion="5", spec={"replicas": 2}),
        deployment("web", uid="a", resourceVersion="9", spec={"replicas": 9}),
        deployment("web", spec={"replicas": 1}),
    )
    assert told(snapshot) == []
    assert [w.replicas for w in snapshot.workloads] == [9]

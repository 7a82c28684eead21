"""Two snapshots compared over HTTP: numbers, pages of entries, and no work done twice."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from apps.inventory import comparisons
from apps.inventory.models import Snapshot
from apps.inventory.services import import_start_from_paths
from apps.operations.runner import run_operation
from tests.conftest import MARKED_SECRET, SMALL_DUMP

NOBODY = "00000000-0000-4000-8000-000000000000"
MORE = b"""- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: api-%d, namespace: shop, uid: m%d}
  spec: {replicas: 1, selector: {matchLabels: {app: api}}, template: {spec: {containers: []}}}
"""


@pytest.fixture
def pair(imported, manager, small_dump):
    """The address that compares a second snapshot, with more replicas and three more Deployments, with the first."""
    more = b"".join(MORE % (i, i) for i in range(3))
    small_dump.write_bytes(SMALL_DUMP.replace(b"replicas: 2", b"replicas: 3") + more)
    operation = import_start_from_paths(cluster=imported.cluster, actor=manager, paths=[small_dump])
    assert run_operation(str(operation.uid))
    new = Snapshot.objects.get(operation=operation)
    cache.clear()
    yield imported, new
    cache.clear()


def compare(api, old, new, part="", **query):
    return api.get(f"/api/v1/snapshots/{new.uid}/compare/{part}", {"with": str(old.uid), **query})


def test_numbers_come_first(api, pair):
    old, new = pair
    body = compare(api, old, new).json()

    assert (body["differs"], body["old"]["number"], body["new"]["number"]) == (True, 1, 2)
    assert body["counts"] == [{"namespace": "shop", "kind": "Deployment", "old": 1, "new": 4}]
    workloads = next(s for s in body["sections"] if s["section"] == "workloads")
    assert (workloads["added"], workloads["removed"], workloads["changed"], workloads["unchanged"]) == (3, 0, 1, 0)
    assert workloads["title"] == "workloads"
    volumes = next(s for s in body["sections"] if s["section"] == "volumes")
    assert (volumes["old"]["state"], volumes["new"]["state"]) == ("absent", "absent")


def test_entries_come_in_pages(api, pair):
    old, new = pair
    first = compare(api, old, new, "entries/", section="workloads", change="added", page_size=2).json()
    second = compare(api, old, new, "entries/", section="workloads", change="added", page_size=2, page=2).json()

    assert (first["count"], [e["key"] for e in first["results"] + second["results"]]) == (
        3,
        ["shop/Deployment/api-0", "shop/Deployment/api-1", "shop/Deployment/api-2"],
    )
    changed = compare(api, old, new, "entries/", section="workloads", change="changed").json()["results"]
    assert changed[0]["changes"] == [
        {
            "field": "replicas",
            "title": "replicas",
            "old": 2,
            "new": 3,
            "state": False,
            "message": "replicas: 2 → 3",
        }
    ]
    every = compare(api, old, new, "entries/", section="workloads", search="web").json()["results"]
    assert [(e["change"], e["name"]) for e in every] == [("changed", "web")]


def test_a_comparison_is_worked_out_once(api, pair, monkeypatch):
    old, new = pair
    made = []
    real = comparisons.compare_snapshots
    monkeypatch.setattr(comparisons, "compare_snapshots", lambda *a, **k: made.append(1) or real(*a, **k))
    for page in (1, 2, 3):
        compare(api, old, new, "entries/", section="workloads", page_size=1, page=page)
    compare(api, old, new)
    assert made == [1]


def test_who_has_the_answer_gets_304_and_nothing_is_read(api, pair, django_assert_num_queries):
    old, new = pair
    answer = compare(api, old, new)
    address = f"/api/v1/snapshots/{new.uid}/compare/?with={old.uid}"
    with django_assert_num_queries(2):  # the two rows, without their documents
        again = api.get(address, HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert api.get(address, HTTP_IF_NONE_MATCH=answer["ETag"], HTTP_ACCEPT_LANGUAGE="zh").status_code == 200


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"with": ""}, "#/with"),
        ({"with": "seven"}, "#/with"),
        ({"section": "nothing"}, "#/section"),
        ({"section": ""}, "#/section"),
        ({"change": "moved"}, "#/change"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(api, pair, query, pointer):
    old, new = pair
    answer = compare(api, old, new, "entries/", **({"section": "nodes"} | query))
    assert answer.status_code == 400
    assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]


def test_snapshots_must_be_there_and_the_reader_logged_in(api, anonymous_api, pair):
    old, new = pair
    assert compare(anonymous_api, old, new).status_code == 401
    for a, b in ((old.uid, NOBODY), (NOBODY, new.uid)):
        assert api.get(f"/api/v1/snapshots/{b}/compare/?with={a}").status_code == 404


def test_no_secret_value_is_in_an_answer(api, pair):
    old, new = pair
    for section in [s["section"] for s in compare(api, old, new).json()["sections"]]:
        assert MARKED_SECRET not in compare(api, old, new, "entries/", section=section).content
        assert MARKED_SECRET not in compare(api, new, old, "entries/", section=section).content


def test_the_snapshots_say_what_became_of_each_section(api, imported):
    body = api.get(f"/api/v1/clusters/{imported.cluster.uid}/snapshots/").json()["results"][0]
    states = {c["section"]: c["state"] for c in body["coverage"]}
    assert (states["nodes"], states["volumes"]) == ("read", "absent")

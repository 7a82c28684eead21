"""Events of a watch are read as the objects that they leave; templates of OpenShift are told and are no object."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from migrator.errors import InputError
from migrator.locale import text
from migrator.snapshot.model import Section
from tests.unit.snapshot.helpers import deployment, kube, listed, names, read

GONE = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410}
MARK = kube("Pod", "", "", resourceVersion="9")


def event(change: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"type": change, "object": body}


def scaled(replicas: int, uid: str = "u1") -> dict[str, Any]:
    return deployment("web", uid=uid, spec={"replicas": replicas})


EVENTS = [
    event("ADDED", scaled(1)),
    event("ADDED", deployment("api", uid="u2")),
    event("BOOKMARK", MARK),
    event("MODIFIED", scaled(3)),
    event("DELETED", deployment("api", uid="u2")),
    event("ADDED", kube("ConfigMap", "plain", "shop")),
    event("MODIFIED", scaled(5)),
]
LINES = "\n".join(map(json.dumps, EVENTS))


@pytest.mark.parametrize(
    "content",
    [LINES, json.dumps(EVENTS), json.dumps(listed(*EVENTS)), "---\n".join(yaml.safe_dump(e) for e in EVENTS)],
    ids=["lines", "array", "list", "yaml"],
)
def test_the_last_state_of_each_object_holds(content: str) -> None:
    snapshot = read(content)
    assert names(snapshot) == ["plain", "web"]
    assert [w.replicas for w in snapshot.workloads] == [5]
    [told] = snapshot.inputs
    assert (told.status, told.objects, told.format, told.reason) == ("read", 2, "kubernetes", "input_watch")
    counted = {"events": 7, "objects": 2, "removed": 1, "passed": 1}
    assert {k: told.problems[0].values[k] for k in counted} == counted
    for lang in ("zh", "en"):
        assert "7" in text("error.input_watch", lang, **told.values)


def test_an_object_made_again_after_its_deletion_is_there() -> None:
    snapshot = read("\n".join(map(json.dumps, [*EVENTS, event("DELETED", scaled(5)), event("ADDED", scaled(2, "u9"))])))
    assert [(o.ref.name, o.uid) for o in snapshot.objects if o.ref.kind == "Deployment"] == [("web", "u9")]


def test_where_all_was_deleted_the_kind_was_looked_at_nevertheless() -> None:
    service = kube("Service", "web", "shop", uid="s")
    snapshot = read("\n".join(map(json.dumps, [event("ADDED", service), event("DELETED", service)])))
    assert (snapshot.objects, snapshot.inputs[0].status) == ((), "read")
    assert snapshot.covers(Section.SERVICES)


def test_events_stand_beside_plain_objects() -> None:
    assert names(read(json.dumps(kube("Node", "n1")) + "\n" + LINES)) == ["n1", "plain", "web"]


def test_an_error_says_that_the_watch_was_interrupted() -> None:
    snapshot = read(LINES + "\n" + json.dumps(event("ERROR", GONE)))
    [told] = snapshot.inputs
    assert (told.status, told.reason, told.objects) == ("partial", "input_watch_error", 2)
    assert {p.code for p in told.problems} == {"input_watch_error", "input_watch"}
    for lang in ("zh", "en"):
        assert "Expired" in text("error.input_watch_error", lang, **told.values)


def test_what_only_has_the_words_of_an_event_is_none() -> None:
    with pytest.raises(InputError) as raised:
        read(json.dumps({"type": "ADDED", "object": {"name": "x"}}))
    assert raised.value.code == "input_not_a_dump"


def template(api: str) -> dict[str, Any]:
    return kube("Template", "shop", "a", api=api, objects=[deployment("web")], parameters=[{"name": "TAG"}])


@pytest.mark.parametrize("api", ["template.openshift.io/v1", "v1"])
def test_a_template_of_openshift_is_told_and_counts_as_no_object(api: str) -> None:
    snapshot = read(listed(kube("Node", "n1"), template(api)))
    assert names(snapshot) == ["n1"]
    assert [(i.status, i.reason) for i in snapshot.inputs] == [("partial", "input_template_openshift")]
    assert "oc process" in text("error.input_template_openshift", "zh", **snapshot.inputs[0].values)


def test_a_template_alone_is_refused_as_one() -> None:
    with pytest.raises(InputError) as raised:
        read(template("v1"))
    assert raised.value.code == "input_template_openshift"


def test_other_kinds_of_that_name_are_objects() -> None:
    assert names(read(kube("Template", "mine", "a", api="notify.example.com/v1", objects=[]))) == ["mine"]

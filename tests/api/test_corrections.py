"""Corrections over HTTP: made, listed with their state, changed, withdrawn; every refusal is a problem document."""

from __future__ import annotations

import pytest

NOBODY = "00000000-0000-4000-8000-000000000000"
NODE = {"section": "nodes", "key": "node-1", "field": "kind", "value": "bare_metal", "reason": "seen on the console"}


@pytest.fixture
def address(imported):
    return f"/api/v1/clusters/{imported.cluster.uid}/corrections/"


def test_a_correction_is_made_changed_and_withdrawn(api, address):
    made = api.post(address, NODE, format="json")
    assert made.status_code == 201
    body = made.json()
    assert (body["state"], body["value"], body["read_value"], body["created_by"]) == (
        "applied",
        "bare_metal",
        "unknown",
        "manager",
    )
    assert body["message"] == 'nodes node-1, kind: read as "unknown", corrected to "bare metal".'
    one = f"{address}{body['uid']}/"
    assert api.get(one).json() == body
    changed = api.patch(one, {"value": "vm"}, format="json")
    assert (changed.status_code, changed.json()["value"], changed.json()["uid"]) == (200, "vm", body["uid"])
    assert api.delete(one).status_code == 204
    listed = api.get(address, {"withdrawn": "true"}).json()["results"]
    assert [(c["value"], c["withdrawn_by"]) for c in listed] == [("vm", "manager"), ("bare_metal", "manager")]
    assert api.get(address, {"withdrawn": "false"}).json()["count"] == 0


def test_messages_are_in_the_language_of_the_request(api, address):
    answer = api.post(address, NODE, format="json", HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert answer.json()["message"] == "节点 node-1 的类型：读取为“未知”，更正为“裸金属”。"


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"value": "mainframe"}, 422, "correction_value"),
        ({"value": {"a": 1}}, 422, "correction_value"),
        ({"field": "name"}, 422, "correction_field"),
        ({"key": "node-9"}, 422, "correction_subject_missing"),
        ({"key": ""}, 422, "correction_key"),
        ({"value": "unknown"}, 422, "correction_says_nothing"),
        ({"section": "pods"}, 400, "invalid"),
        ({"reason": " "}, 400, "invalid"),
        ({"key": "x" * 513}, 400, "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(api, address, given, status, code):
    answer = api.post(address, NODE | given, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert api.get(address).json()["count"] == 0


def test_one_field_has_one_correction(api, address):
    api.post(address, NODE, format="json")
    again = api.post(address, NODE | {"value": "vm"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "correction_exists")


def test_the_list_is_filtered_and_its_queries_do_not_grow(api, address, django_assert_num_queries):
    for field, value in (("kind", "vm"), ("flavor", "a")):
        api.post(address, NODE | {"field": field, "value": value}, format="json")
    with django_assert_num_queries(3):  # the cluster, how many, a page of them
        assert api.get(address).json()["count"] == 2
    for field, value in (("zone", "b"), ("pool", "c"), ("os_image", "d")):
        api.post(address, NODE | {"field": field, "value": value}, format="json")
    with django_assert_num_queries(3):
        assert api.get(address).json()["count"] == 5
    assert api.get(address, {"state": "conflict"}).json()["count"] == 0
    assert api.get(address, {"section": "nodes", "key": "node-1"}).json()["count"] == 5
    assert api.get(address, {"state": "nonsense"}).status_code == 400


def test_who_is_not_logged_in_sees_nothing(anonymous_api, api, address):
    made = api.post(address, NODE, format="json").json()
    assert anonymous_api.get(address).status_code == 401
    assert anonymous_api.delete(f"{address}{made['uid']}/").status_code == 401
    assert api.get(f"/api/v1/clusters/{NOBODY}/corrections/").status_code == 404
    assert api.patch(f"{address}{NOBODY}/", {}, format="json").status_code == 404


def test_the_fields_that_can_be_corrected_are_listed(api, db):
    listed = api.get("/api/v1/correctable-fields/").json()
    storage = next(f for f in listed if (f["section"], f["field"]) == ("volumes", "storage"))
    assert (storage["type"], storage["choices"][0], storage["optional"]) == ("choice", "evs", False)
    assert storage["title"] == "volumes (PersistentVolume) · storage"

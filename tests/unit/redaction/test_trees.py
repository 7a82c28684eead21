"""A whole object with its credentials masked: its shape, and all else, stays."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.snapshot.redaction import MASK, mask_tree
from migrator.snapshot.redaction.drawn import looks_drawn

WHOLE = {
    "spec": {
        "replicas": 2,
        "paused": False,
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "app",
                        "image": "nginx:1.25",
                        "env": [
                            {"name": "DB_PASSWORD", "value": "x"},
                            {"name": "MODE", "value": "prod"},
                            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "t", "key": "token"}}},
                        ],
                        "args": ["--password", "hunter2", "--port", "80"],
                    }
                ]
            }
        },
    }
}


def test_credentials_are_masked_and_all_else_stays() -> None:
    container = mask_tree(WHOLE)["spec"]["template"]["spec"]["containers"][0]
    assert container == {
        "name": "app",
        "image": "nginx:1.25",
        "env": [
            {"name": "DB_PASSWORD", "value": MASK},
            {"name": "MODE", "value": "prod"},
            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "t", "key": "token"}}},
        ],
        "args": ["--password", MASK, "--port", "80"],
    }
    assert {k: v for k, v in mask_tree(WHOLE)["spec"].items() if k != "template"} == {"replicas": 2, "paused": False}


@pytest.mark.parametrize(
    ("given", "masked"),
    [
        ({"nfs": {"server": "u:p@nas", "path": "/x"}}, {"nfs": {"server": MASK, "path": "/x"}}),
        ({"options": {"ak": "A1", "size": 3}}, {"options": {"ak": MASK, "size": 3}}),
        ({"parameters": {"deep": {"token": "a1"}}}, {"parameters": {"deep": {"token": MASK}}}),
        ({"password": {"value": "a1", "from": "x"}}, {"password": {"value": MASK, "from": "x"}}),
        ({"tokens": ["a1", {"a": 1}]}, {"tokens": [MASK, {"a": 1}]}),
        ({"data": {"https://u:pw@h/": "x"}}, {"data": {f"https://{MASK}@h/": "x"}}),
        ({"command": ["sh", "-c", "ls"]}, {"command": ["sh", "-c", "ls"]}),
        ({"mountOptions": ["ro", "password=a1"]}, {"mountOptions": ["ro", f"password={MASK}"]}),
        ({"x": None, "y": 1.5, "z": True}, {"x": None, "y": 1.5, "z": True}),
        (
            {"annotations": {"plain": "text", "note": "hT7xQ0zLk29Vb4Nw"}},
            {"annotations": {"plain": "text", "note": MASK}},
        ),
        ({"plain": "hT7xQ0zLk29Vb4Nw"}, {"plain": MASK}),
        ({"AZUREQUEUEKEY": "abcd1234abcd1234=="}, {"AZUREQUEUEKEY": MASK}),
        ({"f.properties": "hubKey=abcd1234abcd1234==\nkey=a"}, {"f.properties": f"hubKey={MASK}\nkey=a"}),
        (
            {"binaryData": {"a.jks": "/u3+7Q==", "b.P12": "MIIK", "truststore.jks": "/u3+7Q==", "c.png": "iVBO"}},
            {"binaryData": {"a.jks": MASK, "b.P12": MASK, "truststore.jks": "/u3+7Q==", "c.png": "iVBO"}},
        ),
        ({"configMapKeyRef": {"key": "applicationprod2021"}}, {"configMapKeyRef": {"key": "applicationprod2021"}}),
    ],
)
def test_each_form_of_a_credential(given: Any, masked: Any) -> None:
    assert mask_tree(given) == masked


@pytest.mark.parametrize("value", ["hT7xQ0zLk29Vb4Nw", "Zq7KxAb3dE5fGh8iJkLm0", "c2VjcmV0LXZhbHVlIGhlcmUxMjM0NQ=="])
def test_a_drawn_value_is_told_by_its_disorder(value: str) -> None:
    assert looks_drawn(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "short1A",
        "HorizontalPodAutoscaler",
        "com.example.Handler2Java8Thing",
        "my-registry-0123456789abcdef",
        "d41d8cd98f00b204e9800998ecf8427e",
        "MyServiceConfigurationHandlerVersion2",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUMwakNDQWJxZ0F3SUJBZ0lVZW",
        "2024-01-01T00:00:00Z",
    ],
)
def test_names_hashes_and_certificates_do_not_look_drawn(value: str) -> None:
    assert not looks_drawn(value)

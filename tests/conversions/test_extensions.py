"""CustomResourceDefinitions and admission webhooks before and after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversions.support import Manifest, an, keys, open_keys

ANYTHING = "x-kubernetes-preserve-unknown-fields"
CRD = "apiextensions.k8s.io/v1beta1"


def definition(*, api: str = CRD, group: str = "example.com", **spec: Any) -> Manifest:
    names = {"kind": "Foo", "plural": "foos", "singular": "foo", "listKind": "FooList"}
    body = {"group": group, "names": names, "scope": "Namespaced", **spec}
    return an("CustomResourceDefinition", api, f"foos.{group}", namespace="", spec=body, status={"conditions": []})


def schema_of(made: Manifest, place: int = 0) -> Manifest:
    found: Manifest = made["spec"]["versions"][place]["schema"]["openAPIV3Schema"]
    return found


def test_everything_hangs_below_the_versions(converted: Any) -> None:
    spec = {"properties": {"x": {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "l": {"items": {"enum": ["a"]}}}}
    body = definition(
        version="v1",
        validation={"openAPIV3Schema": {"properties": {"spec": spec}}},
        additionalPrinterColumns=[{"name": "A", "type": "string", "JSONPath": ".spec.x"}],
        subresources={"status": {}},
    )
    made, bundle = converted(body, "1.25")

    assert made["apiVersion"] == "apiextensions.k8s.io/v1"
    assert "status" not in made
    version = made["spec"]["versions"][0]
    assert (version["name"], version["served"], version["storage"]) == ("v1", True, True)
    assert version["subresources"] == {"status": {}}
    assert version["additionalPrinterColumns"] == [{"name": "A", "type": "string", "jsonPath": ".spec.x"}]
    assert not {"version", "validation", "additionalPrinterColumns", "subresources"} & made["spec"].keys()
    assert schema_of(made) == {
        "type": "object",
        ANYTHING: True,  # what v1beta1 did where nobody said otherwise
        "properties": {
            "spec": {
                "type": "object",
                ANYTHING: True,  # a level that names fields drops all others, whatever stands above it
                "properties": {
                    "x": {"x-kubernetes-int-or-string": True},
                    "l": {"type": "array", "items": {"type": "string", "enum": ["a"]}},
                },
            }
        },
    }
    assert not bundle.notes


def test_old_defaults_of_a_conversion_webhook(converted: Any) -> None:
    versions = [{"name": "v1", "served": True, "storage": True}, {"name": "v2", "served": True, "storage": False}]
    client = {"service": {"name": "w", "namespace": "shop"}}
    body = definition(versions=versions, conversion={"strategy": "Webhook", "webhookClientConfig": client})
    made, bundle = converted(body, "1.22")

    webhook = {"clientConfig": client, "conversionReviewVersions": ["v1beta1"]}
    assert made["spec"]["conversion"] == {"strategy": "Webhook", "webhook": webhook}
    assert [schema_of(made, n) for n in (0, 1)] == [{"type": "object", ANYTHING: True}] * 2
    assert open_keys(bundle.notes) == ["conversion_webhook"]


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"$ref": "#/definitions/x"}, id="reference"),
        pytest.param({"id": "x"}, id="id"),
        pytest.param({"items": [{"type": "string"}]}, id="list-of-items"),
        pytest.param({"additionalProperties": False}, id="no-others"),
        pytest.param({"anyOf": [{"type": "object"}]}, id="type-in-a-junctor"),
        pytest.param({"oneOf": [{"properties": {"a": {"minLength": 1}}}]}, id="field-in-a-junctor-alone"),
        pytest.param({"not": {"properties": {"a": {"minLength": 1}}}}, id="field-in-not-alone"),
    ],
)
def test_a_schema_that_v1_refuses_gives_way(converted: Any, schema: Manifest) -> None:
    whole = {"type": "object", "properties": {"spec": {"type": "object", **schema}}}
    body = definition(version="v1", preserveUnknownFields=False, validation={"openAPIV3Schema": whole})
    made, bundle = converted(body, "1.29")

    assert schema_of(made) == {"type": "object", ANYTHING: True}
    assert keys(bundle.notes) == ["schema_replaced"]


@pytest.mark.parametrize("junctor", ["anyOf", "oneOf", "allOf"])
def test_a_junctor_over_fields_known_outside_stays(converted: Any, junctor: str) -> None:
    fields = {"a": {"type": "string"}, "b": {"type": "object", "properties": {"c": {"type": "string"}}}}
    either = [{"required": ["a"]}, {"properties": {"b": {"properties": {"c": {"minLength": 1}}}}}]
    spec = {"type": "object", "properties": fields, junctor: either}
    whole = {"type": "object", "properties": {"spec": spec}}
    body = definition(version="v1", preserveUnknownFields=False, validation={"openAPIV3Schema": whole})
    made, bundle = converted(body, "1.29")

    assert schema_of(made) == whole
    assert not bundle.notes


def test_a_schema_says_nothing_of_metadata_but_the_name(converted: Any) -> None:
    metadata = {"properties": {"labels": {"type": "object"}, "name": {"maxLength": 9}}, "required": ["labels"]}
    fields = {"apiVersion": {}, "kind": {"description": "of it"}, "metadata": metadata}
    body = definition(version="v1", preserveUnknownFields=False, validation={"openAPIV3Schema": {"properties": fields}})
    made, _ = converted(body, "1.29")

    assert schema_of(made)["properties"] == {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string", "description": "of it"},
        "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}}},
    }


def test_a_protected_group_needs_an_approval(converted: Any) -> None:
    made, _ = converted(definition(group="policy.k8s.io", version="v1"), "1.25")

    assert made["metadata"]["annotations"]["api-approved.kubernetes.io"].startswith("unapproved")


def test_fields_of_v1beta1_that_a_definition_of_v1_still_carries(converted: Any) -> None:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    body = definition(api="apiextensions.k8s.io/v1", versions=[version], preserveUnknownFields=True)
    made, _ = converted(body, "1.25")

    assert "preserveUnknownFields" not in made["spec"]
    assert schema_of(made) == {"type": "object", ANYTHING: True}


# --- webhooks ---


def webhooks(*hooks: Manifest, api: str = "admissionregistration.k8s.io/v1beta1") -> Manifest:
    return an("MutatingWebhookConfiguration", api, namespace="", webhooks=list(hooks))


INSIDE: Manifest = {"service": {"name": "w", "namespace": "shop"}, "caBundle": "Zm9v"}


def test_old_defaults_of_a_webhook_are_written_out(converted: Any) -> None:
    made, bundle = converted(webhooks({"name": "a.example.com", "clientConfig": INSIDE}), "1.22")

    assert made["apiVersion"] == "admissionregistration.k8s.io/v1"
    assert made["webhooks"] == [
        {
            "name": "a.example.com",
            "clientConfig": INSIDE,
            "failurePolicy": "Ignore",
            "matchPolicy": "Exact",
            "timeoutSeconds": 30,
            "admissionReviewVersions": ["v1beta1"],
            "sideEffects": "None",
        }
    ]
    assert open_keys(bundle.notes) == ["side_effects", "webhook_bundle"]


def test_what_a_webhook_says_itself_stays(converted: Any) -> None:
    hook = {
        "name": "a.example.com",
        "clientConfig": {"service": INSIDE["service"]},
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "timeoutSeconds": 5,
        "admissionReviewVersions": ["v1", "v1beta1"],
        "sideEffects": "NoneOnDryRun",
        "rules": [{"apiGroups": ["apps", "extensions"], "apiVersions": ["*"], "resources": ["*"], "operations": ["*"]}],
    }
    made, bundle = converted(webhooks(hook), "1.29")

    assert made["webhooks"] == [hook]
    assert not bundle.notes


def test_two_webhooks_of_one_name(converted: Any) -> None:
    hook = {"name": "a.example.com", "clientConfig": {"url": "https://w.example"}, "sideEffects": "None"}
    made, bundle = converted(webhooks(hook, {**hook, "name": "a-2.example.com"}, hook), "1.29")

    assert [h["name"] for h in made["webhooks"]] == ["a.example.com", "a-2.example.com", "a-3.example.com"]
    assert "webhook_renamed" in keys(bundle.notes)


@pytest.mark.parametrize(
    ("groups", "versions", "gone"),
    [
        (["extensions"], ["v1beta1"], ["extensions/v1beta1"]),
        (["apps", "extensions"], ["v1beta1"], ["apps/v1beta1", "extensions/v1beta1"]),
        (["apps", "extensions"], ["v1", "v1beta1"], []),
        (["", "extensions"], ["v1"], []),
        (["example.com"], ["v1"], []),
        (["*"], ["v1beta1"], []),
    ],
)
def test_rules_that_match_nothing_of_the_target_are_told(
    converted: Any, groups: list[str], versions: list[str], gone: list[str]
) -> None:
    rule = {"apiGroups": groups, "apiVersions": versions, "operations": ["CREATE"], "resources": ["deployments"]}
    hook = {"name": "a.example.com", "clientConfig": INSIDE, "rules": [rule]}
    _, bundle = converted(webhooks(hook), "1.29")

    told = [n.text.values["rules"] for n in bundle.notes if n.text.key == "conversion.note.webhook_rules"]
    assert told == ([gone] if gone else [])


@pytest.mark.parametrize("api", [CRD, "apiextensions.k8s.io/v1"])
def test_no_level_drops_fields_that_the_old_definition_kept(converted: Any, api: str) -> None:
    """``type: object`` alone would empty the object: what was read whole would be written without its content."""
    template = {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "properties": {"metadata": {"type": "object"}},
    }
    spec = {
        "selector": {"type": "object"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "anything": {"type": "object", "additionalProperties": True},
        "rules": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
        "template": template,
    }
    fields = {"metadata": {"type": "object"}, "spec": {"type": "object", "properties": spec}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": fields}}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    made, _ = converted(definition(api=api, versions=versions, preserveUnknownFields=True), "1.25")

    assert schema_of(made)["properties"]["metadata"] == {"type": "object"}
    assert schema_of(made)["properties"]["spec"] == {
        "type": "object",
        ANYTHING: True,
        "properties": {
            "selector": {"type": "object", ANYTHING: True},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "anything": {"type": "object", ANYTHING: True},
            "rules": {"type": "array", "items": {"type": "object", ANYTHING: True, **spec["rules"]["items"]}},
            "template": {**template, ANYTHING: True},
        },
    }


def test_fields_are_still_dropped_where_the_old_definition_dropped_them(converted: Any) -> None:
    fields = {
        "spec": {"type": "object", "properties": {"mode": {"type": "string", "enum": ["a", None], "nullable": True}}}
    }
    schema = {"openAPIV3Schema": {"type": "object", "properties": fields}}
    made, _ = converted(definition(version="v1", validation=schema, preserveUnknownFields=False), "1.25")

    assert schema_of(made) == schema["openAPIV3Schema"]

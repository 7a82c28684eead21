"""The committed description of the API is that of the code."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from jsonschema import Draft202012Validator

from tests.conftest import ROOT

COMMITTED = ROOT / "docs" / "api" / "openapi.yaml"
COMMAND = "make openapi"


def test_the_committed_description_is_current(tmp_path: Path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", lang="en", validate=True, fail_on_warn=True, file=str(made))
    assert COMMITTED.read_text("utf-8") == made.read_text("utf-8"), f"write it anew: {COMMAND}"


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/api/v1/operations/", {"status": "nonsense"}),
        ("/api/v1/plans/", {"cluster": "no-uuid"}),
        ("/api/v1/runbooks/", {"playbook": "nonsense"}),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_as_described(api, address: str, query: dict[str, str]):
    answer = api.get(address, query)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    described = yaml.safe_load(COMMITTED.read_text("utf-8"))["paths"][address]["get"]["responses"]["400"]
    assert list(described["content"]) == ["application/problem+json"]


def test_lists_and_rows_are_as_described(api, imported):
    """Null links of the last page, choices that nobody made, rows without a person: all of it is in the description."""
    described = yaml.safe_load(COMMITTED.read_text("utf-8"))
    cluster, snapshot = imported.cluster.uid, imported.uid
    for address, place in (
        ("/api/v1/clusters/", "/api/v1/clusters/"),
        (f"/api/v1/clusters/{cluster}/", "/api/v1/clusters/{uid}/"),
        (f"/api/v1/clusters/{cluster}/address-uses/", "/api/v1/clusters/{cluster_uid}/address-uses/"),
        (f"/api/v1/snapshots/{snapshot}/services/", "/api/v1/snapshots/{uid}/services/"),
        (f"/api/v1/snapshots/{snapshot}/nodes/", "/api/v1/snapshots/{uid}/nodes/"),
        ("/api/v1/operations/", "/api/v1/operations/"),
    ):
        answer = api.get(address)
        assert answer.status_code == 200, address
        response = described["paths"][place]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        schema = {**response, "components": described["components"]}
        wrong = [
            f"{list(e.absolute_path)}: {e.message}" for e in Draft202012Validator(schema).iter_errors(answer.json())
        ]
        assert wrong == [], address
    assert "nullable" not in COMMITTED.read_text("utf-8"), "a word of OpenAPI 3.0 that 3.1 does not know"
    beyond = api.get("/api/v1/clusters/", {"page": "99"})
    assert beyond.status_code == 404
    assert "404" in described["paths"]["/api/v1/clusters/"]["get"]["responses"]


def test_a_body_of_another_form_and_a_method_of_another_address_are_refused_as_described(api, cluster):
    described = yaml.safe_load(COMMITTED.read_text("utf-8"))
    operations = [one for place in described["paths"].values() for one in place.values() if isinstance(one, dict)]
    for one in operations:
        assert ("415" in one["responses"]) == ("requestBody" in one), one["operationId"]
    for address in (
        "/api/v1/plans/",
        f"/api/v1/clusters/{cluster.uid}/waivers/",
        f"/api/v1/clusters/{cluster.uid}/imports/",
    ):
        answer = api.post(address, "a,b", content_type="text/csv")
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type"), address
        assert answer["Content-Type"] == "application/problem+json"
        answer = api.delete(address)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), address
        assert "POST" in answer["Allow"]
    assert "405" in described["info"]["description"]

"""The committed description of the API is that of the code."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

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

"""The committed description of the API is that of the code."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command

from tests.conftest import ROOT

COMMITTED = ROOT / "docs" / "api" / "openapi.yaml"
COMMAND = "make openapi"


def test_the_committed_description_is_current(tmp_path: Path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", lang="en", validate=True, fail_on_warn=True, file=str(made))
    assert COMMITTED.read_text("utf-8") == made.read_text("utf-8"), f"write it anew: {COMMAND}"

"""What the core's tests share: few random examples, so that they stay short, and the real inputs, if they are there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("short", max_examples=40, deadline=None)
settings.load_profile("short")


@pytest.fixture
def cases() -> Path:
    """The folder of real inputs beside the project."""
    folder = Path(__file__).parents[3] / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the folder of real inputs, ../shared/cases, is not there")
    return folder

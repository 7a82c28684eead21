from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def cases() -> Path:
    """The folder of real inputs beside the project."""
    folder = Path(__file__).parents[4] / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the folder of real inputs, ../shared/cases, is not there")
    return folder

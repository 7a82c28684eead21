from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_inputs() -> Path:
    """The folder of real inputs beside the project."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip(f"the real inputs are not beside the project ({folder.parent.name}/{folder.name})")
    return folder

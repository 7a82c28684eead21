"""Golden files are written anew only where a person asks for it: ``pytest tests/golden --update-golden``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CASES = Path(__file__).parents[3] / "shared" / "cases"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture
def golden(pytestconfig: pytest.Config) -> Callable[[Path, bytes], None]:
    """Compare bytes with a golden file, or write it where the option says so."""
    # The option is unknown where the whole of tests/ is collected: then files are compared.
    update = bool(pytestconfig.getoption("--update-golden", default=False))

    def compare(file: Path, made: bytes) -> None:
        if update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(made)
            return
        assert file.exists(), f"{file} is missing; write it with: pytest tests/golden --update-golden"
        kept = file.read_bytes()
        if kept != made:
            pairs = enumerate(zip(kept.splitlines(), made.splitlines(), strict=False), 1)
            number, (old, new) = next(((n, p) for n, p in pairs if p[0] != p[1]), (0, (b"", b"")))
            pytest.fail(
                f"{file.name} differs from line {number} on ({len(kept)} bytes kept, {len(made)} made)\n"
                f"  kept: {old.decode()}\n  made: {new.decode()}\n"
                "Where the change is wanted: pytest tests/golden --update-golden, and look at the diff."
            )

    return compare


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of real inputs beside the project."""
    if not CASES.is_dir():
        pytest.skip(f"the real inputs are not here: {CASES}")
    return CASES

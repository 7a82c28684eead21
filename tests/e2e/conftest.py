"""Private servers and one migrated database for the whole run; the real inputs where they are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browser import CHROMIUM
from tests.e2e.process import ROOT, create_user, manage, production
from tests.services import private
from tests.services.programs import find

CASES = ROOT.parent / "shared" / "cases"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here starts programs and listens on ports."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.services)


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[str, str]]:
    with private.mariadb() as database, private.redis() as broker:
        yield database, broker


@pytest.fixture(scope="session")
def environment(servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The production profile on a migrated database with one user; tests tell their rows apart by their names."""
    database, broker = servers
    made = production(database, broker, tmp_path_factory.mktemp("production") / "data")
    manage(made, "migrate", "--noinput", "--verbosity", "0")
    create_user(made)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The driver's event loop runs in this thread; Django's ORM is not used by these tests.
    with sync_playwright() as driver:
        shell = driver.chromium.launch(executable_path=find("chromium"), args=CHROMIUM)
        yield shell
        shell.close()


@pytest.fixture(scope="session")
def sample() -> Path:
    return ROOT / "docs" / "sample" / "yunhe-mall"


@pytest.fixture(scope="session")
def real_dump() -> Path:
    """A01: ``kubectl get`` of a whole cluster, 703 objects; lies beside the project, not in it."""
    folder = CASES / "A01-gke114-get-all"
    if not folder.is_dir():
        pytest.skip(f"the real inputs are not there: {folder.relative_to(ROOT.parent)}")
    return folder

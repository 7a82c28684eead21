"""The runbook of one small cluster, compiled once."""

import pytest

from migrator.runbook.model import Runbook
from tests.unit.runbook.clusters import migrate, shop


@pytest.fixture(scope="package")
def runbook() -> Runbook:
    return migrate(shop())

"""A cluster with something to find, its plan, assessment and runbook, made as a worker would make them."""

from __future__ import annotations

import pytest

from tests.shop import SHOP, written


@pytest.fixture
def shop(cluster, manager, data_folder, no_broker, tmp_path):
    """The imported snapshot of ``tests.shop.SHOP``."""
    from apps.inventory.models import Snapshot
    from apps.inventory.services import import_start_from_paths
    from apps.operations.runner import run_operation

    folder = written(SHOP, tmp_path / "shop")
    operation = import_start_from_paths(cluster=cluster, actor=manager, paths=[folder])
    assert run_operation(str(operation.uid))
    return Snapshot.objects.get(operation=operation)


@pytest.fixture
def plan(shop, manager):
    from apps.planning.services import plan_create

    return plan_create(actor=manager, cluster=shop.cluster, target="1.25")


@pytest.fixture
def assessment(plan, manager):
    from apps.checklists.models import Assessment
    from apps.checklists.services import assessment_request
    from apps.operations.runner import run_operation

    operation = assessment_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))
    return Assessment.objects.get(operation=operation)


@pytest.fixture
def runbook(plan, manager):
    from apps.operations.runner import run_operation
    from apps.runbooks.models import Runbook
    from apps.runbooks.services import runbook_request

    operation = runbook_request(actor=manager, plan=plan)
    assert run_operation(str(operation.uid))
    return Runbook.objects.get(operation=operation)

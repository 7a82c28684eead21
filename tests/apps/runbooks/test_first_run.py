"""The sample cluster's way at the start of ``manage.py run``."""

from __future__ import annotations

import zlib

import pytest

from apps.operations.choices import OPEN
from apps.operations.models import Operation
from apps.operations.runner import run_operation
from apps.runbooks import first_run
from apps.runbooks.models import Runbook
from tests.shop import SHOP, written


class Worker:
    """Stands for the supervisor and the worker that it watches: what is waited for is done at once."""

    def watch(self, until, every: float) -> None:
        for operation in Operation.objects.filter(status__in=OPEN):
            run_operation(str(operation.uid))
        assert until()


@pytest.fixture
def begun(administrator, data_folder, settings, no_broker, monkeypatch, tmp_path):
    """Starts the program on one data folder, as often as it is called; returns the keys of what it has said."""
    settings.DATA_DIR = data_folder
    monkeypatch.setattr(first_run, "DUMP", written(SHOP, tmp_path / "shop"))

    def start() -> list[str]:
        said: list[str] = []
        first_run.sample_route(lambda key, **_: said.append(key), "en", Worker())
        return said

    return start


def test_what_is_there_is_kept(begun):
    assert "run.assessing" in begun()
    again = begun()
    assert "run.kept" in again
    assert "run.assessing" not in again
    assert Runbook.objects.count() == 1


def test_a_runbook_of_an_earlier_version_does_not_keep_the_program_from_starting(begun):
    begun()
    old = Runbook.objects.get()
    Runbook.objects.filter(pk=old.pk).update(document=zlib.compress(b'{"schema": 0}'))
    said = begun()
    assert [key for key in said if key in ("run.outdated", "run.assessing")] == ["run.outdated", "run.assessing"]
    assert "run.summary_runbook" in said
    assert list(Runbook.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert "run.outdated" not in begun(), "the new one is read from then on"

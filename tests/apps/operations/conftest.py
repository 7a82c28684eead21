"""Kinds of work that exist for these tests only; each leaves a user behind, so that its outcome can be counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps.operations import registry
from migrator.errors import MigratorError


@pytest.fixture
def kinds(db) -> Iterator[list[str]]:
    """Registers ``test.make``, ``test.refuse``, ``test.break`` and ``test.deadlock``; yields what ``ended`` saw."""
    from django.contrib.auth.models import User
    from django.db import OperationalError

    told: list[str] = []
    tries: list[int] = []

    def make(run):
        run.progress(phase="make", done=1, total=2, text="half")
        with run.outcome() as outcome:
            user = User.objects.create(username=run.params["name"])
            outcome.result = {"user": user.username}

    def refuse(run):
        raise MigratorError("input_not_a_dump", file="a.txt")

    def broken(run):
        with run.outcome():
            User.objects.create(username="half-done")
            raise ZeroDivisionError("password=hunter2")

    def deadlock(run):
        tries.append(1)
        if len(tries) < run.params["succeeds_at"]:
            raise OperationalError(1213, "Deadlock found when trying to get lock")
        make(run)

    def ended(operation):
        told.append(operation.status)

    before = dict(registry._kinds)
    for name, handler in (("make", make), ("refuse", refuse), ("break", broken), ("deadlock", deadlock)):
        registry.operation_kind(f"test.{name}", label=name, ended=ended)(handler)
    yield told
    registry._kinds.clear()
    registry._kinds.update(before)

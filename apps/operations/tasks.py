"""The one task of the service: every operation, whatever its kind, is run by its id."""

from __future__ import annotations

from celery import shared_task

from apps.operations import sweeper  # noqa: F401 - starts with the worker
from apps.operations.runner import run_operation
from apps.operations.services import TASK


@shared_task(name=TASK)
def run(uid: str) -> None:
    run_operation(uid)

"""The one task of the service: every operation, whatever its kind, is run by its id."""

from __future__ import annotations

import logging

from celery import shared_task

from apps.operations import sweeper  # noqa: F401 - starts with the worker
from apps.operations.runner import run_operation
from apps.operations.services import TASK
from migrator.errors import places_of

log = logging.getLogger(__name__)


class TaskBroken(Exception):
    """Stands for an error whose own message is not for a log: Celery writes out what a task raises."""


@shared_task(name=TASK)
def run(uid: str) -> None:
    """The sweeper announces the operation again where this raises."""
    try:
        run_operation(uid)
    except Exception as error:
        log.error("task broke", extra={"operation": uid, "at": places_of(error)})
        raise TaskBroken(type(error).__name__) from None

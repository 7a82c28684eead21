"""Forgets no operation: announces again what waits too long or has lost its worker, ends what cannot be done.

A thread of every worker; several at once do no harm, since each step is a conditional UPDATE.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from celery.signals import worker_ready, worker_shutdown
from django.conf import settings
from django.db import connections
from django.db.models.functions import Now

from apps.operations import services
from apps.operations.choices import OperationStatus
from apps.operations.models import Operation
from apps.operations.registry import housekeeping_tasks

log = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 300.0
BATCH = 200
_stop = threading.Event()


def sweep() -> int:
    """One round; how many operations were announced again or ended."""
    abandoned = 0
    for operation in _dead().filter(attempts__gte=settings.OPERATION_ATTEMPTS)[:BATCH]:
        abandoned += services.operation_abandon(operation)
    # A row whose first announcement never came about has no time for the next one yet.
    waiting = Operation.objects.filter(status=OperationStatus.QUEUED, publish_at__lte=Now())
    unannounced = Operation.objects.filter(status=OperationStatus.QUEUED, publish_at=None, created_at__lte=_long_ago())
    lost = _dead().filter(publish_at__lte=Now(), attempts__lt=settings.OPERATION_ATTEMPTS)
    found = [*waiting[:BATCH], *unannounced[:BATCH], *lost[:BATCH]]
    for operation in found:
        log.info("operation announced again", extra={"operation": str(operation.uid), "status": operation.status})
        services.publish(operation)
    return abandoned + len(found)


def _dead() -> Any:
    return Operation.objects.filter(services.dead_lease()).order_by("id")


def _long_ago() -> Any:
    return Now() - timedelta(seconds=settings.OPERATION_REPUBLISH_SECONDS)


def keep_house() -> None:
    """Every registered task; one that fails is logged and keeps none of the others from its turn."""
    for task in housekeeping_tasks():
        try:
            task()
        except Exception as error:
            log.warning("housekeeping failed", extra={"task": str(task), "error": type(error).__name__})


def keep_sweeping(stop: threading.Event) -> None:
    """Until told to stop. A failing round is logged and the next one tries again."""
    tidied = 0.0
    while True:
        try:
            sweep()
            if time.monotonic() - tidied > HOUSEKEEPING_SECONDS or not tidied:
                tidied = time.monotonic()
                keep_house()
        except Exception as error:
            log.warning("sweep failed", extra={"error": type(error).__name__})
        finally:
            # Pool processes are forked from this one: an open link would be shared with them.
            connections.close_all()
        if stop.wait(settings.OPERATION_SWEEP_SECONDS):
            return


@worker_ready.connect
def start(**kwargs: Any) -> None:
    _stop.clear()
    threading.Thread(target=keep_sweeping, args=(_stop,), name="sweeper", daemon=True).start()


@worker_shutdown.connect
def finish(**kwargs: Any) -> None:
    _stop.set()

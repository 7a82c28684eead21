"""Writes of operations: create, publish, claim, prolong, end. Each change of status names the state it starts from.

Times of leases are those of the database (``Now()``): the clocks of several machines need not agree.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from apps.core.errors import Conflict
from apps.core.problems import stored_problem
from apps.operations.choices import OPEN, OperationStatus
from apps.operations.files import BATCH, file_rows, files_left
from apps.operations.models import Operation, OperationFile
from apps.operations.registry import kind_of
from migrator.errors import MigratorError

log = logging.getLogger(__name__)

TASK = "operations.run"
REPUBLISH_LONGEST = 600.0
BULK = "bulk"  # a queue, and the mark of an operation that nobody sits and waits for


def operation_create(
    *,
    kind: str,
    actor: Any = None,
    target: str = "",
    params: Mapping[str, Any] | None = None,
    files: Iterable[tuple[str, int | None]] = (),
) -> Operation:
    """A queued operation, announced to the workers once the surrounding transaction has been committed.

    Args:
        kind: a registered kind; anything else raises ``LookupError``.
        target: what it works on, as ``"<model>:<uid>"``.
        params: JSON values that the handler needs, never a secret.
        files: name and size of the files that it shall work through, to be shown as waiting.
    """
    if kind_of(kind) is None:
        raise LookupError(f"no such kind of operation: {kind}")
    actor = actor if actor is not None and actor.is_authenticated else None
    with transaction.atomic():
        operation = Operation.objects.create(kind=kind, actor=actor, target=target, params=dict(params or {}))
        OperationFile.objects.bulk_create(file_rows(operation, files), batch_size=BATCH)
        transaction.on_commit(lambda: publish(operation))
    return operation


def operations_create(
    *, kind: str, actor: Any = None, orders: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[Operation]:
    """Queued operations in great number, a target and parameters each: workers take them in turn with what people
    wait for. The sweeper announces them again where that fails.
    """
    if kind_of(kind) is None:
        raise LookupError(f"no such kind of operation: {kind}")
    actor = actor if actor is not None and actor.is_authenticated else None
    rows = [Operation(kind=kind, actor=actor, target=t, params={**params, BULK: True}) for t, params in orders]
    with transaction.atomic():
        Operation.objects.bulk_create(rows, batch_size=BATCH)
        transaction.on_commit(lambda: _publish_new(rows))
    return rows


def _publish_new(operations: Sequence[Operation]) -> None:
    """Announce operations that nobody has announced yet, with one statement for many."""
    delay = timedelta(seconds=settings.OPERATION_REPUBLISH_SECONDS)
    for start in range(0, len(operations), BATCH):
        some = operations[start : start + BATCH]
        fresh = Operation.objects.filter(uid__in=[o.uid for o in some], publishes=0)
        fresh.update(publishes=1, publish_at=Now() + delay)
        for operation in some:
            _announce(operation)


def publish(operation: Operation) -> None:
    """Announce the operation. A broker that does not answer is no error: the sweeper announces it again."""
    delay = min(settings.OPERATION_REPUBLISH_SECONDS * 2**operation.publishes, REPUBLISH_LONGEST)
    # Compared and set, so that of several sweepers one announces.
    taken = Operation.objects.filter(pk=operation.pk, status__in=OPEN, publishes=operation.publishes).update(
        publishes=F("publishes") + 1, publish_at=Now() + timedelta(seconds=delay)
    )
    if not taken:
        return
    operation.publishes += 1
    _announce(operation)


def _announce(operation: Operation) -> None:
    queue = BULK if operation.params.get(BULK) else settings.CELERY_TASK_DEFAULT_QUEUE
    try:
        current_app.tasks[TASK].apply_async(args=[str(operation.uid)], queue=queue)
    except Exception as error:  # every transport has errors of its own
        log.warning("operation not announced", extra={"operation": str(operation.uid), "reason": type(error).__name__})


def operation_claim(uid: str) -> Operation | None:
    """Take a queued operation, or a running one with a dead lease; ``None`` where another has it or it has ended."""
    token = secrets.token_hex(16)
    claimed = (
        _claimable()
        .filter(uid=uid)
        .update(
            status=OperationStatus.RUNNING,
            lease_token=token,
            lease_until=_lease_end(),
            worker=f"{socket.gethostname()}:{os.getpid()}"[:120],
            attempts=F("attempts") + 1,
            started_at=Now(),
            updated_at=Now(),
            publishes=0,
            publish_at=Now(),
            progress={},
        )
    )
    return Operation.objects.get(uid=uid, lease_token=token) if claimed else None


def _claimable() -> QuerySet[Operation]:
    return Operation.objects.filter(attempts__lt=settings.OPERATION_ATTEMPTS).filter(
        Q(status=OperationStatus.QUEUED) | dead_lease()
    )


def dead_lease() -> Q:
    return Q(status=OperationStatus.RUNNING, lease_until__lt=Now())


def _lease_end() -> Any:
    return Now() + timedelta(seconds=settings.OPERATION_LEASE_SECONDS)


def lease_extend(operation: Operation, *, progress: Mapping[str, Any] | None = None) -> bool:
    """Prolong our lease, and store progress; false where the operation is no longer ours."""
    changes: dict[str, Any] = {"lease_until": _lease_end(), "updated_at": Now()}
    if progress is not None:
        changes["progress"] = dict(progress)
    return bool(_ours(operation).update(**changes))


def _ours(operation: Operation) -> QuerySet[Operation]:
    return Operation.objects.filter(pk=operation.pk, status=OperationStatus.RUNNING, lease_token=operation.lease_token)


def operation_succeed(operation: Operation, *, result: Mapping[str, Any] | None, progress: Mapping[str, Any]) -> bool:
    """Within the transaction of the outcome: the last word, false where the operation is no longer ours."""
    return _end(
        operation,
        _ours(operation),
        status=OperationStatus.SUCCEEDED,
        result=dict(result or {}),
        progress=dict(progress),
        problem=None,
    )


def operation_fail(operation: Operation, error: MigratorError) -> bool:
    """End our running operation with a problem."""
    with transaction.atomic():
        return _end(operation, _ours(operation), status=OperationStatus.FAILED, problem=stored_problem(error))


def operation_abandon(operation: Operation) -> bool:
    """End an operation that has cost too many workers; false where somebody else has ended it."""
    error = MigratorError("worker_lost", attempts=operation.attempts)
    open_rows = Operation.objects.filter(pk=operation.pk).filter(dead_lease())
    with transaction.atomic():
        return _end(operation, open_rows, status=OperationStatus.FAILED, problem=stored_problem(error))


def operation_cancel(*, operation: Operation, actor: Any) -> Operation:
    """End a queued or running operation without a result; its worker notices at its next sign of life.

    Raises:
        Conflict: ``operation_ended``.
    """
    open_rows = Operation.objects.filter(pk=operation.pk, status__in=OPEN)
    with transaction.atomic():
        if not _end(operation, open_rows, status=OperationStatus.CANCELLED):
            raise Conflict("operation_ended")
    log.info("operation cancelled", extra={"operation": str(operation.uid), "actor": str(actor)})
    return operation


def _end(operation: Operation, rows: QuerySet[Operation], **changes: Any) -> bool:
    ended = rows.update(lease_until=None, lease_token="", publish_at=None, ended_at=Now(), updated_at=Now(), **changes)
    if not ended:
        return False
    files_left(operation)
    operation.refresh_from_db()
    kind = kind_of(operation.kind)
    if kind is not None and kind.ended is not None:
        kind.ended(operation)
    return True

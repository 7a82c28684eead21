"""One run of an operation in a worker: claim, heartbeat, handler, outcome.

A handler sees a ``Run``. What it wants to last it writes inside ``with run.outcome()``, one transaction that begins by
making sure that the lease is still ours and ends with the operation's success.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

from apps.operations import services
from apps.operations.files import Files
from apps.operations.models import Operation
from apps.operations.registry import kind_of
from migrator.errors import MigratorError, places_of

log = logging.getLogger(__name__)

DATABASE_TRIES = 3
# MySQL: lock wait timeout, deadlock, server gone, connection lost, too many connections, server shutting down.
_TRANSIENT_CODES = frozenset({1205, 1213, 2006, 2013, 1040, 1053})
# MySQL: disk full, table full. SQLite tells it in words.
_FULL_CODES = frozenset({1021, 1114})


class LeaseLost(Exception):
    """The operation belongs to another worker by now, or was cancelled: stop and leave no trace."""


class Outcome:
    """``result``: JSON values that tell where the outcome is, for instance ``{"snapshot": uid}``."""

    result: Mapping[str, Any] | None = None


class Run:
    """What a handler may know and do: ``operation``, ``params``, ``files``, ``progress(...)``, ``outcome()``."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.params: dict[str, Any] = operation.params
        self.files = Files(operation)
        self.lost = threading.Event()
        self._progress: dict[str, Any] = {}
        self._written = 0.0

    def progress(
        self, *, phase: str = "", done: int = 0, total: int = 0, text: str = "", percent: int | None = None
    ) -> None:
        """Tell how far the work is. Written at most once in ``OPERATION_PROGRESS_SECONDS``, and at a change of phase.

        Args:
            percent: of the phase, where that can be told better than by ``done`` of ``total``.

        Raises:
            LeaseLost: the operation is no longer ours.
        """
        self._check()
        new_phase = phase != self._progress.get("phase", "")
        self._progress = {"phase": phase, "done": done, "total": total, "text": text}
        if percent is not None:
            self._progress["percent"] = percent
        if new_phase or time.monotonic() - self._written >= settings.OPERATION_PROGRESS_SECONDS:
            self.write()

    def write(self) -> None:
        """Store progress and states of files as they are now.

        Raises:
            LeaseLost: the operation is no longer ours; nothing is stored then.
        """
        self._written = time.monotonic()
        with transaction.atomic():
            if services.lease_extend(self.operation, progress=self._progress):
                self.files.write()
            else:
                self.lost.set()
        self._check()

    @contextmanager
    def outcome(self) -> Iterator[Outcome]:
        """The one transaction of the handler; leaving it without an error ends the operation as succeeded.

        Raises:
            LeaseLost: at the beginning or at the end; then nothing of the block is stored.
        """
        outcome = Outcome()
        with transaction.atomic(durable=True):
            # The first statement takes the lock on the row, so that no other worker can claim it in the meantime.
            if not services.lease_extend(self.operation):
                raise LeaseLost
            yield outcome
            if not services.operation_succeed(self.operation, result=outcome.result, progress=self._progress):
                raise LeaseLost

    def _check(self) -> None:
        if self.lost.is_set():
            raise LeaseLost


def run_operation(uid: str) -> bool:
    """Do the operation if it is free; whether it was claimed here. Errors end in the operation, not in the caller."""
    try:
        operation = services.operation_claim(uid)
    except OperationalError as error:
        if not is_transient(error):
            raise
        # Behind the outcome of another worker, most likely. If not, the sweeper announces it again.
        log.warning("claim gave up waiting", extra={"operation": uid})
        return False
    if operation is None:
        log.info("operation not free", extra={"operation": uid})
        return False
    about = {"operation": uid, "kind": operation.kind, "attempt": operation.attempts}
    log.info("operation claimed", extra=about)
    started = time.monotonic()
    with _heartbeat(operation) as lost:
        ended = _work(operation, lost, about)
    log.info("operation left", extra={**about, "how": ended, "seconds": round(time.monotonic() - started, 3)})
    return True


def _work(operation: Operation, lost: threading.Event, about: dict[str, Any]) -> str:
    """Handler and its end; the word for the log."""
    try:
        _handle(operation, lost, about)
    except LeaseLost:
        return "lease lost"
    except Exception as error:
        problem = _told(error, about)
        services.operation_fail(operation, problem)
        return f"failed: {problem.code}"
    return "succeeded"


def _told(error: Exception, about: dict[str, Any]) -> MigratorError:
    """The error as its reader gets it; what is nobody's input is logged and told as ``internal_error``."""
    if isinstance(error, SoftTimeLimitExceeded):
        return MigratorError("operation_too_long", seconds=settings.TASK_SOFT_TIME_LIMIT)
    if isinstance(error, OperationalError) and is_full(error):
        log.error("database full", extra=about)
        return MigratorError("database_full")
    if isinstance(error, MigratorError):
        try:
            error.message()
        except (KeyError, IndexError):
            log.error("error without a sentence", extra={**about, "error": error.code})
        else:
            return error
    # The traceback without the message: a message may quote what was being read.
    log.error("operation broke", extra={**about, "error": type(error).__name__, "at": places_of(error)})
    return MigratorError("internal_error")


def _handle(operation: Operation, lost: threading.Event, about: dict[str, Any]) -> None:
    kind = kind_of(operation.kind)
    if kind is None:
        raise LookupError(operation.kind)
    for attempt in range(1, DATABASE_TRIES + 1):
        run = Run(operation)
        run.lost = lost
        try:
            kind.handler(run)
        except (OperationalError, InterfaceError) as error:
            if attempt == DATABASE_TRIES or not is_transient(error):
                raise
            log.warning("database busy, trying again", extra={**about, "error": str(error.args[:1])})
            close_old_connections()
            time.sleep(0.2 * 2**attempt)
        except MigratorError:
            run.write()  # a bad input: its reader shall see how far it came
            raise
        else:
            return


def is_transient(error: BaseException) -> bool:
    """Whether the same statement may well succeed in a moment: a deadlock, a lock that was waited for, a lost link."""
    if isinstance(error, InterfaceError):
        return True
    first = error.args[0] if error.args else ""
    return first in _TRANSIENT_CODES or "locked" in str(first)


def is_full(error: OperationalError) -> bool:
    """Whether the database, or the disk that it lies on, has no room for what was written."""
    first = error.args[0] if error.args else ""
    return first in _FULL_CODES or "is full" in str(first)


@contextmanager
def _heartbeat(operation: Operation) -> Iterator[threading.Event]:
    """Prolongs the lease from a thread of its own, with a database connection of its own; yields the event "lost"."""
    lost, stop = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(settings.OPERATION_BEAT_SECONDS):
                _beat_once(operation, lost)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{operation.uid}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join(timeout=settings.OPERATION_LEASE_SECONDS)


def _beat_once(operation: Operation, lost: threading.Event) -> None:
    try:
        if not services.lease_extend(operation):
            lost.set()
    except (OperationalError, InterfaceError) as error:
        # Waiting behind the outcome's own transaction, or the database is away: the next beat will tell.
        log.warning("heartbeat missed", extra={"operation": str(operation.uid), "error": type(error).__name__})
        connection.close()

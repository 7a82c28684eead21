"""An operation ends in exactly one result, whatever happens to messages and workers."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.errors import Conflict
from apps.operations import services, sweeper
from apps.operations.choices import OperationStatus
from apps.operations.models import Operation
from apps.operations.runner import LeaseLost, Run, run_operation
from apps.operations.services import operation_claim, operation_create


@pytest.fixture
def make(kinds, no_broker):
    return operation_create(kind="test.make", params={"name": "made"})


def expire(operation: Operation) -> None:
    """As if the worker had given no sign of life for a while."""
    Operation.objects.filter(pk=operation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_it_is_announced_by_its_id_once_the_transaction_is_committed(
    kinds, no_broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        operation = operation_create(kind="test.make", params={"name": "made"})
        assert no_broker == []
    assert no_broker == [str(operation.uid)]


def test_an_unknown_kind_is_refused_at_once(db):
    with pytest.raises(LookupError, match="no such kind"):
        operation_create(kind="test.unheard")


def test_a_run_writes_result_and_status_together(make, kinds):
    assert run_operation(str(make.uid))
    make.refresh_from_db()
    assert (make.status, make.result, make.attempts) == ("succeeded", {"user": "made"}, 1)
    assert make.lease_token == ""
    assert make.ended_at is not None
    assert make.progress == {"phase": "make", "done": 1, "total": 2, "text": "half"}
    assert kinds == ["succeeded"]


def test_a_second_delivery_does_nothing(make):
    assert run_operation(str(make.uid))
    assert not run_operation(str(make.uid))
    assert User.objects.filter(username="made").count() == 1
    assert Operation.objects.get(pk=make.pk).attempts == 1


def test_only_one_of_two_workers_gets_it(make):
    assert operation_claim(str(make.uid)) is not None
    assert operation_claim(str(make.uid)) is None


def test_a_message_for_an_operation_that_does_not_exist_is_ignored(kinds):
    assert not run_operation("00000000-0000-4000-8000-000000000000")


def test_a_dead_lease_is_claimed_again_and_the_first_worker_cannot_store_its_outcome(make):
    first = operation_claim(str(make.uid))
    expire(make)
    assert run_operation(str(make.uid))
    with pytest.raises(LeaseLost), Run(first).outcome():
        User.objects.create(username="late")
    assert not User.objects.filter(username="late").exists()
    make.refresh_from_db()
    assert (make.status, make.attempts) == ("succeeded", 2)


def test_an_outcome_is_undone_when_the_lease_goes_during_its_transaction(make):
    mine = operation_claim(str(make.uid))

    def write_and_lose() -> None:
        with Run(mine).outcome():
            User.objects.create(username="late")
            Operation.objects.filter(pk=make.pk).update(lease_token="another")

    with pytest.raises(LeaseLost):
        write_and_lose()
    assert not User.objects.filter(username="late").exists()


def test_progress_of_a_lost_lease_stops_the_handler(make):
    mine = operation_claim(str(make.uid))
    Operation.objects.filter(pk=make.pk).update(lease_token="another")
    with pytest.raises(LeaseLost):
        Run(mine).progress(phase="read", done=1, total=9)


def test_progress_is_written_once_in_a_while_and_at_a_new_phase(make):
    run = Run(operation_claim(str(make.uid)))
    with CaptureQueriesContext(connection) as captured:
        for done in range(1000):
            run.progress(phase="read", done=done, total=1000)
        run.progress(phase="store")
    assert sum(q["sql"].startswith("UPDATE") for q in captured) == 2
    make.refresh_from_db()
    assert make.progress["phase"] == "store"


def test_a_refusal_of_the_core_is_kept_in_both_languages(kinds, no_broker):
    operation = operation_create(kind="test.refuse")
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert operation.status == "failed"
    assert (operation.problem["code"], operation.problem["status"]) == ("input_not_a_dump", 422)
    assert operation.problem["values"] == {"file": "a.txt"}
    assert "a.txt" in operation.problem["details"]["zh"]
    assert "a.txt" in operation.problem["details"]["en"]
    assert kinds == ["failed"]


def test_an_unexpected_error_stores_nothing_and_tells_no_secret(kinds, no_broker, caplog):
    operation = operation_create(kind="test.break")
    with caplog.at_level(logging.INFO):
        run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert (operation.status, operation.problem["code"]) == ("failed", "internal_error")
    assert not User.objects.filter(username="half-done").exists()
    record = next(r for r in caplog.records if r.message == "operation broke")
    assert record.error == "ZeroDivisionError"
    assert any(place.endswith(" broken") for place in record.at)
    assert all("hunter2" not in str(r.__dict__) for r in caplog.records)


@pytest.mark.django_db(transaction=True)  # the connection is closed between two tries
def test_a_deadlock_is_tried_again(kinds, no_broker, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    operation = operation_create(kind="test.deadlock", params={"name": "third", "succeeds_at": 3})
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert (operation.status, operation.result) == ("succeeded", {"user": "third"})


@pytest.mark.django_db(transaction=True)  # the connection is closed between two tries
def test_a_deadlock_that_stays_fails_the_operation(kinds, no_broker, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    operation = operation_create(kind="test.deadlock", params={"name": "never", "succeeds_at": 99})
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert (operation.status, operation.problem["code"]) == ("failed", "internal_error")


def test_cancelling_ends_it_and_the_worker_stores_nothing(make, kinds, manager):
    mine = operation_claim(str(make.uid))
    services.operation_cancel(operation=make, actor=manager)
    with pytest.raises(LeaseLost), Run(mine).outcome():
        User.objects.create(username="late")
    make.refresh_from_db()
    assert (make.status, kinds) == ("cancelled", ["cancelled"])
    with pytest.raises(Conflict):
        services.operation_cancel(operation=make, actor=manager)


# --- the sweeper ------------------------------------------------------------------------------------------------


def test_an_emptied_broker_costs_nothing(make, no_broker):
    services.publish(make)
    assert sweeper.sweep() == 0, "announced a moment ago"
    no_broker.clear()
    Operation.objects.filter(pk=make.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    assert sweeper.sweep() == 1
    assert no_broker == [str(make.uid)]
    assert sweeper.sweep() == 0, "the next announcement has its time"


def test_an_operation_that_was_never_announced_is_found(make, no_broker):
    assert sweeper.sweep() == 0, "its own process may be about to announce it"
    Operation.objects.filter(pk=make.pk).update(created_at=timezone.now() - timedelta(hours=1))
    assert sweeper.sweep() == 1
    assert no_broker == [str(make.uid)]


def test_announcements_become_rarer(make, settings):
    settings.OPERATION_REPUBLISH_SECONDS = 10
    waits = []
    for _ in range(3):
        services.publish(make)
        make.refresh_from_db()
        waits.append(round((make.publish_at - timezone.now()).total_seconds() / 10))
    assert waits == [1, 2, 4]


def test_two_sweepers_announce_once(make, no_broker):
    stale = Operation.objects.get(pk=make.pk)
    services.publish(make)
    services.publish(stale)
    assert no_broker == [str(make.uid)]


def test_a_running_operation_with_a_live_lease_is_left_alone(make, no_broker):
    operation_claim(str(make.uid))
    assert sweeper.sweep() == 0
    assert no_broker == []


def test_a_lost_worker_is_replaced(make, no_broker):
    operation_claim(str(make.uid))
    expire(make)
    assert sweeper.sweep() == 1
    assert no_broker == [str(make.uid)]
    assert run_operation(no_broker[0])
    assert User.objects.filter(username="made").count() == 1


def test_after_too_many_lost_workers_it_fails(make, kinds, settings):
    settings.OPERATION_ATTEMPTS = 2
    for _ in range(2):
        assert operation_claim(str(make.uid)) is not None
        expire(make)
    assert operation_claim(str(make.uid)) is None
    assert sweeper.sweep() == 1
    make.refresh_from_db()
    assert (make.status, make.problem["code"], make.problem["values"]) == ("failed", "worker_lost", {"attempts": 2})
    assert kinds == ["failed"]


def test_a_broker_that_does_not_answer_is_no_error(kinds, monkeypatch, django_capture_on_commit_callbacks):
    from apps.operations.tasks import run

    def refuse(args):
        raise ConnectionRefusedError

    monkeypatch.setattr(run, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        operation = operation_create(kind="test.make", params={"name": "made"})
    assert Operation.objects.get(pk=operation.pk).status == "queued"


def test_a_housekeeping_task_that_fails_keeps_no_other_from_its_turn(db, caplog):
    from apps.operations import registry

    def broken():
        raise OSError("secret words")

    done: list[str] = []
    before = list(registry._housekeeping)
    registry._housekeeping[:] = [broken, lambda: done.append("done")]
    try:
        sweeper.keep_house()
    finally:
        registry._housekeeping[:] = before
    assert done == ["done"]
    assert "housekeeping failed" in caplog.text
    assert "secret words" not in caplog.text


# --- with real threads ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_a_long_run_alive(kinds, no_broker, settings):
    settings.OPERATION_LEASE_SECONDS = 1.0
    settings.OPERATION_BEAT_SECONDS = 0.2
    from apps.operations import registry

    seen: list[int] = []

    def slow(run):
        time.sleep(2.0)
        seen.append(sweeper.sweep())
        with run.outcome() as outcome:
            outcome.result = {"slow": True}

    registry.operation_kind("test.slow", label="slow")(slow)
    operation = operation_create(kind="test.slow")
    run_operation(str(operation.uid))
    operation.refresh_from_db()
    assert (operation.status, operation.attempts, seen) == ("succeeded", 1, [0])


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_give_one_result(kinds, no_broker):
    operation = operation_create(kind="test.make", params={"name": "made"})
    claimed: list[bool] = []
    start = threading.Barrier(6)

    def work() -> None:
        start.wait()
        try:
            claimed.append(run_operation(str(operation.uid)))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [False] * 5 + [True]
    assert User.objects.filter(username="made").count() == 1
    assert Operation.objects.get(pk=operation.pk).status == OperationStatus.SUCCEEDED

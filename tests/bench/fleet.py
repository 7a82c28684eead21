"""``python -m tests.bench.fleet``: a thousand stored clusters assessed again by one worker process, then by two.

With a private MariaDB and Redis. Prints clusters a second for each, the ratio, which must be at least 1.8 where the
machine has cores for it, and how long an operation that a person waits for takes while the others are in the queue.
One and two take turns, and the better round of each counts: whatever else runs on the machine only ever slows one down.
``FLEET`` (1000) is the number of clusters.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LEAST = 1.8
ROUNDS = 2
SAMPLE = Path(__file__).parents[2] / "docs" / "sample" / "yunhe-mall"


def main() -> int:
    from tests.services.private import mariadb, redis

    with mariadb() as database, redis() as broker, tempfile.TemporaryDirectory(prefix="migrator-fleet-") as folder:
        os.environ.update(
            DATABASE_URL=database,
            CELERY_BROKER_URL=broker,
            DATA_DIR=folder,
            SECRET_KEY="for-the-bench-only-" + "x" * 50,
            DJANGO_SETTINGS_MODULE="config.settings",
            LOG_LEVEL="WARNING",
        )
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"], check=True)
        import django

        django.setup()
        count = int(os.environ.get("FLEET", "1000"))
        store(count)
        rates = [(measured(count, 1), measured(count, 2)) for _ in range(ROUNDS)]
    ratio = max(two for _, two in rates) / max(one for one, _ in rates)
    print(f"  ratio {ratio:.2f}  at least {LEAST}  {'ok' if ratio >= LEAST else 'under'}  on {os.cpu_count()} cores")
    return 0 if ratio >= LEAST else 1


def store(count: int) -> None:
    """``count`` clusters with the sample's snapshot and a plan each, assessed once in the eyes of the database."""
    from apps.checklists.models import Assessment
    from apps.checklists.services import assessment_request
    from apps.inventory.services import cluster_create, snapshot_prepare, snapshot_store
    from apps.operations.runner import run_operation
    from apps.planning.services import plan_create
    from migrator.snapshot.read import read_paths

    facts = read_paths([SAMPLE])
    plans = []
    for number in range(count):
        cluster = cluster_create(actor=None, name=f"cluster {number}")
        snapshot_store(snapshot_prepare(cluster=cluster, facts=facts, actor_id=None))
        plans.append(plan_create(actor=None, cluster=cluster, target="1.31"))
    operation = assessment_request(actor=None, plan=plans[0])
    run_operation(str(operation.uid))
    first = Assessment.objects.get(operation=operation)
    columns = {f.attname: getattr(first, f.attname) for f in Assessment._meta.concrete_fields}
    del columns["id"], columns["uid"], columns["plan_id"], columns["operation_id"], columns["created_at"]
    from apps.operations.models import Operation

    for plan in plans[1:]:
        made = Operation.objects.create(kind=operation.kind, status="succeeded")
        Assessment.objects.create(**columns, plan=plan, operation=made)


def measured(count: int, processes: int) -> float:
    """Clusters a second with ``processes`` workers: from the first that is done to the last, so without start-up.

    The queue is full before the workers begin, the operations themselves tell when they ended, and whoever waits asks
    rarely: nobody else takes part of the two cores that the workers, the database and the broker share.
    """
    from django.db.models import Max, Min

    from apps.checklists.models import Assessment
    from apps.checklists.renewal import assessments_renew
    from apps.checklists.services import assessment_request
    from apps.operations.models import Operation
    from apps.planning.models import Plan
    from migrator.catalog.loader import shipped_catalog

    Assessment.objects.update(ruleset_digest="sha256:before")
    made = assessments_renew(actor=None, catalog=shipped_catalog())
    waiting = Operation.objects.filter(pk__in=(made[0].pk, made[-1].pk))
    first, last = sorted(operation.pk for operation in waiting)
    bulk = Operation.objects.filter(pk__range=(first, last))
    left = bulk.exclude(status="succeeded")
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(processes), "-l", "ERROR"]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: left.count() < len(made) - count // 10)
        person = assessment_request(actor=None, plan=Plan.objects.last())
        wait_for(lambda: not left.exists())
    finally:
        worker.terminate()
        worker.wait(30)
    person.refresh_from_db()
    waited = (person.ended_at - person.created_at).total_seconds()
    ended = bulk.aggregate(begin=Min("ended_at"), end=Max("ended_at"))
    seconds = (ended["end"] - ended["begin"]).total_seconds()
    rate = (len(made) - 1) / seconds
    told = f"{len(made)} clusters in {seconds:.1f} s, {rate:.1f} a second; a person waited {waited:.2f} s"
    print(f"  {processes} process(es): {told}", flush=True)
    return rate


def wait_for(condition) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + 900
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())

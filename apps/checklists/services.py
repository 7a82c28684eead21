"""Writes of assessments and of people's answers."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.checklists import adapters
from apps.checklists.choices import Answer
from apps.checklists.models import Assessment, Attestation, CheckResult, Finding
from apps.core.errors import ServiceError
from apps.inventory.models import Cluster, Snapshot
from apps.operations.models import Operation
from apps.operations.services import operation_create
from apps.planning.models import Plan
from apps.planning.selectors import needed_snapshot
from migrator import engine
from migrator.checks.registry import find_check

ASSESS = "checklists.assess"
_BATCH = 500


def assessment_request(*, actor: Any, plan: Plan) -> Operation:
    """Have the plan's snapshot of this moment assessed; the operation's result names the ``assessment``.

    Raises:
        Conflict: ``plan_without_snapshot``.
    """
    snapshot = needed_snapshot(plan)
    params = {"plan": str(plan.uid), "snapshot": str(snapshot.uid)}
    return operation_create(kind=ASSESS, actor=actor, target=f"plan:{plan.uid}", params=params)


def assessment_store(
    *,
    plan: Plan,
    snapshot: Snapshot,
    operation: Operation,
    request: engine.Request,
    assessment: engine.Assessment,
) -> Assessment:
    """Store what the core found, with its results and findings as rows."""
    with transaction.atomic():
        row = Assessment.objects.create(
            plan=plan,
            snapshot=snapshot,
            operation=operation,
            request_digest=adapters.request_digest(request),
            **adapters.assessment_columns(assessment),
        )
        CheckResult.objects.bulk_create(adapters.result_rows(row, assessment.results), batch_size=_BATCH)
        Finding.objects.bulk_create(adapters.finding_rows(row, assessment.results), batch_size=_BATCH)
    return row


def attestation_create(
    *, actor: Any, cluster: Cluster, check: str, answer: str, evidence: str, on: date | None = None
) -> Attestation:
    """A person's answer to a check that asks; it takes part in every assessment of the cluster from now on.

    Args:
        check: code or slug.
        answer: a value of ``Answer``.
        on: the day of the answer, today unless given.

    Raises:
        ServiceError: ``attestation_check_unknown``, ``attestation_not_asked``, ``attestation_in_future``.
    """
    code = attestation_check(check=check, on=on)
    return Attestation.objects.create(
        cluster=cluster,
        check_code=code,
        answer=Answer(answer),
        evidence=evidence.strip(),
        answered_by=actor,
        answered_on=on or today(),
    )


def attestation_check(*, check: str, on: date | None = None) -> str:
    """The code of a check that may be answered; raises as ``attestation_create``."""
    found = find_check(check.strip())
    if found is None:
        raise ServiceError("attestation_check_unknown", check=check[:60])
    if not found.spec.asks:
        raise ServiceError("attestation_not_asked", check=found.spec.code)
    if on is not None and on > today():
        raise ServiceError("attestation_in_future", date=on.isoformat(), today=today().isoformat())
    return found.spec.code


def today() -> date:
    """The day it is where the installation stands."""
    return timezone.localdate()

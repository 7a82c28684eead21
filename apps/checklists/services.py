"""Writes of assessments and of people's answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.checklists import adapters
from apps.checklists.answering import AnswerRule
from apps.checklists.choices import Answer
from apps.checklists.custom import known_code
from apps.checklists.models import Assessment, Attestation, CheckResult, Finding, Waiver
from apps.core.errors import Conflict, ServiceError, about
from apps.core.texts import check_fields
from apps.inventory.models import Cluster, Snapshot
from apps.operations.models import Operation
from apps.operations.services import operation_create
from apps.planning.models import Plan
from apps.planning.selectors import needed_snapshot
from migrator import engine

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
            request=adapters.packed_request(request),
            **adapters.assessment_columns(assessment),
        )
        CheckResult.objects.bulk_create(adapters.result_rows(row, assessment.results), batch_size=_BATCH)
        Finding.objects.bulk_create(adapters.finding_rows(row, assessment), batch_size=_BATCH)
    return row


def attestation_create(
    *,
    actor: Any,
    cluster: Cluster,
    check: str,
    answer: str,
    evidence: str,
    on: date | None = None,
    valid_until: date | None = None,
) -> Attestation:
    """A person's answer to what nothing else decides; it takes part in every assessment of the cluster from now on.

    Args:
        check: code or slug.
        answer: a value of ``Answer``.
        on: the day of the answer, today unless given.
        valid_until: the last day on which it holds; for good unless given.

    Raises:
        ServiceError: ``attestation_check_unknown``, ``attestation_not_applicable``, ``attestation_not_asked``,
            ``attestation_in_future``, ``until_in_past``; ``text_secret`` where a credential stands in the evidence.
    """
    row = _attestation(
        actor,
        AnswerRule(cluster),
        {"check": check, "answer": answer, "evidence": evidence, "on": on, "valid_until": valid_until},
    )
    row.save(force_insert=True)
    return row


def attestations_create(*, actor: Any, cluster: Cluster, answers: Sequence[dict[str, Any]]) -> list[Attestation]:
    """All of the answers or none; each has the arguments of ``attestation_create``, which tells what is refused."""
    rule = AnswerRule(cluster)
    rows = [_attestation(actor, rule, answer) for answer in answers]
    with transaction.atomic():
        Attestation.objects.bulk_create(rows, batch_size=_BATCH)
    # Not every database tells the keys of many new rows.
    stored = {row.uid: row for row in Attestation.objects.filter(uid__in=[row.uid for row in rows])}
    return [stored[row.uid] for row in rows]


def _attestation(actor: Any, rule: AnswerRule, given: dict[str, Any]) -> Attestation:
    on, valid_until = given.get("on"), given.get("valid_until")
    code = attestation_check(rule, check=given["check"], on=on)
    if valid_until is not None:
        check_not_past(valid_until, "valid_until")
    check_fields(evidence=given["evidence"])
    return Attestation(
        cluster=rule.cluster,
        check_code=code,
        answer=Answer(given["answer"]),
        evidence=given["evidence"].strip(),
        answered_by=actor,
        answered_on=on or today(),
        valid_until=valid_until,
    )


def waiver_create(
    *,
    actor: Any,
    cluster: Cluster,
    check: str,
    reason: str,
    until: date,
    kind: str = "*",
    namespace: str = "*",
    name: str = "*",
) -> Waiver:
    """``actor`` accepts what a check finds on the cluster's objects within the scope, until and with the day.

    Args:
        check: code or slug.
        kind, namespace, name: patterns (``*``, ``?``, ``[ab]``) over the subject of a finding; an empty one matches
            what has none, such as the namespace of a node.

    Raises:
        ServiceError: ``attestation_check_unknown``, ``until_in_past``; ``text_secret`` where a credential stands in
            the reason.
    """
    with about("check"):
        code = known_code(check.strip())
        if code is None:
            raise ServiceError("attestation_check_unknown", check=check[:60])
    check_not_past(until)
    check_fields(reason=reason)
    return Waiver.objects.create(
        cluster=cluster,
        check_code=code,
        kind=kind,
        namespace=namespace,
        name=name,
        reason=reason.strip(),
        approver=actor,
        until=until,
    )


def waiver_withdraw(*, actor: Any, waiver: Waiver) -> Waiver:
    """From the next assessment on it accepts nothing; that it once did stays on record.

    Raises:
        Conflict: ``waiver_withdrawn_before``.
    """
    changed = Waiver.objects.filter(pk=waiver.pk, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=actor, updated_at=timezone.now()
    )
    waiver.refresh_from_db()
    if not changed:
        raise Conflict("waiver_withdrawn_before", by=str(waiver.withdrawn_by))
    return waiver


def check_not_past(day: date, field: str = "until") -> None:
    """Refuse with ``until_in_past`` what would never hold; ``field``: where the day was given."""
    with about(field):
        if day < today():
            raise ServiceError("until_in_past", date=day.isoformat(), today=today().isoformat())


def attestation_check(rule: AnswerRule, *, check: str, on: date | None = None) -> str:
    """The code of a check that may be answered; raises as ``attestation_create``."""
    with about("check"):
        code = rule.code_of(check)
    with about("on"):
        if on is not None and on > today():
            raise ServiceError("attestation_in_future", date=on.isoformat(), today=today().isoformat())
    return code


def today() -> date:
    """The day it is where the installation stands."""
    return timezone.localdate()

"""Reads of assessments and answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery

from apps.checklists.adapters import assessment_of, attestation_of, readable, request_digest, waiver_of
from apps.checklists.custom import checks_on
from apps.checklists.models import Assessment, Attestation, CheckResult, Finding, Waiver
from apps.core.errors import ServiceError
from apps.inventory.adapters import snapshot_facts
from apps.inventory.models import Cluster
from apps.planning.models import Plan
from apps.planning.selectors import catalog as current_catalog
from migrator import engine
from migrator.checks import spec
from migrator.checks.compare import Comparison, compare, side_of
from migrator.checks.dates import answers_as_of, waivers_as_of
from migrator.checks.registry import all_checks, ruleset_digest
from migrator.locale import Lang
from migrator.render.jsondoc import assessment_json
from migrator.render.junit import junit
from migrator.render.sarif import sarif
from migrator.snapshot.codec import digest
from migrator.snapshot.model import Snapshot as Facts


def visible_to(actor: Any) -> QuerySet[Assessment]:
    """One organisation uses an installation: whoever is logged in sees every assessment. Without the documents."""
    if not actor.is_authenticated:
        return Assessment.objects.none()
    rows = Assessment.objects.select_related("plan", "snapshot", "operation")
    return rows.defer("document", "request", "snapshot__document")


def results_of(assessment: Assessment) -> QuerySet[CheckResult]:
    return CheckResult.objects.filter(assessment=assessment).order_by("position", "id")


def results_by_code(assessment: Assessment, codes: Iterable[str]) -> dict[str, CheckResult]:
    return {row.code: row for row in CheckResult.objects.filter(assessment=assessment, code__in=list(codes))}


def findings_of(assessment: Assessment) -> QuerySet[Finding]:
    return Finding.objects.filter(assessment=assessment).order_by("position", "id")


def attestations_of(cluster: Cluster) -> QuerySet[Attestation]:
    return Attestation.objects.filter(cluster=cluster).select_related("cluster", "answered_by")


def waivers_of(cluster: Cluster) -> QuerySet[Waiver]:
    return Waiver.objects.filter(cluster=cluster).select_related("cluster", "approver", "withdrawn_by")


def waivers_on(cluster: Cluster, today: date) -> tuple[spec.Waiver, ...]:
    """The cluster's waivers that stand, oldest first; those that have run out by ``today`` marked as expired."""
    rows = waivers_of(cluster).filter(withdrawn_at=None).order_by("created_at", "id")
    return waivers_as_of((waiver_of(row) for row in rows), today)


def answers_of(cluster: Cluster, today: date) -> tuple[spec.Attestation, ...]:
    """The newest answer to each check that there still is, by code, as it stands on ``today``.

    One that was there before the cluster's last assessment is taken over from it.
    """
    last = Assessment.objects.filter(plan__cluster=cluster).aggregate(last=Max("created_at"))["last"]
    newest: dict[str, Attestation] = {}
    for row in attestations_of(cluster).order_by("created_at", "id"):
        newest[row.check_code] = row
    known = {check.spec.code for check in all_checks()} | {check.code for check in checks_on()}
    rows = [newest[code] for code in sorted(newest) if code in known]
    return answers_as_of(
        (attestation_of(row, taken_over=last is not None and row.created_at <= last) for row in rows), today
    )


def current_assessment(plan: Plan, facts: Facts, request: engine.Request) -> Assessment | None:
    """The newest assessment of the plan that today's facts, request, catalog and rules would give again."""
    catalog = current_catalog()
    return (
        Assessment.objects.filter(
            plan=plan,
            snapshot_digest=digest(facts),
            request_digest=request_digest(request),
            catalog_digest=catalog.digest,
            ruleset_digest=ruleset_digest(catalog, request.custom_checks),
        )
        .order_by("-created_at", "-id")
        .first()
    )


def last_readiness() -> Subquery:
    """For lists of plans: the readiness of each one's newest assessment."""
    newest = Assessment.objects.filter(plan=OuterRef("pk")).order_by("-created_at", "-id")
    return Subquery(newest.values("readiness")[:1])


def assessment_document(assessment: Assessment, lang: Lang) -> bytes:
    """The very bytes that ``migrator assess --format json`` writes for the same dump.

    Raises:
        MigratorError: ``document_outdated``.
    """
    facts, found = snapshot_facts(assessment.snapshot), assessment_of(assessment)
    with readable(assessment.uid, assessment.custom_checks):
        return assessment_json(facts, found, lang)


def assessment_report(assessment: Assessment, format: str, lang: Lang) -> bytes:
    """The assessment for a pipeline, ``sarif`` or ``junit``, as the command line writes it.

    Raises:
        MigratorError: ``document_outdated``.
    """
    writer = {"sarif": sarif, "junit": junit}[format]
    found = assessment_of(assessment)
    with readable(assessment.uid, assessment.custom_checks):
        return writer(found, lang)


def assessments_compared(old: Assessment, new: Assessment) -> Comparison:
    """What became of every finding of ``old`` in ``new``.

    Raises:
        ServiceError: ``assessment_of_other_cluster``.
        MigratorError: ``document_outdated``.
    """
    if old.plan.cluster_id != new.plan.cluster_id:
        raise ServiceError("assessment_of_other_cluster")
    return compare(side_of(assessment_of(old)), side_of(assessment_of(new)))

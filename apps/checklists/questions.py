"""Questions that the newest assessments leave open: what no check could decide and nobody has answered since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from apps.checklists.choices import Outcome
from apps.checklists.models import Assessment, Attestation, CheckResult
from apps.inventory.models import Cluster

_WAITS = Q(unanswered=True) | Q(outcome=Outcome.UNKNOWN)


def newest_assessment(cluster: Cluster) -> Assessment | None:
    """Of all plans of the cluster, without the document."""
    rows = Assessment.objects.filter(plan__cluster=cluster).select_related("plan").defer("document")
    return rows.order_by("-created_at", "-id").first()


def open_questions(assessment: Assessment) -> list[CheckResult]:
    """What is unknown or asks in the assessment and nobody has answered since, in the order of the checklist."""
    cluster = assessment.plan.cluster_id
    answered = _answered([cluster])
    rows = CheckResult.objects.filter(_WAITS, assessment=assessment).order_by("position")
    found = [row for row in rows if (cluster, row.code) not in answered]
    for row in found:
        row.assessment = assessment  # read already
    return found


def open_counts(assessments: Collection[Assessment]) -> Counter[int]:
    """How many questions each leaves open, by the key of the assessment; two queries, however many there are."""
    clusters = {row.pk: row.plan.cluster_id for row in assessments}
    answered = _answered(set(clusters.values()))
    waiting = CheckResult.objects.filter(_WAITS, assessment__in=clusters).values_list("assessment_id", "code")
    return Counter(key for key, code in waiting if (clusters[key], code) not in answered)


def clusters_to_answer() -> list[tuple[Cluster, int]]:
    """Clusters whose newest assessment has open questions, by name, with their number."""
    newest = Assessment.objects.filter(plan__cluster=OuterRef("pk")).order_by("-created_at", "-id").values("pk")[:1]
    keys = Cluster.objects.annotate(newest=Subquery(newest)).exclude(newest=None).values_list("newest", flat=True)
    rows = Assessment.objects.filter(pk__in=list(keys)).select_related("plan__cluster").defer("document", "request")
    counts = open_counts(rows)
    found = [(row.plan.cluster, counts[row.pk]) for row in rows if counts[row.pk]]
    return sorted(found, key=lambda pair: pair[0].name)


def _answered(clusters: Collection[int]) -> set[tuple[int, str]]:
    """Cluster and code of every check whose newest answer still holds."""
    answers = Attestation.objects.filter(cluster__in=clusters).order_by("created_at", "id")
    newest = {
        (cluster, code): until for cluster, code, until in answers.values_list("cluster", "check_code", "valid_until")
    }
    today = timezone.localdate()
    return {key for key, until in newest.items() if until is None or until >= today}

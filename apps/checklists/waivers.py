"""What the waivers of a cluster do by its newest assessments: which accept something, and which nothing at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from apps.checklists.adapters import finding_of, result_of, waiver_of
from apps.checklists.choices import WaiverStanding
from apps.checklists.models import Assessment, CheckResult, Finding, Waiver
from apps.inventory.models import Cluster
from migrator.checks import spec
from migrator.checks.waivers import WaiverState, use_waivers


def newest_assessments(cluster: Cluster) -> list[Assessment]:
    """Of each plan of the cluster the newest one, without the documents."""
    rows = Assessment.objects.filter(plan__cluster=cluster).order_by("created_at", "id")
    newest = {plan: pk for pk, plan in rows.values_list("pk", "plan_id")}
    return list(Assessment.objects.filter(pk__in=newest.values()).defer("document"))


def standings(waivers: Sequence[Waiver], today: date) -> dict[int, WaiverStanding]:
    """The standing of each waiver of one cluster, by key; four queries, however many there are.

    A waiver younger than all assessments has not been tried yet, so it is not called unused.
    """
    if not waivers:
        return {}
    assessments = newest_assessments(waivers[0].cluster)
    used = _used(assessments, waivers)
    last = max((a.created_at for a in assessments), default=None)
    found = {}
    for waiver in waivers:
        if waiver.withdrawn_at is not None:
            standing = WaiverStanding.WITHDRAWN
        elif waiver.until < today:
            standing = WaiverStanding.EXPIRED
        elif waiver.pk in used:
            standing = WaiverStanding.APPLIED
        elif last is None or last < waiver.created_at:
            standing = WaiverStanding.NOT_ASSESSED
        else:
            standing = WaiverStanding.UNUSED
        found[waiver.pk] = standing
    return found


def standings_of_all(waivers: Iterable[Waiver], today: date) -> dict[int, WaiverStanding]:
    """As ``standings``, of waivers of any clusters."""
    by_cluster: defaultdict[int, list[Waiver]] = defaultdict(list)
    for waiver in waivers:
        by_cluster[waiver.cluster_id].append(waiver)
    found: dict[int, WaiverStanding] = {}
    for of_one in by_cluster.values():
        found |= standings(of_one, today)
    return found


def _used(assessments: Sequence[Assessment], waivers: Sequence[Waiver]) -> set[int]:
    codes = {waiver.check_code for waiver in waivers}
    findings: defaultdict[tuple[int, str], list[spec.Finding]] = defaultdict(list)
    for row in Finding.objects.filter(assessment__in=assessments, check_code__in=codes).order_by("pk"):
        findings[row.assessment_id, row.check_code].append(finding_of(row))
    results: defaultdict[int, list[spec.CheckResult]] = defaultdict(list)
    for result in CheckResult.objects.filter(assessment__in=assessments, code__in=codes):
        found = tuple(findings[result.assessment_id, result.code])
        results[result.assessment_id].append(msgspec.structs.replace(result_of(result), findings=found))
    plain = [waiver_of(waiver) for waiver in waivers]
    used: set[int] = set()
    for of_one in results.values():
        uses = use_waivers(of_one, plain)
        used |= {w.pk for w, use in zip(waivers, uses, strict=True) if use.state is not WaiverState.UNUSED}
    return used

"""Which checks of a cluster a person may answer: the rule of the core, over what was found by now."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

import msgspec
from django.db.models import F

from apps.checklists.custom import known_code
from apps.checklists.models import CheckResult
from apps.checklists.waivers import newest_assessments
from apps.core.errors import ServiceError
from apps.inventory.models import Cluster
from migrator.checks import spec
from migrator.checks.registry import find_check


class AnswerRule:
    """Looks at the newest assessment of each plan of the cluster, once for however many answers."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def code_of(self, check: str) -> str:
        """The code of a check that may be answered, from its code or slug.

        What asks can be answered before anything is assessed; anything else only where it is unknown, or was answered
        before. What applies to no plan cannot be.

        Raises:
            ServiceError: ``attestation_check_unknown``, ``attestation_not_applicable``, ``attestation_not_asked``.
        """
        code = known_code(check.strip())
        if code is None:
            raise ServiceError("attestation_check_unknown", check=check[:60])
        results, built_in = self._results.get(code, []), find_check(code)
        if results and all(r.outcome is spec.Outcome.NOT_APPLICABLE for r in results):
            raise ServiceError("attestation_not_applicable", check=code)
        asks = built_in is not None and built_in.spec.may_ask
        if not asks and not any(r.may_be_answered for r in results):
            raise ServiceError("attestation_not_asked", check=code)
        return code

    @cached_property
    def _results(self) -> dict[str, list[spec.CheckResult]]:
        found: defaultdict[str, list[spec.CheckResult]] = defaultdict(list)
        rows = CheckResult.objects.filter(assessment__in=newest_assessments(self.cluster))
        for row in rows.values("slug", "category", "severity", "outcome", "unanswered", "attestation", check=F("code")):
            found[row["check"]].append(msgspec.convert({**row, "reason": {"key": ""}}, spec.CheckResult))
        return dict(found)

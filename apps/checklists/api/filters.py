"""What lists of assessments, results and findings can be narrowed to."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from apps.checklists.choices import Category, Outcome, Readiness, Severity
from apps.checklists.custom import known_code
from apps.checklists.models import Assessment, CheckResult, Finding


class AssessmentFilter(django_filters.FilterSet):
    plan = django_filters.UUIDFilter(field_name="plan__uid")
    cluster = django_filters.UUIDFilter(field_name="plan__cluster__uid")
    snapshot = django_filters.UUIDFilter(field_name="snapshot__uid")
    readiness = django_filters.ChoiceFilter(choices=Readiness.words())

    class Meta:
        model = Assessment
        fields = ("plan", "cluster", "snapshot", "readiness")


class ResultFilter(django_filters.FilterSet):
    category = django_filters.ChoiceFilter(choices=Category.words())
    severity = django_filters.ChoiceFilter(choices=Severity.words())
    outcome = django_filters.ChoiceFilter(choices=Outcome.words())
    unanswered = django_filters.BooleanFilter()

    class Meta:
        model = CheckResult
        fields = ("category", "severity", "outcome", "unanswered")


class FindingFilter(django_filters.FilterSet):
    check = django_filters.CharFilter(method="of_check", help_text="Code or slug")
    category = django_filters.ChoiceFilter(choices=Category.words())
    severity = django_filters.ChoiceFilter(choices=Severity.words())
    kind = django_filters.CharFilter()
    namespace = django_filters.CharFilter()
    name = django_filters.CharFilter()
    state = django_filters.ChoiceFilter(choices=[(s, s) for s in ("open", "waived")], method="of_state")

    class Meta:
        model = Finding
        fields = ("check", "category", "severity", "kind", "namespace", "name")

    def of_state(self, rows: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        return rows.filter(waived=value == "waived")

    def of_check(self, rows: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        return rows.filter(check_code=known_code(value) or value)

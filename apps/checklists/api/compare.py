"""Two assessments of a cluster compared over HTTP, a page at a time."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists.api.serializers import SubjectOutput
from apps.checklists.api.views import OUTDATED
from apps.checklists.choices import Severity
from apps.checklists.comparisons import CHANGES, Compared, comparison_rows, in_words_of
from apps.checklists.models import Assessment
from apps.checklists.selectors import visible_to
from apps.core.language import request_lang
from apps.core.schema import Problem
from apps.planning.api.serializers import Sentence
from migrator.locale import Lang
from migrator.render.jsondoc import plain


class CompareQuery(serializers.Serializer[Any]):
    old = serializers.UUIDField(help_text="The earlier assessment of the same cluster")
    change = serializers.ChoiceField(choices=CHANGES, required=False, help_text="Default: all, in this order")


class ComparedFinding(serializers.Serializer[Any]):
    check = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.words())
    subject = SubjectOutput()
    file = serializers.CharField(allow_blank=True)
    values = serializers.JSONField()
    message = serializers.CharField()
    message_key = serializers.CharField()
    key = serializers.CharField(help_text="The same in every assessment that finds it")


class ComparedRow(serializers.Serializer[Any]):
    change = serializers.ChoiceField(choices=CHANGES)
    check = serializers.CharField()
    finding = ComparedFinding(allow_null=True, help_text="Null: the check cannot be compared and has found nothing")
    reason = Sentence(allow_null=True, help_text="Why it cannot be compared")


class ComparisonCounts(serializers.Serializer[Any]):
    """Findings by what became of them; for not_comparable: checks."""

    new = serializers.IntegerField()
    fixed = serializers.IntegerField()
    not_comparable = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class ComparisonPage(serializers.Serializer[Any]):
    """A page of findings; every finding of both assessments is on exactly one row."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ComparedRow(many=True)
    counts = ComparisonCounts()
    remarks = Sentence(many=True)


class _PageQuery(CompareQuery):
    page = serializers.IntegerField(required=False, min_value=1)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=500)


class AssessmentComparisons(generics.GenericAPIView[Assessment]):
    serializer_class = ComparedRow
    filter_backends = ()
    queryset = Assessment.objects.none()

    @extend_schema(
        summary="Compare the assessment with an earlier one",
        operation_id="assessments_compare",
        tags=["assessments"],
        parameters=[_PageQuery],
        responses={200: ComparisonPage, (400, "application/problem+json"): Problem, **OUTDATED},
    )
    def get(self, request: Request, uid: Any) -> Response:
        query = CompareQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows, lang = visible_to(request.user), request_lang()
        new = get_object_or_404(rows, uid=uid)
        old = get_object_or_404(rows, uid=query.validated_data["old"])
        found = comparison_rows(old, new)
        wanted = query.validated_data.get("change")
        page = self.paginator.paginate_queryset(  # type: ignore[union-attr]
            [row for row in found.rows if wanted in (None, row.change)], request, self
        )
        shown = []
        for row in page or ():
            with in_words_of(row, old, new):
                shown.append(_fields(row, lang))
        answer = self.get_paginated_response(shown)
        answer.data |= {"counts": found.counts, "remarks": plain(found.remarks, lang)}
        return answer


def _fields(row: Compared, lang: Lang) -> dict[str, Any]:
    return {
        "change": row.change,
        "check": row.check,
        "finding": plain(row.finding, lang) if row.finding is not None else None,
        "reason": plain(row.reason, lang) if row.reason is not None else None,
    }

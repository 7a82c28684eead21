"""Assessments of plans with their results and findings, and the answers of people."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists import selectors, services
from apps.checklists.adapters import readable
from apps.checklists.answering import AnswerRule
from apps.checklists.api.filters import AssessmentFilter, FindingFilter, ResultFilter
from apps.checklists.api.presenters import finding_fields, result_fields
from apps.checklists.api.serializers import (
    AssessmentOutput,
    AttestationInput,
    AttestationOutput,
    AttestationsInput,
    FindingOutput,
    LanguageQuery,
    ReportQuery,
    ResultOutput,
)
from apps.checklists.models import Assessment, Attestation, CheckResult, Finding
from apps.checklists.repeating import repetition_request
from apps.core.language import request_lang
from apps.core.permissions import WRITES, AsInAdmin
from apps.core.schema import Problem
from apps.inventory.models import Cluster
from apps.inventory.selectors import clusters
from apps.operations.api.responses import accepted
from apps.operations.api.serializers import OperationOutput
from apps.planning.models import Plan
from apps.planning.selectors import visible_to as plans_visible_to

TAGS = ["assessments"]
LISTED = (200, "application/json")
REPORTS = {"sarif": ("application/json", "sarif.json"), "junit": ("application/xml", "junit.xml")}
OUTDATED = {(422, "application/problem+json"): Problem}


class PlanAssessments(generics.GenericAPIView[Assessment]):
    """The assessments of one plan."""

    serializer_class = AssessmentOutput
    permission_classes = (AsInAdmin,)
    needs = WRITES
    filterset_class = AssessmentFilter
    queryset = Assessment.objects.none()

    def _plan(self) -> Plan:
        return get_object_or_404(plans_visible_to(self.request.user), uid=self.kwargs["uid"])

    @extend_schema(summary="List the assessments of a plan", tags=TAGS, responses=AssessmentOutput(many=True))
    def get(self, request: Request, uid: Any) -> Response:
        rows = self.filter_queryset(selectors.visible_to(request.user).filter(plan=self._plan()))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        summary="Assess a plan",
        tags=TAGS,
        request=None,
        responses={202: OperationOutput, (409, "application/problem+json"): Problem},
    )
    def post(self, request: Request, uid: Any) -> Response:
        return accepted(services.assessment_request(actor=request.user, plan=self._plan()), request)


@extend_schema_view(
    list=extend_schema(summary="List assessments", tags=TAGS),
    retrieve=extend_schema(summary="Show an assessment", tags=TAGS),
)
class AssessmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Assessment]):
    serializer_class = AssessmentOutput
    filterset_class = AssessmentFilter
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = Assessment.objects.none()

    def get_queryset(self) -> QuerySet[Assessment]:
        return selectors.visible_to(self.request.user)

    @extend_schema(
        summary="Download the assessment as the command line writes it",
        tags=TAGS,
        parameters=[LanguageQuery],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (400, "application/problem+json"): Problem,
            **OUTDATED,
        },
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def document(self, request: Request, uid: Any) -> HttpResponse:
        query = LanguageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        lang = query.validated_data.get("lang") or request_lang()
        return HttpResponse(selectors.assessment_document(self.get_object(), lang), content_type="application/json")

    @extend_schema(
        summary="Download the assessment for a pipeline",
        tags=TAGS,
        parameters=[ReportQuery],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/xml"): OpenApiTypes.BINARY,
            (400, "application/problem+json"): Problem,
            **OUTDATED,
        },
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def report(self, request: Request, uid: Any) -> HttpResponse:
        query = ReportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        content = selectors.assessment_report(self.get_object(), wanted["type"], wanted.get("lang") or request_lang())
        media, extension = REPORTS[wanted["type"]]
        answer = HttpResponse(content, content_type=media)
        answer["Content-Disposition"] = f'attachment; filename="assessment-{uid}.{extension}"'
        return answer


class AssessmentRepetition(generics.GenericAPIView[Assessment]):
    """An assessment made again from what was kept of it."""

    permission_classes = (AsInAdmin,)
    needs = WRITES
    filter_backends = ()
    queryset = Assessment.objects.none()

    @extend_schema(
        summary="Make an assessment again",
        description=(
            "With facts, request and catalog as they were, and the rules of today. The operation's result tells"
            " whether it came out the `same`, whether the rules are (`same_rules`), and how findings compare; where"
            " it cannot be made again, its problem tells why."
        ),
        tags=TAGS,
        request=None,
        responses={202: OperationOutput},
    )
    def post(self, request: Request, uid: Any) -> Response:
        assessment = get_object_or_404(selectors.visible_to(request.user), uid=uid)
        return accepted(repetition_request(actor=request.user, assessment=assessment), request)


class AssessmentResults(generics.GenericAPIView[CheckResult]):
    serializer_class = ResultOutput
    filterset_class = ResultFilter
    queryset = CheckResult.objects.none()

    @extend_schema(
        summary="List the results of all checks", tags=TAGS, responses={LISTED: ResultOutput(many=True), **OUTDATED}
    )
    def get(self, request: Request, uid: Any) -> Response:
        assessment = get_object_or_404(selectors.visible_to(request.user), uid=uid)
        page = self.paginate_queryset(self.filter_queryset(selectors.results_of(assessment)))
        with readable(assessment.uid, assessment.custom_checks):
            shown = [result_fields(row, request_lang()) for row in page or ()]
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)


class AssessmentFindings(generics.GenericAPIView[Finding]):
    serializer_class = FindingOutput
    filterset_class = FindingFilter
    queryset = Finding.objects.none()

    @extend_schema(summary="List the findings", tags=TAGS, responses={LISTED: FindingOutput(many=True), **OUTDATED})
    def get(self, request: Request, uid: Any) -> Response:
        assessment = get_object_or_404(selectors.visible_to(request.user), uid=uid)
        page = self.paginate_queryset(self.filter_queryset(selectors.findings_of(assessment)))
        with readable(assessment.uid, assessment.custom_checks):
            results = selectors.results_by_code(assessment, {row.check_code for row in page or ()})
            shown = [finding_fields(row, results, request_lang()) for row in page or ()]
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)


class ClusterAttestations(generics.GenericAPIView[Attestation]):
    """What people have answered for one cluster."""

    permission_classes = (AsInAdmin,)
    needs = {"POST": "checklists.add_attestation"}
    serializer_class = AttestationOutput
    filter_backends = ()
    queryset = Attestation.objects.none()

    def _cluster(self) -> Cluster:
        return get_object_or_404(clusters(self.request.user), uid=self.kwargs["uid"])

    @extend_schema(
        summary="List the answers, newest first", tags=["attestations"], responses=AttestationOutput(many=True)
    )
    def get(self, request: Request, uid: Any) -> Response:
        page = self.paginate_queryset(selectors.attestations_of(self._cluster()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Answer a check",
        description="What is unknown can be answered, and what asks; what does not apply cannot.",
        tags=["attestations"],
        request=AttestationInput,
        responses={201: AttestationOutput},
    )
    def post(self, request: Request, uid: Any) -> Response:
        form = AttestationInput(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.attestation_create(actor=request.user, cluster=self._cluster(), **form.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)


class ClusterAttestationsBulk(generics.GenericAPIView[Attestation]):
    permission_classes = (AsInAdmin,)
    needs = {"POST": "checklists.add_attestation"}
    serializer_class = AttestationOutput
    filter_backends = ()
    pagination_class = None
    queryset = Attestation.objects.none()

    @extend_schema(
        summary="Answer many checks at once",
        description="All answers are stored or none; a refusal names each row that is wrong.",
        tags=["attestations"],
        request=AttestationsInput,
        responses={201: AttestationOutput(many=True)},
    )
    def post(self, request: Request, uid: Any) -> Response:
        cluster = get_object_or_404(clusters(request.user), uid=uid)
        form = AttestationsInput(data=request.data, context={"rule": AnswerRule(cluster)})
        form.is_valid(raise_exception=True)
        rows = services.attestations_create(actor=request.user, cluster=cluster, answers=form.validated_data["answers"])
        return Response(self.get_serializer(rows, many=True).data, status=status.HTTP_201_CREATED)

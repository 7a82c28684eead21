"""Runbooks of plans: write, list, look at the steps, download."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists.api.views import LISTED, OUTDATED
from apps.core.language import request_lang
from apps.core.permissions import WRITES, AsInAdmin
from apps.core.schema import Problem
from apps.operations.api.responses import accepted
from apps.operations.api.serializers import OperationOutput
from apps.operations.models import Operation
from apps.planning.models import Plan
from apps.planning.selectors import visible_to as plans_visible_to
from apps.runbooks import documents, reconciliations, reviews, selectors, services
from apps.runbooks.adapters import legible, runbook_of, steps_of
from apps.runbooks.api.serializers import (
    CompareQuery,
    CompileInput,
    DifferenceOutput,
    DownloadQuery,
    RunbookOutput,
    StepDetail,
    StepOutput,
)
from apps.runbooks.choices import Origin, Playbook, Readiness, ReviewState, Role, StepKind
from apps.runbooks.models import Runbook, RunbookStep
from migrator.render import FORMATS
from migrator.render.jsondoc import plain

TAGS = ["runbooks"]
MEDIA_TYPES = sorted({wanted.media_type.partition(";")[0] for wanted in FORMATS.values()})


class RunbookFilter(django_filters.FilterSet):
    plan = django_filters.UUIDFilter(field_name="plan__uid")
    cluster = django_filters.UUIDFilter(field_name="plan__cluster__uid")
    playbook = django_filters.ChoiceFilter(choices=Playbook.words())
    readiness = django_filters.ChoiceFilter(choices=Readiness.words())
    review = django_filters.ChoiceFilter(field_name="review__state", choices=ReviewState.words())

    class Meta:
        model = Runbook
        fields = ("plan", "cluster", "playbook", "readiness")


class StepFilter(django_filters.FilterSet):
    phase = django_filters.CharFilter()
    kind = django_filters.ChoiceFilter(choices=StepKind.words())
    role = django_filters.ChoiceFilter(choices=Role.words())
    interrupts = django_filters.BooleanFilter()
    destructive = django_filters.BooleanFilter()
    origin = django_filters.ChoiceFilter(choices=Origin.words())
    excluded = django_filters.BooleanFilter()
    key = django_filters.CharFilter()
    q = django_filters.CharFilter(method="of_words", help_text="A part of the title, in either language")

    class Meta:
        model = RunbookStep
        fields = ("phase", "kind", "role", "interrupts", "destructive", "origin", "excluded", "key")

    def of_words(self, rows: QuerySet[RunbookStep], name: str, value: str) -> QuerySet[RunbookStep]:
        return rows.filter(Q(title_zh__icontains=value) | Q(title_en__icontains=value))


class PlanRunbooks(generics.GenericAPIView[Runbook]):
    """The runbooks of one plan."""

    serializer_class = RunbookOutput
    permission_classes = (AsInAdmin,)
    needs = WRITES
    filterset_class = RunbookFilter
    queryset = Runbook.objects.none()

    def _plan(self) -> Plan:
        return get_object_or_404(plans_visible_to(self.request.user), uid=self.kwargs["uid"])

    @extend_schema(summary="List the runbooks of a plan", tags=TAGS, responses=RunbookOutput(many=True))
    def get(self, request: Request, uid: Any) -> Response:
        rows = self.filter_queryset(selectors.visible_to(request.user).filter(plan=self._plan()))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        summary="Write a runbook for a plan",
        description="Assesses the plan first where no assessment stands that would come out the same today. The "
        "playbooks upgrade and migration are refused where the plan's strategy is the other one, or its target the "
        "version that the cluster has.",
        tags=TAGS,
        request=CompileInput,
        responses={202: OperationOutput, (409, "application/problem+json"): Problem},
    )
    def post(self, request: Request, uid: Any) -> Response:
        form = CompileInput(data=request.data)
        form.is_valid(raise_exception=True)
        return accepted(services.runbook_request(actor=request.user, plan=self._plan(), **form.validated_data), request)


@extend_schema_view(
    list=extend_schema(summary="List runbooks", tags=TAGS),
    retrieve=extend_schema(summary="Show a runbook", tags=TAGS),
)
class RunbookViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Runbook]):
    serializer_class = RunbookOutput
    filterset_class = RunbookFilter
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = Runbook.objects.none()

    def get_queryset(self) -> QuerySet[Runbook]:
        return selectors.visible_to(self.request.user)

    @extend_schema(
        summary="Download a runbook",
        description="The very bytes that the command line writes for the same dump, unless people have edited the "
        "runbook; an approved revision carries digest and signatures. What takes long to write, such as the PDF of a "
        "large runbook, is written by an operation (202): ask again when it has ended.",
        tags=TAGS,
        parameters=[DownloadQuery],
        responses={
            **{(200, media_type): OpenApiTypes.BINARY for media_type in MEDIA_TYPES},
            (200, "application/json"): OpenApiTypes.OBJECT,
            202: OperationOutput,
            (400, "application/problem+json"): Problem,
            **OUTDATED,
        },
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def download(self, request: Request, uid: Any) -> HttpResponse:
        query = DownloadQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        runbook = self.get_object()
        lang = wanted.get("lang") or request_lang()
        given, rows = wanted.get("reconciliation"), reconciliations.reconciliations(request.user)
        appended = get_object_or_404(rows, uid=given) if given else None
        file = documents.document(
            actor=request.user, runbook=runbook, format=wanted["format"], lang=lang, appended=appended
        )
        if isinstance(file, Operation):
            return accepted(file, request)
        return selectors.attachment(runbook, file)

    @extend_schema(
        summary="Compare a runbook with another, step by step",
        operation_id="runbooks_compare",
        tags=TAGS,
        parameters=[CompareQuery],
        responses={200: DifferenceOutput, (400, "application/problem+json"): Problem, **OUTDATED},
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def compare(self, request: Request, uid: Any) -> Response:
        query = CompareQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        new = self.get_object()
        old = get_object_or_404(self.get_queryset(), uid=query.validated_data["old"])
        found = selectors.runbook_difference(old, new)
        with legible(old), legible(new):  # what both say, as the later one does
            return Response({"differs": found.differs, **plain(found, request_lang())})


class RunbookSteps(generics.GenericAPIView[RunbookStep]):
    serializer_class = StepOutput
    filterset_class = StepFilter
    queryset = RunbookStep.objects.none()

    @extend_schema(
        summary="List the steps of a runbook", tags=TAGS, responses={LISTED: StepOutput(many=True), **OUTDATED}
    )
    def get(self, request: Request, uid: Any) -> Response:
        runbook = get_object_or_404(selectors.visible_to(request.user), uid=uid)
        page = self.paginate_queryset(self.filter_queryset(selectors.step_rows_of(runbook)))
        with legible(runbook):
            shown = plain(selectors.full_steps(runbook, page or ()), request_lang())
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)


class RunbookStepDetail(generics.GenericAPIView[RunbookStep]):
    serializer_class = StepDetail
    filter_backends = ()
    pagination_class = None
    queryset = RunbookStep.objects.none()

    @extend_schema(
        summary="Show a step with its findings and comments",
        tags=TAGS,
        responses={200: StepDetail, **OUTDATED},
    )
    def get(self, request: Request, uid: Any, number: str) -> Response:
        runbook = get_object_or_404(selectors.visible_to(request.user), uid=uid)
        row = get_object_or_404(selectors.step_rows_of(runbook), number=number)
        stored = runbook_of(runbook)
        step = steps_of(stored)[row.position - 1]
        with legible(runbook):
            shown = {
                **plain(step, request_lang()),
                "findings": plain(selectors.step_findings(stored, step), request_lang()),
                "comments": reviews.comments_of(runbook).filter(step=row.key),
            }
            return Response(self.get_serializer(shown).data)

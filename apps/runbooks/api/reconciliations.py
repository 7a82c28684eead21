"""The new cluster against the old one over HTTP."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists.adapters import readable
from apps.checklists.api.serializers import LanguageQuery
from apps.checklists.api.views import OUTDATED
from apps.core.language import request_lang
from apps.core.permissions import WRITES, AsInAdmin
from apps.core.schema import Problem
from apps.inventory.models import Snapshot
from apps.operations.api.responses import accepted
from apps.operations.api.serializers import OperationOutput
from apps.planning.models import Plan
from apps.planning.selectors import visible_to as plans_visible_to
from apps.runbooks import reconciliations
from apps.runbooks.adapters import reconciliation_of
from apps.runbooks.choices import Verdict
from apps.runbooks.models import Reconciliation
from migrator.render.reconciliation import reconciliation_json, reconciliation_text

TAGS = ["reconciliations"]
PROBLEM = "application/problem+json"
_WRITERS = {
    "json": ("application/json", reconciliation_json),
    "text": ("text/plain; charset=utf-8", reconciliation_text),
}


class ReconciliationInput(serializers.Serializer[Any]):
    snapshot = serializers.SlugRelatedField(
        slug_field="uid",
        queryset=Snapshot.objects.select_related("cluster").defer("document"),
        help_text="Of the new cluster",
    )


class ReconciliationOutput(serializers.ModelSerializer[Reconciliation]):
    plan = serializers.UUIDField(source="plan.uid", read_only=True)
    old = serializers.UUIDField(source="old.uid", read_only=True, help_text="Snapshot of the old cluster")
    new = serializers.UUIDField(source="new.uid", read_only=True, help_text="Snapshot of the new cluster")
    operation = serializers.UUIDField(source="operation.uid", read_only=True)
    verdict = serializers.ChoiceField(choices=Verdict.words(), read_only=True)

    class Meta:
        model = Reconciliation
        fields = (
            *("uid", "plan", "old", "new", "operation", "verdict"),
            *("missing", "different", "extra", "untold", "created_at"),
        )
        read_only_fields = fields


class ReconciliationFilter(django_filters.FilterSet):
    plan = django_filters.UUIDFilter(field_name="plan__uid")
    verdict = django_filters.ChoiceFilter(choices=Verdict.words())

    class Meta:
        model = Reconciliation
        fields = ("plan", "verdict")


class DocumentQuery(LanguageQuery):
    format = serializers.ChoiceField(choices=tuple(_WRITERS), default="json")


class PlanReconciliations(generics.GenericAPIView[Reconciliation]):
    serializer_class = ReconciliationOutput
    permission_classes = (AsInAdmin,)
    needs = WRITES
    filterset_class = ReconciliationFilter
    queryset = Reconciliation.objects.none()

    def _plan(self) -> Plan:
        return get_object_or_404(plans_visible_to(self.request.user), uid=self.kwargs["uid"])

    @extend_schema(summary="List the reconciliations of a plan", tags=TAGS, responses=ReconciliationOutput(many=True))
    def get(self, request: Request, uid: Any) -> Response:
        rows = self.filter_queryset(reconciliations.reconciliations(request.user).filter(plan=self._plan()))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(
        summary="Reconcile the new cluster with the old one",
        description="A snapshot of the new cluster against the one that the plan's latest runbook was made from.",
        tags=TAGS,
        request=ReconciliationInput,
        responses={202: OperationOutput, (409, PROBLEM): Problem},
    )
    def post(self, request: Request, uid: Any) -> Response:
        form = ReconciliationInput(data=request.data)
        form.is_valid(raise_exception=True)
        new = form.validated_data["snapshot"]
        return accepted(reconciliations.reconciliation_request(actor=request.user, plan=self._plan(), new=new), request)


@extend_schema_view(
    list=extend_schema(summary="List reconciliations", tags=TAGS),
    retrieve=extend_schema(summary="Show a reconciliation", tags=TAGS),
)
class ReconciliationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Reconciliation]):
    serializer_class = ReconciliationOutput
    filterset_class = ReconciliationFilter
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = Reconciliation.objects.none()

    def get_queryset(self) -> QuerySet[Reconciliation]:
        return reconciliations.reconciliations(self.request.user)

    @extend_schema(
        summary="Download a reconciliation as the command line writes it",
        tags=TAGS,
        parameters=[DocumentQuery],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/plain"): OpenApiTypes.BINARY,
            (400, PROBLEM): Problem,
            **OUTDATED,
        },
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def document(self, request: Request, uid: Any) -> HttpResponse:
        query = DocumentQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        row = self.get_object()
        media_type, write = _WRITERS[query.validated_data["format"]]
        found = reconciliation_of(row)
        with readable(row.uid):
            content = write(found, query.validated_data.get("lang") or request_lang())
        return HttpResponse(content, content_type=media_type)

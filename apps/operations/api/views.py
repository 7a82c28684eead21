"""Operations: list, look at one until it has ended, cancel."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.permissions import AsInAdmin
from apps.core.schema import Problem
from apps.operations import selectors, services
from apps.operations.api.responses import RETRY_AFTER_SECONDS
from apps.operations.api.serializers import OperationFileOutput, OperationOutput
from apps.operations.choices import FileStatus, OperationStatus
from apps.operations.models import Operation, OperationFile

RETRY_AFTER = OpenApiParameter(
    "Retry-After", OpenApiTypes.INT, OpenApiParameter.HEADER, response=[200], description="Seconds; while it is open"
)


class OperationFilter(django_filters.FilterSet):
    kind = django_filters.CharFilter()
    status = django_filters.ChoiceFilter(choices=OperationStatus.choices)
    target = django_filters.CharFilter(help_text="For instance cluster:<uid>")

    class Meta:
        model = Operation
        fields = ("kind", "status", "target")


class OperationFileFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=FileStatus.choices)

    class Meta:
        model = OperationFile
        fields = ("status",)


@extend_schema_view(
    list=extend_schema(summary="List operations", tags=["operations"]),
    retrieve=extend_schema(summary="Show an operation", tags=["operations"], parameters=[RETRY_AFTER]),
)
class OperationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Operation]):
    permission_classes = (AsInAdmin,)
    needs = {"POST": "operations.change_operation"}
    serializer_class = OperationOutput
    filterset_class = OperationFilter
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = Operation.objects.none()

    def get_queryset(self) -> QuerySet[Operation]:
        return selectors.visible_to(self.request.user)

    def retrieve(self, request: Request, uid: Any) -> Response:
        operation = self.get_object()
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if operation.is_open else None
        return Response(self.get_serializer(operation).data, headers=headers)

    @extend_schema(
        summary="Cancel an operation that has not ended",
        tags=["operations"],
        request=None,
        responses={200: OperationOutput, (409, "application/problem+json"): Problem},
    )
    @action(detail=True, methods=["post"])
    def cancellation(self, request: Request, uid: Any) -> Response:
        operation = services.operation_cancel(operation=self.get_object(), actor=request.user)
        return Response(self.get_serializer(operation).data)


@extend_schema_view(
    get=extend_schema(
        summary="List the files that an operation works through",
        description="Members of an archive are files of their own. While the operation runs the list changes.",
        tags=["operations"],
        operation_id="operations_files_list",
    )
)
class OperationFileList(ListAPIView[OperationFile]):
    serializer_class = OperationFileOutput
    filterset_class = OperationFileFilter
    queryset = OperationFile.objects.none()

    def get_queryset(self) -> QuerySet[OperationFile]:
        if getattr(self, "swagger_fake_view", False):
            return OperationFile.objects.none()
        operation = get_object_or_404(selectors.visible_to(self.request.user), uid=self.kwargs["uid"])
        return selectors.files_of(operation)

"""The originals of a snapshot, where they were kept: list them, download one, erase one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.schema import Problem
from apps.inventory import originals, selectors
from apps.inventory.downloads import download
from apps.inventory.models import Original

PROBLEM = "application/problem+json"


class OriginalOutput(serializers.ModelSerializer[Original]):
    file = serializers.CharField(source="name", read_only=True)
    erased_by = serializers.CharField(source="erased_by.username", default=None, read_only=True)

    class Meta:
        model = Original
        fields = ("uid", "file", "size", "created_at", "keep_until", "erased_at", "erased_by")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(
        summary="List the originals of a snapshot",
        description="The uploads that were kept when the snapshot was imported, the erased ones among them.",
        tags=["originals"],
    )
)
class OriginalViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Original]):
    serializer_class = OriginalOutput
    lookup_field = "uid"
    queryset = Original.objects.none()

    def get_queryset(self) -> QuerySet[Original]:
        if getattr(self, "swagger_fake_view", False):
            return Original.objects.none()
        snapshot = get_object_or_404(selectors.snapshots(self.request.user), uid=self.kwargs["snapshot_uid"])
        return selectors.originals(snapshot)

    @extend_schema(
        summary="Download an original",
        description="As it was uploaded, values of Secrets included. Needs the permission inventory.download_original.",
        tags=["originals"],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (409, PROBLEM): Problem,
            (410, PROBLEM): Problem,
        },
    )
    def content(self, request: Request, **kwargs: Any) -> FileResponse:
        return download(self.get_object(), request.user)

    @extend_schema(
        summary="Erase an original",
        description="For ever: its key first, then the file. Needs the permission inventory.erase_original.",
        tags=["originals"],
        responses={204: None},
    )
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        original = self.get_object()
        originals.originals_erase(Original.objects.filter(pk=original.pk), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

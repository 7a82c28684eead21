"""Clusters, their imports, snapshots with their parts, and the registers."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.core.permissions import AsInAdmin, rights_of
from apps.core.schema import Problem
from apps.inventory import adapters, selectors, services
from apps.inventory import models as rows
from apps.inventory.api import filters, serializers
from apps.operations.api.responses import accepted
from apps.operations.api.serializers import OperationOutput

PROBLEM = "application/problem+json"
LOCATION = OpenApiParameter(
    "Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[201, 202], description="Address of what was made"
)


@extend_schema_view(
    list=extend_schema(summary="List clusters", tags=["clusters"]),
    retrieve=extend_schema(summary="Show a cluster", tags=["clusters"]),
)
class ClusterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[rows.Cluster]):
    permission_classes = (AsInAdmin,)
    needs = {**rights_of("inventory.cluster"), "imports": "inventory.change_cluster"}
    serializer_class = serializers.ClusterOutput
    filterset_class = filters.ClusterFilter
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = rows.Cluster.objects.none()

    def get_queryset(self) -> QuerySet[rows.Cluster]:
        return selectors.clusters(self.request.user)

    def _shown(self, cluster: rows.Cluster) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=cluster.pk)).data

    @extend_schema(
        summary="Register a cluster",
        tags=["clusters"],
        request=serializers.ClusterInput,
        responses={201: serializers.ClusterOutput, (409, PROBLEM): Problem},
        parameters=[LOCATION],
    )
    def create(self, request: Request) -> Response:
        form = serializers.ClusterInput(data=request.data)
        form.is_valid(raise_exception=True)
        cluster = services.cluster_create(actor=request.user, **form.validated_data)
        headers = {"Location": request.build_absolute_uri(f"{request.path}{cluster.uid}/")}
        return Response(self._shown(cluster), status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(
        summary="Change a cluster",
        tags=["clusters"],
        request=serializers.ClusterInput(partial=True),
        responses={200: serializers.ClusterOutput, (409, PROBLEM): Problem},
    )
    def partial_update(self, request: Request, uid: Any) -> Response:
        cluster = self.get_object()
        form = serializers.ClusterInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return Response(self._shown(services.cluster_update(cluster=cluster, **form.validated_data)))

    @extend_schema(
        summary="Remove a cluster that has no history",
        tags=["clusters"],
        responses={204: None, (409, PROBLEM): Problem},
    )
    def destroy(self, request: Request, uid: Any) -> Response:
        services.cluster_delete(cluster=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Import a dump",
        description="Answers at once with an operation; its result names the snapshot.",
        tags=["imports"],
        request={"multipart/form-data": serializers.ImportInput},
        responses={202: OperationOutput, (409, PROBLEM): Problem, (413, PROBLEM): Problem, (507, PROBLEM): Problem},
        parameters=[LOCATION],
    )
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def imports(self, request: Request, uid: Any) -> Response:
        cluster = self.get_object()
        form = serializers.ImportInput(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        operation = services.import_start(
            cluster=cluster,
            actor=request.user,
            uploads=services.uploads_named(given["files"], given.get("paths")),
            keep_original=given["keep_original"],
        )
        return accepted(operation, request)

    @extend_schema(
        summary="List the snapshots of a cluster",
        tags=["snapshots"],
        responses=serializers.SnapshotOutput(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], filterset_class=None)
    def snapshots(self, request: Request, uid: Any) -> Response:
        queryset = selectors.snapshots(request.user).filter(cluster=self.get_object()).order_by("-number")
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(serializers.SnapshotOutput(page, many=True).data)


@extend_schema_view(
    list=extend_schema(summary="List snapshots, newest first", tags=["snapshots"]),
    retrieve=extend_schema(summary="Show a snapshot", tags=["snapshots"]),
)
class SnapshotViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[rows.Snapshot]):
    """Read only: a snapshot is never changed or removed."""

    serializer_class = serializers.SnapshotOutput
    filterset_class = filters.SnapshotFilter
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = rows.Snapshot.objects.none()

    def get_queryset(self) -> QuerySet[rows.Snapshot]:
        return selectors.snapshots(self.request.user)

    @extend_schema(
        summary="Download all facts of a snapshot",
        description="The canonical JSON over whose facts the digest is taken.",
        tags=["snapshots"],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    @action(detail=True, methods=["get"])
    def document(self, request: Request, uid: Any) -> HttpResponse:
        body = adapters.document_json(self.get_object())
        answer = HttpResponse(body, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="snapshot-{uid}.json"'
        return answer


class PartView(ListAPIView[Any]):
    """The rows of one kind of part of a snapshot."""

    model: type[rows.Part]

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        snapshot = get_object_or_404(selectors.snapshots(self.request.user), uid=self.kwargs["uid"])
        return selectors.parts(self.model, snapshot)


def _part_view(
    model: type[models.Model], serializer: type[BaseSerializer[Any]], filterset: type[Any], words: str
) -> type[PartView]:
    names = {"model": model, "serializer_class": serializer, "filterset_class": filterset, "queryset": None}
    made = type(f"{model.__name__}ListView", (PartView,), names)
    operation_id = f"snapshots_{model.__name__.lower()}_list"
    document = extend_schema(summary=f"List the {words} of a snapshot", tags=["snapshots"], operation_id=operation_id)
    return extend_schema_view(get=document)(made)


PARTS = {
    "nodes": _part_view(rows.Node, serializers.NodeOutput, filters.NodeFilter, "nodes"),
    "workloads": _part_view(rows.Workload, serializers.WorkloadOutput, filters.WorkloadFilter, "workloads"),
    "volumes": _part_view(rows.Volume, serializers.VolumeOutput, filters.VolumeFilter, "volumes"),
    "claims": _part_view(rows.Claim, serializers.ClaimOutput, filters.ClaimFilter, "claims"),
    "services": _part_view(rows.Service, serializers.ServiceOutput, filters.ServiceFilter, "services"),
    "ingresses": _part_view(rows.Ingress, serializers.IngressOutput, filters.IngressFilter, "Ingresses"),
    "addons": _part_view(rows.AddOn, serializers.AddOnOutput, filters.AddOnFilter, "add-ons"),
    "inputs": _part_view(rows.InputFile, serializers.InputFileOutput, filters.InputFileFilter, "input files"),
}


class RegisterViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """Base of both registers: list what was found and entered, write what is entered."""

    model: type[Any]
    input_class: type[Any]
    lookup_field = "uid"

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model.objects.none()
        return selectors.found_and_entered(self.model, self._cluster())

    def _cluster(self) -> rows.Cluster:
        clusters = selectors.visible_to(rows.Cluster.objects.all(), self.request.user)
        return get_object_or_404(clusters, uid=self.kwargs["cluster_uid"])

    def _fields(self, *, partial: bool = False) -> dict[str, Any]:
        form = self.input_class(data=self.request.data, partial=partial)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def create(self, request: Request, **kwargs: Any) -> Response:
        entry = services.register_add(self.model, cluster=self._cluster(), actor=request.user, fields=self._fields())
        return Response(self.get_serializer(entry).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        entry = services.register_change(self.get_object(), fields=self._fields(partial=True))
        return Response(self.get_serializer(entry).data)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        services.register_remove(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _register_schema(words: str, given: type[Any], shown: type[Any]) -> Any:
    changed = {200: shown, (409, PROBLEM): Problem}
    return extend_schema_view(
        list=extend_schema(
            summary=f"List the {words} entered for a cluster or found in its latest snapshot", tags=["registers"]
        ),
        create=extend_schema(
            summary=f"Enter one of the {words}", tags=["registers"], request=given, responses={201: shown}
        ),
        partial_update=extend_schema(
            summary=f"Change one of the {words}", tags=["registers"], request=given(partial=True), responses=changed
        ),
        destroy=extend_schema(
            summary=f"Remove one of the {words}", tags=["registers"], responses={204: None, (409, PROBLEM): Problem}
        ),
    )


@_register_schema("address uses", serializers.AddressUseInput, serializers.AddressUseOutput)
class AddressUseViewSet(RegisterViewSet):
    permission_classes = (AsInAdmin,)
    needs = rights_of("inventory.addressuse")
    model = rows.AddressUse
    queryset = rows.AddressUse.objects.none()
    input_class = serializers.AddressUseInput
    serializer_class = serializers.AddressUseOutput
    filterset_class = filters.AddressUseFilter


@_register_schema("node settings", serializers.NodeSettingInput, serializers.NodeSettingOutput)
class NodeSettingViewSet(RegisterViewSet):
    permission_classes = (AsInAdmin,)
    needs = rights_of("inventory.nodesetting")
    model = rows.NodeSetting
    queryset = rows.NodeSetting.objects.none()
    input_class = serializers.NodeSettingInput
    serializer_class = serializers.NodeSettingOutput
    filterset_class = filters.NodeSettingFilter

"""Accepted risks over HTTP."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists import selectors, services
from apps.checklists.choices import WaiverStanding
from apps.checklists.models import Waiver
from apps.checklists.waivers import standings
from apps.core.errors import ServiceError, about
from apps.core.permissions import AsInAdmin
from apps.core.schema import Problem
from apps.inventory.models import Cluster
from apps.inventory.selectors import clusters

TAGS = ["waivers"]


class WaiverInput(serializers.ModelSerializer[Waiver]):
    check = serializers.CharField(max_length=120, help_text="Code or slug")
    approver = serializers.CharField(
        max_length=150,
        required=False,
        help_text="Whoever is logged in, and need not be told; any other name is refused",
    )

    class Meta:
        model = Waiver
        fields = ("check", "kind", "namespace", "name", "reason", "until", "approver")
        extra_kwargs = {
            "namespace": {"help_text": "A pattern; empty: what has no namespace, such as a node"},
            "name": {"help_text": "A pattern; empty: what has no name"},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nobody accepts a whole cluster by leaving something out; who means it writes ``*``."""
        if not attrs.keys() & {"kind", "namespace", "name"}:
            raise ServiceError("waiver_without_scope")
        actor = self.context["request"].user.get_username()
        if attrs.pop("approver", actor) != actor:  # nobody accepts a risk in another's name
            with about("approver"):
                raise ServiceError("waiver_approver_other", actor=actor)
        return attrs


class WaiverOutput(serializers.ModelSerializer[Waiver]):
    cluster = serializers.UUIDField(source="cluster.uid", read_only=True)
    check = serializers.CharField(source="check_code", read_only=True)
    approver = serializers.CharField(source="approver.username", read_only=True)
    withdrawn_by = serializers.CharField(source="withdrawn_by.username", read_only=True, allow_null=True, default=None)
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Waiver
        fields = (
            "uid",
            "cluster",
            "check",
            "kind",
            "namespace",
            "name",
            "reason",
            "approver",
            "until",
            "standing",
            "withdrawn_at",
            "withdrawn_by",
            "created_at",
        )
        read_only_fields = fields

    @extend_schema(responses=serializers.ChoiceField(choices=WaiverStanding.words()))
    def get_standing(self, row: Waiver) -> str:
        return str(self.context["standings"][row.pk])


class WaiverQuery(serializers.Serializer[Any]):
    standing = serializers.ChoiceField(
        choices=WaiverStanding.words(), required=False, help_text="By the newest assessment of each plan"
    )


class _OfCluster(generics.GenericAPIView[Waiver]):
    serializer_class = WaiverOutput
    filter_backends = ()
    queryset = Waiver.objects.none()

    def _cluster(self) -> Cluster:
        return get_object_or_404(clusters(self.request.user), uid=self.kwargs["uid"])

    def _shown(self, row: Waiver) -> Any:
        return WaiverOutput(row, context={"standings": standings([row], services.today())}).data


class ClusterWaivers(_OfCluster):
    """The risks that people have accepted for one cluster; what each did is in the document of an assessment."""

    permission_classes = (AsInAdmin,)
    needs = {"POST": "checklists.add_waiver"}

    @extend_schema(
        summary="List the waivers, newest first",
        description="Those that accept nothing have the standing unused.",
        tags=TAGS,
        parameters=[WaiverQuery],
        responses={200: WaiverOutput(many=True), (400, "application/problem+json"): Problem},
    )
    def get(self, request: Request, uid: Any) -> Response:
        query = WaiverQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = list(selectors.waivers_of(self._cluster()))
        found = standings(rows, services.today())
        wanted = query.validated_data.get("standing")
        page = self.paginator.paginate_queryset(  # type: ignore[union-attr]
            [row for row in rows if wanted in (None, found[row.pk])], request, self
        )
        return self.get_paginated_response(WaiverOutput(page, many=True, context={"standings": found}).data)

    @extend_schema(
        summary="Accept a risk",
        description=(
            "The approver is whoever is logged in; a request that names another one is refused "
            "(waiver_approver_other). An assessment made from now on takes it into account."
        ),
        tags=TAGS,
        request=WaiverInput,
        responses={201: WaiverOutput},
    )
    def post(self, request: Request, uid: Any) -> Response:
        form = WaiverInput(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        row = services.waiver_create(actor=request.user, cluster=self._cluster(), **form.validated_data)
        return Response(self._shown(row), status=status.HTTP_201_CREATED)


class WaiverWithdraw(_OfCluster):
    permission_classes = (AsInAdmin,)
    needs = {"POST": "checklists.add_waiver"}
    pagination_class = None

    @extend_schema(
        summary="Withdraw a waiver",
        description="It stays on record with who withdrew it and when; the next assessment no longer heeds it.",
        tags=TAGS,
        request=None,
        responses={200: WaiverOutput, (409, "application/problem+json"): Problem},
    )
    def post(self, request: Request, uid: Any, waiver: Any) -> Response:
        row = get_object_or_404(selectors.waivers_of(self._cluster()), uid=waiver)
        return Response(self._shown(services.waiver_withdraw(actor=request.user, waiver=row)))

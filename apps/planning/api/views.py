"""Plans, their paths, and what the catalog knows."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.language import request_lang
from apps.core.permissions import AsInAdmin, rights_of
from apps.core.schema import Problem
from apps.planning import selectors, services
from apps.planning.api.serializers import (
    AdditionInput,
    AdditionOutput,
    PathOutput,
    PlanCreateInput,
    PlanOutput,
    PlanUpdateInput,
    ProfileOutput,
    ReleaseOutput,
    StrategyOutput,
)
from apps.planning.choices import PlanStrategy
from apps.planning.models import CatalogAddition, Plan
from migrator.render.jsondoc import plain

CONFLICT = {(409, "application/problem+json"): Problem}
TAGS = ["plans"]


class PlanFilter(django_filters.FilterSet):
    cluster = django_filters.UUIDFilter(field_name="cluster__uid")
    profile = django_filters.CharFilter()
    strategy = django_filters.ChoiceFilter(choices=PlanStrategy.words())

    class Meta:
        model = Plan
        fields = ("cluster", "profile", "strategy")


@extend_schema_view(
    list=extend_schema(summary="List plans", tags=TAGS),
    retrieve=extend_schema(summary="Show a plan", tags=TAGS),
)
class PlanViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Plan]):
    serializer_class = PlanOutput
    permission_classes = (AsInAdmin,)
    needs = rights_of("planning.plan")
    filterset_class = PlanFilter
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = Plan.objects.none()

    def get_queryset(self) -> QuerySet[Plan]:
        return selectors.visible_to(self.request.user)

    @extend_schema(summary="Make a plan", tags=TAGS, request=PlanCreateInput, responses={201: PlanOutput})
    def create(self, request: Request) -> Response:
        form = PlanCreateInput(data=request.data)
        form.is_valid(raise_exception=True)
        plan = services.plan_create(actor=request.user, **form.validated_data)
        location = request.build_absolute_uri(reverse("plan-detail", kwargs={"uid": plan.uid}))
        return Response(self.get_serializer(plan).data, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(
        summary="Change what a plan asks", tags=TAGS, request=PlanUpdateInput(partial=True), responses={200: PlanOutput}
    )
    def partial_update(self, request: Request, uid: Any) -> Response:
        form = PlanUpdateInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        plan = services.plan_update(plan=self.get_object(), changes=form.validated_data)
        return Response(self.get_serializer(plan).data)

    @extend_schema(summary="Delete a plan that has no history", tags=TAGS, responses={204: None, **CONFLICT})
    def destroy(self, request: Request, uid: Any) -> Response:
        services.plan_delete(plan=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Find the path of a plan and the strategy that follows",
        tags=TAGS,
        responses={200: PathOutput, **CONFLICT, (422, "application/problem+json"): Problem},
    )
    @action(detail=True)
    def path(self, request: Request, uid: Any) -> Response:
        route, lang = selectors.plan_route(self.get_object()), request_lang()
        body = {**plain(route.path, lang), "strategy": plain(route.choice, lang)}
        return Response(PathOutput(body).data)

    @extend_schema(
        summary="Compare both strategies, each by its own checks",
        tags=TAGS,
        responses={200: StrategyOutput, **CONFLICT, (422, "application/problem+json"): Problem},
    )
    @action(detail=True)
    def strategies(self, request: Request, uid: Any) -> Response:
        return Response(StrategyOutput(plain(selectors.plan_comparison(self.get_object()), request_lang())).data)

    @extend_schema(
        summary="Draw the upgrade paths with that of the plan",
        tags=TAGS,
        responses={(200, "image/svg+xml"): OpenApiTypes.STR, **CONFLICT},
    )
    @action(detail=True)
    def graph(self, request: Request, uid: Any) -> HttpResponse:
        return HttpResponse(selectors.plan_graph(self.get_object(), request_lang()), content_type="image/svg+xml")


class MayEditCatalog(BasePermission):
    """Everybody reads; whoever may change additions in the admin writes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        allowed = request.method in SAFE_METHODS or request.user.has_perm("planning.change_catalogaddition")
        return bool(request.user and request.user.is_authenticated and allowed)


@extend_schema_view(
    list=extend_schema(summary="List additions to the catalog", tags=["catalog"]),
    retrieve=extend_schema(summary="Show an addition to the catalog", tags=["catalog"]),
    destroy=extend_schema(summary="Delete an addition to the catalog", tags=["catalog"]),
)
class AdditionViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[CatalogAddition],
):
    serializer_class = AdditionOutput
    permission_classes = (MayEditCatalog,)
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    queryset = CatalogAddition.objects.all()

    @extend_schema(
        summary="Add an upgrade, a known risk or versions of an add-on",
        tags=["catalog"],
        request=AdditionInput,
        responses={201: AdditionOutput},
    )
    def create(self, request: Request) -> Response:
        form = AdditionInput(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.addition_create(actor=request.user, **form.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change an addition to the catalog",
        tags=["catalog"],
        request=AdditionInput(partial=True),
        responses={200: AdditionOutput},
    )
    def partial_update(self, request: Request, uid: Any) -> Response:
        form = AdditionInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        row = services.addition_update(addition=self.get_object(), changes=form.validated_data)
        return Response(self.get_serializer(row).data)


class CatalogViewSet(viewsets.ViewSet):
    """Small lists, complete in one answer."""

    @extend_schema(summary="List profiles with their path tables", tags=["catalog"], responses=ProfileOutput(many=True))
    @action(detail=False)
    def profiles(self, request: Request) -> Response:
        lang = request_lang()
        rows = [{**plain(p, lang), "title": p.title[lang]} for p in selectors.catalog().profiles]
        return Response(ProfileOutput(rows, many=True).data)

    @extend_schema(summary="List releases", tags=["catalog"], responses=ReleaseOutput(many=True))
    @action(detail=False)
    def releases(self, request: Request) -> Response:
        return Response(ReleaseOutput(plain(selectors.catalog().releases, request_lang()), many=True).data)

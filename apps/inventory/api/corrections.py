"""Corrections of a cluster's facts, and the fields that can be corrected."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.language import request_lang
from apps.core.permissions import AsInAdmin, rights_of
from apps.core.schema import Problem
from apps.inventory import adapters, corrections, selectors
from apps.inventory import models as rows
from apps.inventory.choices import CorrectionState
from migrator.render.corrections import correction_text
from migrator.render.facts import field_name, section_title
from migrator.snapshot.correctable import FIELDS, ValueType

PROBLEM = "application/problem+json"


class CorrectionChange(serializers.Serializer[Any]):
    value = serializers.JSONField(allow_null=True, help_text="In the type of the field, see correctable-fields")
    reason = serializers.CharField(max_length=2000)


class CorrectionInput(CorrectionChange):
    section = serializers.ChoiceField(choices=tuple(FIELDS))
    key = serializers.CharField(
        max_length=512,
        required=False,
        default="",
        allow_blank=True,
        help_text="Name of the object: pv-data, shop/web, shop/Deployment/web; empty for the cluster itself",
    )
    field = serializers.CharField(max_length=40)


class CorrectionOutput(serializers.ModelSerializer[rows.Correction]):
    state = serializers.ChoiceField(
        choices=CorrectionState.choices, read_only=True, help_text="In the latest snapshot of the cluster"
    )
    message = serializers.SerializerMethodField(help_text="What became of it, in the language of the request")
    created_by = serializers.CharField(source="created_by.username", read_only=True)
    withdrawn_by = serializers.CharField(source="withdrawn_by.username", default=None, read_only=True)

    class Meta:
        model = rows.Correction
        fields = (
            "uid",
            "section",
            "key",
            "field",
            "value",
            "read_value",
            "found_value",
            "state",
            "message",
            "reason",
            "created_by",
            "created_at",
            "updated_at",
            "withdrawn_by",
            "withdrawn_at",
        )
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_message(self, row: rows.Correction) -> str:
        return correction_text(adapters.correction_use(row), request_lang())


class CorrectionFilter(FilterSet):
    section = CharFilter()
    key = CharFilter()
    state = ChoiceFilter(choices=CorrectionState.choices)
    withdrawn = BooleanFilter(field_name="withdrawn_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = rows.Correction
        fields = ("section", "key", "state", "withdrawn")


@extend_schema_view(
    list=extend_schema(summary="List the corrections of a cluster", tags=["corrections"]),
    retrieve=extend_schema(summary="Show a correction", tags=["corrections"]),
)
class CorrectionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[rows.Correction]):
    permission_classes = (AsInAdmin,)
    needs = {
        **rights_of("inventory.correction"),
        "DELETE": "inventory.change_correction",
    }  # it is withdrawn, not deleted
    serializer_class = CorrectionOutput
    filterset_class = CorrectionFilter
    lookup_field = "uid"
    queryset = rows.Correction.objects.none()

    def get_queryset(self) -> QuerySet[rows.Correction]:
        if getattr(self, "swagger_fake_view", False):
            return rows.Correction.objects.none()
        return selectors.corrections(self._cluster())

    def _cluster(self) -> rows.Cluster:
        clusters = selectors.visible_to(rows.Cluster.objects.all(), self.request.user)
        return get_object_or_404(clusters, uid=self.kwargs["cluster_uid"])

    def _shown(self, correction: rows.Correction) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=correction.pk)).data

    @extend_schema(
        summary="Correct a field of what was read",
        description="Holds for the latest snapshot and for every one that is imported later.",
        tags=["corrections"],
        request=CorrectionInput,
        responses={201: CorrectionOutput, (409, PROBLEM): Problem},
    )
    def create(self, request: Request, **kwargs: Any) -> Response:
        form = CorrectionInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = corrections.correction_make(cluster=self._cluster(), actor=request.user, **form.validated_data)
        return Response(self._shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change or confirm a correction",
        description="What it said before is kept as a withdrawn correction. The same value again confirms it.",
        tags=["corrections"],
        request=CorrectionChange(partial=True),
        responses={200: CorrectionOutput, (409, PROBLEM): Problem},
    )
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        row = self.get_object()
        form = CorrectionChange(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        given = {"value": row.value, "reason": row.reason, **form.validated_data}
        changed = corrections.correction_change(row, actor=request.user, **given)
        return Response(self._shown(changed))

    @extend_schema(
        summary="Withdraw a correction",
        description="What was read holds again. The correction stays in the list of withdrawn ones.",
        tags=["corrections"],
        responses={204: None, (409, PROBLEM): Problem},
    )
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        corrections.correction_withdraw(self.get_object(), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CorrectableFieldOutput(serializers.Serializer[Any]):
    section = serializers.CharField()
    field = serializers.CharField()
    title = serializers.CharField(help_text="In the language of the request")
    type = serializers.ChoiceField(choices=[t.value for t in ValueType])
    choices = serializers.ListField(child=serializers.CharField(), help_text="The only values, where there are any")
    optional = serializers.BooleanField(help_text="Whether null or empty text is a value too")


class CorrectableFieldsView(APIView):
    @extend_schema(
        summary="List the fields that can be corrected",
        tags=["corrections"],
        operation_id="correctable_fields_list",
        responses=CorrectableFieldOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        lang = request_lang()
        listed = [
            {
                "section": section,
                "field": field.name,
                "title": f"{section_title(section, lang)} · {field_name(field.name, lang)}",
                "type": field.type.value,
                "choices": list(field.choices),
                "optional": field.optional,
            }
            for section, fields in FIELDS.items()
            for field in fields.values()
        ]
        return Response(listed)

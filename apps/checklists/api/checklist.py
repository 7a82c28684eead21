"""The checklist as a workbook: download, and upload of one that a person filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.checklists import selectors
from apps.checklists.api.serializers import AttestationOutput, LanguageQuery
from apps.checklists.checklist import ChecklistRefused, checklist_file, checklist_import, content_of
from apps.core.language import request_lang
from apps.core.permissions import AsInAdmin
from apps.core.schema import Problem
from apps.inventory.selectors import clusters
from migrator.checks.answersheet import SheetFault
from migrator.locale import say
from migrator.snapshot.sheets.files import XLSX_TYPE

FAULTS_SHOWN = 100


class ChecklistInput(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=1024, use_url=False, help_text="A downloaded checklist (XLSX), filled in")
    any_cluster = serializers.BooleanField(
        required=False, default=False, help_text="Take it although it was exported for another cluster"
    )


class ChecklistOutput(serializers.Serializer[Any]):
    stored = AttestationOutput(many=True)
    unchanged = serializers.IntegerField(help_text="Rows whose answers were there already, or that nobody touched")


class AssessmentChecklist(APIView):
    @extend_schema(
        summary="Download the checklist as a workbook to fill in",
        description="One row for each check. Answers given since the assessment stand in it; imported as it is, it "
        "changes nothing.",
        tags=["assessments"],
        parameters=[LanguageQuery],
        responses={(200, XLSX_TYPE): OpenApiTypes.BINARY, (422, "application/problem+json"): Problem},
    )
    def get(self, request: Request, uid: Any) -> HttpResponse:
        query = LanguageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        assessment = get_object_or_404(selectors.visible_to(request.user), uid=uid)
        return checklist_file(assessment, query.validated_data.get("lang") or request_lang())


class ClusterChecklist(APIView):
    permission_classes = (AsInAdmin,)
    needs = {"POST": "checklists.add_attestation"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        summary="Import a filled-in checklist",
        description="All answers are stored or none. A wrong cell is named by a pointer such as "
        "`#/检查清单/12/valid_until`: sheet, row (from 1, as Excel counts), column. A checklist of another cluster is "
        "refused as `checklist_of_other_cluster` unless `any_cluster` is true.",
        tags=["attestations"],
        request={"multipart/form-data": ChecklistInput},
        responses={
            200: ChecklistOutput,
            201: ChecklistOutput,
            (413, "application/problem+json"): Problem,
            (422, "application/problem+json"): Problem,
        },
    )
    def post(self, request: Request, uid: Any) -> Response:
        cluster = get_object_or_404(clusters(request.user), uid=uid)
        form = ChecklistInput(data=request.data)
        form.is_valid(raise_exception=True)
        content, name = content_of(form.validated_data["file"])
        try:
            imported = checklist_import(
                actor=request.user,
                cluster=cluster,
                content=content,
                name=name,
                any_cluster=form.validated_data["any_cluster"],
            )
        except ChecklistRefused as refused:
            raise ValidationError(_pointed(refused.faults)) from refused
        code = status.HTTP_201_CREATED if imported.stored else status.HTTP_200_OK
        return Response(ChecklistOutput(imported).data, status=code)


def _pointed(faults: Sequence[SheetFault]) -> dict[str, Any]:
    """The first wrong cells by sheet, row and column."""
    found: dict[str, Any] = {}
    for fault in faults[:FAULTS_SHOWN]:
        cell = found.setdefault(fault.sheet, {}).setdefault(str(fault.row), {}).setdefault(fault.column, [])
        cell.append(ErrorDetail(say(fault.told, request_lang()), code=fault.code))
    return found

"""Files of evidence over HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists.evidence import evidence_add, evidence_answer
from apps.checklists.models import Attestation, EvidenceFile
from apps.checklists.selectors import attestations_of
from apps.core.permissions import AsInAdmin
from apps.core.schema import Problem
from apps.inventory.models import Cluster
from apps.inventory.selectors import clusters

TAGS = ["attestations"]
WHAT_NOT = (
    "Screenshots, exported tables, tickets, minutes. Leave out whatever opens a door: passwords, keys, tokens, "
    "kubeconfig files, manifests of Secrets. The files are kept as they are, and everybody who logs in can download "
    "them."
)


class EvidenceInput(serializers.Serializer[Any]):
    files = serializers.ListField(
        child=serializers.FileField(max_length=1024, allow_empty_file=True), allow_empty=False, help_text=WHAT_NOT
    )


class EvidenceOutput(serializers.ModelSerializer[EvidenceFile]):
    attestation = serializers.UUIDField(source="attestation.uid", read_only=True)
    added_by = serializers.CharField(source="added_by.username", read_only=True)

    class Meta:
        model = EvidenceFile
        fields = ("uid", "attestation", "name", "size", "sha256", "added_by", "created_at")
        read_only_fields = fields


class _OfAttestation(generics.GenericAPIView[EvidenceFile]):
    serializer_class = EvidenceOutput
    filter_backends = ()
    queryset = EvidenceFile.objects.none()

    def _attestation(self) -> Attestation:
        cluster: Cluster = get_object_or_404(clusters(self.request.user), uid=self.kwargs["uid"])
        return get_object_or_404(attestations_of(cluster), uid=self.kwargs["attestation"])

    def _files(self) -> QuerySet[EvidenceFile]:
        return EvidenceFile.objects.filter(attestation=self._attestation()).select_related("attestation", "added_by")


class AttestationFiles(_OfAttestation):
    permission_classes = (AsInAdmin,)
    needs = {"POST": "checklists.add_attestation"}
    parser_classes = (MultiPartParser,)

    @extend_schema(summary="List the files of an answer", tags=TAGS, responses=EvidenceOutput(many=True))
    def get(self, request: Request, uid: Any, attestation: Any) -> Response:
        page = self.paginate_queryset(self._files())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        summary="Add files to an answer",
        description=f"All are kept or none. {WHAT_NOT}",
        tags=TAGS,
        request=EvidenceInput,
        responses={201: EvidenceOutput(many=True), (413, "application/problem+json"): Problem},
    )
    def post(self, request: Request, uid: Any, attestation: Any) -> Response:
        form = EvidenceInput(data=request.data)
        form.is_valid(raise_exception=True)
        rows = evidence_add(actor=request.user, attestation=self._attestation(), uploads=form.validated_data["files"])
        return Response(self.get_serializer(rows, many=True).data, status=status.HTTP_201_CREATED)


class AttestationFile(_OfAttestation):
    pagination_class = None

    @extend_schema(
        summary="Download a file of an answer",
        description="Always as an attachment.",
        tags=TAGS,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, uid: Any, attestation: Any, file: Any) -> FileResponse:
        return evidence_answer(get_object_or_404(self._files(), uid=file))

"""The manifests of a revision over HTTP, and what is to be known about them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.checklists.api.serializers import SubjectOutput
from apps.checklists.api.views import OUTDATED
from apps.core.downloads import disposition
from apps.core.language import request_lang
from apps.core.schema import Problem
from apps.planning.api.serializers import Sentence
from apps.runbooks import selectors
from apps.runbooks.adapters import legible
from apps.runbooks.models import Runbook
from migrator.render.jsondoc import plain

TAGS = ["manifests"]
PROBLEM = "application/problem+json"
REFUSED = {(400, PROBLEM): Problem, (409, PROBLEM): Problem, **OUTDATED}


class ManifestsQuery(serializers.Serializer[Any]):
    wave = serializers.CharField(required=False, help_text="Such as 50-workloads")
    namespace = serializers.CharField(required=False)
    kind = serializers.CharField(required=False)
    name = serializers.CharField(required=False)


class _Pages(ManifestsQuery):
    page = serializers.IntegerField(required=False, min_value=1)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=500)


class ManifestOutput(serializers.Serializer[Any]):
    path = serializers.CharField()
    wave = serializers.CharField(help_text="Waves are applied in the order of their names")
    refs = SubjectOutput(many=True, help_text="The objects as the old cluster named them")
    sha256 = serializers.CharField()
    bytes = serializers.IntegerField()


class NoteOutput(serializers.Serializer[Any]):
    ref = SubjectOutput()
    text = Sentence()
    open = serializers.BooleanField(help_text="Whether a person must do something")


class LeftOutOutput(serializers.Serializer[Any]):
    ref = SubjectOutput()
    reason = Sentence()


class NotesOutput(serializers.Serializer[Any]):
    notes = NoteOutput(many=True)
    left_out = LeftOutOutput(many=True)


class FileQuery(serializers.Serializer[Any]):
    path = serializers.CharField()


class _OfRunbook(generics.GenericAPIView[Runbook]):
    filter_backends = ()
    queryset = Runbook.objects.none()

    def _runbook(self) -> Runbook:
        return get_object_or_404(selectors.visible_to(self.request.user), uid=self.kwargs["uid"])


class RunbookManifests(_OfRunbook):
    serializer_class = ManifestOutput

    @extend_schema(
        summary="List the manifests of a runbook",
        tags=TAGS,
        parameters=[_Pages],
        responses={(200, "application/json"): ManifestOutput(many=True), **REFUSED},
    )
    def get(self, request: Request, uid: Any) -> Response:
        query = ManifestsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = list(selectors.manifests_where(self._runbook(), **query.validated_data))
        page = self.paginator.paginate_queryset(found, request, self)  # type: ignore[union-attr]
        rows = [
            {
                "path": file.path,
                "wave": file.wave,
                "refs": plain(file.refs, request_lang()),
                "sha256": file.sha256,
                "bytes": len(file.text.encode()),
            }
            for file in page or ()
        ]
        return self.get_paginated_response(rows)


class RunbookManifest(_OfRunbook):
    pagination_class = None

    @extend_schema(
        summary="Download a manifest",
        tags=TAGS,
        parameters=[FileQuery],
        responses={(200, "application/yaml"): OpenApiTypes.BINARY, **REFUSED},
    )
    def get(self, request: Request, uid: Any) -> HttpResponse:
        query = FileQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        file = selectors.manifest(self._runbook(), query.validated_data["path"])
        answer = HttpResponse(file.text, content_type="application/yaml; charset=utf-8")
        answer["Content-Disposition"] = disposition(file.path.rpartition("/")[2])
        return answer


class RunbookManifestNotes(_OfRunbook):
    serializer_class = NotesOutput
    pagination_class = None

    @extend_schema(
        summary="List what is to be known about the manifests, and what has none",
        tags=TAGS,
        responses={200: NotesOutput, (409, PROBLEM): Problem, **OUTDATED},
    )
    def get(self, request: Request, uid: Any) -> Response:
        runbook = self._runbook()
        bundle, lang = selectors.manifests(runbook), request_lang()
        with legible(runbook):
            body = {"notes": plain(bundle.notes, lang), "left_out": plain(bundle.left_out, lang)}
        return Response(body)

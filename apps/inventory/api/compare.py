"""Two snapshots compared: the numbers of every section, and the entries of one in pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response, patch_cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.language import request_lang
from apps.core.schema import Problem
from apps.inventory import models as rows
from apps.inventory import selectors
from apps.inventory.choices import CoverageState
from apps.inventory.comparisons import (
    LISTS,
    comparison_entries,
    comparison_section,
    comparison_summary,
    comparison_tag,
)
from migrator.render.comparison import change_text
from migrator.render.facts import field_name, section_title
from migrator.render.jsondoc import plain
from migrator.snapshot.compare import Entry
from migrator.snapshot.identity import ROWS

WITH = OpenApiParameter("with", OpenApiTypes.UUID, required=True, description="The earlier snapshot")
OTHERWISE = {304: None, (400, "application/problem+json"): Problem}


class WithInput(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "with": serializers.UUIDField()}  # a keyword of Python


class EntriesInput(WithInput):
    section = serializers.ChoiceField(choices=tuple(ROWS))
    change = serializers.ChoiceField(choices=LISTS, required=False)
    search = serializers.CharField(required=False, allow_blank=True, max_length=200)


class SideOutput(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=CoverageState.choices)
    count = serializers.IntegerField()
    refused = serializers.ListField(child=serializers.CharField(), help_text="Kinds that the cluster denied")


class SectionSummaryOutput(serializers.Serializer[Any]):
    section = serializers.CharField()
    title = serializers.CharField(help_text="In the language of the request")
    old = SideOutput()
    new = SideOutput()
    differs = serializers.BooleanField(help_text="Whether the configuration is another, or may be")
    passing = serializers.BooleanField(help_text="What it holds comes and goes by itself and makes no difference")
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    changed = serializers.IntegerField()
    state_only = serializers.IntegerField(help_text="Changed in what changes by itself, such as a phase")
    untold_old = serializers.IntegerField(help_text="In the earlier one only; the later export did not look for them")
    untold_new = serializers.IntegerField(help_text="In the later one only; the earlier export did not look for them")
    unchanged = serializers.IntegerField()


class CountOutput(serializers.Serializer[Any]):
    namespace = serializers.CharField()
    kind = serializers.CharField()
    old = serializers.IntegerField(allow_null=True, help_text="null: not looked for")
    new = serializers.IntegerField(allow_null=True, help_text="null: not looked for")


class ComparedOutput(serializers.Serializer[Any]):
    uid = serializers.UUIDField()
    cluster = serializers.UUIDField()
    number = serializers.IntegerField()
    version = serializers.CharField()
    digest = serializers.CharField()


class ComparisonOutput(serializers.Serializer[Any]):
    old = ComparedOutput()
    new = ComparedOutput()
    differs = serializers.BooleanField()
    counts = CountOutput(many=True, help_text="Workloads of the business by namespace and kind")
    sections = SectionSummaryOutput(many=True)


class ChangeOutput(serializers.Serializer[Any]):
    field = serializers.CharField()
    title = serializers.CharField(help_text="In the language of the request")
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)
    state = serializers.BooleanField(help_text="Changes by itself; no difference of the configuration")
    message = serializers.CharField(help_text="In the language of the request")


class EntryOutput(serializers.Serializer[Any]):
    change = serializers.ChoiceField(choices=LISTS)
    key = serializers.CharField()
    kind = serializers.CharField()
    namespace = serializers.CharField()
    name = serializers.CharField()
    system = serializers.BooleanField(help_text="Of the platform")
    changes = ChangeOutput(many=True)


class _ComparisonView(GenericAPIView[rows.Snapshot]):
    """Base of both: finds the two snapshots and answers 304 to whoever has the answer already."""

    filter_backends = ()
    input_class: type[WithInput] = WithInput

    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        form = self.input_class(data=request.query_params)
        form.is_valid(raise_exception=True)
        visible = selectors.snapshots(request.user)
        new = get_object_or_404(visible, uid=self.kwargs["uid"])
        old = get_object_or_404(visible, uid=form.validated_data["with"])
        tag = comparison_tag(old, new, request_lang(), request.get_full_path())
        known = get_conditional_response(request._request, etag=tag)
        answer = known if known is not None else self.answer(old, new, form.validated_data)
        answer["ETag"] = tag
        patch_cache_control(answer, private=True, no_cache=True)
        return answer

    def answer(self, old: rows.Snapshot, new: rows.Snapshot, asked: dict[str, Any]) -> Response:
        raise NotImplementedError


class CompareView(_ComparisonView):
    serializer_class = ComparisonOutput
    pagination_class = None

    @extend_schema(
        summary="Compare a snapshot with an earlier one",
        description="Numbers only; the entries of a section are at compare/entries/. Compared is what was read, "
        "corrections left aside. Answers carry an ETag: the same question with If-None-Match costs nothing.",
        tags=["snapshots"],
        operation_id="snapshots_compare",
        parameters=[WITH],
        responses={200: ComparisonOutput, **OTHERWISE},
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return super().get(request, **kwargs)

    def answer(self, old: rows.Snapshot, new: rows.Snapshot, asked: dict[str, Any]) -> Response:
        lang = request_lang()
        summary = plain(comparison_summary(old, new), lang)
        for section in summary["sections"]:
            section["title"] = section_title(section["section"], lang)
        return Response({**summary, "old": _compared(old), "new": _compared(new)})


class CompareEntriesView(_ComparisonView):
    serializer_class = EntryOutput
    input_class = EntriesInput

    @extend_schema(
        summary="List what differs in one section of two snapshots",
        description="In pages, the objects of the business first, each list by key.",
        tags=["snapshots"],
        operation_id="snapshots_compare_entries",
        parameters=[
            WITH,
            OpenApiParameter("section", OpenApiTypes.STR, required=True, enum=tuple(ROWS)),
            OpenApiParameter("change", OpenApiTypes.STR, enum=LISTS, description="Left out: all, one after the other"),
            OpenApiParameter("search", OpenApiTypes.STR, description="Part of the object's name"),
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
        responses={200: EntryOutput(many=True), **OTHERWISE},
    )
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        return super().get(request, **kwargs)

    def answer(self, old: rows.Snapshot, new: rows.Snapshot, asked: dict[str, Any]) -> Response:
        section = comparison_section(old, new, asked["section"])
        found = list(comparison_entries(section, asked.get("change") or "", asked.get("search") or ""))
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response([_entry(change, entry) for change, entry in page])


def _compared(row: rows.Snapshot) -> dict[str, Any]:
    return {
        "uid": row.uid,
        "cluster": row.cluster.uid,
        "number": row.number,
        "version": row.version,
        "digest": row.digest,
    }


def _entry(change: str, entry: Entry) -> dict[str, Any]:
    lang = request_lang()
    changes = [
        {**plain(c, lang), "title": field_name(c.field, lang), "message": change_text(c, lang)} for c in entry.changes
    ]
    return {"change": change, **plain(entry, lang), "changes": changes}

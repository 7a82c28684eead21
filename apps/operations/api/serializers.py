"""An operation as programs see it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.language import reason_text, request_lang
from apps.core.problems import shown_problem
from apps.core.schema import Problem
from apps.operations.models import Operation, OperationFile


class OperationProgress(serializers.Serializer[Any]):
    phase = serializers.CharField(required=False, help_text="Of an import: unpack, read, store")
    done = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)
    text = serializers.CharField(required=False, help_text="What is being worked on, for instance a file name")
    percent = serializers.IntegerField(required=False, help_text="Of the phase, where it can be told")


class OperationOutput(serializers.ModelSerializer[Operation]):
    actor = serializers.CharField(source="actor.username", default=None, read_only=True)
    progress = OperationProgress(read_only=True)
    result = serializers.JSONField(
        read_only=True, allow_null=True, help_text="Ids of what was made, by name of the thing"
    )
    problem = serializers.SerializerMethodField()
    files = serializers.HyperlinkedIdentityField(
        view_name="operation-files", lookup_field="uid", help_text="List of the files that it works through"
    )

    class Meta:
        model = Operation
        fields = (
            "uid",
            "kind",
            "status",
            "target",
            "actor",
            "progress",
            "result",
            "problem",
            "files",
            "attempts",
            "created_at",
            "started_at",
            "ended_at",
        )
        read_only_fields = fields

    @extend_schema_field(Problem(allow_null=True))
    def get_problem(self, operation: Operation) -> dict[str, Any] | None:
        return shown_problem(operation.problem, request_lang())


class OperationFileOutput(serializers.ModelSerializer[OperationFile]):
    file = serializers.CharField(source="name", read_only=True)
    size = serializers.IntegerField(read_only=True, allow_null=True, help_text="Bytes, where they are known")
    objects = serializers.IntegerField(  # type: ignore[assignment]
        source="objects_read", read_only=True, help_text="Objects read up to now"
    )
    objects_expected = serializers.IntegerField(
        read_only=True, help_text="While the file is being read: how many its lists announce; 0 where none does"
    )
    message = serializers.SerializerMethodField(help_text="Why it could not be read, or not fully")

    class Meta:
        model = OperationFile
        fields = ("file", "size", "status", "objects", "objects_expected", "reason", "values", "message")
        read_only_fields = fields

    def get_message(self, row: OperationFile) -> str:
        return reason_text(row.reason, row.values)

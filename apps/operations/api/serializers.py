"""An operation as programs see it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.language import request_lang
from apps.core.problems import shown_problem
from apps.core.schema import Problem
from apps.operations.models import Operation


class OperationProgress(serializers.Serializer[Any]):
    phase = serializers.CharField(required=False)
    done = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)
    text = serializers.CharField(required=False, help_text="What is being worked on, for instance a file name")


class OperationOutput(serializers.ModelSerializer[Operation]):
    actor = serializers.CharField(source="actor.username", default=None, read_only=True)
    progress = OperationProgress(read_only=True)
    result = serializers.JSONField(
        read_only=True, allow_null=True, help_text="Ids of what was made, by name of the thing"
    )
    problem = serializers.SerializerMethodField()

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
            "attempts",
            "created_at",
            "started_at",
            "ended_at",
        )
        read_only_fields = fields

    @extend_schema_field(Problem(allow_null=True))
    def get_problem(self, operation: Operation) -> dict[str, Any] | None:
        return shown_problem(operation.problem, request_lang())

"""OpenAPI: every operation names the problem document, once, as a shared component."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ProblemFieldError(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON pointer of the field")
    code = serializers.CharField()
    detail = serializers.CharField()


class FurtherProblem(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    values = serializers.JSONField(help_text="The parts of the sentence, for programs")


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem document; ``code`` is stable, ``detail`` is in the language of the request."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    instance = serializers.CharField(required=False)
    values = serializers.JSONField(required=False, help_text="The parts of the sentence, for programs")
    errors = ProblemFieldError(many=True, required=False, help_text="The fields of the request that are refused")
    further = FurtherProblem(
        many=True,
        required=False,
        help_text="What else is wrong with an input: the other cells of a table, for instance",
    )


def _may_be_blank(field: Any) -> bool:
    """Whether the column that a field shows may be empty, which a serializer drops from fields that are read only."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    try:
        return bool(model is not None and getattr(model._meta.get_field(field.source), "blank", False))
    except FieldDoesNotExist:
        return False


class ProblemAutoSchema(AutoSchema):
    """Adds 401 to what needs a login, 404 to what has an id or pages, 400, 415 and 422 to a body, 400 to filters.

    405 is the answer to methods that an address does not have, and so to no operation that can be described; the
    description of the whole tells of it.

    Answers are described as they are: null where the framework is told only of a default, and the empty choice.
    """

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        if getattr(field, "read_only", False):
            if field.default is None:
                field.allow_null = True
            if isinstance(field, serializers.ChoiceField) and _may_be_blank(field):
                field.allow_blank = True
        described = super()._map_serializer_field(field, direction, bypass_extensions)
        if described.get("oneOf") == [{}, {"type": "null"}]:
            # Whatever JSON it is: null would be two of these, and so none.
            return {key: value for key, value in described.items() if key != "oneOf"}
        return described

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status in self._problem_statuses():
            bodies.setdefault(status, self._problem_body())
        return bodies

    def _problem_statuses(self) -> list[str]:
        statuses = []
        if self.get_auth():
            statuses += ["401", "403"]
        if "{" in self.path or (self._get_paginator() and self._is_list_view()):
            statuses.append("404")
        if self.method in ("POST", "PUT", "PATCH"):
            statuses += ["400", "422"]
            if self.get_request_serializer() is not None:
                statuses.append("415")
        elif self._get_filter_parameters():
            statuses.append("400")
        return statuses

    def _problem_body(self) -> dict[str, Any]:
        component = self.resolve_serializer(Problem, "response")
        return {"description": "Problem", "content": {"application/problem+json": {"schema": component.ref}}}

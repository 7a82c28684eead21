"""OpenAPI: every operation names the problem document, once, as a shared component."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ProblemFieldError(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON pointer of the field")
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem document; ``code`` is stable, ``detail`` is in the language of the request."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    instance = serializers.CharField(required=False)
    values = serializers.JSONField(required=False, help_text="The parts of the sentence, for programs")
    errors = ProblemFieldError(many=True, required=False)


class ProblemAutoSchema(AutoSchema):
    """Adds 401 to what needs a login, 404 to what has an id, 400 and 422 to what takes a body, 400 to what filters."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status in self._problem_statuses():
            bodies.setdefault(status, self._problem_body())
        return bodies

    def _problem_statuses(self) -> list[str]:
        statuses = []
        if self.get_auth():
            statuses += ["401", "403"]
        if "{" in self.path:
            statuses.append("404")
        if self.method in ("POST", "PUT", "PATCH"):
            statuses += ["400", "422"]
        elif self._get_filter_parameters():
            statuses.append("400")
        return statuses

    def _problem_body(self) -> dict[str, Any]:
        component = self.resolve_serializer(Problem, "response")
        return {"description": "Problem", "content": {"application/problem+json": {"schema": component.ref}}}

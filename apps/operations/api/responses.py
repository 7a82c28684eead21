"""The answer of everything that starts an operation: 202, its address, and the operation itself."""

from __future__ import annotations

from django.urls import reverse
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.operations.api.serializers import OperationOutput
from apps.operations.models import Operation

RETRY_AFTER_SECONDS = 1


def operation_address(operation: Operation) -> str:
    return reverse("operation-detail", kwargs={"uid": operation.uid})


def accepted(operation: Operation, request: Request) -> Response:
    """202 with ``Location`` of the operation and ``Retry-After``."""
    headers = {
        "Location": request.build_absolute_uri(operation_address(operation)),
        "Retry-After": str(RETRY_AFTER_SECONDS),
    }
    body = OperationOutput(operation, context={"request": request}).data
    return Response(body, status=status.HTTP_202_ACCEPTED, headers=headers)

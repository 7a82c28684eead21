"""A token for programs, and who it belongs to. People log in to the admin, whose session is accepted too."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from knox.auth import TokenAuthentication
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from apps.accounts import services
from apps.core.language import request_lang
from apps.core.schema import Problem


class TokenInput(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False, write_only=True)


class TokenOutput(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Send it as: Authorization: Bearer <token>")
    expiry = serializers.DateTimeField()


class MeOutput(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name")
    email = serializers.EmailField()
    is_staff = serializers.BooleanField(help_text="May use the admin")


class TokenView(APIView):
    """POST makes a token, DELETE takes back the one that is used for the request."""

    def get_authenticators(self) -> list[Any]:
        return [] if self.request and self.request.method == "POST" else [TokenAuthentication()]

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"  # also for POST, which has no authenticator: a failed login is 401

    def get_throttles(self) -> list[Any]:
        self.throttle_scope = "login"
        return [ScopedRateThrottle()] if self.request.method == "POST" else []

    @extend_schema(
        summary="Log in",
        tags=["auth"],
        auth=[],
        request=TokenInput,
        responses={
            200: TokenOutput,
            (401, "application/problem+json"): Problem,
            (429, "application/problem+json"): Problem,
        },
    )
    def post(self, request: Request) -> Response:
        form = TokenInput(data=request.data)
        form.is_valid(raise_exception=True)
        token, expiry = services.token_create(request=request._request, lang=request_lang(), **form.validated_data)
        return Response(TokenOutput({"token": token, "expiry": expiry}).data)

    @extend_schema(summary="Log out", tags=["auth"], request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        services.token_revoke(token=request.auth)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    @extend_schema(summary="Who am I", tags=["auth"], responses=MeOutput)
    def get(self, request: Request) -> Response:
        return Response(MeOutput(request.user).data)

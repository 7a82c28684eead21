"""Logging in and out over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from migrator.locale import text


def token_create(*, request: HttpRequest, username: str, password: str, lang: Any) -> tuple[str, datetime]:
    """A new token and when it ends.

    Raises:
        AuthenticationFailed: code ``login_failed``; which of the two was wrong is not told.
    """
    user: AbstractBaseUser | None = authenticate(request, username=username, password=password)
    if user is None:
        raise AuthenticationFailed(text("error.login_failed", lang), code="login_failed")
    row, token = AuthToken.objects.create(user=user)
    user_logged_in.send(sender=type(user), request=request, user=user)
    return token, row.expiry


def token_revoke(*, token: AuthToken) -> None:
    token.delete()

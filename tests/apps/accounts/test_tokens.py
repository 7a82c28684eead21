"""Tokens: made by logging in, end by themselves or by logging out; sessions of the admin are accepted too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from knox.models import AuthToken

PASSWORD = "correct horse battery"
TOKEN = "/api/v1/auth/token/"
ME = "/api/v1/auth/me/"

pytestmark = pytest.mark.usefixtures("fresh_cache")


def log_in(client, password=PASSWORD):
    return client.post(TOKEN, {"username": "manager", "password": password})


def test_a_token_opens_the_api_until_it_is_taken_back(anonymous_api, manager):
    told = log_in(anonymous_api).json()
    anonymous_api.credentials(HTTP_AUTHORIZATION=f"Bearer {told['token']}")
    assert anonymous_api.get(ME).json() == {"username": "manager", "name": "", "email": "", "is_staff": True}
    assert anonymous_api.delete(TOKEN).status_code == 204
    assert anonymous_api.get(ME).status_code == 401


def test_the_token_itself_is_not_stored(anonymous_api, manager):
    token = log_in(anonymous_api).json()["token"]
    row = AuthToken.objects.get()
    assert token not in (row.digest, row.token_key)


def test_an_expired_token_is_refused(anonymous_api, manager):
    told = log_in(anonymous_api).json()
    assert told["expiry"] > timezone.now().isoformat()
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    anonymous_api.credentials(HTTP_AUTHORIZATION=f"Bearer {told['token']}")
    assert anonymous_api.get(ME).status_code == 401


@pytest.mark.parametrize("disabled", [False, True])
def test_a_failed_login_is_401_and_does_not_say_why(anonymous_api, manager, disabled):
    manager.is_active = not disabled
    manager.save()
    response = log_in(anonymous_api, PASSWORD if disabled else "wrong")
    assert (response.status_code, response.json()["code"]) == (401, "login_failed")
    assert not AuthToken.objects.exists()


def test_a_login_without_fields_points_at_them(anonymous_api, db):
    response = anonymous_api.post(TOKEN, {})
    assert response.status_code == 400
    assert {e["pointer"] for e in response.json()["errors"]} == {"#/username", "#/password"}


def test_guessing_is_slowed_down(anonymous_api, manager, monkeypatch):
    from rest_framework.throttling import ScopedRateThrottle

    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"login": "3/min"})
    codes = [log_in(anonymous_api, "wrong").status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    assert int(log_in(anonymous_api)["Retry-After"]) > 0


def test_a_session_of_the_admin_is_accepted_with_csrf_only(manager):
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(manager)
    assert client.get(ME).status_code == 200
    assert client.post("/api/v1/clusters/", {"name": "x"}).status_code == 403


def test_nobody_gets_nothing(anonymous_api, db):
    response = anonymous_api.get(ME)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response["Content-Type"] == "application/problem+json"

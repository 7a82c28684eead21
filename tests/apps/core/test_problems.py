"""Errors reach a client as problem documents with a stable code, in the language of the request."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest
from django.contrib.auth.models import Permission
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.core.errors import Conflict, Malformed, TooLarge
from apps.core.problems import server_error, shown_problem, stored_problem
from migrator.errors import InputError, VersionError


def answer(error: Exception, language: str = "en"):
    class Failing(APIView):
        permission_classes = ()
        authentication_classes = ()

        def get(self, request):
            raise error

    from django.utils import translation

    with translation.override(language):
        return Failing.as_view()(APIRequestFactory().get("/api/v1/things/1/")).render()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (VersionError("version_unreadable", version="x"), 400),
        (VersionError("source_unknown"), 422),
        (InputError("input_not_a_dump", file="a.txt"), 422),
        (Malformed("upload_missing"), 400),
        (Conflict("operation_ended"), 409),
        (TooLarge("upload_too_large", limit=3), 413),
    ],
)
def test_a_domain_error_keeps_its_code(error, status):
    response = answer(error)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.data == {
        "type": f"urn:cce-migrator:problem:{error.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": error.code,
        "detail": error.message("en"),
        "instance": "/api/v1/things/1/",
        "values": error.values,
    }


def test_the_detail_speaks_the_language_of_the_request():
    error = VersionError("version_unreadable", version="x")
    assert answer(error, "zh-hans").data["detail"] == error.message("zh")


def test_a_form_error_points_at_its_fields():
    response = answer(ValidationError({"name": ["too long"], "rows": [{}, {"a/b": ["bad"]}]}))
    assert (response.status_code, response.data["code"]) == (400, "invalid")
    assert {(e["pointer"], e["detail"]) for e in response.data["errors"]} == {
        ("#/name", "too long"),
        ("#/rows/1/a~1b", "bad"),
    }


def test_the_frameworks_own_errors_keep_its_codes():
    assert answer(NotFound()).data["code"] == "not_found"


def test_an_unexpected_error_says_nothing_of_itself():
    response = answer(RuntimeError("password=hunter2"))
    assert (response.status_code, response.data["code"]) == (500, "internal_error")
    assert b"hunter2" not in response.content


@pytest.mark.parametrize(("language", "word"), [("en", "There is no address"), ("zh-hans", "没有地址")])
def test_an_address_that_nobody_has_is_answered_as_a_problem_under_the_api(client, language, word):
    answer = client.get("/api/v1/nonsense/", headers={"accept-language": language})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    problem = answer.json()
    assert word in problem.pop("detail")
    assert problem == {
        "type": "urn:cce-migrator:problem:not_found",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "instance": "/api/v1/nonsense/",
    }
    page = client.get("/nonsense/")
    assert (page.status_code, page["Content-Type"].partition(";")[0]) == (404, "text/html")


def test_what_breaks_outside_the_views_is_answered_as_a_problem_under_the_api(rf):
    answer = server_error(rf.get("/api/v1/clusters/"))
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert json.loads(answer.content)["code"] == "internal_error"
    assert server_error(rf.get("/admin/"))["Content-Type"].startswith("text/html")


def test_a_stored_problem_is_shown_in_either_language():
    error = InputError("input_not_a_dump", file="a.txt")
    stored = stored_problem(error)
    assert shown_problem(stored, "zh")["detail"] == error.message("zh")
    assert shown_problem(stored, "en") == {
        "type": "urn:cce-migrator:problem:input_not_a_dump",
        "title": HTTPStatus(422).phrase,
        "status": 422,
        "code": "input_not_a_dump",
        "detail": error.message("en"),
        "values": {"file": "a.txt"},
    }
    assert shown_problem(None, "en") is None


@pytest.mark.parametrize(("lang", "denied"), [("zh-CN", "没有这项操作的权限"), ("en", "may not do this")])
def test_pages_refused_or_missing_are_told_in_the_language_of_the_reader(client, looker, cluster, lang, denied):
    closed, missing = f"/admin/inventory/cluster/{cluster.pk}/import/", "/admin/nowhere/"
    client.force_login(looker)
    refused = client.get(closed, headers={"accept-language": lang})
    assert refused.status_code == 403
    assert denied in refused.content.decode()
    lost = client.get(missing, headers={"accept-language": lang})
    assert lost.status_code == 404
    assert missing in lost.content.decode()
    assert "Welcome" not in lost.content.decode()
    assert 'href="/admin/"' in lost.content.decode()
    client.logout()
    assert client.get(closed)["Location"].startswith("/admin/login/")


@pytest.fixture
def looker(django_user_model):
    """Works in the admin and may only look at clusters."""
    person = django_user_model.objects.create_user("looker", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_cluster"))
    return person

"""Errors as RFC 9457 problem documents with a stable ``code``; here exceptions become answers.

A ``MigratorError`` keeps its code and values and speaks the language of the request; the framework's own errors keep
the framework's codes. What is stored with an operation (``stored_problem``) holds both languages.
"""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import RequestDataTooBig
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import defaults
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework.exceptions import APIException, ErrorDetail
from rest_framework.response import Response

from apps.core.errors import Conflict, RefusedRequest, ServiceError, TooLarge
from apps.core.language import request_lang
from migrator.errors import MigratorError
from migrator.locale import LANGS, Lang, Msg, text

MEDIA_TYPE = "application/problem+json"
_MALFORMED = frozenset({"version_unreadable", "range_unreadable"})


def type_of(code: str) -> str:
    return f"urn:cce-migrator:problem:{code}"


def status_of(error: MigratorError) -> int:
    """400 for a value that cannot be read, 422 for one that the domain refuses, or what a ``ServiceError`` says."""
    if isinstance(error, ServiceError):
        return error.status
    return 400 if error.code in _MALFORMED else 422


def stored_problem(error: MigratorError) -> dict[str, Any]:
    """The problem as an operation keeps it: without a language, with the sentence in each; what else is wrong with an
    input behind it."""
    further = [_stored(other) for other in getattr(error, "further", ())]
    problem = {"type": type_of(error.code), "status": status_of(error), **_stored(error)}
    return {**problem, "further": further} if further else problem


def _stored(error: MigratorError) -> dict[str, Any]:
    return {
        "code": error.code,
        "values": plain_values(error.values),
        "details": {lang: error.message(lang) for lang in LANGS},
    }


def shown_problem(stored: Mapping[str, Any] | None, lang: Lang) -> dict[str, Any] | None:
    """A stored problem as a problem document in one language."""
    if not stored:
        return None
    problem = {
        "type": stored["type"],
        "title": title_of(stored["status"]),
        "status": stored["status"],
        "code": stored["code"],
        "detail": stored["details"][lang],
        "values": stored["values"],
    }
    if further := stored.get("further"):
        problem["further"] = [
            {"code": other["code"], "detail": other["details"][lang], "values": other["values"]} for other in further
        ]
    return problem


def plain_values(values: Mapping[str, object]) -> dict[str, Any]:
    """The values of a sentence as JSON knows them."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: object) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Msg):
        return {"key": value.key, "values": plain_values(value.values)}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return plain_values({str(k): v for k, v in value.items()})
    return str(value)


def title_of(status: int) -> str:
    return http.HTTPStatus(status).phrase


class _Refusal(APIException):
    """A ``MigratorError`` on its way through the framework's handler."""

    def __init__(self, error: MigratorError) -> None:
        self.status_code = status_of(error)
        super().__init__(error.message(request_lang()), error.code)


class ProblemHandler(ExceptionHandler):
    """Lets errors of the core and protected rows become client errors, and answers as ``application/problem+json``."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, ProtectedError):
            names = sorted({str(o._meta.verbose_name) for o in exc.protected_objects})
            exc = Conflict("still_used", kinds=names)
        if isinstance(exc, RequestDataTooBig):
            exc = TooLarge("body_too_large", limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20)
        if isinstance(exc, RefusedRequest):
            exc = exc.error
        if isinstance(exc, MigratorError):
            # Kept for the formatter, which gives out the values of the sentence.
            self.exc = exc
            return _Refusal(exc)
        return super().convert_known_exceptions(exc)

    def get_response(self, exc: APIException, data: dict[str, Any]) -> Response:
        return Response(data, status=exc.status_code, headers=self.get_headers(exc), content_type=MEDIA_TYPE)


_OF_NO_FIELD = "non_field_errors"


class ProblemFormatter(ExceptionFormatter):
    """``type title status detail code instance``; ``values`` of a domain error, ``errors`` with pointers of a form,
    also of the field that a domain error is about."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        first = error_response.errors[0] if error_response.errors else None
        is_form = error_response.type == "validation_error"
        code = "invalid" if is_form else self._code(first.code if first else "error")
        problem: dict[str, Any] = {
            "type": type_of(code),
            "title": title_of(self.exc.status_code),
            "status": self.exc.status_code,
            "code": code,
            "detail": self._detail(is_form, first.detail if first else ""),
        }
        if (request := self.context.get("request")) is not None:
            problem["instance"] = request.path
        if isinstance(self.original_exc, MigratorError):
            problem["values"] = plain_values(self.original_exc.values)
            if field := self.original_exc.field:
                problem["errors"] = [{"pointer": _pointer(field), "code": code, "detail": problem["detail"]}]
        if is_form:
            problem["errors"] = [
                {"pointer": _pointer(e.attr), "code": e.code, "detail": e.detail} for e in error_response.errors
            ]
        return problem

    def _code(self, given: str) -> str:
        return "internal_error" if self.exc.status_code >= 500 and given == "error" else given

    def _detail(self, is_form: bool, detail: str) -> str:
        if is_form:
            return text("error.form_invalid", request_lang())
        if self.exc.status_code >= 500:
            return text("error.internal_error", request_lang())
        return detail


def _pointer(attr: str | None) -> str:
    """What concerns no single field points to the whole in which it stands, an entry of a list for instance."""
    parts = [part for part in (attr or "").split(".") if part and part != _OF_NO_FIELD]
    return "/".join(("#", *(part.replace("~", "~0").replace("/", "~1") for part in parts)))


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's ``handler400``: what was refused before a view saw it, above all an upload that is too large.

    Scripts of the admin's pages ask for JSON and get a problem document, people get a page, strangers a line.
    """
    if not isinstance(exception, RefusedRequest):
        return _problem(request, 400, "bad_request", text("error.bad_request", request_lang()))
    error = exception.error
    detail = error.message(request_lang())
    if wants_problem(request):
        return _problem(request, error.status, error.code, detail, values=plain_values(error.values))
    if not request.user.is_authenticated:
        return HttpResponse(detail, status=error.status, content_type="text/plain; charset=utf-8")
    return _page(request, error.status, detail, request.path)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's ``handler403``: a page of the admin that the person may not use."""
    told = _unanswered(request, 403, "permission_denied") or _told(request, 403, "permission_denied")
    return told or defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's ``handler404``: an address that no view has."""
    told = _unanswered(request, 404, "not_found") or _told(request, 404, "page_not_found")
    return told or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``: what broke outside the views of the API."""
    return _unanswered(request, 500, "internal_error") or defaults.server_error(request)


def _told(request: HttpRequest, status: int, code: str) -> HttpResponse | None:
    """A page of the admin for who works there; None for strangers, who are told nothing of it."""
    user = getattr(request, "user", None)
    if user is None or not admin.site.has_permission(request):
        return None
    return _page(request, status, text(f"error.{code}", request_lang(), path=request.path), reverse("admin:index"))


def _page(request: HttpRequest, status: int, detail: str, back: str) -> HttpResponse:
    title = _("Page not found") if status == 404 else _("Not possible")
    context = {**admin.site.each_context(request), "title": title, "detail": detail, "back": back}
    return TemplateResponse(request, "core/refused.html", context, status=status).render()


def _unanswered(request: HttpRequest, status: int, code: str) -> HttpResponse | None:
    if not request.path_info.startswith("/api/"):
        return None
    return _problem(request, status, code, text(f"error.{code}", request_lang(), path=request.path))


def wants_problem(request: HttpRequest) -> bool:
    """Whether a program asks: over the API, or a script of the admin's pages."""
    return request.path_info.startswith("/api/") or request.headers.get("Accept", "").startswith("application/json")


def _problem(request: HttpRequest, status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    problem = {
        "type": type_of(code),
        "title": title_of(status),
        "status": status,
        "code": code,
        "detail": detail,
        "instance": request.path,
        **more,
    }
    return JsonResponse(problem, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False})


def field_error(field: str, error: MigratorError) -> dict[str, list[ErrorDetail]]:
    """A domain error as the error of one form field, for serializers that check a value by the core's own parser."""
    return {field: [ErrorDetail(error.message(request_lang()), code=error.code)]}

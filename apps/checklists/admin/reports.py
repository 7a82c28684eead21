"""An assessment as files, from buttons on its page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from apps.checklists.models import Assessment
from apps.checklists.selectors import assessment_document, assessment_report, visible_to
from apps.core.language import request_lang
from migrator.errors import MigratorError
from migrator.locale import Lang

_FORMS = {
    "json": ("application/json", "json"),
    "sarif": ("application/json", "sarif.json"),
    "junit": ("application/xml", "junit.xml"),
}


class WithReports(ModelAdmin):  # type: ignore[misc]
    """Adds the downloads to the admin of assessments."""

    @action(description=_("JSON"), url_path="json", permissions=("view",), icon="data_object")
    def download_json(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return _file(request, object_id, "json")

    @action(description=_("SARIF"), url_path="sarif", permissions=("view",), icon="code")
    def download_sarif(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return _file(request, object_id, "sarif")

    @action(description=_("JUnit"), url_path="junit", permissions=("view",), icon="checklist")
    def download_junit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return _file(request, object_id, "junit")


def _file(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """The file in the reader's language; back to the page where it can no longer be written."""
    assessment = get_object_or_404(visible_to(request.user), pk=key)
    lang = request_lang()
    try:
        content = _content(assessment, form, lang)
    except MigratorError as error:
        messages.error(request, error.message(lang))
        return HttpResponseRedirect(reverse("admin:checklists_assessment_change", args=(key,)))
    media, extension = _FORMS[form]
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="assessment-{assessment.uid}.{extension}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _content(assessment: Assessment, form: str, lang: Lang) -> bytes:
    if form == "json":
        return assessment_document(assessment, lang)
    return assessment_report(assessment, form, lang)


DOWNLOADS = {
    "title": _("Download"),
    "icon": "download",
    "items": ["download_json", "download_sarif", "download_junit"],
}

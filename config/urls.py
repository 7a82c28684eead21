"""Addresses of the service: admin, API, its documentation, health."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from apps.core.health import Health
from apps.core.problems import page_not_found, permission_denied, refused, server_error

API_APPS = tuple(name for name in settings.PROJECT_APPS if name != "core")

# What no view answers: problem documents under /api/, pages elsewhere.
handler400 = refused
handler403 = permission_denied
handler404 = page_not_found
handler500 = server_error

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("favicon.ico", RedirectView.as_view(url=staticfiles_storage.url("core/icon.svg"))),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz/", Health.as_view(), name="health"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(), name="docs"),
    path("api/v1/", include([path("", include(f"apps.{name}.api.urls")) for name in API_APPS])),
]

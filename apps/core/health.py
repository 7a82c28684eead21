"""``GET /healthz/``: 200 while this process can serve, 500 with the reason where it cannot."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable
from health_check.views import HealthCheckView


@dataclasses.dataclass
class DataFolder(HealthCheck):
    """Uploads can be written."""

    def run(self) -> None:  # type: ignore[override]
        if not os.access(settings.DATA_DIR, os.W_OK):
            raise ServiceUnavailable("data folder is not writable")


class Health(HealthCheckView):
    """The broker takes no part: without it requests are still answered, and jobs wait in the database."""

    checks = ("health_check.checks.Database", "health_check.checks.Cache", "apps.core.health.DataFolder")

    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.GET = request.GET.copy()
        request.GET["format"] = "json"
        return await super().get(request, *args, **kwargs)

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.runbooks.api.views import PlanRunbooks, RunbookViewSet

router = SimpleRouter(use_regex_path=False)
router.register("runbooks", RunbookViewSet, basename="runbook")
urlpatterns = [
    path("plans/<uuid:uid>/runbooks/", PlanRunbooks.as_view(), name="plan-runbooks"),
    *router.urls,
]

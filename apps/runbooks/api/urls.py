from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.runbooks.api.views import PlanRunbooks, RunbookSteps, RunbookViewSet

router = SimpleRouter(use_regex_path=False)
router.register("runbooks", RunbookViewSet, basename="runbook")
urlpatterns = [
    path("plans/<uuid:uid>/runbooks/", PlanRunbooks.as_view(), name="plan-runbooks"),
    path("runbooks/<uuid:uid>/steps/", RunbookSteps.as_view(), name="runbook-steps"),
    *router.urls,
]

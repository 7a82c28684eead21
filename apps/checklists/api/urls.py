from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.checklists.api.views import AssessmentViewSet, ClusterAttestations, PlanAssessments

router = SimpleRouter(use_regex_path=False)
router.register("assessments", AssessmentViewSet, basename="assessment")
urlpatterns = [
    path("plans/<uuid:uid>/assessments/", PlanAssessments.as_view(), name="plan-assessments"),
    path("clusters/<uuid:uid>/attestations/", ClusterAttestations.as_view(), name="cluster-attestations"),
    *router.urls,
]

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.checklists.api.checklist import AssessmentChecklist, ClusterChecklist
from apps.checklists.api.views import (
    AssessmentFindings,
    AssessmentResults,
    AssessmentViewSet,
    ClusterAttestations,
    ClusterAttestationsBulk,
    ClusterWaivers,
    PlanAssessments,
)

router = SimpleRouter(use_regex_path=False)
router.register("assessments", AssessmentViewSet, basename="assessment")
urlpatterns = [
    path("plans/<uuid:uid>/assessments/", PlanAssessments.as_view(), name="plan-assessments"),
    path("assessments/<uuid:uid>/results/", AssessmentResults.as_view(), name="assessment-results"),
    path("assessments/<uuid:uid>/checklist.xlsx", AssessmentChecklist.as_view(), name="assessment-checklist"),
    path("clusters/<uuid:uid>/attestations/checklist/", ClusterChecklist.as_view(), name="cluster-checklist"),
    path("assessments/<uuid:uid>/findings/", AssessmentFindings.as_view(), name="assessment-findings"),
    path("clusters/<uuid:uid>/attestations/", ClusterAttestations.as_view(), name="cluster-attestations"),
    path("clusters/<uuid:uid>/attestations/bulk/", ClusterAttestationsBulk.as_view(), name="cluster-attestations-bulk"),
    path("clusters/<uuid:uid>/waivers/", ClusterWaivers.as_view(), name="cluster-waivers"),
    *router.urls,
]

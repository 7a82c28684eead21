from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.checklists.api.checklist import AssessmentChecklist, ClusterChecklist
from apps.checklists.api.compare import AssessmentComparisons
from apps.checklists.api.custom import CustomCheckViewSet
from apps.checklists.api.evidence import AttestationFile, AttestationFiles
from apps.checklists.api.views import (
    AssessmentFindings,
    AssessmentRepetition,
    AssessmentResults,
    AssessmentViewSet,
    ClusterAttestations,
    ClusterAttestationsBulk,
    PlanAssessments,
)
from apps.checklists.api.waivers import ClusterWaivers, WaiverWithdraw

ATTESTATION = "clusters/<uuid:uid>/attestations/<uuid:attestation>/"
router = SimpleRouter(use_regex_path=False)
router.register("assessments", AssessmentViewSet, basename="assessment")
router.register("custom-checks", CustomCheckViewSet, basename="custom-check")
urlpatterns = [
    path("plans/<uuid:uid>/assessments/", PlanAssessments.as_view(), name="plan-assessments"),
    path("assessments/<uuid:uid>/repetitions/", AssessmentRepetition.as_view(), name="assessment-repetitions"),
    path("assessments/<uuid:uid>/results/", AssessmentResults.as_view(), name="assessment-results"),
    path("assessments/<uuid:uid>/checklist.xlsx", AssessmentChecklist.as_view(), name="assessment-checklist"),
    path("clusters/<uuid:uid>/attestations/checklist/", ClusterChecklist.as_view(), name="cluster-checklist"),
    path("assessments/<uuid:uid>/findings/", AssessmentFindings.as_view(), name="assessment-findings"),
    path("clusters/<uuid:uid>/attestations/", ClusterAttestations.as_view(), name="cluster-attestations"),
    path("clusters/<uuid:uid>/attestations/bulk/", ClusterAttestationsBulk.as_view(), name="cluster-attestations-bulk"),
    path("clusters/<uuid:uid>/waivers/", ClusterWaivers.as_view(), name="cluster-waivers"),
    path("clusters/<uuid:uid>/waivers/<uuid:waiver>/withdraw/", WaiverWithdraw.as_view(), name="waiver-withdraw"),
    path(f"{ATTESTATION}files/", AttestationFiles.as_view(), name="attestation-files"),
    path(f"{ATTESTATION}files/<uuid:file>/", AttestationFile.as_view(), name="attestation-file"),
    path("assessments/<uuid:uid>/compare/", AssessmentComparisons.as_view(), name="assessment-compare"),
    *router.urls,
]

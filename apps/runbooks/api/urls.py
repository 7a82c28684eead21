from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.runbooks.api.edits import PlanEdit, PlanEdits
from apps.runbooks.api.manifests import RunbookManifest, RunbookManifestNotes, RunbookManifests
from apps.runbooks.api.reconciliations import PlanReconciliations, ReconciliationViewSet
from apps.runbooks.api.reviews import RunbookComments, RunbookDecision, RunbookReview, RunbookSubmission
from apps.runbooks.api.views import PlanRunbooks, RunbookStepDetail, RunbookSteps, RunbookViewSet

PLAN, RUNBOOK = "plans/<uuid:uid>", "runbooks/<uuid:uid>"
router = SimpleRouter(use_regex_path=False)
router.register("runbooks", RunbookViewSet, basename="runbook")
router.register("reconciliations", ReconciliationViewSet, basename="reconciliation")
urlpatterns = [
    path(f"{PLAN}/runbooks/", PlanRunbooks.as_view(), name="plan-runbooks"),
    path(f"{PLAN}/edits/", PlanEdits.as_view(), name="plan-edits"),
    path(f"{PLAN}/edits/<uuid:edit>/", PlanEdit.as_view(), name="plan-edit"),
    path(f"{PLAN}/reconciliations/", PlanReconciliations.as_view(), name="plan-reconciliations"),
    path(f"{RUNBOOK}/steps/", RunbookSteps.as_view(), name="runbook-steps"),
    path(f"{RUNBOOK}/steps/<str:number>/", RunbookStepDetail.as_view(), name="runbook-step"),
    path(f"{RUNBOOK}/manifests/", RunbookManifests.as_view(), name="runbook-manifests"),
    path(f"{RUNBOOK}/manifests/file/", RunbookManifest.as_view(), name="runbook-manifest"),
    path(f"{RUNBOOK}/manifests/notes/", RunbookManifestNotes.as_view(), name="runbook-manifest-notes"),
    path(f"{RUNBOOK}/review/", RunbookReview.as_view(), name="runbook-review"),
    path(f"{RUNBOOK}/review/submit/", RunbookSubmission.as_view(), name="runbook-review-submit"),
    path(f"{RUNBOOK}/review/decide/", RunbookDecision.as_view(), name="runbook-review-decide"),
    path(f"{RUNBOOK}/review/comments/", RunbookComments.as_view(), name="runbook-review-comments"),
    *router.urls,
]

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.operations.api.views import OperationFileList, OperationViewSet

router = SimpleRouter(use_regex_path=False)
router.register("operations", OperationViewSet, basename="operation")
urlpatterns = [
    *router.urls,
    path("operations/<uuid:uid>/files/", OperationFileList.as_view(), name="operation-files"),
]

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from apps.operations.api.views import OperationViewSet

router = SimpleRouter(use_regex_path=False)
router.register("operations", OperationViewSet, basename="operation")
urlpatterns = router.urls

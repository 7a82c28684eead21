from __future__ import annotations

from rest_framework.routers import SimpleRouter

from apps.planning.api.views import AdditionViewSet, CatalogViewSet, PlanViewSet

router = SimpleRouter(use_regex_path=False)
router.register("plans", PlanViewSet, basename="plan")
router.register("catalog-additions", AdditionViewSet, basename="catalog-addition")
router.register("catalog", CatalogViewSet, basename="catalog")
urlpatterns = router.urls

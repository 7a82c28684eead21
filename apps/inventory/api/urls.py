from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.inventory.api.compare import CompareEntriesView, CompareView
from apps.inventory.api.corrections import CorrectableFieldsView, CorrectionViewSet
from apps.inventory.api.originals import OriginalViewSet
from apps.inventory.api.tables import FormsView, SnapshotTablesView, TablesView, TemplateView
from apps.inventory.api.views import PARTS, AddressUseViewSet, ClusterViewSet, NodeSettingViewSet, SnapshotViewSet

router = SimpleRouter(use_regex_path=False)
router.register("clusters", ClusterViewSet, basename="cluster")
router.register("snapshots", SnapshotViewSet, basename="snapshot")

LIST = {"get": "list", "post": "create"}
ITEM = {"patch": "partial_update", "delete": "destroy"}
CORRECTION = {"get": "retrieve", **ITEM}
REGISTERS = {"address-uses": AddressUseViewSet, "node-settings": NodeSettingViewSet}

urlpatterns = [
    *router.urls,
    path(
        "snapshots/<uuid:snapshot_uid>/originals/",
        OriginalViewSet.as_view({"get": "list"}),
        name="snapshot-originals",
    ),
    path(
        "snapshots/<uuid:snapshot_uid>/originals/<uuid:uid>/",
        OriginalViewSet.as_view({"delete": "destroy"}),
        name="snapshot-original",
    ),
    path(
        "snapshots/<uuid:snapshot_uid>/originals/<uuid:uid>/content/",
        OriginalViewSet.as_view({"get": "content"}),
        name="snapshot-original-content",
    ),
    path("snapshots/<uuid:uid>/compare/", CompareView.as_view(), name="snapshot-compare"),
    path("snapshots/<uuid:uid>/compare/entries/", CompareEntriesView.as_view(), name="snapshot-compare-entries"),
    path("tables/", TablesView.as_view(), name="tables"),
    path("tables/template/", TemplateView.as_view(), name="tables-template"),
    path("snapshots/<uuid:uid>/tables/", SnapshotTablesView.as_view(), name="snapshot-tables"),
    path("clusters/<uuid:cluster_uid>/forms/", FormsView.as_view(), name="forms"),
    path("correctable-fields/", CorrectableFieldsView.as_view(), name="correctable-fields"),
    path("clusters/<uuid:cluster_uid>/corrections/", CorrectionViewSet.as_view(LIST), name="corrections"),
    path(
        "clusters/<uuid:cluster_uid>/corrections/<uuid:uid>/",
        CorrectionViewSet.as_view(CORRECTION),
        name="corrections-item",
    ),
    *(path(f"snapshots/<uuid:uid>/{name}/", view.as_view(), name=f"snapshot-{name}") for name, view in PARTS.items()),
    *(path(f"clusters/<uuid:cluster_uid>/{name}/", view.as_view(LIST), name=name) for name, view in REGISTERS.items()),
    *(
        path(f"clusters/<uuid:cluster_uid>/{name}/<uuid:uid>/", view.as_view(ITEM), name=f"{name}-item")
        for name, view in REGISTERS.items()
    ),
]

"""From what is known of a cluster to the plan that is made of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from apps.inventory.models import Snapshot


class WithPlan(ModelAdmin):  # type: ignore[misc]
    """Adds to the pages of a cluster and of its snapshots the button that leads to a new plan for it."""

    actions_detail = ("make_plan",)

    def has_make_plan_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("planning.add_plan")

    @action(description=_("Make a plan"), url_path="plan", permissions=("make_plan",), icon="map")
    def make_plan(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=object_id)
        cluster = row.cluster_id if isinstance(row, Snapshot) else row.pk
        return HttpResponseRedirect(f"{reverse('admin:planning_plan_add')}?cluster={cluster}")

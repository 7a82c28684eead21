"""Navigation of the admin, in the order of the work: the overview, inventory, plans, operations, accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(f"{app}.view_{model}")


def _item(title: str | Promise, app: str, model: str, icon: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{app}_{model}_changelist")
    return {"title": capfirst(title), "icon": icon, "link": link, "permission": _may_view(app, model)}


def icon(request: HttpRequest) -> str:
    return static("core/icon.svg")


def pages_style(request: HttpRequest) -> str:
    return static("core/pages.css")


NAVIGATION = [
    {"items": [{"title": _("Overview"), "icon": "space_dashboard", "link": reverse_lazy("admin:index")}]},
    {
        "title": _("Inventory"),
        "items": [
            _item(_("clusters"), "inventory", "cluster", "dns"),
            _item(_("snapshots"), "inventory", "snapshot", "photo_camera"),
            _item(_("corrections"), "inventory", "correction", "edit_note"),
        ],
    },
    {
        "title": _("Plans"),
        "items": [
            _item(_("plans"), "planning", "plan", "map"),
            _item(_("catalog additions"), "planning", "catalogaddition", "library_add"),
            _item(_("attestations"), "checklists", "attestation", "fact_check"),
            _item(_("waivers"), "checklists", "waiver", "gavel"),
            _item(_("own checks"), "checklists", "customcheck", "rule_settings"),
            _item(_("assessments"), "checklists", "assessment", "rule"),
            _item(_("runbooks"), "runbooks", "runbook", "menu_book"),
            _item(_("reconciliations"), "runbooks", "reconciliation", "difference"),
        ],
    },
    {"title": _("Operations"), "items": [_item(_("operations"), "operations", "operation", "pending_actions")]},
    {
        "title": _("Accounts"),
        "items": [
            _item(_("users"), "auth", "user", "person"),
            _item(_("groups"), "auth", "group", "group"),
            _item(_("API tokens"), "accounts", "token", "key"),
        ],
    },
]

"""Who may write over REST: whoever may do the same in the admin. Everybody who logs in reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class AsInAdmin(BasePermission):
    """``view.needs`` names the permission of each action or method that writes; others are open to all."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        needs: Mapping[str, str] = view.needs
        needed = needs.get(getattr(view, "action", None) or "") or needs.get(request.method or "")
        return needed is None or bool(request.user.has_perm(needed))


_RIGHTS = {"POST": "add", "PATCH": "change", "DELETE": "delete"}
# Whoever may change plans has them assessed, their runbooks written, edited and submitted, and clusters reconciled.
WRITES: Mapping[str, str] = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), "planning.change_plan")


def rights_of(model: str) -> Mapping[str, str]:
    """What each method needs that writes rows of ``model``, given as ``inventory.cluster``."""
    app, _, name = model.partition(".")
    return {method: f"{app}.{right}_{name}" for method, right in _RIGHTS.items()}

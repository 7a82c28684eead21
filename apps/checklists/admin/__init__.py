"""Admin of the checklists: assessments as checklists, their findings; answers, waivers and checks of people."""

from __future__ import annotations

from apps.checklists.admin import answers, assessments, custom, findings, waivers

__all__ = ("answers", "assessments", "custom", "findings", "waivers")

"""Admin of the checklists: assessments as checklists, their findings; answers and waivers of people."""

from __future__ import annotations

from apps.checklists.admin import answers, assessments, findings, waivers

__all__ = ("answers", "assessments", "findings", "waivers")

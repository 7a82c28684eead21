"""Rows of an assessment in the shapes of the JSON document, in one language."""

from __future__ import annotations

from typing import Any

from apps.checklists.adapters import finding_of, result_of
from apps.checklists.models import CheckResult, Finding
from migrator.locale import Lang, catalogue, text
from migrator.render.jsondoc import plain


def result_fields(row: CheckResult, lang: Lang) -> dict[str, Any]:
    question = f"check.{row.slug}.question"
    return {
        **plain(result_of(row), lang),
        "findings": row.finding_count,
        "rationale": text(f"check.{row.slug}.rationale", lang),
        "remediation": text(f"check.{row.slug}.remediation", lang),
        "question": text(question, lang) if question in catalogue() else "",
    }


def finding_fields(row: Finding, lang: Lang) -> dict[str, Any]:
    return {**plain(finding_of(row), lang), "category": row.category}

"""Rows of an assessment in the shapes of the JSON document, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.checklists.adapters import finding_of, result_of
from apps.checklists.models import CheckResult, Finding
from migrator.locale import Lang, catalogue, text
from migrator.render.jsondoc import plain
from migrator.render.words import check_title

EVIDENCE_SHOWN = 5  # sentences beside each finding; a check may have thousands


def result_fields(row: CheckResult, lang: Lang) -> dict[str, Any]:
    question = f"check.{row.slug}.question"
    return {
        **plain(result_of(row), lang),
        "findings": row.finding_count,
        "rationale": text(f"check.{row.slug}.rationale", lang),
        "remediation": text(f"check.{row.slug}.remediation", lang),
        "question": text(question, lang) if question in catalogue() else "",
    }


def finding_fields(row: Finding, results: Mapping[str, CheckResult], lang: Lang) -> dict[str, Any]:
    """``results``: of the same assessment by code, with at least the one of the finding's check."""
    result = results[row.check_code]
    evidence = result_of(result).evidence[:EVIDENCE_SHOWN]
    return {
        **plain(finding_of(row), lang),
        "title": check_title(result.slug, lang),
        "category": row.category,
        "state": "waived" if row.waived else "open",
        "evidence": plain(evidence, lang),
        "rationale": text(f"check.{result.slug}.rationale", lang),
        "remediation": text(f"check.{result.slug}.remediation", lang),
    }

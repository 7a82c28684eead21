"""The verdict as SARIF 2.1.0, which code hosting sites and pipelines show beside the files.

A finding is a result with the file of its object; a check that could not decide is a result of kind ``open``, so that
"nothing reported" never means "did not look". What a waiver accepts carries it as a suppression.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import migrator
from migrator.checks.assessment import Assessment
from migrator.checks.compare import Comparison
from migrator.checks.registry import all_checks
from migrator.checks.spec import CheckResult, Finding, Severity
from migrator.checks.waivers import WaiverState
from migrator.locale import Lang, say, text
from migrator.render.jsondoc import dump
from migrator.render.words import is_open, question, sentence, subject

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.BLOCKER: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(assessment: Assessment, lang: Lang, comparison: Comparison | None = None) -> bytes:
    """One run with all checks as rules; with a comparison every result says whether it is new."""
    states = _states(comparison)
    results = [_finding(f, assessment, states, lang) for r in assessment.results for f in r.findings]
    results += [_open(r, lang) for r in assessment.results if is_open(r)]
    if comparison is not None:
        results += [_absent(f, lang) for f in comparison.fixed]
    specs = [*(c.spec for c in all_checks()), *(c.spec for c in assessment.custom_checks)]
    driver = {
        "name": "CCE Migrator",
        "version": migrator.__version__,
        "language": "zh-CN" if lang == "zh" else "en",
        "rules": [_rule(spec.code, spec.slug, spec.severity, lang) for spec in specs],
    }
    properties = {
        "readiness": assessment.readiness.value,
        "source": str(assessment.source),
        "target": str(assessment.target),
        "strategy": assessment.choice.strategy.value,
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "properties": properties, "results": results}
    return dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, slug: str, severity: Severity, lang: Lang) -> dict[str, Any]:
    return {
        "id": code,
        "name": slug,
        "shortDescription": {"text": text(f"check.{slug}.title", lang)},
        "fullDescription": {"text": text(f"check.{slug}.rationale", lang)},
        "help": {"text": text(f"check.{slug}.remediation", lang)},
        "defaultConfiguration": {"level": _LEVELS[severity]},
    }


def _finding(finding: Finding, assessment: Assessment, states: dict[str, str], lang: Lang) -> dict[str, Any]:
    result = _result(finding, lang)
    if finding.key in states:
        result["baselineState"] = states[finding.key]
    waivers = [
        use.waiver for use in assessment.waivers if use.state is WaiverState.APPLIED and finding.key in use.accepts
    ]
    if waivers:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": f"{w.reason} ({w.approver}, {w.until})"}
            for w in waivers
        ]
    return result


def _absent(finding: Finding, lang: Lang) -> dict[str, Any]:
    return {**_result(finding, lang), "baselineState": "absent"}


def _result(finding: Finding, lang: Lang) -> dict[str, Any]:
    named = subject(finding.subject, lang)
    place: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": named, "kind": "resource"}]}
    if finding.file:
        place["physicalLocation"] = {"artifactLocation": {"uri": quote(finding.file)}}
    return {
        "ruleId": finding.check,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{named}: {sentence(finding, lang)}"},
        "locations": [place],
        "partialFingerprints": {"finding/v1": finding.key},
    }


def _open(result: CheckResult, lang: Lang) -> dict[str, Any]:
    return {
        "ruleId": result.check,
        "kind": "open",
        "level": "none",
        "message": {"text": f"{question(result, lang)} {say(result.reason, lang)}"},
    }


def _states(comparison: Comparison | None) -> dict[str, str]:
    if comparison is None:
        return {}
    return {f.key: "new" for f in comparison.new} | {f.key: "unchanged" for f in comparison.unchanged}

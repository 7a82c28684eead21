"""The verdict as SARIF 2.1.0, which code hosting sites and pipelines show beside the files.

A finding is a result with the file of its object; a check that could not decide is a result of kind ``open``, so that
"nothing reported" never means "did not look". What a waiver accepts carries it as a suppression.

With a baseline every result says what became of it, as SARIF wants it of all or of none; one of a check that only one
of the two could decide says beside it that the two cannot be compared.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import migrator
from migrator.checks.assessment import Assessment
from migrator.checks.compare import Side, compare, side_of
from migrator.checks.registry import all_checks
from migrator.checks.spec import CheckResult, Finding, Outcome, Severity
from migrator.checks.waivers import WaiverState
from migrator.locale import Lang, say, text
from migrator.render.jsondoc import dump
from migrator.render.words import is_open, question, sentence, subject

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_FINGERPRINT = "finding/v1"
_LEVELS = {Severity.BLOCKER: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(assessment: Assessment, lang: Lang, baseline: Side | None = None) -> bytes:
    """One run with all checks as rules; with an earlier assessment every result says whether it is new."""
    results = [_finding(f, assessment, lang) for r in assessment.results for f in r.findings]
    results += [_open(r, lang) for r in assessment.results if is_open(r)]
    if baseline is not None:
        results = _compared(results, assessment, baseline, lang)
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


def _finding(finding: Finding, assessment: Assessment, lang: Lang) -> dict[str, Any]:
    result = _result(finding, lang)
    waivers = [
        use.waiver for use in assessment.waivers if use.state is WaiverState.APPLIED and finding.key in use.accepts
    ]
    if waivers:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": f"{w.reason} ({w.approver}, {w.until})"}
            for w in waivers
        ]
    return result


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
        "partialFingerprints": {_FINGERPRINT: finding.key},
    }


def _open(result: CheckResult, lang: Lang) -> dict[str, Any]:
    return {
        "ruleId": result.check,
        "kind": "open",
        "level": "none",
        "message": {"text": f"{question(result, lang)} {say(result.reason, lang)}"},
    }


def _compared(results: list[dict[str, Any]], assessment: Assessment, old: Side, lang: Lang) -> list[dict[str, Any]]:
    """``results`` with their states, then what is gone; no result of ``old`` is gone whose check is now open."""
    new = side_of(assessment)
    comparison = compare(old, new)
    before = {f.key for f in old.findings}
    doubts = {n.check: {"notComparable": say(n.reason, lang)} for n in comparison.not_comparable}
    for result in results:
        code = result["ruleId"]
        if "partialFingerprints" in result:
            known = result["partialFingerprints"][_FINGERPRINT] in before
        else:
            known = old.outcomes.get(code) in (Outcome.UNKNOWN, new.outcomes[code])
        result["baselineState"] = "unchanged" if known else "new"
        if code in doubts:
            result["properties"] = doubts[code]
    return results + [_result(f, lang) | {"baselineState": "absent"} for f in comparison.fixed]
